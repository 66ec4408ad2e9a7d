package config

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// addFiles seeds a fuzz target with the test files of one kind.
func addFiles(f *testing.F, kind string) {
	f.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", kind, "*", "*.yaml"))
	if err != nil || len(names) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

// checkPlaces fails when an error is not a list of problems that lie in the file.
func checkPlaces(t *testing.T, data []byte, err error) {
	t.Helper()
	var problems *Problems
	if !errors.As(err, &problems) || len(problems.List) == 0 {
		t.Fatalf("error is %v, not problems", err)
	}
	for _, p := range problems.List {
		if p.Line < 1 || p.Column < 1 || p.Line > len(data)+1 || p.Column > len(data)+1 || p.Message == "" {
			t.Fatalf("problem %+v of a file of %d bytes", p, len(data))
		}
	}
}

func FuzzLoadEnvironment(f *testing.F) {
	addFiles(f, "environment")
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := LoadEnvironment("bumpboat.yaml", data)
		if err != nil {
			checkPlaces(t, data, err)
			return
		}
		if _, err := LoadEnvironment("bumpboat.yaml", e.YAML()); err != nil {
			t.Fatalf("what was read does not read back: %v\n%s", err, e.YAML())
		}
	})
}

func FuzzLoadOperator(f *testing.F) {
	addFiles(f, "operator")
	read := testFile(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := LoadOperator(testPath, data, testEnv, read)
		if err != nil {
			checkPlaces(t, data, err)
			return
		}
		if _, err := LoadOperator(testPath, o.YAML(), testEnv, read); err != nil {
			t.Fatalf("what was read does not read back: %v\n%s", err, o.YAML())
		}
	})
}

func FuzzLoadNested(f *testing.F) {
	addFiles(f, "environment")
	outer, err := LoadEnvironment("bumpboat.yaml", []byte(nestedHead+"policies: {base: {semver: '^1'}, web: {extends: base}}\nguards: {jump: minor}\n"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := LoadNested("a/bumpboat.yaml", data, outer)
		if err != nil {
			checkPlaces(t, data, err)
			return
		}
		if _, ok := e.Policies["web"]; !ok || e.Guards.Jump != "minor" {
			t.Fatalf("what is farther is lost: %+v", e)
		}
	})
}
