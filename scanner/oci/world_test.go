package oci_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/scanner/oci"
)

// canary is every secret of these tests. No error may hold it.
const canary = "c4nary-s3cret"

// bearer is the token that the token servers of these tests give out.
const bearer = "bearer-" + canary

// host is a server under a name that resolves only within a test. It notes every request.
type host struct {
	*httptest.Server
	name string

	mu       sync.Mutex
	requests []string
	secrets  []string
}

// world is the network of a test.
type world struct {
	*testing.T
	hosts map[string]*host
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	return &world{t, map[string]*host{}}
}

// serve starts a server that answers under a name.
func (w *world) serve(name string, handler http.Handler) *host {
	w.Helper()
	return w.start(name, handler, (*httptest.Server).Start)
}

func (w *world) serveTLS(name string, handler http.Handler) *host {
	w.Helper()
	return w.start(name, handler, (*httptest.Server).StartTLS)
}

func (w *world) start(name string, handler http.Handler, start func(*httptest.Server)) *host {
	h := &host{name: name}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.requests = append(h.requests, r.Method+" "+r.URL.RequestURI())
		if a := r.Header.Get("Authorization"); a != "" {
			h.secrets = append(h.secrets, a)
		}
		h.mu.Unlock()
		handler.ServeHTTP(rw, r)
	}))
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	start(h.Server)
	w.Cleanup(h.Close)
	w.hosts[name] = h
	return h
}

// dial connects names to their servers. The ports are as a browser would choose them.
func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	h, ok := w.hosts[name]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return (&net.Dialer{}).DialContext(ctx, network, h.Listener.Addr().String())
}

// client returns a client for the world.
func (w *world) client(hosts ...oci.Host) *oci.Client {
	w.Helper()
	c, err := oci.New(oci.Options{Hosts: hosts, UserAgent: "bumpboat/test", Dial: w.dial})
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// log returns the requests so far and forgets them.
func (h *host) log() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	log := h.requests
	h.requests = nil
	return log
}

func (h *host) heard() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.secrets)
}

func (h *host) ca() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw})
}

// images is a whole registry in memory.
func images(t *testing.T, refs ...string) (http.Handler, v1.Hash) {
	t.Helper()
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(handler)
	defer server.Close()
	img, err := random.Image(16, 1)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range refs {
		tag, err := name.NewTag(strings.TrimPrefix(server.URL, "http://") + "/" + ref)
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(tag, img); err != nil {
			t.Fatal(err)
		}
	}
	return handler, digest
}

// paged cuts tag lists into pages of two, the next one announced by link.
func paged(inner http.Handler, link func(r *http.Request, last string) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/tags/list") {
			inner.ServeHTTP(w, r)
			return
		}
		whole := httptest.NewRecorder()
		plain := r.Clone(r.Context())
		plain.URL.RawQuery = ""
		inner.ServeHTTP(whole, plain)
		var list struct {
			Name string   `json:"name"`
			Tags []string `json:"tags"`
		}
		if err := json.Unmarshal(whole.Body.Bytes(), &list); err != nil {
			panic(err)
		}
		last := r.URL.Query().Get("last")
		list.Tags = slices.DeleteFunc(list.Tags, func(tag string) bool { return tag <= last })
		if len(list.Tags) > 2 {
			list.Tags = list.Tags[:2]
			w.Header().Set("Link", link(r, list.Tags[1]))
		}
		if err := json.NewEncoder(w).Encode(list); err != nil {
			panic(err)
		}
	})
}

func relativeLink(r *http.Request, last string) string {
	return fmt.Sprintf(`<%s?last=%s&n=2>; rel="next"`, r.URL.Path, url.QueryEscape(last))
}

func absoluteLink(r *http.Request, last string) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return fmt.Sprintf(`<%s://%s%s?last=%s>; rel="next"`, scheme, r.Host, r.URL.Path, url.QueryEscape(last))
}

// basic wants a user and the canary.
func basic(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "ada" || password != canary {
			w.Header().Set("WWW-Authenticate", `Basic realm="the registry"`)
			http.Error(w, r.Header.Get("Authorization"), http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// tokened wants a token of the token server at realm.
func tokened(realm string, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+bearer {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm=%q,service="registry"`, realm))
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED","message":"`+r.Header.Get("Authorization")+`"}]}`, http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// tokens is a token server at /token in front of something else. An empty user makes it one for everybody.
func tokens(user string, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/token" {
			inner.ServeHTTP(w, r)
			return
		}
		if got, password, _ := r.BasicAuth(); user != "" && (got != user || password != canary) {
			http.Error(w, "no token for "+r.Header.Get("Authorization"), http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, `{"access_token": %q}`, bearer)
	})
}

// answer answers a path that ends so, and leaves the rest to inner.
func answer(suffix string, handler http.HandlerFunc, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, suffix) {
			handler(w, r)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// open is the host as these tests configure it when nothing else matters.
func open(name string) oci.Host { return oci.Host{Name: name, Insecure: true} }

// ada is open with credentials.
func ada(name string) oci.Host {
	return oci.Host{Name: name, Insecure: true, Username: "ada", Password: canary}
}

func wantTags(t *testing.T, c *oci.Client, repository string, want ...string) {
	t.Helper()
	got, err := c.Tags(t.Context(), repository)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func wantLog(t *testing.T, h *host, want ...string) {
	t.Helper()
	if got := h.log(); !slices.Equal(got, want) {
		t.Fatalf("%s was asked\n\t%s\nwant\n\t%s", h.name, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// wantError checks kind and text, and that neither text nor hint holds a secret or a query.
func wantError(t *testing.T, err error, kind fault.Kind, text string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	if got := fault.KindOf(err); got != kind {
		t.Errorf("kind %s, want %s: %v", got, kind, err)
	}
	if !strings.Contains(err.Error(), text) {
		t.Errorf("error %q lacks %q", err, text)
	}
	for _, said := range []string{err.Error(), fault.HintOf(err)} {
		if strings.Contains(said, canary) || strings.ContainsAny(said, "?\n") {
			t.Errorf("error says too much: %q", said)
		}
	}
}

func wantHint(t *testing.T, err error, text string) {
	t.Helper()
	if got := fault.HintOf(err); !strings.Contains(got, text) {
		t.Errorf("hint %q lacks %q", got, text)
	}
}

// silent checks that a host was never sent a credential.
func silent(t *testing.T, h *host) {
	t.Helper()
	if got := h.heard(); len(got) > 0 {
		t.Errorf("%s was sent %q", h.name, got)
	}
}
