package gitstore_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer/gitstore"
	"github.com/bumpboat/bumpboat/writer/tree"
)

const (
	user  = "robot"
	token = "canary-token-4711"
)

// repo is a bare repository with the real git as its witness, and a clone in which a person works.
type repo struct {
	t    testing.TB
	dir  string
	work string
}

// newRepo makes a bare repository whose main branch has one commit with these files. A name that begins with
// `exec:` is executable, with `link:` a symbolic link to the content.
func newRepo(t testing.TB, files map[string]string) *repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git binary")
	}
	top := t.TempDir()
	r := &repo{t: t, dir: filepath.Join(top, "env.git"), work: filepath.Join(top, "work")}
	r.run(top, "init", "-q", "--bare", "-b", "main", r.dir)
	r.run(top, "init", "-q", "-b", "main", r.work)
	r.run(r.work, "remote", "add", "origin", "../env.git")
	if len(files) > 0 {
		r.commit("first", files)
		r.run(r.work, "push", "-q", "origin", "main")
	}
	return r
}

// newEnvironment makes a repository of the files of environment. They are written once and then copied, which
// takes far less time than git does.
func newEnvironment(t testing.TB) *repo {
	t.Helper()
	template.once.Do(func() {
		r := newRepo(t, environment())
		template.dir = filepath.Join(template.top, "template")
		if err := os.CopyFS(template.dir, os.DirFS(filepath.Dir(r.dir))); err != nil {
			t.Fatal(err)
		}
	})
	if template.dir == "" {
		t.Skip("no git binary")
	}
	top := t.TempDir()
	if err := os.CopyFS(top, os.DirFS(template.dir)); err != nil {
		t.Fatal(err)
	}
	return &repo{t: t, dir: filepath.Join(top, "env.git"), work: filepath.Join(top, "work")}
}

var template struct {
	once     sync.Once
	top, dir string
}

func TestMain(m *testing.M) {
	os.Exit(func() int {
		top, err := os.MkdirTemp("", "gitstore")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(top) }()
		template.top = top
		return m.Run()
	}())
}

func (r *repo) run(dir string, args ...string) string {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), gitEnv()...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimRight(string(out), "\n")
}

func gitEnv() []string {
	return []string{
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=Person", "GIT_AUTHOR_EMAIL=person@example.com", "GIT_COMMITTER_NAME=Person", "GIT_COMMITTER_EMAIL=person@example.com",
	}
}

// git runs git on the bare repository.
func (r *repo) git(args ...string) string { r.t.Helper(); return r.run(r.dir, args...) }

// person runs git in the person's clone.
func (r *repo) person(args ...string) string { r.t.Helper(); return r.run(r.work, args...) }

func (r *repo) write(files map[string]string) {
	r.t.Helper()
	for name, content := range files {
		kind, path, ok := strings.Cut(name, ":")
		if !ok {
			kind, path = "", name
		}
		full := filepath.Join(r.work, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			r.t.Fatal(err)
		}
		var err error
		switch kind {
		case "link":
			err = os.Symlink(content, full)
		case "exec":
			err = os.WriteFile(full, []byte(content), 0o755)
		default:
			err = os.WriteFile(full, []byte(content), 0o644)
		}
		if err != nil {
			r.t.Fatal(err)
		}
	}
}

// commit writes files in the person's clone and commits them.
func (r *repo) commit(message string, files map[string]string) {
	r.t.Helper()
	r.write(files)
	r.person("add", "-A")
	r.person("commit", "-q", "-m", message)
}

// onMain commits to main and pushes it.
func (r *repo) onMain(message string, files map[string]string) {
	r.t.Helper()
	r.person("checkout", "-q", "main")
	r.commit(message, files)
	r.person("push", "-q", "origin", "main")
}

func (r *repo) tip(branch string) string {
	r.t.Helper()
	return r.git("rev-parse", "refs/heads/"+branch)
}

// server is git http-backend behind Basic authentication, with a wire that tests can tap and cut.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string
	sent     int64
	// before may answer a request in place of git.
	before func(w http.ResponseWriter, req *http.Request) bool
	// after may change or withhold the answer of git; false closes the connection.
	after func(req *http.Request, body []byte) ([]byte, bool)
}

func serve(t testing.TB, r *repo) *server {
	t.Helper()
	execPath := r.run(r.dir, "--exec-path")
	backend := &cgi.Handler{
		Path: filepath.Join(execPath, "git-http-backend"), Root: "/", Stderr: io.Discard,
		Env: append(gitEnv(), "GIT_PROJECT_ROOT="+filepath.Dir(r.dir), "GIT_HTTP_EXPORT_ALL=1"),
	}
	r.git("config", "http.receivepack", "true")
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { s.handle(backend, w, req) }))
	t.Cleanup(s.Close)
	return s
}

