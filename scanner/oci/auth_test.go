package oci_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/scanner/oci"
)

// TestCost: N images of one host cost N lists, one ping, and a token each where the host wants tokens.
func TestCost(t *testing.T) {
	handler, _ := images(t, "acme/a:1", "acme/b:1", "acme/c:1")
	lists := []string{"GET /v2/acme/a/tags/list", "GET /v2/acme/b/tags/list", "GET /v2/acme/c/tags/list"}
	token := func(image string) string {
		return "GET /token?scope=repository%3Aacme%2F" + image + "%3Apull&service=registry"
	}
	for name, c := range map[string]struct {
		handler http.Handler
		host    oci.Host
		want    []string
	}{
		"anonymous": {handler, open("registry.test"), []string{"GET /v2/", lists[0], lists[1], lists[2]}},
		"basic":     {basic(handler), ada("registry.test"), []string{"GET /v2/", lists[0], lists[1], lists[2]}},
		"token": {
			tokens("ada", tokened("http://registry.test/token", handler)), ada("registry.test"),
			[]string{"GET /v2/", token("a"), lists[0], token("b"), lists[1], token("c"), lists[2]},
		},
		"token for everybody": {
			tokens("", tokened("http://registry.test/token", handler)), open("registry.test"),
			[]string{"GET /v2/", token("a"), lists[0], token("b"), lists[1], token("c"), lists[2]},
		},
		"token as it is": {
			tokens("nobody", tokened("http://registry.test/token", handler)),
			oci.Host{Name: "registry.test", Insecure: true, Token: bearer},
			[]string{"GET /v2/", lists[0], lists[1], lists[2]},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			h := w.serve("registry.test", c.handler)
			client := w.client(c.host)
			for _, image := range []string{"a", "b", "c"} {
				wantTags(t, client, "registry.test/acme/"+image, "1")
			}
			wantLog(t, h, c.want...)
			if _, err := client.Digest(t.Context(), "registry.test/acme/a", "1"); err != nil {
				t.Fatal(err)
			}
			wantLog(t, h, "HEAD /v2/acme/a/manifests/1")
		})
	}
}

func TestDeadHostIsAskedOnce(t *testing.T) {
	w := newWorld(t)
	h := w.serve("registry.test", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	c := w.client(open("registry.test"))
	for _, image := range []string{"a", "b", "a"} {
		_, err := c.Tags(t.Context(), "registry.test/"+image)
		wantError(t, err, fault.Temporary, "registry.test answered 502 Bad Gateway")
	}
	wantLog(t, h, "GET /v2/")
}

func TestRefusedCredentials(t *testing.T) {
	handler, _ := images(t, "acme/web:1")
	wrong := oci.Host{Name: "registry.test", Insecure: true, Username: "eve", Password: "x" + canary}
	for name, c := range map[string]struct {
		handler http.Handler
		host    oci.Host
	}{
		"basic":                {basic(handler), wrong},
		"basic without any":    {basic(handler), open("registry.test")},
		"token":                {tokens("ada", tokened("http://registry.test/token", handler)), wrong},
		"token as it is":       {tokened("http://registry.test/token", handler), oci.Host{Name: "registry.test", Insecure: true, Token: "x" + canary}},
		"token without any":    {tokens("ada", tokened("http://registry.test/token", handler)), open("registry.test")},
		"token that is no use": {tokens("", tokened("http://registry.test/token", answer("/tags/list", forbidden, answerOK))), open("registry.test")},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.serve("registry.test", c.handler)
			_, err := w.client(c.host).Tags(t.Context(), "registry.test/acme/web")
			wantError(t, err, fault.Auth, "listing tags of registry.test/acme/web: registry.test answered 40")
			wantHint(t, err, "registries: in the operator's config, or run docker login registry.test")
		})
	}
}

func forbidden(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }

// TestTokenServerElsewhere: a challenge can send us anywhere, and the credentials go nowhere.
func TestTokenServerElsewhere(t *testing.T) {
	handler, _ := images(t, "acme/web:1")
	for name, c := range map[string]struct {
		realm string
		kind  fault.Kind
		text  string
	}{
		"another host":       {"http://evil.test/token", fault.Auth, "wants its credentials sent to evil.test"},
		"another port":       {"http://registry.test:8080/token", fault.Auth, "sent to registry.test:8080"},
		"a longer name":      {"http://registry.test.evil.test/token", fault.Auth, "sent to registry.test.evil.test"},
		"a name below":       {"http://x.registry.test/token", fault.Auth, "sent to x.registry.test"},
		"a user in it":       {"http://u:" + canary + "@registry.test/token", fault.Internal, "no address"},
		"a file":             {"file:///etc/passwd", fault.Internal, "no address"},
		"no address":         {"registry", fault.Internal, "no address"},
		"metadata of clouds": {"http://169.254.169.254/token", fault.Auth, "sent to 169.254.169.254"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			h := w.serve("registry.test", tokened(c.realm, handler))
			evil := w.serve("evil.test", tokens("", answerOK))
			for _, alias := range []string{"registry.test.evil.test", "x.registry.test", "169.254.169.254"} {
				w.hosts[alias] = evil
			}
			_, err := w.client(ada("registry.test")).Tags(t.Context(), "registry.test/acme/web")
			wantError(t, err, c.kind, c.text)
			wantLog(t, evil)
			silent(t, h)
		})
	}
}

// TestTokenServerOfEverybody: who has no credentials can lose none, and some registries are served by another's tokens.
func TestTokenServerOfEverybody(t *testing.T) {
	w := newWorld(t)
	handler, _ := images(t, "acme/web:1")
	w.serve("registry.test", tokened("http://tokens.test/token", handler))
	w.serve("tokens.test", tokens("", answerOK))
	wantTags(t, w.client(open("registry.test")), "registry.test/acme/web", "1")
}

// TestTokenServerRedirects: a token server of the registry's own that sends the credentials on is refused too.
func TestTokenServerRedirects(t *testing.T) {
	w := newWorld(t)
	handler, _ := images(t, "acme/web:1")
	w.serve("registry.test", answer("/token", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://evil.test/token", http.StatusTemporaryRedirect)
	}, tokened("http://registry.test/token", handler)))
	evil := w.serve("evil.test", tokens("ada", answerOK))
	_, err := w.client(ada("registry.test")).Tags(t.Context(), "registry.test/acme/web")
	wantError(t, err, fault.Auth, "")
	silent(t, evil)
}

func TestTokenNonsense(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		kind fault.Kind
	}{
		"no token":  {`{"note": "` + canary + `"}`, fault.Internal},
		"truncated": {`{"token": "` + canary, fault.Temporary},
		"endless":   {`{"token": "` + strings.Repeat(canary, 10000) + `"}`, fault.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.serve("registry.test", answer("/token", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.body) },
				tokened("http://registry.test/token", answerOK)))
			_, err := w.client(ada("registry.test")).Tags(t.Context(), "registry.test/acme/web")
			wantError(t, err, c.kind, "registry.test")
		})
	}
}

// TestRedirectCarriesNothing: some registries hand over to another host; the credentials stay behind.
func TestRedirectCarriesNothing(t *testing.T) {
	handler, digest := images(t, "acme/web:1", "acme/web:2", "acme/web:3")
	for name, front := range map[string]func(http.Handler) http.Handler{
		"basic": basic,
		"token": func(h http.Handler) http.Handler {
			return tokens("ada", tokened("http://registry.test/token", h))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			h := w.serve("registry.test", front(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v2/" {
					http.Redirect(w, r, "http://mirror.test"+r.URL.Path, http.StatusTemporaryRedirect)
				}
			})))
			mirror := w.serve("mirror.test", paged(handler, relativeLink))
			c := w.client(ada("registry.test"))
			wantTags(t, c, "registry.test/acme/web", "1", "2", "3")
			if got, err := c.Digest(t.Context(), "registry.test/acme/web", "1"); err != nil || got != digest.String() {
				t.Errorf("got %q, %v", got, err)
			}
			silent(t, mirror)
			if len(h.heard()) == 0 {
				t.Error("the registry itself was not sent the credentials")
			}
		})
	}
}

func TestRedirectsEnd(t *testing.T) {
	w := newWorld(t)
	h := w.serve("registry.test", answer("/tags/list", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path+"?"+r.URL.RawQuery+"x", http.StatusFound)
	}, answerOK))
	_, err := w.client(open("registry.test")).Tags(t.Context(), "registry.test/acme/web")
	wantError(t, err, fault.Internal, "redirects too often")
	if got := len(h.log()); got > 10 {
		t.Errorf("%d requests", got)
	}
}

