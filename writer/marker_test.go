package writer

import (
	"strings"
	"testing"
)

func TestReadMarker(t *testing.T) {
	tests := []struct {
		comment string
		want    marker
	}{
		{"# bumpboat: web", marker{name: "web", exprAt: 12}},
		{"#bumpboat:web", marker{name: "web", exprAt: 10}},
		{"## bumpboat: web:tag", marker{name: "web", part: PartTag, exprAt: 13}},
		{"# bumpboat: web:image", marker{name: "web", part: PartImage, exprAt: 12}},
		{"# bumpboat: web:name", marker{name: "web", part: PartName, exprAt: 12}},
		{"# bumpboat: web:digest -- digest:stable is for later", marker{name: "web", part: PartDigest, exprAt: 12}},
		{"# bumpboat: web part=tag image=ghcr.io/acme/web", marker{name: "web", part: PartTag, image: "ghcr.io/acme/web", exprAt: 12}},
		{"# bumpboat: semver:^1.4", marker{expr: "semver:^1.4", exprAt: 12}},
		{"# bumpboat: semver:^1.4 --", marker{expr: "semver:^1.4", exprAt: 12}},
		{`# bumpboat: semver:">=1 -- <2" deny=x -- text`, marker{expr: `semver:">=1 -- <2" deny=x`, exprAt: 12}},
		{"# bumpboat: semver:^1 part=tag deny=x", marker{expr: "semver:^1          deny=x", part: PartTag, exprAt: 12}},
		{"# bumpboat: digest:tag", marker{expr: "digest:tag", exprAt: 12}},
		{"# bumpboat: ignore", marker{expr: "ignore", exprAt: 12}},
		{"# bumpboat:\tignore\t", marker{expr: "ignore", exprAt: 12}},
		{`# {"$imagepolicy": "flux-system:web"}`, marker{flux: true, name: "flux-system:web", part: PartImage}},
		{`#{"$imagepolicy":"flux-system:web:tag"}`, marker{flux: true, name: "flux-system:web", part: PartTag}},
		{`# {"$imagepolicy": "a:b:name", "note": "x"}`, marker{flux: true, name: "a:b", part: PartName}},
		{`# { "$imagepolicy" : "a:b:digest" } `, marker{flux: true, name: "a:b", part: PartDigest}},
	}
	for _, tt := range tests {
		got, ok, err := readMarker(tt.comment)
		if !ok || err != nil || got != tt.want {
			t.Errorf("readMarker(%q) = %+v, %v, %v, want %+v", tt.comment, got, ok, err, tt.want)
		}
	}
}

func TestReadMarkerRefuses(t *testing.T) {
	tests := []struct {
		comment, reason string
		// at is what the column of the problem points to, "" for the beginning.
		at string
	}{
		{"# bumpboat:", reasonBadExpression, ""},
		{"# bumpboat: -- only text", reasonBadExpression, ""},
		{"# bumpboat: semver:^1 part=tga", reasonBadExpression, "tga"},
		{"# bumpboat: semver:^1 image=::", reasonBadExpression, "image="},
		{"# bumpboat: a # bumpboat: b", reasonTwoMarkers, ""},
		{`# {"$imagepolicy": "a:b"} # bumpboat: b`, reasonTwoMarkers, ""},
		{"# by hand # bumpboat: ignore", reasonNotFirst, "# bumpboat: ignore"},
		{`# by hand # {"$imagepolicy": "a:b"}`, reasonNotFirst, `# {"`},
		{`# by hand {"$imagepolicy": "a:b"}`, reasonFluxMarker, ""},
		{`# {"$imagepolicy": "a:b"} and more`, reasonFluxMarker, ""},
		{`# {'$imagepolicy': 'a:b'}`, reasonFluxMarker, ""},
		{`# {"$imagepolicy": "a/b"}`, reasonFluxMarker, ""},
		{`# {"$imagepolicy": "b"}`, reasonFluxMarker, ""},
		{`# {"$imagepolicy": ":b"}`, reasonFluxMarker, ""},
		{`# {"$imagepolicy": "a:b:image"}`, reasonFluxMarker, ""},
		{`# {"$imagepolicy": "a:b:tag:tag"}`, reasonFluxMarker, ""},
		{`# {"$imagepolicy": 1}`, reasonFluxMarker, ""},
		{`# {"$imagepolicy2": "a:b"}`, reasonFluxMarker, ""},
	}
	for _, tt := range tests {
		_, ok, err := readMarker(tt.comment)
		if !ok || err == nil || err.reason != tt.reason {
			t.Errorf("readMarker(%q) = %v, %v, want %s", tt.comment, ok, err, tt.reason)
			continue
		}
		if tt.at != "" && !strings.HasPrefix(tt.comment[err.at:], tt.at) {
			t.Errorf("readMarker(%q) points to %q, want %q", tt.comment, tt.comment[err.at:], tt.at)
		}
		if err.message == "" || err.hint == "" {
			t.Errorf("readMarker(%q): message %q, hint %q: both are needed", tt.comment, err.message, err.hint)
		}
	}
}

