package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/policy"
)

// proposed makes what `config init` would find from references, each in a file of its own.
func proposed(t *testing.T, references ...string) []ProposedImage {
	t.Helper()
	var out []ProposedImage
	for _, ref := range references {
		img, err := policy.ParseImage(ref)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, ProposedImage{Image: img, Paths: []string{"apps/" + img.Short() + ".yaml"}})
	}
	return out
}

const someDigest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

func TestPropose(t *testing.T) {
	tests := []struct {
		name   string
		images []string
		// rules are `images -> policy`, in their order; comments are parts of lines that are commented out.
		rules, comments []string
	}{
		{name: "nothing"},
		{
			name: "one version", images: []string{"ghcr.io/acme/web:1.4.2"},
			rules: []string{"ghcr.io/acme/web -> semver:^1.4"},
		},
		{
			name: "one owner, one major: a glob and the lowest minor", images: []string{"ghcr.io/acme/web:1.4.2", "ghcr.io/acme/api:v1.2.0"},
			rules: []string{"ghcr.io/acme/* -> semver:^1.2"},
		},
		{
			name: "minors are numbers", images: []string{"ghcr.io/acme/web:1.9.0", "ghcr.io/acme/api:1.10.0"},
			rules: []string{"ghcr.io/acme/* -> semver:^1.9"},
		},
		{
			name: "one owner, two majors: names", images: []string{"ghcr.io/acme/web:1.4.2", "ghcr.io/acme/api:2.0.0", "ghcr.io/acme/job:1.5.0"},
			rules: []string{"ghcr.io/acme/api -> semver:^2.0", "ghcr.io/acme/job ghcr.io/acme/web -> semver:^1.4"},
		},
		{
			name: "a glob never reaches what moves", images: []string{"ghcr.io/acme/web:1.4.2", "ghcr.io/acme/api:1.4.2", "ghcr.io/acme/job:latest"},
			rules:    []string{"ghcr.io/acme/api ghcr.io/acme/web -> semver:^1.4"},
			comments: []string{`- match: {images: ["ghcr.io/acme/job"]}`, `policy: "digest:latest"`},
		},
		{
			name: "zero majors go by minor", images: []string{"quay.io/x/a:0.3.1", "quay.io/x/b:0.4.0"},
			rules: []string{"quay.io/x/a -> semver:^0.3", "quay.io/x/b -> semver:^0.4"},
		},
		{
			name: "official images have no owner", images: []string{"nginx:1.27.0", "traefik:1.2.3"},
			rules: []string{"docker.io/library/nginx docker.io/library/traefik -> semver:^1.2"},
		},
		{
			name: "variants and digests", images: []string{"redis:7.2.4-alpine", "ghcr.io/acme/web:1.4.2@" + someDigest},
			rules: []string{"docker.io/library/redis -> semver:^7.2", "ghcr.io/acme/web -> semver:^1.4"},
		},
		{
			name: "moving tags", images: []string{"nginx:1.25", "redis:7-alpine", "ghcr.io/acme/web:main"},
			comments: []string{"digest:1.25", "digest:7-alpine", "digest:main"},
		},
		{
			name: "no policy", images: []string{"nginx", "ghcr.io/acme/a@" + someDigest, "ghcr.io/acme/b:build-20240101", "ghcr.io/acme/c:1.0.0-rc.1"},
			comments: []string{
				"docker.io/library/nginx in apps/nginx.yaml: without a tag", "a digest without a tag",
				"build-20240101 is not a version", "1.0.0-rc.1 would not be accepted: prerelease/refused",
			},
		},
		{
			name: "two versions of one image", images: []string{"ghcr.io/acme/web:1.4.2", "ghcr.io/acme/web:2.0.0", "ghcr.io/acme/api:1.4.2", "ghcr.io/acme/api:latest"},
			comments: []string{"used at 1.4.2 and 2.0.0: write a rule with paths", "used at 1.4.2 and latest; tag latest is not a version"},
		},
		{
			name: "several places of one image", images: []string{"ghcr.io/acme/web:1.4.2", "ghcr.io/acme/web:1.3.0"},
			rules:    []string{"ghcr.io/acme/web -> semver:^1.3"},
			comments: []string{"ghcr.io/acme/web 1.3.0, 1.4.2 in apps/web.yaml"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			images := proposed(t, tt.images...)
			text := string(Propose(images))
			e, err := LoadEnvironment("bumpboat.yaml", []byte(text))
			if err != nil {
				t.Fatalf("the proposal has problems: %v\n%s", err, text)
			}
			var rules []string
			for _, r := range e.Rules {
				rules = append(rules, strings.Join(r.Match.Images, " ")+" -> "+r.Policy)
			}
			if diff := cmp.Diff(tt.rules, rules); diff != "" {
				t.Errorf("rules differ (-want +got):\n%s\n%s", diff, text)
			}
			for _, want := range tt.comments {
				if !slices.ContainsFunc(strings.Split(text, "\n"), func(line string) bool {
					return strings.HasPrefix(line, "#") && strings.Contains(line, want)
				}) {
					t.Errorf("no comment has %q:\n%s", want, text)
				}
			}
			slices.Reverse(images)
			if again := string(Propose(images)); again != text {
				t.Errorf("the order of images changes the proposal:\n%s\n%s", text, again)
			}
		})
	}
}

// TestProposeUncommented takes the comments off the rules of moving tags, as the file invites to do.
func TestProposeUncommented(t *testing.T) {
	text := string(Propose(proposed(t, "ghcr.io/acme/web:1.4.2", "nginx:latest", "redis:7")))
	text = strings.ReplaceAll(strings.ReplaceAll(text, "# - match", "- match"), "#   policy", "  policy")
	e, err := LoadEnvironment("bumpboat.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(e.Rules) != 3 {
		t.Errorf("%d rules:\n%s", len(e.Rules), text)
	}
}

// TestProposeForeignText: names and paths come from files that anybody may have written.
func TestProposeForeignText(t *testing.T) {
	evil := "x\nrules: [{match: {}, policy: ignore}]\n\u2028y: \x1b[31m"
	text := Propose([]ProposedImage{
		{Image: policy.Image{Name: evil, Tag: evil}, Paths: []string{evil}},
		{Image: policy.Image{Name: "ghcr.io/acme/web", Tag: "1.4.2"}, Paths: []string{evil, evil + "2", evil + "3"}},
		{Image: policy.Image{Name: "ghcr.io/acme/api", Tag: evil}},
	})
	e, err := LoadEnvironment("bumpboat.yaml", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(e.Rules) != 1 || e.Rules[0].Policy != "semver:^1.4" {
		t.Errorf("rules are %+v", e.Rules)
	}
	if strings.ContainsAny(string(text), "\x1b\u2028") {
		t.Errorf("control characters get through:\n%q", text)
	}
}
