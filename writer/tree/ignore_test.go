package tree

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

func filterOf(t *testing.T, s Selection, ignore map[string]string) (*Filter, []Skipped) {
	t.Helper()
	var first []File
	for name, content := range ignore {
		if !s.First(name) {
			t.Fatalf("%s is not read first", name)
		}
		first = append(first, File{Path: name, Content: []byte(content)})
	}
	return s.Filter(first, nil)
}

func TestIgnoreFile(t *testing.T) {
	for _, c := range []struct{ patterns, ignored, read string }{
		{"vendor/", "vendor/a.yaml a/vendor/b/c.yaml", "vendor.yaml a.yaml"},
		{"/charts", "charts/a.yaml", "apps/charts/a.yaml"},
		{"charts/*.yaml", "charts/a.yaml", "charts/a/b.yaml x/charts/a.yaml"},
		{"*.tmp.yaml\n!keep.tmp.yaml", "a.tmp.yaml x/b.tmp.yaml", "keep.tmp.yaml x/keep.tmp.yaml"},
		{"old/\n!old/a.yaml", "old/a.yaml", "a.yaml"}, // what is in an ignored directory cannot be taken back
		{"old/*\n!old/a.yaml", "old/b.yaml old/a/b.yaml", "old/a.yaml"},
		{"old/**\n!old/a.yaml", "old/b.yaml old/a/b.yaml", "old/a.yaml"},
		{"a/**/b/c.yaml", "a/b/c.yaml a/b/x/b/c.yaml a/x/y/b/c.yaml", "b/c.yaml a/c.yaml"},
		{"**/prod", "prod/a.yaml x/y/prod/a.yaml", "x/production/a.yaml"},
		{"# none\n\n  \n/\n!\n\\#a.yaml\n\\!b.yaml\r\nc.yaml  \nd.yaml\\ ", "#a.yaml !b.yaml c.yaml", "none d.yaml"},
		{"[a-c].yaml\n{d,e}.yaml\nf?.yaml", "a.yaml c.yaml {d,e}.yaml fx.yaml", "d.yaml e.yaml f.yaml"},
		{"*", "a.yaml x/b.yaml", ""},
		{"\uFEFFa.yaml", "a.yaml", "b.yaml"},
	} {
		f, skipped := filterOf(t, Selection{Want: func(string) bool { return true }}, map[string]string{IgnoreFile: c.patterns})
		for name := range strings.FieldsSeq(c.ignored) {
			if f.Wants(name) {
				t.Errorf("%q reads %s", c.patterns, name)
			}
		}
		for name := range strings.FieldsSeq(c.read) {
			if !f.Wants(name) {
				t.Errorf("%q ignores %s", c.patterns, name)
			}
		}
		if len(skipped) > 0 {
			t.Errorf("%q: %v", c.patterns, skipped)
		}
	}
}

// The nearest file has the last word, and its patterns begin at its directory.
func TestNestedIgnoreFiles(t *testing.T) {
	f, _ := filterOf(t, Selection{}, map[string]string{
		IgnoreFile: "*.json\ngone/\n", "apps/" + IgnoreFile: "!keep.json\n/top.yaml\n", "gone/" + IgnoreFile: "!*\n", "apps/web/" + IgnoreFile: "keep.json\n",
	})
	for name, want := range map[string]bool{
		"keep.json": false, "apps/keep.json": true, "apps/x/keep.json": true, "apps/web/keep.json": false, "apps/other.json": false,
		"apps/top.yaml": false, "apps/x/top.yaml": true, "top.yaml": true, "gone/a.yaml": false, "README.md": false,
	} {
		if f.Wants(name) != want {
			t.Errorf("Wants(%s) is %t", name, !want)
		}
	}
}

// A file that cannot be used keeps everything out that it could be about.
func TestBadIgnoreFile(t *testing.T) {
	for content, detail := range map[string]string{
		"a\n[b.yaml\n":              "line 2: not a pattern",
		"[[:alpha:]].yaml":          "line 1: classes such as [:alpha:] are not known",
		strings.Repeat("a*", 200):   "line 1: a pattern of 400 characters; at most 256 are read",
		strings.Repeat("a\n", 1001): "line 1001: more than 1000 patterns",
	} {
		f, skipped := filterOf(t, Selection{}, map[string]string{"apps/" + IgnoreFile: content, "apps/x/" + IgnoreFile: "[", IgnoreFile: "no"})
		if len(skipped) != 1 || skipped[0] != (Skipped{Path: "apps/" + IgnoreFile, Reason: ReasonBadIgnore, Detail: detail}) {
			t.Errorf("%.20q: %v", content, skipped)
		}
		if f.Wants("apps/a.yaml") || f.Wants("apps/x/y.yaml") || !f.Wants("other/a.yaml") || !f.Wants("apps/bumpboat.yaml") {
			t.Errorf("%.20q reads what it could be about, or not the rest", content)
		}
	}
	f, skipped := Selection{}.Filter(nil, []string{"apps/" + IgnoreFile})
	if len(skipped) != 1 || f.Wants("apps/a.yaml") || !f.Wants("b.yaml") {
		t.Errorf("one that cannot be read: %v", skipped)
	}
}

