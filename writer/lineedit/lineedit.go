// Package lineedit owns the change of single values in text that is no YAML as it stands, such as templates: a value is one
// line's own, `key: value` or `- value`, and every other line stays as it is. It refuses lines that a template fills in, and
// to look at more than the line: what a value means is for others to say.
package lineedit

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/writer/yamledit"
)

// Value is the value of a line.
type Value struct {
	// Key is what stands before the colon, or "" for an item of a list.
	Key string
	// Indent is how many bytes stand before the key, or before the value of an item: white space and `- `.
	Indent int
	// Scalar has its offsets, line and column in the whole text.
	yamledit.Scalar
}

// maxLine bounds how long a line with a value is, in bytes.
const maxLine = 1 << 16

// Text is a text that was cut into lines. It is not changed by its methods.
type Text struct {
	src []byte
	// starts are the offsets at which the lines begin, the first one behind a byte order mark.
	starts []int
}

// Read cuts a text into lines, at LF, CRLF or a lone CR. The text keeps src: it must not be changed after.
func Read(src []byte) *Text {
	first := 0
	if bytes.HasPrefix(src, []byte("\uFEFF")) {
		first = len("\uFEFF")
	}
	t := &Text{src: src, starts: []int{first}}
	for i, c := range src {
		if c == '\n' || c == '\r' && (i+1 == len(src) || src[i+1] != '\n') {
			t.starts = append(t.starts, i+1)
		}
	}
	return t
}

// lineOf returns the number of the line in which a byte stands, from 0.
func (t *Text) lineOf(offset int) int {
	i, exact := slices.BinarySearch(t.starts, offset)
	if !exact {
		i--
	}
	return max(i, 0)
}

// full returns a line with its break.
func (t *Text) full(i int) []byte {
	if i+1 < len(t.starts) {
		return t.src[t.starts[i]:t.starts[i+1]]
	}
	return t.src[t.starts[i]:]
}

// code returns a line without its break and the white space in front, and how much that is.
func (t *Text) code(i int) (code []byte, indent int) {
	line := bytes.TrimRight(t.full(i), "\r\n")
	code = bytes.TrimLeft(line, " \t")
	return code, len(line) - len(code)
}

// At returns the value of the line in which a byte stands. The error is a *yamledit.Refusal: with ReasonNotText when parts of a
// template stand before the comment, with ReasonNotFound when the line is no `key: value` or `- value` of its own, with or
// without quotes.
func (t *Text) At(offset int) (Value, error) {
	i := t.lineOf(offset)
	code, indent := t.code(i)
	v, refusal := read(code)
	if refusal != nil {
		refusal.Line, refusal.Column = i+1, indent+1
		return Value{}, refusal
	}
	start := t.starts[i] + indent
	v.Indent = indent + len(code) - len(bytes.TrimLeft(code, "- \t"))
	v.Line, v.Column = i+1, v.Column+indent
	v.Start, v.End, v.Behind = v.Start+start, v.End+start, v.Behind+start
	return v, nil
}

// read reads a line as a YAML file of its own.
func read(code []byte) (Value, *yamledit.Refusal) {
	if len(code) > maxLine {
		return Value{}, &yamledit.Refusal{Reason: yamledit.ReasonNotFound, Detail: fmt.Sprintf("the line has more than %d bytes", maxLine)}
	}
	f, err := yamledit.Parse(code)
	if err != nil || len(f.Docs) != 1 {
		return Value{}, noValue(code)
	}
	n, key := only(f.Docs[0])
	s, err := f.Scalar(n)
	switch {
	case err != nil, n.Kind != yaml.ScalarNode, n.Anchor != "", s.Style&^(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		return Value{}, noValue(code)
	case template(code[:s.End]):
		return Value{}, noValue(code[:s.End])
	default:
		return Value{Key: key, Scalar: s}, nil
	}
}

// noValue says why a line has no value.
func noValue(code []byte) *yamledit.Refusal {
	code, _, _ = bytes.Cut(code, []byte(" #"))
	if template(code) {
		return &yamledit.Refusal{Reason: yamledit.ReasonNotText, Detail: "a template fills in a part of this line"}
	}
	return &yamledit.Refusal{Reason: yamledit.ReasonNotFound, Detail: "the line is no `key: value` or `- value` of its own"}
}

func template(code []byte) bool {
	return bytes.Contains(code, []byte("{{")) || bytes.Contains(code, []byte("}}"))
}

// only returns the one value of a document, and its key: that of `key: value`, `- value` or `- key: value`. It is nil when
// there is none, or when it can have no comment of its own.
func only(n *yaml.Node) (value *yaml.Node, key string) {
	for n.Kind == yaml.SequenceNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) == 1 {
		n = n.Content[0]
		value = n
	}
	if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) == 2 {
		return n.Content[1], n.Content[0].Value
	}
	return value, ""
}

