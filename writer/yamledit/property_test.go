package yamledit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"go.yaml.in/yaml/v3"
)

// cases is how many documents with edits are tried: 100,000, fewer where each takes long, or as many as BUMPBOAT_PROVE says.
func cases(t *testing.T) int64 {
	t.Helper()
	if said := os.Getenv("BUMPBOAT_PROVE"); said != "" {
		n, err := strconv.ParseInt(said, 10, 64)
		if err != nil {
			t.Fatalf("BUMPBOAT_PROVE: %v", err)
		}
		return n
	}
	if testing.Short() || raceDetector {
		return 5_000
	}
	return 100_000
}

var newValues = []string{
	"acme/web:1.2.4", "1.20", "v2", "", "it's", `"`, "a: b", "日本", "null", "2024-01-15", "0123456", "x,y", "#", "-", "- x", "🚀", "*a0", "&x", "| ", "y", "1e9",
}

// blockValues are no YAML of their own, which would make another document of a block.
var blockValues = []string{"acme/web:1.2.4", "1.20", "it's", "x # y", "日本", "", " x"}

// TestProperties makes random edits of random documents. Each must be made exactly, or be refused for a reason.
func TestProperties(t *testing.T) {
	total := cases(t)
	var made, refused, inside, shared atomic.Int64
	workers := runtime.GOMAXPROCS(0)
	t.Cleanup(func() {
		t.Logf("%d edits made in %d cases, %d in blocks, %d with aliases, %d refused", made.Load(), total, inside.Load(), shared.Load(), refused.Load())
		for name, n := range map[string]*atomic.Int64{"made": &made, "refused": &refused, "in blocks": &inside, "with aliases": &shared} {
			if !t.Failed() && n.Load() < total/200 {
				t.Errorf("only %d of %d %s: the documents test too little", n.Load(), total, name)
			}
		}
	})
	for worker := range workers {
		t.Run(fmt.Sprint(worker), func(t *testing.T) {
			t.Parallel()
			done := int64(0)
			for seed := uint64(worker); done < total/int64(workers)+1; seed += uint64(workers) {
				p := &prover{T: t, Rand: rand.New(rand.NewPCG(seed, 1)), seed: seed}
				p.document()
				done += p.cases
				made.Add(p.made)
				refused.Add(p.refused)
				inside.Add(p.inside)
				shared.Add(p.shared)
			}
		})
	}
}

// prover tries edits of one document.
type prover struct {
	*testing.T
	*rand.Rand
	seed  uint64
	src   []byte
	spots []spot

	cases, made, refused, inside, shared int64
}

// spot is a scalar that may be edited.
type spot struct {
	Scalar
	node    *yaml.Node
	aliases []Scalar
	inside  bool
}

// spotsOf returns all scalars of a file in order, and behind a block those of the YAML in it.
func spotsOf(t testing.TB, f *File) (out []spot) {
	t.Helper()
	aliases := map[*yaml.Node][]Scalar{}
	var walk func(n *yaml.Node, inside bool)
	walk = func(n *yaml.Node, inside bool) {
		if n.Kind == yaml.AliasNode && n.Alias.Kind == yaml.ScalarNode {
			aliases[n.Alias] = append(aliases[n.Alias], mustScalar(t, f, n))
		}
		if n.Kind == yaml.ScalarNode && !empty(n) {
			out = append(out, spot{Scalar: mustScalar(t, f, n), node: n, inside: inside})
			if !inside && holdsYAML(n) {
				docs, err := f.Inner(n)
				if err != nil {
					t.Fatalf("%v in %q", err, f.src)
				}
				for _, doc := range docs {
					walk(doc, true)
				}
			}
		}
		for _, child := range n.Content {
			walk(child, inside)
		}
	}
	for _, top := range f.tops {
		walk(top, false)
	}
	for i := range out {
		out[i].aliases = aliases[out[i].node]
	}
	return out
}

// holdsYAML says whether a block has YAML in it that is more than one scalar. It does not use this package.
func holdsYAML(n *yaml.Node) bool {
	if n.Style&yaml.LiteralStyle == 0 {
		return false
	}
	var doc yaml.Node
	return yaml.Unmarshal([]byte(n.Value), &doc) == nil && len(doc.Content) > 0 && doc.Content[0].Kind != yaml.ScalarNode
}

