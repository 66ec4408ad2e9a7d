package yamledit

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

// proof compares what documents say before and after an edit.
type proof struct {
	file *File
	// planned is the new value of each scalar that is edited.
	planned map[*yaml.Node]string
	// twins are the nodes of the new documents for the anchored nodes of the old ones.
	twins map[*yaml.Node]*yaml.Node
	// met are the nodes of the new documents for the planned scalars.
	met map[*yaml.Node]*yaml.Node
}

// prove parses the new content and returns an error unless it differs from the old in exactly the planned values, in the
// file and in each block.
func prove(s *survey, content []byte) *Refusal {
	edited, err := Parse(content)
	if err != nil {
		return &Refusal{Reason: ReasonProof, Detail: "the file would not parse: " + err.Error()}
	}
	twins, refusal := s.proved(edited.tops)
	if refusal != nil {
		return refusal
	}
	for n, b := range s.blocks {
		if len(b.splices) == 0 {
			continue
		}
		in, err := edited.inner(twins[n])
		if err != nil {
			return &Refusal{Reason: ReasonProof, Detail: "the block would not parse: " + err.Error()}
		}
		inside, refusal := b.proved(in.docs)
		if refusal != nil {
			return refusal
		}
		delete(twins, n)
		maps.Copy(twins, inside)
	}
	return around(s.file, edited, twins)
}

// around expects all bytes outside of the edited values to be as they were: comments and white space, too. What the parser
// says of comments is of no use, because it gives one to another node, or to none, when the value above it gets quotes.
func around(old, edited *File, twins map[*yaml.Node]*yaml.Node) *Refusal {
	order := slices.SortedFunc(maps.Keys(twins), func(a, b *yaml.Node) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	was, is := 0, 0
	for _, n := range order {
		start, end := old.valueOf(n)
		again, behind := edited.valueOf(twins[n])
		if start < was || again < is || !bytes.Equal(old.src[was:start], edited.src[is:again]) {
			return old.otherText(start)
		}
		was, is = end, behind
	}
	if !bytes.Equal(old.src[was:], edited.src[is:]) {
		return old.otherText(was)
	}
	return nil
}

// valueOf returns the extent of a value: of a block, that of its last line with text.
func (f *File) valueOf(n *yaml.Node) (start, end int) {
	start, end, ok := f.token(n)
	switch {
	case !ok:
		return -1, -1
	case n.Style&blockStyles != 0:
		line, _ := oneLine(n.Value)
		return end - len(line), end
	default:
		return start, end
	}
}

func (f *File) otherText(before int) *Refusal {
	r := &Refusal{Reason: ReasonProof, Detail: "text outside of the values would change"}
	if before >= 0 {
		r.Line, _ = f.at.position(before)
	}
	return r
}

// proved compares all documents. It returns the nodes that the planned scalars became.
func (s *survey) proved(edited []*yaml.Node) (met map[*yaml.Node]*yaml.Node, refusal *Refusal) {
	if len(edited) != len(s.docs) {
		return nil, &Refusal{Reason: ReasonProof, Detail: "the number of documents would change"}
	}
	p := proof{
		file: s.file, planned: s.planned, twins: map[*yaml.Node]*yaml.Node{}, met: map[*yaml.Node]*yaml.Node{},
	}
	for i, doc := range s.docs {
		if n, what := p.compare(doc, edited[i]); n != nil {
			r := &Refusal{Reason: ReasonProof, Detail: what + " would change here"}
			r.Line, r.Column = p.file.position(n.Line, n.Column)
			return nil, r
		}
	}
	if len(p.met) != len(p.planned) {
		return nil, &Refusal{Reason: ReasonProof, Detail: fmt.Sprintf("only %d of %d values would change", len(p.met), len(p.planned))}
	}
	return p.met, nil
}

// compare returns the first node of the old file whose twin is not as it should be, and what is wrong with it. Aliases
// are compared by what they point to, never followed.
func (p *proof) compare(old, edited *yaml.Node) (at *yaml.Node, what string) {
	if what := p.difference(old, edited); what != "" {
		return old, what
	}
	if old.Anchor != "" {
		p.twins[old] = edited
	}
	for i := range old.Content {
		if n, what := p.compare(old.Content[i], edited.Content[i]); n != nil {
			return n, what
		}
	}
	return nil, ""
}

// difference compares two nodes without their children.
func (p *proof) difference(old, edited *yaml.Node) string {
	value, planned := p.planned[old]
	switch {
	case old.Kind != edited.Kind, len(old.Content) != len(edited.Content), old.Line != edited.Line:
		return "the structure"
	case old.Anchor != edited.Anchor, old.Alias != nil && p.twins[old.Alias] != edited.Alias:
		return "an anchor or alias"
	case planned:
		p.met[old] = edited
		if edited.Value != value || edited.ShortTag() != strTag || old.Style&blockStyles != edited.Style&blockStyles {
			return "the edited value differently from what is planned"
		}
	case old.Value != edited.Value, old.Tag != edited.Tag, old.Style != edited.Style:
		return "a value"
	}
	return ""
}
