package cmd

import (
	"context"
	"time"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/scanner"
	"github.com/bumpboat/bumpboat/writer"
)

// asking says how policies are asked.
type asking struct {
	// now is the time at which is decided, the same for all decisions of a pass.
	now time.Time
	// explain asks for a verdict on every tag, with its details, also where a policy decides without the list of tags.
	explain bool
	// all asks for what costs requests about every tag that passes the filters.
	all bool
}

// subject is an image as it stands in Git with the policy that governs it. Sites that share both share a decision.
type subject struct {
	image  policy.Image
	policy policy.Policy
	// anew says that nothing is in use yet: the question is only what would be chosen.
	anew bool
	// running is what the sites run that the policy follows.
	running []policy.Running
}

// subjectKey is a subject in a form that can be compared.
type subjectKey struct{ image, policy string }

func (s subject) key() subjectKey { return subjectKey{s.image.String(), s.policy.String()} }

// subjectsOf returns the distinct subjects of the managed sites, in the order of the sites.
func subjectsOf(sites []writer.Site, only func(writer.Site) bool) []subject {
	var out []subject
	seen := map[subjectKey]bool{}
	for _, site := range sites {
		if site.Policy == nil || inCircle(site) || !only(site) {
			continue
		}
		s := subject{image: site.Image, policy: site.Policy}
		if !seen[s.key()] {
			seen[s.key()] = true
			out = append(out, s)
		}
	}
	return out
}

// decide lets every policy decide, and finds out what they need in as few rounds as they take.
func decide(ctx context.Context, sc *scanner.Scanner, subjects []subject, how asking) []policy.Decision {
	if how.explain {
		var needs []policy.Need
		for _, s := range subjects {
			needs = append(needs, policy.Need{Repository: s.image.Repository(), Fact: policy.FactTags})
		}
		sc.Answer(ctx, needs)
	}
	decisions := make([]policy.Decision, len(subjects))
	open := make([]int, len(subjects))
	for i := range open {
		open[i] = i
	}
	for len(open) > 0 {
		var waiting []int
		var needs []policy.Need
		for _, i := range open {
			s := subjects[i]
			offer := sc.Offer(s.image.Repository())
			offer.Anew, offer.Running = s.anew, s.running
			offer.Now, offer.Explain, offer.All = how.now, how.explain, how.all
			d, n := s.policy.Decide(s.image, offer)
			if len(n) == 0 {
				decisions[i] = d
				continue
			}
			waiting, needs = append(waiting, i), append(needs, n...)
		}
		sc.Answer(ctx, needs)
		open = waiting
	}
	return decisions
}

// decisionFor returns the decision for a site.
func decisionFor(s writer.Site, decisions map[subjectKey]policy.Decision) policy.Decision {
	switch {
	case s.Policy == nil:
		return policy.Unmanaged(s.Image)
	case inCircle(s):
		return heldInCircle(s)
	default:
		return decisions[subject{image: s.Image, policy: s.Policy}.key()]
	}
}

// updatesOf returns the sites that change.
func updatesOf(sites []writer.Site, decisions map[subjectKey]policy.Decision) []writer.Update {
	var out []writer.Update
	for _, s := range sites {
		if d := decisionFor(s, decisions); d.Outcome == policy.OutcomeUpdate {
			out = append(out, writer.Update{Site: s, Decision: d})
		}
	}
	return out
}