func mustScalar(t testing.TB, f *File, n *yaml.Node) Scalar {
	t.Helper()
	s, err := f.Scalar(n)
	if err != nil {
		t.Fatalf("%v in %q", err, f.src)
	}
	return s
}

// editsOf returns the edits that give one spot a new value.
func (s spot) editsOf(from, to string) []Edit {
	edits := []Edit{{s.Start, from, to}}
	for _, alias := range s.aliases {
		edits = append(edits, Edit{alias.Start, from, to})
	}
	return edits
}

// text is the value as an edit says it.
func (s spot) text() string {
	if s.Style&blockStyles != 0 {
		return strings.TrimRight(s.Value, "\n")
	}
	return s.Value
}

// document writes a document and tries edits one by one, then those together that could be made.
func (p *prover) document() {
	a := &author{Rand: p.Rand}
	p.src = a.file()
	f, err := Parse(p.src)
	if err != nil {
		p.Fatalf("seed %d: %v\n%q", p.seed, err, p.src)
	}
	p.spots = spotsOf(p.T, f)
	together := map[int]string{}
	tries := p.Perm(len(p.spots))
	for _, i := range tries[:min(8, len(tries))] {
		s, to := p.spots[i], newValues[p.IntN(len(newValues))]
		if s.Style&blockStyles != 0 {
			if !s.inside && holdsYAML(s.node) {
				continue // its values are tried
			}
			to = blockValues[p.IntN(len(blockValues))]
		}
		p.cases++
		if !p.try(map[int]string{i: to}) {
			continue
		}
		if len(s.aliases) > 0 {
			p.shared++
			if _, err := Apply(p.src, s.editsOf(s.text(), to)[1:]); err == nil {
				p.Fatalf("seed %d: aliases without what they repeat\n%q", p.seed, p.src)
			}
		}
		if s.inside {
			p.inside++
		}
		if s.text() != to && p.IntN(2) == 0 && s.Style&blockStyles == 0 {
			together[i] = to
		}
	}
	if len(together) > 1 {
		p.cases++
		if !p.try(together) {
			p.Fatalf("seed %d: what can be made one by one cannot be made together: %v\n%q", p.seed, together, p.src)
		}
	}
}

// try makes edits by the index of their spots, and checks all that must hold. It returns false when they are refused.
func (p *prover) try(planned map[int]string) bool {
	var edits []Edit
	for i, to := range planned {
		edits = append(edits, p.spots[i].editsOf(p.spots[i].text(), to)...)
	}
	out, err := Apply(p.src, edits)
	if err != nil {
		r, ok := errors.AsType[*Refusal](err)
		if !ok || r.Reason == ReasonProof || r.Reason == ReasonNotFound || r.Reason == ReasonChanged || r.Line == 0 {
			p.Fatalf("seed %d: %v: %v\n%q", p.seed, planned, err, p.src)
		}
		p.refused++
		return false
	}
	p.made += int64(len(planned))
	f, err := Parse(out)
	if err != nil {
		p.Fatalf("seed %d: %v: %v\n%q", p.seed, planned, err, p.src)
	}
	after := spotsOf(p.T, f)
	p.compareBytes(out, after, planned)
	p.compareTexts(out, planned)
	p.again(out, after, planned)
	return true
}

// compareBytes expects every byte outside of the planned values to be as it was.
func (p *prover) compareBytes(out []byte, after []spot, planned map[int]string) {
	if len(after) != len(p.spots) {
		p.Fatalf("seed %d: %v: %d values became %d\n%q\n%q", p.seed, planned, len(p.spots), len(after), p.src, out)
	}
	from, to := 0, 0
	for i, s := range p.spots {
		if _, ok := planned[i]; !ok {
			continue
		}
		start, edited := s.Start, after[i].Start
		if s.Style&blockStyles != 0 {
			start, edited = s.End-len(s.text()), after[i].End-len(after[i].text())
		}
		if !bytes.Equal(p.src[from:start], out[to:edited]) {
			p.Fatalf("seed %d: %v: other bytes changed\n%q\n%q", p.seed, planned, p.src, out)
		}
		from, to = s.End, after[i].End
	}
	if !bytes.Equal(p.src[from:], out[to:]) {
		p.Fatalf("seed %d: %v: other bytes changed\n%q\n%q", p.seed, planned, p.src, out)
	}
}

