package yamledit

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// NewEntry stands for the index of an entry that is not there yet.
const NewEntry = -1

// Pair is one key of a mapping with its text.
type Pair struct{ Key, Value string }

// Entry is what Add adds to a list of mappings: one more entry, or keys to one that is there.
type Entry struct {
	// To is the index of the entry that gets the keys, or NewEntry.
	To int
	// Has is what the entry says now, which guards against a file that changed since; nothing for a new one.
	Has []Pair
	// Pairs are added in this order.
	Pairs []Pair
}

// Add returns a copy of src with whole lines more: those of the entries, in the list at the top of the only document that has this
// key. The key is added at the end if there is none. All old lines stay as they are; one at the end without a line break gets
// one. The error is a *ParseError, or a *Refusal when one of the entries cannot be added or proved: then none is.
func Add(src []byte, key string, entries []Entry) ([]byte, error) {
	f, err := Parse(src)
	if err != nil {
		return nil, err
	}
	a := adder{File: f, key: key, rows: f.rows(), grown: map[*yaml.Node][]Entry{}}
	if refusal := a.open(); refusal != nil {
		return nil, refusal
	}
	for _, e := range entries {
		if refusal := a.take(e); refusal != nil {
			return nil, refusal
		}
	}
	added := a.plan()
	out := slices.Concat(a.merged(added)...)
	if refusal := a.prove(out, added); refusal != nil {
		return nil, refusal
	}
	return out, nil
}

// adder adds lines to one list.
type adder struct {
	*File
	key  string
	rows [][]byte
	// root is the mapping at the top, and list the value of the key in it, nil when there is none.
	root, list *yaml.Node
	// end is the row behind the list and what follows it up to the next key.
	end int
	// grown is what is added, by the list or the entry that gets it; that of a list that is not there by the root.
	grown map[*yaml.Node][]Entry
}

// rows cuts the file into its lines, each with its line break. There is at least one.
func (f *File) rows() [][]byte {
	var rows [][]byte
	starts := append(slices.Clone(f.at.lines), len(f.src))
	starts[0] = 0 // a byte order mark is part of the first line
	for i, start := range starts[:len(starts)-1] {
		if start < len(f.src) {
			rows = append(rows, f.src[start:starts[i+1]])
		}
	}
	return rows
}

// open finds the list, and refuses what is not written line by line.
func (a *adder) open() *Refusal {
	ends := func(row []byte) bool { return bytes.HasPrefix(row, []byte("...")) }
	if len(a.tops) != 1 || len(a.Docs) != 1 || slices.ContainsFunc(a.rows, ends) {
		return &Refusal{Reason: ReasonNoLines, Line: 1, Column: 1, Detail: "the file has more than one document, or the end of one is written"}
	}
	a.root, a.end = a.Docs[0], len(a.rows)
	if !inLines(a.root, yaml.MappingNode) {
		return a.no(a.root, "the document is no mapping with each key on a line of its own")
	}
	for i := 0; i+1 < len(a.root.Content); i += 2 {
		key := a.root.Content[i]
		switch {
		case key.ShortTag() == "!!merge":
			return a.no(key, "what is merged into the document may have the list, too")
		case key.Value == a.key && a.list != nil:
			return &Refusal{Reason: ReasonDuplicateKey, Line: a.row(key) + 1, Detail: fmt.Sprintf("the key %q stands twice", a.key)}
		case key.Value == a.key:
			a.list, a.end = a.root.Content[i+1], len(a.rows)
			if i+2 < len(a.root.Content) {
				a.end = a.row(a.root.Content[i+2])
			}
		}
	}
	if a.list != nil && !inLines(a.list, yaml.SequenceNode) {
		return a.no(a.list, fmt.Sprintf("%q is no list with each entry on a line of its own", a.key))
	}
	return a.unshared(a.list)
}

// inLines says whether a node is a mapping or a sequence that is written without braces and brackets.
func inLines(n *yaml.Node, kind yaml.Kind) bool { return n.Kind == kind && n.Style&yaml.FlowStyle == 0 }

func (a *adder) no(n *yaml.Node, detail string) *Refusal {
	r := &Refusal{Reason: ReasonNoLines, Detail: detail}
	r.Line, r.Column = a.position(n.Line, n.Column)
	return r
}

// unshared refuses to add to what an alias repeats elsewhere.
func (a *adder) unshared(n *yaml.Node) *Refusal {
	if n == nil || n.Anchor == "" {
		return nil
	}
	return &Refusal{Reason: ReasonAlias, Line: a.row(n) + 1, Detail: "what is added here would also be added wherever *" + n.Anchor + " repeats it"}
}

