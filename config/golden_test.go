package config

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// canary stands in the test files wherever a secret could leak from.
const canary = "CANARY-s3cret"

// testPath is the name under which test files are read: the secrets of testFiles lie beside it.
const testPath = "/etc/bumpboat/config.yaml"

func testEnv(name string) (string, bool) {
	value, ok := map[string]string{"TOKEN": "tok-" + canary, "EMPTY": " "}[name]
	return value, ok
}

func testFile(t testing.TB) func(string) ([]byte, error) {
	t.Helper()
	ca, err := os.ReadFile("testdata/ca.pem")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"token": []byte("file-" + canary + "\r\n"), "empty": []byte("\n"), "lines": []byte(canary + "\n" + canary + "\n"),
		"large": bytes.Repeat([]byte("x"), maxSecret+1), "ca.pem": ca,
	}
	return func(path string) ([]byte, error) {
		name, ok := strings.CutPrefix(filepath.ToSlash(path), "/etc/bumpboat/")
		if data, found := files[name]; ok && found {
			return data, nil
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
}

func loadOperator(t testing.TB, data []byte) (Operator, error) {
	t.Helper()
	return LoadOperator(testPath, data, testEnv, testFile(t))
}

// TestBadFiles compares the problems of each file, which is named for its mistake, with those beside it.
func TestBadFiles(t *testing.T) {
	for _, kind := range []string{"environment", "operator"} {
		each(t, filepath.Join("testdata", kind, "bad"), func(t *testing.T, name string, data []byte) {
			var err error
			if kind == "environment" {
				_, err = LoadEnvironment("bumpboat.yaml", data)
			} else {
				_, err = loadOperator(t, data)
			}
			if _, ok := errors.AsType[*Problems](err); !ok {
				t.Fatalf("error is %v, want problems", err)
			}
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("kind is %s", fault.KindOf(err))
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("a secret leaks: %v", err)
			}
			compare(t, strings.TrimSuffix(name, ".yaml")+".problems", err.Error()+"\n")
		})
	}
}

// TestGoodFiles compares what `config show` prints, and checks that it reads back to the same.
func TestGoodFiles(t *testing.T) {
	each(t, "testdata/environment/good", func(t *testing.T, name string, data []byte) {
		e, err := LoadEnvironment("bumpboat.yaml", data)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, strings.TrimSuffix(name, ".yaml")+".shown", string(e.YAML()))
		again, err := LoadEnvironment("bumpboat.yaml", e.YAML())
		if err != nil {
			t.Fatalf("does not read back: %v", err)
		}
		for i := range e.Rules {
			if e.Rules[i].Line < 1 || again.Rules[i].Line < 1 {
				t.Errorf("rule %d has no line", i)
			}
			e.Rules[i].Line, again.Rules[i].Line = 0, 0
		}
		for i := range e.PolicyTests {
			if e.PolicyTests[i].Line < 1 || e.PolicyTests[i].Column < 1 {
				t.Errorf("test %d has no place", i)
			}
			again.PolicyTests[i].Line, again.PolicyTests[i].Column = e.PolicyTests[i].Line, e.PolicyTests[i].Column
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Errorf("reads back differently:\n%s", diff)
		}
	})
	each(t, "testdata/operator/good", func(t *testing.T, name string, data []byte) {
		o, err := loadOperator(t, data)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, strings.TrimSuffix(name, ".yaml")+".shown", string(o.YAML()))
		again, err := loadOperator(t, o.YAML())
		if err != nil {
			t.Fatalf("does not read back: %v", err)
		}
		same := cmp.Comparer(func(a, b Secret) bool { return a.Reveal() == b.Reveal() && a.name == b.name })
		if diff := cmp.Diff(o, again, same); diff != "" {
			t.Errorf("reads back differently:\n%s", diff)
		}
	})
}

// each runs a test for every YAML file of a directory.
func each(t *testing.T, dir string, test func(t *testing.T, name string, data []byte)) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.ToSlash(name), func(t *testing.T) { test(t, name, data) })
	}
}

// compare compares a text with a golden file, or writes it.
func compare(t *testing.T, golden, got string) {
	t.Helper()
	if update() {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", golden, diff)
	}
}
