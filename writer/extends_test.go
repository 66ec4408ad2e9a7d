package writer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer"
)

// An expression that begins with what it extends reaches the compiler with it.
func TestInlineExtends(t *testing.T) {
	named := map[string]policy.Spec{"web": {Semver: "^1", Jump: "patch"}}
	var got []policy.Spec
	rules := writer.Rules{
		Policies: map[string]policy.Policy{"web": compile(t, "semver:^1")},
		Compile: func(s policy.Spec) (policy.Policy, error) {
			resolved, err := policy.Resolve(s, named)
			if err != nil {
				return nil, err
			}
			got = append(got, resolved)
			return policy.Compile(resolved)
		},
	}
	found := findWith(t, rules, "web.yaml", pod("a:1 # bumpboat: extends=web jump=minor -- faster here"))
	want := []policy.Spec{{Semver: "^1", Jump: "minor"}}
	if diff := cmp.Diff(want, got); diff != "" || len(found.Problems) > 0 || found.Sites[0].Policy == nil {
		t.Errorf("problems %+v, specs (-want +got):\n%s", found.Problems, diff)
	}
	found = findWith(t, rules, "web.yaml", pod("a:1 # bumpboat: extends=wep"))
	if len(found.Problems) != 1 || found.Problems[0].Reason != "marker/bad-expression" || !strings.Contains(found.Problems[0].Hint, "web") {
		t.Errorf("%+v", found.Problems)
	}
	rules.Images = map[string]string{"web": "ghcr.io/acme/web"}
	found = findWith(t, rules, "values.yaml", "version: 1.4.2 # bumpboat: extends=web jump=minor part=tag\n")
	if len(found.Sites) != 1 || found.Sites[0].Image.String() != "ghcr.io/acme/web:1.4.2" {
		t.Errorf("the image of what is extended: %+v", found)
	}
}
