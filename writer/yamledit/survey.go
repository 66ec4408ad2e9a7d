package yamledit

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// survey knows what stands around each scalar of a file, or of a block in it, and collects what is to change there.
type survey struct {
	file *File
	// entries are all nodes in the order of the file.
	entries []entry
	// values are the entries that are scalars with a value, or aliases. Their positions grow.
	values []int
	// aliases are those that repeat a node.
	aliases map[*yaml.Node][]*yaml.Node
	// doubtful says of a mapping whether a key stands in it twice.
	doubtful map[*yaml.Node]bool

	// docs are the documents, as DocumentNodes.
	docs []*yaml.Node
	// planned is the new value of each scalar that is edited.
	planned map[*yaml.Node]string
	// blocks are the surveys of the literal blocks in which something is edited, and last is the one that was asked for last.
	blocks map[*yaml.Node]*block
	last   *block
}

// block is the survey of the text in a literal block.
type block struct {
	*survey
	in *inner
	// end is where it ends in the file.
	end int
	// splices are what changes in it.
	splices []splice
}

type entry struct {
	node *yaml.Node
	// parent is the entry of the collection around it, -1 for none.
	parent int
	isKey  bool
}

func newSurvey(f *File, docs []*yaml.Node) *survey {
	s := &survey{
		file: f, docs: docs, aliases: map[*yaml.Node][]*yaml.Node{}, doubtful: map[*yaml.Node]bool{},
		planned: map[*yaml.Node]string{}, blocks: map[*yaml.Node]*block{},
	}
	for _, doc := range docs {
		s.add(doc, -1, false)
	}
	return s
}

func (s *survey) add(n *yaml.Node, parent int, isKey bool) {
	id := len(s.entries)
	s.entries = append(s.entries, entry{n, parent, isKey})
	if n.Alias != nil {
		s.aliases[n.Alias] = append(s.aliases[n.Alias], n)
	}
	if n.Kind == yaml.ScalarNode && !empty(n) || n.Kind == yaml.AliasNode {
		s.values = append(s.values, id)
	}
	for i, child := range n.Content {
		s.add(child, id, n.Kind == yaml.MappingNode && i%2 == 0)
	}
}

// target is the scalar or alias that an edit is of.
type target struct {
	Edit
	entry
	end int
	// in is the block in which it stands, nil for the file itself.
	in *block
}

// plan works out all edits, which are in order and apart.
func (s *survey) plan(edits []Edit) ([]splice, *Refusal) {
	targets := make([]target, len(edits))
	to := map[*yaml.Node]string{}
	for i, e := range edits {
		t, refusal := s.locate(e)
		if refusal != nil {
			return nil, refusal
		}
		targets[i], to[t.node] = t, e.To
	}
	var splices []splice
	for _, t := range targets {
		around := s
		if t.in != nil {
			around = t.in.survey
		}
		if reason, detail := around.objection(t, to); reason != "" {
			return nil, s.file.refuse(t.Edit, reason, "%s", detail)
		}
		if t.From == t.To || t.node.Kind == yaml.AliasNode {
			continue
		}
		done := around.splice(t)
		splices = append(splices, done)
		if t.in != nil {
			t.in.splices = append(t.in.splices, splice{t.in.in.text(done.start), t.in.in.text(done.end-1) + 1, done.text})
		}
	}
	for n, b := range s.blocks {
		if _, whole := to[n]; whole {
			return nil, &Refusal{Reason: ReasonOverlap, Detail: "an edit of a block and one inside of it"}
		}
		if len(b.splices) > 0 {
			s.planned[n] = string(spliced([]byte(n.Value), b.splices))
		}
	}
	return splices, nil
}

// splice returns the bytes that an edit changes.
func (s *survey) splice(t target) splice {
	n := t.node
	if n.Style&blockStyles != 0 {
		line, breaks := oneLine(n.Value)
		s.planned[n] = t.To + breaks
		return splice{start: t.end - len(line), end: t.end, text: t.To}
	}
	s.planned[n] = t.To
	inFlow := t.parent >= 0 && s.entries[t.parent].node.Style&yaml.FlowStyle != 0
	return splice{start: t.Start, end: t.end, text: written(n, inFlow, t.To)}
}

// oneLine cuts off the line breaks at the end of a block scalar.
func oneLine(value string) (line, breaks string) {
	line = strings.TrimRightFunc(value, lineBreak)
	return line, value[len(line):]
}

