package yamledit

import (
	"cmp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// survey knows what stands around each scalar of a file.
type survey struct {
	file *File
	// entries are all nodes in the order of the file.
	entries []entry
	// scalars are the entries that are scalars with a value. Their positions grow.
	scalars []int
	// aliased are the nodes that an alias repeats.
	aliased map[*yaml.Node]bool
	// doubtful says of a mapping whether a key stands in it twice.
	doubtful map[*yaml.Node]bool
}

type entry struct {
	node *yaml.Node
	// parent is the entry of the collection around it, -1 for none.
	parent int
	isKey  bool
}

func newSurvey(f *File) *survey {
	s := &survey{file: f, aliased: map[*yaml.Node]bool{}, doubtful: map[*yaml.Node]bool{}}
	for _, top := range f.tops {
		s.add(top, -1, false)
	}
	return s
}

func (s *survey) add(n *yaml.Node, parent int, isKey bool) {
	id := len(s.entries)
	s.entries = append(s.entries, entry{n, parent, isKey})
	if n.Alias != nil {
		s.aliased[n.Alias] = true
	}
	if n.Kind == yaml.ScalarNode && !empty(n) {
		s.scalars = append(s.scalars, id)
	}
	for i, child := range n.Content {
		s.add(child, id, n.Kind == yaml.MappingNode && i%2 == 0)
	}
}

// plan works out one edit.
func (s *survey) plan(e Edit) (*yaml.Node, splice, *Refusal) {
	at, end, ok := s.find(e.Start)
	if !ok {
		return nil, splice{}, s.file.refuse(e, ReasonNotFound, "no value begins here")
	}
	n := at.node
	if reason, detail := s.objection(at, e, s.file.src[e.Start:end]); reason != "" {
		return nil, splice{}, s.file.refuse(e, reason, "%s", detail)
	}
	inFlow := at.parent >= 0 && s.entries[at.parent].node.Style&yaml.FlowStyle != 0
	return n, splice{start: e.Start, end: end, text: written(n, inFlow, e.To)}, nil
}

// find returns the scalar whose value begins at a byte.
func (s *survey) find(start int) (at entry, end int, ok bool) {
	if start < 0 || start >= len(s.file.src) {
		return entry{}, 0, false
	}
	line, column := s.file.at.source(s.file.src, start)
	// Behind this one all begin later: an anchor or a tag moves the position of a scalar only forward.
	i, _ := slices.BinarySearchFunc(s.scalars, mark{line: line, column: column + 1}, func(id int, m mark) int {
		n := s.entries[id].node
		return cmp.Or(cmp.Compare(n.Line, m.line), cmp.Compare(n.Column, m.column))
	})
	if i == 0 {
		return entry{}, 0, false
	}
	at = s.entries[s.scalars[i-1]]
	found, end, ok := s.file.token(at.node)
	return at, end, ok && found == start
}

// objection says why an edit is not made, or "".
func (s *survey) objection(at entry, e Edit, token []byte) (reason Reason, detail string) {
	n := at.node
	switch {
	case n.Value != e.From:
		return ReasonChanged, "the value is not what was read before"
	case at.isKey:
		return ReasonKey, "this is the key of a mapping"
	case !editable(n):
		return ReasonNotText, "this is " + n.ShortTag() + ", not text"
	case s.aliased[n]:
		return ReasonAlias, "the alias *" + n.Anchor + " repeats this value elsewhere"
	case n.Style&blockStyles != 0:
		return ReasonBlockScalar, "the value is a block of text"
	case multiLine(token):
		return ReasonMultiLine, "the value is written over several lines"
	case !writable(e.To):
		return ReasonBadValue, "the new value has control characters"
	case s.twice(at.parent):
		return ReasonDuplicateKey, "a key stands twice in a mapping around this value"
	default:
		return "", ""
	}
}

// editable says whether a scalar is text, or something that is text when it has quotes.
func editable(n *yaml.Node) bool {
	switch n.ShortTag() {
	case strTag:
		return true
	case "!!int", "!!float", "!!bool", "!!timestamp":
		return n.Style&yaml.TaggedStyle == 0
	default: // !!null, !!merge, !!binary, and what a reader of its own makes something of
		return false
	}
}

// twice says whether a key stands twice in a mapping, or in one around it.
func (s *survey) twice(id int) bool {
	for ; id >= 0; id = s.entries[id].parent {
		n := s.entries[id].node
		known, ok := s.doubtful[n]
		if !ok {
			known = duplicateKey(n)
			s.doubtful[n] = known
		}
		if known {
			return true
		}
	}
	return false
}

// duplicateKey compares keys by their text: JSON has no others.
func duplicateKey(n *yaml.Node) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	seen := make(map[string]struct{}, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Alias != nil {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			continue
		}
		if _, again := seen[key.Value]; again {
			return true
		}
		seen[key.Value] = struct{}{}
	}
	return false
}
