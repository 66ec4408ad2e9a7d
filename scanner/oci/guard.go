package oci

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// maxRedirects is how often one request may be sent elsewhere.
const maxRedirects = 5

// guard is the last that sees a request before it leaves: whatever the layers above were made to believe, no
// credential passes it to a host that it was not configured for, and nothing passes in clear text without leave.
type guard struct {
	inner    http.RoundTripper
	registry string
	insecure bool
	// secret says that the session has credentials. Without them its tokens are anybody's, and registries that are
	// only a name in front of another one need them to travel.
	secret bool
	agent  string
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := g.check(r); err != nil {
		if r.Body != nil {
			_ = r.Body.Close() // the contract of RoundTrip
		}
		return nil, err
	}
	if g.agent != "" {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", g.agent)
	}
	return g.inner.RoundTrip(r)
}

// check returns why a request may not leave.
func (g *guard) check(r *http.Request) error {
	if err := g.checkScheme(r.URL); err != nil {
		return err
	}
	if r.URL.User != nil {
		return nonsense(g.registry, "gave an address with a user in it")
	}
	// Only token requests have a body, and it holds a refresh token.
	carries := r.Header.Get("Authorization") != "" || r.Method != http.MethodGet && r.Method != http.MethodHead
	if carries && g.secret && !g.trusts(r.URL) {
		return g.errForeign(r.URL)
	}
	return nil
}

func (g *guard) checkScheme(u *url.URL) error {
	switch {
	case u.Scheme == "https":
		return nil
	case u.Scheme != "http":
		return nonsense(g.registry, "gave an address that is neither https nor http")
	case g.insecure, loopback(u.Hostname()) && loopback(hostname(g.registry)):
		return nil
	}
	return fault.New(fault.Invalid,
		fmt.Sprintf("if %s really has no HTTPS, say insecure: true for it under registries: in the operator's config", display(g.registry)),
		fmt.Errorf("asking %s in clear text is not allowed", display(u.Host)))
}

// checkRealm checks the address where a challenge wants the credentials sent, for an error that names it.
func (g *guard) checkRealm(realm string) error {
	u, err := url.Parse(realm)
	if err != nil || u.Host == "" || u.User != nil {
		return nonsense(g.registry, "names a token server that is no address")
	}
	if err := g.checkScheme(u); err != nil {
		return err
	}
	if g.secret && !g.trusts(u) {
		return g.errForeign(u)
	}
	return nil
}

func (g *guard) errForeign(u *url.URL) error {
	host := display(g.registry)
	return fault.New(fault.Auth, fmt.Sprintf("give a token that %s takes as it is, under registries: in the operator's config", host),
		fmt.Errorf("%s wants its credentials sent to %s, for which they are not configured", host, clean(u.Host)))
}

// trusts says whether the registry's credentials may be sent to an address.
func (g *guard) trusts(u *url.URL) bool {
	host := shortHost(u.Scheme, u.Host)
	if host == shortHost(u.Scheme, g.registry) || host == tokenHost(g.registry) {
		return true
	}
	// A registry on a port of its own often has its token server at the same name's ordinary port, as GitLab does.
	return u.Scheme == "https" && host == hostname(g.registry)
}

// tokenHost returns the token server of a registry that has it elsewhere, as the vendors document it.
func tokenHost(registry string) string {
	switch registry {
	case name.DefaultRegistry:
		return "auth.docker.io"
	case "registry.gitlab.com":
		return "gitlab.com"
	}
	return registry
}

// checkRedirect bounds redirects, and keeps a public registry from sending us to addresses of the inside. Credentials
// do not travel: the layers above set them for the registry alone, and the guard stands below.
func checkRedirect(r *http.Request, via []*http.Request) error {
	from, to := via[0].URL.Hostname(), r.URL.Hostname()
	switch {
	case len(via) > maxRedirects:
		return nonsense(via[0].URL.Host, "redirects too often")
	case from != to && internal(to) && !internal(from):
		return fault.New(fault.Internal, "", errors.New("it redirects to an address of the inside: "+clean(to)))
	}
	return nil
}

// internal says whether a host is an address that is not reachable from the outside. Names are not resolved.
func internal(host string) bool {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return host == "localhost" || strings.HasSuffix(host, ".localhost")
	}
	a = a.WithZone("").Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() || a.IsUnspecified()
}

// loopback says whether a host is this machine.
func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return host == "localhost" || strings.HasSuffix(host, ".localhost")
	}
	return a.IsLoopback()
}

// shortHost returns a host without the port that its scheme implies.
func shortHost(scheme, host string) string {
	port := map[string]string{"http": ":80", "https": ":443"}[scheme]
	return strings.TrimSuffix(strings.ToLower(host), port)
}

// hostname returns a host without its port.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return strings.Trim(host, "[]")
}
