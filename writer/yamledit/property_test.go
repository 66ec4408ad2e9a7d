package yamledit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// author writes random documents that use every way to write a scalar.
type author struct {
	*rand.Rand
	out     strings.Builder
	newline string
}

func (a *author) pick(words ...string) string { return words[a.IntN(len(words))] }

func (a *author) document() {
	a.out.WriteString(a.pick("", "---", "# head", "# é\n---", "--- # 🚀"))
	if a.out.Len() > 0 && !strings.HasSuffix(a.out.String(), a.newline) {
		a.out.WriteString(a.newline)
	}
	a.block(0, 3)
	a.out.WriteString(a.pick("", "", "# foot"+a.newline, "..."+a.newline))
}

// block writes a mapping or a list; its last line ends with a line break.
func (a *author) block(indent, depth int) {
	list := a.IntN(3) == 0
	for i := range 1 + a.IntN(3) {
		a.out.WriteString(a.pick("", "", "", a.newline, strings.Repeat(" ", indent)+"# alone"+a.newline))
		a.out.WriteString(strings.Repeat(" ", indent))
		if list {
			a.out.WriteString("-")
		} else {
			fmt.Fprintf(&a.out, a.pick("k%d:", "image%d:", "日本%d :", "'q%d':", `"x: %d" :`), i)
		}
		switch {
		case depth > 0 && a.IntN(3) == 0:
			a.out.WriteString(a.newline)
			a.block(indent+2, depth-1)
		case a.IntN(6) == 0:
			a.out.WriteString(" " + a.flow(2) + a.pick("", " # flow") + a.newline)
		case a.IntN(8) == 0:
			pad := a.newline + strings.Repeat(" ", indent+3)
			a.out.WriteString(a.pick(" |", " >-", " |+ # c") + pad + "text # no comment" + pad + " 1.2.3" + a.newline)
		default:
			a.out.WriteString(a.pick(" ", "  ", " &a ", " !!str ", " !x ") + a.scalar() + a.pick("", " ", " # c", "\t# bumpboat: x") + a.newline)
		}
	}
}

func (a *author) flow(depth int) string {
	if depth == 0 || a.IntN(3) == 0 {
		return a.scalar()
	}
	var items []string
	list := a.IntN(2) == 0
	for i := range a.IntN(4) {
		key := fmt.Sprintf(a.pick("k%d: ", `"é%d":`, "'🚀%d' : "), i)
		if list {
			key = ""
		}
		items = append(items, key+a.flow(depth-1))
	}
	text := strings.Join(items, a.pick(",", ", ", " ,  "))
	if list {
		return "[" + text + "]"
	}
	return "{" + text + "}"
}

func (a *author) scalar() string {
	return a.pick("acme/web:1.2.3", "1.10", "'1.2.3'", `"1.2.3"`, "true", "~", `"\u0041\"é"`, "'it''s'", "日本語", "a b", "a#b", `""`, "1e3", "v1@sha256:00")
}

// texts returns every scalar of a file in order, read without this package.
func texts(t testing.TB, src []byte) (out []string) {
	t.Helper()
	src = bytes.TrimPrefix(src, []byte(bom))
	d := yaml.NewDecoder(bytes.NewReader(withVersion(src)))
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode {
			out = append(out, n.Value)
		}
		for _, child := range n.Content {
			walk(child)
		}
	}
	for {
		var n yaml.Node
		err := d.Decode(&n)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%q: %v", src, err)
		}
		walk(&n)
	}
}

var newValues = []string{"acme/web:1.2.4", "1.20", "v2", "", "it's", `"`, "a: b", "日本", "null", "2024-01-15", "0123456", "x,y", "#", "-", "- x"}

func TestProperties(t *testing.T) {
	const documents = 1000
	made := 0
	for seed := range uint64(documents) {
		r := rand.New(rand.NewPCG(seed, 1))
		a := &author{Rand: r}
		a.newline = a.pick("\n", "\n", "\r\n", "\r")
		a.document()
		src := []byte(a.pick("", "", bom) + a.out.String())
		f, err := Parse(src)
		if err != nil {
			t.Fatalf("seed %d: %v\n%q", seed, err, src)
		}
		var edits []Edit
		each(f, func(n *yaml.Node) {
			s, err := f.Scalar(n)
			if err != nil {
				t.Fatalf("seed %d: %v\n%q", seed, err, src)
			}
			e := Edit{Start: s.Start, From: s.Value, To: newValues[r.IntN(len(newValues))]}
			_, err = Apply(src, []Edit{e})
			if r, ok := errors.AsType[*Refusal](err); ok && r.Reason == ReasonProof {
				t.Errorf("seed %d: %v\n%q", seed, err, src)
			}
			if err == nil && e.From != e.To && r.IntN(2) == 0 {
				edits = append(edits, e)
			}
		})
		made += len(edits)
		checkEdits(t, src, edits)
	}
	if made < documents {
		t.Errorf("only %d edits were made: the documents test nothing", made)
	}
}

// checkEdits applies edits that are possible one by one, and checks what must hold.
func checkEdits(t *testing.T, src []byte, edits []Edit) {
	t.Helper()
	out, err := Apply(src, edits)
	if err != nil {
		t.Fatalf("%v: %v\n%q", edits, err, src)
	}
	before, after := texts(t, src), texts(t, out)
	changed := 0
	for i := range before {
		if before[i] != after[i] {
			if before[i] != edits[changed].From || after[i] != edits[changed].To {
				t.Fatalf("%v: %q became %q\n%q\n%q", edits, before[i], after[i], src, out)
			}
			changed++
		}
	}
	if len(before) != len(after) || changed != len(edits) {
		t.Fatalf("%d of %d scalars changed\n%q\n%q", changed, len(edits), src, out)
	}
	if len(edits) == 0 {
		return
	}
	if _, err := Apply(out, edits); err == nil {
		t.Fatalf("%v could be made twice\n%q", edits, src)
	}
	checkReverse(t, src, out, edits)
}

// checkReverse makes the opposite edits and expects the same bytes, unless a quote had to be added.
func checkReverse(t *testing.T, src, out []byte, edits []Edit) {
	t.Helper()
	f, err := Parse(out)
	if err != nil {
		t.Fatal(err)
	}
	old, err := Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	var tokens, back []Scalar
	each(old, func(n *yaml.Node) { tokens = append(tokens, mustScalar(t, old, n)) })
	each(f, func(n *yaml.Node) { back = append(back, mustScalar(t, f, n)) })
	var reverse []Edit
	exact := true
	for i, s := range tokens {
		if done := len(reverse); done < len(edits) && edits[done].Start == s.Start {
			reverse = append(reverse, Edit{Start: back[i].Start, From: edits[done].To, To: s.Value})
			n := &yaml.Node{Kind: yaml.ScalarNode, Tag: strTag, Value: back[i].Value, Style: back[i].Style}
			exact = exact && written(n, false, s.Value) == string(src[s.Start:s.End])
		}
	}
	again, err := Apply(out, reverse)
	if err != nil {
		t.Fatalf("the reverse: %v\n%q\n%q", err, src, out)
	}
	if exact != bytes.Equal(again, src) {
		t.Fatalf("the reverse is exact: %t expected\n%q\n%q\n%q", exact, src, out, again)
	}
}

func mustScalar(t testing.TB, f *File, n *yaml.Node) Scalar {
	t.Helper()
	s, err := f.Scalar(n)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