func TestLimits(t *testing.T) {
	s := Selection{
		Limits: []Limit{{Paths: []string{"clusters", "apps/*/prod/"}, Ignore: []string{"**/charts"}}},
		Config: func(content []byte) Limit { return Limit{Ignore: []string{string(content)}} },
	}
	f, _ := filterOf(t, s, map[string]string{ConfigFile: "clusters/old"})
	for name, want := range map[string]bool{
		"clusters/a.yaml": true, "clusters/x/y.yaml": true, "clusters/old/a.yaml": false, "clusters/x/charts/a.yaml": false,
		"apps/web/prod/a.yaml": true, "apps/web/test/a.yaml": false, "a.yaml": false, "bumpboat.yaml": true, "apps/bumpboat.yaml": true,
	} {
		if f.Wants(name) != want {
			t.Errorf("Wants(%s) is %t", name, !want)
		}
	}
	if (Selection{}).First(ConfigFile) {
		t.Error("a file is read first for nothing")
	}
}

// TestIgnoreLikeGit compares with Git itself on patterns and paths of few letters, which meet often.
func TestIgnoreLikeGit(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("no git here")
	}
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	for range 60 {
		dir := t.TempDir()
		var patterns, names []string
		for range 1 + random.IntN(4) {
			p := pick("", "", "", "!") + pick("", "", "/", "**/")
			for range random.IntN(3) {
				p += pick("a", "b", "*", "**", "a*", "?", "[ab]") + "/"
			}
			patterns = append(patterns, p+pick("a", "b", "*", "**", "*b", "a?", "[!a]", "a/", "b/"))
		}
		for range 40 {
			name := pick("a", "b", "ab")
			for range random.IntN(4) {
				name += "/" + pick("a", "b", "ab", "ba")
			}
			names = append(names, name)
		}
		slices.Sort(names)
		names = slices.Compact(names)
		// A name that is a directory of another cannot be a file, too.
		names = slices.DeleteFunc(names, func(n string) bool {
			return slices.ContainsFunc(names, func(o string) bool { return strings.HasPrefix(o, n+"/") })
		})
		content := strings.Join(patterns, "\n")
		all := map[string]string{".gitignore": content}
		for _, n := range names {
			all[n] = ""
		}
		put(t, dir, all)
		f, _ := filterOf(t, Selection{Want: func(string) bool { return true }}, map[string]string{IgnoreFile: content})
		ignored := gitIgnored(t, git, dir, names)
		for _, n := range names {
			if f.Wants(n) == ignored[n] {
				t.Errorf("patterns %q, file %s: Git ignores it: %t", patterns, n, ignored[n])
			}
		}
	}
}

// gitIgnored asks Git which files it would not add.
func gitIgnored(t *testing.T, git, dir string, names []string) map[string]bool {
	t.Helper()
	run := func(in string, args ...string) string {
		c := exec.CommandContext(t.Context(), git, args...)
		var out bytes.Buffer
		c.Dir, c.Stdin, c.Stdout = dir, strings.NewReader(in), &out
		c.Env = []string{"HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1"}
		if err := c.Run(); err != nil && args[0] != "check-ignore" { // which fails when it finds none
			t.Fatal(fmt.Errorf("git %v: %w", args, err))
		}
		return out.String()
	}
	run("", "init", "-q")
	ignored := map[string]bool{}
	for line := range strings.Lines(run(strings.Join(names, "\n"), "check-ignore", "--stdin")) {
		ignored[path.Clean(strings.TrimSpace(line))] = true
	}
	return ignored
}

// Whatever an ignore file says, what is in an ignored directory is ignored, and nothing is read that is not wanted.
func FuzzIgnore(f *testing.F) {
	f.Add("a/\n!b\n**/c.yaml\n/d/**\n[e-f]?.yaml\n\\#g ", "a/b/c.yaml")
	f.Add("*\n!x.yaml", "x.yaml")
	f.Fuzz(func(t *testing.T, patterns, name string) {
		filter, skipped := Selection{}.Filter([]File{{Path: "a/" + IgnoreFile, Content: []byte(patterns)}}, nil)
		name = "a/" + strings.Trim(path.Clean("/"+name), "/") + "/z.yaml"
		wants := filter.Wants(name)
		if wants && (filter.Ignores(path.Dir(name), true) || len(skipped) > 0) {
			t.Errorf("%q reads %q in a directory that it ignores; %v", patterns, name, skipped)
		}
	})
}
