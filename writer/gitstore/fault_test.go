package gitstore_test

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/writer/gitstore"
	"github.com/bumpboat/bumpboat/writer/tree"
)

func TestOpenLetsOnlyKnownPlacesThrough(t *testing.T) {
	good := map[string]gitstore.Options{
		"https":              {URL: "https://git.example.com/team/env.git"},
		"https with a user":  {URL: "https://git@git.example.com:8443/team/env.git/"},
		"loopback":           {URL: "http://127.0.0.1:3000/team/env"},
		"loopback 6":         {URL: "http://[::1]:3000/team/env"},
		"http when accepted": {URL: "http://git.example.com/team/env", AllowHTTP: true},
		"absolute path":      {URL: "/srv/git/env.git"},
		"relative path":      {URL: "../git/env.git"},
		"file URL":           {URL: "file:///srv/git/env.git"},
	}
	for name, o := range good {
		if r, err := gitstore.Open(o); err != nil || !strings.Contains(r.String(), "env") {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
	bad := map[string]gitstore.Options{
		"nothing":           {},
		"helper":            {URL: "ext::sh -c touch% /tmp/x"},
		"option":            {URL: "--upload-pack=touch /tmp/x"},
		"ssh":               {URL: "ssh://git@git.example.com/env.git"},
		"git protocol":      {URL: "git://git.example.com/env.git"},
		"scp-like":          {URL: "git@git.example.com:team/env.git"},
		"clear text":        {URL: "http://git.example.com/team/env"},
		"almost loopback":   {URL: "http://127.0.0.1.example.com/env"},
		"password inside":   {URL: "https://robot:" + token + "@git.example.com/env"},
		"password, broken":  {URL: "https://robot:" + token + "@git.example.com:port/env"},
		"password, scp":     {URL: "robot:" + token + "@git.example.com:env"},
		"query":             {URL: "https://git.example.com/env?x=1"},
		"fragment":          {URL: "https://git.example.com/env#x"},
		"control character": {URL: "https://git.example.com/env\nHost: x"},
		"no host":           {URL: "https:///env"},
		"file of a host":    {URL: "file://server/env"},
		"bad CA":            {URL: "https://git.example.com/env", CA: []byte("nonsense")},
	}
	for name, o := range bad {
		t.Run(name, func(t *testing.T) {
			_, err := gitstore.Open(o)
			wantFault(t, err, fault.Invalid, "", ".")
		})
	}
}

func TestServerFaults(t *testing.T) {
	status := func(code int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, req *http.Request) bool {
			// A server that repeats what it was sent.
			http.Error(w, "<html>"+token+" "+req.Header.Get("Authorization"), code)
			return true
		}
	}
	cases := map[string]struct {
		before     func(w http.ResponseWriter, req *http.Request) bool
		kind       fault.Kind
		text, hint string
	}{
		"401":            {status(401), fault.Auth, "authentication required", "token"},
		"403":            {status(403), fault.Auth, "authorization failed", "token"},
		"404":            {status(404), fault.NotFound, "repository not found", "URL"},
		"410":            {status(410), fault.NotFound, "410", "gone"},
		"429":            {status(429), fault.RateLimited, "429", ""},
		"500":            {status(500), fault.Temporary, "500", ""},
		"503":            {status(503), fault.Temporary, "503", ""},
		"a page":         {status(200), fault.Internal, "", "URL"},
		"nothing at all": {func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }, fault.Temporary, "", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := newRepo(t, map[string]string{"web.yaml": "image: web:1.4.2\n"})
			server := serve(t, r)
			remote := open(t, server.options())
			s := snapshot(t, remote)
			server.before = c.before
			_, err := remote.Snapshot(t.Context(), "main", nil)
			wantFault(t, err, c.kind, c.text, c.hint)
			_, err = s.Propose(t.Context(), bump(t, s, "1.4.2", "1.5.0", "web.yaml"))
			wantFault(t, err, c.kind, c.text, c.hint)
			if text := err.Error(); len(text) > 1000 || strings.ContainsAny(text, "\n\r") {
				t.Errorf("error is %d bytes: %s", len(text), text)
			}
		})
	}
}

func TestWrongToken(t *testing.T) {
	r := newRepo(t, map[string]string{"web.yaml": "image: web:1.4.2\n"})
	o := serve(t, r).options()
	o.Password = "wrong-" + token
	_, err := open(t, o).Snapshot(t.Context(), "main", nil)
	wantFault(t, err, fault.Auth, "authentication required", "token")
	o.Username, o.Password = "", ""
	_, err = open(t, o).Snapshot(t.Context(), "main", nil)
	wantFault(t, err, fault.Auth, "authentication required", "token")
}

