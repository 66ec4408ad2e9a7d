package writer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer/yamledit"
)

// addition is the part of a kustomization that a rule wants to be there and that is not: an entry of `images`, or the version in
// one that only renames. Its place holds the version that is deployed without it.
type addition struct {
	// name is what a new entry is for.
	name string
	// to is the entry that gets the version, or yamledit.NewEntry; field is how the way to its keys begins.
	to    int
	field string
	// has are the keys of the entry that is there.
	has []yamledit.Pair
}

// imageList is where the list `images` of a kustomization stands, or would.
type imageList struct {
	at           *trail
	line, column int
	entries      int
}

// pairs are the keys that set a version.
func (a *addition) pairs(to policy.Version) []yamledit.Pair {
	var pairs []yamledit.Pair
	if a.to == yamledit.NewEntry {
		pairs = append(pairs, yamledit.Pair{Key: "name", Value: a.name})
	}
	if to.Tag != "" {
		pairs = append(pairs, yamledit.Pair{Key: "newTag", Value: to.Tag})
	}
	if to.Digest != "" {
		pairs = append(pairs, yamledit.Pair{Key: "digest", Value: to.Digest})
	}
	return pairs
}

// additions are the edits that make the addition: one for each part of the version, the first of which adds all lines.
func (u Update) additions() []Edit {
	a := u.Site.addition
	pairs := a.pairs(u.Decision.To)
	var edits []Edit
	for _, p := range pairs {
		if p.Key != "name" {
			edits = append(edits, Edit{
				Path: u.Site.Path, Line: u.Site.Line, Column: u.Site.Column, Field: a.field + "." + p.Key, To: p.Value, added: true,
			})
		}
	}
	edits[0].entry = &yamledit.Entry{To: a.to, Has: a.has, Pairs: pairs}
	return edits
}

// fill returns the place of the version in an entry that only renames, or nil when no rule wants it to have one.
func (w *work) fill(n *node, i int, below []*place) *place {
	e := n.images[i]
	set := func(later imageEntry) bool { return later.versioned && later.name == e.result() }
	if !w.adds(n) || e.keys == nil || w.marked(n, i) || slices.ContainsFunc(n.images[i+1:], set) {
		return nil
	}
	return w.addition(n, &addition{name: e.result(), to: i, field: fmt.Sprintf("%s[%d]", n.list.at, i), has: e.keys}, below)
}

// marked says whether a marker stands in an entry, which is nearer than any rule.
func (w *work) marked(n *node, i int) bool {
	way := fmt.Sprintf("%s[%d].", n.list.at, i)
	s := w.file[n.path]
	return slices.ContainsFunc(slices.Concat(s.places, s.strays), func(p *place) bool {
		spoken := len(p.marks) > 0 || p.blocked != "" || p.barred.reason != ""
		return spoken && p.object == n.object && strings.HasPrefix(p.carrier().at.String(), way)
	})
}

// missing returns the entries that rules want a kustomization to have, sorted by name.
func (w *work) missing(n *node) []imageEntry {
	if !w.adds(n) {
		return nil
	}
	all := map[string][]*place{}
	w.out.each(func(name string, places []*place) { all[name] = places })
	w.steps += len(all)
	var entries []imageEntry
	for _, name := range keysOf(all) {
		if slices.ContainsFunc(n.images, func(e imageEntry) bool { return e.name == name || e.result() == name }) {
			continue
		}
		a := &addition{name: name, to: yamledit.NewEntry, field: fmt.Sprintf("%s[%d]", n.list.at, n.list.entries)}
		if p := w.addition(n, a, all[name]); p != nil {
			entries = append(entries, imageEntry{name: name, place: p, versioned: true})
		}
	}
	return entries
}

// adds says whether a rule wants entries in a kustomization: kustomize's own, not what Flux or Argo CD lay over it.
func (w *work) adds(n *node) bool {
	if n.deploys || n.object == nil {
		return false
	}
	return slices.ContainsFunc(w.rules.at(n.path).Rules, func(r Rule) bool { return r.Add && r.isFor(n.path) })
}

// addition returns a place for what is not there yet, when the first rule for it says that it is to be added and all that it
// would replace has one version.
func (w *work) addition(n *node, a *addition, below []*place) *place {
	version, ok := oneVersion(below)
	if !ok {
		return nil
	}
	p := &place{path: n.path, format: formatKustomize, object: n.object, said: a.name, addition: a}
	at := yamledit.Scalar{Line: n.list.line, Column: n.list.column}
	if version.Tag != "" {
		p.tag = &field{part: PartTag, at: n.list.at, Scalar: at}
		p.tag.Value = version.Tag
	}
	if version.Digest != "" {
		p.digest = &field{part: PartDigest, at: n.list.at, Scalar: at}
		p.digest.Value = version.Digest
	}
	image, err := p.image("")
	if err != nil {
		return nil
	}
	rules := w.rules.at(n.path).Rules
	if i := slices.IndexFunc(rules, func(r Rule) bool { return r.matches(p, image) }); i < 0 || !rules[i].Add {
		return nil
	}
	w.added = append(w.added, p)
	return p
}

// oneVersion returns the version of all places, when it is one.
func oneVersion(places []*place) (version policy.Version, ok bool) {
	for i, p := range places {
		image, err := p.image("")
		switch next := (policy.Version{Tag: image.Tag, Digest: image.Digest}); {
		case err != nil, i > 0 && next != version:
			return policy.Version{}, false
		default:
			version = next
		}
	}
	return version, version != policy.Version{}
}
