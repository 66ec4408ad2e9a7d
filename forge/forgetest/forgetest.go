// Package forgetest is what every forge must do, as a test suite. It refuses to know a forge: an Env brings one repo on it
// and plays the people who work there.
package forgetest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/forge"
)

// Env is one repo without pull requests, and the people and machines around it. Hooks fail the test themselves; the
// optional ones may be nil, and what needs them is then skipped.
type Env struct {
	Forge forge.Forge
	// Base is an existing branch with at least one commit; OtherBase, optional, is another one.
	Base      string
	OtherBase string
	// CreateBranch makes a branch that is one commit ahead of Base and returns the commit's hash, or "" when the forge has
	// no commits.
	CreateBranch func(t *testing.T, name string) string
	// Merge merges a pull request, and Close closes it without a merge, as a person would.
	Merge func(t *testing.T, number int64)
	Close func(t *testing.T, number int64)
	// DeleteBranch removes the branch of a pull request that is no longer open. Optional.
	DeleteBranch func(t *testing.T, name string)
	// OpenFromFork opens a pull request from a fork's branch of that name into Base. Optional.
	OpenFromFork func(t *testing.T, name string)
	// Comments returns the comments on a pull request, oldest first. Optional.
	Comments func(t *testing.T, number int64) []string
}

// Run checks a forge. newEnv is called once for each subtest.
func Run(t *testing.T, newEnv func(t *testing.T) Env) {
	t.Helper()
	tests := []struct {
		name string
		run  func(t *testing.T, e Env)
	}{
		{"nothing is found in an empty repo", nothing},
		{"what is opened is found", openAndFind},
		{"bodies are kept byte for byte", bodies},
		{"opening twice opens once", openTwice},
		{"update changes title and body in place", update},
		{"close says why and stays closed", closeWithWords},
		{"close leaves alone what people closed or merged", closeLate},
		{"closed and merged ones are found, newest first", history},
		{"branches do not mix", branches},
		{"bases do not mix", bases},
		{"the branch of a closed one may be deleted", deletedBranch},
		{"a fork's branch of the same name is not ours", fork},
		{"open ones are listed by prefix", listOpen},
		{"bad proposals are refused", refused},
		{"what is not there is not found", absent},
		{"a cancelled context ends the call", cancelled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, newEnv(t)) })
	}
}

const head = "bumpboat/web-1a2b3c"

func (e Env) proposal(head string) forge.Proposal {
	return forge.Proposal{Head: head, Base: e.Base, Title: "web: 1.4.2 -> 1.5.0", Body: "| from | to |\n|---|---|\n| 1.4.2 | 1.5.0 |"}
}

func nothing(t *testing.T, e Env) {
	e.CreateBranch(t, head)
	e.wantFound(t, head, e.Base)
	if l, ok := e.Forge.(forge.Lister); ok {
		open, err := l.ListOpen(t.Context(), "")
		if err != nil || len(open) != 0 {
			t.Errorf("ListOpen = %v, %v, want none", open, err)
		}
	}
}

func openAndFind(t *testing.T, e Env) {
	commit := e.CreateBranch(t, head)
	p := e.proposal(head)
	opened := e.open(t, p)
	want := forge.PullRequest{
		Number: opened.Number, URL: opened.URL, Title: p.Title, Body: p.Body, State: forge.Open, Head: head, Base: e.Base, HeadCommit: commit,
	}
	if opened.Number < 1 || !strings.Contains(opened.URL, "://") {
		t.Errorf("Open = number %d, URL %q", opened.Number, opened.URL)
	}
	if d := cmp.Diff(want, opened); d != "" {
		t.Errorf("Open (-want +got):\n%s", d)
	}
	e.wantFound(t, head, e.Base, want)
	e.wantFound(t, head, e.Base, want) // a second look is not a different one
}

func bodies(t *testing.T, e Env) {
	for name, body := range map[string]string{
		"empty":   "",
		"fences":  "---\nstate: merged\n---\n\n# é <!-- x --> \U0001f6a2\n\n```\n---\n```",
		"windows": "a\r\nb",
		"long":    strings.Repeat("0123456789abcde\n", 3700) + "end",
	} {
		branch := "bumpboat/" + name
		e.CreateBranch(t, branch)
		p := e.proposal(branch)
		p.Body = body
		e.open(t, p)
		got := e.find(t, branch, e.Base)
		if len(got) != 1 {
			t.Errorf("%s: found %d, want 1", name, len(got))
		} else if got[0].Body != body {
			t.Errorf("%s: found the body %.200q, want %.200q", name, got[0].Body, body)
		}
	}
}

