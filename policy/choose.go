package policy

import (
	"slices"
	"strings"
)

// chooser is a policy that chooses among tags.
type chooser struct {
	spec   Spec
	text   string
	filter tagFilter
	order  order
	gates  gates
}

func (p *chooser) String() string  { return p.text }
func (p *chooser) Follows() Follow { return p.spec.Follow }

// Decide reads and orders all tags, and then asks the gates about what is better than the tag in use, best first.
func (p *chooser) Decide(current Image, offer Offer) (Decision, []Need) {
	d, needs, ok := listed(start(p, current), current, offer)
	if !ok {
		return d, needs
	}
	tags := slices.Clone(offer.Tags)
	slices.Sort(tags)
	tags = slices.Compact(tags)
	if d, needs, ok = p.dated(d, current, offer, tags); !ok {
		return d, needs
	}
	now := &candidate{tag: current.Tag, value: p.filter.value(current.Tag)}
	readable := now.value != "" && p.order.readCurrent(now, offer)
	free := p.free(current, offer)
	if !readable {
		now = nil
	}
	if !readable && !free || now == nil && p.spec.LikeCurrent {
		return p.unreadable(d, current, offer, tags), nil
	}
	accepted, refused := p.judge(tags, now, offer)
	d.Verdicts = append(p.verdicts(accepted), refused...)
	if _, found := slices.BinarySearch(tags, current.Tag); !offer.Complete && current.Tag != "" && !found {
		if len(accepted) > 0 {
			d.Verdicts[0].Reason = ReasonCurrentMissing
		}
		return currentMissing(d, current, len(offer.Tags)), nil
	}
	if len(accepted) == 0 {
		return noMatch(d), nil
	}
	return p.pick(d, current, now, accepted, offer)
}

// noMatch is the decision when no tag is a candidate.
func noMatch(d Decision) Decision {
	d.Outcome, d.Reason, d.Detail = OutcomeNone, ReasonNoMatch, ""
	d.Hint = "explain lists the reason for every tag"
	return d
}

// free says that the best tag may be taken whatever is in use: nothing is, or the policy may go down.
func (p *chooser) free(current Image, offer Offer) bool {
	return offer.Anew && current.Tag == "" && current.Digest == "" || p.spec.Downgrade != nil && *p.spec.Downgrade
}

// judge gives every tag its verdict. The accepted ones come best first, in a total order that does not depend on the order of tags;
// the refused ones by name.
func (p *chooser) judge(tags []string, now *candidate, offer Offer) (accepted []*candidate, refused []Verdict) {
	r := p.order.begin(now, offer)
	refused = make([]Verdict, 0, len(tags))
	var scratch candidate
	for _, tag := range tags {
		value, reason := p.filter.admit(tag)
		if reason == "" {
			scratch.tag, scratch.value = tag, value
			reason = r.read(&scratch)
		}
		if reason != "" {
			refused = append(refused, p.refusal(tag, reason, now, offer.Explain))
			continue
		}
		accepted = append(accepted, &candidate{tag: tag, value: value, shape: scratch.fields(), made: scratch.made})
	}
	if r, ok := r.(lateReader); ok {
		accepted = slices.DeleteFunc(accepted, func(c *candidate) bool {
			reason := r.late(c)
			if reason != "" {
				refused = append(refused, p.refusal(c.tag, reason, now, offer.Explain))
			}
			return reason != ""
		})
		slices.SortFunc(refused, func(a, b Verdict) int { return strings.Compare(a.Tag, b.Tag) })
	}
	slices.SortFunc(accepted, func(a, b *candidate) int { return -p.total(a, b, now) })
	return accepted, refused
}

// total is the order with its ties broken: the tag in use is above those that mean the same, then the spelling decides.
func (p *chooser) total(a, b, now *candidate) int {
	if c := p.order.compare(a, b); c != 0 {
		return c
	}
	if now != nil && a.tag != b.tag && (a.tag == now.tag || b.tag == now.tag) {
		return boolInt(a.tag == now.tag) - boolInt(b.tag == now.tag)
	}
	return cmpSpelling(a.tag, b.tag)
}

// verdicts returns the verdicts of accepted tags, the best first, before any gate was asked.
func (p *chooser) verdicts(accepted []*candidate) []Verdict {
	out := make([]Verdict, len(accepted))
	for i, c := range accepted {
		out[i] = Verdict{Tag: c.tag, Accepted: true, Reason: ReasonLower}
	}
	return out
}

