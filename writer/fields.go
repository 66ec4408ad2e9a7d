package writer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/policy/fieldpath"
	"github.com/bumpboat/bumpboat/writer/yamledit"
)

// Field is a value that a rule names by its path.
type Field struct {
	// Path is the way to the value within its document, in the form of package fieldpath.
	Path string
	// Image is the image repository that the value is a part of, "" when what stands beside it or the policy says it.
	Image string
	// Part is what the value holds.
	Part Part
}

// claim is what one rule says of the fields of one file. It is all that reading a file depends on besides the file.
type claim struct {
	// Match is that of the rule, without what is known only of a site (images) or of the file (paths).
	Match  Match
	Fields []Field
}

// claims returns the fields that the rules for a file name in it, in the order of the rules, and those rules.
func (r Rules) claims(file string) (claims []claim, by []*Rule) {
	if path.Base(file) == rulesFile {
		return nil, nil
	}
	for i := range r.Rules {
		rule := &r.Rules[i]
		if len(rule.Fields) == 0 || !rule.isFor(file) {
			continue
		}
		match := rule.Match
		match.Images, match.Paths = nil, nil
		claims, by = append(claims, claim{match, rule.Fields}), append(by, rule)
	}
	return claims, by
}

// claimsKey identifies claims among all that can be made: equal claims on equal files give equal sheets.
func claimsKey(claims []claim) string {
	if len(claims) == 0 {
		return ""
	}
	key, err := json.Marshal(claims)
	if err != nil {
		return fmt.Sprintf("%+v", claims) // which cannot be: there are only texts in it
	}
	return string(key)
}

// canMatch says from the bytes of a file alone whether one of the claims can match in it: their last keys must be there.
func canMatch(claims []claim, src []byte) bool {
	return slices.ContainsFunc(claims, func(c claim) bool {
		return slices.ContainsFunc(c.Fields, func(f Field) bool { return bytes.Contains(src, []byte(lastKey(f.Path))) })
	})
}

// lastKey returns the last key of a path, or "" when a file can spell it in more than one way.
func lastKey(path string) string {
	steps, err := fieldpath.Parse(path)
	if err != nil {
		return ""
	}
	for _, s := range slices.Backward(steps) {
		if !s.Item {
			return plainKey.FindString(s.Key)
		}
	}
	return ""
}

// plainKey matches keys that nobody writes with escapes.
var plainKey = regexp.MustCompile(`^[A-Za-z0-9._-]*$`)

// claimed is a value that was found at the path of a field.
type claimed struct {
	node   *yaml.Node
	at     *trail
	object *object
	field  Field
}

// claim makes places of the values that rules name. A place that was found there by itself gives way, unless it has a marker,
// which is nearer. Of two rules that name one value, the first counts.
func (r *reader) claim(claims []claim) {
	if len(claims) == 0 {
		return
	}
	r.sheet.matched = make([][]bool, len(claims))
	taken := map[*yaml.Node]bool{}
	found := &foundPlaces{reader: r}
	for i, c := range claims {
		r.sheet.matched[i] = make([]bool, len(c.Fields))
		var values []claimed
		for j, f := range c.Fields {
			for _, v := range r.follow(f) {
				if !c.Match.matchesObject(v.object) {
					continue
				}
				r.sheet.matched[i][j] = true
				if !taken[v.node] {
					taken[v.node] = true
					values = append(values, v)
				}
			}
		}
		r.takeOver(values, found)
	}
	found.forget()
}

// follow returns the values at the path of a field, in all documents of the file.
func (r *reader) follow(f Field) []claimed {
	steps, err := fieldpath.Parse(f.Path)
	if err != nil {
		return nil // config has said so
	}
	var found []claimed
	var walk func(n *yaml.Node, at *trail, o *object, rest []fieldpath.Step)
	walk = func(n *yaml.Node, at *trail, o *object, rest []fieldpath.Step) {
		if inside, ok := r.objects[n]; ok {
			o = inside
		} else if inside, ok := r.inner[n]; ok {
			o = inside
		}
		switch {
		case n == nil:
		case len(rest) == 0:
			found = append(found, claimed{node: n, at: at, object: o, field: f})
		case !rest[0].Item:
			walk(get(n, rest[0].Key), at.entry(n, rest[0].Key), o, rest[1:])
		case n.Kind == yaml.SequenceNode:
			for i, item := range n.Content {
				if rest[0].Index == i || rest[0].Index == fieldpath.All {
					walk(item, at.item(n, i), o, rest[1:])
				}
			}
		}
	}
	for _, doc := range r.file.Docs {
		walk(doc, nil, &object{}, steps)
	}
	return found
}

// claimKey joins the values of one mapping that one rule gives to one image.
type claimKey struct {
	mapping *yaml.Node
	image   string
}

