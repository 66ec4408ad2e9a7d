package yamledit_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/writer/yamledit"
)

func newEntry(tag string) yamledit.Entry {
	return yamledit.Entry{To: yamledit.NewEntry, Pairs: []yamledit.Pair{{Key: "name", Value: "web"}, {Key: "newTag", Value: tag}}}
}

func versionOf(i int, tag string, has ...yamledit.Pair) yamledit.Entry {
	return yamledit.Entry{To: i, Has: has, Pairs: []yamledit.Pair{{Key: "newTag", Value: tag}}}
}

func TestAdd(t *testing.T) {
	web := yamledit.Pair{Key: "name", Value: "web"}
	for name, c := range map[string]struct {
		src, want string
		entries   []yamledit.Entry
	}{
		"no list":              {"a: 1\n", "a: 1\nimages:\n- name: web\n  newTag: \"1.10\"\n", []yamledit.Entry{newEntry("1.10")}},
		"no line end":          {"a: 1", "a: 1\nimages:\n- name: web\n  newTag: v1\n", []yamledit.Entry{newEntry("v1")}},
		"lone CR":              {"a: 1\rb: 2\r", "a: 1\rb: 2\rimages:\r- name: web\r  newTag: v1\r", []yamledit.Entry{newEntry("v1")}},
		"style of other lists": {"a:\n    - 1\n\n", "a:\n    - 1\n\nimages:\n    - name: web\n      newTag: v1\n", []yamledit.Entry{newEntry("v1")}},
		"indented document":    {"---\n  a: 1\n", "---\n  a: 1\n  images:\n  - name: web\n    newTag: v1\n", []yamledit.Entry{newEntry("v1")}},
		"list in the middle": {
			"images:\n-   name: x # c\n    # c\n\n# c\nb: |\n  # t\n", "images:\n-   name: x # c\n-   name: web\n    newTag: v1\n    # c\n\n# c\nb: |\n  # t\n",
			[]yamledit.Entry{newEntry("v1")},
		},
		"two, and a version": {
			"images:\n- name: web\n- name: b\n  newTag: x\n", "images:\n- name: web\n  newTag: v3\n- name: b\n  newTag: x\n- name: web\n  newTag: v1\n- name: web\n  newTag: v2\n",
			[]yamledit.Entry{newEntry("v1"), versionOf(0, "v3", web), newEntry("v2")},
		},
		"a version in the last, then more": {
			"images:\n  - name: web", "images:\n  - name: web\n    newTag: v3\n  - name: web\n    newTag: v1\n",
			[]yamledit.Entry{newEntry("v1"), versionOf(0, "v3", web)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := yamledit.Add([]byte(c.src), "images", c.entries)
			if err != nil || string(got) != c.want {
				t.Errorf("error %v, got\n%s\nwant\n%s", err, got, c.want)
			}
		})
	}
}

func TestAddRefuses(t *testing.T) {
	web := yamledit.Pair{Key: "name", Value: "web"}
	for name, c := range map[string]struct {
		src    string
		entry  yamledit.Entry
		reason yamledit.Reason
	}{
		"flow list":          {"images: []\n", newEntry("v1"), yamledit.ReasonNoLines},
		"no value":           {"images:\n", newEntry("v1"), yamledit.ReasonNoLines},
		"JSON":               {"{\"a\": 1}\n", newEntry("v1"), yamledit.ReasonNoLines},
		"two documents":      {"a: 1\n---\nb: 1\n", newEntry("v1"), yamledit.ReasonNoLines},
		"written end":        {"a: 1\n...\n", newEntry("v1"), yamledit.ReasonNoLines},
		"merge":              {"x: &x {a: 1}\n<<: *x\n", newEntry("v1"), yamledit.ReasonNoLines},
		"alias":              {"x: &x\n- name: a\nimages: *x\n", newEntry("v1"), yamledit.ReasonNoLines},
		"anchor":             {"images: &x\n- name: a\nx: *x\n", newEntry("v1"), yamledit.ReasonAlias},
		"anchored entry":     {"images:\n- &x\n  name: web\n", versionOf(0, "v1", web), yamledit.ReasonAlias},
		"list twice":         {"images:\n- name: a\nimages:\n- name: a\n", newEntry("v1"), yamledit.ReasonDuplicateKey},
		"flow entry":         {"images:\n- {name: web}\n", versionOf(0, "v1", web), yamledit.ReasonNoLines},
		"other entry":        {"images:\n- name: api\n", versionOf(0, "v1", web), yamledit.ReasonChanged},
		"entry has more":     {"images:\n- name: web\n  newTag: v0\n", versionOf(0, "v1", web), yamledit.ReasonChanged},
		"no such entry":      {"images:\n- name: web\n", versionOf(1, "v1", web), yamledit.ReasonChanged},
		"no text":            {"a: 1\n", newEntry("v1\n"), yamledit.ReasonBadValue},
		"text to the end":    {"a: |\n  text", newEntry("v1"), yamledit.ReasonProof},
		"comment that is in": {"images:\n- name: x\n  a: |\n    b\n    # text\nc: 1\n", newEntry("v1"), yamledit.ReasonProof},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := yamledit.Add([]byte(c.src), "images", []yamledit.Entry{c.entry})
			refusal, ok := errors.AsType[*yamledit.Refusal](err)
			if !ok || refusal.Reason != c.reason || refusal.Hint() == "" {
				t.Errorf("%v, want %s, got\n%s", err, c.reason, out)
			}
		})
	}
	twice := []yamledit.Entry{versionOf(0, "v1", web), versionOf(0, "v1", web)}
	_, err := yamledit.Add([]byte("images:\n- name: web\n"), "images", twice)
	if refusal, ok := errors.AsType[*yamledit.Refusal](err); !ok || refusal.Reason != yamledit.ReasonOverlap {
		t.Errorf("%v, want an overlap", err)
	}
}

// FuzzAdd adds an entry to anything: if that is done, all old lines are there in their order, and a reader of its own sees one
// entry more and nothing else.
func FuzzAdd(f *testing.F) {
	for _, seed := range []string{
		"a: 1", "a: 1\r\n", "images:\n- name: x\n", "images:\n  - {name: x}\n# c\nb: |\n  t\n", "\uFEFFa: [1]\r", "a:\n  - 1\n  -\n", "images:\n-\n  name: x\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		out, err := yamledit.Add(src, "images", []yamledit.Entry{newEntry("1.10")})
		if err != nil {
			return
		}
		before, after := decoded(t, src), decoded(t, out)
		list, _ := after["images"].([]any)
		old, _ := before["images"].([]any)
		if len(list) != len(old)+1 {
			t.Fatalf("%d entries after %d:\n%q", len(list), len(old), out)
		}
		last, _ := list[len(list)-1].(map[string]any)
		if len(last) != 2 || last["name"] != "web" || last["newTag"] != "1.10" {
			t.Errorf("the new entry says %v:\n%q", last, out)
		}
		breaks := strings.NewReplacer("\r\n", "\n", "\r", "\n")
		rest := strings.Split(breaks.Replace(string(out)), "\n")
		for line := range strings.SplitSeq(strings.TrimSuffix(breaks.Replace(string(src)), "\n"), "\n") {
			i := slices.Index(rest, line)
			if i < 0 {
				t.Fatalf("the line %q is gone:\n%q", line, out)
			}
			rest = rest[i+1:]
		}
	})
}

func decoded(t *testing.T, src []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := yaml.NewDecoder(bytes.NewReader(src)).Decode(&v); err != nil {
		t.Skip() // what is no plain mapping of texts is compared by the proof alone
	}
	return v
}
