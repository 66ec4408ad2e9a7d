package scanner_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/scanner"
)

// archive is a shelf with every ability.
type archive struct{ shelf }

var newYear = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (a *archive) Created(ctx context.Context, repository, tag string) (time.Time, error) {
	return newYear, a.work(ctx, "created "+repository+":"+tag)
}

func (a *archive) Since(ctx context.Context, repository, tag string) (time.Time, error) {
	return newYear.Add(time.Hour), a.work(ctx, "since "+repository+":"+tag)
}

func (a *archive) Platforms(ctx context.Context, repository, reference string) ([]policy.Platform, error) {
	return []policy.Platform{{Name: "linux/amd64", Digest: one}}, a.work(ctx, "platforms "+repository+"@"+reference)
}

func need(fact policy.Fact, repository, tag string) policy.Need {
	return policy.Need{Repository: repository, Fact: fact, Tag: tag}
}

// every is a need of each fact that is about one tag.
func every(repository, tag string) []policy.Need {
	return []policy.Need{
		need(policy.FactSince, repository, tag), need(policy.FactCreated, repository, tag), need(policy.FactPlatforms, repository, tag),
	}
}

// TestEveryFactOnce: each fact has its own answer, which is asked for once, and a failure is one of them.
func TestEveryFactOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := &archive{}
		s := scanner.New(reg, scanner.Options{})
		needs := slices.Concat(every("a.test/web", "1"), every("a.test/web", "2"), every("b.test/broken", "1"), []policy.Need{need(policy.FactPlatforms, "a.test/web", one)})
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { s.Answer(t.Context(), needs) })
		}
		wg.Wait()
		s.Answer(t.Context(), needs)
		want := []string{
			"created a.test/web:1", "created a.test/web:2", "created b.test/broken:1", "platforms a.test/web@1", "platforms a.test/web@2",
			"platforms a.test/web@" + one, "platforms b.test/broken@1", "since a.test/web:1", "since a.test/web:2", "since b.test/broken:1",
		}
		if diff := cmp.Diff(want, reg.questions()); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		amd := policy.Platforms{List: []policy.Platform{{Name: "linux/amd64", Digest: one}}}
		offer := policy.Offer{
			Since:     map[string]policy.Time{"1": {Value: newYear.Add(time.Hour)}, "2": {Value: newYear.Add(time.Hour)}},
			Created:   map[string]policy.Time{"1": {Value: newYear}, "2": {Value: newYear}},
			Platforms: map[string]policy.Platforms{"1": amd, "2": amd, one: amd},
		}
		if diff := cmp.Diff(offer, s.Offer("a.test/web")); diff != "" {
			t.Errorf("web (-want +got):\n%s", diff)
		}
		broken := s.Offer("b.test/broken")
		for _, err := range []error{broken.Since["1"].Err, broken.Created["1"].Err, broken.Platforms["1"].Err} {
			if fault.KindOf(err) != fault.RateLimited {
				t.Errorf("%v", err)
			}
		}
		if !broken.Since["1"].Value.IsZero() || !broken.Created["1"].Value.IsZero() || broken.Platforms["1"].List != nil {
			t.Errorf("half an answer beside an error: %+v", broken)
		}
	})
}

// TestNoAbility: what a registry cannot tell is an answer as well, and nobody waits for it.
func TestNoAbility(t *testing.T) {
	s := scanner.New(&shelf{}, scanner.Options{})
	s.Answer(t.Context(), every("a.test/web", "1"))
	o := s.Offer("a.test/web")
	if err := o.Since["1"].Err; !errors.Is(err, policy.ErrNoMemory) || fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.HintOf(err), "minAge") {
		t.Errorf("%v", err)
	}
	for err, want := range map[error]string{
		o.Since["1"].Err:     "finding out since when there is a.test/web:1: nothing remembers",
		o.Created["1"].Err:   "reading when a.test/web:1 was made: ",
		o.Platforms["1"].Err: "reading the platforms of a.test/web:1: ",
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestCancelledFacts: what was not reached says what it was about.
func TestCancelledFacts(t *testing.T) {
	s := scanner.New(&archive{}, scanner.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Answer(ctx, append(every("a.test/web", "1"), need(policy.FactPlatforms, "a.test/web", one), digest("a.test/web", "1")))
	o := s.Offer("a.test/web")
	for err, want := range map[error]string{
		o.Since["1"].Err:     "finding out since when there is a.test/web:1: context canceled",
		o.Created["1"].Err:   "reading when a.test/web:1 was made: context canceled",
		o.Platforms["1"].Err: "reading the platforms of a.test/web:1: context canceled",
		o.Platforms[one].Err: "reading the platforms of a.test/web@" + one + ": context canceled",
		o.Digests["1"].Err:   "reading the digest of a.test/web:1: context canceled",
	} {
		if err == nil || err.Error() != want || fault.KindOf(err) != fault.Temporary {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
