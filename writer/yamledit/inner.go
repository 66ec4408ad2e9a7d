package yamledit

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// inner is the YAML that stands as text inside a literal block of another file.
type inner struct {
	// docs are its documents, as DocumentNodes. Their positions are those of the file around.
	docs []*yaml.Node
	// lines are where the lines of the text stand.
	lines []innerLine
}

// innerLine is a line of the text and of the file: its first byte in both.
type innerLine struct{ text, file int }

// Inner reads the text of a literal block (`|`) of the file as YAML, such as the `values: |` of an Argo CD Application. It
// returns the top nodes of the documents in it; their positions are those of this file, so that Scalar locates them here and
// Apply takes edits of them. The error is a *Refusal for a node that is no literal block, and a *ParseError for a text that is
// no YAML, with its place in this file. A block inside of such a text has no inner documents of its own.
func (f *File) Inner(n *yaml.Node) ([]*yaml.Node, error) {
	in, err := f.inner(n)
	if err != nil {
		return nil, err
	}
	return contents(in.docs), nil
}

// contents returns the top nodes of the documents that have one.
func contents(docs []*yaml.Node) (out []*yaml.Node) {
	for _, doc := range docs {
		if len(doc.Content) > 0 && !empty(doc.Content[0]) {
			out = append(out, doc.Content[0])
		}
	}
	return out
}

func (f *File) inner(n *yaml.Node) (*inner, error) {
	if n == nil || n.Kind != yaml.ScalarNode || n.Style&yaml.LiteralStyle == 0 {
		r := f.notFound(n)
		r.Reason, r.Detail = ReasonNotLiteral, "the text is not written as a block with `|`"
		return nil, r
	}
	header, _, ok := f.token(n)
	if !ok || strings.HasPrefix(n.Value, bom) {
		return nil, f.notFound(n)
	}
	lines, indent, ok := f.linesOf(header, []byte(n.Value))
	if !ok {
		return nil, f.notFound(n)
	}
	above, _ := f.at.source(f.src, header)
	text, err := Parse([]byte(n.Value))
	if parse, broken := errors.AsType[*ParseError](err); broken {
		return nil, f.outward(parse, header, indent)
	}
	for _, top := range text.tops {
		move(top, above, indent)
	}
	return &inner{docs: text.tops, lines: lines}, nil
}

// outward gives an error inside of a block its place in the file. It counts in the lines of a text editor.
func (f *File) outward(e *ParseError, header, indent int) *ParseError {
	if e.Line > 0 {
		line, _ := f.at.position(header)
		e.Line += line
	}
	if e.Column > 0 {
		e.Column += indent
	}
	return e
}

// move translates the positions of nodes: each line of the text is one of the file, behind its indentation.
func move(n *yaml.Node, lines, columns int) {
	n.Line += lines
	n.Column += columns
	for _, child := range n.Content {
		move(child, lines, columns)
	}
}

// linesOf finds the lines of a literal block below its header, and compares them with what the parser read. The indentation
// is what the first line with text has more in the file than in the text: so it need not be worked out from the header.
func (f *File) linesOf(header int, value []byte) (lines []innerLine, indent int, ok bool) {
	at := header + fullLine(f.src[header:])
	indent = -1
	for text := 0; text < len(value); text += fullLine(value[text:]) {
		want := value[text:][:lineSize(value[text:])]
		if indent < 0 && len(bytes.Trim(want, " ")) > 0 {
			indent = spaces(f.src[at:]) - spaces(want)
		}
		lines = append(lines, innerLine{text, at})
		at += fullLine(f.src[at:])
	}
	for i := range lines {
		l := &lines[i]
		l.file += min(spaces(f.src[l.file:]), max(indent, 0))
		want := value[l.text:][:lineSize(value[l.text:])]
		// Of a block without text, the lines are of no interest.
		if got := f.src[l.file:][:lineSize(f.src[l.file:])]; indent >= 0 && !bytes.Equal(got, want) {
			return nil, 0, false
		}
	}
	return lines, max(indent, 0), true
}

func spaces(src []byte) int { return len(src) - len(bytes.TrimLeft(src, " ")) }

// fullLine returns the length of the first line with its break.
func fullLine(src []byte) int {
	size := lineSize(src)
	if size < len(src) {
		end, _, _ := step(src[size:])
		size += end
	}
	return size
}

// text returns where a byte of the file stands in the text.
func (in *inner) text(offset int) int {
	i, exact := slices.BinarySearchFunc(in.lines, offset, func(l innerLine, offset int) int { return cmp.Compare(l.file, offset) })
	if !exact {
		i--
	}
	return in.lines[i].text + offset - in.lines[i].file
}
