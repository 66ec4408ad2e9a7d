// Package scanner owns what registries offer and when they are asked: every fact once per pass, hosts in parallel
// within limits. It refuses to choose between tags, and it never asks twice because an answer was a failure.
package scanner

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
)

// Registry answers what an OCI registry knows: the tags and their digests, and where it has the abilities Dater, Timekeeper
// and Inspector also what costs more requests. A repository is named as policy.Image.Repository does it, registry
// first: `docker.io/library/nginx`. Errors carry a kind and a hint of package fault.
type Registry interface {
	// Tags returns every tag of the repository, or an error; never a part of them.
	Tags(ctx context.Context, repository string) ([]string, error)
	// Digest returns the digest that a tag points to, as `sha256:…`.
	Digest(ctx context.Context, repository, tag string) (string, error)
}

// Completer is an ability of a Registry whose lists are exact, so that a tag that is not listed does not exist.
type Completer interface {
	// Complete says whether the lists are exact.
	Complete() bool
}

// Options limit what a Scanner does at once. The zero value asks for the defaults.
type Options struct {
	// Hosts is how many hosts are asked in parallel; 0 means 8.
	Hosts int
	// PerHost is how many requests to one host are under way at once; 0 means 4.
	PerHost int
	// Timeout is the longest that one look-up may take; 0 means a minute.
	Timeout time.Duration
}

// Scanner asks a Registry and remembers the answers. It lives for one pass and is safe for concurrent use.
type Scanner struct {
	registry Registry
	complete bool
	timeout  time.Duration
	perHost  int
	// hosts has one place per host that may be asked at the moment, across all calls of Answer.
	hosts chan struct{}

	mu      sync.Mutex
	lanes   map[string]chan struct{}
	answers map[string]map[question]*answer
}

// question is a need within its repository.
type question struct {
	fact policy.Fact
	tag  string
}

// answer is what was found out. It is written once, under the Scanner's lock, before settled is closed.
type answer struct {
	settled chan struct{}
	found
	err error
}

// lookup is an answer that somebody has to find.
type lookup struct {
	repository string
	question
	answer *answer
}

// New returns a Scanner that knows nothing yet.
func New(registry Registry, o Options) *Scanner {
	completer, ok := registry.(Completer)
	return &Scanner{
		registry: registry,
		complete: ok && completer.Complete(),
		timeout:  cmp.Or(max(o.Timeout, 0), time.Minute),
		perHost:  cmp.Or(max(o.PerHost, 0), 4),
		hosts:    make(chan struct{}, cmp.Or(max(o.Hosts, 0), 8)),
		lanes:    map[string]chan struct{}{},
		answers:  map[string]map[question]*answer{},
	}
}

// Answer finds out what is needed, each fact at most once in the Scanner's life, a failure being an answer like any
// other. When it returns every need is settled, also when ctx was cancelled: what was not reached by then has the
// context's error as its answer.
func (s *Scanner) Answer(ctx context.Context, needs []policy.Need) {
	byHost, wanted := s.claim(needs)
	var g errgroup.Group
	for host, lookups := range byHost {
		g.Go(func() error {
			s.askHost(ctx, host, lookups)
			return nil
		})
	}
	_ = g.Wait() // failures are answers
	for _, l := range wanted {
		// Another call of Answer may be finding out this one.
		select {
		case <-l.answer.settled:
		case <-ctx.Done():
			s.settle(l, found{}, interrupted(l, ctx.Err()))
		}
	}
}

// claim returns the look-ups that nobody has begun, by host, and all that the needs are about.
func (s *Scanner) claim(needs []policy.Need) (byHost map[string][]lookup, wanted []lookup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	byHost = map[string][]lookup{}
	for _, n := range needs {
		q := question{n.Fact, n.Tag}
		if n.Fact == policy.FactTags {
			q.tag = ""
		}
		known := s.answers[n.Repository]
		if known == nil {
			known = map[question]*answer{}
			s.answers[n.Repository] = known
		}
		l := lookup{n.Repository, q, known[q]}
		if l.answer == nil {
			l.answer = &answer{settled: make(chan struct{})}
			known[q] = l.answer
			host, _, _ := strings.Cut(n.Repository, "/")
			byHost[host] = append(byHost[host], l)
		}
		wanted = append(wanted, l)
	}
	return byHost, wanted
}

// askHost does the look-ups of one host once there is a place for it.
func (s *Scanner) askHost(ctx context.Context, host string, lookups []lookup) {
	lane := s.lane(host)
	defer enter(ctx, s.hosts)()
	var g errgroup.Group
	g.SetLimit(s.perHost)
	for _, l := range lookups {
		g.Go(func() error {
			defer enter(ctx, lane)()
			s.ask(ctx, l)
			return nil
		})
	}
	_ = g.Wait() // failures are answers
}

// lane returns the places for requests to a host, which all calls of Answer share.
func (s *Scanner) lane(host string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lanes[host] == nil {
		s.lanes[host] = make(chan struct{}, s.perHost)
	}
	return s.lanes[host]
}

// enter waits for a place and returns how to leave it. When ctx ends first there is none, and ask will not ask.
func enter(ctx context.Context, places chan struct{}) (leave func()) {
	select {
	case places <- struct{}{}:
		return func() { <-places }
	case <-ctx.Done():
		return func() {}
	}
}

// ask does one look-up.
func (s *Scanner) ask(ctx context.Context, l lookup) {
	if err := ctx.Err(); err != nil {
		s.settle(l, found{}, interrupted(l, err))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	f, err := s.find(ctx, l)
	s.settle(l, f, err)
}

// settle keeps the first answer; a later one comes from a look-up that somebody stopped waiting for.
func (s *Scanner) settle(l lookup, f found, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-l.answer.settled:
		return
	default:
	}
	l.answer.found, l.answer.err = f, err
	close(l.answer.settled)
}

// interrupted is the answer to what was not asked because ctx ended.
func interrupted(l lookup, err error) error {
	return fault.New(fault.Temporary, "", fmt.Errorf("%s: %w", l, err))
}

// Offer returns what is known of a repository by now. Lists are shared: they may be read and not written.
func (s *Scanner) Offer(repository string) policy.Offer {
	s.mu.Lock()
	defer s.mu.Unlock()
	offer := policy.Offer{Complete: s.complete}
	for q, a := range s.answers[repository] {
		select {
		case <-a.settled:
		default:
			continue
		}
		q.tell(&offer, a)
	}
	return offer
}
