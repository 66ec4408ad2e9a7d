package writer

import (
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/bumpboat/bumpboat/writer/tree"
)

// UnifiedDiff writes changes as one plain unified diff, which `git apply` and `patch -p1` take. There are no `diff --git`
// lines: with them git apply in a subdirectory would silently skip the files.
func UnifiedDiff(changes []tree.Change) string {
	var b strings.Builder
	for _, c := range changes {
		before, after := string(c.Old), string(c.New)
		diff, err := udiff.ToUnified(diffName("a/"+c.Path), diffName("b/"+c.Path), before, udiff.Lines(before, after), udiff.DefaultContextLines)
		if err != nil {
			continue // only for edits that are not of this text
		}
		b.WriteString(diff)
	}
	return b.String()
}

// diffName writes a path the way git does in the header of a diff: in quotes with C escapes when it has bytes that are not
// plain (quote.c, quote_c_style), and with a tab behind a name that has a space, so that readers know where it ends.
func diffName(name string) string {
	var b strings.Builder
	odd := false
	for _, c := range []byte(name) {
		if escape, ok := cEscapes[c]; ok {
			b.WriteString(escape)
			odd = true
			continue
		}
		if c < 0x20 || c >= 0x7f {
			fmt.Fprintf(&b, `\%03o`, c)
			odd = true
			continue
		}
		b.WriteByte(c)
	}
	switch {
	case odd:
		return `"` + b.String() + `"`
	case strings.Contains(name, " "):
		return name + "\t"
	default:
		return name
	}
}

var cEscapes = map[byte]string{
	'"': `\"`, '\\': `\\`, '\a': `\a`, '\b': `\b`, '\t': `\t`, '\n': `\n`, '\v': `\v`, '\f': `\f`, '\r': `\r`,
}
