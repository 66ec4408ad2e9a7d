package oci

import (
	"context"
	"crypto/tls"
	"encoding/json"
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

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// maxWords is how much foreign text goes into an error, in characters.
const maxWords = 200

// nonsense returns the error for an answer that cannot be right; what completes the sentence about the host.
func nonsense(host, what string) error {
	host = display(host)
	return fault.New(fault.Internal, fmt.Sprintf("check that %s is a container registry", host), errors.New(host+" "+what))
}

// status is an answer that is no success. Its body is not repeated: a hostile or careless host could answer with the credentials.
type status struct {
	host string
	code int
	wait string
	// token says that a token server answered.
	token bool
}

// Error implements error.
func (s *status) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%s answered %d %s", display(s.host), s.code, http.StatusText(s.code))) + s.wait
}

func statusOf(resp *http.Response) error {
	return &status{host: resp.Request.URL.Host, code: resp.StatusCode, wait: waitText(resp.Header)}
}

func waitText(h http.Header) string {
	if s, err := strconv.ParseUint(h.Get("Retry-After"), 10, 31); err == nil {
		return fmt.Sprintf(" (it asks to wait %s)", time.Duration(s)*time.Second)
	}
	return ""
}

// explain gives an error of a look-up its kind and hint, and a text that is ours: those of go-containerregistry hold
// addresses with queries and whatever the other side answered. The order matters where HTTPS and plain HTTP were both tried.
func explain(registry string, err error) error {
	var (
		certificate *tls.CertificateVerificationError
		answered    *transport.Error
		got         *status
		network     *net.OpError
		resolver    *net.DNSError
		ours        *fault.Error
	)
	host := display(registry)
	switch {
	case errors.Is(err, context.Canceled):
		return newCause(fault.Temporary, "", "asking "+host+": "+context.Canceled.Error(), err)
	case errors.As(err, &certificate):
		return newCause(fault.Invalid, fmt.Sprintf("name its certificate authority as ca: of %s under registries: in the operator's config", host),
			fmt.Sprintf("the certificate of %s is not trusted: %s", host, clean(certificate.Err.Error())), err)
	case errors.As(err, &got):
		return got.explain(registry)
	case errors.As(err, &answered):
		got = &status{host: registry, code: answered.StatusCode}
		if r := answered.Request; r != nil {
			got.host, got.token = r.URL.Host, r.URL.Path != "/v2/"
		}
		return got.explain(registry)
	case errors.As(err, &network):
		return newCause(fault.Temporary, reachable(host), "asking "+host+": "+clean(network.Error()), err)
	case errors.As(err, &resolver):
		return newCause(fault.Temporary, reachable(host), "asking "+host+": "+clean(resolver.Error()), err)
	case errors.Is(err, http.ErrSchemeMismatch):
		return newCause(fault.Invalid, fmt.Sprintf("if %s really has no HTTPS, say insecure: true for it under registries: in the operator's config", host),
			host+" answered HTTPS with plain HTTP", err)
	case errors.As(err, &ours):
		return ours
	}
	return explainBroken(host, err)
}

// explainBroken is explain for connections and answers that broke off, and for everything that has no better name.
func explainBroken(host string, err error) error {
	var (
		request *url.Error
		syntax  *json.SyntaxError
	)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &request) && request.Timeout():
		return newCause(fault.Temporary, reachable(host), "asking "+host+": no answer in time", err)
	case errors.Is(err, errMoved):
		return newCause(fault.Temporary, "", host+": "+errMoved.Error(), err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return newCause(fault.Temporary, reachable(host), "asking "+host+": the answer broke off", err)
	case errors.As(err, &syntax):
		return newCause(fault.Temporary, reachable(host), "asking "+host+": the answer is broken JSON", err)
	case errors.As(err, &request):
		return newCause(fault.Temporary, reachable(host), "asking "+host+": the connection broke", err)
	}
	return nonsense(host, "wants to be asked in a way that makes no sense")
}

func reachable(host string) string { return "check that " + host + " is reachable" }

// explain maps what was answered to what a person can do. Registries answer 401, 403 or 404 for what is private.
func (s *status) explain(registry string) error {
	host := display(registry)
	login := fmt.Sprintf("configure %s under registries: in the operator's config, or run docker login %s", host, host)
	kind, hint := fault.Internal, fmt.Sprintf("check that %s is a container registry", host)
	switch {
	case s.code == http.StatusTooManyRequests:
		kind, hint = fault.RateLimited, "ask less often, or with credentials: "+login
	case s.code >= 500, s.code == http.StatusRequestTimeout, s.code == http.StatusTooEarly:
		kind, hint = fault.Temporary, host+" has a fault of its own: the next pass asks again"
	case s.code == http.StatusUnauthorized, s.code == http.StatusForbidden, s.token && s.code >= 400:
		kind, hint = fault.Auth, "the image may be private, or the credentials are not good for it: "+login
	case s.code == http.StatusNotFound, s.code == http.StatusGone, s.code == http.StatusUnavailableForLegalReasons:
		kind, hint = fault.NotFound, "check the name; registries also say this of private images: "+login
	}
	return fault.New(kind, hint, s)
}

// cause has a text of its own and answers only for context errors.
type cause struct {
	text  string
	cause error
}

func newCause(kind fault.Kind, hint, text string, err error) error {
	return fault.New(kind, hint, &cause{text, err})
}

// Error implements error.
func (c *cause) Error() string { return c.text }

// Is implements the interface of errors.Is.
func (c *cause) Is(target error) bool {
	return (target == context.Canceled || target == context.DeadlineExceeded) && errors.Is(c.cause, target)
}

// clean makes foreign text fit for a line of an error: printable, on one line and short.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxWords {
		text = string(runes[:maxWords]) + "…"
	}
	return text
}
