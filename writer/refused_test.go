package writer_test

import (
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer"
)

// What stands below an anchor that is used elsewhere may be governed by another policy there.
func TestAnEditBelowASharedAnchorNeedsAMarker(t *testing.T) {
	const pods = "apiVersion: v1\nkind: List\nitems:\n"
	const one = "- {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: &s {containers: [{name: c, image: 'a:1'}]}}\n"
	const two = "- {apiVersion: v1, kind: Pod, metadata: {name: b, annotations: {bumpboat.dev/policy: ignore}}, spec: *s}\n"
	tests := []struct {
		name, content string
		refused       bool
	}{
		{"alias of a mapping", pods + one + two, true},
		{"anchor without an alias", pods + one, false},
		{"alias of a sequence", "a: &l\n- image: a:1\nb: *l\n", true},
		{"merge", "common: &c\n  image: a:1\nweb:\n  <<: *c\n", true},
		{"merge of several", "common: &c\n  image: a:1\nweb:\n  <<: [*c]\n", true},
		{"far above", "common: &c\n  deep:\n  - image:\n      repository: a\n      tag: '1'\nweb: *c\n", true},
		{"anchor beside", "other: &c {x: y}\nweb: *c\nimage: a:1\n", false},
		{"of another document", "common: &c\n  image: a:1\n---\nx: &c {}\ny: *c\n", false},
		{"marker on the line", "common: &c\n  image: a:1 # bumpboat: semver:*\nweb: *c\n", false},
		{"marker on the digest beside", "common: &c\n  image:\n    repository: a\n    tag: '1'\n    digest: '' # bumpboat: semver:*\nweb: *c\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			updates, files := update(t, "values.yaml", tt.content, policy.Version{Tag: "2"})
			changes, refused := writer.Apply(updates, files)
			if !tt.refused {
				if len(changes) != 1 || len(refused) != 0 {
					t.Errorf("Apply makes %v and refuses %v", changes, refused)
				}
				return
			}
			if len(changes) != 0 || len(refused) != 1 || refused[0].Reason != "edit/alias" || !strings.Contains(refused[0].Hint, "marker") {
				t.Errorf("Apply makes %v and refuses %+v", changes, refused)
			}
		})
	}
}

func TestEveryRefusalHasAHint(t *testing.T) {
	to := policy.Version{Tag: "2"}
	tests := []struct {
		reason, content string
		to              policy.Version
		// now is what the file holds when the edit is made, "" for the same.
		now string
	}{
		{"edit/nothing", "image: a:2\n", to, ""},
		{"edit/no-digest", "image: {repository: a, tag: '1', digest: '" + digestA + "'}\n", to, ""},
		{"edit/bad-version", "image: a:1\n", policy.Version{Tag: "a b"}, ""},
		{"edit/stale-digest", "image: {repository: a, tag: '1', sha: abc}\n", to, ""},
		{"edit/alias", "a: &a {image: 'a:1'}\nb: *a\n", to, ""},
		{"edit/alias", "image: &a a:1\nb: *a\n", to, ""},
		{"edit/duplicate-key", "image: a:1\nx: 1\nx: 2\n", to, ""},
		{"edit/block-scalar", "image: |-\n  a:1\n", to, ""},
		{"edit/multi-line", "image: \"a\\\n  :1\"\n", to, ""},
		{"edit/not-text", "image: !vault a:1\n", to, ""},
		{"edit/changed", "image: a:1\n", to, "image: a:3\n"},
		{"edit/not-found", "image: a:1\n", to, "x: [{}]\n"},
		{"skip/yaml-syntax", "image: a:1\n", to, "image: [\n"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			updates, files := update(t, "values.yaml", tt.content, tt.to)
			if tt.now != "" {
				files[0].Content = []byte(tt.now)
			}
			_, refused := writer.Apply(updates, files)
			if len(refused) != 1 || refused[0].Reason != tt.reason || refused[0].Hint == "" {
				t.Errorf("Apply refuses %+v, want %s with a hint", refused, tt.reason)
			}
		})
	}
	t.Run("edit/no-file", func(t *testing.T) {
		updates, _ := update(t, "values.yaml", "image: a:1\n", to)
		if _, refused := writer.Apply(updates, nil); len(refused) != 1 || refused[0].Reason != "edit/no-file" || refused[0].Hint == "" {
			t.Errorf("Apply refuses %+v", refused)
		}
	})
}

func TestFilesOfCIAreNoValues(t *testing.T) {
	for path, want := range map[string]string{
		"values.yaml":                     "helm-values",
		".github/workflows/build.yml":     "",
		"sub/.github/workflows/build.yml": "",
		".github/values.yaml":             "",
		".gitlab/ci/build.yml":            "gitlab-ci",
		".circleci/config.yml":            "circleci",
		".gitlab-ci.yml":                  "gitlab-ci",
		"sub/.gitlab-ci.yml":              "gitlab-ci",
		"github/values.yaml":              "helm-values",
	} {
		format := ""
		for _, s := range find(t, path, "build:\n  image: node:18\n").Sites {
			format += s.Format
		}
		if format != want {
			t.Errorf("%s: format %q, want %q", path, format, want)
		}
		marked := find(t, path, "build:\n  image: node:18 # bumpboat: web\n")
		if len(marked.Sites) != 1 || marked.Sites[0].Source != writer.SourceMarker {
			t.Errorf("%s: a marker makes %+v", path, marked)
		}
	}
}

func TestAMarkerThatNamesAnotherImage(t *testing.T) {
	tests := []struct {
		content string
		reason  string
	}{
		{pod("nginx:1.0.0 # bumpboat: semver:^1 image=redis"), "marker/image-mismatch"},
		{pod("nginx:1.0.0 # bumpboat: semver:^1 image=docker.io/library/nginx"), ""},
		{"value: nginx:1.0.0 # bumpboat: semver:^1 part=image image=redis\n", "marker/image-mismatch"},
		{"image: {repository: nginx, tag: 1.0.0} # none\nx: {repository: nginx,\n  tag: 1.0.0 # bumpboat: semver:^1 image=redis\n  }\n", "marker/image-mismatch"},
	}
	for _, tt := range tests {
		found := find(t, "values.yaml", tt.content)
		site := found.Sites[len(found.Sites)-1]
		if site.Reason != tt.reason || (site.Policy == nil) != (tt.reason != "") {
			t.Errorf("%q: %+v, want %q", tt.content, site, tt.reason)
		}
	}
}
