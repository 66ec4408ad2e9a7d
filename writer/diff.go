package writer

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bumpboat/bumpboat/writer/tree"
)

// contextLines is how many equal lines stand around a change.
const contextLines = 3

// UnifiedDiff writes changes as one plain unified diff, which `git apply` and `patch -p1` take. There are no `diff --git`
// lines: with them git apply in a subdirectory would silently skip the files.
//
// Edits leave lines where they are or add whole ones, so lines are compared in their order: nothing has to be searched for,
// which takes very long in a large file with many edits.
func UnifiedDiff(changes []tree.Change) string {
	var b strings.Builder
	for _, c := range changes {
		if bytes.Equal(c.Old, c.New) {
			continue
		}
		fmt.Fprintf(&b, "--- %s\n+++ %s\n", diffName("a/"+c.Path), diffName("b/"+c.Path))
		d := differ{out: &b, old: 1, edited: 1}
		d.write(align(diffLines(string(c.Old)), diffLines(string(c.New))))
	}
	return b.String()
}

// diffLines cuts a text behind every line feed.
func diffLines(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	return lines
}

// linePair is a line before and after; one that is not there is empty.
type linePair struct{ old, edited string }

func (r linePair) changed() bool { return r.old != r.edited }

// align pairs the lines of two texts. An added line is one above a line that comes back below it.
func align(before, after []string) []linePair {
	rows := make([]linePair, 0, max(len(before), len(after)))
	for len(before) > 0 && len(after) > 0 {
		added := 0
		if before[0] != after[0] && len(after) > len(before) {
			added = max(slices.Index(after[:len(after)-len(before)+1], before[0]), 0)
		}
		for _, line := range after[:added] {
			rows = append(rows, linePair{edited: line})
		}
		rows = append(rows, linePair{before[0], after[added]})
		before, after = before[1:], after[added+1:]
	}
	for _, line := range before {
		rows = append(rows, linePair{old: line})
	}
	for _, line := range after {
		rows = append(rows, linePair{edited: line})
	}
	return rows
}

// differ writes hunks. It counts the lines of both texts.
type differ struct {
	out         *strings.Builder
	old, edited int
}

func (d *differ) write(rows []linePair) {
	for at := 0; at < len(rows); {
		next := slices.IndexFunc(rows[at:], linePair.changed)
		if next < 0 {
			return
		}
		next += at
		last, equal := next, 0 // the last changed pair of the hunk, and how many equal ones follow it
		for i := next + 1; i < len(rows) && equal <= 2*contextLines; i++ {
			if equal++; rows[i].changed() {
				last, equal = i, 0
			}
		}
		first := max(next-contextLines, at)
		d.skip(first - at)
		at = min(last+1+contextLines, len(rows))
		d.hunk(rows[first:at])
	}
}

// skip passes over equal lines.
func (d *differ) skip(lines int) {
	d.old += lines
	d.edited += lines
}

// hunk writes rows, with the changed ones of a run first as they were, then as they are.
func (d *differ) hunk(rows []linePair) {
	old, edited := 0, 0
	for _, r := range rows {
		old, edited = old+min(len(r.old), 1), edited+min(len(r.edited), 1)
	}
	fmt.Fprintf(d.out, "@@ -%s +%s @@\n", extentOfHunk(d.old, old), extentOfHunk(d.edited, edited))
	d.old, d.edited = d.old+old, d.edited+edited
	for len(rows) > 0 {
		run := slices.IndexFunc(rows, func(r linePair) bool { return !r.changed() })
		if run == 0 {
			d.line(' ', rows[0].old)
			rows = rows[1:]
			continue
		}
		if run < 0 {
			run = len(rows)
		}
		for _, r := range rows[:run] {
			d.line('-', r.old)
		}
		for _, r := range rows[:run] {
			d.line('+', r.edited)
		}
		rows = rows[run:]
	}
}

// extentOfHunk writes the first line and the number of lines, which is left out when it is 1. Of no lines, it is the line before.
func extentOfHunk(first, lines int) string {
	switch lines {
	case 0:
		return fmt.Sprintf("%d,0", first-1)
	case 1:
		return strconv.Itoa(first)
	default:
		return fmt.Sprintf("%d,%d", first, lines)
	}
}

func (d *differ) line(sign byte, line string) {
	if line == "" {
		return
	}
	d.out.WriteByte(sign)
	d.out.WriteString(line)
	if !strings.HasSuffix(line, "\n") {
		d.out.WriteString("\n\\ No newline at end of file\n")
	}
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