func openTwice(t *testing.T, e Env) {
	e.CreateBranch(t, head)
	p := e.proposal(head)
	first := e.open(t, p)
	again := p
	again.Title = "another title"
	second := e.open(t, again)
	if second.Number != first.Number || second.Title != p.Title {
		t.Errorf("second Open = #%d %q, want #%d as it was", second.Number, second.Title, first.Number)
	}
	e.wantFound(t, head, e.Base, first)
}

func update(t *testing.T, e Env) {
	e.CreateBranch(t, head)
	want := e.open(t, e.proposal(head))
	p := e.proposal(head)
	p.Title, p.Body = "web: 1.4.2 -> 1.6.0", ""
	want.Title, want.Body = p.Title, p.Body
	got, err := e.Forge.Update(t.Context(), want.Number, p)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("Update (-want +got):\n%s", d)
	}
	e.wantFound(t, head, e.Base, want)
	e.Close(t, want.Number)
	if got, err = e.Forge.Update(t.Context(), want.Number, p); err != nil || got.State != forge.Closed {
		t.Errorf("Update of a closed one = %v, %v, want its state", got.State, err)
	}
}

func closeWithWords(t *testing.T, e Env) {
	e.CreateBranch(t, head)
	want := e.open(t, e.proposal(head))
	const why = "The base has 1.5.0 already."
	for range 2 {
		if err := e.Forge.Close(t.Context(), want.Number, why); err != nil {
			t.Fatal(err)
		}
	}
	want.State = forge.Closed
	e.wantFound(t, head, e.Base, want)
	e.wantComments(t, want.Number, why)
}

func closeLate(t *testing.T, e Env) {
	for branch, decide := range map[string]func(*testing.T, int64){"bumpboat/closed": e.Close, "bumpboat/merged": e.Merge} {
		e.CreateBranch(t, branch)
		p := e.open(t, e.proposal(branch))
		decide(t, p.Number)
		if err := e.Forge.Close(t.Context(), p.Number, "too late"); err != nil {
			t.Errorf("%s: %v", branch, err)
		}
		e.wantComments(t, p.Number)
	}
}

func history(t *testing.T, e Env) {
	e.CreateBranch(t, head)
	first := e.open(t, e.proposal(head))
	e.Close(t, first.Number)
	first.State = forge.Closed
	e.wantFound(t, head, e.Base, first)
	second := e.open(t, e.proposal(head))
	if second.Number == first.Number {
		t.Fatalf("Open returned the closed #%d", first.Number)
	}
	e.wantFound(t, head, e.Base, second, first)
	e.Merge(t, second.Number)
	second.State = forge.Merged
	e.wantFound(t, head, e.Base, second, first)
}

func branches(t *testing.T, e Env) {
	for _, b := range []string{"bumpboat/web", "bumpboat/web-2"} {
		e.CreateBranch(t, b)
	}
	one, two := e.open(t, e.proposal("bumpboat/web")), e.open(t, e.proposal("bumpboat/web-2"))
	e.wantFound(t, "bumpboat/web", e.Base, one)
	e.wantFound(t, "bumpboat/web-2", e.Base, two)
	e.wantFound(t, "web", e.Base)
}

func bases(t *testing.T, e Env) {
	if e.OtherBase == "" {
		t.Skip("this forge's repo has one base")
	}
	e.CreateBranch(t, head)
	p := e.proposal(head)
	one := e.open(t, p)
	p.Base = e.OtherBase
	e.wantFound(t, head, e.OtherBase)
	other := e.open(t, p)
	e.wantFound(t, head, e.Base, one)
	e.wantFound(t, head, e.OtherBase, other)
}

func deletedBranch(t *testing.T, e Env) {
	if e.DeleteBranch == nil {
		t.Skip("this forge has no branches")
	}
	e.CreateBranch(t, head)
	want := e.open(t, e.proposal(head))
	e.Close(t, want.Number)
	e.DeleteBranch(t, head)
	got := e.find(t, head, e.Base)
	if len(got) != 1 || got[0].Number != want.Number || got[0].State != forge.Closed || got[0].Head != head {
		t.Errorf("Find = %+v, want the closed #%d with its head", got, want.Number)
	}
}

func fork(t *testing.T, e Env) {
	if e.OpenFromFork == nil {
		t.Skip("this forge has no forks here")
	}
	e.CreateBranch(t, head)
	e.OpenFromFork(t, head)
	e.wantFound(t, head, e.Base)
	if l, ok := e.Forge.(forge.Lister); ok {
		open, err := l.ListOpen(t.Context(), "bumpboat/")
		if err != nil || len(open) != 0 {
			t.Errorf("ListOpen = %v, %v, want none", open, err)
		}
	}
	ours := e.open(t, e.proposal(head))
	e.wantFound(t, head, e.Base, ours)
}

