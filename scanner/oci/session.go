package oci

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// registry is one registry host, asked at most once how it wants to be asked.
type registry struct {
	name      name.Registry
	insecure  bool
	agent     string
	transport http.RoundTripper
	challenge *once[*challenge]
}

type challenge = transport.Challenge

// session asks about one repository, with the credentials and the token for it.
type session struct {
	repo     name.Repository
	base     url.URL
	client   *http.Client
	limits   limits
	contents *contents

	mu sync.Mutex
	// tagged has the digests of tags.
	tagged map[string]*once[string]
}

// connect authenticates for one repository. The challenge is the host's and shared; tokens belong to a repository.
func (c *Client) connect(ctx context.Context, repo name.Repository) (*session, error) {
	reg := c.registry(repo.Registry)
	auth, err := c.credentials(ctx, repo)
	if err != nil {
		return nil, err
	}
	how, err := reg.challenge.get(ctx, reg.ping)
	if err != nil {
		return nil, err
	}
	config, err := authn.Authorization(ctx, auth)
	if err != nil {
		return nil, errDockerConfig(err)
	}
	g := reg.guard(*config != authn.AuthConfig{})
	token := &transport.Token{Token: config.RegistryToken}
	if strings.EqualFold(how.Scheme, "bearer") && config.RegistryToken == "" {
		if err := g.checkRealm(how.Parameters["realm"]); err != nil {
			return nil, err
		}
		if token, err = transport.Exchange(ctx, reg.name, auth, g, []string{repo.Scope(transport.PullScope)}, how); err != nil {
			return nil, err
		}
		// Two fields for one thing: https://distribution.github.io/distribution/spec/auth/token/
		token.Token = cmp.Or(token.AccessToken, token.Token)
	}
	authenticated, err := transport.FromToken(reg.name, auth, g, how, token)
	if err != nil {
		return nil, err
	}
	return &session{
		repo:     repo,
		base:     url.URL{Scheme: scheme(how), Host: repo.RegistryStr(), Path: "/v2/" + repo.RepositoryStr() + "/"},
		client:   &http.Client{Transport: authenticated, CheckRedirect: checkRedirect},
		limits:   c.limits,
		contents: c.contents,
		tagged:   map[string]*once[string]{},
	}, nil
}

func scheme(how *challenge) string {
	if how.Insecure {
		return "http"
	}
	return "https"
}

// ping asks the host for its challenge, and whether it speaks HTTPS where plain HTTP is allowed at all.
func (r *registry) ping(ctx context.Context) (*challenge, error) {
	return transport.Ping(ctx, r.name, shortAnswers{r.guard(true)})
}

// guard returns the connections to the host, with what must not pass them.
func (r *registry) guard(secret bool) *guard {
	return &guard{inner: r.transport, registry: r.name.RegistryStr(), insecure: r.insecure, secret: secret, agent: r.agent}
}

// shortAnswers cuts bodies off: go-containerregistry reads that of a ping to its end, however long it is.
type shortAnswers struct{ inner http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (s shortAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.inner.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, 64<<10), resp.Body}
	}
	return resp, err
}

// credentials returns what is known for a repository: what is configured for its host, else what Docker knows.
func (c *Client) credentials(ctx context.Context, repo name.Repository) (authn.Authenticator, error) {
	h := c.hosts[repo.RegistryStr()]
	switch {
	case h.Token != "":
		return authn.FromConfig(authn.AuthConfig{RegistryToken: h.Token}), nil
	case h.Username != "" || h.Password != "":
		return authn.FromConfig(authn.AuthConfig{Username: h.Username, Password: h.Password}), nil
	case !c.dockerConfig:
		return authn.Anonymous, nil
	}
	type found struct {
		auth authn.Authenticator
		err  error
	}
	// A credential helper is a program that knows no context. When one hangs, its goroutine stays behind with it.
	result := make(chan found, 1)
	go func() {
		auth, err := authn.Resolve(ctx, authn.DefaultKeychain, repo)
		result <- found{auth, err}
	}()
	select {
	case f := <-result:
		if f.err != nil {
			return nil, errDockerConfig(f.err)
		}
		return f.auth, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// errDockerConfig is the error for credentials that cannot be read. What a helper printed is left out: it may be the secret.
func errDockerConfig(err error) error {
	text := "the Docker config or one of its credential helpers cannot be read"
	if missing, ok := errors.AsType[*exec.Error](err); ok {
		text += ": " + clean(missing.Error())
	}
	return fault.New(fault.Auth, "try the credential helper by hand, or configure the registry under registries: in the operator's config", errors.New(text))
}

// url returns the address of something below the repository.
func (s *session) url(path string) *url.URL {
	u := s.base
	u.Path += path
	return &u
}

// do sends a request. The caller closes the body.
func (s *session) do(ctx context.Context, method string, u *url.URL, accept string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, s.nonsense("gave an address that is none")
	}
	req.Header.Set("Accept", accept)
	return s.client.Do(req)
}

// nonsense returns the error for an answer that cannot be right; what completes the sentence about the registry.
func (s *session) nonsense(what string) error {
	return nonsense(s.repo.RegistryStr(), what)
}
