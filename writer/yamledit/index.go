package yamledit

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	bom = "\uFEFF"
	// stride is how many characters may stand between two marks on one line: it bounds the search on a line of a megabyte.
	stride = 256
	// maxNodes bounds how many nodes a file can have, by the characters that separate them. A node takes some 200 bytes of
	// memory, and a file of 5 MiB that people or tools write has about a fifth as many.
	maxNodes = 500_000
)

// mark is a place at which both ways to count are known: YAML's lines and characters, and bytes.
type mark struct {
	line, column int // YAML's, from 1; columns count characters
	offset       int
}

// index translates between the positions of the YAML parser, bytes, and what a text editor shows. The parser breaks
// lines at NEL, LS and PS, too; editors do not.
type index struct {
	marks []mark
	// lines are the offsets at which the lines of a text editor begin, after a byte order mark.
	lines []int
}

// newIndex reads src once. Bytes that YAML does not allow at all are an error with an exact position.
func newIndex(src []byte) (*index, *ParseError) {
	start := 0
	if len(src) >= len(bom) && string(src[:len(bom)]) == bom {
		start = len(bom)
	}
	rows := bytes.Count(src, []byte("\n")) + 1
	x := &index{marks: make([]mark, 1, rows), lines: make([]int, 1, rows)}
	at := mark{1, 1, start}
	x.marks[0], x.lines[0] = at, start
	separators := 0
	for at.offset < len(src) {
		if simple[src[at.offset]] { // most are
			at.offset++
			if at.column++; at.column%stride == 0 {
				x.marks = append(x.marks, at)
			}
			continue
		}
		size, breaks, shown := step(src[at.offset:])
		if size == 0 {
			return nil, x.illegal(src, at.offset)
		}
		if separates(src[at.offset:]) {
			separators++
		}
		at.offset += size
		at.column++
		if breaks {
			at.line, at.column = at.line+1, 1
		}
		if shown {
			x.lines = append(x.lines, at.offset)
		}
		if breaks || at.column%stride == 0 {
			x.marks = append(x.marks, at)
		}
	}
	if separators > maxNodes {
		return nil, &ParseError{Reason: ReasonTooMany, Detail: fmt.Sprintf("more than %d values", maxNodes)}
	}
	return x, nil
}

// simple are the characters of one byte that neither break a line nor separate nodes.
var simple = func() (out [256]bool) {
	for c := range out {
		out[c] = c >= ' ' && c < 0x7f && !strings.ContainsRune(",:[{-?", rune(c))
	}
	return out
}()

// separates says whether a new node can begin behind the first byte of src.
func separates(src []byte) bool {
	switch src[0] {
	case '\n', '\r', ',', ':', '[', '{':
		return true
	case '-', '?':
		return len(src) > 1 && (src[1] == ' ' || src[1] == '\t')
	default:
		return false
	}
}

// step returns the size of the first character of src, whether YAML breaks the line behind it and whether a text editor
// does. Size 0 is a character that YAML does not allow (section 5.1 of its specification), or no UTF-8.
func step(src []byte) (size int, breaks, shown bool) {
	switch c := src[0]; {
	case c == '\n':
		return 1, true, true
	case c == '\r' && len(src) > 1 && src[1] == '\n':
		return 2, true, true
	case c == '\r':
		return 1, true, true
	case c >= ' ' && c < 0x7f || c == '\t':
		return 1, false, false
	case c < utf8.RuneSelf:
		return 0, false, false
	}
	r, size := utf8.DecodeRune(src)
	switch {
	case r == utf8.RuneError && size == 1, r == '\uFFFE', r == '\uFFFF':
		return 0, false, false
	case r == '\u0085', r == '\u2028', r == '\u2029':
		return size, true, false
	case r < '\u00A0':
		return 0, false, false
	default:
		return size, false, false
	}
}

func (x *index) illegal(src []byte, offset int) *ParseError {
	line, column := x.position(offset)
	e := &ParseError{Line: line, Column: column}
	r, size := utf8.DecodeRune(src[offset:])
	switch {
	case r == 0:
		e.Reason, e.Detail = ReasonBinary, "a NUL byte"
	case offset == 0 && len(src) > 1 && (string(src[:2]) == "\xff\xfe" || string(src[:2]) == "\xfe\xff"):
		e.Reason, e.Detail = ReasonBinary, "UTF-16 instead of UTF-8"
	case r == utf8.RuneError && size == 1:
		e.Reason, e.Detail = ReasonNotUTF8, fmt.Sprintf("the byte 0x%02x is no UTF-8", src[offset])
	default:
		e.Reason, e.Detail = ReasonSyntax, fmt.Sprintf("the control character %U is not allowed", r)
	}
	return e
}

// position returns the line and column that a text editor shows, both from 1, the column in bytes.
func (x *index) position(offset int) (line, column int) {
	i, exact := slices.BinarySearch(x.lines, offset)
	if !exact {
		i--
	}
	if i < 0 {
		return 1, 1 // within the byte order mark
	}
	return i + 1, offset - x.lines[i] + 1
}

// offset returns the byte at a position of the YAML parser; ok is false when there is none.
func (x *index) offset(src []byte, line, column int) (offset int, ok bool) {
	i, exact := slices.BinarySearchFunc(x.marks, mark{line: line, column: column}, mark.compare)
	if !exact {
		i--
	}
	if i < 0 || x.marks[i].line != line {
		return 0, false
	}
	offset = x.marks[i].offset
	for range column - x.marks[i].column {
		if offset >= len(src) {
			return 0, false
		}
		_, size := utf8.DecodeRune(src[offset:])
		offset += size
	}
	return offset, true
}

// source returns the parser's position of a byte.
func (x *index) source(src []byte, offset int) (line, column int) {
	i, exact := slices.BinarySearchFunc(x.marks, offset, func(m mark, offset int) int { return cmp.Compare(m.offset, offset) })
	if !exact {
		i--
	}
	if i < 0 {
		return 1, 0
	}
	m := x.marks[i]
	return m.line, m.column + utf8.RuneCount(src[m.offset:offset])
}

func (m mark) compare(n mark) int {
	return cmp.Or(cmp.Compare(m.line, n.line), cmp.Compare(m.column, n.column))
}
