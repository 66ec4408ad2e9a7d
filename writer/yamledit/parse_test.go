package yamledit

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"nothing", "", ""},
		{"byte order mark", "\uFEFF", ""},
		{"only comments", "# a\n---\n# b\n", ""},
		{"documents", "a\n---\n---\nb: 1\n---\n# x\n---\n~\n", "1:a 4: 8:~"},
		{"lines through the file", "a: 1\n--- b\n", "1: 2:b"},
		{"null that is written", "~", "1:~"},
		{"directives", "%YAML 1.2\n%TAG !e! tag:e:\n---\na\n...\n%YAML 1.1\n---\nb", "4:a 8:b"},
		{"directive that is text", "\"a\n %YAML 1.2\"", "1:a %YAML 1.2"},
		{"directive at the start of a line of text", "a\n%YAML 1.2", "1:a %YAML 1.2"},
		{"alias bomb", bomb(30), "1:"},
		{"deep", strings.Repeat("[", 900) + strings.Repeat("]", 900), "1:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse([]byte(c.src))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, n := range f.Docs {
				got = append(got, fmt.Sprintf("%d:%s", n.Line, n.Value))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// bomb is a small text that is huge when its aliases are followed.
func bomb(levels int) string {
	b := strings.Builder{}
	b.WriteString("a0: &a0 [x]\n")
	for i := 1; i < levels; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d,*a%d]\n", i, i, i-1, i-1)
	}
	return b.String()
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		name, src    string
		want         Reason
		line, column int
	}{
		{"a broken document after a good one", "a: 1\n---\nb: [\n", ReasonSyntax, 4, 0},
		{"a template", "a: 1\n{{- if .x }}\nb: 2\n{{- end }}\n", ReasonSyntax, 2, 0},
		{"a missing comma", "a:\n  b: [\n  c: d\n", ReasonSyntax, 2, 0},
		{"a tab", "a:\n\tb: 1\n", ReasonSyntax, 2, 0},
		{"an unknown alias", "a: *b\n", ReasonSyntax, 0, 0},
		{"a version that is none", "%YAML 1\n---\na\n", ReasonSyntax, 0, 0},
		{"a version that is none either", "%YAML 1.2.3\n---\na\n", ReasonSyntax, 0, 0},
		{"two versions", "%YAML 1.2\n%YAML 1.2\n---\na\n", ReasonSyntax, 0, 0},
		{"a control character", "a: 1\nb: \x1b[0m\n", ReasonSyntax, 2, 4},
		{"DEL", "é\x7f", ReasonSyntax, 1, 3},
		{"C1", "a\u0080", ReasonSyntax, 1, 2},
		{"a non-character", "a: \uFFFE", ReasonSyntax, 1, 4},
		{"Latin-1", "a: 1\r\nb: caf\xe9\r\n", ReasonNotUTF8, 2, 7},
		{"NUL", "a: \x00", ReasonBinary, 1, 4},
		{"UTF-16 little endian", "\xff\xfea\x00", ReasonBinary, 1, 1},
		{"UTF-16 big endian", "\xfe\xff\x00a", ReasonBinary, 1, 1},
		{"deep flow", strings.Repeat("[", 20_000), ReasonTooDeep, 0, 0},
		{"deep blocks", strings.Repeat("- ", 20_000) + "x", ReasonTooDeep, 0, 0},
		{"deeper than a manifest", "a:\n " + strings.Repeat("- ", 1100) + "x", ReasonTooDeep, 2, 2000},
		{"many nodes", strings.Repeat("[],", maxNodes), ReasonTooMany, 0, 0},
		{"an alias inside its anchor", "a: &a\n  é: *a\n", ReasonAliasCycle, 2, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse([]byte(c.src))
			var parse *ParseError
			if f != nil || !errors.As(err, &parse) || parse.Reason != c.want || parse.Detail == "" {
				t.Fatalf("got %#v, want %s", err, c.want)
			}
			if c.line > 0 && parse.Line != c.line || parse.Column != c.column {
				t.Errorf("at %d:%d, want %d:%d: %v", parse.Line, parse.Column, c.line, c.column, err)
			}
		})
	}
}

