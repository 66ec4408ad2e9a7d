package yamledit

import (
	"errors"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// firstBlock returns the first block of text of a file.
func firstBlock(t testing.TB, f *File) *yaml.Node {
	t.Helper()
	var found *yaml.Node
	each(f, func(n *yaml.Node) {
		if found == nil && n.Style&blockStyles != 0 {
			found = n
		}
	})
	if found == nil {
		t.Fatal("no block")
	}
	return found
}

// innerScalars returns what Inner finds in the first block of a file.
func innerScalars(t testing.TB, f *File) (out []Scalar) {
	t.Helper()
	docs, err := f.Inner(firstBlock(t, f))
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range docs {
		eachBelow(doc, func(n *yaml.Node) { out = append(out, mustScalar(t, f, n)) })
	}
	return out
}

func TestInner(t *testing.T) {
	for _, c := range []struct {
		name, src string // the token stands between ‹ and ›
	}{
		{"clip", "values: |\n  image:\n    tag: ‹1.2.3›\n"},
		{"strip", "values: |-\n  tag: ‹1.2.3›"},
		{"keep", "values: |+\n  tag: ‹1.2.3› # c\n\n\nb: 1\n"},
		{"indentation indicator", "a:\n  values: |2-\n      tag: ‹1.2.3›\n    # less\n"},
		{"indicator in the other order", "a:\n    values: |-4\n        tag: ‹1.2.3›\n"},
		{"comment behind the header", "values: |  # c\n   tag: ‹1.2.3›\n"},
		{"CRLF", "a: 1\r\nvalues: |\r\n  a: 1\r\n  tag: ‹1.2.3›\r\nb: 1\r\n"},
		{"lone CR", "values: |\r  a: 1\r  tag: ‹1.2.3›\rb: 1"},
		{"NEL", "values: |\u0085  a: 1\u0085  tag: ‹1.2.3›\u0085b: 1"},
		{"LS and PS", "values: |\n  a: \"\u2028  b\" # \u2029  tag: ‹1.2.3›\n"},
		{"blank lines", "values: |\n\n \n  a: 1\n\n \n    \n  tag: ‹1.2.3›\n\n"},
		{"tab behind the indentation", "values: |\n  a:\t1\t\n  tag:\t‹1.2.3›\t# c\n"},
		{"anchor and tag", "values: !!str &v\n  |\n  tag: &t ‹1.2.3›\n"},
		{"wide characters before", "日本: {\"é\": 1}\nvalues: |\n  {日本: 🚀, é: ‹1.2.3›}\n"},
		{"byte order mark of the file", "\uFEFFvalues: |\n  tag: ‹1.2.3›\n"},
		{"several documents", "values: |\n  a: 1\n  ---\n  tag: ‹1.2.3›\n  ...\n"},
		{"directive inside", "values: |\n  %YAML 1.2\n  ---\n  tag: ‹1.2.3›\n"},
		{"JSON inside", "values: |\n  {\n    \"tag\": ‹\"1.2.3\"›\n  }\n"},
		{"in a list", "- - |\n   tag: ‹1.2.3›\n"},
		{"a document", "--- |\n tag: ‹1.2.3›\n"},
		{"value on the next line", "values: |\n  tag:\n    # why\n    ‹1.2.3›\n"},
		{"as explicit value", "? a\n: |\n   tag: ‹1.2.3›\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, token, after := marked(t, c.src)
			src := []byte(before + token + after)
			f, err := Parse(src)
			if err != nil {
				t.Fatal(err)
			}
			var got *Scalar
			for _, s := range innerScalars(t, f) {
				if s.Value == "1.2.3" {
					got = &s
				}
			}
			if got == nil || got.Start != len(before) || got.End != len(before)+len(token) {
				t.Fatalf("%+v, want %d to %d", got, len(before), len(before)+len(token))
			}
			if line, column := f.at.position(len(before)); got.Line != line || got.Column != column {
				t.Errorf("%d:%d, want %d:%d", got.Line, got.Column, line, column)
			}
		})
	}
}

