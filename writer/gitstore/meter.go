package gitstore

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// maxAdvertisement bounds a list of references: about a million of them.
	maxAdvertisement = 64 << 20
	// maxErrorPage bounds the body of an answer that is an error, which go-git keeps whole.
	maxErrorPage = 8 << 10
	// maxRemarks bounds what is kept of what a server says beside its answer.
	maxRemarks = 2 << 10
)

// newTransport returns the connections of one repository. Nothing of it is shared with other repositories, and
// nothing is installed for the whole process.
func newTransport(ca []byte) (http.RoundTripper, error) {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		IdleConnTimeout:       30 * time.Second,
		MaxIdleConnsPerHost:   2,
	}
	if len(ca) == 0 {
		return t, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("reading the system's certificates: %w", err)
	}
	if !pool.AppendCertsFromPEM(ca) {
		return nil, errors.New("CA bundle has no certificate")
	}
	t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return t, nil
}

// meter is the round tripper of one session. It counts what is read, and refuses redirects that leave the host
// before anybody follows them.
type meter struct {
	next       http.RoundTripper
	left       int64
	redirected bool
	// failed is what it refused, or how reading an answer ended. go-git flattens errors to text in places, so it is
	// kept here.
	failed error
}

// errBroken is an answer whose end did not arrive.
var errBroken = errors.New("the answer broke off")

// redirectError is a redirect that is not followed.
type redirectError struct{ to string }

func (e *redirectError) Error() string { return "the server redirects to " + e.to }

// RoundTrip sends one request.
func (m *meter) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := m.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 300 && res.StatusCode < 400 && res.Header.Get("Location") != "" {
		m.redirected = true
		if err := checkRedirect(req, res); err != nil {
			m.failed = err
			_ = res.Body.Close() // the answer is thrown away
			return nil, err
		}
	}
	limit := m.left
	if req.Method == http.MethodGet {
		limit = min(limit, maxAdvertisement)
	}
	if res.StatusCode >= 300 {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxErrorPage), res.Body}
		return res, nil
	}
	res.Body = &meteredBody{meter: m, body: res.Body, left: limit}
	return res, nil
}

// checkRedirect lets through what git's `http.followRedirects=initial` does, but only on the same host and port. The
// one change of scheme is that from http to https on their usual ports.
func checkRedirect(req *http.Request, res *http.Response) error {
	to, err := res.Location()
	if err != nil {
		return &redirectError{to: "a place that does not parse"}
	}
	from := req.URL
	place := (&url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}).String()
	same := from.Scheme == to.Scheme && from.Port() == to.Port()
	upgrade := from.Scheme == "http" && to.Scheme == "https" && from.Port() == "" && to.Port() == ""
	if req.Method != http.MethodGet || !strings.EqualFold(from.Hostname(), to.Hostname()) || !same && !upgrade {
		return &redirectError{to: place}
	}
	return nil
}

// explain puts what the meter saw in the place of what go-git made of it.
func (m *meter) explain(err error) error {
	if m.failed != nil {
		return m.failed
	}
	return err
}

// meteredBody fails when a server sends more than it may.
type meteredBody struct {
	meter *meter
	body  io.ReadCloser
	left  int64
}

// Read counts.
func (b *meteredBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	b.left -= int64(n)
	b.meter.left -= int64(n)
	if b.left < 0 {
		b.meter.failed = errTooLarge
		return 0, errTooLarge
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.meter.failed = fmt.Errorf("%w: %w", errBroken, err)
	}
	return n, err
}

// Close closes the answer underneath.
func (b *meteredBody) Close() error { return b.body.Close() }

// remarks keeps the beginning of what a server says beside its answer, such as why a hook declined.
type remarks struct{ text bytes.Buffer }

// Write never fails and never keeps more than a little.
func (r *remarks) Write(p []byte) (int, error) {
	r.text.Write(p[:min(len(p), max(0, maxRemarks-r.text.Len()))])
	return len(p), nil
}

// String returns what was said on one line.
func (r *remarks) String() string { return strings.Join(strings.Fields(r.text.String()), " ") }
