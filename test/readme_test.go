package test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/cmd"
)

// runHere runs bumpboat in this process.
func runHere(t *testing.T, env map[string]string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cmd.Run(context.Background(), args, cmd.IO{
		Out: &out, Err: &errs, Now: time.Now,
		Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	})
	return out.String(), errs.String(), code
}

// blocks returns the fenced blocks of a Markdown file in one language.
func blocks(t *testing.T, file, language string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i, part := range strings.Split(string(data), "```") {
		if i%2 == 1 && strings.HasPrefix(part, language+"\n") {
			out = append(out, strings.TrimPrefix(part, language+"\n"))
		}
	}
	return out
}

// The first screen of the README shows what the demo opens, word for word.
func TestReadmeShowsTheDemo(t *testing.T) {
	stdout, stderr, code := runHere(t, nil, "demo")
	if code != 0 || stderr != "" {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	shown := blocks(t, "../README.md", "")[0]
	for line := range strings.Lines(shown) {
		for words := range strings.SplitSeq(strings.TrimSpace(line), "     ") { // columns of the first line
			words = strings.TrimSuffix(strings.TrimSpace(words), " into main")
			if label, rest, ok := strings.Cut(words, ": `"); ok && strings.HasPrefix(label, "Newer") {
				words = "`" + rest
			}
			if !strings.Contains(stdout, words) {
				t.Errorf("the README shows %q, the demo prints no such thing", words)
			}
		}
	}
}

// The config files that the documents show are good ones.
func TestDocumentedConfigs(t *testing.T) {
	env := map[string]string{"FORGE_TOKEN": "x", "REGISTRY_PASSWORD": "x"}
	checked := 0
	for _, file := range []string{"../README.md", "../docs/config.md"} {
		for _, block := range blocks(t, file, "yaml") {
			if !strings.Contains(block, "apiVersion: bumpboat.dev/v1") {
				continue
			}
			checked++
			path := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(path, []byte(block), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, stderr, code := runHere(t, env, "config", "check", path); code != 0 {
				t.Errorf("%s shows a config that does not load:\n%s%s", file, block, stderr)
			}
		}
	}
	if checked != 3 {
		t.Errorf("%d configs checked, want 3", checked)
	}
}
