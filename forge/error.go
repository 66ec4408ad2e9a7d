package forge

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind says what sort of failure an error is. The words are those of the rest of bumpboat.
type Kind string

// The kinds of failure.
const (
	// Auth is a token that is missing, wrong or not allowed to do this.
	Auth Kind = "auth"
	// NotFound is a repo or pull request that the forge says is not there, or hides from us.
	NotFound Kind = "not-found"
	// RateLimited is a request refused because of too many requests.
	RateLimited Kind = "rate-limited"
	// Temporary is a failure that the next pass may not see: 5xx, timeouts, a lost connection.
	Temporary Kind = "temporary"
	// Conflict is a write refused because of what is there already.
	Conflict Kind = "conflict"
	// Invalid is input that a person has to correct.
	Invalid Kind = "invalid"
	// Internal is a defect, or an answer that makes no sense.
	Internal Kind = "internal"
)

// Error is a failure of a forge, with its kind and the next step for a person.
type Error struct {
	kind Kind
	hint string
	err  error
}

// NewError returns err with a kind and a hint: one sentence, or "" for none.
func NewError(kind Kind, hint string, err error) *Error {
	return &Error{kind: kind, hint: hint, err: err}
}

// Error returns the message without the hint.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap returns the error underneath.
func (e *Error) Unwrap() error { return e.err }

// Kind returns what sort of failure it is, as text.
func (e *Error) Kind() string { return string(e.kind) }

// Hint returns the next step for a person, or "".
func (e *Error) Hint() string { return e.hint }

// IsKind tells whether the first forge error in err's chain is of this kind.
func IsKind(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.kind == kind
}

// Validate reports what no forge can take: a head or base that is no branch name, an empty title, text that is not UTF-8,
// or a body longer than maxBody bytes.
func (p Proposal) Validate(maxBody int) error {
	if err := ValidateBranches(p.Head, p.Base); err != nil {
		return err
	}
	var problem string
	switch {
	case p.Head == p.Base:
		problem = fmt.Sprintf("head and base are both %q", p.Head)
	case strings.TrimSpace(p.Title) == "":
		problem = "the title is empty"
	case strings.ContainsAny(p.Title, "\r\n"):
		problem = "the title has more than one line"
	case !utf8.ValidString(p.Title) || !utf8.ValidString(p.Body):
		problem = "the title or the body is not UTF-8"
	case len(p.Body) > maxBody:
		problem = fmt.Sprintf("the body has %d bytes, more than the %d that the forge takes", len(p.Body), maxBody)
	default:
		return nil
	}
	return NewError(Invalid, "", errors.New("checking the proposal: "+problem))
}

// ValidateBranches refuses names that Git does not allow and that forges read as something else: "fork:branch" names
// another repo's branch on GitHub.
func ValidateBranches(names ...string) error {
	for _, n := range names {
		bad := func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune(" :?*[\\^~", r) }
		if n == "" || !utf8.ValidString(n) || strings.ContainsFunc(n, bad) || strings.Contains(n, "..") || strings.HasPrefix(n, "-") {
			return NewError(Invalid, "", fmt.Errorf("checking a branch name: %q is none", n))
		}
	}
	return nil
}