func TestNobodyListens(t *testing.T) {
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// The name has words by which declined pushes are sorted.
	_, err = open(t, gitstore.Options{URL: "http://" + address + "/permission-denied/archived.git"}).Snapshot(t.Context(), "main", nil)
	wantFault(t, err, fault.Temporary, "refused", "")
}

func TestDeadline(t *testing.T) {
	r := newRepo(t, map[string]string{"web.yaml": "image: web:1.4.2\n"})
	server := serve(t, r)
	server.before = func(_ http.ResponseWriter, req *http.Request) bool {
		<-req.Context().Done()
		return true
	}
	o := server.options()
	o.Timeout = 50 * time.Millisecond
	_, err := open(t, o).Snapshot(t.Context(), "main", nil)
	wantFault(t, err, fault.Temporary, "deadline exceeded", "50ms")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v is no context.DeadlineExceeded", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = open(t, server.options()).Snapshot(ctx, "main", nil)
	wantFault(t, err, fault.Temporary, "canceled", "")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is no context.Canceled", err)
	}
}

func TestRedirects(t *testing.T) {
	r := newRepo(t, map[string]string{"web.yaml": "image: web:1.4.2\n"})
	server := serve(t, r)
	var leaked []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		leaked = append(leaked, req.URL.String()+" "+req.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	redirect := func(to string) {
		server.before = func(w http.ResponseWriter, req *http.Request) bool {
			if rest, ok := strings.CutPrefix(req.URL.RequestURI(), "/old.git"); ok {
				http.Redirect(w, req, to+rest, http.StatusMovedPermanently)
				return true
			}
			return false
		}
	}
	o := server.options()
	o.URL = server.URL + "/old.git"

	redirect("http://robot:" + token + "@" + strings.TrimPrefix(elsewhere.URL, "http://") + "/env.git")
	_, err := open(t, o).Snapshot(t.Context(), "main", nil)
	wantFault(t, err, fault.Invalid, "redirects to "+elsewhere.URL+"/env.git/info/refs", "final address")
	if len(leaked) > 0 {
		t.Errorf("the redirect was followed: %v", leaked)
	}

	// A repository that was renamed: git follows this too.
	redirect(server.URL + "/env.git")
	s := snapshot(t, open(t, o))
	propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml"), gitstore.Pushed)
	propose(t, s, bump(t, s, "1.4.2", "1.6.0", "web.yaml"), gitstore.Pushed)
}

func TestTLS(t *testing.T) {
	r := newRepo(t, map[string]string{"web.yaml": "image: web:1.4.2\n"})
	plain := serve(t, r)
	secure := httptest.NewUnstartedServer(plain.Config.Handler)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	o := plain.options()
	o.URL = secure.URL + "/env.git"
	_, err := open(t, o).Snapshot(t.Context(), "main", nil)
	wantFault(t, err, fault.Invalid, "certificate", "CA")
	o.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	snapshot(t, open(t, o))

	secure.Config.Handler = http.RedirectHandler(plain.URL+"/env.git/info/refs?service=git-upload-pack", http.StatusFound)
	_, err = open(t, o).Snapshot(t.Context(), "main", nil)
	wantFault(t, err, fault.Invalid, "redirects to "+plain.URL, "plain http")
}

func TestDeclinedPush(t *testing.T) {
	hook := func(script string) func(*repo) {
		return func(r *repo) {
			path := filepath.Join(r.dir, "hooks", "pre-receive")
			if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\nexit 1\n"), 0o755); err != nil {
				r.t.Fatal(err)
			}
		}
	}
	cases := map[string]struct {
		prepare    func(*repo)
		kind       fault.Kind
		text, hint string
	}{
		"hook":            {hook("echo 'GH006: Protected branch update failed' >&2"), fault.Invalid, "GH006: Protected branch", "bumpboat/"},
		"hook with token": {hook("echo 'you sent " + token + "' >&2"), fault.Invalid, "<secret>", "bumpboat/"},
		"no force push":   {func(r *repo) { r.git("config", "receive.denyNonFastForwards", "true") }, fault.Invalid, "non-fast-forward", "force push"},
		"hidden":          {func(r *repo) { r.git("config", "receive.hideRefs", "refs/heads/bumpboat") }, fault.Invalid, "hidden ref", "rule"},
		"read-only":       {func(r *repo) { r.git("config", "http.receivepack", "false") }, fault.Auth, "authorization failed", "write"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := newRepo(t, map[string]string{"web.yaml": "image: web:1.4.2\n"})
			s := snapshot(t, open(t, serve(t, r).options()))
			propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml"), gitstore.Pushed)
			before := r.tip("bumpboat/web")
			c.prepare(r)
			_, err := s.Propose(t.Context(), bump(t, s, "1.4.2", "1.6.0", "web.yaml"))
			wantFault(t, err, c.kind, c.text, c.hint)
			if r.tip("bumpboat/web") != before {
				t.Error("the branch moved")
			}
		})
	}
}

