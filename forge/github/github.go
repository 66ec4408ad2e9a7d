// Package github keeps pull requests on GitHub, GitHub Enterprise Server included. It refuses to push, to merge, and to
// follow a redirect.
package github

import (
	"net/http"
	"net/url"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/bumpboat/bumpboat/forge"
	"github.com/bumpboat/bumpboat/forge/internal/wire"
)

// MaxBody is the longest body in bytes. GitHub refuses more than 65,536 characters; the rest is left to people and other bots.
const MaxBody = 60_000

// Options says which repo and with what rights.
type Options struct {
	// URL is where people see the forge: "" for github.com, else for example https://ghe.example.com, whose REST API is
	// below /api/v3.
	URL string
	// Repo is owner/name.
	Repo string
	// Token is sent as a bearer token: a personal access token or an installation's.
	Token string
	// HTTP is the client whose transport and timeout are used; nil for a plain one. It is not changed.
	HTTP *http.Client
}

// Forge is the pull requests of one repo. It may be used concurrently.
type Forge struct {
	link        *wire.Link
	client      *gh.Client
	owner, name string
}

var (
	_ forge.Forge       = (*Forge)(nil)
	_ forge.Lister      = (*Forge)(nil)
	_ forge.BodyLimiter = (*Forge)(nil)
)

// New checks the options. It makes no request.
func New(o Options) (*Forge, error) {
	owner, name, err := wire.ParseRepo(o.Repo)
	if err != nil {
		return nil, err
	}
	base, err := apiURL(o.URL)
	if err != nil {
		return nil, err
	}
	if err := wire.CheckToken(o.Token); err != nil {
		return nil, err
	}
	link := &wire.Link{Base: base, Token: o.Token, Scheme: "Bearer", Hints: hints()}
	client := gh.NewClient(link.Client(o.HTTP))
	client.BaseURL = base
	client.UserAgent = "bumpboat"
	return &Forge{link: link, client: client, owner: owner, name: name}, nil
}

// MaxBody implements forge.BodyLimiter.
func (f *Forge) MaxBody() int { return MaxBody }

func hints() map[forge.Kind]string {
	return map[forge.Kind]string{
		forge.Auth: `check that the token is valid for this repository and has the permissions "Pull requests: read and write" ` +
			`and "Contents: read and write" (classic tokens: scope "repo")`,
		forge.NotFound:    "check the repository's name, and that the token can see it: GitHub hides what a token may not read",
		forge.RateLimited: "wait until the limit is reset; fewer repositories per token or a GitHub App's token have more room",
	}
}

// apiURL derives the address of the REST API, with the slash at its end that go-github wants.
func apiURL(raw string) (*url.URL, error) {
	if raw == "" {
		raw = "https://github.com"
	}
	u, err := wire.ParseURL(raw)
	if err != nil {
		return nil, err
	}
	host := strings.ToLower(u.Host)
	switch {
	case strings.HasSuffix(u.Path, "/api/v3"), strings.HasPrefix(host, "api."):
	// github.com and Enterprise Cloud with data residency have their API on a host of its own.
	case u.Path == "" && (host == "github.com" || strings.HasSuffix(host, ".ghe.com")):
		u.Host = "api." + host
	default:
		u.Path += "/api/v3"
	}
	u.Path += "/"
	return u, nil
}
