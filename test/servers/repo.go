//go:build unix

package servers

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// Repo is a repo of a Gitea. Its default branch is main.
type Repo struct {
	gitea *Gitea
	// Name is owner/name.
	Name string
	// CloneURL is for Git over HTTP, without credentials.
	CloneURL string
}

// Pull is a pull request as Gitea tells it.
type Pull struct {
	Number         int64  `json:"number"`
	Title          string `json:"title"`
	Body           string `json:"body"`
	State          string `json:"state"` // open or closed
	Merged         bool   `json:"merged"`
	MergeCommitSHA string `json:"merge_commit_sha"`
	HTMLURL        string `json:"html_url"`
	Head           Ref    `json:"head"`
	Base           Ref    `json:"base"`
}

// Ref is one end of a pull request.
type Ref struct {
	Branch string `json:"ref"`
	SHA    string `json:"sha"`
}

// CreateRepo makes an empty private repo.
func (g *Gitea) CreateRepo(t testing.TB, name string) *Repo {
	t.Helper()
	g.API(t, http.MethodPost, "/user/repos", map[string]any{"name": name, "private": true, "default_branch": "main"}, nil)
	return g.repo(g.User + "/" + name)
}

func (g *Gitea) repo(name string) *Repo {
	return &Repo{gitea: g, Name: name, CloneURL: g.URL + "/" + name + ".git"}
}

// api makes a request below the repo's address.
func (r *Repo) api(t testing.TB, method, path string, in, out any) {
	t.Helper()
	r.gitea.API(t, method, "/repos/"+r.Name+path, in, out)
}

// PutFiles creates or replaces files (path to content) on a branch with one commit, made by a person, and returns its
// hash. The first one in an empty repo makes the branch, too.
func (r *Repo) PutFiles(t testing.TB, branch string, files map[string]string) string {
	t.Helper()
	var operations []map[string]string
	for _, path := range slices.Sorted(maps.Keys(files)) {
		operations = append(operations, map[string]string{
			"operation": "upload", "path": path, "content": base64.StdEncoding.EncodeToString([]byte(files[path])),
		})
	}
	person := map[string]string{"name": "Ada", "email": "ada@example.org"}
	var answer struct {
		Commit struct {
			SHA string `json:"sha"`
		} `json:"commit"`
	}
	r.api(t, http.MethodPost, "/contents", map[string]any{
		"branch": branch, "message": "Change " + operations[0]["path"], "author": person, "committer": person, "files": operations,
	}, &answer)
	return answer.Commit.SHA
}

// PutFile is PutFiles for one file.
func (r *Repo) PutFile(t testing.TB, branch, path, content string) string {
	t.Helper()
	return r.PutFiles(t, branch, map[string]string{path: content})
}

// File returns the content of a file on a branch.
func (r *Repo) File(t testing.TB, branch, path string) string {
	t.Helper()
	where := "/repos/" + r.Name + "/raw/" + path + "?ref=" + url.QueryEscape(branch)
	status, body := r.gitea.Try(t, http.MethodGet, where, nil)
	if status != http.StatusOK {
		t.Fatalf("gitea: reading %s on %s answered %d: %s", path, branch, status, body)
	}
	return string(body)
}

// CreateBranch makes a branch at the tip of another one.
func (r *Repo) CreateBranch(t testing.TB, name, from string) {
	t.Helper()
	r.api(t, http.MethodPost, "/branches", map[string]string{"new_branch_name": name, "old_ref_name": from}, nil)
}

// DeleteBranch removes a branch.
func (r *Repo) DeleteBranch(t testing.TB, name string) {
	t.Helper()
	r.api(t, http.MethodDelete, "/branches/"+url.PathEscape(name), nil, nil)
}

// ProtectBranch lets nobody push to a branch, or to all branches that match the glob.
func (r *Repo) ProtectBranch(t testing.TB, name string) {
	t.Helper()
	r.api(t, http.MethodPost, "/branch_protections", map[string]any{"rule_name": name, "enable_push": false}, nil)
}

