package test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// reasonConstant matches the declaration of a slash name.
var reasonConstant = regexp.MustCompile(`(?m)^\s*(?:const )?[rR]eason\w*\s.*?= "([a-z-]+(?:/[a-z-]+)?)"`)

// Every reason that the code declares is explained, and nothing else is.
func TestReasonsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/reasons.md")
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]bool{}
	for _, file := range goFiles(t, "..") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range reasonConstant.FindAllStringSubmatch(string(source), -1) {
			declared[m[1]] = true
			if !strings.Contains(string(page), "`"+m[1]+"`") {
				t.Errorf("%s declares %s, which docs/reasons.md does not explain", file, m[1])
			}
		}
	}
	if len(declared) < 60 {
		t.Errorf("only %d reasons found in the code", len(declared))
	}
	for _, m := range regexp.MustCompile("`([a-z-]+/[a-z-]+)`").FindAllStringSubmatch(string(page), -1) {
		if !declared[m[1]] {
			t.Errorf("docs/reasons.md explains %s, which no code declares", m[1])
		}
	}
}
