package oci_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/scanner"
	"github.com/bumpboat/bumpboat/scanner/oci"
)

var _ scanner.Registry = (*oci.Client)(nil)

func TestNewRefuses(t *testing.T) {
	for want, hosts := range map[string][]oci.Host{
		"without scheme and path":    {{Name: "https://registry.test"}},
		`registry ""`:                {{}},
		"registry.test/acme":         {{Name: "registry.test/acme"}},
		"configured twice":           {{Name: "docker.io"}, {Name: "Index.Docker.io"}},
		"no certificate in PEM":      {{Name: "registry.test", CA: []byte("hello")}},
		"a token and a username":     {{Name: "registry.test", Token: canary, Username: "ada", Password: canary}},
		`registry "u:p@registry.tes`: {{Name: "u:p@registry.test"}},
	} {
		_, err := oci.New(oci.Options{Hosts: hosts})
		wantError(t, err, fault.Invalid, want)
	}
}

func TestNamesThatAreNone(t *testing.T) {
	w := newWorld(t)
	h := w.serve("registry.test", answerOK)
	c := w.client(open("registry.test"))
	for _, repository := range []string{
		"", "registry.test", "registry.test/", "registry.test/../x", "registry.test/a/../../b", "registry.test/a:1", "registry.test/A",
		"registry.test/a?n=1", "http://registry.test/a", "u:p@registry.test/a", "Registry/a", "registry.test/a@sha256:" + strings.Repeat("0", 64),
	} {
		if _, err := c.Tags(t.Context(), repository); fault.KindOf(err) != fault.Invalid && !strings.Contains(fmt.Sprint(err), "docker.io") {
			t.Errorf("%q: %v", repository, err)
		}
	}
	wantLog(t, h)
}

func TestAnswersThatAreNone(t *testing.T) {
	for code, c := range map[int]struct {
		kind fault.Kind
		hint string
	}{
		401: {fault.Auth, "docker login registry.test"},
		403: {fault.Auth, "docker login registry.test"},
		404: {fault.NotFound, "private images"},
		400: {fault.Internal, "is a container registry"},
		204: {fault.Internal, "is a container registry"},
		304: {fault.Internal, "is a container registry"},
		408: {fault.Temporary, "a fault of its own"},
		429: {fault.RateLimited, "docker login registry.test"},
		500: {fault.Temporary, "a fault of its own"},
		503: {fault.Temporary, "a fault of its own"},
	} {
		w := newWorld(t)
		w.serve("registry.test", answer("/tags/list", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "90")
			w.WriteHeader(code)
			if code != 204 && code != 304 {
				fmt.Fprint(w, `{"errors":[{"code":"DENIED","message":"`+r.Header.Get("Authorization")+canary+`"}]}`)
			}
		}, basic(answerOK)))
		_, err := w.client(ada("registry.test")).Tags(t.Context(), "registry.test/acme/web")
		wantError(t, err, c.kind, fmt.Sprintf("listing tags of registry.test/acme/web: registry.test answered %d ", code))
		wantError(t, err, c.kind, "(it asks to wait 1m30s)")
		wantHint(t, err, c.hint)
	}
}

