//go:build e2e && unix

// Package e2e tells the main job on real servers: Gitea as forge and Git server, distribution as registry.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/cmd"
	"github.com/bumpboat/bumpboat/test/servers"
)

// world is a Gitea with an environment repository, a registry with a password, and a config that names both.
type world struct {
	gitea    *servers.Gitea
	registry *servers.Registry
	repo     *servers.Repo
	config   string
	env      map[string]string
}

// newWorld starts a story: one workload of acme/web at 1.4.2, governed by a marker.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{gitea: servers.StartGitea(t), registry: servers.StartPrivateRegistry(t)}
	w.repo = w.gitea.CreateRepo(t, "environment")
	w.registry.Push(t, "acme/web", "1.4.2")
	w.registry.Push(t, "acme/web", "1.5.0")
	w.repo.PutFiles(t, "main", map[string]string{"README.md": "# environment\n", "clusters/prod/web.yaml": w.manifest("1.4.2")})
	w.config = filepath.Join(t.TempDir(), "config.yaml")
	w.env = map[string]string{
		"FORGE_TOKEN": w.gitea.Token, "REGISTRY_PASSWORD": w.registry.Password, "HOME": t.TempDir(),
	}
	text := fmt.Sprintf(`apiVersion: bumpboat.dev/v1
repositories:
- url: %s
  forge: {kind: gitea, token: {env: FORGE_TOKEN}}
registries:
- {host: %q, username: %s, password: {env: REGISTRY_PASSWORD}, insecure: true}
`, w.repo.CloneURL, w.registry.Host, w.registry.User)
	if err := os.WriteFile(w.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) manifest(tag string) string {
	return `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
      - name:   web
        image:  ` + w.registry.Host + `/acme/web:` + tag + `   # bumpboat: semver:^1

        args: ["--a",'b']
`
}