func (s *server) handle(backend http.Handler, w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, req.Method+" "+strings.TrimPrefix(req.URL.RequestURI(), "/env.git"))
	s.mu.Unlock()
	if s.before != nil && s.before(w, req) {
		return
	}
	if name, password, _ := req.BasicAuth(); name != user || password != token {
		w.Header().Set("WWW-Authenticate", "Basic")
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	rec := httptest.NewRecorder()
	backend.ServeHTTP(rec, req)
	body := rec.Body.Bytes()
	if s.after != nil {
		var ok bool
		if body, ok = s.after(req, body); !ok {
			panic(http.ErrAbortHandler)
		}
	}
	s.mu.Lock()
	s.sent += int64(len(body))
	s.mu.Unlock()
	for _, key := range []string{"Content-Type", "Cache-Control"} {
		w.Header().Set(key, rec.Header().Get(key))
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(body)
}

// drain returns the requests and bytes since the last call.
func (s *server) drain() ([]string, int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests, sent := s.requests, s.sent
	s.requests, s.sent = nil, 0
	return requests, sent
}

func (s *server) options() gitstore.Options {
	return gitstore.Options{URL: s.URL + "/env.git", Username: user, Password: token, Timeout: time.Minute}
}

func open(t *testing.T, o gitstore.Options) *gitstore.Remote {
	t.Helper()
	r, err := gitstore.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// variant is one kind of repository that everything has to work with.
type variant struct {
	name string
	open func(t *testing.T, r *repo) *gitstore.Remote
}

func variants() []variant {
	configured := func(settings ...string) func(*testing.T, *repo) *gitstore.Remote {
		return func(t *testing.T, r *repo) *gitstore.Remote {
			t.Helper()
			for _, setting := range settings {
				r.git("config", setting, "true")
			}
			return open(t, serve(t, r).options())
		}
	}
	return []variant{
		{"filter", configured("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant")},
		{"filter without any hash", configured("uploadpack.allowFilter")},
		{"filter with reachable hashes", configured("uploadpack.allowFilter", "uploadpack.allowReachableSHA1InWant")},
		{"filter, but hashes are refused", func(t *testing.T, r *repo) *gitstore.Remote {
			t.Helper()
			r.git("config", "uploadpack.allowFilter", "true")
			r.git("config", "uploadpack.allowReachableSHA1InWant", "true")
			s := serve(t, r)
			s.before = func(w http.ResponseWriter, req *http.Request) bool {
				refuse := strings.HasSuffix(req.URL.Path, "/git-upload-pack") && !bytes.Contains(readAll(t, req), []byte("deepen"))
				if refuse {
					text := "ERR upload-pack: not our ref"
					_, _ = fmt.Fprintf(w, "%04x%s", len(text)+4, text)
				}
				return refuse
			}
			return open(t, s.options())
		}},
		{"plain", configured()},
		{"without shallow", func(t *testing.T, r *repo) *gitstore.Remote {
			t.Helper()
			s := serve(t, r)
			s.after = func(_ *http.Request, body []byte) ([]byte, bool) {
				return bytes.Replace(body, []byte(" shallow "), []byte(" xhallow "), 1), true
			}
			return open(t, s.options())
		}},
		{"local", func(t *testing.T, r *repo) *gitstore.Remote {
			t.Helper()
			return open(t, gitstore.Options{URL: r.dir})
		}},
		{"local and packed", func(t *testing.T, r *repo) *gitstore.Remote {
			t.Helper()
			r.git("gc", "-q")
			return open(t, gitstore.Options{URL: "file://" + r.dir})
		}},
	}
}

func yamlFiles(path string) bool { return strings.HasSuffix(path, ".yaml") }

func snapshot(t *testing.T, r *gitstore.Remote) *gitstore.Snapshot {
	t.Helper()
	s, err := r.Snapshot(t.Context(), "main", &tree.Selection{Want: yamlFiles})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// bump is the commit that a pass would propose: every `from` in a file becomes `to`.
func bump(t testing.TB, s *gitstore.Snapshot, from, to string, paths ...string) gitstore.Commit {
	t.Helper()
	c := gitstore.Commit{
		Branch: "bumpboat/web", Message: "web: " + from + " -> " + to + "\n\nSome words.",
		Author: gitstore.Signature{Name: "Robot", Email: "robot@example.com"}, When: time.Unix(1_760_000_000, 0).UTC(),
		Images: []gitstore.ImageChange{{Image: "ghcr.io/acme/web", From: policy.Version{Tag: from}, To: policy.Version{Tag: to}, Policy: "semver:>=1.4 <2"}},
	}
	for _, f := range s.Files {
		for _, path := range paths {
			if f.Path == path {
				c.Files = append(c.Files, tree.Change{Path: path, Old: f.Content, New: bytes.ReplaceAll(f.Content, []byte(from), []byte(to))})
			}
		}
	}
	if len(c.Files) != len(paths) {
		t.Fatalf("snapshot lacks one of %v", paths)
	}
	return c
}

func propose(t *testing.T, s *gitstore.Snapshot, c gitstore.Commit, want gitstore.Outcome) gitstore.Result {
	t.Helper()
	result, err := s.Propose(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if result.Outcome != want {
		t.Fatalf("outcome %q (%s), want %q", result.Outcome, result.Detail, want)
	}
	return result
}

// readAll drains a request so that the handler may look at it and pass it on.
func readAll(t *testing.T, req *http.Request) []byte {
	t.Helper()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Error(err)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

// pipe runs git on the bare repository with something on its standard input.
func (r *repo) pipe(in string, args ...string) string {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "git", args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), gitEnv()...)
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// mktree writes a tree object without any of git's checks on names.
func (r *repo) mktree(lines string) string {
	r.t.Helper()
	return r.pipe(lines+"\n", "mktree", "--missing")
}

// hashObject writes an object of exactly these bytes.
func (r *repo) hashObject(kind, raw string) string {
	r.t.Helper()
	return r.pipe(raw, "hash-object", "-w", "--literally", "--stdin", "-t", kind)
}

func unhex(t *testing.T, s string) string {
	t.Helper()
	raw, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
