package config

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/policy"
)

const nestedHead = "apiVersion: bumpboat.dev/v1\n"

func outerOf(t *testing.T, data string) Environment {
	t.Helper()
	e, err := LoadEnvironment("bumpboat.yaml", []byte(nestedHead+data))
	if problems, ok := errors.AsType[*Problems](err); err != nil && (!ok || !problems.Partial) {
		t.Fatal(err)
	}
	return e
}

// What a nested file does not have is that of the farther one, as it is there.
func TestNestedInherits(t *testing.T) {
	outer := outerOf(t, `
policies:
  base: {semver: "^1", jump: minor}
  web: {extends: base, minAge: 24h}
guards: {jump: minor}
paths: [apps]
rules: [{match: {}, policy: web}]
`)
	e, err := LoadNested("apps/bumpboat.yaml", []byte(nestedHead+`
policies:
  base: {semver: "^2"}
  api: {extends: web, jump: patch}
rules: [{match: {paths: ["api/**"]}, policy: api}, {match: {}, policy: web}]
`), outer)
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(e.Policies)); !slices.Equal(got, []string{"api", "base", "web"}) {
		t.Errorf("policies %v", got)
	}
	for name, want := range map[string]policy.Spec{
		"base": {Semver: "^2"},
		"web":  {Semver: "^1", Jump: "minor", MinAge: outer.Policies["web"].MinAge},
		"api":  {Semver: "^1", Jump: "patch", MinAge: outer.Policies["web"].MinAge},
	} {
		got, err := policy.Resolve(policy.Spec{Extends: name}, e.Policies)
		if err != nil || got.Semver != want.Semver || got.Jump != want.Jump || got.MinAge != want.MinAge {
			t.Errorf("%s is %+v, %v", name, got, err)
		}
	}
	if len(e.Rules) != 2 || e.Guards.Jump != "minor" || len(e.Paths) != 1 {
		t.Errorf("%+v", e)
	}
	if outer.Policies["web"].Extends != "base" || len(outer.Policies) != 2 {
		t.Errorf("the farther file was changed: %+v", outer.Policies)
	}
}

// A policy that is broken in the farther file is broken in the nearer one, and reported once.
func TestNestedInheritsBroken(t *testing.T) {
	outer := outerOf(t, "policies: {bad: {semver: 'x y'}, worse: {extends: nosuch}, good: {semver: '^1'}}\n")
	e, err := LoadNested("a/bumpboat.yaml", []byte(nestedHead+"policies: {heir: {extends: bad, jump: minor}, bad2: {extends: worse}, own: {extends: good}}\n"), outer)
	if err != nil {
		t.Fatalf("reported again: %v", err)
	}
	if got := slices.Sorted(maps.Keys(e.Broken)); !slices.Equal(got, []string{"bad", "bad2", "heir", "worse"}) {
		t.Errorf("broken: %v", got)
	}
	if e.Broken["heir"].Path != "bumpboat.yaml" {
		t.Errorf("%+v", e.Broken["heir"])
	}
	e, err = LoadNested("a/bumpboat.yaml", []byte(nestedHead+"policies: {bad: {semver: '^2'}}\n"), outer)
	if _, broken := e.Broken["bad"]; err != nil || broken {
		t.Errorf("one of the same name is broken, too: %v %+v", err, e.Broken)
	}
}

func TestNestedProblems(t *testing.T) {
	outer := outerOf(t, "policies: {web: {semver: '^1'}}\n")
	for name, c := range map[string]struct {
		data, want string
		partial    bool
	}{
		"guards":        {"guards: {jump: minor}\n", "a/bumpboat.yaml:2:1: guards in a file that is not at the root", false},
		"paths":         {"paths: [b]\nignore: [c]\n", "a/bumpboat.yaml:2:1: paths in a file", false},
		"ignore":        {"ignore: [c]\n", "(move them into the file at the root, or write a .bumpboatignore here)", false},
		"unknown":       {"rules: [{match: {}, policy: wbe}]\n", "did you mean web?", false},
		"extends":       {"policies: {a: {extends: wbe}}\n", "unknown policy \"wbe\" (did you mean web?)", true},
		"extends self":  {"policies: {web: {extends: web}}\n", "a/bumpboat.yaml:2:27: a circle", true},
		"does not fit":  {"policies: {a: {extends: web, semver: 'x y'}}\n", "a/bumpboat.yaml:2:38: ", true},
		"wrong at once": {"polices: {}\n", "unknown key", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadNested("a/bumpboat.yaml", []byte(nestedHead+c.data), outer)
			problems, ok := errors.AsType[*Problems](err)
			if !ok || !strings.Contains(err.Error(), c.want) || problems.Partial != c.partial {
				t.Errorf("%v", err)
			}
		})
	}
}
