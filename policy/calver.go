package policy

// calverOrder takes the highest of the tags that have a layout.
type calverOrder struct {
	versionRules
	layout layout
}

func newCalverOrder(s Spec) (order, error) {
	rules, err := newVersionRules(s, "any")
	if err != nil {
		return nil, err
	}
	l, err := compileLayout(s.Calver)
	if err != nil {
		return nil, err
	}
	return &calverOrder{versionRules: rules, layout: l}, nil
}

func (o *calverOrder) begin(now *candidate, _ Offer) reader { return &calverReader{o, now} }

type calverReader struct {
	*calverOrder
	now *candidate
}

func (o *calverOrder) readCurrent(c *candidate, _ Offer) bool { return o.layout.read(c) }

func (r *calverReader) read(c *candidate) Reason {
	if !r.layout.read(c) {
		return ReasonLayout
	}
	if r.now == nil && r.variant == "keep" && string(c.form) != string(rune(markVersion)) {
		return ReasonVariant
	}
	if reason := r.fits(c, r.now); reason != "" {
		return reason
	}
	return r.admits(c, r.now)
}

func (o *calverOrder) compare(a, b *candidate) int { return compareShapes(&a.shape, &b.shape, false) }
