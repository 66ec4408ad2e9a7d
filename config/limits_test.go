package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestForeignFiles loads files that are made to cost: each must be answered with a problem, and soon.
func TestForeignFiles(t *testing.T) {
	const head = "apiVersion: bumpboat.dev/v1\n"
	bomb := head + "rules:\n- match: {images: &a [x, x, x, x, x, x, x, x, x, x]}\n  policy: ignore\n"
	var merges strings.Builder
	merges.WriteString(head + "policies:\n  p0: &p0 {ignore: true}\n")
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&merges, "  p%d: &p%d {<<: [*p%d, *p%d]}\n", i, i, i-1, i-1)
	}
	var chain strings.Builder
	chain.WriteString(head + "policies:\n  p0: {semver: '*'}\n")
	for i := 1; i < 2000; i++ {
		fmt.Fprintf(&chain, "  p%d: {extends: p%d}\n", i, i-1)
	}
	base := head + "policies:\n  base: {semver: '*', tags: {deny: [" + strings.Repeat("x, ", 90) + "x]}}\n"
	tests := map[string]struct{ data, want string }{
		"too large":         {head + "# " + strings.Repeat("x", maxSize), "bytes; at most"},
		"too many values":   {head + "rules:\n" + strings.Repeat("- {match: {}, policy: a}\n", maxNodes/3), "too many values"},
		"aliases":           {bomb + strings.Repeat("- {match: {images: *a}, policy: ignore}\n", maxNodes/10), "too many values"},
		"merges":            {merges.String(), "too deep"},
		"many heirs":        {base + many(2000, "  h%d: {extends: base}\n"), "too many values"},
		"long chain":        {chain.String(), "more than 16 policies"},
		"guards for many":   {head + "guards: {deny: [" + strings.Repeat("x, ", 5000) + "x]}\npolicies:\n" + many(2000, "  p%d: {semver: '*'}\n"), "too many values"},
		"long lists":        {head + "policies:\n  p: {semver: '*', tags: {allow: [" + strings.Repeat("x, ", 200) + "x]}}\n", "a list of 201"},
		"deep flow":         {head + "rules: " + strings.Repeat("[", 100_000), "not YAML"},
		"deep mapping":      {head + "rules: " + strings.Repeat("{a: ", 9_000) + strings.Repeat("}", 9_000), "expected a list"},
		"alias in itself":   {head + "rules: &r [*r]\n", "expected a mapping"},
		"mapping as a key":  {head + "? {a: b}\n: c\n", "expected text as a key"},
		"NUL":               {head + "\x00", "not YAML"},
		"UTF-16":            {"\xff\xfea\x00", "not UTF-8"},
		"unknown directive": {"%YAML 2.0\n---\n" + head, "not YAML"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := LoadEnvironment("bumpboat.yaml", []byte(tt.data))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %.300v, want %q", err, tt.want)
			}
		})
	}
}

// many repeats a line that has a number in it.
func many(n int, line string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, line, i)
	}
	return b.String()
}

func TestProblemsAreBounded(t *testing.T) {
	data := "apiVersion: bumpboat.dev/v1\nrules:\n" + strings.Repeat("- {match: {}, policy: nope}\n", 500)
	_, err := LoadEnvironment("bumpboat.yaml", []byte(data))
	var problems *Problems
	if !errors.As(err, &problems) || len(problems.List) != maxProblems+1 {
		t.Fatalf("error is %.200v", err)
	}
	if last := problems.List[maxProblems]; !strings.Contains(last.Message, "400 more problems") {
		t.Errorf("the last problem is %v", last)
	}
}

func TestRuleLines(t *testing.T) {
	e, err := LoadEnvironment("bumpboat.yaml", []byte("apiVersion: bumpboat.dev/v1\n\nrules:\n- match: {}\n  policy: ignore\n-\n  policy: ignore\n  match: {}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Rules) != 2 || e.Rules[0].Line != 4 || e.Rules[1].Line != 7 {
		t.Errorf("rules are %+v", e.Rules)
	}
}
