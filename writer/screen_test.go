package writer

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"testing"
)

func TestLookKnowsWhatFindersNeed(t *testing.T) {
	for src, want := range map[string]clues{
		"":                                  0,
		"image":                             0,
		"image:":                            clueImage,
		"image :":                           clueImage,
		"\"webImage\"\t: x":                 clueImage,
		"nginx_image_name: x":               clueImage,
		"ImageUri: x":                       clueImage,
		"{name: image.tag, value: x}":       clueImage,
		"{name: 'images[0].tag', value: x}": clueImage,
		"imagePullSecrets: []":              0,
		"# the image. It is old":            0,
		"repository: x/y":                   clueImage,
		"webRepository : x/y":               clueImage,
		"kind: GitRepository":               0,
		"url: oci://x":                      clueImage,
		"uses: docker://x":                  clueImage,
		"url: https://x":                    0,
		"apiVersion: kustomize.config.k8s.io/v1beta1": clueImage,
		"apiVersion: kustomize.toolkit.fluxcd.io/v1":  clueImage,
		"apiVersion: image.toolkit.fluxcd.io/v1":      clueImage,
		"apiVersion: argoproj.io/v1alpha1":            clueImage,
		"a: b # bumpboat: web":                        clueMarker,
		"bumpboat.dev/policy: web":                    clueMarker,
		"a: b # BumpBoat: web":                        clueMarker,
		"a: b # BUMPBOAT: web":                        clueMarker,
		"the boat":                                    0,
		"a: b # {\"$imagepolicy\": \"a:b\"}":          clueMarker | clueImage,
		"a: b # {\"$IMAGEPOLICY\": \"a:b\"}":          clueMarker,
	} {
		// Whatever stands before, so that each of the positions that are looked at meets it.
		for shift := range 3 {
			if got := look([]byte(strings.Repeat(" ", shift) + src)); got != want {
				t.Errorf("look(%q) behind %d bytes = %d, want %d", src, shift, got, want)
			}
		}
	}
}

func TestCandidatesByName(t *testing.T) {
	for name, want := range map[string]bool{
		"kustomization.yaml": true, "a/Kustomization": true, "charts/a/Chart.yaml": true, "helmfile.yaml": true, "helmfile.d/a.yaml": true,
		"a/.argocd-source-web.yaml": true, "values-prod.yaml": true, ".gitlab-ci.yml": true, "ci/go.gitlab-ci.yml": true,
		".gitlab/build.yml": true, ".github/workflows/a.yaml": true, "sub/.github/workflows/a.yaml": true, "action.yml": true,
		"a/action.yaml": true, "bitbucket-pipelines.yml": true, ".circleci/config.yml": true, ".drone.yml": true, "a/.woodpecker/b.yaml": true,
		"deploy.yaml": false, "": false, "workflows/a.yaml": false, "sub/bumpboat.yaml": false,
	} {
		if got := candidate(name, []byte("stage: build\n")); got != want {
			t.Errorf("candidate(%q) = %t", name, got)
		}
		if pipelineFormat(name) != "" && !mayBePipeline(name, path.Base(name)) {
			t.Errorf("%q is a pipeline and no candidate", name)
		}
	}
}

func TestWithoutDefinitions(t *testing.T) {
	crd := "apiVersion: apiextensions.k8s.io/v1\r\nkind: CustomResourceDefinition # of ours\nspec: {image: é}\n"
	crd = strings.Replace(crd, " # of ours", "", 1)
	pod := "kind: Pod\nspec: {containers: [{name: a, image: a:1}]}\n"
	tests := []struct{ name, src, stays string }{
		{"none", pod, pod},
		{"first", crd + "---\n" + pod, "---\n" + pod},
		{"last", pod + "--- # more\n" + crd, pod + "---"},
		{"between", pod + "---\n" + crd + "---\n" + crd + "---\n" + pod, pod + "---------" + "\n" + pod},
		{"with a marker", pod + "---\n" + crd + "x: 1 # bumpboat: web\n", pod + "---\n" + crd + "x: 1 # bumpboat: web\n"},
		{"with a directive", crd + "...\n%YAML 1.2\n---\n" + pod, crd + "...\n%YAML 1.2\n---\n" + pod},
		{"a schema of another kind", "kind: ConfigMap\n" + crd, "kind: ConfigMap\n" + crd},
		{"in quotes it is text", "a: |\n  kind: CustomResourceDefinition\n" + pod, "a: |\n  kind: CustomResourceDefinition\n" + pod},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := []byte(tt.src)
			got := withoutDefinitions(src)
			if string(src) != tt.src {
				t.Error("the file was changed")
			}
			if len(got) != len(src) || bytes.Count(got, []byte("\n")) != bytes.Count(src, []byte("\n")) {
				t.Errorf("%d bytes became %d", len(src), len(got))
			}
			squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
			if squeeze(string(got)) != squeeze(tt.stays) {
				t.Errorf("%q stays, want %q", got, tt.stays)
			}
		})
	}
}

// FuzzScreen compares the search for windows with a naive one, and the markers with those of each line on its own.
func FuzzScreen(f *testing.F) {
	f.Add([]byte("a: 1 # bumpboat: web\nimage: x:1\n"))
	f.Add([]byte("url: oci://x\nmage mmageage\r# bumpboat: ignore"))
	f.Add([]byte("kind: CustomResourceDefinition\n---\nimage: x"))
	f.Fuzz(func(t *testing.T, src []byte) {
		for name := range strings.SplitSeq("mage boat posi i:// oj.i", " ") {
			var got, want []int
			screen.each(src, func(c clue, at int) bool {
				if c.window == name {
					got = append(got, at)
				}
				return true
			})
			for at := range src {
				if bytes.HasPrefix(src[at:], []byte(name)) {
					want = append(want, at)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q found at %v instead of %v", name, got, want)
			}
		}
		if out := withoutDefinitions(src); len(out) != len(src) {
			t.Errorf("%d bytes became %d", len(src), len(out))
		}
		for _, m := range rawMarkers(src) {
			if m.start >= m.end || src[m.start] != '#' || bytes.ContainsAny(src[m.start:m.end], "\r\n") {
				t.Errorf("a marker at %d to %d", m.start, m.end)
			}
		}
	})
}
