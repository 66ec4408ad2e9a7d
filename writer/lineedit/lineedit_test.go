package lineedit

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/writer/yamledit"
)

// chart is a template of a Helm chart as people write them.
const chart = `{{- if .Values.web.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "shop.fullname" . }}
spec:
  template:
    spec:
      containers:
        - name: web
          image: ghcr.io/acme/web:1.4.2 # bumpboat: semver:^1
        {{- range .Values.sidecars }}
        - image: "{{ .image }}"   # bumpboat: x
        {{- end }}
{{- end }}
`

// offset returns where the value begins that stands between ‹ and ›, and the text without these.
func offset(t *testing.T, text string) (src string, start, end int) {
	t.Helper()
	before, rest, ok := strings.Cut(text, "‹")
	token, after, found := strings.Cut(rest, "›")
	if !ok || !found {
		t.Fatalf("no value is marked in %q", text)
	}
	return before + token + after, len(before), len(before) + len(token)
}

func TestApply(t *testing.T) {
	for _, c := range []struct{ name, src, key, from, to, want string }{
		{"in a chart", strings.Replace(chart, "ghcr.io/acme/web:1.4.2", "‹ghcr.io/acme/web:1.4.2›", 1), "image", "ghcr.io/acme/web:1.4.2", "ghcr.io/acme/web:1.5.0", "ghcr.io/acme/web:1.5.0"},
		{"item", "{{ x }}\n\t - ‹a:1› # c\n", "", "a:1", "a:2", "a:2"},
		{"item with key", "{{ x }}\n- image:   ‹'a:1'›", "image", "a:1", "a:2", "'a:2'"},
		{"item of an item", "- - ‹a:1›\n", "", "a:1", "a:2", "a:2"},
		{"key in quotes", "\"the tag\" : ‹\"1.2\"›\t# {{ c }}\r\n}} \xff\r\n", "the tag", "1.2", "1.10", `"1.10"`},
		{"needs quotes", "tag: ‹1.9›\r{{\r", "tag", "1.9", "1.10", `"1.10"`},
		{"byte order mark", "\uFEFFtag: ‹v1› # c\n{{\n", "tag", "v1", "v2", "v2"},
		{"wide characters", "{{ é }}\nбирка: ‹v1›", "бирка", "v1", "v2", "v2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			src, start, end := offset(t, c.src)
			v, err := Read([]byte(src)).At(end)
			if err != nil || v.Key != c.key || v.Start != start || v.End != end || v.Value != c.from {
				t.Fatalf("%+v %v", v, err)
			}
			before := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(src[:start], "\uFEFF")), "\n")
			if v.Line != len(before) || v.Column != len(before[len(before)-1])+1 {
				t.Errorf("%d:%d", v.Line, v.Column)
			}
			out, err := Apply([]byte(src), []yamledit.Edit{{Start: start, From: c.from, To: c.to}})
			if want := src[:start] + c.want + src[end:]; err != nil || string(out) != want {
				t.Fatalf("%v\ngot  %q\nwant %q", err, out, want)
			}
			if _, err := Apply(out, []yamledit.Edit{{Start: start, From: c.from, To: c.to}}); err == nil {
				t.Error("it can be made twice")
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct{ name, src, from, to, want string }{
		{"a part filled in", "image: ‹{{ .r }}:1.2› # c\n", "", "", "template"},
		{"a part filled in, quotes", "image: ‹\"{{ .r }}:1.2\"›\n", "{{ .r }}:1.2", "x", "template"},
		{"a condition on the line", "{{ if .x }}tag: ‹1.2›\n", "1.2", "x", "template"},
		{"an end on the line", "tag: ‹1.2›{{ end }}\n", "1.2", "x", "template"},
		{"a condition in the key", "{{ .k }}: ‹1.2›\n", "1.2", "x", "template"},
		{"two values", "{a: ‹1›, b: 2}\n", "1", "x", "the line is no"},
		{"flow of one", "{a: ‹1›}\n", "1", "x", "the line is no"},
		{"no key", "‹1.2›\n", "1.2", "x", "the line is no"},
		{"a block", "tag: ‹|› # c\n  x\n", "x", "y", "the line is no"},
		{"a block in full", "tag: |\n  ‹x›\n", "x", "y", "the line is no"},
		{"an anchor", "tag: &a ‹x›\n", "x", "y", "the line is no"},
		{"an alias", "tag: ‹*a›\n", "x", "y", "the line is no"},
		{"a tag", "tag: !!str ‹x›\n", "x", "y", "the line is no"},
		{"nothing", "tag: ‹›# c\n", "", "y", "the line is no"},
		{"quotes that go on", "tag: ‹\"x›\n  y\"\n", "x", "y", "the line is no"},
		{"no UTF-8", "tag: ‹x›\xff\n", "x", "y", "the line is no"},
		{"a megabyte", "tag: ‹x› # " + strings.Repeat("x", 1<<20), "x", "y", "the line has more than"},
		{"the middle", "tag: x‹y›\n", "y", "z", "no value begins"},
		{"another value", "tag: ‹x›\n", "y", "z", "the value is not what"},
		{"a number that is null", "tag: ‹~›\n", "~", "z", "this is !!null"},
		{"a line break", "tag: ‹x›\n", "x", "y\nz", "the new value"},
		{"a template as value", "tag: ‹x›\n", "x", "{{ y }}", "more than the value"},
	} {
		t.Run(c.name, func(t *testing.T) {
			src, start, _ := offset(t, c.src)
			out, err := Apply([]byte(src), []yamledit.Edit{{Start: start, From: c.from, To: c.to}})
			refusal, ok := errors.AsType[*yamledit.Refusal](err)
			if out != nil || !ok || refusal.Line == 0 || refusal.Reason == "" || !strings.Contains(refusal.Detail, c.want) {
				t.Errorf("%q %v, want %q", out, err, c.want)
			}
		})
	}
}

func TestSeveral(t *testing.T) {
	src := []byte("{{ x }}\na: v1\nb: v1\n- v1")
	edits := []yamledit.Edit{{Start: 25, From: "v1", To: "v1.10"}, {Start: 11, From: "v1", To: "1.10"}, {Start: 17, From: "v1", To: "v1"}}
	if out, err := Apply(src, edits[:2]); err == nil {
		t.Errorf("no value begins at the second: %q", out)
	}
	edits[0].Start = 22
	out, err := Apply(src, edits)
	if want := "{{ x }}\na: \"1.10\"\nb: v1\n- v1.10"; err != nil || string(out) != want {
		t.Errorf("%q %v", out, err)
	}
	var refusal *yamledit.Refusal
	if _, err := Apply(src, append(edits, edits[0])); !errors.As(err, &refusal) || refusal.Reason != yamledit.ReasonOverlap {
		t.Errorf("twice the same: %v", err)
	}
	for _, start := range []int{-1, len(src), len(src) + 1} {
		if _, err := Apply(src, []yamledit.Edit{{Start: start, From: "v1", To: "v2"}}); !errors.As(err, &refusal) {
			t.Errorf("at %d: %v", start, err)
		}
	}
	if out, err := Apply(src, nil); err != nil || !bytes.Equal(out, src) {
		t.Errorf("no edits: %q %v", out, err)
	}
}

// TestProve hands the proof what no edit should make of a text in which the first line becomes y.
func TestProve(t *testing.T) {
	const src = "a: x # c\n{{ b }}\n"
	for edited, want := range map[string]string{
		"a: y # c\n{{ b }}\n":     "",
		"a: 'y' # c\n{{ b }}\n":   "",
		"a: x # c\n{{ b }}\n":     "more than the value",
		"a: y # d\n{{ b }}\n":     "more than the value",
		"b: y # c\n{{ b }}\n":     "more than the value",
		" a: y # c\n{{ b }}\n":    "more than the value",
		"a: y # c\r\n{{ b }}\n":   "more than the value",
		"a: y # c\n{{ c }}\n":     "this line",
		"a: y # c\n{{ b }}":       "the number of lines",
		"a: y # c\n{{ b }}\nz":    "this line",
		"a: y # c\n{{ b }}\n\n":   "the number of lines",
		"a: {{ y }} # c\n{{ b }}": "the number of lines",
	} {
		refusal := Read([]byte(src)).prove(Read([]byte(edited)), map[int]yamledit.Edit{0: {Start: 3, From: "x", To: "y"}})
		if refusal == nil && want == "" {
			continue
		}
		if refusal == nil || want == "" || refusal.Reason != yamledit.ReasonProof || !strings.HasPrefix(refusal.Detail, want) {
			t.Errorf("%q: %v, want %q", edited, refusal, want)
		}
	}
}

// FuzzApply edits the value of one line of any text and compares all lines.
func FuzzApply(f *testing.F) {
	f.Add([]byte(chart), 300, "1.5.0")
	f.Add([]byte("\uFEFFa: 1\r\nb: 'x' # c\r{{\n- \"y\""), 10, "1.10")
	f.Add([]byte("- a:\n{{- x -}}\n? b: c\n-\t- d\n"), 20, "it's")
	f.Fuzz(func(t *testing.T, src []byte, at int, to string) {
		if at < 0 || len(src) == 0 {
			return
		}
		v, err := Read(src).At(at % len(src))
		if err != nil {
			return
		}
		out, err := Apply(src, []yamledit.Edit{{Start: v.Start, From: v.Value, To: to}})
		if err != nil {
			if refusal, ok := errors.AsType[*yamledit.Refusal](err); !ok || refusal.Detail == "" {
				t.Fatalf("%#v", err)
			}
			return
		}
		if !bytes.HasPrefix(out, src[:v.Start]) || !bytes.HasSuffix(out, src[v.End:]) {
			t.Fatalf("more than the value changed: %q %q", src, out)
		}
		again, err := Read(out).At(v.Start)
		if err != nil || again.Value != to || again.Line != v.Line || again.Column != v.Column || again.Comment != v.Comment {
			t.Fatalf("%+v became %+v, %v", v, again, err)
		}
		back, err := Apply(out, []yamledit.Edit{{Start: v.Start, From: to, To: v.Value}})
		if again.Style == v.Style && err == nil && v.Style != 0 && !bytes.Contains(src[v.Start:v.End], []byte(`\`)) && !bytes.Equal(back, src) {
			t.Fatalf("the reverse makes %q of %q", back, src)
		}
	})
}

func BenchmarkApply(b *testing.B) {
	src := []byte(strings.Repeat(chart, 10_000))
	var edits []yamledit.Edit
	for at := 0; ; {
		i := bytes.Index(src[at:], []byte("ghcr.io"))
		if i < 0 {
			break
		}
		at += i + 1
		edits = append(edits, yamledit.Edit{Start: at - 1, From: "ghcr.io/acme/web:1.4.2", To: fmt.Sprintf("ghcr.io/acme/web:1.4.%d", at)})
	}
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := Apply(src, edits); err != nil {
			b.Fatal(err)
		}
	}
}