func listOpen(t *testing.T, e Env) {
	l, ok := e.Forge.(forge.Lister)
	if !ok {
		t.Skip("this forge cannot list")
	}
	var want []forge.PullRequest
	for _, b := range []string{"bumpboat/a", "other/b", "bumpboat/c", "bumpboat/d"} {
		e.CreateBranch(t, b)
		p := e.open(t, e.proposal(b))
		if b == "bumpboat/a" || b == "bumpboat/d" {
			want = append([]forge.PullRequest{p}, want...)
		}
		if b == "bumpboat/c" {
			e.Close(t, p.Number)
		}
	}
	got, err := l.ListOpen(t.Context(), "bumpboat/")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("ListOpen (-want +got):\n%s", d)
	}
}

func refused(t *testing.T, e Env) {
	e.CreateBranch(t, head)
	for name, change := range map[string]func(*forge.Proposal){
		"no title":          func(p *forge.Proposal) { p.Title = " " },
		"two lines":         func(p *forge.Proposal) { p.Title = "a\nb" },
		"no head":           func(p *forge.Proposal) { p.Head = "" },
		"a fork's head":     func(p *forge.Proposal) { p.Head = "mallory:" + head },
		"no base":           func(p *forge.Proposal) { p.Base = "" },
		"head is base":      func(p *forge.Proposal) { p.Head = p.Base },
		"text is not UTF-8": func(p *forge.Proposal) { p.Body = "\xff" },
		"too long": func(p *forge.Proposal) {
			if l, ok := e.Forge.(forge.BodyLimiter); ok {
				p.Body = strings.Repeat("x", l.MaxBody()+1)
			} else {
				p.Title = ""
			}
		},
	} {
		p := e.proposal(head)
		change(&p)
		if _, err := e.Forge.Open(t.Context(), p); !forge.IsKind(err, forge.Invalid) {
			t.Errorf("Open with %s: %v, want an error of kind invalid", name, err)
		}
		if _, err := e.Forge.Update(t.Context(), 1, p); !forge.IsKind(err, forge.Invalid) {
			t.Errorf("Update with %s: %v, want an error of kind invalid", name, err)
		}
	}
	e.wantFound(t, head, e.Base)
}

func absent(t *testing.T, e Env) {
	const none = 4711
	if _, err := e.Forge.Update(t.Context(), none, e.proposal(head)); !forge.IsKind(err, forge.NotFound) {
		t.Errorf("Update: %v, want an error of kind not-found", err)
	}
	if err := e.Forge.Close(t.Context(), none, "why"); !forge.IsKind(err, forge.NotFound) {
		t.Errorf("Close: %v, want an error of kind not-found", err)
	}
}

func cancelled(t *testing.T, e Env) {
	e.CreateBranch(t, head)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Forge.Open(ctx, e.proposal(head)); !errors.Is(err, context.Canceled) {
		t.Errorf("Open: %v, want %v", err, context.Canceled)
	}
	e.wantFound(t, head, e.Base)
}

func (e Env) open(t *testing.T, p forge.Proposal) forge.PullRequest {
	t.Helper()
	got, err := e.Forge.Open(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (e Env) find(t *testing.T, head, base string) []forge.PullRequest {
	t.Helper()
	got, err := e.Forge.Find(t.Context(), head, base)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// wantFound compares all but the commits of what is no longer open: some forges go on to follow the branch, others do not.
func (e Env) wantFound(t *testing.T, head, base string, want ...forge.PullRequest) {
	t.Helper()
	plain := cmp.Transformer("plain", func(p forge.PullRequest) map[string]any {
		m := map[string]any{"number": p.Number, "url": p.URL, "title": p.Title, "body": p.Body, "state": p.State, "head": p.Head, "base": p.Base}
		if p.State == forge.Open {
			m["commit"] = p.HeadCommit
		}
		return m
	})
	got := e.find(t, head, base)
	if len(want) == 0 && len(got) == 0 {
		return
	}
	if d := cmp.Diff(want, got, plain); d != "" {
		t.Errorf("Find of %s into %s (-want +got):\n%s", head, base, d)
	}
}

func (e Env) wantComments(t *testing.T, number int64, want ...string) {
	t.Helper()
	if e.Comments == nil {
		return
	}
	got := e.Comments(t, number)
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("comments (-want +got):\n%s", d)
	}
}
