package gitea_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/forge"
	"github.com/bumpboat/bumpboat/forge/forgetest"
	"github.com/bumpboat/bumpboat/forge/gitea"
)

const (
	token = "CanaryCanaryCanary0123456789"
	head  = "bumpboat/web-1a2b3c"
)

func start(t *testing.T) (*gitea.Forge, *fake) {
	t.Helper()
	f := newFake(t)
	f.branches["main"], f.branches["release"], f.branches[head] = "a", "b", "c"
	return connect(t, f), f
}

func connect(t *testing.T, f *fake) *gitea.Forge {
	t.Helper()
	g, err := gitea.New(gitea.Options{URL: f.URL + "/git/", Repo: "acme/deploy", Token: token})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func proposal() forge.Proposal {
	return forge.Proposal{Head: head, Base: "main", Title: "web: 1.4.2 -> 1.5.0", Body: "text"}
}

func TestContract(t *testing.T) {
	for _, page := range []int{50, 2} {
		t.Run(fmt.Sprintf("pages of %d", page), func(t *testing.T) {
			forgetest.Run(t, func(t *testing.T) forgetest.Env {
				g, f := start(t)
				f.max = page
				return forgetest.Env{
					Forge: g, Base: "main", OtherBase: "release",
					CreateBranch: func(_ *testing.T, name string) string {
						f.do(func() { f.branches[name] = "c" + name })
						return "c" + name
					},
					DeleteBranch: func(_ *testing.T, name string) { f.do(func() { delete(f.branches, name) }) },
					Merge:        func(_ *testing.T, n int64) { f.decide(n, true) },
					Close:        func(_ *testing.T, n int64) { f.decide(n, false) },
					OpenFromFork: func(_ *testing.T, name string) {
						f.do(func() { f.add(pull{title: "fork", head: name, base: "main", headRepo: 8}) })
						f.do(func() { f.add(pull{title: "vanished fork", head: name, base: "main", headRepo: -1}) })
					},
					Comments: func(_ *testing.T, n int64) []string { return f.pulls[n-1].comments },
				}
			})
		})
	}
}

// Requests are what a forge's operator pays. The history is read once, then only what has changed.
func TestRequestCounts(t *testing.T) {
	g, f := start(t)
	for i := range 120 {
		f.do(func() {
			p := f.add(pull{title: "old", head: fmt.Sprintf("feature/%d", i), base: "main", headRepo: ownRepo, state: "closed"})
			if i == 3 {
				p.head = head
			}
		})
	}
	page, first := []string{"GET /pulls"}, []string{"GET /pulls", "GET /pulls", "GET /pulls"}
	find := func() error { _, err := g.Find(t.Context(), head, "main"); return err }
	steps := []struct {
		name string
		do   func() error
		want []string
	}{
		{"new", func() error { return nil }, nil},
		{"first find", find, first},
		{"second find", find, page},
		{"open", func() error { _, err := g.Open(t.Context(), proposal()); return err }, []string{"POST /pulls"}},
		{"find what was opened", find, page},
		{"find it again", find, page},
		{"open again", func() error { _, err := g.Open(t.Context(), proposal()); return err }, []string{"POST /pulls", "GET /pulls"}},
		{"update", func() error { _, err := g.Update(t.Context(), 121, proposal()); return err }, []string{"PATCH /pulls/121"}},
		{"find among 60 younger ones", func() error {
			f.do(func() {
				for range 60 {
					f.add(pull{title: "young", head: "feature/y", base: "main", headRepo: ownRepo})
				}
			})
			return find()
		}, []string{"GET /pulls", "GET /pulls"}},
		{"find once more: one page, and the open one", find, []string{"GET /pulls", "GET /pulls/121"}},
		{"list", func() error { _, err := g.ListOpen(t.Context(), "bumpboat/"); return err }, []string{"GET /pulls", "GET /pulls"}},
		{"close", func() error { return g.Close(t.Context(), 121, "why") }, []string{"GET /pulls/121", "POST /issues/121/comments", "PATCH /pulls/121"}},
		{"close late", func() error { return g.Close(t.Context(), 121, "why") }, []string{"GET /pulls/121"}},
		{"find the closed", find, page},
	}
	for _, step := range steps {
		must(t, step.do())
		if got := f.asked(); !slices.Equal(got, step.want) {
			t.Errorf("%s asked %q, want %q", step.name, got, step.want)
		}
	}
}

// What people do between two calls must be seen by the second, wherever in the list it is.
func TestMemoryFollowsPeople(t *testing.T) {
	g, f := start(t)
	f.do(func() { f.add(pull{title: "ours", head: head, base: "main", headRepo: ownRepo, body: "b"}) })
	for range 150 {
		f.do(func() { f.add(pull{title: "other", head: "feature/x", base: "main", headRepo: ownRepo}) })
	}
	expect := func(name string, states ...forge.State) {
		t.Helper()
		found, err := g.Find(t.Context(), head, "main")
		must(t, err)
		var got []forge.State
		for _, p := range found {
			got = append(got, p.State)
		}
		if !slices.Equal(got, states) {
			t.Errorf("%s: found %q, want %q", name, got, states)
		}
	}
	expect("at first", forge.Open)
	f.decide(1, false)
	expect("closed", forge.Closed)
	f.do(func() { f.pulls[0].state, f.pulls[0].updated = "open", f.now })
	for i := range 120 {
		f.do(func() { f.pulls[i+20].updated = f.now })
	}
	expect("reopened, and then much else happened", forge.Open)
	f.decide(1, true)
	for i := range int64(60) {
		f.decide(i+2, false)
	}
	expect("merged, and then much else happened", forge.Merged)
	f.do(func() { f.add(pull{title: "new", head: head, base: "main", headRepo: ownRepo}) })
	for range 120 {
		f.do(func() { f.add(pull{title: "other", head: "feature/x", base: "main", headRepo: ownRepo}) })
	}
	expect("a new one, and then much else", forge.Open, forge.Merged)
	f.do(func() {
		f.pulls[151] = nil
		f.pulls = slices.DeleteFunc(f.pulls, func(p *pull) bool { return p == nil })
	})
	f.do(func() { f.branches["unused"] = "x" })
}

// An administrator may delete a pull request for good. What is open in memory only is asked for, and forgotten.
// The head of a merged pull request may be what somebody pushed after the merge: it is not believed.
func TestMergedHeadIsNotBelieved(t *testing.T) {
	g, f := start(t)
	f.do(func() { f.branches[proposal().Head] = "c1" })
	opened, err := g.Open(t.Context(), proposal())
	must(t, err)
	if opened.HeadCommit == "" {
		t.Fatalf("opened %+v, want its commit", opened)
	}
	f.decide(opened.Number, true)
	found, err := g.Find(t.Context(), opened.Head, opened.Base)
	must(t, err)
	if len(found) != 1 || found[0].State != forge.Merged || found[0].HeadCommit != "" {
		t.Errorf("found %+v, want it merged and without a commit", found)
	}
}

func TestDeletedPullRequest(t *testing.T) {
	g, f := start(t)
	opened, err := g.Open(t.Context(), proposal())
	must(t, err)
	for range 60 {
		f.do(func() { f.add(pull{title: "other", head: "feature/x", base: "main", headRepo: ownRepo}) })
	}
	_, err = g.Find(t.Context(), head, "main")
	must(t, err)
	f.do(func() { f.pulls[opened.Number-1].number = 9999 })
	f.setFault(func(w http.ResponseWriter, r *http.Request, _ bool) bool {
		if strings.HasSuffix(r.URL.Path, "/pulls/1") {
			answer(w, 404, map[string]any{"message": "not found"})
			return true
		}
		return false
	})
	found, err := g.Find(t.Context(), head, "main")
	if err != nil || len(found) != 0 {
		t.Errorf("Find = %v, %v, want none", found, err)
	}
}

// Half a list is no list: neither a page that fails nor a server that says that there is more.
func TestHalfAList(t *testing.T) {
	g, f := start(t)
	for range 120 {
		f.do(func() { f.add(pull{title: "x", head: head, base: "main", headRepo: ownRepo, state: "closed"}) })
	}
	seen := 0
	for name, fault := range map[string]func(w http.ResponseWriter, r *http.Request, after bool) bool{
		"a page fails": func(w http.ResponseWriter, _ *http.Request, after bool) bool {
			seen++
			if after && seen >= 4 {
				w.WriteHeader(502)
				return true
			}
			return false
		},
		"the list ends early": func(w http.ResponseWriter, _ *http.Request, after bool) bool {
			if after {
				w.Header().Set("X-Total-Count", "120")
				answer(w, 200, []any{f.render(f.pulls[0])})
			}
			return after
		},
	} {
		f.setFault(fault)
		if found, err := g.Find(t.Context(), head, "main"); !forge.IsKind(err, forge.Temporary) || found != nil {
			t.Errorf("%s: Find = %d, %v, want an error of kind temporary", name, len(found), err)
		}
	}
	f.setFault(nil)
	found, err := g.Find(t.Context(), head, "main")
	if err != nil || len(found) != 120 {
		t.Errorf("Find afterwards = %d, %v, want 120", len(found), err)
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name         string
		status       int
		header, body string
		kind         forge.Kind
		text         string
	}{
		{"bad token", 401, "", `{"message": "invalid token"}`, forge.Auth, "invalid token"},
		{"no permission", 403, "", `{"message": "token does not have at least one of required scope(s)"}`, forge.Auth, "scope"},
		{"no repo", 404, "", `{"message": "not found"}`, forge.NotFound, "not found"},
		{"limit", 429, "30", `{}`, forge.RateLimited, "wait 30s"},
		{"archived", 423, "", `{"message": "Repo is archived"}`, forge.Invalid, "archived"},
		{"unprocessable", 422, "", `{"message": "no changes"}`, forge.Invalid, "no changes"},
		{"not now", 405, "", `{}`, forge.Temporary, "405"},
		{"bad gateway", 502, "", "<html>", forge.Temporary, "502"},
		{"login page", 200, "", "<html>", forge.Internal, ""},
		{"nothing", 200, "", "", forge.Internal, ""},
		{"null", 200, "", "null", forge.Internal, ""},
		{"an echo", 403, "", `{"message": "token ` + token + `\u001b[2J"}`, forge.Auth, "<secret>"},
		{"moved", 307, "", "", forge.Invalid, "307"},
	}
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another host was asked") }))
	defer other.Close()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, f := start(t)
			f.setFault(func(w http.ResponseWriter, _ *http.Request, _ bool) bool {
				w.Header().Set("Location", other.URL)
				w.Header().Set("Retry-After", tt.header)
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
				return true
			})
			for name, do := range operations(t, g) {
				err := do()
				if !forge.IsKind(err, tt.kind) || !strings.Contains(err.Error(), tt.text) {
					t.Errorf("%s: %v, want an error of kind %s that says %q", name, err, tt.kind, tt.text)
				} else if text := fmt.Sprintf("%v %#v", err, err); strings.Contains(text, token) || strings.Contains(text, "\x1b") {
					t.Errorf("%s: %q is not fit to print", name, text)
				}
			}
		})
	}
}

