package test

import (
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bumpboat/bumpboat/forge/github/githubtest"
)

// world is the servers of one story.
type world struct {
	mu       sync.Mutex
	registry http.Handler
	fault    string
	listOf   string
	listed   []string
	server   *githubtest.Server
	github   *githubtest.Repo
}

type worldKey struct{}

func setup(env *testscript.Env) error {
	env.Values[worldKey{}] = &world{}
	for key, value := range map[string]string{
		"HOME": env.WorkDir, "XDG_CONFIG_HOME": filepath.Join(env.WorkDir, ".config"), "DOCKER_CONFIG": filepath.Join(env.WorkDir, ".docker"),
		"NO_COLOR": "1", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": filepath.Join(env.WorkDir, ".gitconfig"),
		"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
	} {
		env.Setenv(key, value)
	}
	return os.WriteFile(filepath.Join(env.WorkDir, ".gitconfig"), []byte("[init]\n\tdefaultBranch = main\n"), 0o600)
}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

func hasGit() bool {
	_, err := exec.LookPath("git")
	return err == nil
}

// exits CODE COMMAND… runs a command and wants exactly this exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		exit, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("running %s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// expand FILE… replaces ${NAME} by the story's variables.
func expand(ts *testscript.TestScript, _ bool, args []string) {
	for _, file := range args {
		text := os.Expand(ts.ReadFile(file), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
	}
}

// edit FILE OLD NEW replaces text that must be there exactly once.
func editFile(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if strings.Count(text, args[1]) != 1 {
		ts.Fatalf("%q stands %d times in %s", args[1], strings.Count(text, args[1]), args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
}

// registry starts an OCI registry on loopback and sets $REGISTRY to its host and port.
func startRegistry(ts *testscript.TestScript, _ bool, _ []string) {
	w := worldOf(ts)
	w.registry = registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(w.serveRegistry))
	ts.Defer(server.Close)
	ts.Setenv("REGISTRY", server.Listener.Addr().String())
}

// serveRegistry answers with the fault that the story asked for, or as a registry.
func (w *world) serveRegistry(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	fault, listOf, listed := w.fault, w.listOf, w.listed
	w.mu.Unlock()
	if listOf != "" && r.URL.Path == "/v2/"+listOf+"/tags/list" {
		_ = json.NewEncoder(rw).Encode(map[string]any{"name": listOf, "tags": listed})
		return
	}
	path, status, _ := strings.Cut(fault, "=")
	if fault == "" || !strings.Contains(r.URL.Path, path) {
		w.registry.ServeHTTP(rw, r)
		return
	}
	code, err := strconv.Atoi(status)
	if err != nil {
		panic(err)
	}
	http.Error(rw, "a fault", code)
}

// fault PATH=STATUS lets the registry answer so for paths that contain PATH; without an argument it recovers.
func setFault(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = strings.Join(args, "")
}

// tagslist REPOSITORY TAG… lets the registry list only these tags of it; without arguments it lists all again.
func setTags(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listOf, w.listed = "", nil
	if len(args) > 0 {
		w.listOf, w.listed = args[0], args[1:]
	}
}

// push REPOSITORY:TAG… pushes a new small image for each; REPOSITORY:TAG@TIME one that says that it was made then.
func pushImages(ts *testscript.TestScript, _ bool, args []string) {
	for _, arg := range args {
		tag, made, dated := strings.Cut(arg, "@")
		ref, err := name.NewTag(ts.Getenv("REGISTRY")+"/"+tag, name.Insecure)
		ts.Check(err)
		img, err := random.Image(32, 1)
		ts.Check(err)
		if dated {
			at, err := time.Parse(time.RFC3339, made)
			ts.Check(err)
			img, err = mutate.CreatedAt(img, v1.Time{Time: at})
			ts.Check(err)
		}
		ts.Check(remote.Write(ref, img))
		digest, err := img.Digest()
		ts.Check(err)
		ts.Setenv("DIGEST", digest.String())
	}
}

// repo BARE DIR makes a bare repository with one commit of what is in DIR.
func makeRepo(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: repo BARE DIR")
	}
	bare, dir := ts.MkAbs(args[0]), ts.MkAbs(args[1])
	for _, cmd := range [][]string{
		{"git", "init", "--quiet", "--bare", bare},
		{"git", "-C", bare, "config", "http.receivepack", "true"},
		{"git", "-C", bare, "config", "uploadpack.allowFilter", "true"},
		{"git", "-C", bare, "config", "uploadpack.allowAnySHA1InWant", "true"},
		{"git", "-C", dir, "init", "--quiet"},
		{"git", "-C", dir, "add", "--all"},
		{"git", "-C", dir, "commit", "--quiet", "--allow-empty", "-m", "all: as it runs today"},
		{"git", "-C", dir, "push", "--quiet", bare, "HEAD:refs/heads/main"},
		{"git", "-C", dir, "remote", "add", "origin", bare},
		{"git", "-C", dir, "fetch", "--quiet", "origin"},
	} {
		ts.Check(ts.Exec(cmd[0], cmd[1:]...))
	}
}

// gitserve DIR serves the repositories below DIR over HTTP with a user and a token, and sets $GIT_URL.
func startGitServer(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: gitserve DIR")
	}
	git, err := exec.LookPath("git")
	ts.Check(err)
	backend := &cgi.Handler{
		Path: git, Args: []string{"http-backend"}, Stderr: io.Discard,
		Env: []string{"GIT_PROJECT_ROOT=" + ts.MkAbs(args[0]), "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "HOME=" + ts.Getenv("HOME")},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, token, _ := r.BasicAuth(); token != "git-token" {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		r.Header.Set("X-Remote-User", "bot")
		backend.ServeHTTP(w, r)
	}))
	ts.Defer(server.Close)
	ts.Setenv("GIT_URL", server.URL)
}