// Branches returns the tip of every branch.
func (r *Repo) Branches(t testing.TB) map[string]string {
	t.Helper()
	tips := map[string]string{}
	for page := 1; ; page++ {
		var branches []struct {
			Name   string `json:"name"`
			Commit struct {
				ID string `json:"id"`
			} `json:"commit"`
		}
		r.api(t, http.MethodGet, fmt.Sprintf("/branches?limit=50&page=%d", page), nil, &branches)
		if len(branches) == 0 {
			return tips
		}
		for _, b := range branches {
			tips[b.Name] = b.Commit.ID
		}
	}
}

// Pulls returns the pull requests in a state (open, closed or all), the newest first.
func (r *Repo) Pulls(t testing.TB, state string) []Pull {
	t.Helper()
	var pulls []Pull
	for page := 1; ; page++ {
		var found []Pull
		r.api(t, http.MethodGet, fmt.Sprintf("/pulls?state=%s&limit=50&page=%d", url.QueryEscape(state), page), nil, &found)
		if len(found) == 0 {
			slices.SortFunc(pulls, func(a, b Pull) int { return int(b.Number - a.Number) })
			return pulls
		}
		pulls = append(pulls, found...)
	}
}

// Pull returns one pull request.
func (r *Repo) Pull(t testing.TB, number int64) Pull {
	t.Helper()
	var p Pull
	r.api(t, http.MethodGet, fmt.Sprintf("/pulls/%d", number), nil, &p)
	return p
}

// OpenPull opens a pull request as a person would and returns its number. A head in a fork is written owner:branch.
func (r *Repo) OpenPull(t testing.TB, head, base, title string) int64 {
	t.Helper()
	var p Pull
	r.api(t, http.MethodPost, "/pulls", map[string]string{"head": head, "base": base, "title": title}, &p)
	return p.Number
}

// ClosePull closes a pull request without merging it.
func (r *Repo) ClosePull(t testing.TB, number int64) {
	t.Helper()
	r.api(t, http.MethodPatch, fmt.Sprintf("/pulls/%d", number), map[string]string{"state": "closed"}, nil)
}

// Merge merges a pull request with a merge commit. Gitea looks for conflicts in the background and says "try again later"
// until it has: Merge does so.
func (r *Repo) Merge(t testing.TB, number int64) {
	t.Helper()
	path := fmt.Sprintf("/repos/%s/pulls/%d/merge", r.Name, number)
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	deadline := time.After(time.Minute)
	for {
		status, body := r.gitea.Try(t, http.MethodPost, path, map[string]string{"Do": "merge"})
		if status == http.StatusOK {
			return
		}
		if status != http.StatusMethodNotAllowed || !strings.Contains(string(body), "try again") {
			t.Fatalf("gitea: merging pull request %d of %s answered %d: %s", number, r.Name, status, body)
		}
		select {
		case <-deadline:
			t.Fatalf("gitea: merging pull request %d of %s: still not mergeable: %s", number, r.Name, body)
		case <-again.C:
		}
	}
}

// Comments returns the comments on a pull request, the oldest first.
func (r *Repo) Comments(t testing.TB, number int64) []string {
	t.Helper()
	var comments []struct {
		Body string `json:"body"`
	}
	r.api(t, http.MethodGet, fmt.Sprintf("/issues/%d/comments", number), nil, &comments)
	var bodies []string
	for _, c := range comments {
		bodies = append(bodies, c.Body)
	}
	return bodies
}

// Fork forks the repo into an organisation, which is made.
func (r *Repo) Fork(t testing.TB, organisation string) *Repo {
	t.Helper()
	r.gitea.API(t, http.MethodPost, "/orgs", map[string]string{"username": organisation}, nil)
	r.api(t, http.MethodPost, "/forks", map[string]string{"organization": organisation}, nil)
	_, name, _ := strings.Cut(r.Name, "/")
	return r.gitea.repo(organisation + "/" + name)
}
