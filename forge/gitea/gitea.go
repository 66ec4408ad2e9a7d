// Package gitea keeps pull requests on Gitea and on Forgejo, as far as their APIs agree. It refuses to push, to merge, and
// to follow a redirect. Gitea cannot filter pull requests by branch, so a Forge remembers what it has listed: see memory.
package gitea

import (
	"context"
	"errors"
	"net/http"
	"sync"

	sdk "code.gitea.io/sdk/gitea"

	"github.com/bumpboat/bumpboat/forge"
	"github.com/bumpboat/bumpboat/forge/internal/wire"
)

// MaxBody is the longest body in bytes. Gitea itself names no limit.
const MaxBody = 1_000_000

// Options says which repo and with what rights.
type Options struct {
	// URL is where people see the forge, for example https://git.example.com or https://example.com/gitea. The API is below /api/v1.
	URL string
	// Repo is owner/name.
	Repo string
	// Token is an access token.
	Token string
	// HTTP is the client whose transport and timeout are used; nil for a plain one. It is not changed.
	HTTP *http.Client
}

// Forge is the pull requests of one repo. It may be used concurrently, and is worth keeping: the first Find reads the
// repo's whole history of pull requests, later ones only what has changed.
type Forge struct {
	link        *wire.Link
	http        *http.Client
	owner, name string

	mu    sync.Mutex // held while known is brought up to date
	known map[int64]entry
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
	if o.URL == "" {
		return nil, forge.NewError(forge.Invalid, "", errors.New("the forge's address is missing"))
	}
	base, err := wire.ParseURL(o.URL)
	if err != nil {
		return nil, err
	}
	if err := wire.CheckToken(o.Token); err != nil {
		return nil, err
	}
	link := &wire.Link{Base: base, Token: o.Token, Scheme: "token", Hints: hints()}
	return &Forge{link: link, http: link.Client(o.HTTP), owner: owner, name: name}, nil
}

// MaxBody implements forge.BodyLimiter.
func (f *Forge) MaxBody() int { return MaxBody }

func hints() map[forge.Kind]string {
	return map[forge.Kind]string{
		forge.Auth:     `check that the token is valid and has the scopes "write:repository" and "write:issue", and that its user may write to the repository`,
		forge.NotFound: "check the repository's name, and that the token's user can see it",
	}
}

// client returns an SDK client for one call: the SDK binds the context to the client. The token is added by the link's
// transport, and naming no version keeps the SDK from asking for it.
func (f *Forge) client(ctx context.Context) (*sdk.Client, error) {
	return sdk.NewClient(f.link.Base.String(), sdk.SetGiteaVersion(""), sdk.SetHTTPClient(f.http),
		sdk.SetContext(ctx), sdk.SetUserAgent("bumpboat"))
}
