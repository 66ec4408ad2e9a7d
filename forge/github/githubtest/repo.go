package githubtest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Repo is one repository of the fake, and what people do in it.
type Repo struct {
	server   *Server
	id       int64
	owner    string
	name     string
	fork     bool
	branches func() (map[string]string, error)
	pulls    []*pull
}

// Pull is a pull request as people see it.
type Pull struct {
	Number int64
	Title  string
	Body   string
	// State is open, closed or merged.
	State    string
	Head     string
	Base     string
	Comments []string
}

type pull struct {
	Pull
	id      int64
	from    *Repo // nil once a fork is deleted
	owner   string
	headSHA string
	baseSHA string
	created time.Time
	updated time.Time
	closed  time.Time
}

// AddRepo makes an empty repository; full is owner/name.
func (s *Server) AddRepo(full string) *Repo {
	s.mu.Lock()
	defer s.mu.Unlock()
	owner, name, _ := strings.Cut(full, "/")
	r := s.newRepo(owner, name)
	s.repos[strings.ToLower(full)] = r
	return r
}

func (s *Server) newRepo(owner, name string) *Repo {
	held := map[string]string{}
	return &Repo{server: s, id: s.newID(), owner: owner, name: name, branches: func() (map[string]string, error) { return held, nil }}
}

func (s *Server) newID() int64 {
	s.lastID++
	return s.lastID
}

// Branches lets f say which branches there are and at which commits, for example by reading a bare repository. It is asked
// at every request and must not call the server.
func (r *Repo) Branches(f func() (map[string]string, error)) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.branches = f
}

// SetBranch makes or moves a branch; an empty commit deletes it. It replaces what Branches was told.
func (r *Repo) SetBranch(name, commit string) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	old, err := r.branches()
	held := maps.Clone(old)
	if err != nil || held == nil {
		held = map[string]string{}
	}
	held[name] = commit
	if commit == "" {
		delete(held, name)
	}
	r.branches = func() (map[string]string, error) { return held, nil }
}

// Pulls returns the pull requests, oldest first.
func (r *Repo) Pulls() []Pull {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	all := make([]Pull, 0, len(r.pulls))
	for _, p := range r.pulls {
		one := p.Pull
		one.Comments = slices.Clone(one.Comments)
		all = append(all, one)
	}
	return all
}

// Merge notes that a person has merged a pull request; moving the base is up to whoever owns the branches.
func (r *Repo) Merge(number int64) error { return r.decide(number, "merged") }

// ClosePull closes a pull request as a person would.
func (r *Repo) ClosePull(number int64) error { return r.decide(number, "closed") }

func (r *Repo) decide(number int64, state string) error {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	if err := r.follow(); err != nil {
		return err
	}
	p := r.find(number)
	if p == nil {
		return fmt.Errorf("there is no pull request #%d", number)
	}
	if p.State != "open" {
		return fmt.Errorf("pull request #%d is %s", number, p.State)
	}
	r.finish(p, state)
	return nil
}

// OpenFromFork opens a pull request from a branch of somebody's fork. A vanished fork was deleted since.
func (r *Repo) OpenFromFork(login, branch, base string, vanished bool) int64 {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	fork := r.server.newRepo(login, r.name)
	fork.fork = true
	p := r.open(fork, Pull{Title: "From a fork", Head: branch, Base: base}, strings.Repeat("f", 40), strings.Repeat("0", 40))
	if vanished {
		p.from = nil
	}
	return p.Number
}

func (r *Repo) open(from *Repo, p Pull, headSHA, baseSHA string) *pull {
	now := r.server.options.Now().UTC()
	p.Number, p.State = int64(len(r.pulls)+1), "open"
	added := &pull{
		Pull: p, id: r.server.newID(), from: from, owner: from.owner, headSHA: headSHA, baseSHA: baseSHA, created: now, updated: now,
	}
	r.pulls = append(r.pulls, added)
	return added
}

func (r *Repo) finish(p *pull, state string) {
	p.State, p.closed = state, r.server.options.Now().UTC()
	p.updated = p.closed
}

func (r *Repo) find(number int64) *pull {
	if number < 1 || number > int64(len(r.pulls)) {
		return nil
	}
	return r.pulls[number-1]
}

// follow does what GitHub does when branches move: an open pull request shows its branch's tip, and is closed when its
// branch is gone.
func (r *Repo) follow() error {
	now, err := r.branches()
	if err != nil {
		return errors.Join(errors.New("reading the branches"), err)
	}
	for _, p := range r.pulls {
		if p.State != "open" || p.from != r {
			continue
		}
		if sha, ok := now[p.Head]; ok {
			p.headSHA, p.baseSHA = sha, now[p.Base]
		} else {
			r.finish(p, "closed")
		}
	}
	return nil
}