// address NAME… sets each variable to a loopback address that nobody listens on.
func freeAddress(ts *testscript.TestScript, _ bool, args []string) {
	for _, arg := range args {
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test helper without a context
		ts.Check(err)
		ts.Setenv(arg, l.Addr().String())
		ts.Check(l.Close())
	}
}

// ready URL waits until it answers 200.
func waitFor(ts *testscript.TestScript, _ bool, args []string) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for {
		resp, err := http.Get(args[0]) //nolint:noctx // the deadline is below
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-deadline:
			ts.Fatalf("%s did not become ready", args[0])
		case <-tick.C:
		}
	}
}

// github OWNER/NAME BARE starts a GitHub that knows the branches of a bare repository, and sets $GITHUB_URL. Its
// token is "forge-token". Every request and answer is held against GitHub's own description of its API.
func startGitHub(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: github OWNER/NAME BARE")
	}
	server, err := githubtest.New(githubtest.Options{Token: "forge-token"})
	ts.Check(err)
	w, bare := worldOf(ts), ts.MkAbs(args[1])
	w.server, w.github = server, server.AddRepo(args[0])
	w.github.Branches(func() (map[string]string, error) { return heads(bare) })
	ts.Defer(func() {
		server.Close()
		for _, v := range server.Violations() {
			ts.Logf("GitHub's description of its API is violated: %v", v)
		}
		if len(server.Violations()) > 0 {
			ts.Fatalf("%d requests or answers are not GitHub's", len(server.Violations()))
		}
	})
	ts.Setenv("GITHUB_URL", server.URL())
}

// forgefault METHOD STATUS lets GitHub do what the next such request asks and then answer so, as a proxy in front of it
// may; with status 0 the connection is cut before anything is done.
func setForgeFault(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: forgefault METHOD STATUS")
	}
	status, err := strconv.Atoi(args[1])
	ts.Check(err)
	worldOf(ts).server.Inject(githubtest.Fault{Method: args[0], Status: status, After: status != 0})
}

// pull merge|close NUMBER plays the person on the story's GitHub.
func decidePull(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: pull merge|close NUMBER")
	}
	number, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	if args[0] == "merge" {
		ts.Check(worldOf(ts).github.Merge(number))
	} else {
		ts.Check(worldOf(ts).github.ClosePull(number))
	}
}

// heads returns the branches of a bare repository and their commits.
func heads(bare string) (map[string]string, error) {
	out, err := exec.Command("git", "-C", bare, "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads").Output() //nolint:noctx // a test helper without a context
	if err != nil {
		return nil, err
	}
	branches := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, commit, _ := strings.Cut(strings.TrimSpace(line), " ")
		branches[name] = commit
	}
	return branches, nil
}
