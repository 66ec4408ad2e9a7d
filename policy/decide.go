package policy

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// ErrNotInTagsFile is wrapped by errors that say that the file given with --tags does not speak of an image.
var ErrNotInTagsFile = errors.New("not in the tags file")

// start returns the parts of a decision that are known before anything is decided.
func start(p Policy, current Image) Decision {
	return Decision{Image: current.String(), Policy: p.String(), From: Version{current.Tag, current.Digest}, Verdicts: []Verdict{}}
}

// registryReason maps a failed look-up to the reason of the decision.
func registryReason(err error) Reason {
	if errors.Is(err, ErrNotInTagsFile) {
		return ReasonNotListed
	}
	switch fault.KindOf(err) {
	case fault.Auth:
		return ReasonRegistryAuth
	case fault.NotFound:
		return ReasonRegistryNotFound
	case fault.RateLimited:
		return ReasonRegistryRateLimited
	case fault.Temporary, fault.Conflict, fault.Invalid, fault.Internal:
		return ReasonRegistry
	default:
		return ReasonRegistry
	}
}

// currentMissing is the decision when the list lacks the tag in use, so that it is not believed.
func currentMissing(d Decision, current Image, tags int) Decision {
	d = unknown(d, ReasonCurrentMissing, fmt.Errorf("the registry's list of %d tags lacks the current tag %s", tags, current.Tag))
	d.Hint = "if the tag was removed on purpose, write one that exists into Git; otherwise look at the registry"
	return d
}

// listed returns a need when the list of tags has not been asked for, and a decision of outcome unknown when it
// could not be had.
func listed(d Decision, current Image, offer Offer) (Decision, []Need, bool) {
	switch {
	case offer.TagsErr != nil:
		return unknown(d, registryReason(offer.TagsErr), offer.TagsErr), nil, false
	case !offer.Listed:
		return d, []Need{{Repository: current.Repository(), Fact: FactTags}}, false
	}
	return d, nil, true
}

// digestOf returns the digest of a tag, or a need for it, or why it could not be had.
func digestOf(current Image, offer Offer, tag string) (digest string, needs []Need, err error) {
	answer, asked := offer.Digests[tag]
	if !asked {
		return "", []Need{{Repository: current.Repository(), Fact: FactDigest, Tag: tag}}, nil
	}
	return answer.Value, nil, answer.Err
}

// digestUnknown is the decision when the digest of a tag could not be had.
func digestUnknown(d Decision, tag string, err error) Decision {
	d.judge(Verdict{Tag: tag, Reason: ReasonDigestUnknown, Detail: err.Error()})
	return unknown(d, registryReason(err), err)
}

// judge puts a verdict in the place of the one that the tag has.
func (d *Decision) judge(v Verdict) {
	if i := slices.IndexFunc(d.Verdicts, func(w Verdict) bool { return w.Tag == v.Tag }); i >= 0 {
		d.Verdicts[i] = v
		return
	}
	d.Verdicts = append([]Verdict{v}, d.Verdicts...)
}

// gated is an update after the gates were asked about it.
func (g *gates) gated(d Decision, current Image, to Version, offer Offer) (Decision, []Need) {
	a := g.ask(current, to, offer)
	switch {
	case len(a.needs) > 0:
		return d, a.needs
	case a.err != nil:
		d.judge(Verdict{Tag: to.Tag, Reason: a.reason, Detail: a.err.Error()})
		return unknown(d, registryReason(a.err), a.err), nil
	case a.reason != "":
		d.judge(Verdict{Tag: to.Tag, Reason: a.reason, Detail: a.detail})
		d.Outcome, d.Reason, d.Detail, d.Hint, d.To = OutcomeHeld, a.reason, a.detail, a.hint, Version{}
	}
	return d, nil
}

// ignorePolicy leaves everything alone.
type ignorePolicy struct{}

func (ignorePolicy) String() string { return "ignore" }

func (p ignorePolicy) Decide(current Image, _ Offer) (Decision, []Need) {
	d := start(p, current)
	d.Outcome, d.Reason = OutcomeIgnored, ReasonIgnore
	return d, nil
}

