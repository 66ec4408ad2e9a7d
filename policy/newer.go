package policy

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
