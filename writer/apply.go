package writer

import (
	"cmp"
	"errors"
	"slices"

	"github.com/bumpboat/bumpboat/writer/lineedit"
	"github.com/bumpboat/bumpboat/writer/tree"
	"github.com/bumpboat/bumpboat/writer/yamledit"
)

// planned is an update with its edits.
type planned struct {
	Update
	edits []Edit
	// proven is what the file becomes by the edits of several updates, this one among them; nil when it was not tried.
	proven *proven
}

// proven is new content of a file. To prove it costs most of the time, and what was tried together is most often made together.
type proven struct {
	updates int
	content []byte
}

// prove notes that all updates can be made at once.
func prove(all []planned, content []byte) {
	together := &proven{updates: len(all), content: content}
	for i := range all {
		all[i].proven = together
	}
}

// provenFor returns the content that exactly these updates make, or nil.
func provenFor(all []planned) []byte {
	first := all[0].proven
	if first == nil || first.updates != len(all) || slices.ContainsFunc(all, func(p planned) bool { return p.proven != first }) {
		return nil
	}
	return first.content
}

// Apply makes all edits of all updates, every file in one go. The changes are sorted by path, the refusals by place.
func Apply(updates []Update, files []tree.File) ([]tree.Change, []Refused) {
	accepted, refused := plan(updates, files)
	changes, more := splice(accepted, contents(files))
	refused = append(refused, more...)
	sortRefused(refused)
	return changes, refused
}

// plan returns the updates that can be made together, in the order of their sites, and those that cannot be made.
func plan(updates []Update, files []tree.File) (accepted []planned, refused []Refused) {
	content := contents(files)
	byPath := map[string][]planned{}
	for _, u := range updates {
		edits, err := Edits(u)
		r, isRefused := errors.AsType[Refused](err)
		switch _, there := content[u.Site.Path]; {
		case isRefused:
			refused = append(refused, r)
		case !there:
			refused = append(refused, refuse(u, reasonEditNoFile, "the file is not there any more"))
		default:
			byPath[u.Site.Path] = append(byPath[u.Site.Path], planned{Update: u, edits: edits})
		}
	}
	for _, path := range keysOf(byPath) {
		all := byPath[path]
		sortPlanned(all)
		units, torn := united(all)
		made, not := separate(content[path], nil, units)
		sortPlanned(made)
		accepted = append(accepted, made...)
		refused = append(append(refused, torn...), not...)
	}
	return accepted, refused
}

func sortPlanned(all []planned) {
	slices.SortStableFunc(all, func(a, b planned) int {
		return cmp.Or(cmp.Compare(a.Site.Line, b.Site.Line), cmp.Compare(a.Site.Column, b.Site.Column))
	})
}

// united joins the updates that can be made only together: those of an anchored value and of its aliases. They must be of one
// image, because each image has a change of its own.
func united(all []planned) (units [][]planned, refused []Refused) {
	of := map[int]int{} // from anchors to units
	for _, p := range all {
		at := len(units)
		for _, e := range p.edits {
			if known, ok := of[e.anchor]; ok && e.anchor != 0 {
				at = min(at, known)
			}
		}
		if at == len(units) {
			units = append(units, nil)
		}
		units[at] = append(units[at], p)
		for _, e := range p.edits {
			of[e.anchor] = at
		}
	}
	var one [][]planned
	for _, unit := range units {
		if slices.ContainsFunc(unit, func(p planned) bool { return p.Site.Image.Repository() != unit[0].Site.Image.Repository() }) {
			for _, p := range unit {
				refused = append(refused, refuse(p.Update, reasonEditShared, "an alias repeats this value where it belongs to another image"))
			}
			continue
		}
		one = append(one, unit)
	}
	return one, refused
}

