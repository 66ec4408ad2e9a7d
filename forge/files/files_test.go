package files_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/forge"
	"github.com/bumpboat/bumpboat/forge/files"
	"github.com/bumpboat/bumpboat/forge/forgetest"
)

func clock() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func open(t *testing.T, dir string) *files.Forge {
	t.Helper()
	f, err := files.New(files.Options{Dir: dir, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// edit does what a person does with an editor.
func edit(t *testing.T, path, from, to string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		t.Fatalf("%s has no %q:\n%s", path, from, text)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func path(dir string, number int64) string {
	return filepath.Join(dir, "000"+string(rune('0'+number))+".md")
}

func TestContract(t *testing.T) {
	forgetest.Run(t, func(t *testing.T) forgetest.Env {
		dir := t.TempDir()
		return forgetest.Env{
			Forge:        open(t, filepath.Join(dir, "pulls")),
			Base:         "main",
			OtherBase:    "release",
			CreateBranch: func(*testing.T, string) string { return "" },
			Merge: func(t *testing.T, n int64) {
				edit(t, path(filepath.Join(dir, "pulls"), n), "\nstate: open\n", "\nstate: merged\n")
			},
			Close: func(t *testing.T, n int64) {
				edit(t, path(filepath.Join(dir, "pulls"), n), "\nstate: open\n", "\nstate: closed\n")
			},
		}
	})
}

func proposal() forge.Proposal {
	return forge.Proposal{Head: "bumpboat/web", Base: "main", Title: "web: 1.4.2 -> 1.5.0", Body: "| from | to |\n|---|---|\n| 1.4.2 | 1.5.0 |\n"}
}

func TestFileIsReadable(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	p, err := f.Open(t.Context(), proposal())
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(t.Context(), p.Number, "The base has it."); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "0001.md"))
	if err != nil {
		t.Fatal(err)
	}
	want := `---
# A pull request of bumpboat's embedded forge. Decide about it by editing the line "state":
# open, closed (do not propose this again) or merged (after you have merged the head into the base with git).
number: 1
state: closed
title: 'web: 1.4.2 -> 1.5.0'
head: bumpboat/web
base: main
opened: 2026-03-01T12:00:00Z
changed: 2026-03-01T12:00:00Z
comments:
  - at: 2026-03-01T12:00:00Z
    text: The base has it.
---

| from | to |
|---|---|
| 1.4.2 | 1.5.0 |

`
	if string(got) != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if want := "file://" + filepath.ToSlash(filepath.Join(dir, "0001.md")); p.URL != want {
		t.Errorf("URL = %q, want %q", p.URL, want)
	}
}

func TestBrokenFilesAreNamed(t *testing.T) {
	tests := []struct{ name, from, to, want string }{
		{"unknown state", "state: open", "state: done", `the state is "done"`},
		{"unknown field", "state: open", "state: open\nlabels: []", "labels"},
		{"other number", "number: 1", "number: 2", "number 2"},
		{"no header", "---\n#", "#", "first line"},
		{"endless header", "\n---\n\n", "\n\n\n", "does not end"},
		{"no head", "head: bumpboat/web", "head: ''", "branch name"},
		{"not YAML", "title: 'web", "title: 'web'", "reading the header"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			f := open(t, dir)
			if _, err := f.Open(t.Context(), proposal()); err != nil {
				t.Fatal(err)
			}
			edit(t, path(dir, 1), tt.from, tt.to)
			_, err := f.Find(t.Context(), "bumpboat/web", "main")
			if !forge.IsKind(err, forge.Invalid) || !strings.Contains(err.Error(), path(dir, 1)) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Find = %v, want an error of kind invalid that names the file and %q", err, tt.want)
			}
		})
	}
}

func TestWindowsEditor(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	if _, err := f.Open(t.Context(), proposal()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path(dir, 1))
	if err != nil {
		t.Fatal(err)
	}
	crlf := strings.ReplaceAll(strings.Replace(string(text), "state: open", "state: merged", 1), "\n", "\r\n")
	if err := os.WriteFile(path(dir, 1), []byte(crlf), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := f.Find(t.Context(), "bumpboat/web", "main")
	if err != nil || len(got) != 1 || got[0].State != forge.Merged {
		t.Errorf("Find = %v, %v, want one that is merged", got, err)
	}
}

// Editors and systems leave other files behind.
func TestOtherFilesAreIgnored(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"0001.md~", ".0001.md.swp", "README.md", "1.md", "00001.md", "0000.md", "+001.md", "-001.md", ".new-123"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := open(t, dir)
	if p, err := f.Open(t.Context(), proposal()); err != nil || p.Number != 1 {
		t.Errorf("Open = #%d, %v, want #1", p.Number, err)
	}
}

// Several processes see the same gap in the numbers; only one may fill it, and one branch gets one pull request.
func TestConcurrentOpen(t *testing.T) {
	dir := t.TempDir()
	const branches = 4
	var numbers [2 * branches]int64
	var wg sync.WaitGroup
	for i := range numbers {
		f, p := open(t, dir), proposal()
		p.Head = fmt.Sprintf("bumpboat/%d", i%branches)
		wg.Go(func() {
			opened, err := f.Open(t.Context(), p)
			if err != nil || opened.Head != p.Head {
				t.Errorf("Open of %s = %s, %v", p.Head, opened.Head, err)
			}
			numbers[i] = opened.Number
		})
	}
	wg.Wait()
	distinct := map[int64]bool{}
	for i, n := range numbers {
		distinct[n] = true
		if n != numbers[i%branches] {
			t.Errorf("branch %d has #%d and #%d", i%branches, n, numbers[i%branches])
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != branches || len(distinct) != branches {
		t.Errorf("numbers %v in %d files (%v), want %d: temporary files are removed", numbers, len(entries), err, branches)
	}
}
