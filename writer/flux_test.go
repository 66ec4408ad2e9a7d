package writer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer"
)

// fluxObjects is an ImagePolicy, an ImageRepository and a place that names the former. %s are the specs of both, and the place.
const fluxObjects = `apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: web, namespace: ns}
spec: {imageRepositoryRef: {name: web}, %s}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: web, namespace: ns}
spec: {image: ghcr.io/acme/web%s}
---
%s
`

const fluxPod = `apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: web
    image: ghcr.io/acme/web:1.4.2 # {"$imagepolicy": "ns:web"}`

// fluxSpec returns the spec that the object comes to, as it goes to be compiled for the only site.
func fluxSpec(t *testing.T, imagePolicy, repository, place string) (policy.Spec, writer.Found) {
	t.Helper()
	byPolicy := map[string]policy.Spec{}
	rules := writer.Rules{Compile: func(s policy.Spec) (policy.Policy, error) {
		p := compile(t, fmt.Sprintf("semver:>=%d", len(byPolicy)))
		byPolicy[p.String()] = s
		return p, nil
	}}
	found := findWith(t, rules, "web.yaml", fmt.Sprintf(fluxObjects, imagePolicy, repository, place))
	if len(found.Sites) != 1 {
		t.Fatalf("%d sites", len(found.Sites))
	}
	if found.Sites[0].Policy == nil {
		return policy.Spec{}, found
	}
	return byPolicy[found.Sites[0].Policy.String()], found
}

func TestFluxPolicies(t *testing.T) {
	tests := []struct {
		name, policy, repository string
		want                     policy.Spec
	}{
		{"semver", `policy: {semver: {range: "^1"}}`, "", policy.Spec{Semver: "^1"}},
		{"numerical", `policy: {numerical: {order: desc}}`, "", policy.Spec{Numerical: "desc"}},
		{"numerical by default", `policy: {numerical: {}}`, "", policy.Spec{Numerical: "asc"}},
		{"alphabetical", `policy: {alphabetical: {order: asc}}`, "", policy.Spec{Alphabetical: "asc"}},
		{"in capitals", `policy: {alphabetical: {order: DESC}}`, "", policy.Spec{Alphabetical: "desc"}},
		{"another kind that is null", `policy: {semver: null, alphabetical: {}}`, "", policy.Spec{Alphabetical: "asc"}},
		{
			"extraction", `filterTags: {pattern: "^main-(?P<n>[0-9]+)", extract: $n}, policy: {numerical: {}}`, "",
			policy.Spec{Numerical: "asc", Tags: policy.TagFilter{Allow: []string{"^main-(?P<n>[0-9]+)"}, Extract: "$n"}},
		},
		{"extraction from nothing", `filterTags: {extract: $n}, policy: {numerical: {}}`, "", policy.Spec{Numerical: "asc"}},
		{"digests never", `digestReflectionPolicy: Never, policy: {semver: {range: "^1"}}`, "", policy.Spec{Semver: "^1"}},
		{"digests once", `digestReflectionPolicy: IfNotPresent, policy: {semver: {range: "^1"}}`, "", policy.Spec{Semver: "^1", Pin: "digest"}},
		{"digests always", `digestReflectionPolicy: Always, policy: {semver: {range: "^1"}}`, "", policy.Spec{Semver: "^1", Pin: "digest", Moved: "follow"}},
		{"exclusions", `policy: {semver: {range: "^1"}}`, ", exclusionList: [a, b]", policy.Spec{Semver: "^1", Tags: policy.TagFilter{Deny: []string{"a", "b"}}}},
		{"no exclusions", `policy: {semver: {range: "^1"}}`, ", exclusionList: []", policy.Spec{Semver: "^1"}},
		{"suspended", `suspend: true, policy: {numerical: {}}`, "", policy.Spec{Ignore: true}},
		{"suspended repository", `policy: {numerical: {}}`, ", suspend: true", policy.Spec{Ignore: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, found := fluxSpec(t, tt.policy, tt.repository, fluxPod)
			if diff := cmp.Diff(tt.want, got); diff != "" || len(found.Problems) > 0 {
				t.Errorf("problems %+v, spec (-want +got):\n%s", found.Problems, diff)
			}
		})
	}
}

