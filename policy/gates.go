package policy

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// gates hold back a candidate that is good, for now. What costs nothing is asked first.
type gates struct {
	freeze    []window
	follow    Follow
	minAge    time.Duration
	settle    time.Duration
	platforms []string
}

// answer is what the gates say of one candidate. The zero answer lets it pass.
type answer struct {
	needs []Need
	// err says why it could not be found out; reason is that of the verdict then.
	err          error
	reason       Reason
	detail, hint string
}

// stops says that there is no need to ask further.
func (a answer) stops() bool { return len(a.needs) > 0 || a.err != nil || a.reason != "" }

// unasked is the reason of candidates below the pick: with gates, nobody asked about them.
func (g *gates) unasked() Reason {
	if len(g.freeze) > 0 || g.follow.Path != "" || g.minAge > 0 || g.settle > 0 || len(g.platforms) > 0 {
		return ReasonNotAsked
	}
	return ReasonLower
}

// ask asks all gates about a version; its digest is given when that is what counts.
func (g *gates) ask(current Image, to Version, offer Offer) answer {
	if a := g.askFreeze(offer.Now); a.stops() {
		return a
	}
	return g.askThawed(current, to, offer)
}

// askThawed asks all gates but the freeze windows.
func (g *gates) askThawed(current Image, to Version, offer Offer) answer {
	a := g.askFollow(to, offer)
	if !a.stops() {
		a = g.askAge(current, to.Tag, offer)
	}
	if !a.stops() {
		a = g.askPlatforms(current, to.Tag, offer)
	}
	return a
}

// window is a compiled Freeze.
type window struct {
	schedule cron.Schedule
	zone     *time.Location
	length   time.Duration
}

func (g *gates) askFreeze(now time.Time) answer {
	for _, w := range g.freeze {
		if begin, ok := w.lastBegin(now); ok {
			return answer{
				reason: ReasonFrozen, detail: "frozen until " + begin.Add(w.length).Format("2006-01-02 15:04 MST"),
				hint: "it goes on by itself then; for one that cannot wait, edit the tag by hand",
			}
		}
	}
	return answer{}
}

// lastBegin returns when the window that is open now began, the last one where several overlap. A schedule only tells what comes
// next, so the last second after which one still comes by now is searched for.
func (w window) lastBegin(now time.Time) (time.Time, bool) {
	next := func(second int) time.Time {
		return w.schedule.Next(now.In(w.zone).Add(-w.length + time.Duration(second)*time.Second))
	}
	tooLate := sort.Search(int(w.length/time.Second)+1, func(second int) bool {
		begin := next(second)
		return begin.IsZero() || begin.After(now)
	})
	if tooLate == 0 {
		return time.Time{}, false
	}
	return next(tooLate - 1), true
}

func (g *gates) askFollow(to Version, offer Offer) answer {
	if g.follow.Path == "" {
		return answer{}
	}
	a := answer{
		reason: ReasonNotRunning, detail: fmt.Sprintf("no image in %s is at %s", g.follow.Path, to),
		hint: "it is offered once one of them is",
	}
	if len(offer.Running) == 0 {
		a.detail = "no file that " + g.follow.Path + " matches names this image"
		a.hint = "files are matched by their whole path: clusters/dev/** is everything in a directory"
	}
	for _, r := range offer.Running {
		if to.Digest != "" && r.Version.Digest != to.Digest || to.Digest == "" && r.Version.Tag != to.Tag {
			continue
		}
		wait := g.follow.For.Duration()
		switch {
		case wait == 0 || !r.Since.IsZero() && offer.Now.Sub(r.Since) >= wait:
			return answer{}
		case !r.Since.IsZero():
			a = answer{reason: ReasonFollowYoung, detail: fmt.Sprintf("%s is known to have it since %s, and %s are wanted", r.Place, moment(r.Since), g.follow.For)}
		case a.reason == ReasonNotRunning:
			a = answer{
				reason: ReasonFollowUnknown, detail: fmt.Sprintf("nobody knows since when %s has it, and %s are wanted", r.Place, g.follow.For),
				hint: "only the Git history tells: look at the repository with plan --repository or run, not at a directory",
			}
		}
	}
	return a
}

// askAge asks since when the tag has its digest. A tag that is pushed again starts again.
func (g *gates) askAge(current Image, tag string, offer Offer) answer {
	wait, young := g.minAge, ReasonTooYoung
	if g.settle > wait {
		wait, young = g.settle, ReasonSettling
	}
	if wait == 0 {
		return answer{}
	}
	since, asked := offer.Since[tag]
	switch {
	case !asked:
		return answer{needs: []Need{{Repository: current.Repository(), Fact: FactSince, Tag: tag}}}
	case errors.Is(since.Err, ErrNoMemory):
		return answer{reason: ReasonNoMemory, detail: since.Err.Error(), hint: fault.HintOf(since.Err)}
	case since.Err != nil:
		return answer{err: since.Err, reason: ReasonAgeUnknown}
	case offer.Now.Sub(since.Value) < wait:
		return answer{
			reason: young, detail: fmt.Sprintf("%s has its digest since %s, and %s are wanted", tag, moment(since.Value), Duration(wait)),
			hint: "it is offered at " + moment(since.Value.Add(wait)),
		}
	}
	return answer{}
}

func (g *gates) askPlatforms(current Image, tag string, offer Offer) answer {
	if len(g.platforms) == 0 {
		return answer{}
	}
	has, asked := offer.Platforms[tag]
	switch {
	case !asked:
		return answer{needs: []Need{{Repository: current.Repository(), Fact: FactPlatforms, Tag: tag}}}
	case has.Err != nil:
		return answer{err: has.Err, reason: ReasonPlatformUnknown}
	}
	var missing []string
	for _, wanted := range g.platforms {
		if !hasPlatform(has.List, wanted) {
			missing = append(missing, wanted)
		}
	}
	if len(missing) > 0 {
		return answer{
			reason: ReasonPlatform, detail: tag + " lacks " + strings.Join(missing, ", "),
			hint: "it is offered once it has them; platforms says which are wanted",
		}
	}
	return answer{}
}

// moment writes a time for people.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
