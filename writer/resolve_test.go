package writer_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

const podOfWeb = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, annotations: {bumpboat.dev/policy: semver:^1}}\nspec:\n" +
	"  containers: [{name: web, image: ghcr.io/acme/web:1.0.0}]\n"

// repository makes files of pairs of path and content.
func repository(pairs ...string) []tree.File {
	var files []tree.File
	for pair := range slices.Chunk(pairs, 2) {
		files = append(files, tree.File{Path: pair[0], Content: []byte(pair[1])})
	}
	return files
}

// reasons returns what is said of each site, by its path: its reason, or the policy and where it is written.
func reasons(found writer.Found) map[string]string {
	out := map[string]string{}
	for _, s := range found.Sites {
		switch {
		case s.Reason != "":
			out[s.Path] += s.Reason + ";"
		case s.Policy == nil:
			out[s.Path] += "none;"
		default:
			out[s.Path] += s.Policy.String() + " " + s.PolicyPlace + ";"
		}
	}
	return out
}

func TestWhatReallyDeploys(t *testing.T) {
	const entry = "images: [{name: ghcr.io/acme/web, newTag: 1.4.2}]\n"
	flux := func(path, more string) string {
		return "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a, namespace: flux-system}\nspec:\n  path: " + path + "\n" + more
	}
	generated := func(glob, more string) string {
		return "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec:\n  generators:\n  - git: {directories: [{path: " +
			glob + "}" + more + "]}\n  template: {spec: {source: {path: '{{path}}'}}}\n"
	}
	inNamespace := func(namespace, tag string) string {
		return strings.NewReplacer("name: web, annotations", "name: web, namespace: "+namespace+", annotations", "1.0.0", tag).Replace(podOfWeb)
	}
	substituted := strings.Replace(podOfWeb, "ghcr.io/acme/web:1.0.0", "'ghcr.io/acme/web:${TAG}'", 1)
	const settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: flux-system}\ndata: {TAG: 1.4.2}\n"
	tests := map[string]struct {
		files []tree.File
		want  map[string]string
	}{
		"a file in no kustomization": {
			repository("web.yaml", podOfWeb, "prod/kustomization.yaml", entry),
			map[string]string{"web.yaml": "semver:^1 ;", "prod/kustomization.yaml": "none;"},
		},
		"a base that a Git generator deploys, too": {
			repository("apps/web/web.yaml", podOfWeb, "apps/web/kustomization.yaml", "resources: [web.yaml]\n",
				"apps/prod/kustomization.yaml", "resources: [../web]\n"+entry, "set.yaml", generated("apps/*", "")),
			map[string]string{"apps/web/web.yaml": "semver:^1 ;", "apps/prod/kustomization.yaml": "semver:^1 apps/web/web.yaml:3;"},
		},
		"a base that a Git generator leaves out": {
			repository("apps/web/web.yaml", podOfWeb, "apps/web/kustomization.yaml", "resources: [web.yaml]\n",
				"apps/prod/kustomization.yaml", "resources: [../web]\n"+entry, "set.yaml", generated("apps/*", ", {path: apps/web, exclude: true}")),
			map[string]string{"apps/web/web.yaml": "skip/shadowed;", "apps/prod/kustomization.yaml": "semver:^1 apps/web/web.yaml:3;"},
		},
		"a patch of one namespace": {
			repository("base/web.yaml", inNamespace("a", "1.0.0")+"---\n"+inNamespace("b", "1.0.0"), "base/kustomization.yaml", "resources: [web.yaml]\n",
				"prod/patch.yaml", inNamespace("a", "1.4.2"), "prod/kustomization.yaml", "resources: [../base]\npatches: [{path: patch.yaml}]\n"),
			map[string]string{"base/web.yaml": "skip/shadowed;semver:^1 ;", "prod/patch.yaml": "semver:^1 ;"},
		},
		"another name, the same image": {
			repository("web.yaml", strings.ReplaceAll(podOfWeb, "ghcr.io/acme/web:1.0.0", "nginx:1.0.0"), "kustomization.yaml",
				"resources: [web.yaml]\nimages: [{name: docker.io/library/nginx, newTag: 1.4.2}]\n"),
			map[string]string{"web.yaml": "semver:^1 ;", "kustomization.yaml": "none;"},
		},
		"the second entry works on what the first made": {
			repository("web.yaml", podOfWeb, "kustomization.yaml",
				"resources: [web.yaml]\nimages:\n- {name: ghcr.io/acme/web, newName: web}\n- {name: web, newTag: 1.4.2}\n- {name: ghcr.io/acme/web, newTag: 1.4.3}\n"),
			map[string]string{"web.yaml": "skip/shadowed;", "kustomization.yaml": "semver:^1 web.yaml:3;none;"},
		},
		"an empty tag replaces nothing": {
			repository("web.yaml", podOfWeb, "kustomization.yaml", "resources: [web.yaml]\nimages: [{name: ghcr.io/acme/web, newTag: ''}]\n"),
			map[string]string{"web.yaml": "semver:^1 ;"},
		},
		"the base is deployed as it is, too": {
			repository("base/web.yaml", podOfWeb, "base/kustomization.yaml", "resources: [web.yaml]\n",
				"prod/kustomization.yaml", "resources: [../base]\n"+entry, "flux/base.yaml", flux("./base", "")),
			map[string]string{"base/web.yaml": "semver:^1 ;", "prod/kustomization.yaml": "semver:^1 base/web.yaml:3;"},
		},
		"Flux deploys a directory without a kustomization": {
			repository("apps/a/web.yaml", podOfWeb, "apps/b/kustomization.yaml", "resources: [web.yaml]\n"+entry, "apps/b/web.yaml", podOfWeb,
				"flux/apps.yaml", flux("apps", "  images: [{name: ghcr.io/acme/web, newTag: 1.4.9}]\n")),
			map[string]string{
				"apps/a/web.yaml": "skip/shadowed;", "apps/b/web.yaml": "skip/shadowed;", "apps/b/kustomization.yaml": "skip/shadowed;",
				"flux/apps.yaml": "semver:^1 apps/a/web.yaml:3;",
			},
		},
		"what is in a bucket is not this repository": {
			repository("web.yaml", podOfWeb, "flux.yaml", flux("./", "  sourceRef: {kind: Bucket}\n  images: [{name: ghcr.io/acme/web, newTag: 1.4.9}]\n")),
			map[string]string{"web.yaml": "semver:^1 ;", "flux.yaml": "none;"},
		},
		"an Application replaces the version": {
			repository("deploy/web.yaml", podOfWeb, "deploy/kustomization.yaml", "resources: [web.yaml]\n", "app.yaml",
				"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec: {source: {path: deploy, kustomize: {images: ['ghcr.io/acme/web:1.4.2']}}}\n"),
			map[string]string{"deploy/web.yaml": "skip/shadowed;", "app.yaml": "semver:^1 deploy/web.yaml:3;"},
		},
		"a patch replaces the image": {
			repository("base/web.yaml", podOfWeb, "base/kustomization.yaml", "resources: [web.yaml]\n", "prod/patch.yaml",
				"apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{name: web, image: ghcr.io/acme/web:1.4.2}]\n",
				"prod/kustomization.yaml", "resources: [../base]\npatches: [{path: patch.yaml}]\n"),
			map[string]string{"base/web.yaml": "skip/shadowed;", "prod/patch.yaml": "semver:^1 base/web.yaml:3;"},
		},
		"a patch with a target can be for anything": {
			repository("base/web.yaml", podOfWeb, "base/kustomization.yaml", "resources: [web.yaml]\n", "prod/patch.yaml",
				"apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{name: web, image: ghcr.io/acme/web:1.4.2}]\n",
				"prod/kustomization.yaml", "resources: [../base]\npatches: [{path: patch.yaml, target: {kind: Deployment}}]\n"),
			map[string]string{"base/web.yaml": "semver:^1 ;", "prod/patch.yaml": "none;"},
		},
		"a patch, and an entry for what it says": {
			repository("base/web.yaml", podOfWeb, "base/kustomization.yaml", "resources: [web.yaml]\n", "prod/patch.yaml",
				"apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{name: web, image: ghcr.io/acme/api}]\n",
				"prod/kustomization.yaml", "resources: [../base]\npatchesStrategicMerge: [patch.yaml]\nimages: [{name: ghcr.io/acme/api, newTag: 2.0.1}]\n"),
			map[string]string{"base/web.yaml": "skip/shadowed;", "prod/patch.yaml": "skip/shadowed;", "prod/kustomization.yaml": "semver:^1 base/web.yaml:3;"},
		},
		"what has no name is not patched": {
			repository("base/web.yaml", strings.Replace(podOfWeb, "name: web, image", "image", 1), "base/kustomization.yaml", "resources: [web.yaml]\n",
				"prod/patch.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{image: ghcr.io/acme/web:1.4.2}]\n",
				"prod/kustomization.yaml", "resources: [../base]\npatches: [{path: patch.yaml}]\n"),
			map[string]string{"base/web.yaml": "semver:^1 ;", "prod/patch.yaml": "none;"},
		},
		"one of two bases is in error": {
			repository("a.yaml", podOfWeb, "b.yaml", strings.Replace(podOfWeb, "semver:^1", "nobody", 1),
				"kustomization.yaml", "resources: [a.yaml, b.yaml]\n"+entry),
			map[string]string{"kustomization.yaml": "annotation/unknown-policy;"},
		},
		"the nearest of several ConfigMaps": {
			repository("apps/web.yaml", substituted, "dev/settings.yaml", settings, "prod/settings.yaml", settings,
				"prod/flux.yaml", flux("apps", "  postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}\n")),
			map[string]string{"dev/settings.yaml": "", "prod/settings.yaml": "semver:^1 apps/web.yaml:3;"},
		},
		"two ConfigMaps, equally near": {
			repository("apps/web.yaml", substituted, "dev/settings.yaml", settings, "prod/settings.yaml", settings,
				"flux.yaml", flux("apps", "  postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}\n")),
			map[string]string{"dev/settings.yaml": "", "prod/settings.yaml": ""},
		},
		"a Secret is not looked into": {
			repository("apps/web.yaml", substituted, "settings.yaml", strings.Replace(settings, "ConfigMap", "Secret", 1),
				"flux.yaml", flux("apps", "  postBuild: {substituteFrom: [{kind: Secret, name: settings}]}\n")),
			map[string]string{"settings.yaml": ""},
		},
		"an ephemeral container is out of reach": {
			repository("web.yaml", strings.Replace(podOfWeb, "containers:", "ephemeralContainers:", 1), "kustomization.yaml", "resources: [web.yaml]\n"+entry),
			map[string]string{"web.yaml": "semver:^1 ;", "kustomization.yaml": "none;"},
		},
		"a marker in error at the base is not passed over": {
			repository("web.yaml", strings.Replace(podOfWeb, "[{name: web, image: ghcr.io/acme/web:1.0.0}]", "\n  - name: web\n    image: ghcr.io/acme/web:1.0.0 # bumpboat: nobody", 1),
				"kustomization.yaml", "resources: [web.yaml]\n"+entry),
			map[string]string{"web.yaml": "marker/unknown-policy;", "kustomization.yaml": "marker/unknown-policy;"},
		},
		"outside of the repository": {
			repository("web.yaml", podOfWeb, "kustomization.yaml", "resources: [../web.yaml, /web.yaml, 'https://example.com/web.yaml', 'file:///web.yaml']\n"+entry),
			map[string]string{"web.yaml": "semver:^1 ;", "kustomization.yaml": "none;"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := reasons(writer.Find(tt.files, writer.Rules{}))
			for path, want := range tt.want {
				if got[path] != want {
					t.Errorf("%s: %q, want %q", path, got[path], want)
				}
			}
		})
	}
}

