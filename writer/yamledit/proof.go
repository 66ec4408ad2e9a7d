package yamledit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

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
	// comments counts the lines of comments that nodes lost (below zero) and gained.
	comments map[string]int
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
		if _, refusal := b.proved(in.docs); refusal != nil {
			return refusal
		}
	}
	return nil
}

// proved compares all documents. It returns the nodes that the planned scalars became.
func (s *survey) proved(edited []*yaml.Node) (met map[*yaml.Node]*yaml.Node, refusal *Refusal) {
	if len(edited) != len(s.docs) {
		return nil, &Refusal{Reason: ReasonProof, Detail: "the number of documents would change"}
	}
	p := proof{
		file: s.file, planned: s.planned, twins: map[*yaml.Node]*yaml.Node{}, met: map[*yaml.Node]*yaml.Node{}, comments: map[string]int{},
	}
	for i, doc := range s.docs {
		if n, what := p.compare(doc, edited[i]); n != nil {
			r := &Refusal{Reason: ReasonProof, Detail: what + " would change here"}
			r.Line, r.Column = p.file.position(n.Line, n.Column)
			return nil, r
		}
	}
	for _, line := range slices.Sorted(maps.Keys(p.comments)) {
		if line != "" && p.comments[line] != 0 {
			return nil, &Refusal{Reason: ReasonProof, Detail: fmt.Sprintf("the comment %q would change", line)}
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
	p.count(old, edited)
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

// count keeps the balance of comments. To which node the parser gives a comment is no property of the file: it gives the one
// below a value without quotes to another node than the one below a value with quotes.
func (p *proof) count(old, edited *yaml.Node) {
	for _, c := range [...]struct{ old, edited string }{
		{old.HeadComment, edited.HeadComment}, {old.LineComment, edited.LineComment}, {old.FootComment, edited.FootComment},
	} {
		if c.old == c.edited {
			continue
		}
		for line := range strings.SplitSeq(c.old, "\n") {
			p.comments[line]--
		}
		for line := range strings.SplitSeq(c.edited, "\n") {
			p.comments[line]++
		}
	}
}
