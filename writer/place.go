package writer

import (
	"cmp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer/yamledit"
)

const (
	// sha256Prefix begins a digest in full.
	sha256Prefix = "sha256:"
	// ociScheme begins the address of what is no container image and lies in the same registries.
	ociScheme = "oci://"
)

// place is all that names one image at one spot of a file, before any policy is known. A place becomes a site when it
// carries a version or a marker.
type place struct {
	path      string
	format    string
	object    *object
	container string

	// whole is set when one scalar holds the reference; the others when it is written in parts.
	whole, registry, name, tag, digest *field
	// said is the name that a marker gives (`image=`) where the file has none.
	said  string
	marks []mark
	// stale is the field that holds a digest which no edit can write, or "".
	stale string
	// shared is an anchor around what an edit would change, if an alias repeats it elsewhere; or "".
	shared string
	// claims are the fields of a rule that name its values.
	claims []Field
	// within is the place in whose mapping a marked scalar stands that is no part of it, or nil.
	within *place
	// barred is why no rule may govern the place: a marker was meant for it and has no effect.
	barred binding
	// onDemand says that the place is a site only if a marker or a rule asks for it.
	onDemand bool
	// addition is set for what is not there yet.
	addition *addition
	// artifact is set for the version of what is no container image.
	artifact *artifact
	// blocked is the reason for which no policy may govern the place, or "".
	blocked string
}

// field is one scalar of a place.
type field struct {
	part Part
	at   *trail
	spelling
	// anchor is, from 1, where the anchored value begins that the scalar is, or is an alias of; 0 for none.
	anchor int
	yamledit.Scalar
}

// spelling is how a scalar writes its part of a reference, where that is not the part itself.
type spelling struct {
	// lead is text before it that stays: `oci://`, or the `name=` of kustomize.
	lead string
	// bare says that a digest is written without its algorithm.
	bare bool
	// chart says that a tag is the version of a chart. Registries know no `+`, so Helm writes `_` there.
	chart bool
}

// write returns what the scalar is to hold.
func (s spelling) write(part string) string {
	switch {
	case s.bare:
		part = strings.TrimPrefix(part, sha256Prefix)
	case s.chart:
		part = strings.ReplaceAll(part, "_", "+")
	}
	return s.lead + part
}

// read returns the part of the reference that the scalar holds.
func (s spelling) read(written string) string {
	written = strings.TrimPrefix(written, s.lead)
	switch {
	case s.bare:
		return sha256Prefix + written
	case s.chart:
		return strings.ReplaceAll(written, "+", "_")
	default:
		return written
	}
}

// mark is a marker on one of the scalars of a place.
type mark struct {
	marker
	err *markerError
	// on is what the marked scalar holds; line and column are where the comment begins.
	on           Part
	line, column int
}

// bar keeps rules away from the place. The first reason stays.
func (p *place) bar(why binding) {
	if p.barred.reason == "" {
		p.barred = why
	}
}

// fields returns those that are there, the one that carries the version first.
func (p *place) fields() []*field {
	var out []*field
	for _, f := range []*field{p.whole, p.tag, p.digest, p.name, p.registry} {
		if f != nil {
			out = append(out, f)
		}
	}
	return out
}

// carrier returns the scalar that stands for the place: the one that carries the version, as far as there is one.
func (p *place) carrier() *field {
	fields := p.fields()
	for _, f := range fields {
		if f.part != PartName && f.Value != "" {
			return f
		}
	}
	return fields[0]
}

// block returns the field of the version that is written as a block of text, or "".
func (p *place) block() string {
	for _, f := range p.fields() {
		if f.part != PartName && f.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			return f.at.String()
		}
	}
	return ""
}

// hasVersion says whether a tag or a digest is written, in whatever field.
func (p *place) hasVersion() bool {
	return p.whole != nil || p.tag.value() != "" || p.digest.value() != ""
}

