package writer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// TestTemplates reads lines of a template: each gives one site or one problem, or nothing when it has no marker.
func TestTemplates(t *testing.T) {
	const open = "{{- if .x }}\n"
	for _, c := range []struct{ name, path, line, want string }{
		{"a marker", "a.yaml", "image: a/b:1.2.3 # bumpboat: semver:^1", "site a/b:1.2.3 image"},
		{"Flux's marker", "a.yaml", `- image: "a/b:1.2.3" # {"$imagepolicy": "x:y"}`, "flux/unknown-policy"},
		{"a tag", "a.yml", "webTag: '1.2.3' # bumpboat: semver:^1 image=a/b", "site a/b:1.2.3 webTag"},
		{"an item", "a.yaml", "\t- a/b:1.2.3\t# bumpboat: ignore", "site a/b:1.2.3 -"},
		{"JSON with comments", "a.json", `"image": "a/b:1.2.3" # bumpboat: ignore`, `site a/b:1.2.3 image`},
		{"a part filled in", "a.yaml", "image: a/{{ .b }}:1.2.3 # bumpboat: semver:^1", "image/substituted"},
		{"two values", "a.yaml", "{a: b:1, c: d:1} # bumpboat: semver:^1", "marker/not-a-scalar"},
		{"no value", "a.yaml", "image: # bumpboat: semver:^1", "marker/not-a-scalar"},
		{"two markers", "a.yaml", "image: a/b:1.2.3 # bumpboat: semver:^1 # bumpboat: semver:^2", "marker/two-on-a-line"},
		{"a near miss", "a.yaml", "image: a/b:1.2.3 # bumpboat semver:^1", "marker/malformed"},
		{"a line of its own", "a.yaml", "# bumpboat: semver:^1\nimage: a/b:1.2.3", "skip/template"},
		{"no marker", "a.yaml", "image: a/b:1.2.3", "skip/template"},
		{"a tag alone", "a.yaml", "tag: 1.2.3 # bumpboat: semver:^1", "marker/no-image"},
		{"no policy", "a.yaml", "image: a/b:1.2.3 # bumpboat: nobody", "marker/unknown-policy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := writer.Find([]tree.File{{Path: c.path, Content: []byte(open + c.line + "\n{{- end }}\n")}}, writer.Rules{})
			got := []string{}
			for _, p := range found.Problems {
				got = append(got, p.Reason)
				if p.Line != 2 {
					t.Errorf("%+v", p)
				}
			}
			for _, s := range found.Skipped {
				got = append(got, s.Reason)
			}
			for _, s := range found.Sites {
				if s.Format != "text" || s.Line != 2 {
					t.Errorf("%+v", s)
				}
				if s.Reason == "" {
					got = append(got, fmt.Sprintf("site %s %s", s.Image, s.Field))
				}
			}
			if !strings.Contains(strings.Join(got, "; "), c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestBrokenFilesAreNoTemplates leaves broken YAML alone as a whole.
func TestBrokenFilesAreNoTemplates(t *testing.T) {
	found := writer.Find([]tree.File{{Path: "a.yaml", Content: []byte("a: [\nimage: a/b:1.2.3 # bumpboat: semver:^1\n")}}, writer.Rules{})
	if len(found.Sites) > 0 || len(found.Skipped) != 1 || found.Skipped[0].Reason != "skip/yaml-syntax" {
		t.Errorf("%+v", found)
	}
}

// TestManyMarkersOfATemplate reads long lines with thousands of markers once each.
func TestManyMarkersOfATemplate(t *testing.T) {
	line := "a: b " + strings.Repeat("# bumpboat: x ", 4000) + "\n"
	found := writer.Find([]tree.File{{Path: "a.yaml", Content: []byte("{{ x }}\n" + strings.Repeat(line, 70))}}, writer.Rules{})
	if len(found.Sites) > 0 || len(found.Problems) != 70 {
		t.Errorf("%d sites, %d problems", len(found.Sites), len(found.Problems))
	}
}