func TestFluxPoliciesThatCannotBeUsed(t *testing.T) {
	tests := []struct{ name, policy, reason, message string }{
		{"two orders", `policy: {semver: {range: "^1"}, numerical: {}}`, "flux/invalid-policy", "the orders numerical, semver"},
		{"no order", `policy: {}`, "flux/invalid-policy", "no order"},
		{"nothing", `suspend: false`, "flux/invalid-policy", "no order"},
		{"no range", `policy: {semver: {}}`, "flux/invalid-policy", "no range"},
		{"no direction", `policy: {alphabetical: {order: up}}`, "flux/invalid-policy", `the order "up" of policy.alphabetical`},
		{"another order", `policy: {calendar: {}}`, "flux/unsupported-policy", `the order "calendar" is not supported`},
		{"another reflection", `digestReflectionPolicy: Sometimes, policy: {numerical: {}}`, "flux/unsupported-policy", `"Sometimes" is not supported`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found := fluxSpec(t, tt.policy, "", fluxPod)
			if found.Sites[0].Policy != nil || found.Sites[0].Reason != tt.reason || len(found.Problems) != 1 {
				t.Fatalf("%+v", found)
			}
			p := found.Problems[0]
			if p.Reason != tt.reason || !strings.Contains(p.Message, tt.message) || !strings.Contains(p.Message, `ImagePolicy "ns:web"`) || p.Hint == "" {
				t.Errorf("%+v", p)
			}
		})
	}
}

// What the compiler refuses is told in Flux's words.
func TestFluxMistakesAreInItsFields(t *testing.T) {
	for policySpec, want := range map[string]string{
		`policy: {semver: {range: "^^1"}}`:                                           "semver.range: ",
		`policy: {numerical: {}}, filterTags: {pattern: "(", extract: $1}`:           "filterTags.pattern: ",
		`policy: {numerical: {}}, filterTags: {pattern: "^(?P<a>.*)$", extract: $b}`: "filterTags.extract: ",
	} {
		found := findWith(t, writer.Rules{}, "web.yaml", fmt.Sprintf(fluxObjects, policySpec, "", fluxPod))
		if len(found.Problems) != 1 || found.Problems[0].Reason != "flux/invalid-policy" || !strings.Contains(found.Problems[0].Message, want) {
			t.Errorf("%s: %+v", policySpec, found.Problems)
		}
	}
	found := findWith(t, writer.Rules{}, "web.yaml", fmt.Sprintf(fluxObjects, `policy: {numerical: {}}`, ", exclusionList: [a, '(']", fluxPod))
	if len(found.Problems) != 1 || !strings.Contains(found.Problems[0].Message, "exclusionList[1]: ") {
		t.Errorf("%+v", found.Problems)
	}
}

// A digest is added only where there is a place for it.
func TestFluxDigestsHaveTheirPlace(t *testing.T) {
	const always = `digestReflectionPolicy: Always, policy: {semver: {range: "^1"}}`
	tests := []struct{ name, place, pin string }{
		{"a reference", fluxPod, "digest"},
		{"a tag", "image:\n  repository: ghcr.io/acme/web\n  tag: 1.4.2 # {\"$imagepolicy\": \"ns:web:tag\"}", ""},
		{
			"a tag and a digest", "image:\n  repository: ghcr.io/acme/web\n  tag: 1.4.2 # {\"$imagepolicy\": \"ns:web:tag\"}\n" +
				"  digest: \"\" # {\"$imagepolicy\": \"ns:web:digest\"}", "digest",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, found := fluxSpec(t, always, "", tt.place)
			if got.Pin != tt.pin || (got.Moved == "follow") != (tt.pin != "") || len(found.Problems) > 0 {
				t.Errorf("%+v, problems %+v", got, found.Problems)
			}
		})
	}
}

// Everything that is written beside the images goes through the compiler of the rules, and what it refuses is reported there.
func TestRulesCompile(t *testing.T) {
	refused := &policy.SpecError{Field: "jump", Message: "the guard says no", HintText: "ask the operator"}
	rules := writer.Rules{Compile: func(policy.Spec) (policy.Policy, error) { return nil, refused }}
	for name, tt := range map[string]struct {
		content, reason string
		column          int
	}{
		"marker":     {pod("a:1 # bumpboat: semver:^1"), "marker/bad-expression", 28},
		"annotation": {"apiVersion: v1\nkind: Pod\nmetadata: {annotations: {bumpboat.dev/policy: semver:^1}}\nspec: {containers: [{image: 'a:1'}]}\n", "annotation/bad-expression", 47},
		"flux":       {fmt.Sprintf(fluxObjects, "policy: {numerical: {}}", "", fluxPod), "flux/invalid-policy", 35},
	} {
		found := findWith(t, rules, "web.yaml", tt.content)
		if len(found.Sites) != 1 || found.Sites[0].Policy != nil || found.Sites[0].Reason != tt.reason || len(found.Problems) != 1 {
			t.Errorf("%s: %+v", name, found)
			continue
		}
		p := found.Problems[0]
		if p.Reason != tt.reason || !strings.Contains(p.Message, refused.Error()) || p.Hint != refused.HintText || p.Column != tt.column {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