func TestNobodyThere(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := oci.New(oci.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Tags(t.Context(), address+"/acme/web")
	wantError(t, err, fault.Temporary, "asking "+address+": ")
	wantHint(t, err, "check that "+address+" is reachable")
}

// TestLoopback: plain HTTP is spoken to this machine without being allowed, through the ordinary dialer.
func TestLoopback(t *testing.T) {
	handler, _ := images(t, "acme/web:1")
	server := httptest.NewServer(handler)
	defer server.Close()
	c, err := oci.New(oci.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantTags(t, c, strings.TrimPrefix(server.URL, "http://")+"/acme/web", "1")
}

// TestPlainHTTPOnlyWhereAllowed includes private addresses, which go-containerregistry would ask in clear text.
func TestPlainHTTPOnlyWhereAllowed(t *testing.T) {
	for _, name := range []string{"registry.test", "10.1.2.3", "192.168.1.1:5000"} {
		w := newWorld(t)
		handler, _ := images(t, "acme/web:1")
		host, _, _ := strings.Cut(name, ":")
		h := w.serve(host, basic(handler))
		credentials := oci.Host{Name: name, Username: "ada", Password: canary}
		_, err := w.client(credentials).Tags(t.Context(), name+"/acme/web")
		wantError(t, err, fault.Invalid, "")
		wantHint(t, err, "insecure: true")
		wantLog(t, h)
		credentials.Insecure = true
		wantTags(t, w.client(credentials), name+"/acme/web", "1")
	}
}

func TestHTTPS(t *testing.T) {
	w := newWorld(t)
	handler, _ := images(t, "acme/web:1", "acme/web:2", "acme/web:3")
	h := w.serveTLS("example.com", tokens("ada", tokened("https://example.com/token", paged(handler, absoluteLink))))
	_, err := w.client().Tags(t.Context(), "example.com/acme/web")
	wantError(t, err, fault.Invalid, "the certificate of example.com is not trusted: x509: ")
	wantHint(t, err, "as ca: of example.com")
	wantLog(t, h)
	secure := oci.Host{Name: "example.com", CA: h.ca(), Username: "ada", Password: canary}
	wantTags(t, w.client(secure), "example.com/acme/web", "1", "2", "3")

	// A registry on a port of its own, its token server at the ordinary one.
	ported := secure
	ported.Name = "example.com:5050"
	wantTags(t, w.client(ported), "example.com:5050/acme/web", "1", "2", "3")
}

// TestNoDowngrade: a registry over HTTPS cannot talk us into clear text, neither by its challenge nor by a redirect.
func TestNoDowngrade(t *testing.T) {
	redirect := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://example.com"+r.URL.Path, http.StatusFound)
	}
	for name, handler := range map[string]http.Handler{
		"challenge":      tokened("http://example.com/token", answerOK),
		"token redirect": answer("/token", redirect, tokened("https://example.com/token", answerOK)),
		"list redirect":  answer("/tags/list", redirect, basic(answerOK)),
		"ping redirect":  answer("/v2/", redirect, answerOK),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			h := w.serveTLS("example.com", handler)
			plain := newWorld(t).serve("example.com", tokens("", answerOK))
			dial := func(ctx context.Context, network, address string) (net.Conn, error) {
				if strings.HasSuffix(address, ":80") {
					return (&net.Dialer{}).DialContext(ctx, network, plain.Listener.Addr().String())
				}
				return w.dial(ctx, network, address)
			}
			c, err := oci.New(oci.Options{Hosts: []oci.Host{{Name: "example.com", CA: h.ca(), Username: "ada", Password: canary}}, Dial: dial})
			if err != nil {
				t.Fatal(err)
			}
			if _, err = c.Tags(t.Context(), "example.com/acme/web"); err == nil {
				t.Error("no error")
			}
			wantLog(t, plain)
		})
	}
}

func TestContext(t *testing.T) {
	w := newWorld(t)
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	arrived := make(chan struct{}, 8)
	w.serve("registry.test", answer("/tags/list", func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}, answerOK))
	c := w.client(open("registry.test"))

	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	_, err := c.Tags(ctx, "registry.test/acme/web")
	wantError(t, err, fault.Temporary, "context canceled")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not a cancellation", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = c.Tags(ctx, "registry.test/acme/web")
	wantError(t, err, fault.Temporary, "in time")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v is not a deadline", err)
	}
}

// TestCancelledIsNotRemembered: that one caller went away says nothing about the host.
func TestCancelledIsNotRemembered(t *testing.T) {
	w := newWorld(t)
	handler, _ := images(t, "acme/web:1")
	w.serve("registry.test", handler)
	c := w.client(open("registry.test"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Tags(ctx, "registry.test/acme/web")
	wantError(t, err, fault.Temporary, "context canceled")
	wantTags(t, c, "registry.test/acme/web", "1")
}

func TestTogether(t *testing.T) {
	w := newWorld(t)
	handler, _ := images(t, "acme/web:1", "acme/api:1")
	h := w.serve("registry.test", tokens("ada", tokened("http://registry.test/token", handler)))
	c := w.client(ada("registry.test"))
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if _, err := c.Tags(t.Context(), "registry.test/acme/"+[]string{"web", "api"}[i%2]); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	pings, tokens := 0, 0
	for _, r := range h.log() {
		if r == "GET /v2/" {
			pings++
		}
		if strings.HasPrefix(r, "GET /token") {
			tokens++
		}
	}
	if pings != 1 || tokens != 2 {
		t.Errorf("%d pings and %d tokens", pings, tokens)
	}
}
