package test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

const reasonPages = "../docs/reasons"

// reasonConstant matches the declaration of a slash name.
var reasonConstant = regexp.MustCompile(`(?m)^\s*(?:const )?[rR]eason\w*\s.*?= "([a-z0-9-]+(?:/[a-z0-9-]+)?)"`)

// declaredReasons returns every reason that the code declares, sorted.
func declaredReasons(t *testing.T) []string {
	t.Helper()
	declared := map[string]bool{}
	for _, file := range goFiles(t, "..") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source := readText(t, filepath.Join("..", file))
		for _, m := range reasonConstant.FindAllStringSubmatch(source, -1) {
			declared[m[1]] = true
		}
	}
	if len(declared) < 100 {
		t.Errorf("only %d reasons found in the code", len(declared))
	}
	return slices.Sorted(maps.Keys(declared))
}

// markdown returns the Markdown files below a directory, by their path in there.
func markdown(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		name, err := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)] = readText(t, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func readText(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// reasonPage is how a page is laid out: its title, one sentence, an example, and what to do.
var reasonPage = regexp.MustCompile("(?s)^# `([^`]+)`\n\n([^\n]+)\\.\n\n.*```.*\n```\n\n\\*\\*What to do:\\*\\* \\S[^\n]+\n$")

// Every reason that the code declares has a page, and nothing else has.
func TestEveryReasonHasAPage(t *testing.T) {
	declared := declaredReasons(t)
	pages := markdown(t, reasonPages)
	index := pages["README.md"]
	delete(pages, "README.md")
	for _, reason := range declared {
		page, ok := pages[reason+".md"]
		if !ok {
			t.Errorf("the code declares %s, which has no page", reason)
			continue
		}
		parts := reasonPage.FindStringSubmatch(page)
		if parts == nil || parts[1] != reason {
			t.Errorf("the page of %s does not have its title, a sentence, an example and what to do", reason)
			continue
		}
		if line := "| [`" + reason + "`](" + reason + ".md) | " + parts[2] + " |\n"; strings.Count(index, line) != 1 {
			t.Errorf("the index does not have this line once:\n%s", line)
		}
	}
	for name := range pages {
		if !slices.Contains(declared, strings.TrimSuffix(name, ".md")) {
			t.Errorf("the page %s is about no reason that the code declares", name)
		}
	}
	if rows := strings.Count(index, "\n| [`"); rows != len(declared) {
		t.Errorf("the index has %d reasons, and there are %d", rows, len(declared))
	}
}

// What the pages show is what bumpboat prints, as far as it can be shown without a registry and a forge.
func TestExamplesOfReasons(t *testing.T) {
	shown := 0
	for name, page := range markdown(t, reasonPages) {
		_, console, ok := strings.Cut(page, "```console\n")
		if !ok {
			continue
		}
		shown++
		console, _, _ = strings.Cut(console, "\n```")
		_, files, _ := strings.Cut(page, "```txtar\n")
		files, _, _ = strings.Cut(files, "```")
		t.Run(name, func(t *testing.T) {
			testExample(t, console, txtar.Parse([]byte(files)))
		})
	}
	if shown < 70 {
		t.Errorf("only %d pages show what is printed", shown)
	}
}

// argument is a word of a command line, or one in single quotes.
var argument = regexp.MustCompile(`'[^']*'|\S+`)

// testExample runs the command of a console block over the files of a page. An ellipsis stands for lines that are left out.
func testExample(t *testing.T, console string, files *txtar.Archive) {
	dir := t.TempDir()
	if err := txtar.Write(files, dir); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	command, want, _ := strings.Cut(console, "\n")
	args := argument.FindAllString(strings.TrimPrefix(command, "$ bumpboat "), -1)
	for i, arg := range args {
		args[i] = strings.Trim(arg, "'")
	}
	stdout, stderr, _ := runHere(t, nil, args...)
	rest := "\n" + stdout + stderr
	for part := range strings.SplitSeq(want, "\n…\n") {
		_, after, found := strings.Cut(rest, "\n"+part+"\n")
		if !found {
			t.Fatalf("%s\nprints\n%s%s\nwhich lacks\n%s", command, stdout, stderr, part)
		}
		rest = "\n" + after
	}
}

// link matches a Markdown link to a file of this repository.
var link = regexp.MustCompile(`\]\(([^():#]+)(?:#[^()]*)?\)`)

func TestLinksOfDocs(t *testing.T) {
	pages := markdown(t, "../docs")
	for _, name := range []string{"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"} {
		pages["../"+name] = readText(t, "../"+name)
	}
	for name, page := range pages {
		for _, m := range link.FindAllStringSubmatch(page, -1) {
			if _, err := os.Stat(filepath.Join("../docs", filepath.Dir(name), m[1])); err != nil {
				t.Errorf("docs/%s links to %s, which is not there", name, m[1])
			}
		}
	}
}
