package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/bumpboat/bumpboat/forge"
)

// maxMessage is how much of a forge's own words goes into an error, in characters.
const maxMessage = 300

// Status returns the error for an answer that is no success. The message is the forge's own; it may be hostile and is shortened.
func (l *Link) Status(doing string, status int, h http.Header, message string) *forge.Error {
	kind := kindOf(status, h, message)
	hint := l.Hints[kind]
	text := fmt.Sprintf("%s: %s answered %d", doing, l.Base.Host, status)
	if m := Clean(message, l.Token); m != "" {
		text += ": " + m
	}
	switch {
	case status >= 300 && status < 400:
		hint = "the repository or the forge has moved: configure the new name or address; redirects are not followed with a token"
	case archived(status, message):
		hint = "the repository is archived: unarchive it, or take it out of the configuration"
	case kind == forge.RateLimited:
		text += waitText(h)
	}
	return forge.NewError(kind, hint, errors.New(text))
}

// Broken returns the error for a request without a usable answer: the network, a deadline, or an answer that makes no sense.
func (l *Link) Broken(doing string, err error) *forge.Error {
	cause := err
	if ue, ok := errors.AsType[*url.Error](err); ok {
		cause = ue.Err // the URL's query and the method say nothing that doing does not say
	}
	kind, hint := forge.Internal, "check that the configured address is the forge's own"
	var certificate *tls.CertificateVerificationError
	var network net.Error
	switch {
	case errors.As(err, &certificate):
		kind, hint = forge.Invalid, "the forge's certificate is not trusted: configure its certificate authority"
	case errors.Is(err, errHost), errors.Is(err, errLarge):
	case errors.As(err, &network), errors.Is(err, context.Canceled), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		kind, hint = forge.Temporary, ""
	}
	return forge.NewError(kind, hint, &broken{
		text:  fmt.Sprintf("%s: asking %s: %s", doing, l.Base.Host, Clean(cause.Error(), l.Token)),
		cause: err,
	})
}

// Nonsense returns the error for a success whose content cannot be right.
func (l *Link) Nonsense(doing, problem string) *forge.Error {
	return forge.NewError(forge.Internal, "check that the configured address is the forge's own",
		fmt.Errorf("%s: %s answered %s", doing, l.Base.Host, Clean(problem, l.Token)))
}

// broken has a cleaned text of its own and answers only for context errors: the cause's text may repeat what the forge sent.
type broken struct {
	text  string
	cause error
}

// Error implements error.
func (b *broken) Error() string { return b.text }

// Is implements the interface of errors.Is.
func (b *broken) Is(target error) bool {
	return (target == context.Canceled || target == context.DeadlineExceeded) && errors.Is(b.cause, target)
}

func kindOf(status int, h http.Header, message string) forge.Kind {
	switch status {
	case http.StatusUnauthorized:
		return forge.Auth
	case http.StatusForbidden:
		switch {
		case limited(h, message):
			return forge.RateLimited
		case archived(status, message):
			return forge.Invalid
		}
		return forge.Auth
	case http.StatusNotFound, http.StatusGone, http.StatusUnavailableForLegalReasons:
		return forge.NotFound
	case http.StatusTooManyRequests:
		return forge.RateLimited
	case http.StatusConflict, http.StatusPreconditionFailed:
		return forge.Conflict
	// 405 is GitHub's and Gitea's "not now" of a pull request that is being worked on.
	case http.StatusMethodNotAllowed, http.StatusRequestTimeout, http.StatusTooEarly:
		return forge.Temporary
	}
	switch {
	case status >= 500:
		return forge.Temporary
	case status >= 300:
		return forge.Invalid
	}
	return forge.Internal
}

// limited recognises GitHub's 403 for its primary limit (no requests left) and its secondary one (wait, or only the words).
func limited(h http.Header, message string) bool {
	return h.Get("X-Ratelimit-Remaining") == "0" || h.Get("Retry-After") != "" ||
		strings.Contains(strings.ToLower(message), "rate limit")
}

// archived recognises GitHub's 403 and Gitea's 423 for a repo that is read-only.
func archived(status int, message string) bool {
	return status == http.StatusLocked || status == http.StatusForbidden && strings.Contains(strings.ToLower(message), "archived")
}

func waitText(h http.Header) string {
	if s, err := strconv.ParseUint(h.Get("Retry-After"), 10, 31); err == nil {
		return fmt.Sprintf(" (it asks to wait %s)", time.Duration(s)*time.Second)
	}
	if s, err := strconv.ParseUint(h.Get("X-Ratelimit-Reset"), 10, 33); err == nil {
		return " (its limit is reset at " + time.Unix(int64(s), 0).UTC().Format(time.RFC3339) + ")"
	}
	return ""
}

// Clean makes foreign text fit for a line of an error: without the token, without control and formatting characters, and short.
func Clean(text, token string) string {
	if token != "" {
		text = strings.ReplaceAll(text, token, "<secret>")
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxMessage {
		text = string(runes[:maxMessage]) + "…"
	}
	return text
}
