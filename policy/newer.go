package policy

import "slices"

// Newer says whether a policy would by its order go from one tag to the other, whatever its gates say at the moment. It is false
// for what it cannot compare without asking anybody, such as digests and dates of images.
func Newer(p Policy, from, to string) bool {
	c, ok := p.(*chooser)
	if !ok || c.spec.Newest {
		return false
	}
	now := &candidate{tag: from, value: c.filter.value(from)}
	if now.value == "" || !c.order.readCurrent(now, Offer{}) {
		return false
	}
	value, reason := c.filter.admit(to)
	if reason != "" {
		return false
	}
	next := &candidate{tag: to, value: value}
	return c.order.begin(now, Offer{}).read(next) == "" && c.order.compare(next, now) > 0
}

// Lowers says whether a decision goes below a tag that the same policy chose before. Where the dates of images decide, a tag that is
// not known to be older counts as newer: the registry may have lost it from its list, or not have answered for it.
func Lowers(p Policy, d Decision, before string) bool {
	if c, ok := p.(*chooser); !ok || !c.spec.Newest {
		return Newer(p, d.To.Tag, before)
	}
	picked := slices.IndexFunc(d.Verdicts, func(v Verdict) bool { return v.Reason == ReasonPicked })
	older := picked >= 0 && slices.ContainsFunc(d.Verdicts[picked:], func(v Verdict) bool { return v.Accepted && v.Tag == before })
	return !older
}