func TestInnerRefuses(t *testing.T) {
	for _, c := range []struct {
		name, src string
		want      Reason
		line      int
	}{
		{"folded", "a: 1\nv: >\n  tag: x\n", ReasonNotLiteral, 2},
		{"double quotes", "v: \"tag: x\\n\"\n", ReasonNotLiteral, 1},
		{"single quotes over two lines", "v: 'tag: x\n\n  a: y'\n", ReasonNotLiteral, 1},
		{"plain", "v: x\n", ReasonNotLiteral, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse([]byte(c.src))
			if err != nil {
				t.Fatal(err)
			}
			v := f.Docs[0].Content[len(f.Docs[0].Content)-1]
			docs, err := f.Inner(v)
			var refusal *Refusal
			if docs != nil || !errors.As(err, &refusal) || refusal.Reason != c.want || refusal.Line != c.line {
				t.Errorf("%v %#v", docs, err)
			}
		})
	}
	f, err := Parse([]byte("a: 1\nv: |\n  b: 1\n  c: ]\n"))
	if err != nil {
		t.Fatal(err)
	}
	for want, text := range map[Reason]string{
		ReasonTooDeep: strings.Repeat("[", 20_000), ReasonAliasCycle: "a: &a\n    é: *a", ReasonTooMany: strings.Repeat("[],", maxNodes/2+1),
	} {
		f, err := Parse([]byte("v: |\n  " + text + "\n"))
		if err != nil {
			continue // the whole file is refused for the same reason
		}
		var parse *ParseError
		if _, err := f.Inner(firstBlock(t, f)); !errors.As(err, &parse) || parse.Reason != want || parse.Detail == "" {
			t.Errorf("%s: %v", want, err)
		}
	}
	var parse *ParseError
	if _, err := f.Inner(firstBlock(t, f)); !errors.As(err, &parse) || parse.Reason != ReasonSyntax || parse.Line != 4 {
		t.Errorf("no YAML inside: %v", err)
	}
	if _, err := f.Inner(nil); err == nil {
		t.Error("no node: no error")
	}
	if _, err := f.Inner(f.Docs[0]); err == nil {
		t.Error("a mapping: no error")
	}
	if docs, err := f.Inner(&yaml.Node{Kind: yaml.ScalarNode, Style: yaml.LiteralStyle, Line: 1, Column: 1, Value: "x"}); err == nil {
		t.Errorf("a node of another file: %v", docs)
	}
}

func TestInnerOfNothing(t *testing.T) {
	for _, src := range []string{"v: |\n", "v: |+\n\n\n", "v: |\n  # only a comment\n", "v: |1\n   \n  \n"} {
		f, err := Parse([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		if strings.TrimSpace(f.Docs[0].Content[1].Value) == "" && f.Docs[0].Content[1].Style&yaml.LiteralStyle == 0 {
			continue
		}
		if docs, err := f.Inner(f.Docs[0].Content[1]); err != nil || len(docs) != 0 {
			t.Errorf("%q: %v %v", src, docs, err)
		}
	}
}

// TestApplyBlock edits blocks of text that have one line: the edit begins at the header.
func TestApplyBlock(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"literal", "a: |\n  1.2.3\nb: 1\n", "a: |\n  1.10\nb: 1\n"},
		{"keep", "a: |+ # c\n  1.2.3\n\n\nb: 1\n", "a: |+ # c\n  1.10\n\n\nb: 1\n"},
		{"folded", "a: >-\n    1.2.3", "a: >-\n    1.10"},
		{"folded with indicator", "a: >2\r\n  1.2.3\r\n", "a: >2\r\n  1.10\r\n"},
		{"hash", "a: |\n  1.2.3\n# c\n", "a: |\n  1.10\n# c\n"},
		{"with anchor and tag", "a: !!str &b\n  |\n  1.2.3\n", "a: !!str &b\n  |\n  1.10\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := strings.IndexAny(c.src, "|>")
			got, err := Apply([]byte(c.src), []Edit{{start, "1.2.3", "1.10"}})
			if err != nil || string(got) != c.want {
				t.Errorf("%q %v", got, err)
			}
		})
	}
	src := []byte("a: |\n  b: |\n    1.2.3\n")
	if got, err := Apply(src, []Edit{{10, "1.2.3", "v2"}}); err != nil || string(got) != "a: |\n  b: |\n    v2\n" {
		t.Errorf("in a block: %q %v", got, err)
	}
	var refusal *Refusal
	if _, err := Apply([]byte("a: |\n  b: x\n"), []Edit{{3, "b: x", "y"}, {10, "x", "y"}}); !errors.As(err, &refusal) || refusal.Reason != ReasonOverlap {
		t.Errorf("a block and what is in it: %v", err)
	}
}

