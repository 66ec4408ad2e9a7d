package scanner_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/scanner"
)

// shelf is a registry that takes a second for every answer, and notes what it is asked and how much at once.
type shelf struct {
	mu        sync.Mutex
	asked     []string
	busy      map[string]int
	mostHosts int
	most      int
}

func (s *shelf) Tags(ctx context.Context, repository string) ([]string, error) {
	if err := s.work(ctx, repository); err != nil {
		return []string{"half"}, err
	}
	return []string{"1", "2"}, nil
}

func (s *shelf) Digest(ctx context.Context, repository, tag string) (string, error) {
	return "sha256:" + tag, s.work(ctx, repository+":"+tag)
}

func (s *shelf) work(ctx context.Context, what string) error {
	host, _, _ := strings.Cut(what, "/")
	s.mu.Lock()
	s.asked = append(s.asked, what)
	if s.busy == nil {
		s.busy = map[string]int{}
	}
	s.busy[host]++
	s.most, s.mostHosts = max(s.most, s.busy[host]), max(s.mostHosts, len(s.busy))
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.busy[host]--; s.busy[host] == 0 {
			delete(s.busy, host)
		}
	}()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return ctx.Err()
	}
	if strings.Contains(what, "broken") {
		return fault.New(fault.RateLimited, "", errors.New("later"))
	}
	return nil
}

func (s *shelf) questions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.asked)
	return s.asked
}

func tags(repository string) policy.Need {
	return policy.Need{Repository: repository, Fact: policy.FactTags}
}

func digest(repository, tag string) policy.Need {
	return policy.Need{Repository: repository, Fact: policy.FactDigest, Tag: tag}
}

func TestEachQuestionOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := &shelf{}
		s := scanner.New(reg, scanner.Options{})
		if o := s.Offer("a.test/web"); o.Listed || o.TagsErr != nil || o.Digests != nil || o.Complete {
			t.Errorf("knows something: %+v", o)
		}
		needs := []policy.Need{
			tags("a.test/web"), tags("a.test/web"),
			{Repository: "a.test/web", Fact: policy.FactTags, Tag: "ignored"},
			digest("a.test/web", "1"), digest("a.test/web", "2"), digest("a.test/web", "1"), tags("b.test/broken"), digest("b.test/broken", "1"),
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { s.Answer(t.Context(), needs) })
		}
		wg.Wait()
		s.Answer(t.Context(), slices.Repeat(needs, 2))
		want := []string{"a.test/web", "a.test/web:1", "a.test/web:2", "b.test/broken", "b.test/broken:1"}
		if got := reg.questions(); !slices.Equal(got, want) {
			t.Errorf("asked %q, want %q", got, want)
		}
		web, broken := s.Offer("a.test/web"), s.Offer("b.test/broken")
		if !web.Listed || !slices.Equal(web.Tags, []string{"1", "2"}) || web.TagsErr != nil {
			t.Errorf("web: %+v", web)
		}
		if web.Digests["1"].Value != "sha256:1" || web.Digests["2"].Value != "sha256:2" || len(web.Digests) != 2 {
			t.Errorf("digests: %+v", web.Digests)
		}
		if broken.Listed || broken.Tags != nil || fault.KindOf(broken.TagsErr) != fault.RateLimited {
			t.Errorf("broken: %+v", broken)
		}
		if d := broken.Digests["1"]; d.Value != "" || fault.KindOf(d.Err) != fault.RateLimited {
			t.Errorf("broken digest: %+v", d)
		}
	})
}

func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := &shelf{}
		s := scanner.New(reg, scanner.Options{Hosts: 3, PerHost: 2})
		var needs []policy.Need
		for h := range 7 {
			for i := range 5 {
				needs = append(needs, tags(fmt.Sprintf("h%d.test/%d", h, i)))
			}
		}
		start := time.Now()
		s.Answer(t.Context(), needs)
		if len(reg.questions()) != len(needs) {
			t.Errorf("%d questions for %d needs", len(reg.asked), len(needs))
		}
		if reg.most != 2 || reg.mostHosts != 3 {
			t.Errorf("%d at once at a host and %d hosts at once, want 2 and 3", reg.most, reg.mostHosts)
		}
		// 7 hosts of 3 seconds each, 3 at a time.
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// TestLimitsAcrossCalls: two repositories of the operator that need the same host share its limit.
func TestLimitsAcrossCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := &shelf{}
		s := scanner.New(reg, scanner.Options{PerHost: 2})
		var wg sync.WaitGroup
		for call := range 3 {
			wg.Go(func() {
				for i := range 4 {
					s.Answer(t.Context(), []policy.Need{tags(fmt.Sprintf("h.test/%d/%d", call, i)), digest("h.test/x", fmt.Sprint(call, i))})
				}
			})
		}
		wg.Wait()
		if reg.most != 2 || len(reg.questions()) != 24 {
			t.Errorf("%d at once, %d asked", reg.most, len(reg.asked))
		}
	})
}

func TestDefaultsAreParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := &shelf{}
		var needs []policy.Need
		for i := range 80 {
			needs = append(needs, tags(fmt.Sprintf("h%d.test/%d", i%10, i)))
		}
		scanner.New(reg, scanner.Options{Hosts: -1, PerHost: -1, Timeout: -1}).Answer(t.Context(), needs)
		if reg.most != 4 || reg.mostHosts != 8 {
			t.Errorf("%d at once at a host and %d hosts at once, want 4 and 8", reg.most, reg.mostHosts)
		}
	})
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scanner.New(&shelf{}, scanner.Options{Timeout: time.Millisecond})
		s.Answer(t.Context(), []policy.Need{tags("a.test/web")})
		if o := s.Offer("a.test/web"); o.Listed || o.Tags != nil || !errors.Is(o.TagsErr, context.DeadlineExceeded) {
			t.Errorf("%+v", o)
		}
	})
}

// TestCancelSettlesEverything: nothing is left open, and nothing that was not reached is asked.
func TestCancelSettlesEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := &shelf{}
		s := scanner.New(reg, scanner.Options{Hosts: 1, PerHost: 1})
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		var needs []policy.Need
		for i := range 6 {
			needs = append(needs, tags(fmt.Sprintf("h%d.test/web", i%2)), digest("h0.test/web", fmt.Sprint(i)))
		}
		s.Answer(ctx, needs)
		settled, failed := 0, 0
		count := func(err error) {
			settled++
			if err != nil {
				failed++
				if fault.KindOf(err) != fault.Temporary {
					t.Errorf("%v is %s", err, fault.KindOf(err))
				}
			}
		}
		for _, h := range []string{"h0.test/web", "h1.test/web"} {
			o := s.Offer(h)
			if o.Listed == (o.TagsErr != nil) {
				t.Errorf("open: %+v", o)
			}
			count(o.TagsErr)
			for _, d := range o.Digests {
				count(d.Err)
			}
		}
		if settled != 8 || failed != 7 || len(reg.questions()) != 2 {
			t.Errorf("%d settled, %d failed, %q asked", settled, failed, reg.asked)
		}
	})
}

// TestCancelWhileAnotherAsks: who waits for another's look-up goes when told to, and the first answer stays.
func TestCancelWhileAnotherAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scanner.New(&shelf{}, scanner.Options{})
		var wg sync.WaitGroup
		wg.Go(func() { s.Answer(t.Context(), []policy.Need{tags("a.test/web")}) })
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		start := time.Now()
		s.Answer(ctx, []policy.Need{tags("a.test/web")})
		if time.Since(start) > 0 {
			t.Error("waited")
		}
		if o := s.Offer("a.test/web"); !errors.Is(o.TagsErr, context.Canceled) || !strings.HasPrefix(o.TagsErr.Error(), "listing tags of a.test/web: ") {
			t.Errorf("%+v", o)
		}
		wg.Wait()
		if o := s.Offer("a.test/web"); !errors.Is(o.TagsErr, context.Canceled) {
			t.Errorf("the answer changed: %+v", o)
		}
	})
}

func TestComplete(t *testing.T) {
	f, err := scanner.ReadTagsFile("tags.json", []byte(`{"nginx": ["1"]}`))
	if err != nil {
		t.Fatal(err)
	}
	s := scanner.New(f, scanner.Options{})
	s.Answer(t.Context(), []policy.Need{tags("docker.io/library/nginx"), tags("docker.io/library/redis")})
	if o := s.Offer("docker.io/library/nginx"); !o.Complete || !o.Listed {
		t.Errorf("%+v", o)
	}
	if o := s.Offer("docker.io/library/redis"); o.Listed || !errors.Is(o.TagsErr, policy.ErrNotInTagsFile) {
		t.Errorf("%+v", o)
	}
}

func TestUnknownFact(t *testing.T) {
	s := scanner.New(&shelf{}, scanner.Options{})
	s.Answer(t.Context(), []policy.Need{{Repository: "a.test/web", Fact: "weight"}})
	if o := s.Offer("a.test/web"); o.Listed || o.TagsErr != nil || o.Digests != nil {
		t.Errorf("%+v", o)
	}
}
