package cmd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"
	"github.com/spf13/cobra"

	"github.com/bumpboat/bumpboat/config"
	"github.com/bumpboat/bumpboat/writer"
)

// serveOptions are the flags of serve.
type serveOptions struct {
	*global
	listen string
	grace  time.Duration
}

func newServe(g *global) *cobra.Command {
	o := &serveOptions{global: g}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Keep going: the same pass as run, on the schedule of the operator's config",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return o.serve(c.Context()) },
	}
	c.Flags().StringVar(&o.listen, "listen", "127.0.0.1:8080", "`address` of /healthz and /readyz")
	c.Flags().DurationVar(&o.grace, "grace", 30*time.Second, "how long a pass may go on after SIGTERM, to finish the current push")
	return c
}

// pagesKept is about how many bytes of what files say are kept from one pass to the next: enough for some 100,000 files, of which
// a tenth name images.
const pagesKept = 64 << 20

// serve runs passes until the context ends. The pass that is under way then finishes what it is pushing.
func (o *serveOptions) serve(ctx context.Context) error {
	op, err := o.needOperator()
	if err != nil {
		return err
	}
	o.finder = writer.Finder{Cache: writer.NewMemory(pagesKept)}
	schedule, err := cron.ParseStandard("CRON_TZ=" + op.Schedule.TimeZone + " " + op.Schedule.Cron)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(o.io.Err, nil))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return hinted(fmt.Errorf("listening: %w", err), "choose another address with --listen")
	}
	s := &service{global: o.global, log: log, schedule: schedule, config: op.Schedule}
	server := &http.Server{Handler: s.routes(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 1 << 16}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	log.Info("serving", "listen", listener.Addr().String(), "schedule", op.Schedule.Cron, "repositories", len(op.Repositories))

	done := make(chan struct{})
	go func() {
		defer close(done)
		s.loop(ctx)
	}()
	select {
	case <-ctx.Done():
	case err := <-failed:
		return fmt.Errorf("serving HTTP: %w", err)
	}
	return o.shutdown(server, done, log)
}

// shutdown waits for the pass that is under way, but not longer than the grace period.
func (o *serveOptions) shutdown(server *http.Server, done <-chan struct{}, log *slog.Logger) error {
	log.Info("stopping", "grace", o.grace)
	deadline, cancel := context.WithTimeout(context.Background(), o.grace)
	defer cancel()
	select {
	case <-done:
	case <-deadline.Done():
		return errors.New("the pass under way did not finish within the grace period; the next start heals what it left")
	}
	if err := server.Shutdown(deadline); err != nil {
		return fmt.Errorf("stopping HTTP: %w", err)
	}
	return nil
}

// service runs passes one after another; they can never overlap, because one goroutine runs them.
type service struct {
	*global
	log      *slog.Logger
	schedule cron.Schedule
	config   config.Schedule
	// ready is set once the first pass has ended.
	ready atomic.Bool
}

// loop waits for the schedule and makes a pass each time, until ctx ends. Ticks that fall into a pass are skipped.
func (s *service) loop(ctx context.Context) {
	if s.config.AtStart {
		s.pass(ctx)
	} else {
		s.ready.Store(true)
	}
	for {
		now := s.io.Now()
		at := s.schedule.Next(now)
		if at.IsZero() {
			s.log.Error("the schedule never fires", "schedule", s.config.Cron)
			<-ctx.Done()
			return
		}
		timer := time.NewTimer(at.Sub(now) + jitter(time.Duration(s.config.Jitter)))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
			s.pass(ctx)
		}
	}
}

// jitter is a random delay below limit, so that many instances do not ask at once.
func jitter(limit time.Duration) time.Duration {
	if limit <= 0 {
		return 0
	}
	return rand.N(limit) //nolint:gosec // spreading load needs no secret randomness
}

// pass makes one pass over all repositories, and logs one line for each.
func (s *service) pass(ctx context.Context) {
	defer s.ready.Store(true)
	start := s.io.Now()
	reports, err := s.passes(ctx, nil, nil, false)
	if err != nil {
		s.log.Error("pass failed", "err", err)
		return
	}
	for _, r := range reports {
		s.logReport(r, s.io.Now().Sub(start))
	}
}

// logReport logs one line for a repository, and one for everything in it that a person should see.
func (s *service) logReport(r *Report, took time.Duration) {
	s.log.Info("pass", "repo", r.Repository, "base", r.Base, "revision", r.Revision, "result", r.summary(), "took", took.Round(time.Millisecond))
	for _, c := range r.Changes {
		if c.Action != ActionUnchanged {
			attrs := []any{"repo", r.Repository, "branch", c.Branch, "title", c.Title, "action", c.Action, "reason", c.Reason}
			if c.PullRequest != nil {
				attrs = append(attrs, "pr", c.PullRequest.URL)
			}
			s.log.Info("change", attrs...)
		}
	}
	for _, e := range r.Errors {
		s.log.Warn("problem", "repo", r.Repository, "kind", e.Kind, "err", e.Message, "hint", e.Hint, "path", e.Path, "line", e.Line)
	}
}

// routes answers /healthz while the process lives, and /readyz once the first pass has ended.
func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !s.ready.Load() {
			http.Error(w, "the first pass has not ended yet", http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ok")
	})
	return mux
}
