package policy

import "strings"

// likeOrder takes the highest of the tags that are written like the one in use.
type likeOrder struct {
	versionRules
	// floating says that a part which a version lacks is above every number: only while versions keep their number of parts can
	// 1.4 and 1.4.2 meet, in tags that name one build, and there 1.4 is the newest of 1.4.
	floating bool
}

func newLikeOrder(s Spec) (order, error) {
	rules, err := newVersionRules(s, "same")
	return &likeOrder{versionRules: rules, floating: rules.precision == "same"}, err
}

func (o *likeOrder) begin(now *candidate, _ Offer) reader {
	return &likeReader{likeOrder: o, now: now, standsFor: map[string]standing{}}
}

func (o *likeOrder) readCurrent(c *candidate, _ Offer) bool {
	c.parse(c.value)
	return c.ordered() || len(c.own) > 0 && o.variant != "keep"
}

func (o *likeOrder) compare(a, b *candidate) int {
	return compareShapes(&a.shape, &b.shape, o.floating)
}

type likeReader struct {
	*likeOrder
	now *candidate
	// standsFor says for short versions what longer ones there are.
	standsFor map[string]standing
}

// standing is what a short version stands for.
type standing struct{ releases, prereleases bool }

func (r *likeReader) read(c *candidate) Reason {
	c.parse(c.value)
	if !c.ordered() && (r.now.ordered() || len(c.own) == 0) {
		return ReasonNothingToOrder
	}
	if reason := r.looks(c, r.now); reason != "" {
		if c.core == "" || r.now.core == "" || c.prefix != r.now.prefix {
			return ReasonShape
		}
		return reason
	}
	if r.now.parts() < 3 || r.precision == "any" {
		r.record(c)
	}
	if reason := r.precise(c, r.now); reason != "" {
		return reason
	}
	return r.admits(c, r.now)
}

// record keeps what the short versions stand for that a version begins with.
func (r *likeReader) record(c *candidate) {
	for i, n := 0, 0; i < len(c.core) && n < 2; i++ {
		if c.core[i] == '.' {
			n++
			s := r.standsFor[c.core[:i]]
			s.releases, s.prereleases = s.releases || c.pre == "", s.prereleases || c.pre != ""
			r.standsFor[c.core[:i]] = s
		}
	}
}

// late refuses a short version, 2.2, where all that it can stand for is pre-releases: 2.2.0-preview1.
func (r *likeReader) late(c *candidate) Reason {
	if s := r.standsFor[c.core]; c.pre == "" && s.prereleases && !s.releases && r.prerelease != "true" && strings.Count(c.core, ".") < 2 {
		return ReasonFloating
	}
	return ""
}
