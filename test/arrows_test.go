package test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/bumpboat/bumpboat"

// arrows lists, for every family of packages, the other families that it may import.
var arrows = map[string][]string{
	"policy":  nil,
	"config":  {"policy"},
	"scanner": {"policy"},
	"writer":  {"policy"},
	"forge":   nil,
	"cmd":     {"config", "forge", "policy", "scanner", "writer"},
	"test":    {"cmd", "forge"}, // forge: its contract runs against a real Gitea in test/e2e
}

// support lists the packages that exist for tests: only test files, each other and test/ may import them.
var support = []string{"forge/forgetest", "forge/github/githubtest"}

// TestImportArrows reads every Go file of the module, whatever its build tags, so that no platform and no tag hides an arrow.
func TestImportArrows(t *testing.T) {
	files := 0
	for _, file := range goFiles(t, "..") {
		files++
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", file), nil, parser.ImportsOnly)
		if err != nil {
			t.Errorf("reading the imports of %s: %v", file, err)
			continue
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if why := broken(file, imported); why != "" {
				t.Errorf("%s imports %s: %s", file, imported, why)
			}
		}
	}
	if files < 20 {
		t.Errorf("only %d Go files found: the test looks in the wrong place", files)
	}
}

// TestTopLevel keeps the list of top-level directories as short as it was meant to be.
func TestTopLevel(t *testing.T) {
	allowed := []string{"cmd", "scanner", "policy", "writer", "forge", "config", "test", "docs", "deploy"}
	ignored := []string{"bin", "dist"} // build output, in .gitignore
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if !entry.IsDir() || strings.HasPrefix(name, ".") || slices.Contains(ignored, name) {
			continue
		}
		if !slices.Contains(allowed, name) {
			t.Errorf("top-level directory %s is not one of %v", name, allowed)
		}
	}
}

// TestBroken shows that the rules above refuse what they should.
func TestBroken(t *testing.T) {
	tests := []struct {
		file, imported string
		ok             bool
	}{
		{"policy/semver.go", "github.com/Masterminds/semver/v3", true},
		{"policy/semver.go", module + "/policy/fault", true},
		{"policy/semver.go", module + "/config", false},
		{"policy/semver.go", "net/http", false},
		{"policy/semver_test.go", "os", true},
		{"policy/semver_test.go", module + "/scanner", false},
		{"config/load.go", module + "/policy", true},
		{"config/load.go", module + "/writer", false},
		{"scanner/oci/list.go", module + "/policy/fault", true},
		{"scanner/oci/list.go", module + "/scanner", true},
		{"scanner/oci/list.go", module + "/config", false},
		{"scanner/scan.go", module + "/writer/tree", false},
		{"writer/find_test.go", module + "/forge", false},
		{"writer/gitstore/push.go", module + "/scanner", false},
		{"forge/github/github.go", module + "/forge", true},
		{"forge/github/github.go", module + "/forge/forgetest", false},
		{"forge/github/github_test.go", module + "/forge/forgetest", true},
		{"forge/github/github.go", module + "/policy", false},
		{"forge/github/githubtest/fake.go", module + "/forge/forgetest", true},
		{"cmd/wire.go", module + "/config", true},
		{"cmd/wire.go", module + "/forge/github/githubtest", false},
		{"cmd/wire.go", module + "/test/servers", false},
		{"cmd/wire_test.go", module + "/test/servers", false},
		{"cmd/bumpboat/main.go", module + "/cmd", true},
		{"test/story_test.go", module + "/cmd", true},
		{"test/story_test.go", module + "/writer", false},
		{"test/e2e/story_test.go", module + "/test/servers", true},
		{"test/e2e/story_test.go", module + "/forge/github/githubtest", true},
		{"main.go", module + "/cmd", false},
		{"web/web.go", "fmt", false},
	}
	for _, tt := range tests {
		if why := broken(tt.file, tt.imported); (why == "") != tt.ok {
			t.Errorf("broken(%q, %q) = %q, want ok = %t", tt.file, tt.imported, why, tt.ok)
		}
	}
}

// broken says why a file must not import a package, or "".
func broken(file, imported string) string {
	from, _, _ := strings.Cut(file, "/")
	allowed, known := arrows[from]
	if !known {
		return from + " is not a family of packages"
	}
	inTest := strings.HasSuffix(file, "_test.go")
	local, ours := strings.CutPrefix(imported, module+"/")
	if !ours {
		if from == "policy" && !inTest && doesIO(imported) {
			return "policy does no I/O"
		}
		return ""
	}
	if slices.Contains(support, local) {
		if from == "test" || inTest || slices.Contains(support, path.Dir(file)) {
			return ""
		}
		return "it exists for tests"
	}
	to, _, _ := strings.Cut(local, "/")
	if to == from || slices.Contains(allowed, to) {
		return ""
	}
	return from + " may import only " + strings.Join(append([]string{"itself"}, allowed...), ", ")
}

// doesIO leaves out net, whose error types are needed to tell faults apart.
func doesIO(imported string) bool {
	return slices.Contains([]string{"os", "os/exec", "net/http", "syscall", "database/sql"}, imported)
}

// goFiles returns the Go files of the module at root, slash-separated and relative to it, leaving out nested modules and what Go itself ignores.
func goFiles(t *testing.T, root string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() {
			if name != root && (base == "testdata" || base[0] == '.' || base[0] == '_' || isModule(name)) {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(base) != ".go" {
			return nil
		}
		relative, err := filepath.Rel(root, name)
		files = append(files, filepath.ToSlash(relative))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func isModule(directory string) bool {
	_, err := os.Stat(filepath.Join(directory, "go.mod"))
	return err == nil
}