// run runs bumpboat and wants an exit code.
func (w *world) run(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	got := cmd.Run(context.Background(), append(args, "--config", w.config), cmd.IO{
		Out: &out, Err: &errs, Now: time.Now,
		Env: func(name string) (string, bool) { v, ok := w.env[name]; return v, ok },
	})
	if got != code {
		t.Fatalf("bumpboat %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, &out, &errs)
	}
	for _, secret := range []string{w.gitea.Token, w.registry.Password} {
		if strings.Contains(out.String()+errs.String(), secret) {
			t.Fatalf("bumpboat %s printed a secret", strings.Join(args, " "))
		}
	}
	return out.String(), errs.String()
}

// pass runs one pass and returns what became of its changes.
func (w *world) pass(t *testing.T) []cmd.ChangeReport {
	t.Helper()
	out, _ := w.run(t, 0, "run", "-o", "json")
	var r cmd.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	return r.Changes
}

// one wants exactly one change and the action it came to.
func one(t *testing.T, changes []cmd.ChangeReport, action cmd.Action) cmd.ChangeReport {
	t.Helper()
	if len(changes) != 1 || changes[0].Action != action {
		t.Fatalf("changes %+v, want one that is %s", changes, action)
	}
	return changes[0]
}

func TestMainJob(t *testing.T) {
	w := newWorld(t)
	base := w.repo.Branches(t)["main"]

	opened := one(t, w.pass(t), cmd.ActionOpened)
	number := opened.PullRequest.Number
	pull := w.repo.Pull(t, number)
	if pull.Title != "web: 1.4.2 -> 1.5.0" || pull.Base.SHA != base || !strings.Contains(pull.Body, "clusters/prod/web.yaml:9") {
		t.Fatalf("opened %+v", pull)
	}
	if got, want := w.repo.File(t, opened.Branch, "clusters/prod/web.yaml"), w.manifest("1.5.0"); got != want {
		t.Fatalf("the branch has\n%s\nwant\n%s", got, want)
	}

	t.Log("the next pass leaves it alone")
	one(t, w.pass(t), cmd.ActionUnchanged)
	// What Gitea works out by itself, such as whether it can be merged, comes and goes in its own time.
	if after := w.repo.Pull(t, number); after != pull || len(w.repo.Comments(t, number)) != 0 {
		t.Fatalf("the pull request changed from\n%+v\nto\n%+v", pull, after)
	}

	t.Log("a newer tag moves the same pull request")
	w.registry.Push(t, "acme/web", "1.6.0")
	updated := one(t, w.pass(t), cmd.ActionUpdated)
	if updated.PullRequest.Number != number || updated.Branch != opened.Branch {
		t.Fatalf("updated %+v, want number %d", updated, number)
	}
	moved := w.repo.Pull(t, number)
	if moved.Title != "web: 1.4.2 -> 1.6.0" || moved.Head.SHA == pull.Head.SHA || len(w.repo.Pulls(t, "all")) != 1 {
		t.Fatalf("moved to %+v", moved)
	}

	t.Log("merging it makes the next pass quiet")
	w.repo.Merge(t, number)
	if changes := w.pass(t); len(changes) != 0 {
		t.Fatalf("after the merge: %+v", changes)
	}
	if got, want := w.repo.File(t, "main", "clusters/prod/web.yaml"), w.manifest("1.6.0"); got != want {
		t.Fatalf("main has\n%s\nwant\n%s", got, want)
	}
	if n := len(w.repo.Pulls(t, "all")); n != 1 {
		t.Fatalf("%d pull requests, want 1", n)
	}

	t.Log("the branch that the merge left behind is used again for what comes next")
	w.registry.Push(t, "acme/web", "1.7.0")
	again := one(t, w.pass(t), cmd.ActionOpened)
	if again.PullRequest.Number == number || again.Title != "web: 1.6.0 -> 1.7.0" {
		t.Fatalf("opened %+v", again)
	}

	t.Log("what a person closes is not opened again")
	w.repo.ClosePull(t, again.PullRequest.Number)
	held := one(t, w.pass(t), cmd.ActionHeld)
	if held.Reason != "held/closed" || len(w.repo.Pulls(t, "open")) != 0 {
		t.Fatalf("held %+v", held)
	}

	t.Log("a person changes the base by hand to what is proposed: the open pull request is closed with a word why")
	w.registry.Push(t, "acme/web", "1.8.0")
	last := one(t, w.pass(t), cmd.ActionOpened)
	w.repo.PutFile(t, "main", "clusters/prod/web.yaml", w.manifest("1.8.0"))
	one(t, w.pass(t), cmd.ActionClosed)
	comments := w.repo.Comments(t, last.PullRequest.Number)
	if len(comments) != 1 || !strings.Contains(comments[0], "main already has") {
		t.Fatalf("comments %q", comments)
	}
	if changes := w.pass(t); len(changes) != 0 {
		t.Fatalf("after closing: %+v", changes)
	}
}

// What a person pushed to the branch is never overwritten.
func TestPersonsCommitStays(t *testing.T) {
	w := newWorld(t)
	opened := one(t, w.pass(t), cmd.ActionOpened)
	mine := w.repo.PutFile(t, opened.Branch, "README.md", "# environment, and a word of mine\n")
	w.registry.Push(t, "acme/web", "1.6.0")
	if held := one(t, w.pass(t), cmd.ActionHeld); held.Reason != "branch/edited" {
		t.Fatalf("held %+v", held)
	}
	if tip := w.repo.Branches(t)[opened.Branch]; tip != mine {
		t.Fatalf("the branch is at %s, want the person's %s", tip, mine)
	}
}

// What servers refuse is named, with a hint.
func TestRefused(t *testing.T) {
	w := newWorld(t)
	refuse := func(code int, message string) {
		t.Helper()
		_, stderr := w.run(t, code, "run")
		if !strings.Contains(strings.ToLower(stderr), message) || !strings.Contains(stderr, "hint: ") {
			t.Errorf("stderr lacks %q or a hint:\n%s", message, stderr)
		}
	}
	w.env["REGISTRY_PASSWORD"] = "wrong"
	refuse(1, "401")
	w.env["REGISTRY_PASSWORD"] = w.registry.Password
	w.env["FORGE_TOKEN"] = "wrong"
	refuse(4, "auth")
	w.env["FORGE_TOKEN"] = w.gitea.Token
	w.repo.ProtectBranch(t, "bumpboat/*")
	refuse(3, "protected")
	if n := len(w.repo.Pulls(t, "all")); n != 0 {
		t.Errorf("%d pull requests without a branch", n)
	}
}