func operations(t *testing.T, g *gitea.Forge) map[string]func() error {
	return map[string]func() error{
		"find":   func() error { _, err := g.Find(t.Context(), head, "main"); return err },
		"list":   func() error { _, err := g.ListOpen(t.Context(), ""); return err },
		"open":   func() error { _, err := g.Open(t.Context(), proposal()); return err },
		"update": func() error { _, err := g.Update(t.Context(), 1, proposal()); return err },
		"close":  func() error { return g.Close(t.Context(), 1, "why") },
	}
}

func TestLostAnswer(t *testing.T) {
	g, f := start(t)
	f.setFault(func(w http.ResponseWriter, r *http.Request, after bool) bool {
		if after && r.Method == http.MethodPost {
			w.WriteHeader(502)
			return true
		}
		return false
	})
	if _, err := g.Open(t.Context(), proposal()); !forge.IsKind(err, forge.Temporary) {
		t.Errorf("Open = %v, want an error of kind temporary", err)
	}
	f.setFault(nil)
	found, err := g.Find(t.Context(), head, "main")
	if err != nil || len(found) != 1 {
		t.Errorf("Find = %v, %v, want the one that was opened", found, err)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, o := range []gitea.Options{
		{Repo: "acme/deploy"},
		{URL: "https://git.example.com", Repo: "acme"},
		{URL: "git.example.com", Repo: "acme/deploy"},
		{URL: "https://u:" + token + "@git.example.com", Repo: "acme/deploy"},
		{URL: "https://git.example.com", Repo: "acme/deploy", Token: token + "\r\n"},
	} {
		if _, err := gitea.New(o); !forge.IsKind(err, forge.Invalid) || strings.Contains(err.Error(), token) {
			t.Errorf("New of %q = %v, want an error of kind invalid without the token", o.Repo, err)
		}
	}
}

// FuzzAnswer asks that no answer makes the client panic or hand on a pull request that lacks what callers rely on.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`[]`, `null`, `[null]`, `{}`, `{"number":1}`, `{"message":"x"}`,
		`[{"number":1,"html_url":"http://x/1","state":"open","head":{"label":"a","ref":"a","repo_id":1},"base":{"ref":"b","repo_id":1},"updated_at":"2026-01-01T00:00:00Z"}]`,
		`{"number":1,"html_url":"http://x/1","state":"closed","merged":true,"head":{"label":"a"},"base":{"ref":"b"}}`,
	} {
		f.Add(200, seed)
		f.Add(409, seed)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		g, err := gitea.New(gitea.Options{URL: "https://git.example.com", Repo: "acme/deploy", HTTP: &http.Client{Transport: canned{status, body}}})
		must(t, err)
		all, _ := g.ListOpen(t.Context(), "")
		if p, err := g.Open(t.Context(), proposal()); err == nil {
			all = append(all, p)
		}
		for _, p := range all {
			if p.Number <= 0 || p.Head == "" || p.Base == "" || p.State == "" || !strings.HasPrefix(strings.ToLower(p.URL), "http") {
				t.Errorf("incomplete: %+v", p)
			}
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