func TestRedirectInside(t *testing.T) {
	for _, target := range []string{"127.0.0.1", "169.254.169.254", "10.1.2.3", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0.0.0.0"} {
		w := newWorld(t)
		inside := w.serve(strings.Trim(target, "[]"), answerOK)
		w.serve("registry.test", answer("/tags/list", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+target+"/x", http.StatusFound)
		}, answerOK))
		_, err := w.client(open("registry.test")).Tags(t.Context(), "registry.test/acme/web")
		wantError(t, err, fault.Internal, "address of the inside")
		wantLog(t, inside)
	}
}

// TestDockerHub: the name in references is not the host that answers, and the token server is a third one.
func TestDockerHub(t *testing.T) {
	for _, configured := range []string{"docker.io", "index.docker.io", "registry-1.docker.io"} {
		w := newWorld(t)
		handler, _ := images(t, "library/nginx:1.27")
		h := w.serve("index.docker.io", tokened("http://auth.docker.io/token", handler))
		auth := w.serve("auth.docker.io", tokens("ada", answerOK))
		wantTags(t, w.client(ada(configured)), "docker.io/library/nginx", "1.27")
		wantLog(t, h, "GET /v2/", "GET /v2/library/nginx/tags/list")
		wantLog(t, auth, "GET /token?scope=repository%3Alibrary%2Fnginx%3Apull&service=registry")
	}
	_, err := newWorld(t).client().Tags(t.Context(), "docker.io/library/nginx")
	wantError(t, err, fault.Temporary, "asking docker.io: ")
	wantHint(t, err, "check that docker.io is reachable")
}

func TestDockerConfig(t *testing.T) {
	w := newWorld(t)
	handler, _ := images(t, "acme/web:1")
	h := w.serve("registry.test", basic(handler))
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	tags := func(hosts ...oci.Host) error {
		c, err := oci.New(oci.Options{Hosts: hosts, DockerConfig: true, Dial: w.dial})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Tags(t.Context(), "registry.test/acme/web")
		return err
	}
	write := func(name, content string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}

	wantError(t, tags(open("registry.test")), fault.Auth, "401")
	write("config.json", fmt.Sprintf(`{"auths": {"registry.test": {"auth": %q}}}`, base64.StdEncoding.EncodeToString([]byte("ada:"+canary))), 0o600)
	if err := tags(open("registry.test")); err != nil {
		t.Error(err)
	}
	// What the operator says wins.
	wantError(t, tags(oci.Host{Name: "registry.test", Insecure: true, Username: "eve", Password: "x"}), fault.Auth, "401")

	write("config.json", `{"credHelpers": {"registry.test": "bumpboattest"}}`, 0o600)
	h.log()
	wantError(t, tags(open("registry.test")), fault.Auth, "credential helper")
	wantLog(t, h)
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	helper := "#!/bin/sh\ncat >/dev/null\n"
	write("docker-credential-bumpboattest", helper+fmt.Sprintf("echo '{\"Username\": \"ada\", \"Secret\": %q}'\n", canary), 0o700)
	if err := tags(open("registry.test")); err != nil {
		t.Error(err)
	}
	write("docker-credential-bumpboattest", helper+"echo "+canary+"\nexit 1\n", 0o700)
	wantError(t, tags(open("registry.test")), fault.Auth, "credential helper")
}

// TestRefreshTokenStays: a refresh token is the body of a POST, which a redirect would repeat elsewhere.
func TestRefreshTokenStays(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	config := fmt.Sprintf(`{"auths": {"registry.test": {"identitytoken": %q}}}`, canary)
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	h := w.serve("registry.test", answer("/token", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://evil.test/token", http.StatusTemporaryRedirect)
	}, tokened("http://registry.test/token", answerOK)))
	evil := w.serve("evil.test", tokens("", answerOK))
	c, err := oci.New(oci.Options{Hosts: []oci.Host{open("registry.test")}, DockerConfig: true, Dial: w.dial})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Tags(t.Context(), "registry.test/acme/web")
	wantError(t, err, fault.Auth, "wants its credentials sent to evil.test")
	wantLog(t, h, "GET /v2/", "POST /token")
	wantLog(t, evil)
}

// TestEndlessPing: the body of a ping says nothing, and is not read for ever.
func TestEndlessPing(t *testing.T) {
	w := newWorld(t)
	handler, _ := images(t, "acme/web:1")
	w.serve("registry.test", answer("/v2/", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}, handler))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := w.client(open("registry.test")).Tags(ctx, "registry.test/acme/web"); err != nil {
		t.Error(err)
	}
}
