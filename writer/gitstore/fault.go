package gitstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// maxText bounds what is repeated of what a server said.
const maxText = 600

// fault wraps what went wrong while doing something: with a kind, a hint, and nothing secret in its text.
func (r *Remote) fault(ctx context.Context, doing string, err error) error {
	kind, hint := r.kindOf(ctx, err)
	text := fmt.Sprintf("%s: %s", doing, r.scrub(err.Error()))
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, end) || errors.Is(ctx.Err(), end) && kind == fault.Temporary {
			return fault.New(kind, hint, &ended{text: text, err: end})
		}
	}
	return fault.New(kind, hint, errors.New(text))
}

// ended is an error of an operation that was cut off. It says so to errors.Is without repeating it in its text.
type ended struct {
	text string
	err  error
}

func (e *ended) Error() string { return e.text }
func (e *ended) Unwrap() error { return e.err }

// scrub makes text that may come from a server fit for a log: without secrets, on one line, not long.
func (r *Remote) scrub(text string) string {
	for _, secret := range r.secrets {
		text = strings.ReplaceAll(text, secret, "<secret>")
	}
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "?"), func(c rune) bool { return isControl(c) || c == ' ' }), " ")
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + " …"
	}
	return text
}

// unwrapGit takes off the two wrappers of go-git that errors.Is and errors.As do not see through.
func unwrapGit(err error) error {
	var unexpected *plumbing.UnexpectedError
	var permanent *plumbing.PermanentError
	switch {
	case errors.As(err, &unexpected):
		return unexpected.Err
	case errors.As(err, &permanent):
		return permanent.Err
	}
	return err
}

func (r *Remote) kindOf(ctx context.Context, err error) (fault.Kind, string) {
	if known, ok := errors.AsType[*fault.Error](err); ok {
		return fault.Kind(known.Kind()), known.Hint()
	}
	if kind, hint := ofRepository(err); kind != "" {
		return kind, hint
	}
	err = unwrapGit(err)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fault.Temporary, fmt.Sprintf("It took longer than %s. Raise the timeout if the repository is just large.", r.timeout)
	case ctx.Err() != nil:
		return fault.Temporary, ""
	}
	if kind, hint := ofTransport(err); kind != "" {
		return kind, hint
	}
	var no *declined
	switch {
	case errors.As(err, &no):
		return ofPush(no)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errBroken), errors.Is(err, errNoAnswer):
		return fault.Temporary, "The connection broke off. The next pass tries again."
	}
	return fault.KindOf(err), ""
}

// ofRepository sorts errors about what the repository is.
func ofRepository(err error) (fault.Kind, string) {
	switch {
	case errors.Is(err, errEmpty), errors.Is(err, transport.ErrEmptyRemoteRepository):
		return fault.NotFound, "Push a first commit, then run again."
	case errors.Is(err, errNoRepository):
		return fault.NotFound, "Check the path of the repository."
	case errors.Is(err, errNotBare):
		return fault.Invalid, "Name a bare repository (git clone --bare), or the .git directory of this one."
	case errors.Is(err, errObjectFormat), errors.Is(err, errRefFormat):
		return fault.Invalid, "Only repositories with SHA-1 objects and references in files are supported."
	case errors.Is(err, errTooLarge), errors.Is(err, errTooMany):
		return fault.Invalid, "The repository is larger than what may be read of one."
	case errors.Is(err, fs.ErrPermission):
		return fault.Auth, "The user that this runs as has to be allowed to read and write the repository."
	case errors.Is(err, errMoved), errors.Is(err, errLocked):
		return fault.Conflict, "Somebody else was faster. The next pass looks again."
	}
	return "", ""
}

// ofTransport sorts errors about reaching the server and being let in.
func ofTransport(err error) (fault.Kind, string) {
	var redirect *redirectError
	var status *githttp.Err
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var certificate *tls.CertificateVerificationError
	var request *url.Error
	var nonsense *packp.ErrUnexpectedData
	switch {
	case errors.Is(err, transport.ErrAuthenticationRequired):
		return fault.Auth, "Check that the token is set, is right and has not expired."
	case errors.Is(err, transport.ErrAuthorizationFailed):
		return fault.Auth, "The token has to be allowed to read the repository and to write its contents."
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return fault.NotFound, "Check the URL. Servers also say this when the token may not see the repository."
	case errors.As(err, &redirect):
		return fault.Invalid, "Redirects to another host or to plain http are not followed, since they would carry the token there. Put the final address into the configuration."
	case errors.As(err, &authority), errors.As(err, &name), errors.As(err, &certificate):
		return fault.Invalid, "The certificate is not trusted. Name the CA that signed it."
	case errors.As(err, &request) && request.Op != "parse":
		return fault.Temporary, "Check that the host is right and can be reached from here."
	case errors.As(err, &status):
		return ofStatus(status.StatusCode())
	case errors.Is(err, pktline.ErrInvalidPktLen), errors.As(err, &nonsense):
		return fault.Internal, "The server did not answer as a Git server does. Check that the URL is that of a Git repository."
	case errors.Is(err, errRefused):
		return fault.Temporary, "The server refused what it had offered before. The next pass asks again."
	}
	return "", ""
}

func ofStatus(code int) (fault.Kind, string) {
	switch {
	case code == http.StatusTooManyRequests:
		return fault.RateLimited, ""
	case code >= 500 || code == http.StatusRequestTimeout:
		return fault.Temporary, ""
	case code == http.StatusRequestEntityTooLarge:
		return fault.Invalid, "The server does not take a push of this size."
	case code == http.StatusGone:
		return fault.NotFound, "The repository is gone."
	}
	return fault.Internal, "Check that the URL is that of a Git repository."
}

// ofPush sorts what servers say when they decline to move a branch. There are no codes, only words. That the branch
// did move has been found out before by looking at it.
func ofPush(d *declined) (fault.Kind, string) {
	text := strings.ToLower(d.reason + " " + d.remarks)
	for _, group := range pushWords {
		for _, word := range group.words {
			if strings.Contains(text, word) {
				return group.kind, group.hint
			}
		}
	}
	return fault.Temporary, "The server did not take the push. The next pass tries again."
}

// pushWords are the words of git, GitHub, GitLab and Gitea, the most telling first.
var pushWords = []struct {
	kind  fault.Kind
	hint  string
	words []string
}{
	{
		fault.Invalid, "A rule of the server declined the push. Allow it to create and to force-push branches below bumpboat/.",
		[]string{"protected branch", "gh006", "gh013", "hook declined", "not allowed to push", "deny updating", "currently checked out", "prohibited"},
	},
	{
		fault.Invalid, "The server forbids force pushes. Allow them for branches below bumpboat/.",
		[]string{"non-fast-forward"},
	},
	{
		fault.Auth, "The token has to be allowed to write the contents of the repository.",
		[]string{"permission", "not authorized", "denied", "read-only", "archived"},
	},
	{
		fault.Conflict, "Somebody else was faster. The next pass looks again.",
		[]string{
			"fetch first", "stale info", "failed to lock", "cannot lock ref", "failed to update ref", "object not found",
			"reference already exists", "remote ref updated since", "incorrect old value", "missing necessary objects",
		},
	},
	{
		fault.Invalid, "The server refuses pushes from shallow repositories.",
		[]string{"shallow update not allowed"},
	},
}
