package config

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

// A mistake inside of one policy breaks this policy and those that extend it, and no other.
func TestBrokenPolicies(t *testing.T) {
	const head = "apiVersion: bumpboat.dev/v1\n"
	const base = "policies:\n  good: {semver: ^1}\n  base: {semver: ^1}\n  child: {extends: base}\n  grandchild: {extends: child}\n"
	tests := map[string]struct {
		data   string
		broken string
		stops  bool
	}{
		"a value":             {data: strings.Replace(base, "base: {semver: ^1}", "base: {semver: nope}", 1), broken: "base child grandchild"},
		"an unknown key":      {data: strings.Replace(base, "child: {extends", "child: {extend", 1), broken: "child grandchild"},
		"a key twice":         {data: strings.Replace(base, "extends: base", "extends: base, extends: base", 1), broken: "child grandchild"},
		"a missing key":       {data: strings.Replace(base, "extends: child", "extends: child, freeze: [{cron: '0 0 * * *'}]", 1), broken: "grandchild"},
		"nothing":             {data: strings.Replace(base, "{extends: child}", "", 1), broken: "grandchild"},
		"a circle":            {data: strings.Replace(base, "base: {semver: ^1}", "base: {extends: child}", 1), broken: "base child grandchild"},
		"an unknown name":     {data: strings.Replace(base, "extends: child", "extends: chidl", 1), broken: "grandchild"},
		"a name with a dot":   {data: base + "  'a.b[0]': {semver: nope}\n", broken: "a.b[0]"},
		"a policy test":       {data: base + "policyTests: [{policy: nope}]\n"},
		"a rule":              {data: base + "rules: [{match: {}, policy: nope}]\n", stops: true},
		"a policy and a rule": {data: base + "  bad: {semver: nope}\nrules: [{match: {}, policy: nope}]\n", stops: true},
		"a guard":             {data: base + "guards: {jump: nope}\n", stops: true},
		"a policy twice":      {data: base + "  good: {semver: ^2}\n", stops: true},
		"another key":         {data: base + "rule: []\n", stops: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e, err := LoadEnvironment("bumpboat.yaml", []byte(head+tt.data))
			problems, ok := errors.AsType[*Problems](err)
			if !ok || problems.Partial == tt.stops {
				t.Fatalf("error is %v, want partial %t", err, !tt.stops)
			}
			if got := strings.Join(slices.Sorted(maps.Keys(e.Broken)), " "); got != tt.broken {
				t.Errorf("broken are %q, want %q", got, tt.broken)
			}
			if tt.stops != (len(e.Policies) == 0) {
				t.Errorf("there are %d policies", len(e.Policies))
			}
			for name, p := range e.Broken {
				if p.Line < 4 || p.Message == "" {
					t.Errorf("%s is broken by %+v", name, p)
				}
			}
		})
	}
}
