package yamledit

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var seeds = []string{
	"apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: ghcr.io/acme/web:1.2.3 # bumpboat: web\n",
	"\uFEFF%YAML 1.2\r\n---\r\na: &x 'it''s' # c\r\nb: *x\r\n...\r\n%YAML 1.1\r\n---\r\nc",
	"{\"a\": [1.10, \"\\u0041\\\"\", {\"b\": null}], \"a\":1}",
	"a: |2-\n    x\n   y\n\nb: >+\n  z\n\n# end",
	"? &k !!str a\n: !x\n  # c\n  'b\n\n  c'\n? [d, {e}]\n<<: {f: g}\n",
	"a: \"x\\\n  y\"\rb: z\u0085c: \u2028d\n---\n- - -\n- k:\n",
	"a: &a [*a]", "[a, b: c, ? d : e, {f}]", "a: !<tag:x,1> b\n--- !!str\nc\n", "- &a :b\n- &b\n  !!int 1\n- !\n- \uFEFFx", "#\n  !0 \uFEFF", "!\n\uFEFF", "- &a v \r# foot\r",
}

// FuzzParse also checks that every scalar is found, apart from the others and in order, and reads alone as it reads in place.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		file, err := Parse(src)
		var parse *ParseError
		if err != nil {
			if !errors.As(err, &parse) || parse.Reason == "" || parse.Detail == "" {
				t.Fatalf("%#v", err)
			}
			return
		}
		last := 0
		each(file, func(n *yaml.Node) {
			s, err := file.Scalar(n)
			if err != nil || s.Start < last || s.End <= s.Start || s.Line < 1 || s.Column < 1 {
				t.Fatalf("%+v %v %+v in %q", s, err, n, src)
			}
			last = s.End
			checkAlone(t, src[s.Start:s.End], n)
		})
	})
}

// checkAlone reads a token of one line outside of the file.
func checkAlone(t *testing.T, token []byte, n *yaml.Node) {
	t.Helper()
	if n.Style&blockStyles != 0 || multiLine(token) {
		return
	}
	// The space makes a document of what looks like a directive, a mark of a document or a byte order mark.
	alone, err := decode(append([]byte("- "), token...))
	if err != nil || len(alone) != 1 || len(alone[0].Content[0].Content) != 1 {
		if n.Style&quotedStyles == 0 {
			return // `- x` or `a: b` in a place where it is text
		}
		t.Fatalf("%q: %v", token, err)
	}
	if got := alone[0].Content[0].Content[0]; got.Kind == yaml.ScalarNode && got.Value != n.Value {
		t.Fatalf("%q reads as %q alone, as %q in place", token, got.Value, n.Value)
	}
}

// FuzzApply edits one scalar of any file and compares all of them, read without this package.
func FuzzApply(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), i, newValues[i])
		f.Add([]byte(s), i+3, "acme/web:1.2.4")
	}
	f.Fuzz(func(t *testing.T, src []byte, which int, to string) {
		file, err := Parse(src)
		if err != nil {
			return
		}
		var all []*yaml.Node
		each(file, func(n *yaml.Node) { all = append(all, n) })
		if len(all) == 0 || which < 0 {
			return
		}
		n := all[which%len(all)]
		s, err := file.Scalar(n)
		if err != nil {
			t.Fatal(err)
		}
		out, err := Apply(src, []Edit{{s.Start, s.Value, to}})
		if err != nil {
			var refusal *Refusal
			if !errors.As(err, &refusal) || refusal.Reason == "" || refusal.Detail == "" {
				t.Fatalf("%#v", err)
			}
			return
		}
		if !bytes.HasPrefix(out, src[:s.Start]) || !bytes.HasSuffix(out, src[s.End:]) {
			t.Fatalf("bytes around the value changed: %q %q", src, out)
		}
		compareTexts(t, src, out, s.Value, to)
	})
}

// flatTexts returns every scalar, and does not look into blocks.
func flatTexts(t testing.TB, src []byte) []string {
	t.Helper()
	return textsOf(t, bytes.TrimPrefix(src, []byte(bom)), true)
}

// FuzzInner edits one scalar inside a block of any file. In the file the block changes alone, and in the block the scalar.
func FuzzInner(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte("a: 1\nb: |\n  "+strings.ReplaceAll(strings.TrimPrefix(s, bom), "\n", "\n  ")+"\nc: 2\n"), i, newValues[i])
	}
	f.Add([]byte("- |2-\r\n\r\n   a: 'b'\r\n     \r\n   c: [\"d\"]\u0085- 1"), 0, "1.20")
	f.Add([]byte("\uFEFF--- |\n {é: \u2028 x}\n# c\n"), 1, "")
	f.Fuzz(func(t *testing.T, src []byte, which int, to string) {
		file, err := Parse(src)
		if err != nil || which < 0 {
			return
		}
		var inside []*yaml.Node
		last, in := 0, -1 // the block of the scalar that is edited
		each(file, func(n *yaml.Node) {
			docs, err := file.Inner(n)
			if err == nil {
				for _, doc := range docs {
					eachBelow(doc, func(n *yaml.Node) { inside = append(inside, n) })
				}
			}
			if in < 0 && which < len(inside) {
				in = last
			}
			last++
		})
		if in < 0 {
			return
		}
		s, err := file.Scalar(inside[which])
		if err != nil {
			t.Fatalf("%v in %q", err, src)
		}
		out, err := Apply(src, []Edit{{s.Start, s.Value, to}})
		if err != nil {
			if refusal, ok := errors.AsType[*Refusal](err); !ok || refusal.Reason == "" || refusal.Detail == "" {
				t.Fatalf("%#v", err)
			}
			return
		}
		if !bytes.HasPrefix(out, src[:s.Start]) || !bytes.HasSuffix(out, src[s.End:]) {
			t.Fatalf("bytes around the value changed: %q %q", src, out)
		}
		before, after := flatTexts(t, src), flatTexts(t, out)
		for i := range before {
			if i != in && before[i] != after[i] {
				t.Fatalf("%q became %q in %q", before[i], after[i], out)
			}
		}
		compareTexts(t, []byte(before[in]), []byte(after[in]), s.Value, to)
	})
}

// compareTexts expects that at most one scalar differs, from `from` to `to`.
func compareTexts(t *testing.T, src, out []byte, from, to string) {
	t.Helper()
	before, after := flatTexts(t, src), flatTexts(t, out)
	if len(before) != len(after) {
		t.Fatalf("%q %q", before, after)
	}
	differ := 0
	for i := range before {
		if before[i] == after[i] {
			continue
		}
		differ++
		if before[i] != from || after[i] != to {
			t.Fatalf("%q became %q in %q", before[i], after[i], out)
		}
	}
	if want := strings.Compare(from, to); differ != want*want {
		t.Fatalf("%d scalars differ: %q %q", differ, src, out)
	}
}