func TestReadMarkerLeavesOtherComments(t *testing.T) {
	for _, comment := range []string{
		"#", "# bump: web", "# renovate: datasource=docker", "#bumpboat", "# bumpboat", "# bumpboat updates this", "# bumpboat image",
		"# was ghcr.io/acme/bumpboat:1.4.2", "# see https://bumpboat.dev/docs: there", "# my-bumpboat: x", "# a bumpboat semver range",
		`# {"imagePolicy": "a:b"}`, `# {"$imagePolicy": "a:b", "x": "y"}`, `# see {"$imagePolicy": "a:b"}`,
	} {
		if m, ok, err := readMarker(comment); ok {
			t.Errorf("readMarker(%q) = %+v, %v: it is no marker", comment, m, err)
		}
	}
}

func TestReadMarkerKnowsNearMisses(t *testing.T) {
	tests := []struct{ comment, hint string }{
		{"# Bumpboat: ignore", "write exactly # bumpboat: ignore"},
		{"# BUMPBOAT: semver:^1", "write exactly # bumpboat: semver:^1"},
		{"# bumpboat ignore", "write exactly # bumpboat: ignore"},
		{"# BumpBoat Ignore", "write exactly # bumpboat: ignore"},
		{"# bumpboat semver:^1 -- why", "write exactly # bumpboat: semver:^1 -- why"},
		{"# bumpboat : ignore", "write exactly # bumpboat: ignore"},
		{"# keep! bumpboat: ignore", "write exactly # bumpboat: ignore"},
		{"# TODO: bumpboat: web", "write exactly # bumpboat: web"},
		{"# (bumpboat: web)", "write exactly # bumpboat: web)"},
		{"# x#bumpboat: y", "write exactly # bumpboat: y"},
		{"# by hand # Bumpboat: ignore", "write exactly # bumpboat: ignore"},
		{"# Bumpboat:", hintForms},
		{`# {"$imagePolicy": "a:b"}`, hintFlux},
		{`#{"$ImagePolicy":"a:b:tag"}`, hintFlux},
	}
	for _, tt := range tests {
		_, ok, err := readMarker(tt.comment)
		if !ok || err == nil || err.reason != reasonMalformed || err.hint != tt.hint {
			t.Errorf("readMarker(%q) = %v, %v, want the hint %q", tt.comment, ok, err, tt.hint)
		}
	}
}

