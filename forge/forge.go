// Package forge owns pull requests, the same way on every forge. It refuses to know what they are about and never touches Git objects.
package forge

import "context"

// State is where a pull request is in its life. The set is closed.
type State string

// The states of a pull request.
const (
	// Open is a pull request that waits for people.
	Open State = "open"
	// Closed is a pull request that was closed without being merged.
	Closed State = "closed"
	// Merged is a pull request whose change is in its base.
	Merged State = "merged"
)

// PullRequest is one pull request (GitLab: merge request) of one repo.
type PullRequest struct {
	// Number is what people call it by: #7.
	Number int64 `json:"number"`
	// URL is where people read it.
	URL   string `json:"url"`
	Title string `json:"title"`
	Body  string `json:"body"`
	State State  `json:"state"`
	// Head and Base are branch names without refs/heads/. The head is always in the same repo.
	Head string `json:"head"`
	Base string `json:"base"`
	// HeadCommit is the commit that the forge last saw on the head; "" when it does not say.
	HeadCommit string `json:"headCommit,omitempty"`
}

// Proposal is what a pull request should say. Head and base are branches of the repo itself.
type Proposal struct {
	Head  string
	Base  string
	Title string
	Body  string
}

// Forge is the pull requests of one repo. All methods return errors that offer Kind() string and Hint() string
// (see Error); the caller owns retrying.
type Forge interface {
	// Find returns the pull requests from head into base, in every state, newest first. No pull request is no error.
	Find(ctx context.Context, head, base string) ([]PullRequest, error)
	// Open opens one. When the forge says that there is one already, that one is returned.
	Open(ctx context.Context, p Proposal) (PullRequest, error)
	// Update sets the title and the body of an open one, in one call. The answer's State tells whether it still is open.
	Update(ctx context.Context, number int64, p Proposal) (PullRequest, error)
	// Close closes one without merging, after saying why in a comment. One that is no longer open is left alone.
	Close(ctx context.Context, number int64, why string) error
}

// Lister is the optional ability to list what is open in one go.
type Lister interface {
	// ListOpen returns the open pull requests whose head starts with prefix and lies in the repo itself.
	ListOpen(ctx context.Context, prefix string) ([]PullRequest, error)
}

// BodyLimiter is the optional ability to say how long a body may be. A proposal with a longer one is refused as invalid.
type BodyLimiter interface {
	// MaxBody returns the length in bytes.
	MaxBody() int
}