// unreadable is the decision when the tag in use has no place in the order: nobody can say what is newer than `latest` or a commit.
func (p *chooser) unreadable(d Decision, current Image, offer Offer, tags []string) Decision {
	d.Outcome, d.Reason = OutcomeHeld, ReasonCurrentUnreadable
	d.Detail = "the current tag has no place in the policy's order, so nothing can be said to be newer"
	d.Hint = "write a tag there once that the policy can read, follow the tag with digest:TAG, or allow downgrade=true"
	if current.Tag == "" {
		d.Detail = "no tag is in use, so nothing can be said to be newer"
	}
	if p.spec.LikeCurrent { // without a tag like which others are there is nothing to judge by
		for _, tag := range tags {
			_, reason := p.filter.admit(tag)
			if reason == "" {
				reason = ReasonCurrentUnreadable
			}
			d.Verdicts = append(d.Verdicts, p.refusal(tag, reason, nil, offer.Explain))
		}
		return d
	}
	accepted, refused := p.judge(tags, nil, offer)
	d.Verdicts = append(p.verdicts(accepted), refused...)
	if len(accepted) > 0 {
		d.Verdicts[0].Reason = ReasonCurrentUnreadable
		return d
	}
	return noMatch(d)
}

// pick asks the gates about the candidates that are better than the tag in use, best first, until one passes.
func (p *chooser) pick(d Decision, current Image, now *candidate, accepted []*candidate, offer Offer) (Decision, []Need) {
	better := accepted[:p.better(current, now, accepted, offer)]
	q := questions{chooser: p, current: current, offer: offer, better: better, frozen: p.gates.askFreeze(offer.Now)}
	if offer.All {
		if needs := q.needs(0, len(better)); len(needs) > 0 {
			return d, needs
		}
	}
	r := q.run(d.Verdicts)
	switch {
	case len(r.needs) > 0:
		return d, r.needs
	case r.failed != nil:
		return unknown(d, registryReason(r.failed), r.failed), nil
	case r.picked >= 0:
		return p.update(d, current, offer, accepted[r.picked].tag)
	case r.held.reason != "":
		d.Outcome, d.Reason, d.Detail, d.Hint = OutcomeHeld, r.held.reason, r.held.detail, r.held.hint
		return d, nil
	case now != nil && !p.free(current, offer) && p.order.compare(accepted[0], now) < 0:
		d.Outcome, d.Reason = OutcomeHeld, ReasonDowngrade
		d.Detail = "the best tag that the policy allows, " + accepted[0].tag + ", is lower than the current one"
		d.Verdicts[0].Reason = ReasonDowngrade
		return d, nil
	}
	if stays := slices.IndexFunc(accepted, func(c *candidate) bool { return c.tag == current.Tag }); stays >= 0 {
		d.Verdicts[stays].Reason = ReasonPicked
	}
	return p.settled(d, current, offer)
}

// settled completes a decision for a tag that stays. What changes beside the tag is an update like any other, so the gates are asked.
func (p *chooser) settled(d Decision, current Image, offer Offer) (Decision, []Need) {
	d, needs := p.spec.settled(d, current, offer)
	if len(needs) > 0 || d.Outcome != OutcomeUpdate {
		return d, needs
	}
	to := Version{Tag: current.Tag}
	if current.Digest != "" {
		to.Digest = d.To.Digest
	}
	return p.gates.gated(d, current, to, offer)
}

// better returns how many of the accepted candidates, which come best first, are better than the tag in use.
func (p *chooser) better(current Image, now *candidate, accepted []*candidate, offer Offer) int {
	i := slices.IndexFunc(accepted, func(c *candidate) bool {
		return c.tag == current.Tag || !p.free(current, offer) && p.order.compare(c, now) <= 0
	})
	if i < 0 {
		return len(accepted)
	}
	return i
}

// update completes a decision for a new tag. It goes back in the form in which the reference was found, unless the policy pins.
func (p *chooser) update(d Decision, current Image, offer Offer, tag string) (Decision, []Need) {
	to := Version{Tag: tag}
	if current.Tag == "" && current.Digest != "" && p.spec.Pin != "tag" {
		to.Tag = "" // `name@digest` stays in that form
	}
	if p.spec.Pin == "digest" || p.spec.Pin != "tag" && current.Digest != "" {
		digest, needs, err := digestOf(current, offer, tag)
		if len(needs) > 0 {
			return d, needs
		}
		if err != nil {
			return digestUnknown(d, tag, err), nil
		}
		to.Digest = digest
	}
	d.Outcome, d.Reason, d.To = OutcomeUpdate, ReasonPicked, to
	if d.To == d.From {
		d.Outcome, d.Reason = OutcomeCurrent, ReasonCurrent
	}
	return d, nil
}
