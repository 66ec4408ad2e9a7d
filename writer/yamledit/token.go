package yamledit

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Scalar is where a scalar stands in the file, and what it says.
type Scalar struct {
	// Start and End are the bytes of the value: with its quotes, without anchor and tag. A block scalar begins at its `|` or
	// `>` and ends with its last character that is no white space.
	Start, End int
	// Behind is the byte behind which a comment can stand: End, or the end of the header of a block scalar.
	Behind int
	// Line and Column are those of Start, from 1. Lines are what a text editor shows (broken by LF, CRLF or a lone CR); columns
	// count bytes, and a byte order mark is none.
	Line, Column int
	// Value is the decoded text. That of a number is its text, too: "1.10", not 1.1.
	Value string
	// Style is how it is written; yaml.TaggedStyle is set when it has a tag.
	Style yaml.Style
	// Comment is what stands behind `#` on the line where the value ends, without surrounding space; "" when there is
	// none or anything but white space stands between. That of a block scalar stands behind its `|` or `>`.
	Comment string
}

const (
	quotedStyles = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle
	blockStyles  = yaml.LiteralStyle | yaml.FoldedStyle
)

// Scalar locates a scalar of the file, or an alias (`*name`) of one: the value and style of that are those of what it stands
// for. It is a *Refusal with ReasonNotFound for any other node, and for one without text of its own, as the value in `key:`.
func (f *File) Scalar(n *yaml.Node) (Scalar, error) {
	start, end, ok := f.token(n)
	said := n
	if ok && n.Alias != nil {
		said = n.Alias
		ok = said.Kind == yaml.ScalarNode
	}
	if !ok {
		return Scalar{}, f.notFound(n)
	}
	s := Scalar{Start: start, End: end, Value: said.Value, Style: said.Style}
	s.Line, s.Column = f.at.position(start)
	s.Behind = end
	if n.Style&blockStyles != 0 {
		rest := f.src[start:]
		s.Behind = start + len(rest) - len(bytes.TrimLeft(rest, "|>+-0123456789"))
	}
	s.Comment = comment(f.src[s.Behind:])
	return s, nil
}

func (f *File) notFound(n *yaml.Node) *Refusal {
	r := &Refusal{Reason: ReasonNotFound, Detail: "no scalar with a value here"}
	if n != nil {
		r.Line, r.Column = f.position(n.Line, n.Column)
	}
	return r
}

// token returns the extent of a scalar or an alias. What it finds is compared with the value as far as that is simple; the proof
// after an edit does the rest.
func (f *File) token(n *yaml.Node) (start, end int, ok bool) {
	if n == nil || n.Kind != yaml.ScalarNode && n.Kind != yaml.AliasNode || empty(n) {
		return 0, 0, false
	}
	start, ok = f.at.offset(f.src, n.Line, n.Column)
	if !ok {
		return 0, 0, false
	}
	if n.Kind == yaml.AliasNode {
		end = start + 1 + len(n.Value)
		return start, end, bytes.HasPrefix(f.src[start:], []byte("*"+n.Value))
	}
	start += properties(f.src[start:], n.Value)
	size, ok := tokenSize(f.src[start:], n)
	return start, start + size, ok
}

// tokenSize returns how many bytes at the start of src are the scalar.
func tokenSize(src []byte, n *yaml.Node) (size int, ok bool) {
	switch {
	case len(src) == 0:
		return 0, false
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return quotedSize(src, '"', n.Value)
	case n.Style&yaml.SingleQuotedStyle != 0:
		return quotedSize(src, '\'', n.Value)
	case n.Style&blockStyles != 0:
		if src[0] != '|' && src[0] != '>' {
			return 0, false
		}
		header := lineSize(src)
		body, ok := foldedSize(src[header:], n.Value)
		if body == 0 {
			return len(bytes.TrimRight(src[:header], " \t")), ok
		}
		return header + body, ok
	case len(src) >= len(n.Value) && string(src[:len(n.Value)]) == n.Value:
		return len(n.Value), true
	default:
		return foldedSize(src, n.Value)
	}
}

// quotedSize finds the closing quote.
func quotedSize(src []byte, quote byte, value string) (size int, ok bool) {
	if src[0] != quote {
		return 0, false
	}
	literal := true // nothing inside is written otherwise than it reads
	for i := 1; i < len(src); i++ {
		switch c := src[i]; {
		case c == '\\' && quote == '"':
			literal = false
			i++
		case c == '\'' && quote == '\'' && i+1 < len(src) && src[i+1] == '\'':
			literal = false
			i++
		case c == quote:
			literal = literal && !multiLine(src[:i])
			return i + 1, !literal || string(src[1:i]) == value
		}
	}
	return 0, false
}

// foldedSize finds the end of a text of which line breaks and indentation are written otherwise than they read: all other
// characters stand in the source one after the other.
func foldedSize(src []byte, value string) (size int, ok bool) {
	i := 0
	for _, want := range value {
		if white(want) {
			continue
		}
		r, n := utf8.DecodeRune(src[i:])
		for white(r) {
			i += n
			r, n = utf8.DecodeRune(src[i:])
		}
		if r != want || n == 0 {
			return 0, false
		}
		i += n
		size = i
	}
	return size, true
}

// white says whether a character is a space, a tab, or breaks a line in YAML.
func white(r rune) bool { return r == ' ' || r == '\t' || lineBreak(r) }

// lineBreak says whether the YAML parser breaks a line at a character. Version 1.2 does only at LF and CR, but what is
// inside quotes or comments is otherwise the same.
func lineBreak(r rune) bool {
	return r == '\n' || r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

func multiLine(token []byte) bool { return bytes.IndexFunc(token, lineBreak) >= 0 }

// lineSize returns the length of the first line, without its break.
func lineSize(src []byte) int {
	if i := bytes.IndexFunc(src, lineBreak); i >= 0 {
		return i
	}
	return len(src)
}

// properties returns how many bytes are anchor, tag, and what separates them from the value: white space, comments and
// line breaks.
func properties(src []byte, value string) int {
	i := 0
	for i < len(src) && (src[i] == '&' || src[i] == '!') {
		i += propertySize(src[i:])
		i += separation(src[i:], value)
	}
	return i
}

func propertySize(src []byte) int {
	i := 1
	for i < len(src) {
		r, n := utf8.DecodeRune(src[i:])
		if white(r) || src[0] == '&' && !anchorCharacter(r) {
			break
		}
		i += n
	}
	return i
}

// anchorCharacter says what the parser takes as part of a name.
func anchorCharacter(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '_' || r == '-'
}

// separation ends before a byte order mark that is text: the parser passes over one at the start of a line only in places
// that depend on its buffer, so the value tells.
func separation(src []byte, value string) int {
	i := 0
	for i < len(src) {
		r, n := utf8.DecodeRune(src[i:])
		switch {
		case white(r):
			i += n
		case string(r) == bom && !strings.HasPrefix(value, bom) && i > 0 && src[i-1] != ' ' && src[i-1] != '\t': // at the start of a line
			i += n
		case r == '#':
			i += lineSize(src[i:])
		default:
			return i
		}
	}
	return i
}

// comment returns the text of the comment behind a value.
func comment(rest []byte) string {
	blanks := len(rest) - len(bytes.TrimLeft(rest, " \t"))
	if blanks == 0 || blanks == len(rest) || rest[blanks] != '#' {
		return ""
	}
	rest = rest[blanks+1:]
	return string(bytes.TrimSpace(rest[:lineSize(rest)]))
}
