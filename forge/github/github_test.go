package github_test

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/forge"
	"github.com/bumpboat/bumpboat/forge/forgetest"
	"github.com/bumpboat/bumpboat/forge/github"
	"github.com/bumpboat/bumpboat/forge/github/githubtest"
)

const (
	token = "ghp_CanaryCanaryCanary"
	head  = "bumpboat/web-1a2b3c"
)

func clock() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// start returns a forge on a fresh fake; the test fails if the two ever disagree with GitHub's description.
func start(t *testing.T) (*github.Forge, *githubtest.Server, *githubtest.Repo) {
	t.Helper()
	s, err := githubtest.New(githubtest.Options{Token: token, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, v := range s.Violations() {
			t.Error(v)
		}
		s.Close()
	})
	repo := s.AddRepo("acme/deploy")
	repo.SetBranch("main", commit("main"))
	repo.SetBranch("release", commit("release"))
	return connect(t, s, token), s, repo
}

func connect(t *testing.T, s *githubtest.Server, token string) *github.Forge {
	t.Helper()
	f, err := github.New(github.Options{URL: s.URL(), Repo: "acme/deploy", Token: token})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func commit(of string) string {
	sum := sha1.Sum([]byte(of))
	return hex.EncodeToString(sum[:])
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestContract(t *testing.T) {
	for _, vanished := range []bool{false, true} {
		t.Run(fmt.Sprintf("vanished fork %t", vanished), func(t *testing.T) {
			forgetest.Run(t, func(t *testing.T) forgetest.Env {
				f, _, repo := start(t)
				return forgetest.Env{
					Forge: f, Base: "main", OtherBase: "release",
					CreateBranch: func(_ *testing.T, name string) string {
						repo.SetBranch(name, commit(name))
						return commit(name)
					},
					DeleteBranch: func(_ *testing.T, name string) { repo.SetBranch(name, "") },
					Merge:        func(t *testing.T, n int64) { must(t, repo.Merge(n)) },
					Close:        func(t *testing.T, n int64) { must(t, repo.ClosePull(n)) },
					OpenFromFork: func(_ *testing.T, name string) { repo.OpenFromFork("mallory", name, "main", vanished) },
					Comments:     func(_ *testing.T, n int64) []string { return repo.Pulls()[n-1].Comments },
				}
			})
		})
	}
}

// A fork may belong to the same owner, so its label passes GitHub's filter.
func TestForkOfTheSameOwner(t *testing.T) {
	f, _, repo := start(t)
	repo.SetBranch(head, commit(head))
	repo.OpenFromFork("acme", head, "main", false)
	found, err := f.Find(t.Context(), head, "main")
	if err != nil || len(found) != 0 {
		t.Errorf("Find = %v, %v, want none", found, err)
	}
}

func proposal() forge.Proposal {
	return forge.Proposal{Head: head, Base: "main", Title: "web: 1.4.2 -> 1.5.0", Body: "text"}
}

func TestRequestCounts(t *testing.T) {
	f, s, repo := start(t)
	repo.SetBranch(head, commit(head))
	steps := []struct {
		name string
		do   func() error
		want []string
	}{
		{"new", func() error { return nil }, nil},
		{"find", func() error { _, err := f.Find(t.Context(), head, "main"); return err }, []string{"GET /pulls"}},
		{"open", func() error { _, err := f.Open(t.Context(), proposal()); return err }, []string{"POST /pulls"}},
		{"open again", func() error { _, err := f.Open(t.Context(), proposal()); return err }, []string{"POST /pulls", "GET /pulls"}},
		{"update", func() error { _, err := f.Update(t.Context(), 1, proposal()); return err }, []string{"PATCH /pulls/1"}},
		{"close", func() error { return f.Close(t.Context(), 1, "why") }, []string{"GET /pulls/1", "POST /issues/1/comments", "PATCH /pulls/1"}},
		{"close without words", func() error { return f.Close(t.Context(), 1, "") }, []string{"GET /pulls/1"}},
		{"list", func() error { _, err := f.ListOpen(t.Context(), ""); return err }, []string{"GET /pulls"}},
	}
	for _, step := range steps {
		must(t, step.do())
		var got []string
		for _, r := range s.Requests() {
			got = append(got, r.Method+" "+strings.TrimPrefix(r.Path, "/repos/acme/deploy"))
			if r.Method == "GET" && step.name == "find" && !strings.Contains(r.Query, "head=acme%3A") {
				t.Errorf("find asked %q: without the owner GitHub lists all pull requests", r.Query)
			}
		}
		if strings.Join(got, ", ") != strings.Join(step.want, ", ") {
			t.Errorf("%s asked %q, want %q", step.name, got, step.want)
		}
	}
}

func TestPagesAreReadToTheEnd(t *testing.T) {
	f, s, repo := start(t)
	const many = 105
	for i := range many {
		branch := fmt.Sprintf("bumpboat/app-%03d", i)
		repo.SetBranch(branch, commit(branch))
		p := proposal()
		p.Head = branch
		if _, err := f.Open(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	repo.SetBranch(head, commit(head))
	for range 101 { // the history of one branch
		p, err := f.Open(t.Context(), proposal())
		must(t, err)
		must(t, repo.ClosePull(p.Number))
	}
	s.Requests()
	open, err := f.ListOpen(t.Context(), "bumpboat/app-")
	if err != nil || len(open) != many || open[0].Number != many || open[many-1].Number != 1 {
		t.Errorf("ListOpen = %d, %v, want %d from the newest to the oldest", len(open), err, many)
	}
	if n := len(s.Requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
	found, err := f.Find(t.Context(), head, "main")
	if err != nil || len(found) != 101 || found[0].Number != many+101 {
		t.Errorf("Find = %d, %v, want 101, the newest first", len(found), err)
	}
	if n := len(s.Requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
	// A page that fails makes the whole unknown, never shorter.
	s.Inject(githubtest.Fault{Method: "GET", Edit: func(map[string]any) {}})
	s.Inject(githubtest.Fault{Method: "GET", Status: 502})
	if open, err := f.ListOpen(t.Context(), ""); !forge.IsKind(err, forge.Temporary) || open != nil {
		t.Errorf("ListOpen = %d, %v, want an error of kind temporary", len(open), err)
	}
}

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name string
		o    github.Options
	}{
		{"no repo", github.Options{}},
		{"one part", github.Options{Repo: "deploy"}},
		{"three parts", github.Options{Repo: "a/b/c"}},
		{"dots", github.Options{Repo: "../x"}},
		{"query", github.Options{Repo: "a/b?c"}},
		{"no scheme", github.Options{Repo: "a/b", URL: "ghe.example.com"}},
		{"file", github.Options{Repo: "a/b", URL: "file:///etc"}},
		{"password", github.Options{Repo: "a/b", URL: "https://u:" + token + "@ghe.example.com"}},
		{"control character", github.Options{Repo: "a/b", URL: "https://u:" + token + "@ghe.example.com\x7f"}},
		{"query in URL", github.Options{Repo: "a/b", URL: "https://ghe.example.com?token=" + token}},
		{"token with line break", github.Options{Repo: "a/b", Token: token + "\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := github.New(tt.o)
			if !forge.IsKind(err, forge.Invalid) {
				t.Fatalf("New = %v, want an error of kind invalid", err)
			}
			if strings.Contains(err.Error(), token) {
				t.Errorf("the error holds the token: %v", err)
			}
		})
	}
}
