package yamledit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// proof compares what a file says before and after an edit.
type proof struct {
	// planned is the new value of each scalar that is edited.
	planned map[*yaml.Node]string
	// twins are the nodes of the new file for the anchored nodes of the old one.
	twins map[*yaml.Node]*yaml.Node
	// met counts the planned scalars that were compared.
	met int
	// comments counts the lines of comments that nodes lost (below zero) and gained.
	comments map[string]int
}

// prove parses the new content and returns an error unless it differs from the old in exactly the planned values.
func prove(old *File, content []byte, planned map[*yaml.Node]string) *Refusal {
	edited, err := Parse(content)
	if err != nil {
		return &Refusal{Reason: ReasonProof, Detail: "the file would not parse: " + err.Error()}
	}
	if len(edited.tops) != len(old.tops) {
		return &Refusal{Reason: ReasonProof, Detail: "the number of documents would change"}
	}
	p := proof{planned: planned, twins: map[*yaml.Node]*yaml.Node{}, comments: map[string]int{}}
	for i := range old.tops {
		if n, what := p.compare(old.tops[i], edited.tops[i]); n != nil {
			r := &Refusal{Reason: ReasonProof, Detail: what + " would change here"}
			r.Line, r.Column = old.position(n.Line, n.Column)
			return r
		}
	}
	for _, line := range slices.Sorted(maps.Keys(p.comments)) {
		if line != "" && p.comments[line] != 0 {
			return &Refusal{Reason: ReasonProof, Detail: fmt.Sprintf("the comment %q would change", line)}
		}
	}
	if p.met != len(planned) {
		return &Refusal{Reason: ReasonProof, Detail: fmt.Sprintf("only %d of %d values would change", p.met, len(planned))}
	}
	return nil
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
		p.met++
		if edited.Value != value || edited.ShortTag() != strTag {
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