func TestScalar(t *testing.T) {
	for _, c := range []struct {
		name, src    string // the token of the last scalar stands between ‹ and ›
		value        string
		line, column int
		comment      string
	}{
		{"plain", "a: ‹b c›  # d # e \n", "b c", 1, 4, "d # e"},
		{"columns are bytes", "é: ‹ü›\t#  x\t\r\n", "ü", 1, 5, "x"},
		{"no comment without space", "a: ‹b#c›\n", "b#c", 1, 4, ""},
		{"no comment behind a quote without space", "a: ‹\"b\"›#c\n", "b", 1, 4, ""},
		{"no comment behind a brace", "{a: ‹b› } # c\n", "b", 1, 5, ""},
		{"no comment behind a comma", "[‹b›, # c\n]", "b", 1, 2, ""},
		{"comment inside a flow list", "[a,\n ‹b› # c\n]\n", "b", 2, 2, "c"},
		{"empty comment", "a: ‹b› #\n", "b", 1, 4, ""},
		{"comment at the end of the file", "a: ‹b› #c", "b", 1, 4, "c"},
		{"comment of the next line", "a: ‹b›\n# c\n", "b", 1, 4, ""},
		{"byte order mark", "\uFEFF‹b›", "b", 1, 1, ""},
		{"LS breaks no line", "a: 1 #\u2028c: ‹b›\n", "b", 1, 13, ""},
		{"CR breaks a line", "a: 1\r\rc: ‹b›", "b", 3, 4, ""},
		{"anchor", "a: &x  ‹b›", "b", 1, 8, ""},
		{"anchor and colon", "a: &x‹:b›", ":b", 1, 6, ""},
		{"tag on another line", "a: !!str\n  # c\n  ‹b› # d", "b", 3, 3, "d"},
		{"colon inside", "a: ‹b:c:d›\n", "b:c:d", 1, 4, ""},
		{"plain over lines", "a: ‹b c\n\n   d\u0085 e› # x\n\n", "b c\nd e", 1, 4, "x"},
		{"quotes over lines", "a: ‹\"b # \\\"\n  c\"› # x\n", "b # \" c", 1, 4, "x"},
		{"single quotes over lines", "a: ‹'b''\n\n  c'›\n", "b'\nc", 1, 4, ""},
		{"doubled single quotes", "a: ‹''''›\n", "'", 1, 4, ""},
		{"empty quotes", "a: ‹\"\"› # x\n", "", 1, 4, "x"},
		{"escaped backslash", "a: ‹\"\\\\\"› # x\n", `\`, 1, 4, "x"},
		{"literal", "a: ‹| # c\n  b\n\n   # d›\n\n\n# e\n", "b\n\n # d\n", 1, 4, "c"},
		{"folded", "a: ‹>+2\n   b\n  c›\n\n", " b\nc\n\n", 1, 4, ""},
		{"empty literal", "a: ‹|-› \n\n", "", 1, 4, ""},
		{"literal with CRLF", "a: ‹|-\r\n  b\r\n  c›\r\n", "b\nc", 1, 4, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, token, after := marked(t, c.src)
			f, err := Parse([]byte(before + token + after))
			if err != nil {
				t.Fatal(err)
			}
			s, err := f.Scalar(lastScalar(f))
			if err != nil {
				t.Fatal(err)
			}
			if s.Start != len(before) || s.End != len(before)+len(token) {
				t.Errorf("token %q at %d", f.src[s.Start:s.End], s.Start)
			}
			if s.Value != c.value || s.Line != c.line || s.Column != c.column || s.Comment != c.comment {
				t.Errorf("%+v", s)
			}
		})
	}
}

// lastScalar is the last one with a value.
func lastScalar(f *File) (last *yaml.Node) {
	each(f, func(n *yaml.Node) { last = n })
	return last
}

// each visits all scalars with a value.
func each(f *File, visit func(*yaml.Node)) {
	for _, top := range f.tops {
		eachBelow(top, visit)
	}
}

// eachBelow visits the scalars with a value below a node.
func eachBelow(n *yaml.Node, visit func(*yaml.Node)) {
	if n.Kind == yaml.ScalarNode && !empty(n) {
		visit(n)
	}
	for _, child := range n.Content {
		eachBelow(child, visit)
	}
}

func TestScalarOfAlias(t *testing.T) {
	f, err := Parse([]byte("a: &b 'x' # c\né: *b # d\ne: &f {g: h}\ni: *f\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := Scalar{Start: 18, End: 20, Behind: 20, Line: 2, Column: 5, Value: "x", Style: yaml.SingleQuotedStyle, Comment: "d"}
	if s, err := f.Scalar(f.Docs[0].Content[3]); err != nil || s != want {
		t.Errorf("%+v %v", s, err)
	}
	if s, err := f.Scalar(f.Docs[0].Content[7]); err == nil {
		t.Errorf("an alias of a mapping: %+v", s)
	}
}

func TestScalarOfNothing(t *testing.T) {
	f, err := Parse([]byte("a:\nb: {c: d}\ne: &f g\nh: *f\n"))
	if err != nil {
		t.Fatal(err)
	}
	top := f.Docs[0]
	for name, n := range map[string]*yaml.Node{
		"nil": nil, "empty": top.Content[1], "mapping": top.Content[3],
		"foreign":         {Kind: yaml.ScalarNode, Value: "z", Line: 1, Column: 1},
		"far line":        {Kind: yaml.ScalarNode, Value: "a", Line: 100, Column: 1},
		"far column":      {Kind: yaml.ScalarNode, Value: "a", Line: 4, Column: 1 << 40},
		"no position":     {Kind: yaml.ScalarNode, Value: "a"},
		"quotes expected": {Kind: yaml.ScalarNode, Value: "a", Style: yaml.DoubleQuotedStyle, Line: 1, Column: 1},
		"block expected":  {Kind: yaml.ScalarNode, Value: "a", Style: yaml.LiteralStyle, Line: 1, Column: 1},
	} {
		s, err := f.Scalar(n)
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Reason != ReasonNotFound {
			t.Errorf("%s: %+v %v", name, s, err)
		}
	}
}
