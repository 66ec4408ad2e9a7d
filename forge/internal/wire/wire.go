// Package wire is the HTTP that the forge clients share: one host, no redirects, bounded answers, a deadline, and errors
// that carry a kind and no token. It refuses to know what is asked.
package wire

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/bumpboat/bumpboat/forge"
)

const (
	// defaultTimeout is the deadline of a request when the caller's client has none.
	defaultTimeout = 30 * time.Second
	// maxAnswer fits a page of a hundred pull requests with bodies of GitHub's largest size, escaped.
	maxAnswer = 64 << 20
	// maxProblem bounds answers that are no success: only a sentence of them is used.
	maxProblem = 1 << 20
)

var (
	errHost  = errors.New("refusing to send the token to a host that is not the forge's")
	errLarge = errors.New("the answer is larger than any that makes sense")
)

// Link is the way to one forge with one token.
type Link struct {
	// Base is where the API lives.
	Base *url.URL
	// Token is sent as "Authorization: Scheme Token"; none is sent when it is empty.
	Token  string
	Scheme string
	// Hints are the next steps for a person, for the kinds of failure that have one on this forge.
	Hints map[forge.Kind]string
}

// Client returns an HTTP client that talks to the link's host only. What c offers (proxy, certificates, timeout) is kept;
// c itself is not changed and may be nil.
func (l *Link) Client(c *http.Client) *http.Client {
	var own http.Client
	if c != nil {
		own = *c
	}
	if own.Timeout == 0 {
		own.Timeout = defaultTimeout
	}
	next := own.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	own.Transport = &transport{link: l, next: next}
	own.Jar = nil
	// A moved repo or a proxy's login page: following would ask elsewhere, and would turn a POST into a GET.
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

type transport struct {
	link *Link
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != t.link.Base.Host || req.URL.Scheme != t.link.Base.Scheme {
		return nil, errHost
	}
	if t.link.Token != "" {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", t.link.Scheme+" "+t.link.Token)
	}
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	limit := int64(maxAnswer)
	if resp.StatusCode >= http.StatusMultipleChoices {
		limit = maxProblem
	}
	resp.Body = &bounded{body: resp.Body, left: limit}
	return resp, nil
}

// bounded is a body that fails, rather than ends, when it is too large: a cut list must not look like a whole one.
type bounded struct {
	body io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n, errLarge
	}
	return n, err
}

// Close implements io.Closer.
func (b *bounded) Close() error { return b.body.Close() }

// ParseURL reads the address of a forge as people configure it. Errors do not repeat it: it may hold a password.
func ParseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(raw, "/"))
	if err != nil {
		return nil, invalid("the forge's address is not a URL")
	}
	switch {
	case u.User != nil:
		return nil, invalid("the forge's address holds a user name: give the token in its own setting")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, invalid("the forge's address must begin with https:// or http://")
	case u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return nil, invalid("the forge's address must be a scheme, a host and at most a path")
	}
	return u, nil
}

// IsWeb tells whether a forge's answer names an address that people can open.
func IsWeb(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// Names of owners and repos are restricted on every forge; what is outside is a mistake, or would change the path of a request.
var nameRE = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// ParseRepo splits owner/name.
func ParseRepo(repo string) (owner, name string, err error) {
	owner, name, _ = strings.Cut(repo, "/")
	for _, part := range []string{owner, name} {
		if !nameRE.MatchString(part) || part == "." || part == ".." {
			return "", "", invalid(fmt.Sprintf("the repo %q is not of the form owner/name", Clean(repo, "")))
		}
	}
	return owner, name, nil
}

// CheckToken refuses tokens that no header can carry, most often because of a line break at the end of a file.
func CheckToken(token string) error {
	for _, r := range token {
		if r <= ' ' || r > '~' {
			return forge.NewError(forge.Invalid, "look for a line break or a space in the token's file or variable",
				errors.New("the token has characters that no token has"))
		}
	}
	return nil
}

func invalid(text string) error {
	return forge.NewError(forge.Invalid, "", errors.New(text))
}