func TestApplyAliases(t *testing.T) {
	src := []byte("a: &x v1\nb: [*x, v1]\nc:\n- *x\n")
	all := []Edit{{6, "v1", "v2"}, {13, "v1", "v2"}, {26, "v1", "v2"}}
	got, err := Apply(src, all)
	if want := "a: &x v2\nb: [*x, v1]\nc:\n- *x\n"; err != nil || string(got) != want {
		t.Fatalf("%q %v", got, err)
	}
	for _, edits := range [][]Edit{
		all[:2], all[1:], {all[0], all[2]}, {all[0], all[1], {26, "v1", "v3"}}, {all[0], all[1], {26, "v1", "v1"}}, {{6, "v1", "v3"}, all[1], all[2]},
	} {
		var refusal *Refusal
		if got, err := Apply(src, edits); !errors.As(err, &refusal) || refusal.Reason != ReasonAlias {
			t.Errorf("%v: %q %v", edits, got, err)
		}
	}
	inside := []byte("v: |\n  a: &x v1\n  b: *x\n")
	if got, err := Apply(inside, []Edit{{13, "v1", "v2"}, {21, "v1", "v2"}}); err != nil || string(got) != "v: |\n  a: &x v2\n  b: *x\n" {
		t.Errorf("in a block: %q %v", got, err)
	}
}

// TestApplyInside makes edits in and around several blocks at once.
func TestApplyInside(t *testing.T) {
	src := "a: v1\nb: |\n  c: v1\n  d: [v1, v1]\ne: |-\n\n   f: \"v1\"\n   g: v1"
	want := "a: v1.10\nb: |\n  c: v2\n  d: [v1, \"1\"]\ne: |-\n\n   f: \"v1.10\"\n   g: v1"
	edits := []Edit{
		{3, "v1", "v1.10"},
		{strings.Index(src, "c: ") + 3, "v1", "v2"},
		{strings.Index(src, ", v1") + 2, "v1", "1"},
		{strings.Index(src, "f: ") + 3, "v1", "v1.10"},
		{strings.Index(src, "g: ") + 3, "v1", "v1"},
	}
	got, err := Apply([]byte(src), edits)
	if err != nil || string(got) != want {
		t.Errorf("%q %v", got, err)
	}
}

// TestProveInside hands the proof what no edit should make of a block in which x is to become y.
func TestProveInside(t *testing.T) {
	const src = "a: |\n  b: x # c\n  d: 1\n"
	for name, c := range map[string]struct{ edited, planned, want string }{
		"as planned":                    {"a: |\n  b: y # c\n  d: 1\n", "b: y # c\nd: 1\n", ""},
		"more of the text":              {"a: |\n  b: y # d\n  d: 1\n", "b: y # c\nd: 1\n", "the edited value"},
		"the plan is wrong, a value":    {"a: |\n  b: y # c\n  d: 2\n", "b: y # c\nd: 2\n", "a value"},
		"the plan is wrong, a comment":  {"a: |\n  b: y # d\n  d: 1\n", "b: y # d\nd: 1\n", "text outside"},
		"the plan is wrong, a document": {"a: |\n  b: y # c\n  ---\n  d: 1\n", "b: y # c\n---\nd: 1\n", "the number of documents"},
		"no YAML inside":                {"a: |\n  b: ] # c\n  d: 1\n", "b: ] # c\nd: 1\n", "the block would not parse"},
		"another style":                 {"a: \"b: y # c\\nd: 1\\n\"\n", "b: y # c\nd: 1\n", "the edited value"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Parse([]byte(src))
			if err != nil {
				t.Fatal(err)
			}
			s := newSurvey(f, f.tops)
			if _, refusal := s.plan([]Edit{{10, "x", "y"}}); refusal != nil {
				t.Fatal(refusal)
			}
			s.planned[firstBlock(t, f)] = c.planned
			switch refusal := prove(s, []byte(c.edited)); {
			case refusal == nil && c.want == "":
			case refusal == nil || c.want == "" || refusal.Reason != ReasonProof || !strings.HasPrefix(refusal.Detail, c.want):
				t.Errorf("got %v, want %q", refusal, c.want)
			}
		})
	}
}
