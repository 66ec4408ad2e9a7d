package yamledit

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestProve hands the proof what no edit should make of a file in which x is to become y.
func TestProve(t *testing.T) {
	for _, c := range []struct{ name, old, edited, want string }{
		{"as planned", "a: x # c\nb: &b 1\nc: *b\n", "a: y # c\nb: &b 1\nc: *b\n", ""},
		{"as planned, with quotes", "a: x\n", "a: \"y\"\n", ""},
		{"a comment at another node", "- x \r# c\r", "- \"y\" \r# c\r", ""},
		{"nothing", "a: x\n", "a: x\n", "the edited value"},
		{"another value", "a: x\n", "a: z\n", "the edited value"},
		{"no text", "a: x\n", "a: !!int y\n", "the edited value"},
		{"a tag of its own", "a: x\n", "a: !z y\n", "the edited value"},
		{"one too many", "a: x\nb: z\n", "a: y\nb: y\n", "a value"},
		{"a key", "a: x\n", "b: y\n", "a value"},
		{"another type", "a: x\nb: 1\n", "a: y\nb: '1'\n", "a value"},
		{"other quotes", "a: x\nb: 'c'\n", "a: y\nb: \"c\"\n", "a value"},
		{"flow", "a: x\nb:\n  [c]\n", "a: y\nb:\n  - c\n", "a value"},
		{"a key more", "a: x\n", "a: y\nb: c\n", "the structure"},
		{"a key less", "a: x\nb: c\n", "a: y\n", "the structure"},
		{"another kind", "a: x\nb: []\n", "a: y\nb: {}\n", "the structure"},
		{"another line", "a: x\nb: c\n", "a: y\n\nb: c\n", "the structure"},
		{"an anchor", "a: x\nb: &c d\n", "a: y\nb: &e d\n", "an anchor"},
		{"an anchor on the value", "a: x\n", "a: &b y\n", "an anchor"},
		{"another target", "a: x\nb: &c d\ne: &c d\nf: *c\n", "a: y\nb: &c d\ne: &g d\nf: *c\n", "an anchor"},
		{"an alias that becomes text", "a: x\nb: &c d\ne: *c\n", "a: y\nb: &c d\ne: d\n", "the structure"},
		{"a document more", "a: x\n", "a: y\n---\n", "the number of documents"},
		{"a comment", "a: x # c\n", "a: y # d\n", "text outside"},
		{"a comment less", "a: x\n# c\n# d\n", "a: y\n# c\n", "text outside"},
		{"white space", "a: x\nb: c\n", "a: y\nb:  c\n", "text outside"},
		{"a comment that the parser gives to nobody", "a: x \r\n# c\r\n---\r\n# d\r\n---\r\n- b\r\n", "a: \"y\" \r\n# c\r\n---\r\n# d\r\n---\r\n- b\r\n", ""},
		{"no YAML", "a: x\n", "a: [\n", "would not parse"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse([]byte(c.old))
			if err != nil {
				t.Fatal(err)
			}
			s := newSurvey(f, f.tops)
			each(f, func(n *yaml.Node) {
				if n.Value == "x" {
					s.planned[n] = "y"
				}
			})
			refusal := prove(s, []byte(c.edited))
			switch {
			case refusal == nil && c.want == "":
			case refusal == nil || c.want == "" || refusal.Reason != ReasonProof || !strings.HasPrefix(refusal.Detail, c.want) && !strings.Contains(refusal.Detail, "would not parse"):
				t.Errorf("got %v, want %q", refusal, c.want)
			}
		})
	}
}

func TestProveCounts(t *testing.T) {
	f, err := Parse([]byte("a: y\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := newSurvey(f, f.tops)
	s.planned[&yaml.Node{Kind: yaml.ScalarNode, Value: "x"}] = "y"
	if refusal := prove(s, []byte("a: y\n")); refusal == nil || refusal.Reason != ReasonProof {
		t.Errorf("a planned edit that is nowhere: %v", refusal)
	}
}