// takeOver makes places of the values that one rule names, those of one image in one mapping together.
func (r *reader) takeOver(values []claimed, found *foundPlaces) {
	joined := map[claimKey]*place{}
	for _, v := range values {
		s := r.slots[v.node]
		if s.place != nil && (len(s.place.marks) > 0 || s.agrees(v.field)) {
			s.place.claims, s.place.onDemand = append(s.place.claims, v.field), false
			continue
		}
		scalar, ok := r.claimable(v)
		if !ok {
			continue
		}
		key := claimKey{v.at.mapping(), v.field.Image}
		fresh := found.displace(s.place, v)
		p := joined[key]
		if p == nil || key.mapping == nil || !p.takes(v.field.Part) {
			p = fresh
			r.loose = append(r.loose, loosePlace{place: p, at: v.at})
			if v.field.Part != PartImage {
				joined[key] = p
			}
		}
		p.claims = append(p.claims, v.field)
		p.set(&field{part: v.field.Part, at: v.at, Scalar: scalar})
		r.slots[v.node] = slot{place: p, part: v.field.Part}
	}
}

// agrees says whether a value was found to be what a rule says that it is.
func (s slot) agrees(f Field) bool {
	name := s.place.writtenName()
	return s.part == f.Part && (f.Image == "" || name != "" && sameRepository(f.Image, name))
}

// claimable locates a value, or reports why there is none. What is empty is nobody's mistake: the version comes from elsewhere.
func (r *reader) claimable(v claimed) (yamledit.Scalar, bool) {
	if v.node.Kind == yaml.ScalarNode && text(v.node) == "" {
		return yamledit.Scalar{}, false
	}
	scalar, err := r.file.Scalar(v.node)
	if err == nil && v.node.Kind == yaml.ScalarNode {
		return scalar, true
	}
	p := Problem{Line: v.node.Line, Column: v.node.Column, Reason: reasonNotLocated, Message: v.at.String() + ": not found in the bytes of the file"}
	if v.node.Kind != yaml.ScalarNode {
		p.Reason, p.Message = reasonRuleNotScalar, v.at.String()+" is "+nodeKind(v.node)+", and a rule names it as a part of an image"
		p.Hint = "let the path of the rule lead to the text itself"
	}
	r.problem(p)
	return yamledit.Scalar{}, false
}

func nodeKind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
		return "an alias of what is written elsewhere"
	}
}

// foundPlaces are the places that were found before rules name any.
type foundPlaces struct {
	reader *reader
	// nodes are the scalars of each place. They are collected when they are asked for first.
	nodes map[*place][]*yaml.Node
	gone  map[*place]bool
}

// displace returns an empty place for a value, at the spot of the place that was found there, if any: with its object and
// container, so that annotations go on to govern it.
func (f *foundPlaces) displace(old *place, v claimed) *place {
	if old == nil {
		return &place{path: f.reader.sheet.path, format: formatYAML, object: v.object, said: v.field.Image}
	}
	if f.nodes == nil {
		f.nodes, f.gone = map[*place][]*yaml.Node{}, map[*place]bool{}
		for n, s := range f.reader.slots {
			f.nodes[s.place] = append(f.nodes[s.place], n)
		}
	}
	for _, n := range f.nodes[old] {
		delete(f.reader.slots, n)
	}
	f.gone[old] = true
	*old = place{path: old.path, format: old.format, object: old.object, container: old.container, said: v.field.Image}
	return old
}

// forget takes the places that gave way out of the sheet; they come back with what rules say of them.
func (f *foundPlaces) forget() {
	if len(f.gone) > 0 {
		s := f.reader.sheet
		s.places = slices.DeleteFunc(s.places, func(p *place) bool { return f.gone[p] })
	}
}

// reach is how far the fields of one rule got in the whole repository.
type reach struct {
	rule    *Rule
	files   int
	matched []bool
}

// reaches are those of all rules that name fields.
type reaches struct {
	all []*reach
	by  map[string]*reach
}

// add notes what the fields of rules matched in one file. The sheet is nil when the file was not read.
func (r *reaches) add(by []*Rule, s *sheet) {
	for i, rule := range by {
		key := fmt.Sprintf("%s:%d:%q", rule.Dir, rule.Line, rule.Fields) // the same rule comes from every directory that it governs
		known := r.by[key]
		if known == nil {
			if r.by == nil {
				r.by = map[string]*reach{}
			}
			known = &reach{rule: rule, matched: make([]bool, len(rule.Fields))}
			r.by[key], r.all = known, append(r.all, known)
		}
		known.files++
		for j := range rule.Fields {
			known.matched[j] = known.matched[j] || s != nil && s.matched != nil && s.matched[i][j]
		}
	}
}

// problems reports, once for each rule, the fields that are in none of its files.
func (r *reaches) problems() []Problem {
	var out []Problem
	for _, known := range r.all {
		var missing []string
		for i, f := range known.rule.Fields {
			if !known.matched[i] {
				missing = append(missing, quoted(f.Path))
			}
		}
		if len(missing) == 0 {
			continue
		}
		files := "the file that the rule is for"
		if known.files > 1 {
			files = fmt.Sprintf("any of the %d files that the rule is for", known.files)
		}
		out = append(out, Problem{
			Path: known.rule.Dir + rulesFile, Line: known.rule.Line, Reason: reasonNoField,
			Message: "no " + strings.Join(missing, ", ") + " in " + files,
			Hint:    "correct the path, or take it out of the rule; what an alias repeats is written elsewhere",
		})
	}
	return out
}