// Apply returns a copy of src with exactly the edits made, of values as Text.At returns them. The error is a *yamledit.Refusal
// when one of them cannot be made or proved: then none is.
func Apply(src []byte, edits []yamledit.Edit) ([]byte, error) {
	edits = slices.SortedFunc(slices.Values(edits), func(a, b yamledit.Edit) int { return cmp.Compare(a.Start, b.Start) })
	t := Read(src)
	planned := map[int]yamledit.Edit{}
	var out []byte
	from := 0
	for _, e := range edits {
		i := t.lineOf(e.Start)
		if _, twice := planned[i]; twice {
			return nil, t.refuse(e, yamledit.ReasonOverlap, "two edits of one value")
		}
		changed, err := t.change(e)
		if err != nil {
			return nil, err
		}
		planned[i] = e
		code, indent := t.code(i)
		start := t.starts[i] + indent
		out = append(append(out, src[from:start]...), changed...)
		from = start + len(code)
	}
	out = append(out, src[from:]...)
	if refusal := t.prove(Read(out), planned); refusal != nil {
		return nil, refusal
	}
	return out, nil
}

// change returns the line of an edit as it will be, without white space in front. The editor of YAML proves that nothing
// else changes within.
func (t *Text) change(e yamledit.Edit) ([]byte, error) {
	v, err := t.At(e.Start)
	if err != nil {
		return nil, err
	}
	if v.Start != e.Start {
		return nil, t.refuse(e, yamledit.ReasonNotFound, "no value begins here")
	}
	i := t.lineOf(e.Start)
	code, indent := t.code(i)
	out, err := yamledit.Apply(code, []yamledit.Edit{{Start: e.Start - t.starts[i] - indent, From: e.From, To: e.To}})
	if refusal, ok := errors.AsType[*yamledit.Refusal](err); ok {
		return nil, t.refuse(e, refusal.Reason, refusal.Detail)
	}
	return out, err
}

// prove compares line by line: all are equal but those of the edits, and these read as planned and are equal before and
// behind the value.
func (t *Text) prove(edited *Text, planned map[int]yamledit.Edit) *yamledit.Refusal {
	if len(t.starts) != len(edited.starts) {
		return &yamledit.Refusal{Reason: yamledit.ReasonProof, Detail: "the number of lines would change"}
	}
	for i := range t.starts {
		e, isPlanned := planned[i]
		switch {
		case !isPlanned && !bytes.Equal(t.full(i), edited.full(i)):
			return &yamledit.Refusal{Reason: yamledit.ReasonProof, Line: i + 1, Detail: "this line would change"}
		case isPlanned && !t.asPlanned(edited, i, e.To):
			return t.refuse(e, yamledit.ReasonProof, "more than the value would change on this line")
		}
	}
	return nil
}

// asPlanned says whether a line differs in its value only, and that is what it is to be.
func (t *Text) asPlanned(edited *Text, i int, to string) bool {
	was, err := t.At(t.starts[i])
	is, again := edited.At(edited.starts[i])
	if err != nil || again != nil || is.Value != to {
		return false
	}
	old, now := t.full(i), edited.full(i)
	return bytes.Equal(old[:was.Start-t.starts[i]], now[:is.Start-edited.starts[i]]) &&
		bytes.Equal(old[was.End-t.starts[i]:], now[is.End-edited.starts[i]:])
}

func (t *Text) refuse(e yamledit.Edit, reason yamledit.Reason, detail string) *yamledit.Refusal {
	i := t.lineOf(e.Start)
	return &yamledit.Refusal{Reason: reason, Line: i + 1, Column: max(e.Start-t.starts[i], 0) + 1, Detail: detail}
}