func TestLimits(t *testing.T) {
	r := newRepo(t, map[string]string{"web.yaml": "image: web:1.4.2\n", "zeros.yaml": strings.Repeat("0", 1<<20)})
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			o := serve(t, r).options()
			if strings.HasPrefix(v.name, "local") {
				o = gitstore.Options{URL: r.dir}
			}
			o.MaxBytes = 64 << 10
			_, err := open(t, o).Snapshot(t.Context(), "main", &tree.Selection{Want: yamlFiles})
			wantFault(t, err, fault.Invalid, "more data than allowed", "larger")
		})
	}
	server := serve(t, r)
	server.after = func(_ *http.Request, body []byte) ([]byte, bool) { return append(body, make([]byte, 256<<10)...), true }
	o := server.options()
	o.MaxBytes = 128 << 10
	if _, err := open(t, o).Snapshot(t.Context(), "main", &tree.Selection{Want: func(p string) bool { return p == "web.yaml" }}); err == nil {
		t.Error("an endless answer was read")
	}
}

func TestCutOffAnswer(t *testing.T) {
	r := newEnvironment(t)
	server := serve(t, r)
	server.after = func(req *http.Request, body []byte) ([]byte, bool) {
		if req.Method == http.MethodPost {
			return body[:len(body)/2], true
		}
		return body, true
	}
	_, err := open(t, server.options()).Snapshot(t.Context(), "main", nil)
	wantFault(t, err, fault.Temporary, "", "next pass")
}

func TestLocalRepositories(t *testing.T) {
	r := newRepo(t, map[string]string{"web.yaml": "image: web:1.4.2\n"})
	cases := map[string]struct {
		dir  string
		kind fault.Kind
		text string
	}{
		"missing":    {filepath.Join(t.TempDir(), "nope"), fault.NotFound, "no Git repository"},
		"not git":    {t.TempDir(), fault.NotFound, "no Git repository"},
		"a worktree": {r.work, fault.Invalid, "not a bare repository"},
	}
	for name, c := range cases {
		_, err := open(t, gitstore.Options{URL: c.dir}).Snapshot(t.Context(), "", nil)
		t.Run(name, func(t *testing.T) { wantFault(t, err, c.kind, c.text, "epository") })
	}
	remote := open(t, gitstore.Options{URL: r.dir})
	s := snapshot(t, remote)
	lock := filepath.Join(r.dir, "refs", "heads", "bumpboat", "web.lock")
	if err := os.MkdirAll(filepath.Join(filepath.Dir(lock), "web"), 0o755); err != nil { // an empty directory, as git leaves them
		t.Fatal(err)
	}
	if err := os.WriteFile(lock, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := s.Propose(t.Context(), bump(t, s, "1.4.2", "1.5.0", "web.yaml"))
	wantFault(t, err, fault.Conflict, "locked by another process", "next pass")
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml"), gitstore.Pushed)
	r.git("pack-refs", "--all", "--prune")
	s = snapshot(t, remote)
	propose(t, s, bump(t, s, "1.4.2", "1.6.0", "web.yaml"), gitstore.Pushed)
	r.git("fsck", "--full", "--strict", "--no-dangling")
	if _, err := os.Stat(lock); err == nil {
		t.Error("the lock is still there")
	}
}

func TestDamagedLocalObject(t *testing.T) {
	r := newRepo(t, map[string]string{"web.yaml": "image: web:1.4.2\n", "b.yaml": "b: 1\n"})
	object := func(name string) string {
		h := r.git("rev-parse", name)
		return filepath.Join(r.dir, "objects", h[:2], h[2:])
	}
	other, err := os.ReadFile(object("main:b.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(object("main:web.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(object("main:web.yaml"), other, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = open(t, gitstore.Options{URL: r.dir}).Snapshot(t.Context(), "main", nil)
	wantFault(t, err, fault.Internal, "damaged", "")
}