// manyOverlays is one base of some images below so many overlays, each with an entry for the first image.
func manyOverlays(overlays, images int) []tree.File {
	var base strings.Builder
	base.WriteString("apiVersion: v1\nkind: Pod\nmetadata: {name: web, annotations: {bumpboat.dev/policy: semver:^1}}\nspec:\n  containers:\n")
	for i := range images {
		fmt.Fprintf(&base, "  - {name: c%d, image: 'ghcr.io/acme/web%d:1.0.0'}\n", i, i)
	}
	files := repository("base/web.yaml", base.String(), "base/kustomization.yaml", "resources: [web.yaml]\n")
	for i := range overlays {
		files = append(files, repository(fmt.Sprintf("o%d/kustomization.yaml", i), "resources: [../base]\nimages: [{name: ghcr.io/acme/web0, newTag: 1.4.2}]\n")...)
	}
	return files
}

func TestHostileKustomizations(t *testing.T) {
	var diamonds, components, chain []tree.File
	for i := range 40 {
		below := fmt.Sprintf("resources: [../a%d, ../b%d]\n", i+1, i+1)
		diamonds = append(diamonds, repository(fmt.Sprintf("a%d/kustomization.yaml", i), below, fmt.Sprintf("b%d/kustomization.yaml", i), below)...)
		inner := fmt.Sprintf("kind: Component\ncomponents: [../c%d, ../c%d, ../c%d]\nresources: [web.yaml]\n", i+1, i+1, i+1)
		components = append(components, repository(fmt.Sprintf("c%d/kustomization.yaml", i), inner, fmt.Sprintf("c%d/web.yaml", i), podOfWeb)...)
	}
	diamonds = append(diamonds, repository("a40/kustomization.yaml", "resources: [web.yaml]\n", "a40/web.yaml", podOfWeb)...)
	components = append(components, repository("kustomization.yaml", "components: [c0]\nimages: [{name: ghcr.io/acme/web, newTag: 1.4.2}]\n")...)
	for i := range 10_000 {
		chain = append(chain, repository(fmt.Sprintf("d%d/kustomization.yaml", i), fmt.Sprintf("resources: [../d%d]\n", (i+1)%10_000))...)
	}
	chain = append(chain, repository("web.yaml", podOfWeb, "kustomization.yaml", "resources: [d0, web.yaml, .]\nimages: [{name: ghcr.io/acme/web, newTag: 1.4.2}]\n")...)
	tooMany := manyOverlays(6_000, 1_000)
	for i := range tooMany {
		tooMany[i].Content = bytes.Replace(tooMany[i].Content, []byte("[../base]"), []byte("[../more, ../base]"), 1)
	}
	tooMany = append(tooMany, repository("more/kustomization.yaml", "resources: [web.yaml]\n", "more/web.yaml", podOfWeb)...)
	tests := map[string]struct {
		files []tree.File
		path  string
		want  string
	}{
		"10,000 overlays":          {manyOverlays(10_000, 1), "o9999/kustomization.yaml", "semver:^1 base/web.yaml:3;"},
		"overlays of many images":  {manyOverlays(6_000, 1_000), "o5999/kustomization.yaml", "semver:^1 base/web.yaml:3;"},
		"too many to be followed":  {tooMany, "o5999/kustomization.yaml", "overlay/too-many;"},
		"diamonds":                 {diamonds, "a40/web.yaml", "semver:^1 ;"},
		"components in each other": {components, "kustomization.yaml", "semver:^1 c0/web.yaml:3;"},
		"a ring of 10,000":         {chain, "kustomization.yaml", "semver:^1 web.yaml:3;"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := reasons(writer.Find(tt.files, writer.Rules{}))[tt.path]; got != tt.want {
				t.Errorf("%s: %q, want %q", tt.path, got, tt.want)
			}
		})
	}
}
