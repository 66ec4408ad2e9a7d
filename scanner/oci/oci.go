// Package oci asks OCI registries for tags, digests, times and platforms: names, challenges and tokens through go-containerregistry,
// lists paged to their end. It refuses to send a credential to a host that it was not configured for, and to
// return a part of a list as the whole.
package oci

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/distribution/reference"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// Host says how one registry host is asked. Either a Token or a Username and Password is given, or none of them.
type Host struct {
	// Name is the host as it stands in image references, with the port if there is one: `docker.io`, `registry.example.com:5000`.
	Name string
	// Username and Password are sent to the host, and to the token server that belongs to it.
	Username, Password string
	// Token is a registry token that is sent as it is, to the host alone.
	Token string
	// Insecure allows plain HTTP, which is otherwise spoken to this machine only.
	Insecure bool
	// CA is certificates in PEM to trust besides the system's, for this host and its token server.
	CA []byte
	// TrustTimes says that the times that images of this registry carry are believed, because only the operator's own builds push there.
	TrustTimes bool
}

// Options are what a Client is made from. The zero value asks every registry anonymously.
type Options struct {
	// Hosts are the registries that need more than being asked anonymously.
	Hosts []Host
	// DockerConfig also reads the Docker config and its credential helpers, for hosts without credentials in Hosts.
	DockerConfig bool
	// UserAgent is how the client introduces itself.
	UserAgent string
	// Dial replaces the dialer and switches proxies off; nil dials, through the proxy of the environment if there is one.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Client is a scanner.Registry over OCI registries, with all abilities. It is meant for one pass: it remembers how each host
// wants to be asked, tokens, that a host could not be reached, the digests of tags, and manifests and configs by their
// digests. It is safe for concurrent use.
type Client struct {
	hosts        map[string]Host
	dockerConfig bool
	agent        string
	limits       limits
	transport    *http.Transport
	contents     *contents

	mu         sync.Mutex
	registries map[string]*registry
	sessions   map[string]*once[*session]
}

// limits bound what a registry can make us keep. Going over one is an error, never a shorter list.
type limits struct {
	pages, tags int
	// bytes is for all pages of a list together, and decoded where they are compressed.
	bytes int64
	// manifest is for a manifest, an index or the config of an image.
	manifest int64
	// contents is for all manifests and configs that are remembered: beyond it the oldest are forgotten.
	contents int64
}

// defaultLimits allow for the largest lists known, about a million tags of 50 bytes, and for the 4 MiB that the
// distribution specification wants registries to accept as a manifest.
var defaultLimits = limits{pages: 1000, tags: 1_000_000, bytes: 128 << 20, manifest: 4 << 20, contents: 32 << 20}

// New returns a Client. It asks nothing yet.
func New(o Options) (*Client, error) {
	c := &Client{
		hosts:        map[string]Host{},
		dockerConfig: o.DockerConfig,
		agent:        o.UserAgent,
		limits:       defaultLimits,
		transport:    newTransport(o.Dial),
		contents:     newContents(defaultLimits.contents),
		registries:   map[string]*registry{},
		sessions:     map[string]*once[*session]{},
	}
	for _, h := range o.Hosts {
		key := canonical(h.Name)
		if err := h.check(); err != nil {
			return nil, fault.New(fault.Invalid, "", fmt.Errorf("registry %q: %w", h.Name, err))
		}
		if _, ok := c.hosts[key]; ok {
			return nil, fault.New(fault.Invalid, "", fmt.Errorf("registry %q: configured twice", h.Name))
		}
		c.hosts[key] = h
	}
	return c, nil
}

// check reports what makes no sense, without repeating a secret.
func (h Host) check() error {
	if u, err := url.Parse("//" + h.Name); err != nil || h.Name == "" || u.Host != h.Name || u.Hostname() == "" {
		return errors.New("the name has to be a host such as registry.example.com:5000, without scheme and path")
	}
	if h.Token != "" && (h.Username != "" || h.Password != "") {
		return errors.New("a token and a username or password are given; one of them is wanted")
	}
	if len(h.CA) > 0 && !x509.NewCertPool().AppendCertsFromPEM(h.CA) {
		return errors.New("the certificate authority has no certificate in PEM")
	}
	return nil
}

// newTransport returns the connections of one Client. Deadlines for answers come from the context of each look-up.
func newTransport(dial func(ctx context.Context, network, addr string) (net.Conn, error)) *http.Transport {
	t := &http.Transport{
		DialContext:            dial,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    10 * time.Second,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConnsPerHost:    8,
		MaxResponseHeaderBytes: 256 << 10,
	}
	if dial == nil {
		t.Proxy = http.ProxyFromEnvironment
		t.DialContext = (&net.Dialer{Timeout: 15 * time.Second}).DialContext
	}
	return t
}

// transportFor returns the connections for a host: the shared ones, unless it has certificates of its own.
func (c *Client) transportFor(h Host) *http.Transport {
	if len(h.CA) == 0 {
		return c.transport
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a machine without certificates trusts the configured ones alone
	}
	pool.AppendCertsFromPEM(h.CA)
	t := c.transport.Clone()
	t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return t
}

// Tags returns every tag of the repository in the registry's order, also those that are no tags by the grammar.
func (c *Client) Tags(ctx context.Context, repository string) ([]string, error) {
	tags, err := ask(ctx, c, repository, (*session).tags)
	if err != nil {
		return nil, fmt.Errorf("listing tags of %s: %w", repository, err)
	}
	return tags, nil
}

// Digest returns the digest of the manifest or index that the tag points to.
func (c *Client) Digest(ctx context.Context, repository, tag string) (string, error) {
	digest, err := ask(ctx, c, repository, func(s *session, ctx context.Context) (string, error) { return s.digest(ctx, tag) })
	if err != nil {
		return "", fmt.Errorf("reading the digest of %s:%s: %w", repository, tag, err)
	}
	return digest, nil
}

// ask runs one look-up in the session of its repository.
func ask[T any](ctx context.Context, c *Client, repository string, look func(*session, context.Context) (T, error)) (T, error) {
	var found T
	repo, err := c.parse(repository)
	if err != nil {
		return found, err
	}
	s, err := c.session(ctx, repo)
	if err == nil {
		found, err = look(s, ctx)
	}
	if err != nil {
		return found, explain(repo.RegistryStr(), err)
	}
	return found, nil
}

// session returns the way to ask about a repository, which is made once: this is where tokens are fetched.
func (c *Client) session(ctx context.Context, repo name.Repository) (*session, error) {
	c.mu.Lock()
	key := repo.Name()
	if c.sessions[key] == nil {
		c.sessions[key] = newOnce[*session]()
	}
	made := c.sessions[key]
	c.mu.Unlock()
	return made.get(ctx, func(ctx context.Context) (*session, error) { return c.connect(ctx, repo) })
}

// registry returns what is known of a registry host.
func (c *Client) registry(reg name.Registry) *registry {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := reg.RegistryStr()
	if c.registries[key] == nil {
		h := c.hosts[key]
		c.registries[key] = &registry{
			name: reg, insecure: h.Insecure, agent: c.agent, transport: c.transportFor(h), challenge: newOnce[*challenge](),
		}
	}
	return c.registries[key]
}

// parse reads a full repository name. The distribution grammar is asked first: it keeps `..` and the like out of URLs.
func (c *Client) parse(repository string) (name.Repository, error) {
	bad := func() (name.Repository, error) {
		return name.Repository{}, fault.New(fault.Invalid, "a full name is host/path, such as docker.io/library/nginx",
			errors.New("it is no full name of an image repository"))
	}
	ref, err := reference.ParseNormalizedNamed(repository)
	if err != nil || !reference.IsNameOnly(ref) {
		return bad()
	}
	host := canonical(reference.Domain(ref))
	var opts []name.Option
	if c.hosts[host].Insecure {
		opts = append(opts, name.Insecure)
	}
	repo, err := name.NewRepository(host+"/"+reference.Path(ref), opts...)
	if err != nil || repo.RegistryStr() != host {
		return bad()
	}
	return repo, nil
}

// canonical returns a host's name as go-containerregistry spells it. Docker Hub has three names.
func canonical(host string) string {
	host = strings.ToLower(host)
	switch host {
	case "docker.io", "registry-1.docker.io":
		return name.DefaultRegistry
	}
	return host
}

// display returns a host's name as people write it in references.
func display(host string) string {
	if host == name.DefaultRegistry {
		return "docker.io"
	}
	return cmp.Or(clean(host), "the registry")
}

// once makes a value for the first who asks; everybody else waits for it, each with a context of their own.
type once[T any] struct {
	turn  chan struct{}
	done  bool
	value T
	err   error
}

func newOnce[T any]() *once[T] { return &once[T]{turn: make(chan struct{}, 1)} }

// get returns the value. A failure is kept like a value, unless it only says that the caller went away.
func (o *once[T]) get(ctx context.Context, build func(context.Context) (T, error)) (T, error) {
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
	if !o.done {
		o.value, o.err = build(ctx)
		o.done = o.err == nil || !errors.Is(ctx.Err(), context.Canceled)
	}
	return o.value, o.err
}
