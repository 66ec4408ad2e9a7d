//go:build e2e && linux

package image

import (
	"context"
	"crypto/x509"
	"debug/elf"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/test/servers"
)

// box is the image's file system and the way into it.
type box struct {
	root  string
	stage stage
}

func newBox(t *testing.T) *box {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("chroot needs root")
	}
	dockerfile, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	s, err := parseFinal(string(dockerfile))
	if err != nil {
		t.Fatal(err)
	}
	return &box{root: layOut(t, s), stage: s}
}

// write puts a file into the image, as a volume would.
func (b *box) write(t *testing.T, name, content string) {
	t.Helper()
	target := filepath.Join(b.root, name)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(target, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run runs the image's entry point as the image's user, with the image's environment and what is added, and returns what
// it prints and its exit code.
func (b *box) run(t *testing.T, env []string, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, b.stage.entrypoint[0], slices.Concat(b.stage.entrypoint[1:], args)...)
	c.Dir = "/"
	c.Env = slices.Concat(b.stage.env, env)
	c.SysProcAttr = &syscall.SysProcAttr{Chroot: b.root, Credential: &syscall.Credential{Uid: b.stage.uid, Gid: b.stage.gid}}
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Fatalf("running %v: %v", c.Args, err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// want runs and wants an exit code and a text in what is printed.
func (b *box) want(t *testing.T, code int, text string, env []string, args ...string) {
	t.Helper()
	out, got := b.run(t, env, args...)
	if got != code || !strings.Contains(out, text) {
		t.Errorf("%v ended with %d, want %d and %q in:\n%s", args, got, code, text, out)
	}
}

func TestStatic(t *testing.T) {
	b := newBox(t)
	file, err := elf.Open(filepath.Join(b.root, b.stage.entrypoint[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP {
			t.Error("the program needs a dynamic linker")
		}
	}
	b.want(t, 0, "bumpboat ", nil, "version")
}

const manifest = `apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: web
    image: REGISTRY/acme/web:1.4.2 # bumpboat: semver:^1
`

func TestPlan(t *testing.T) {
	b := newBox(t)
	b.write(t, "environment/web.yaml", strings.ReplaceAll(manifest, "REGISTRY", "registry.example.com"))
	b.write(t, "tags.json", `{"registry.example.com/acme/web": ["1.4.2", "1.5.0", "2.0.0"]}`)
	b.want(t, 0, "+    image: registry.example.com/acme/web:1.5.0", nil, "plan", "/environment", "--tags", "/tags.json", "-o", "diff")
}

// TestDemo shows that the image needs nothing from outside for its first command: /tmp is there and its user may write to it.
func TestDemo(t *testing.T) {
	newBox(t).want(t, 0, "pull request", nil, "demo")
}

// TestDeployedConfig runs the config that deploy/kustomize mounts. It names a time zone, which only the image's own
// database knows.
func TestDeployedConfig(t *testing.T) {
	b := newBox(t)
	config, err := os.ReadFile("../../deploy/kustomize/base/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	b.write(t, "etc/bumpboat/config.yaml", string(config))
	b.write(t, "run/secrets/bumpboat/forge-token", "token\n")
	b.want(t, 0, "", nil, "config", "check", "--config", "/etc/bumpboat/config.yaml")

	b.stage.env = nil
	b.want(t, 1, "unknown time zone", nil, "config", "check", "--config", "/etc/bumpboat/config.yaml")
}

// TestRun makes a pass over a Git server and a registry outside. The Git server has a certificate that only the image's
// own list of authorities can vouch for.
func TestRun(t *testing.T) {
	b := newBox(t)
	registry := servers.StartRegistry(t)
	registry.Push(t, "acme/web", "1.4.2")
	registry.Push(t, "acme/web", "1.5.0")
	git := serveGit(t, map[string]string{"web.yaml": strings.ReplaceAll(manifest, "REGISTRY", registry.Host)})
	b.write(t, "etc/bumpboat/config.yaml", `apiVersion: bumpboat.dev/v1
repositories:
- name: environment
  url: `+git.URL+`/environment.git
  branch: main
  git: {username: bot, token: {env: GIT_TOKEN}}
  forge: {kind: embedded, dir: /tmp/pulls}
registries:
- {host: "`+registry.Host+`", insecure: true}
`)
	env := []string{"GIT_TOKEN=git-token"}
	b.want(t, 1, "certificate", env, "run")

	trust(t, b, git.Certificate())
	b.want(t, 0, "opened: web: 1.4.2 -> 1.5.0", env, "run")
	b.want(t, 0, "unchanged: web: 1.4.2 -> 1.5.0", env, "run")
}

// trust adds a certificate to those that the image trusts.
func trust(t *testing.T, b *box, certificate *x509.Certificate) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(b.root, "etc/ssl/certs/ca-certificates.crt"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := pem.Encode(file, &pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// serveGit serves environment.git, with the files on main, over HTTPS with a token.
func serveGit(t *testing.T, files map[string]string) *httptest.Server {
	t.Helper()
	program, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1"}
	git := func(args ...string) {
		t.Helper()
		c := exec.CommandContext(t.Context(), program, args...)
		c.Dir, c.Env = dir, env
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "--quiet", "--bare", "--initial-branch=main", "served/environment.git")
	git("-C", "served/environment.git", "config", "uploadpack.allowFilter", "true")
	git("-C", "served/environment.git", "config", "uploadpack.allowAnySHA1InWant", "true")
	git("-C", "served/environment.git", "config", "http.receivepack", "true")
	git("init", "--quiet", "--initial-branch=main", "work")
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(work, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	git("-C", "work", "add", ".")
	git("-C", "work", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message", "begin")
	git("-C", "work", "push", "--quiet", filepath.Join(dir, "served", "environment.git"), "main")

	backend := &cgi.Handler{
		Path: program, Args: []string{"http-backend"},
		Env: []string{"GIT_PROJECT_ROOT=" + filepath.Join(dir, "served"), "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "HOME=" + dir},
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, token, _ := r.BasicAuth(); token != "git-token" {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		backend.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are expected
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}