// settled completes a decision for a tag that stays: its digest may be wanted, or have moved.
func (s *Spec) settled(d Decision, current Image, offer Offer) (Decision, []Need) {
	d.Outcome, d.Reason, d.To = OutcomeCurrent, ReasonCurrent, d.From
	switch {
	case current.Tag == "":
		return d, nil
	case s.Pin == "tag" && current.Digest != "":
		d.Outcome, d.Reason, d.To = OutcomeUpdate, ReasonPicked, Version{Tag: current.Tag}
		return d, nil
	case s.Pin == "digest" && current.Digest == "":
	case current.Digest != "" && (s.Moved == "hold" || s.Moved == "follow"):
	default:
		return d, nil
	}
	digest, needs, err := digestOf(current, offer, current.Tag)
	switch {
	case len(needs) > 0:
		return d, needs
	case err != nil:
		return digestUnknown(d, current.Tag, err), nil
	case digest == current.Digest:
		return d, nil
	case current.Digest != "" && s.Moved == "hold":
		d.Outcome, d.Reason, d.To = OutcomeHeld, ReasonMoved, Version{}
		d.Detail = fmt.Sprintf("%s points to %s now, and %s is written", current.Tag, Version{Digest: digest}, Version{Digest: current.Digest})
		d.Hint = "find out who pushed it again; moved=follow takes such changes"
		return d, nil
	}
	return s.moved(d, current, offer, Version{Tag: current.Tag, Digest: digest})
}

// moved completes a decision for a digest that differs from the one that is written. When every platform gets what it had, as
// after a new attestation, it is no update.
func (s *Spec) moved(d Decision, current Image, offer Offer, to Version) (Decision, []Need) {
	d.Outcome, d.Reason, d.To = OutcomeUpdate, ReasonPicked, to
	if current.Digest == "" {
		return d, nil
	}
	was, wasAsked := offer.Platforms[current.Digest]
	is, isAsked := offer.Platforms[to.Digest]
	switch {
	case !wasAsked || !isAsked:
		return d, []Need{
			{Repository: current.Repository(), Fact: FactPlatforms, Tag: current.Digest},
			{Repository: current.Repository(), Fact: FactPlatforms, Tag: to.Digest},
		}
	case was.Err == nil && is.Err == nil && sameContent(was.List, is.List, s.Platforms):
		d.Outcome, d.Reason, d.To = OutcomeCurrent, ReasonSameContent, d.From
		d.Detail = "every platform gets what it had"
	}
	return d, nil
}

// digestPolicy follows what one tag points to. It always writes a digest: that is the thing it chooses.
type digestPolicy struct {
	spec   Spec
	text   string
	filter tagFilter
	gates  gates
}

func (p *digestPolicy) String() string  { return p.text }
func (p *digestPolicy) Follows() Follow { return p.spec.Follow }

func (p *digestPolicy) Decide(current Image, offer Offer) (Decision, []Need) {
	tag := p.spec.Digest
	d := start(p, current)
	if _, reason := p.filter.admit(tag); reason != "" {
		d.Outcome, d.Reason, d.Verdicts = OutcomeNone, ReasonNoMatch, append(d.Verdicts, Verdict{Tag: tag, Reason: reason})
		return d, nil
	}
	digest, needs, err := digestOf(current, offer, tag)
	if len(needs) > 0 {
		return d, needs
	}
	if err != nil {
		return digestUnknown(d, tag, err), nil
	}
	to := Version{Tag: tag, Digest: digest}
	if current.Tag == "" && current.Digest != "" {
		to.Tag = "" // `name@digest` stays in that form
	}
	d.Verdicts = append(d.Verdicts, Verdict{Tag: tag, Accepted: true, Reason: ReasonPicked})
	if offer.Listed {
		d.Verdicts = append(d.Verdicts, notFollowed(offer.Tags, tag)...)
	}
	if to == d.From {
		d.Outcome, d.Reason, d.To = OutcomeCurrent, ReasonCurrent, to
		return d, nil
	}
	if digest != current.Digest {
		if d, needs = p.spec.moved(d, current, offer, to); len(needs) > 0 || d.Outcome != OutcomeUpdate {
			return d, needs
		}
	}
	d.Outcome, d.Reason, d.To = OutcomeUpdate, ReasonPicked, to
	return p.gates.gated(d, current, Version{Tag: tag, Digest: digest}, offer)
}

func notFollowed(tags []string, followed string) []Verdict {
	var out []Verdict
	for _, tag := range slices.Compact(slices.Sorted(slices.Values(tags))) {
		if tag != followed {
			out = append(out, Verdict{Tag: tag, Reason: ReasonNotFollowed})
		}
	}
	return out
}
