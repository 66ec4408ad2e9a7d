package github_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/forge"
	"github.com/bumpboat/bumpboat/forge/github"
	"github.com/bumpboat/bumpboat/forge/github/githubtest"
)

func TestFaults(t *testing.T) {
	message := func(text string) string {
		body, err := json.Marshal(map[string]string{"message": text, "documentation_url": "https://docs.github.com/rest"})
		must(t, err)
		return string(body)
	}
	tests := []struct {
		name  string
		fault githubtest.Fault
		kind  forge.Kind
		text  string // in the error
		hint  string
	}{
		{"bad token", githubtest.Fault{Status: 401, Body: message("Bad credentials")}, forge.Auth, "Bad credentials", "Pull requests: read and write"},
		{"no permission", githubtest.Fault{Status: 403, Body: message("Resource not accessible by personal access token")}, forge.Auth, "not accessible", "Contents: read and write"},
		{"archived", githubtest.Fault{Status: 403, Body: message("Repository was archived so is read-only.")}, forge.Invalid, "archived", "unarchive"},
		{
			"primary limit",
			githubtest.Fault{Status: 403, Body: message("API rate limit exceeded"), Header: map[string]string{"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": "1772366400"}},
			forge.RateLimited, "2026-03-01T12:00:00Z", "wait",
		},
		{
			"secondary limit",
			githubtest.Fault{Status: 403, Body: `{"message": "You have exceeded a secondary rate limit", "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`, Header: map[string]string{"Retry-After": "61"}},
			forge.RateLimited, "1m1s", "wait",
		},
		{"secondary limit in words", githubtest.Fault{Status: 403, Body: message("You have exceeded a secondary rate limit.")}, forge.RateLimited, "secondary", "wait"},
		{"too many", githubtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "7"}}, forge.RateLimited, "wait 7s", "wait"},
		{"no repo", githubtest.Fault{Status: 404, Body: message("Not Found")}, forge.NotFound, "404", "token can see it"},
		{"gone", githubtest.Fault{Status: 410}, forge.NotFound, "410", ""},
		{"conflict", githubtest.Fault{Status: 409, Body: message("Conflict")}, forge.Conflict, "Conflict", ""},
		{"unprocessable", githubtest.Fault{Status: 422, Body: `{"message": "Validation Failed", "errors": [{"resource": "PullRequest", "field": "base", "code": "invalid"}]}`}, forge.Invalid, "PullRequest base invalid", ""},
		{"not now", githubtest.Fault{Status: 405}, forge.Temporary, "405", ""},
		{"bad gateway", githubtest.Fault{Status: 502, Body: "<html>" + strings.Repeat("x", 5000)}, forge.Temporary, "502", ""},
		{"endless error", githubtest.Fault{Status: 500, Body: strings.Repeat("x", 2<<20)}, forge.Temporary, "500", ""},
		{"cut connection", githubtest.Fault{Times: 10}, forge.Temporary, "EOF", ""},
		{"moved", githubtest.Fault{Status: 301, Header: map[string]string{"Location": "/repositories/1/pulls"}}, forge.Invalid, "301", "moved"},
		{"login page", githubtest.Fault{Status: 200, Body: "<html>"}, forge.Internal, "invalid character", "address"},
		{"other JSON", githubtest.Fault{Status: 200, Body: `"hello"`}, forge.Internal, "", "address"},
		{"nothing", githubtest.Fault{Status: 200}, forge.Internal, "", "address"},
		{"null", githubtest.Fault{Status: 200, Body: "null"}, forge.Internal, "", "address"},
		{"half an answer", githubtest.Fault{Status: 200, Body: `[{"number": 1, "titl`}, forge.Temporary, "unexpected EOF", ""},
		{"an echo", githubtest.Fault{Status: 403, Body: message("no: Authorization: Bearer " + token + "\x1b[2J")}, forge.Auth, "<secret>", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, s, repo := start(t)
			repo.SetBranch(head, commit(head))
			for name, do := range operations(t) {
				f := connect(t, s, token) // go-github stops asking by itself once it has seen a limit
				s.Inject(tt.fault)
				err := do(f)
				checkError(t, name, err, tt.kind)
				if err == nil {
					continue
				}
				// One pull request and a list of them differ in what is no answer.
				if !strings.Contains(err.Error(), tt.text) && tt.kind != forge.Internal && !strings.HasPrefix(tt.name, "half") {
					t.Errorf("%s: %q does not say %q", name, err, tt.text)
				}
				if h := hintOf(err); !strings.Contains(h, tt.hint) {
					t.Errorf("%s: the hint %q does not say %q", name, h, tt.hint)
				}
				s.TakeFaults()
			}
			if n := len(repo.Pulls()); n != 0 {
				t.Errorf("%d pull requests were opened, want none", n)
			}
		})
	}
}

func operations(t *testing.T) map[string]func(f *github.Forge) error {
	return map[string]func(f *github.Forge) error{
		"find":   func(f *github.Forge) error { _, err := f.Find(t.Context(), head, "main"); return err },
		"list":   func(f *github.Forge) error { _, err := f.ListOpen(t.Context(), ""); return err },
		"open":   func(f *github.Forge) error { _, err := f.Open(t.Context(), proposal()); return err },
		"update": func(f *github.Forge) error { _, err := f.Update(t.Context(), 1, proposal()); return err },
		"close":  func(f *github.Forge) error { return f.Close(t.Context(), 1, "why") },
	}
}