// separate finds the updates that can be made on top of those that were already found good, by halving: one refusal
// among a thousand costs a few tries, not a thousand.
func separate(src []byte, good []planned, more [][]planned) (made []planned, refused []Refused) {
	if len(more) == 0 {
		return nil, nil
	}
	all := slices.Concat(more...)
	content, err := apply(src, slices.Concat(good, all))
	switch {
	case err == nil:
		if len(good) == 0 {
			prove(all, content)
		}
		return all, nil
	case len(more) == 1:
		for _, p := range all {
			r := refusal(p.Update, err)
			if len(all) > 1 {
				r.Line, r.Column = p.Site.Line, p.Site.Column
			}
			refused = append(refused, r)
		}
		return nil, refused
	}
	half := len(more) / 2
	left, no := separate(src, good, more[:half])
	right, notEither := separate(src, slices.Concat(good, left), more[half:])
	return slices.Concat(left, right), append(no, notEither...)
}

// splice makes the edits. Updates that were planned together are not refused here; if they are, the files stay as they are.
func splice(all []planned, content map[string][]byte) (changes []tree.Change, refused []Refused) {
	byPath := map[string][]planned{}
	for _, p := range all {
		byPath[p.Site.Path] = append(byPath[p.Site.Path], p)
	}
	for _, path := range keysOf(byPath) {
		changed, err := provenFor(byPath[path]), error(nil)
		if changed == nil {
			changed, err = apply(content[path], byPath[path])
		}
		if err != nil {
			for _, p := range byPath[path] {
				refused = append(refused, refusal(p.Update, err))
			}
			continue
		}
		changes = append(changes, tree.Change{Path: path, Old: content[path], New: changed})
	}
	return changes, refused
}

// apply makes the edits of one file, by lines where it is no YAML.
func apply(src []byte, all []planned) ([]byte, error) {
	if len(all) > 0 && all[0].Site.Format == formatText {
		return lineedit.Apply(src, spliced(all))
	}
	changed, err := yamledit.Apply(src, spliced(all))
	if entries := entriesOf(all); err == nil && len(entries) > 0 {
		return yamledit.Add(changed, imagesKey, entries) // scalars that changed left all lines where they were
	}
	return changed, err
}

// imagesKey is the list of kustomizations to which entries are added.
const imagesKey = "images"

// entriesOf returns what is added to the list of images.
func entriesOf(all []planned) []yamledit.Entry {
	var out []yamledit.Entry
	for _, p := range all {
		for _, e := range p.edits {
			if e.entry != nil {
				out = append(out, *e.entry)
			}
		}
	}
	return out
}

// spliced turns edits into those of the editor.
func spliced(all []planned) []yamledit.Edit {
	var out []yamledit.Edit
	for _, p := range all {
		for _, e := range p.edits {
			if e.added {
				continue
			}
			out = append(out, yamledit.Edit{Start: e.start, From: e.From, To: e.To})
		}
	}
	return out
}

// refusal keeps the reason that the editor gave.
func refusal(u Update, err error) Refused {
	if no, ok := errors.AsType[*yamledit.Refusal](err); ok {
		r := refuse(u, string(no.Reason), no.Detail)
		r.Hint = no.Hint()
		if no.Line > 0 {
			r.Line, r.Column = no.Line, no.Column
		}
		return r
	}
	if parse, ok := errors.AsType[*yamledit.ParseError](err); ok {
		r := refuse(u, string(parse.Reason), parse.Detail)
		r.Hint = "mend the file and run again: it cannot be read as it stands now"
		return r
	}
	r := refuse(u, string(yamledit.ReasonProof), err.Error())
	r.Hint = (&yamledit.Refusal{Reason: yamledit.ReasonProof}).Hint()
	return r
}

func contents(files []tree.File) map[string][]byte {
	out := make(map[string][]byte, len(files))
	for _, f := range files {
		out[f.Path] = f.Content
	}
	return out
}

func sortRefused(refused []Refused) {
	slices.SortStableFunc(refused, func(a, b Refused) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Reason, b.Reason))
	})
}
