package gitea_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is the part of Gitea that the client uses, with Gitea's habits: no filter by branch, at most max items per page
// whatever was asked, the ref of a deleted branch is refs/pull/N/head, 201 for edits, times in whole seconds.
type fake struct {
	*httptest.Server
	t     *testing.T
	token string
	max   int

	mu       sync.Mutex
	now      time.Time
	branches map[string]string
	pulls    []*pull
	requests []string
	// fault answers a request instead, when it returns true. after is whether the request had its effect.
	fault func(w http.ResponseWriter, r *http.Request, after bool) bool
}

type pull struct {
	number                         int64
	title, body, state, head, base string
	headRepo                       int64
	merged                         bool
	created, updated               time.Time
	comments                       []string
}

const ownRepo = 7

func newFake(t *testing.T) *fake {
	f := &fake{t: t, token: token, max: 50, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), branches: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /git/api/v1/repos/acme/deploy/pulls", f.list)
	mux.HandleFunc("POST /git/api/v1/repos/acme/deploy/pulls", f.create)
	mux.HandleFunc("GET /git/api/v1/repos/acme/deploy/pulls/{number}", f.one(f.get))
	mux.HandleFunc("PATCH /git/api/v1/repos/acme/deploy/pulls/{number}", f.one(f.edit))
	mux.HandleFunc("POST /git/api/v1/repos/acme/deploy/issues/{number}/comments", f.one(f.comment))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { answer(w, 404, map[string]any{"message": "not found"}) })
	f.Server = httptest.NewServer(f.guard(mux))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.requests = append(f.requests, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/git/api/v1/repos/acme/deploy"))
		fault := f.fault
		if fault != nil && fault(w, r, false) {
			return
		}
		if r.Header.Get("Authorization") != "token "+f.token {
			answer(w, 401, map[string]any{"message": "invalid username, password or token"})
			return
		}
		held := httptest.NewRecorder()
		next.ServeHTTP(held, r)
		if fault != nil && fault(w, r, true) {
			return
		}
		maps.Copy(w.Header(), held.Header())
		w.WriteHeader(held.Code)
		_, _ = io.Copy(w, held.Body)
	})
}

// asked returns the requests since the last time.
func (f *fake) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.requests
	f.requests = nil
	return all
}

// do changes what is there, a second later.
func (f *fake) do(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(time.Second)
	change()
}

func (f *fake) setFault(fault func(w http.ResponseWriter, r *http.Request, after bool) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

func (f *fake) decide(number int64, merged bool) {
	f.do(func() {
		p := f.pulls[number-1]
		p.state, p.merged, p.updated = "closed", merged, f.now
	})
}

func (f *fake) add(p pull) *pull {
	p.number, p.created, p.updated = int64(len(f.pulls)+1), f.now, f.now
	p.state = cmp.Or(p.state, "open")
	f.pulls = append(f.pulls, &p)
	return &p
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (f *fake) render(p *pull) map[string]any {
	ref, sha := fmt.Sprintf("refs/pull/%d/head", p.number), strings.Repeat("e", 40)
	if at, ok := f.branches[p.head]; ok && p.headRepo == ownRepo {
		ref, sha = p.head, at
	}
	return map[string]any{
		"id": p.number + 1000, "number": p.number, "html_url": fmt.Sprintf("%s/git/acme/deploy/pulls/%d", f.URL, p.number),
		"title": p.title, "body": p.body, "state": p.state, "merged": p.merged, "created_at": p.created, "updated_at": p.updated,
		"head": map[string]any{"label": p.head, "ref": ref, "sha": sha, "repo_id": p.headRepo},
		"base": map[string]any{"label": p.base, "ref": p.base, "sha": f.branches[p.base], "repo_id": ownRepo},
	}
}

func (f *fake) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var chosen []*pull
	for _, p := range f.pulls {
		if s := q.Get("state"); s == "all" || s == p.state {
			chosen = append(chosen, p)
		}
	}
	slices.SortFunc(chosen, func(a, b *pull) int {
		if q.Get("sort") == "recentupdate" && !a.updated.Equal(b.updated) {
			return b.updated.Compare(a.updated)
		}
		return cmp.Or(b.created.Compare(a.created), cmp.Compare(b.number, a.number))
	})
	page, _ := strconv.Atoi(q.Get("page"))
	size, _ := strconv.Atoi(q.Get("limit"))
	size = min(size, f.max)
	items := []any{}
	for _, p := range chosen[min((page-1)*size, len(chosen)):min(page*size, len(chosen))] {
		items = append(items, f.render(p))
	}
	if page*size < len(chosen) {
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?page=%d&limit=%d>; rel="next"`, f.URL, r.URL.Path, page+1, size))
	}
	w.Header().Set("X-Total-Count", strconv.Itoa(len(chosen)))
	answer(w, 200, items)
}

func (f *fake) create(w http.ResponseWriter, r *http.Request) {
	var in struct{ Head, Base, Title, Body string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		f.t.Error(err)
	}
	if f.branches[in.Head] == "" || f.branches[in.Base] == "" {
		answer(w, 404, map[string]any{"message": "not found"})
		return
	}
	for _, p := range f.pulls {
		if p.state == "open" && p.headRepo == ownRepo && p.head == in.Head && p.base == in.Base {
			answer(w, 409, map[string]any{"message": fmt.Sprintf("pull request already exists for these targets [id: %d]", p.number)})
			return
		}
	}
	f.now = f.now.Add(time.Second)
	answer(w, 201, f.render(f.add(pull{title: in.Title, body: in.Body, head: in.Head, base: in.Base, headRepo: ownRepo})))
}

func (f *fake) one(do func(http.ResponseWriter, *http.Request, *pull)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.PathValue("number"))
		if err != nil || n < 1 || n > len(f.pulls) || f.pulls[n-1] == nil {
			answer(w, 404, map[string]any{"message": "not found", "errors": nil})
			return
		}
		do(w, r, f.pulls[n-1])
	}
}

func (f *fake) get(w http.ResponseWriter, _ *http.Request, p *pull) { answer(w, 200, f.render(p)) }

func (f *fake) edit(w http.ResponseWriter, r *http.Request, p *pull) {
	var in struct {
		Title, Assignee  string
		Body, State      *string
		Assignees        []string
		Labels           []int64
		Milestone        int64
		AllowMaintainers *bool `json:"allow_maintainer_edit"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		f.t.Error(err)
	}
	if in.Assignees != nil || in.Assignee != "" || in.Labels != nil || in.Milestone != 0 || in.AllowMaintainers != nil {
		f.t.Errorf("an edit changes what people own: %+v", in)
	}
	if in.State != nil && p.merged {
		answer(w, 412, map[string]any{"message": "cannot change state of this pull request, it was already merged"})
		return
	}
	f.now = f.now.Add(time.Second)
	p.title, p.updated = cmp.Or(in.Title, p.title), f.now
	if in.Body != nil {
		p.body = *in.Body
	}
	if in.State != nil {
		p.state = *in.State
	}
	answer(w, 201, f.render(p))
}

func (f *fake) comment(w http.ResponseWriter, r *http.Request, p *pull) {
	var in struct{ Body string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		f.t.Error(err)
	}
	f.now = f.now.Add(time.Second)
	p.comments, p.updated = append(p.comments, in.Body), f.now
	answer(w, 201, map[string]any{"id": 1, "body": in.Body})
}