// locate finds what an edit is of, in the file or in a block.
func (s *survey) locate(e Edit) (target, *Refusal) {
	if s.last == nil || e.Start >= s.last.end { // else it is in that block: to find the end of a block takes long
		at, end, ok := s.find(e.Start)
		if ok {
			return target{Edit: e, entry: at, end: end}, nil
		}
		if at.node == nil || at.node.Style&yaml.LiteralStyle == 0 || e.Start >= end {
			return target{}, s.file.refuse(e, ReasonNotFound, "no value begins here")
		}
		b, refusal := s.open(at, e)
		if refusal != nil {
			return target{}, refusal
		}
		b.end = end
		s.last = b
	}
	b := s.last
	inside, end, ok := b.find(e.Start)
	switch {
	case ok:
		return target{Edit: e, entry: inside, end: end, in: b}, nil
	case inside.node != nil && inside.node.Style&yaml.LiteralStyle != 0 && e.Start < end:
		return target{}, s.file.refuse(e, ReasonNested, "this stands in a block inside of a block")
	default:
		return target{}, s.file.refuse(e, ReasonNotFound, "no value begins here")
	}
}

// open surveys a block, in which an edit begins.
func (s *survey) open(at entry, e Edit) (*block, *Refusal) {
	if reason, detail := s.obstacle(at); reason != "" {
		return nil, s.file.refuse(e, reason, "%s", detail)
	}
	if _, repeated := s.aliases[at.node]; repeated {
		return nil, s.file.refuse(e, ReasonAlias, "the alias *%s repeats this text elsewhere", at.node.Anchor)
	}
	in, err := s.file.inner(at.node)
	if err != nil {
		return nil, s.file.refuse(e, ReasonNotFound, "the text around is no YAML: %v", err)
	}
	b := &block{survey: newSurvey(s.file, in.docs), in: in}
	s.blocks[at.node] = b
	return b, nil
}

// find returns the scalar or alias that begins at a byte. ok is false when none does; the entry is the last one before then.
func (s *survey) find(start int) (at entry, end int, ok bool) {
	if start < 0 || start >= len(s.file.src) {
		return entry{}, 0, false
	}
	line, column := s.file.at.source(s.file.src, start)
	// Behind this one all begin later: an anchor or a tag moves the position of a scalar only forward.
	i, _ := slices.BinarySearchFunc(s.values, mark{line: line, column: column + 1}, func(id int, m mark) int {
		n := s.entries[id].node
		return cmp.Or(cmp.Compare(n.Line, m.line), cmp.Compare(n.Column, m.column))
	})
	if i == 0 {
		return entry{}, 0, false
	}
	at = s.entries[s.values[i-1]]
	found, end, ok := s.file.token(at.node)
	return at, end, ok && found == start
}

// objection says why an edit is not made, or "". to is what the scalars and aliases become of which there are edits.
func (s *survey) objection(t target, to map[*yaml.Node]string) (reason Reason, detail string) {
	n := t.node
	anchored := n
	if n.Alias != nil {
		anchored = n.Alias
	}
	if anchored.Kind != yaml.ScalarNode {
		return ReasonNotFound, "the alias stands for no single value"
	}
	block := n.Style&blockStyles != 0
	now := anchored.Value
	if block {
		now, _ = oneLine(now)
	}
	if now != t.From {
		return ReasonChanged, "the value is not what was read before"
	}
	if reason, detail := s.obstacle(t.entry); reason != "" {
		return reason, detail
	}
	switch {
	case !s.covered(anchored, t.To, to):
		return ReasonAlias, "the alias *" + anchored.Anchor + " repeats this value elsewhere"
	case block && (multiLine([]byte(now)) || strings.TrimSpace(now) != now || now == "" || !bytes.HasSuffix(s.file.src[:t.end], []byte(now))):
		return ReasonBlockScalar, "the value is a block of text"
	case !block && multiLine(s.file.src[t.Start:t.end]):
		return ReasonMultiLine, "the value is written over several lines"
	case !writable(t.To), block && (strings.TrimSpace(t.To) != t.To || t.To == ""):
		return ReasonBadValue, "the new value has characters that cannot stand here"
	default:
		return "", ""
	}
}

// covered says whether a scalar and all aliases of it change to one value.
func (s *survey) covered(anchored *yaml.Node, value string, to map[*yaml.Node]string) bool {
	if got, ok := to[anchored]; !ok || got != value {
		return false
	}
	for _, alias := range s.aliases[anchored] {
		if got, ok := to[alias]; !ok || got != value {
			return false
		}
	}
	return true
}

// obstacle says why nothing at all is edited in a place, or "".
func (s *survey) obstacle(at entry) (reason Reason, detail string) {
	switch n := at.node; {
	case at.isKey:
		return ReasonKey, "this is the key of a mapping"
	case n.Kind == yaml.ScalarNode && !editable(n):
		return ReasonNotText, "this is " + n.ShortTag() + ", not text"
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
