// Package gitstore owns the reading and writing of a Git repository without a worktree and without the git
// binary: files of a branch at one commit, and one commit of ours on a branch of ours, pushed by compare-and-swap.
// It refuses to know what the files mean, and to move a branch whose tip may hold work of a person.
package gitstore

import (
	"context"
	"strings"
	"time"

	"github.com/bumpboat/bumpboat/policy/fault"
)

const (
	defaultTimeout  = 2 * time.Minute
	defaultMaxBytes = 1 << 30
	// defaultUsername goes with a bare token. GitHub, GitLab and Gitea take any name with a token; this one is GitHub's.
	defaultUsername = "x-access-token"
)

// Options says where a repository is and how to get in. Only URL is needed.
type Options struct {
	// URL is `https://…`, `http://…` (of a loopback address, or with AllowHTTP), or a path or `file://…` URL of a
	// bare repository on this machine.
	URL string
	// AllowHTTP says that the operator accepts plain http to other hosts.
	AllowHTTP bool
	// Username and Password are for HTTP Basic authentication. A token goes in Password; Username may then be left out.
	Username, Password string
	// CA is a PEM bundle of certificates that are trusted besides the system's.
	CA []byte
	// Timeout bounds one Snapshot or Propose; 0 is two minutes.
	Timeout time.Duration
	// MaxBytes bounds what one Snapshot or Propose reads from the server, and separately what that unpacks
	// to; 0 is 1 GiB.
	MaxBytes int64
}

// Remote is a repository that can be read and proposed to. It holds no connection and is safe for concurrent use.
type Remote struct {
	place    place
	secrets  []string
	timeout  time.Duration
	maxBytes int64
	connect  func() connection
}

// connection is one way to reach a repository. A snapshot has its own.
type connection interface {
	// refs reads what the repository advertises.
	refs(ctx context.Context) (refs, error)
	// load brings what q asks for into o. What the server left out shows as errMissing when it is looked for.
	load(ctx context.Context, o *objects, q query) error
	// push moves one branch if it still is where u says.
	push(ctx context.Context, u update) error
}

// Open checks the options and returns the repository without asking it anything.
func Open(o Options) (*Remote, error) {
	p, err := parsePlace(o)
	if err != nil {
		return nil, err
	}
	r := &Remote{place: p, timeout: o.Timeout, maxBytes: o.MaxBytes}
	if r.timeout <= 0 {
		r.timeout = defaultTimeout
	}
	if r.maxBytes <= 0 {
		r.maxBytes = defaultMaxBytes
	}
	if p.dir != "" {
		r.connect = func() connection { return &local{dir: p.dir} }
		return r, nil
	}
	transport, err := newTransport(o.CA)
	if err != nil {
		return nil, fault.New(fault.Invalid, "The CA bundle has to be one or more certificates in PEM form.", err)
	}
	user := p.user
	if user == "" && o.Password != "" {
		user = defaultUsername
	}
	r.secrets = secretsOf(user, o.Password)
	r.connect = func() connection {
		return &remote{transport: transport, endpoint: p.endpoint, user: user, password: o.Password, maxBytes: r.maxBytes}
	}
	return r, nil
}

// String returns the location for people, without credentials.
func (r *Remote) String() string { return r.place.String() }

// within returns a context that ends with the operation that it is for.
func (r *Remote) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, r.timeout)
}

// shortName returns the branch that a reference is, or "" when it is none that we would name.
func shortName(ref string) string {
	name, ok := strings.CutPrefix(ref, headPrefix)
	if !ok || checkBranch(name) != nil {
		return ""
	}
	return name
}
