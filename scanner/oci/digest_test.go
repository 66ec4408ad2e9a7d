package oci_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/scanner/oci"
)

func TestDigestIsOneHead(t *testing.T) {
	w := newWorld(t)
	handler, want := images(t, "acme/web:1.0.0")
	h := w.serve("registry.test", handler)
	c := w.client(open("registry.test"))
	wantTags(t, c, "registry.test/acme/web", "1.0.0")
	h.log()
	got, err := c.Digest(t.Context(), "registry.test/acme/web", "1.0.0")
	if err != nil || got != want.String() {
		t.Fatalf("got %q, %v, want %s", got, err, want)
	}
	wantLog(t, h, "HEAD /v2/acme/web/manifests/1.0.0")
}

// TestDigestByHashing: where HEAD says nothing usable, the manifest is read and hashed.
func TestDigestByHashing(t *testing.T) {
	handler, want := images(t, "acme/web:1.0.0")
	for name, head := range map[string]http.HandlerFunc{
		"no header": func(http.ResponseWriter, *http.Request) {},
		"another header": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Docker-Content-Digest", "sha256:../../x")
		},
		"not allowed":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMethodNotAllowed) },
		"not implemented": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotImplemented) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			h := w.serve("registry.test", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodHead {
					head(rw, r)
					return
				}
				whole := httptest.NewRecorder()
				handler.ServeHTTP(whole, r)
				rw.Header().Set("Docker-Content-Digest", "sha256:"+strings.Repeat("0", 64))
				rw.WriteHeader(whole.Code)
				_, _ = io.Copy(rw, whole.Body)
			}))
			got, err := w.client(open("registry.test")).Digest(t.Context(), "registry.test/acme/web", "1.0.0")
			if err != nil || got != want.String() {
				t.Fatalf("got %q, %v, want %s", got, err, want)
			}
			wantLog(t, h, "GET /v2/", "HEAD /v2/acme/web/manifests/1.0.0", "GET /v2/acme/web/manifests/1.0.0")
		})
	}
}

func TestDigestRefused(t *testing.T) {
	get := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				fmt.Fprint(w, body)
			}
		}
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		kind    fault.Kind
		text    string
	}{
		"not there":      {http.NotFound, fault.NotFound, "registry.test answered 404 Not Found"},
		"a page of HTML": {get("<html>log in</html>"), fault.Internal, "something else than an image manifest"},
		"too long":       {get(`{"schemaVersion": 2, "config": "` + strings.Repeat("x", 5000) + `"}`), fault.Internal, "more than 4096 bytes"},
		"cut off": {func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				w.Header().Set("Content-Length", "1000")
				fmt.Fprint(w, `{"schemaVersion": 2`)
			}
		}, fault.Temporary, "broke off"},
		"HEAD says no, GET too": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(map[string]int{http.MethodHead: 405, http.MethodGet: 503}[r.Method])
		}, fault.Temporary, "503"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.serve("registry.test", answer("/manifests/1", c.handler, answerOK))
			client := w.client(open("registry.test"))
			client.Limit(1, 1, 1, 4096)
			digest, err := client.Digest(t.Context(), "registry.test/acme/web", "1")
			wantError(t, err, c.kind, c.text)
			if digest != "" || !strings.HasPrefix(err.Error(), "reading the digest of registry.test/acme/web:1: ") {
				t.Errorf("got %q, %v", digest, err)
			}
		})
	}
}

// TestDigestOfNoTag: what is no tag never becomes a part of an address.
func TestDigestOfNoTag(t *testing.T) {
	w := newWorld(t)
	h := w.serve("registry.test", answerOK)
	c := w.client(open("registry.test"))
	wantError(t, func() error { _, err := c.Digest(t.Context(), "registry.test/a", "1"); return err }(), fault.Internal, "")
	h.log()
	for _, tag := range []string{"", "../../secret", "a b", "-x", ".x", "a/b", "1?x=1", "a\nb", strings.Repeat("x", 129), "ä"} {
		if _, err := c.Digest(t.Context(), "registry.test/a", tag); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", tag, err)
		}
	}
	wantLog(t, h)
}

func TestIsManifest(t *testing.T) {
	for body, want := range map[string]bool{
		`{"schemaVersion": 2, "config": {}, "layers": []}`:                  true,
		`{"schemaVersion": 2, "manifests": []}`:                             true,
		`{"schemaVersion": 2, "manifests": [], "config": {}, "layers": []}`: false,
		`{"schemaVersion": 2, "manifests": [], "layers": []}`:               false,
		`{"schemaVersion": 1, "fsLayers": []}`:                              false,
		`{"schemaVersion": 2}`:                                              false,
		`{"errors": []}`:                                                    false,
		`[]`:                                                                false,
		``:                                                                  false,
	} {
		if got := oci.IsManifest("", []byte(body)); got != want {
			t.Errorf("%s: %v", body, got)
		}
	}
}