// checkError asks for the kind, and for a text that fits a line and holds nothing that must not be there.
func checkError(t *testing.T, name string, err error, kind forge.Kind) {
	t.Helper()
	if !forge.IsKind(err, kind) {
		t.Errorf("%s: %v, want an error of kind %s", name, err, kind)
		return
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		for _, text := range []string{e.Error(), fmt.Sprintf("%+v", e), fmt.Sprintf("%#v", e)} {
			if strings.Contains(text, token) {
				t.Errorf("%s: the error holds the token: %s", name, text)
			}
		}
	}
	if len(err.Error()) > 600 || strings.ContainsAny(err.Error(), "\x1b\n?") {
		t.Errorf("%s: %q is not fit to print", name, err)
	}
}

func hintOf(err error) string {
	e, ok := errors.AsType[*forge.Error](err)
	if !ok {
		return ""
	}
	return e.Hint()
}

// The pull request was opened but nobody heard: an error now, and the next pass finds it.
func TestLostAnswer(t *testing.T) {
	for name, fault := range map[string]githubtest.Fault{
		"bad gateway":    {Method: "POST", After: true, Status: 502},
		"cut connection": {Method: "POST", After: true},
		"half an answer": {Method: "POST", After: true, Status: 201, Body: `{"number": 1, "html_url": "http`},
	} {
		t.Run(name, func(t *testing.T) {
			f, s, repo := start(t)
			repo.SetBranch(head, commit(head))
			s.Inject(fault)
			_, err := f.Open(t.Context(), proposal())
			checkError(t, "open", err, forge.Temporary)
			found, err := f.Find(t.Context(), head, "main")
			if err != nil || len(found) != 1 || found[0].State != forge.Open {
				t.Errorf("Find = %v, %v, want the one that was opened", found, err)
			}
			again, err := f.Open(t.Context(), proposal())
			if err != nil || again.Number != 1 || len(repo.Pulls()) != 1 {
				t.Errorf("Open = #%d, %v with %d pull requests, want #1 and one", again.Number, err, len(repo.Pulls()))
			}
		})
	}
}

// Between the two requests of Close, the comment is what was lost: it is said again rather than never.
func TestCloseIsHealed(t *testing.T) {
	f, s, repo := start(t)
	repo.SetBranch(head, commit(head))
	p, err := f.Open(t.Context(), proposal())
	must(t, err)
	s.Inject(githubtest.Fault{Method: "PATCH", Status: 502})
	checkError(t, "close", f.Close(t.Context(), p.Number, "why"), forge.Temporary)
	must(t, f.Close(t.Context(), p.Number, "why"))
	if state := repo.Pulls()[0].State; state != "closed" {
		t.Errorf("state %q, want closed", state)
	}
}

func TestDeadlines(t *testing.T) {
	f, s, _ := start(t)
	s.Inject(githubtest.Fault{Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := f.Find(ctx, head, "main")
	checkError(t, "find", err, forge.Temporary)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want %v", err, context.DeadlineExceeded)
	}
	s.Inject(githubtest.Fault{Hang: true})
	f, err = github.New(github.Options{URL: s.URL(), Repo: "acme/deploy", HTTP: &http.Client{Timeout: 50 * time.Millisecond}})
	must(t, err)
	_, err = f.Find(t.Context(), head, "main")
	checkError(t, "find", err, forge.Temporary)
}

// A redirect to another host would hand over the token, one to another path would turn a POST into a GET.
func TestRedirectsAreNotFollowed(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	_, s, repo := start(t)
	repo.SetBranch(head, commit(head))
	for _, status := range []int{301, 302, 303, 307, 308} {
		for name, do := range operations(t) {
			s.Inject(githubtest.Fault{Status: status, Header: map[string]string{"Location": other.URL + "/x"}})
			checkError(t, fmt.Sprint(name, status), do(connect(t, s, token)), forge.Invalid)
		}
	}
	if asked != 0 {
		t.Errorf("the other host was asked %d times, want never", asked)
	}
}

func TestWrongToken(t *testing.T) {
	_, s, _ := start(t)
	f := connect(t, s, "ghp_other")
	_, err := f.Find(t.Context(), head, "main")
	checkError(t, "find", err, forge.Auth)
}

// FuzzAnswer asks that no answer makes the client panic or hand on a pull request that lacks what callers rely on.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`[]`, `null`, `[null]`, `{}`, `[{"number":1,"html_url":"http://x/1","state":"open","head":{"ref":"a","sha":"1","repo":{"id":1}},"base":{"ref":"b","repo":{"id":1}}}]`,
		`{"number":1,"html_url":"http://x/1","state":"closed","merged_at":"2026-01-01T00:00:00Z","head":{"ref":"a","repo":null},"base":{"ref":"b","repo":{"id":1}}}`,
		`{"number":1,"html_url":"javascript:x","state":"open"}`, `{"message":"x","errors":["y",{"message":"A pull request already exists"}]}`,
	} {
		f.Add(200, seed)
		f.Add(422, seed)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		c := &http.Client{Transport: canned{status, body}}
		forgeOf, err := github.New(github.Options{Repo: "acme/deploy", HTTP: c})
		must(t, err)
		all, err := forgeOf.ListOpen(t.Context(), "")
		if p, err := forgeOf.Open(t.Context(), proposal()); err == nil {
			all = append(all, p)
		}
		for _, p := range all {
			if p.Number <= 0 || p.Head == "" || p.Base == "" || p.State == "" || !strings.HasPrefix(p.URL, "http") {
				t.Errorf("incomplete: %+v", p)
			}
		}
		if _, typed := errors.AsType[*forge.Error](err); err != nil && !typed {
			t.Errorf("untyped error: %v", err)
		}
	})
}

type canned struct {
	status int
	body   string
}

// RoundTrip implements http.RoundTripper.
func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	w.WriteHeader(c.status)
	_, _ = w.WriteString(c.body)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}