func TestRawMarkers(t *testing.T) {
	tests := map[string]int{
		"a: b # bumpboat: web\n":                      1,
		"a: b # bumpboat: web\rc: d # bumpboat: x\r":  2,
		"a: b # bumpboat: web\r\n# bumpboat: alone":   2,
		"# image: a:1 # bumpboat: commented out\n":    0,
		"# see `# bumpboat: NAME` in the docs\n":      0,
		"# about {\"$imagepolicy\": \"a:b\"} lines\n": 0,
		"# {\"$imagepolicy\": \"a:b\"}\n":             1,
		"a: b#bumpboat: web\n":                        0,
		"a: b # # bumpboat: web\n":                    1,
		"a: b # bumpboat: web # bumpboat: x\n":        2,
		"a: b # Bumpboat: web\n":                      1,
		"a: b # TODO: bumpboat: web\n":                1,
		"a: b # {\"$imagePolicy\": \"a:b\"}\n":        1,
		"# Bumpboat: keeps this up to date\n":         0,
		"# Bumpboat: ignore\n":                        1,
		"# bumpboat ignore\n":                         1,
		"# how bumpboat: works\n":                     0,
		"# image: a:1 # Bumpboat: ignore\n":           0,
	}
	for src, want := range tests {
		if got := rawMarkers([]byte(src)); len(got) != want {
			t.Errorf("rawMarkers(%q) finds %d, want %d", src, len(got), want)
		}
	}
}

func TestCandidate(t *testing.T) {
	crd := "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {image: {}}\n"
	tests := []struct {
		path, src string
		want      bool
	}{
		{"a.yaml", "image: nginx", true},
		{"a.json", `{"image" : "nginx"}`, true},
		{"a.yaml", "'webImage': {repository: nginx}", true},
		{"kustomization.yaml", "images:\n- name: a", true},
		{"a.yaml", "imagePullPolicy: Always\n# about images\nmage: x", false},
		{"a.yaml", "tag: 1 # bumpboat: web", true},
		{"a.yaml", `tag: 1 # {"$imagepolicy": "a:b"}`, true},
		{"a.yaml", "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy", true},
		{"a.yaml", crd, false},
		{"a.yaml", crd + "---\n" + crd, false},
		{"a.yaml", crd + "---\nkind: Pod\nspec: {containers: [{image: a}]}\n", true},
		{"a.yaml", crd + "# bumpboat: x\n", true},
		{"sub/bumpboat.yaml", "rules: [{match: {images: [a]}}] # bumpboat: x", false},
	}
	for _, tt := range tests {
		if got := candidate(tt.path, []byte(tt.src)); got != tt.want {
			t.Errorf("candidate(%q, %q) = %v, want %v", tt.path, tt.src, got, tt.want)
		}
	}
}

func TestGuessPart(t *testing.T) {
	tests := []struct {
		key, value, image string
		want              Part
	}{
		{"tag", "1.4.2", "", PartTag},
		{"webTag", "1.4.2", "", PartTag},
		{"digest", "", "", PartDigest},
		{"value", "sha256:abc", "", PartDigest},
		{"value", "1.4.2", "ghcr.io/acme/web", PartTag},
		{"value", "ghcr.io/acme/web", "", PartImage},
		{"value", "nginx:1", "", PartImage},
		{"value", "1.4.2", "", ""},
	}
	for _, tt := range tests {
		if got := guessPart(tt.key, tt.value, tt.image); got != tt.want {
			t.Errorf("guessPart(%q, %q, %q) = %q, want %q", tt.key, tt.value, tt.image, got, tt.want)
		}
	}
}

func FuzzReadMarker(f *testing.F) {
	for _, seed := range []string{
		"# bumpboat: web:tag image=ghcr.io/acme/web", `# bumpboat: semver:">=1 <2" deny=-debug$ -- why`, "# bumpboat: ignore # bumpboat: x",
		`# {"$imagepolicy": "a:b:tag"}`, "# bumpboat: part=", "#bumpboat:0 part", "# Bumpboat : ignore", `# {"$imagePolicy": "a:b"}`, "# bumpboat: \"", "#\t#  bumpboat: :",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, comment string) {
		if !strings.HasPrefix(comment, "#") || strings.ContainsAny(comment, "\r\n") {
			t.Skip()
		}
		m, ok, err := readMarker(comment)
		if !ok {
			return
		}
		for _, e := range []*markerError{err, m.late} {
			if e != nil && (e.at < 0 || e.at > len(comment) || e.reason == "") {
				t.Errorf("readMarker(%q) points to %d", comment, e.at)
			}
		}
		if err == nil && m.name == "" && m.expr == "" {
			t.Errorf("readMarker(%q) has neither name nor expression", comment)
		}
	})
}
