package fieldpath

import (
	"errors"
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	key := func(k string) Step { return Step{Key: k} }
	item := func(i int) Step { return Step{Item: true, Index: i} }
	for path, want := range map[string][]Step{
		"tag":                      {key("tag")},
		"spec.runner.image":        {key("spec"), key("runner"), key("image")},
		"images[0].tag":            {key("images"), item(0), key("tag")},
		"a[*][12]":                 {key("a"), item(All), item(12)},
		"[*].image":                {item(All), key("image")},
		`"a.b".c`:                  {key("a.b"), key("c")},
		`x."quo\"te"[1]."*"`:       {key("x"), key(`quo"te`), item(1), key("*")},
		"app-name_1/x:y.ключ":      {key("app-name_1/x:y"), key("ключ")},
		`""`:                       {key("")},
		"0.1":                      {key("0"), key("1")},
		`metadata."a.io/b".c-d[2]`: {key("metadata"), key("a.io/b"), key("c-d"), item(2)},
	} {
		got, err := Parse(path)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("Parse(%q) = %v, %v; want %v", path, got, err, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for path, column := range map[string]int{
		"":              1,
		".a":            1,
		"a.":            3,
		"a..b":          3,
		"a b":           2,
		"a.*.b":         3,
		"a[":            2,
		"a[]":           3,
		"a[-1]":         3,
		"a[x]":          3,
		"a[1]b":         5,
		`a."b`:          3,
		`a."\q"`:        3,
		`"a"b`:          4,
		"a]":            2,
		"a[4294967296]": 3,
	} {
		_, err := Parse(path)
		if at, ok := errors.AsType[*Error](err); !ok || at.Column != column || at.Message == "" {
			t.Errorf("Parse(%q): %v, want an error in column %d", path, err, column)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`spec."a.b"[*].c[0]`)
	f.Fuzz(func(t *testing.T, path string) {
		steps, err := Parse(path)
		if at, ok := errors.AsType[*Error](err); ok && (at.Column < 1 || at.Column > len(path)+1) {
			t.Errorf("column %d of %q", at.Column, path)
		}
		if (err == nil) != (len(steps) > 0) {
			t.Errorf("%v, %v", steps, err)
		}
	})
}
