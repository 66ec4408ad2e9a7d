package yamledit

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// prove parses the new content and returns an error unless it says what the old one says and exactly the entries more, in
// whole lines between the old ones.
func (a *adder) prove(content []byte, added map[int][][]byte) *Refusal {
	edited, err := Parse(content)
	if err != nil {
		return &Refusal{Reason: ReasonProof, Detail: "the file would not parse: " + err.Error()}
	}
	if len(edited.tops) != 1 || len(edited.Docs) != 1 {
		return &Refusal{Reason: ReasonProof, Detail: "the number of documents would change"}
	}
	g := growth{adder: a, twins: map[*yaml.Node]*yaml.Node{}, met: map[*yaml.Node]bool{}}
	if n := g.compare(a.root, edited.Docs[0]); n != nil {
		r := &Refusal{Reason: ReasonProof, Detail: "more than the added entries would change here"}
		r.Line, r.Column = a.position(n.Line, n.Column)
		return r
	}
	if len(g.met) != len(a.grown) {
		return &Refusal{Reason: ReasonProof, Detail: "not all entries would be there"}
	}
	if !a.keeps(edited.rows(), added) {
		return &Refusal{Reason: ReasonProof, Detail: "old lines would change"}
	}
	return nil
}

// keeps says whether rows are the old ones in their order, with as many more behind each as are added there. Only a last row
// without a line break may get one.
func (a *adder) keeps(rows [][]byte, added map[int][][]byte) bool {
	for i, row := range a.rows {
		if len(rows) == 0 {
			return false
		}
		now := rows[0]
		if len(added[i]) > 0 && !endsLine(row) {
			now = bytes.TrimRight(now, "\r\n")
		}
		if !bytes.Equal(row, now) || len(rows) <= len(added[i]) {
			return false
		}
		rows = rows[1+len(added[i]):]
	}
	return len(rows) == 0
}

// growth compares what documents say before and after entries were added.
type growth struct {
	*adder
	// twins are the new nodes for the anchored old ones, and met the nodes to which something was added.
	twins map[*yaml.Node]*yaml.Node
	met   map[*yaml.Node]bool
}

// compare returns the first old node whose twin says something else, but for what is added to it.
func (g *growth) compare(old, edited *yaml.Node) *yaml.Node {
	if old.Kind != edited.Kind || old.Value != edited.Value || old.Tag != edited.Tag || old.Style != edited.Style ||
		old.Anchor != edited.Anchor || old.Alias != nil && g.twins[old.Alias] != edited.Alias || len(old.Content) > len(edited.Content) {
		return old
	}
	if old.Anchor != "" {
		g.twins[old] = edited
	}
	for i := range old.Content {
		if n := g.compare(old.Content[i], edited.Content[i]); n != nil {
			return n
		}
	}
	if !g.grew(old, edited.Content[len(old.Content):]) {
		return old
	}
	return nil
}

// grew says whether exactly what is to be added to a node was.
func (g *growth) grew(old *yaml.Node, more []*yaml.Node) bool {
	entries := g.grown[old]
	if len(entries) == 0 {
		return len(more) == 0
	}
	g.met[old] = true
	switch {
	case old == g.list:
		return saysEntries(more, entries)
	case old == g.root:
		return len(more) == 2 && more[0].Value == g.key && more[1].Kind == yaml.SequenceNode && saysEntries(more[1].Content, entries)
	default:
		return isText(more) && saysPairs(more, entries[0].Pairs)
	}
}

func saysEntries(items []*yaml.Node, entries []Entry) bool {
	if len(items) != len(entries) {
		return false
	}
	for i, e := range entries {
		if !isText(items[i].Content) || !says(items[i], e.Pairs) {
			return false
		}
	}
	return true
}

// isText says whether all nodes are plain texts to every reader.
func isText(nodes []*yaml.Node) bool {
	for _, n := range nodes {
		if n.Kind != yaml.ScalarNode || n.ShortTag() != strTag || n.Anchor != "" {
			return false
		}
	}
	return true
}
