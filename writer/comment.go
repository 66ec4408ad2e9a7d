package writer

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer/yamledit"
)

// scalar gives a scalar the marker on its line, if there is one.
func (r *reader) scalar(n *yaml.Node, at *trail, o *object) {
	s, err := r.file.Scalar(n)
	if err != nil {
		return // its marker, if any, is reported with those that belong to nothing
	}
	block := s.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	if block || s.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		r.texts = append(r.texts, textSpan{span: span{s.Start, s.End}, block: block})
	}
	found, ok := r.markFor(s, at)
	if !ok {
		return
	}
	if block {
		s.Value = strings.TrimRight(s.Value, "\n") // its one line is what can be edited
	}
	if slot, known := r.slots[n]; known {
		slot.place.correct(s)
		found.on = slot.part
		slot.place.marks = append(slot.place.marks, found)
		return
	}
	r.addLoose(n, s, at, o, found)
}

// markFor takes the marker that belongs to a scalar.
func (r *reader) markFor(s yamledit.Scalar, at *trail) (found mark, ok bool) {
	comment, ok := r.commentFor(s, at)
	if !ok {
		return mark{}, false
	}
	m, ok, problem := readMarker(string(r.src[comment.start:comment.end]))
	if !ok {
		return mark{}, false
	}
	r.use(comment)
	found = mark{marker: m, err: problem}
	found.line, found.column = r.lines.position(comment.start)
	return found, true
}

// commentFor returns the extent of the comment that belongs to a scalar: behind it on the line where it ends. For an item of
// a list, Flux also reads the line above.
func (r *reader) commentFor(s yamledit.Scalar, at *trail) (span, bool) {
	rest := r.src[s.Behind:]
	skipped := len(rest) - len(bytes.TrimLeft(rest, " \t"))
	if skipped > 0 && skipped < len(rest) && rest[skipped] == '#' {
		start := s.Behind + skipped
		return span{start, lineEnd(r.src, start)}, true
	}
	if at == nil || at.in.Kind != yaml.SequenceNode || at.in.Style&yaml.FlowStyle != 0 {
		return span{}, false
	}
	if raw, ok := r.above[s.Line-1]; ok {
		return span{raw.start, raw.end}, true
	}
	return span{}, false
}

// correct gives the field of a scalar the value that a marker makes of it.
func (p *place) correct(s yamledit.Scalar) {
	for _, f := range p.fields() {
		if f.Start == s.Start {
			f.Value = s.Value
		}
	}
}

// use takes the markers of a comment out of those that are left over.
func (r *reader) use(comment span) {
	first, _ := slices.BinarySearchFunc(r.raw, comment.start, func(m rawMarker, at int) int { return cmp.Compare(m.start, at) })
	for _, raw := range r.raw[first:] {
		if raw.start >= comment.end {
			return
		}
		r.used[raw.start] = true
	}
}

// groupKey joins the marked scalars of one mapping that name one image under one policy.
type groupKey struct {
	mapping *yaml.Node
	flux    bool
	// policy is the name or the expression, image what the marker says of the image.
	policy, image string
}

// loosePlace is a place that exists because of a marker.
type loosePlace struct {
	place *place
	// at is the trail of the first marked scalar.
	at *trail
}

// addLoose makes a place of a marked scalar in which no image is known, or adds it to the one that its siblings made.
func (r *reader) addLoose(n *yaml.Node, s yamledit.Scalar, at *trail, o *object, m mark) {
	part, parameter := m.part, r.parameters[s.Start]
	switch {
	case part != "":
	case parameter != nil:
		part = PartTag
	default:
		part = guessPart(at.lastKey(), s.Value, m.image)
	}
	if part == PartImage && m.part == "" && r.placeAround(at) != nil {
		if _, err := policy.ParseImage(s.Value); err != nil {
			part = "" // a path or an argument: the marker may be meant for the image beside it
		}
	}
	if m.err != nil && m.err.reason == reasonMalformed {
		part = "" // it tells nothing of the value
	}
	if part == "" && m.late == nil {
		m.late = &markerError{
			reason: reasonNoPart, message: "cannot tell what part of an image " + quoted(s.Value) + " is",
			hint: "say it after the policy: NAME:tag, or part=tag after an expression",
		}
	}
	m.on = part
	f := &field{part: part, at: at, Scalar: s}
	key := groupKey{mapping: at.mapping(), flux: m.flux, policy: m.name + m.expr, image: m.image}
	p := r.groups[key]
	if p == nil || key.mapping == nil || !p.takes(part) {
		p = &place{path: r.sheet.path, format: formatYAML, object: o, said: m.image}
		if parameter != nil {
			p.format, p.container = parameter.format, parameter.container
		}
		if key.mapping != nil && part != PartImage && part != "" {
			r.groups[key] = p
		}
		r.loose = append(r.loose, loosePlace{place: p, at: at})
	}
	p.marks = append(p.marks, m)
	p.set(f)
	r.slots[n] = slot{place: p, part: part}
}

// takes says whether the place has room for one more part.
func (p *place) takes(part Part) bool {
	switch part {
	case PartTag:
		return p.whole == nil && p.tag == nil
	case PartDigest:
		return p.whole == nil && p.digest == nil
	case PartName:
		return p.whole == nil && p.name == nil
	case PartImage:
		return false
	default:
		return false
	}
}

func (p *place) set(f *field) {
	switch f.part {
	case PartTag:
		p.tag = f
	case PartDigest:
		p.digest = f
	case PartName:
		p.name = f
	case PartImage:
		p.whole = f
	default:
		p.whole = f // only to have a position: its marker is in error
	}
}

// guessPart says what a marked scalar holds when neither the marker nor a known format says it: by its key, then
// by its value. "" means that it cannot be told.
func guessPart(key, value, image string) Part {
	ends := func(word string) bool { // `tag`, `webTag`, `web_tag`, `WEB_TAG`
		lower := strings.ToLower(key)
		return lower == word || strings.HasSuffix(key, strings.ToUpper(word[:1])+word[1:]) || strings.HasSuffix(lower, "_"+word)
	}
	switch {
	case ends("digest"), strings.HasPrefix(value, "sha256:"):
		return PartDigest
	case ends("tag"), image != "":
		return PartTag
	case strings.ContainsAny(value, "/:"):
		return PartImage
	default:
		return ""
	}
}