// value is the part of the reference. It is safe on nil.
func (f *field) value() string {
	if f == nil || f.Value == "" {
		return ""
	}
	return f.read(f.Value)
}

// nameText joins registry and repository, or returns what a marker says.
func (p *place) nameText() string {
	if p.name == nil {
		return p.said
	}
	name := strings.TrimPrefix(p.name.value(), ociScheme)
	registry := strings.TrimSuffix(strings.TrimPrefix(p.registry.value(), ociScheme), "/")
	if registry == "" || strings.HasPrefix(name, registry+"/") {
		return name
	}
	return registry + "/" + name
}

// writtenName returns the name that the file itself gives, or "".
func (p *place) writtenName() string {
	if p.whole != nil {
		image, err := policy.ParseImage(p.whole.value())
		if err != nil {
			return "" // which is reported for itself
		}
		return image.Name
	}
	if p.name == nil {
		return ""
	}
	return p.nameText()
}

// image joins the parts. otherwise is the name for a place that does not say one.
func (p *place) image(otherwise string) (policy.Image, error) {
	if p.whole != nil {
		return policy.ParseImage(p.whole.value())
	}
	joined := cmp.Or(p.nameText(), otherwise)
	if tag := p.tag.value(); tag != "" {
		joined += ":" + tag
	}
	if digest := p.digest.value(); digest != "" {
		if before, _, ok := strings.Cut(joined, "@"); ok {
			joined = before // the field of its own wins over a digest behind the tag
		}
		joined += "@" + digest
	}
	return policy.ParseImage(joined)
}

// templated says whether something fills in the text later, so that it is not what is deployed.
func (p *place) templated() bool {
	for _, f := range p.fields() {
		if strings.ContainsAny(f.Value, "{$") || strings.Contains(f.Value, "<<") { // `{{ x }}`, `${X}`, `$X`, `<< x >>`
			return true
		}
	}
	return false
}

// field locates an entry of a mapping as a scalar of the place, or returns nil when it is no scalar with a value.
func (r *reader) field(p *place, part Part, in *yaml.Node, key string, at *trail) *field {
	return r.fieldOf(p, part, get(in, key), at.entry(in, key))
}

func (r *reader) fieldOf(p *place, part Part, n *yaml.Node, at *trail) *field {
	f := r.locate(part, n, at)
	if f != nil {
		r.slots[n] = slot{place: p, part: part}
	}
	return f
}

// locate is for a scalar that several places share.
func (r *reader) locate(part Part, written *yaml.Node, at *trail) *field {
	n := written
	if n = target(n); n == nil || n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return nil
	}
	s, err := r.file.Scalar(written)
	if err != nil {
		line, column := n.Line, n.Column
		r.problem(Problem{Line: line, Column: column, Reason: reasonNotLocated, Message: at.String() + ": " + err.Error()})
		return nil
	}
	f := &field{part: part, at: at, Scalar: s}
	if r.aliased[n] {
		if anchored, err := r.file.Scalar(n); err == nil {
			f.anchor = anchored.Start + 1
		}
	}
	return f
}

// keep takes a place over into the sheet when it has any scalar.
func (r *reader) keep(p *place) {
	if len(p.fields()) > 0 {
		if p.object != nil { // where there are no objects, all that an alias repeats falls under the same rules
			p.shared = r.sharedAround(p)
		}
		r.sheet.places = append(r.sheet.places, p)
	}
}

// sharedAround returns the nearest anchor around the version whose mapping or sequence an alias or a merge repeats. The
// anchor of the scalar itself is the editor's to look at.
func (r *reader) sharedAround(p *place) string {
	if len(r.aliased) == 0 {
		return ""
	}
	for _, f := range p.fields() {
		if f.part == PartName {
			continue
		}
		for at := f.at; at != nil; at = at.up {
			if at.in.Anchor != "" && r.aliased[at.in] {
				return at.in.Anchor
			}
		}
	}
	return ""
}
