package tree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// put writes files below dir.
func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skip("no symbolic links here:", err)
	}
}

// names returns what ReadDir says: paths, and paths with the reason why they are left out.
func names(t *testing.T, dir string) (files, skipped []string) {
	t.Helper()
	read, left, err := ReadDir(dir, Selection{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range read {
		files = append(files, f.Path)
	}
	for _, s := range left {
		skipped = append(skipped, s.Path+" "+s.Reason)
	}
	return files, skipped
}

func TestReadDir(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	put(t, outside, map[string]string{"secret.yaml": "password: x", "dir/more.yaml": "a: 1"})
	put(t, dir, map[string]string{
		"b/deploy.yaml": "b: 1\r\n", "b-c.yaml": "", "a.json": "{}", "README.md": "#", "Kustomization": "x: 1",
		".git/config.yaml": "no: 1", "module/.git": "gitdir: ../.git/modules/module", "module/x.yaml": "x: 1",
		"clone/.git/HEAD": "ref: x", "clone/x.yaml": "x: 1", "real/in.yaml": "in: 1",
		"large.yaml": strings.Repeat("#", MaxSize+1), "edge.yaml": strings.Repeat("#", MaxSize),
	})
	link(t, filepath.Join(outside, "secret.yaml"), filepath.Join(dir, "leak.yaml"))
	link(t, "b/deploy.yaml", filepath.Join(dir, "alias.yaml"))
	link(t, "nowhere", filepath.Join(dir, "dangling.yml"))
	link(t, "real", filepath.Join(dir, "linked"))
	link(t, ".", filepath.Join(dir, "loop"))
	link(t, "README.md", filepath.Join(dir, "README"))

	files, skipped := names(t, dir)
	if want := []string{"Kustomization", "a.json", "b-c.yaml", "b/deploy.yaml", "edge.yaml", "real/in.yaml"}; !slices.Equal(files, want) {
		t.Errorf("files %q, want %q", files, want)
	}
	want := []string{
		"alias.yaml skip/symlink", "clone skip/submodule", "dangling.yml skip/symlink", "large.yaml skip/too-large", "leak.yaml skip/symlink",
		"linked skip/symlink", "loop skip/symlink", "module skip/submodule",
	}
	if !slices.Equal(skipped, want) {
		t.Errorf("skipped %q, want %q", skipped, want)
	}
	read, _, err := ReadDir(dir, Selection{})
	if err != nil || string(read[3].Content) != "b: 1\r\n" || read[3].Blob != "" {
		t.Errorf("%v %+v", err, read[3])
	}
}

func TestReadDirUnreadable(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("nothing is unreadable here")
	}
	dir := t.TempDir()
	put(t, dir, map[string]string{"a.yaml": "", "closed/b.yaml": "", "c.yaml": ""})
	for name, mode := range map[string]fs.FileMode{"a.yaml": 0, "closed": 0} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "closed"), 0o755) })
	files, skipped := names(t, dir)
	if !slices.Equal(files, []string{"c.yaml"}) || !slices.Equal(skipped, []string{"a.yaml skip/unreadable", "closed skip/unreadable"}) {
		t.Errorf("%q %q", files, skipped)
	}
}

func TestReadDirRoot(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, map[string]string{"env/a.yaml": "a: 1", "file": ""})
	link(t, "env", filepath.Join(dir, "current"))
	if files, _ := names(t, filepath.Join(dir, "current")); !slices.Equal(files, []string{"a.yaml"}) {
		t.Errorf("a root that is a link: %q", files)
	}
	for _, name := range []string{"none", "file"} {
		if _, _, err := ReadDir(filepath.Join(dir, name), Selection{}); err == nil || strings.Count(err.Error(), name) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := ReadDir(filepath.Join(dir, "none"), Selection{}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestWriteDir(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, map[string]string{"a/run.yaml": "a: 1\n", "b.yaml": "b: 1\n"})
	if err := os.Chmod(filepath.Join(dir, "a/run.yaml"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := WriteDir(dir, []Change{
		{Path: "a/run.yaml", Old: []byte("a: 1\n"), New: []byte("a: 22\n")},
		{Path: "b.yaml", Old: []byte("b: 1\n"), New: nil},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a/run.yaml": "a: 22\n", "b.yaml": ""} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "a/run.yaml"))
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o755 {
		t.Errorf("mode %v %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "a")); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestWriteDirRefuses(t *testing.T) {
	outside := t.TempDir()
	put(t, outside, map[string]string{"x.yaml": "old"})
	for _, c := range []struct {
		name, path string
		kind       fault.Kind
	}{
		{"changed meanwhile", "changed.yaml", fault.Conflict},
		{"longer by now", "longer.yaml", fault.Conflict},
		{"not there", "none.yaml", fault.Conflict},
		{"a link", "link.yaml", fault.Invalid},
		{"behind a link", "linked/x.yaml", fault.Invalid},
		{"behind a link that leads out", "out/x.yaml", fault.Internal},
		{"above", "../x.yaml", fault.Invalid},
		{"absolute", filepath.Join(outside, "x.yaml"), fault.Invalid},
		{"a directory", "real", fault.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, map[string]string{"first.yaml": "old", "changed.yaml": "new", "longer.yaml": "old and more", "real/x.yaml": "old"})
			link(t, "first.yaml", filepath.Join(dir, "link.yaml"))
			link(t, "real", filepath.Join(dir, "linked"))
			link(t, outside, filepath.Join(dir, "out"))
			err := WriteDir(dir, []Change{
				{Path: "first.yaml", Old: []byte("old"), New: []byte("written")},
				{Path: c.path, Old: []byte("old"), New: []byte("written")},
			})
			if err == nil || !strings.Contains(err.Error(), "writing "+c.path+": ") || fault.KindOf(err) != c.kind {
				t.Errorf("%v (%s)", err, fault.KindOf(err))
			}
			for _, name := range []string{filepath.Join(dir, "first.yaml"), filepath.Join(dir, "real/x.yaml"), filepath.Join(outside, "x.yaml")} {
				if got, err := os.ReadFile(name); err != nil || string(got) != "old" {
					t.Errorf("%s: %q %v", name, got, err)
				}
			}
		})
	}
}

func TestWriteDirTakenName(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, map[string]string{"a.yaml": "1", ".a.yaml.bumpboat-0": "left by a crash"})
	if err := WriteDir(dir, []Change{{Path: "a.yaml", Old: []byte("1"), New: []byte("2")}}); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, ".a.yaml.bumpboat-0")); string(got) != "left by a crash" {
		t.Errorf("%q", got)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "a.yaml")); string(got) != "2" {
		t.Errorf("%q", got)
	}
}
