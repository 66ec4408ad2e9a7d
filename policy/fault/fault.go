// Package fault owns the one error type that crosses the packages of bumpboat: what kind of failure it
// was, and what a person can do about it. It refuses to know where the failure came from.
package fault

import (
	"context"
	"errors"
	"net"
)

// Kind says what sort of failure an error is. The set is closed; it is also a metric label.
type Kind string

// The kinds of failure.
const (
	// Auth is a credential that is missing, wrong or not allowed to do this.
	Auth Kind = "auth"
	// NotFound is a thing that the other side says is not there (or hides from us).
	NotFound Kind = "not-found"
	// RateLimited is a request refused because of too many requests.
	RateLimited Kind = "rate-limited"
	// Temporary is a failure that the next pass may not see: 5xx, timeouts, a lost connection.
	Temporary Kind = "temporary"
	// Conflict is a write refused because somebody else wrote first.
	Conflict Kind = "conflict"
	// Invalid is input that a person has to correct.
	Invalid Kind = "invalid"
	// Internal is everything else: a defect, or an answer that makes no sense.
	Internal Kind = "internal"
)

// Error is an error with a kind and a hint.
type Error struct {
	kind Kind
	hint string
	err  error
}

// New returns err with a kind and a hint: the next step for a person, one sentence, or "" for none.
func New(kind Kind, hint string, err error) *Error {
	return &Error{kind: kind, hint: hint, err: err}
}

// Error returns the message without the hint.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap returns the error underneath.
func (e *Error) Unwrap() error { return e.err }

// Kind returns what sort of failure it is, as text, so that packages that do not know this one can offer the same method.
func (e *Error) Kind() string { return string(e.kind) }

// Hint returns the next step for a person, or "".
func (e *Error) Hint() string { return e.hint }

// KindOf returns the kind of the first error in err's chain that has one. Timeouts and network errors are
// Temporary; anything else without a kind is Internal.
func KindOf(err error) Kind {
	var k interface{ Kind() string }
	if errors.As(err, &k) {
		return Kind(k.Kind())
	}
	// Not net.Error: the errors of the file system satisfy that, too.
	var op *net.OpError
	var dns *net.DNSError
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &op) || errors.As(err, &dns) {
		return Temporary
	}
	return Internal
}

// HintOf returns the first hint in err's chain, or "".
func HintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}