// take notes what is added to which node.
func (a *adder) take(e Entry) *Refusal {
	for _, p := range e.Pairs {
		if !writable(p.Key) || !writable(p.Value) {
			return &Refusal{Reason: ReasonBadValue, Detail: "what is to be added has control characters or line breaks"}
		}
	}
	if e.To == NewEntry {
		to := a.list
		if to == nil {
			to = a.root
		}
		a.grown[to] = append(a.grown[to], e)
		return nil
	}
	if a.list == nil || e.To < 0 || e.To >= len(a.list.Content) {
		return &Refusal{Reason: ReasonChanged, Detail: "the entry is not there any more"}
	}
	switch n := a.list.Content[e.To]; {
	case !inLines(n, yaml.MappingNode):
		return a.no(n, "the entry has not each key on a line of its own")
	case !says(n, e.Has):
		return &Refusal{Reason: ReasonChanged, Line: a.row(n) + 1, Detail: "the entry does not say what it said before"}
	case a.grown[n] != nil:
		return &Refusal{Reason: ReasonOverlap, Line: a.row(n) + 1, Detail: "the keys of one entry are added twice"}
	default:
		a.grown[n] = []Entry{e}
		return a.unshared(n)
	}
}

// says whether a mapping has exactly these keys with these texts, in this order.
func says(n *yaml.Node, pairs []Pair) bool {
	if n.Kind != yaml.MappingNode || len(n.Content) != 2*len(pairs) {
		return false
	}
	return saysPairs(n.Content, pairs)
}

func saysPairs(content []*yaml.Node, pairs []Pair) bool {
	if len(content) != 2*len(pairs) {
		return false
	}
	for i, p := range pairs {
		key, value := content[2*i], content[2*i+1]
		if key.Kind != yaml.ScalarNode || value.Kind != yaml.ScalarNode || key.Value != p.Key || value.Value != p.Value {
			return false
		}
	}
	return true
}

// row returns the index of the row on which a node begins.
func (a *adder) row(n *yaml.Node) int {
	line, _ := a.position(n.Line, n.Column)
	return line - 1
}

// lastRow returns the last row before end that has more than a comment, or first.
func (a *adder) lastRow(first, end int) int {
	for i := end - 1; i > first; i-- {
		if text := bytes.TrimSpace(a.rows[i]); len(text) > 0 && text[0] != '#' {
			return i
		}
	}
	return first
}

// plan returns the rows that come behind each row.
func (a *adder) plan() map[int][][]byte {
	added := map[int][][]byte{}
	if a.list == nil {
		last, indent := len(a.rows)-1, a.root.Column-1
		rows := []string{strings.Repeat(" ", indent) + scalarOf(a.key) + ":"}
		for _, e := range a.grown[a.root] {
			rows = append(rows, entryRows(e, indent+a.otherIndent(), 1)...)
		}
		added[last] = a.ended(last, rows)
		return added
	}
	for i, n := range a.list.Content {
		if e := a.grown[n]; e != nil {
			end := a.end
			if i+1 < len(a.list.Content) {
				end = a.row(a.list.Content[i+1])
			}
			last := a.lastRow(a.row(n), end)
			added[last] = append(added[last], a.ended(last, pairRows(e[0], n.Column-1))...)
		}
	}
	if more := a.grown[a.list]; more != nil {
		last, gap := a.lastRow(a.row(a.list), a.end), a.list.Content[0].Column-a.list.Column-1
		for _, e := range more {
			added[last] = append(added[last], a.ended(last, entryRows(e, a.list.Column-1, max(gap, 1)))...)
		}
	}
	return added
}

// otherIndent returns how far the first other list of the document is indented below its key.
func (a *adder) otherIndent() int {
	for i := 1; i < len(a.root.Content); i += 2 {
		if n := a.root.Content[i]; inLines(n, yaml.SequenceNode) {
			return max(n.Column-a.root.Column, 0)
		}
	}
	return 0
}

// entryRows writes a whole entry, with its dash behind indent and gap spaces behind the dash.
func entryRows(e Entry, indent, gap int) []string {
	rows := pairRows(e, indent+1+gap)
	rows[0] = strings.Repeat(" ", indent) + "-" + rows[0][indent+1:]
	return rows
}

func pairRows(e Entry, indent int) []string {
	var rows []string
	for _, p := range e.Pairs {
		rows = append(rows, strings.Repeat(" ", indent)+scalarOf(p.Key)+": "+scalarOf(p.Value))
	}
	return rows
}

// scalarOf writes a text, in quotes only where some reader would take it for anything else.
func scalarOf(value string) string {
	if plain(value) {
		return value
	}
	return doubleQuoted(value)
}

// ended gives rows the line break of the row above them.
func (a *adder) ended(above int, rows []string) [][]byte {
	var out [][]byte
	for _, row := range rows {
		out = append(out, []byte(row+a.lineBreak(above)))
	}
	return out
}

// lineBreak returns that of a row, or for a last one without any that of the row above.
func (a *adder) lineBreak(row int) string {
	for ; row >= 0; row-- {
		if text := bytes.TrimRight(a.rows[row], "\r\n"); len(text) < len(a.rows[row]) {
			end := a.rows[row][len(text):]
			return string(end[max(0, len(end)-2):])
		}
	}
	return "\n"
}

// merged returns all rows, with those that are added.
func (a *adder) merged(added map[int][][]byte) [][]byte {
	var out [][]byte
	for i, row := range a.rows {
		out = append(out, row)
		if len(added[i]) > 0 && !endsLine(row) {
			out = append(out, []byte(a.lineBreak(i)))
		}
		out = append(out, added[i]...)
	}
	return out
}

func endsLine(row []byte) bool {
	return bytes.HasSuffix(row, []byte("\n")) || bytes.HasSuffix(row, []byte("\r"))
}