// compareTexts expects what is decoded to differ in the planned values only.
func (p *prover) compareTexts(out []byte, planned map[int]string) {
	before, after := texts(p.T, p.src), texts(p.T, out)
	if len(before) != len(p.spots) || len(after) != len(p.spots) {
		p.Fatalf("seed %d: %v: %d texts became %d\n%q\n%q", p.seed, planned, len(before), len(after), p.src, out)
	}
	for i, s := range p.spots {
		want := before[i]
		if to, ok := planned[i]; ok {
			want = to
			if s.Style&blockStyles != 0 {
				want += s.Value[len(s.text()):]
			}
		}
		if after[i] != want {
			p.Fatalf("seed %d: %v: %q became %q\n%q\n%q", p.seed, planned, before[i], after[i], p.src, out)
		}
	}
}

// again makes the edits a second time, which changes nothing, and the opposite ones, which give the same bytes as before unless
// a quote had to be added.
func (p *prover) again(out []byte, after []spot, planned map[int]string) {
	var same, reverse []Edit
	exact := true
	for i, to := range planned {
		s, now := p.spots[i], after[i]
		same = append(same, now.editsOf(to, to)...)
		reverse = append(reverse, now.editsOf(to, s.text())...)
		if s.Style&blockStyles == 0 {
			n := &yaml.Node{Kind: yaml.ScalarNode, Tag: strTag, Value: now.Value, Style: now.Style}
			exact = exact && (to == s.Value || written(n, false, s.Value) == string(p.src[s.Start:s.End]))
		}
	}
	if twice, err := Apply(out, same); err != nil || !bytes.Equal(twice, out) {
		p.Fatalf("seed %d: %v: twice is not once: %v\n%q\n%q", p.seed, planned, err, out, twice)
	}
	back, err := Apply(out, reverse)
	if err != nil || exact != bytes.Equal(back, p.src) {
		if r, ok := errors.AsType[*Refusal](err); ok && r.Reason == ReasonBadValue {
			return // what was written with an escape
		}
		p.Fatalf("seed %d: %v: the reverse is exact: %t expected, %v\n%q\n%q\n%q", p.seed, planned, exact, err, p.src, out, back)
	}
}

// texts returns every scalar of a file in order, read without this package; of a block with YAML in it, "" and the scalars of that.
func texts(t testing.TB, src []byte) []string {
	t.Helper()
	return textsOf(t, bytes.TrimPrefix(src, []byte(bom)), false)
}

func textsOf(t testing.TB, src []byte, inside bool) (out []string) {
	t.Helper()
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		switch {
		case n.Kind == yaml.ScalarNode && empty(n):
		case n.Kind == yaml.ScalarNode && !inside && holdsYAML(n):
			out = append(append(out, ""), textsOf(t, []byte(n.Value), true)...)
		case n.Kind == yaml.ScalarNode:
			out = append(out, n.Value)
		}
		for _, child := range n.Content {
			walk(child)
		}
	}
	d := yaml.NewDecoder(bytes.NewReader(withVersion(src)))
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

func TestAuthorWritesEverything(t *testing.T) {
	styles := map[yaml.Style]int{}
	var all []byte
	for seed := range uint64(2000) {
		a := &author{Rand: rand.New(rand.NewPCG(seed, 2))}
		src := a.file()
		all = append(all, src...)
		f, err := Parse(src)
		if err != nil {
			t.Fatalf("seed %d: %v\n%q", seed, err, src)
		}
		for _, s := range spotsOf(t, f) {
			styles[s.Style]++
		}
	}
	for _, style := range []yaml.Style{0, yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle, yaml.LiteralStyle, yaml.FoldedStyle, yaml.TaggedStyle} {
		if styles[style] < 100 {
			t.Errorf("style %d: %d times", style, styles[style])
		}
	}
	for _, text := range []string{bom, "\r\n", "\r", "\u0085", "\u2028", "\u2029", "\t", "%YAML 1.2", "\n...", "---", " *a0", "&a1", "&m", "!local", "? ", "🚀", "'{\"json\"", "<<"} {
		if n := bytes.Count(all, []byte(text)); n < 10 && !slices.Contains([]string{"\n..."}, text) {
			t.Errorf("%q stands in it %d times", text, n)
		}
	}
}
