package githubtest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/forge/github/githubtest"
)

func start(t *testing.T) (*githubtest.Server, *githubtest.Repo) {
	t.Helper()
	s, err := githubtest.New(githubtest.Options{Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	repo := s.AddRepo("acme/deploy")
	repo.SetBranch("main", strings.Repeat("a", 40))
	repo.SetBranch("bumpboat/web", strings.Repeat("b", 40))
	return s, repo
}

func ask(t *testing.T, s *githubtest.Server, method, path, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL()+"/api/v3"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer secret")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

const (
	pulls = "/repos/acme/deploy/pulls"
	good  = `{"title": "t", "head": "bumpboat/web", "base": "main", "body": "b"}`
)

// A fake whose answers drift from GitHub's proves nothing, so each required field must be missed when it is not there.
func TestMissingFieldsAreViolations(t *testing.T) {
	for _, field := range []string{"number", "html_url", "state", "title", "head", "base", "merged_at", "user", "_links"} {
		t.Run(field, func(t *testing.T) {
			s, _ := start(t)
			s.Inject(githubtest.Fault{Method: "POST", Edit: func(o map[string]any) { delete(o, field) }})
			status := ask(t, s, "POST", pulls, good)
			v := s.Violations()
			if status != http.StatusInternalServerError || len(v) != 1 || !strings.Contains(v[0].Error(), field) {
				t.Errorf("status %d, violations %v, want 500 and one that names %s", status, v, field)
			}
		})
	}
}

func TestWrongTypesInListsAreViolations(t *testing.T) {
	s, _ := start(t)
	if status := ask(t, s, "POST", pulls, good); status != http.StatusCreated {
		t.Fatalf("status %d", status)
	}
	s.Inject(githubtest.Fault{Method: "GET", Edit: func(o map[string]any) { o["number"] = "1" }})
	if status := ask(t, s, "GET", pulls, ""); status != http.StatusInternalServerError || len(s.Violations()) != 1 {
		t.Errorf("status %d, violations %v, want 500 and one", status, s.Violations())
	}
}

func TestRequestsThatAreNotAsDescribed(t *testing.T) {
	tests := []struct{ name, method, path, body string }{
		{"no base", "POST", pulls, `{"title": "t", "head": "bumpboat/web"}`},
		{"wrong type", "POST", pulls, `{"title": 1, "head": "bumpboat/web", "base": "main"}`},
		{"unknown field", "POST", pulls, `{"title": "t", "head": "bumpboat/web", "base": "main", "labels": []}`},
		{"unknown parameter", "GET", pulls + "?branch=x", ""},
		{"unknown state", "GET", pulls + "?state=merged", ""},
		{"number is none", "GET", pulls + "/one", ""},
		{"unknown path", "GET", "/repos/acme/deploy/branches", ""},
		{"unknown method", "DELETE", pulls + "/1", ""},
		{"comment without text", "POST", "/repos/acme/deploy/issues/1/comments", `{}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := start(t)
			status := ask(t, s, tt.method, tt.path, tt.body)
			if status != http.StatusInternalServerError || len(s.Violations()) != 1 {
				t.Errorf("status %d, violations %v, want 500 and one", status, s.Violations())
			}
		})
	}
}

// What GitHub says no to is an answer as described, not a violation.
func TestRefusals(t *testing.T) {
	tests := []struct {
		name, method, path, body string
		want                     int
	}{
		{"unknown repo", "GET", "/repos/acme/other/pulls", "", 404},
		{"unknown pull request", "PATCH", pulls + "/9", `{"title": "t"}`, 404},
		{"unknown head", "POST", pulls, `{"title": "t", "head": "bumpboat/none", "base": "main"}`, 422},
		{"nothing to merge", "POST", pulls, `{"title": "t", "head": "main", "base": "main"}`, 422},
		{"long title", "POST", pulls, fmt.Sprintf(`{"title": "%0257d", "head": "bumpboat/web", "base": "main"}`, 1), 422},
		{"long body", "POST", pulls, fmt.Sprintf(`{"title": "t", "head": "bumpboat/web", "base": "main", "body": "%065537d"}`, 1), 422},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := start(t)
			if status := ask(t, s, tt.method, tt.path, tt.body); status != tt.want || len(s.Violations()) != 0 {
				t.Errorf("status %d, violations %v, want %d and none", status, s.Violations(), tt.want)
			}
		})
	}
}

// A head without an owner does not filter: a client that forgets it must notice here, not on GitHub.
func TestHeadWithoutOwnerIsNoFilter(t *testing.T) {
	s, repo := start(t)
	ask(t, s, "POST", pulls, good)
	s.Requests()
	var all, none int
	s.Inject(githubtest.Fault{Method: "GET", Edit: func(map[string]any) { all++ }})
	ask(t, s, "GET", pulls+"?head=other", "")
	s.Inject(githubtest.Fault{Method: "GET", Edit: func(map[string]any) { none++ }})
	ask(t, s, "GET", pulls+"?head=acme:other", "")
	if all != 1 || none != 0 || len(s.Requests()) != 2 {
		t.Errorf("listed %d without an owner and %d with, want 1 and 0", all, none)
	}
	// A branch that is deleted takes its pull request along.
	repo.SetBranch("bumpboat/web", "")
	ask(t, s, "GET", pulls, "")
	if state := repo.Pulls()[0].State; state != "closed" {
		t.Errorf("state %q after the branch was deleted, want closed", state)
	}
}
