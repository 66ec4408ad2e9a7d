// Package githubtest is a GitHub for tests: repos, branches and pull requests in memory behind the REST API that forge/github
// uses. Every request and every answer is checked against GitHub's own OpenAPI description; it refuses to answer what it
// does not know.
package githubtest

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// prefix is where GitHub Enterprise Server has its REST API.
const prefix = "/api/v3"

// maxRequest bounds a request's body.
const maxRequest = 1 << 20

// Options says how the server behaves.
type Options struct {
	// Token is what requests must carry; "" lets everybody in.
	Token string
	// Now is the clock; nil for the real one.
	Now func() time.Time
}

// Server is a running fake.
type Server struct {
	options Options
	spec    *spec
	http    *httptest.Server

	mu         sync.Mutex
	repos      map[string]*Repo
	lastID     int64
	faults     []*Fault
	requests   []Request
	violations []error
}

// Request is what a client has asked.
type Request struct {
	Method string
	// Path is without /api/v3.
	Path  string
	Query string
	Body  string
}

// New starts a server on a free loopback port. It fails when the OpenAPI description cannot be read.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	sp, err := load()
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, spec: sp, repos: map[string]*Repo{}}
	s.http = httptest.NewServer(s)
	return s, nil
}

// URL is what a person would configure as the forge's address.
func (s *Server) URL() string { return s.http.URL }

// Close stops the server.
func (s *Server) Close() {
	s.http.CloseClientConnections() // a fault may hold one
	s.http.Close()
}

// Requests returns what was asked so far, faults included, and forgets it.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.requests
	s.requests = nil
	return asked
}

// Violations returns where requests or answers disagreed with the description. A test that ends with any has failed.
func (s *Server) Violations() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// answer is what a handler has decided.
type answer struct {
	status int
	header http.Header
	body   any
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		return // the client has gone, or sends without end
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	path, found := strings.CutPrefix(r.URL.Path, prefix)
	r.URL.Path, r.URL.RawPath = path, ""
	fault := s.record(r, string(body))
	if fault != nil && !fault.After && fault.Edit == nil {
		fault.serve(w, r)
		return
	}
	a := problem(http.StatusNotFound, "Not Found")
	if found {
		a = s.checked(r, body, fault)
	}
	if fault != nil && fault.After {
		fault.serve(w, r)
		return
	}
	send(w, a)
}

func (s *Server) record(r *http.Request, body string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Body: body})
	return s.takeFault(r.Method, r.URL.Path)
}

// checked answers a request between the two validations. A violation is a 500, so that it cannot go unnoticed.
func (s *Server) checked(r *http.Request, body []byte, fault *Fault) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.options.Token != "" && r.Header.Get("Authorization") != "Bearer "+s.options.Token {
		return problem(http.StatusUnauthorized, "Bad credentials")
	}
	input, err := s.spec.request(r, body)
	if err != nil {
		return s.violation(err)
	}
	a := s.route(input.PathParams, r, body)
	text, err := json.Marshal(a.body)
	if err != nil {
		return s.violation(err)
	}
	if fault != nil && fault.Edit != nil {
		text, err = fault.edit(text)
		if err != nil {
			return s.violation(err)
		}
	}
	a.body = json.RawMessage(text)
	if err := s.spec.response(input, a.status, a.header, text); err != nil {
		return s.violation(err)
	}
	return a
}

func (s *Server) violation(err error) answer {
	s.violations = append(s.violations, err)
	return problem(http.StatusInternalServerError, "githubtest: not what GitHub's description says: "+err.Error())
}

func send(w http.ResponseWriter, a answer) {
	text, err := json.Marshal(a.body)
	if err != nil {
		panic(err) // all bodies are made here, of maps and strings
	}
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(text) // the client may have gone
}

func reply(status int, body any) answer {
	h := http.Header{}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Ratelimit-Limit", "5000")
	h.Set("X-Ratelimit-Remaining", "4999")
	return answer{status: status, header: h, body: body}
}

func problem(status int, message string, details ...map[string]any) answer {
	body := map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest"}
	if len(details) > 0 {
		body["errors"] = details
	}
	return reply(status, body)
}
