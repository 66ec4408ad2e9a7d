package writer_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// applyDiff applies the hunks of the diff of one file, each exactly at the lines that it names in both texts.
func applyDiff(t *testing.T, before, diff string) string {
	t.Helper()
	old := strings.SplitAfter(before, "\n")
	var out []string
	taken := 0        // lines of old
	var previous byte // that of the line before
	for i, line := range strings.SplitAfter(diff, "\n") {
		if i < 2 || line == "" {
			continue
		}
		switch sign, text := line[0], line[1:]; sign {
		case '@':
			var from, to [2]int
			for side, at := range []*[2]int{&from, &to} {
				word := strings.Fields(line)[side+1][1:]
				if n, _ := fmt.Sscanf(word, "%d,%d", &at[0], &at[1]); n == 1 {
					at[1] = 1
				}
				if at[1] > 0 {
					at[0]-- // of no lines, it is the line before
				}
			}
			out = append(out, old[taken:from[0]]...)
			taken = from[0]
			if len(out) != to[0] {
				t.Fatalf("%q: the new text has %d lines there\n%s", line, len(out), diff)
			}
		case ' ', '-':
			if old[taken] != text && old[taken]+"\n" != text {
				t.Fatalf("%q is not line %d\n%s", line, taken+1, diff)
			}
			if sign == ' ' {
				out = append(out, old[taken])
			}
			taken++
		case '+':
			out = append(out, text)
		case '\\':
			if last := len(out) - 1; previous == '+' {
				out[last] = strings.TrimSuffix(out[last], "\n")
			}
		}
		previous = line[0]
	}
	return strings.Join(append(out, old[taken:]...), "")
}

// TestDiffProperties changes and adds lines of random texts.
func TestDiffProperties(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 7))
		newline := []string{"\n", "\r\n"}[r.IntN(2)]
		var before, after strings.Builder
		lines := 1 + r.IntN(40)
		changed := 0
		for i := range lines {
			line := fmt.Sprintf("line %d", i/(1+r.IntN(2)))
			end := newline
			if i+1 == lines && r.IntN(2) == 0 {
				end = ""
			}
			if r.IntN(20) == 0 {
				after.WriteString("added" + newline)
				changed++
			}
			before.WriteString(line + end)
			if r.IntN(6) == 0 {
				line += " changed"
				changed++
			}
			after.WriteString(line + end)
		}
		diff := writer.UnifiedDiff([]tree.Change{{Path: "x", Old: []byte(before.String()), New: []byte(after.String())}})
		if changed == 0 {
			if diff != "" {
				t.Errorf("seed %d: a diff of equal texts: %s", seed, diff)
			}
			continue
		}
		if got := applyDiff(t, before.String(), diff); got != after.String() {
			t.Fatalf("seed %d:\n%s\nmakes %q\nof    %q\nwant  %q", seed, diff, got, before.String(), after.String())
		}
	}
}

func TestDiff(t *testing.T) {
	for _, c := range []struct{ name, old, edited, want string }{
		{"one line", "a\n", "b\n", "@@ -1 +1 @@\n-a\n+b\n"},
		{"no final newline", "a\nb", "a\nc", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"},
		{"a run", "1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\nx\ny\n", "@@ -2,5 +2,5 @@\n 2\n 3\n 4\n-5\n-6\n+x\n+y\n"},
		{"joined", "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n", "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n"},
		{"apart", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n", "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n"},
		{"added", "a\nb\nc\n", "a\nnew\nb\nC\n", "@@ -1,3 +1,4 @@\n a\n+new\n b\n-c\n+C\n"},
		{"added at the end", "a\n", "a\nb\n", "@@ -1 +1,2 @@\n a\n+b\n"},
		{"all added", "", "a\n", "@@ -0,0 +1 @@\n+a\n"},
		{"all removed", "a\n", "", "@@ -1 +0,0 @@\n-a\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := writer.UnifiedDiff([]tree.Change{{Path: "x y", Old: []byte(c.old), New: []byte(c.edited)}})
			if want := "--- a/x y\t\n+++ b/x y\t\n" + c.want; got != want {
				t.Errorf("%s\nwant\n%s", got, want)
			}
		})
	}
}

func BenchmarkDiff(b *testing.B) {
	old := strings.Repeat("- image: ghcr.io/acme/web:1.4.2\n", 142_000)
	c := []tree.Change{{Path: "x", Old: []byte(old), New: []byte(strings.ReplaceAll(old, "1.4.2", "1.4.3"))}}
	b.SetBytes(int64(len(old)))
	for b.Loop() {
		writer.UnifiedDiff(c)
	}
}
