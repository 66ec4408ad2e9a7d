package policy

import (
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// semverOrder takes the highest version in a range.
type semverOrder struct {
	versionRules
	constraint *semver.Constraints
	// withPre is the same range with pre-releases in it.
	withPre *semver.Constraints
	// named are the versions whose pre-releases the range itself names, such as 2.0.0 in >=2.0.0-rc.1.
	named []string
	// full says that nothing was said of precision, so that fewer parts make no version at all.
	full bool
}

func newSemverOrder(s Spec) (order, error) {
	rules, err := newVersionRules(s, "3")
	if err != nil {
		return nil, err
	}
	o := &semverOrder{versionRules: rules, full: s.Precision == ""}
	if o.constraint, err = compileRange("semver", s.Semver); err != nil {
		return nil, err
	}
	o.withPre, _ = semver.NewConstraint(s.Semver) // it was read a line above
	o.withPre.IncludePrerelease = true
	for _, m := range namedPrerelease.FindAllStringSubmatch(s.Semver, -1) {
		o.named = append(o.named, m[1])
	}
	return o, nil
}

// namedPrerelease matches the versions with a pre-release in a range.
var namedPrerelease = regexp.MustCompile(`(\d+(?:\.\d+)*)-[0-9A-Za-z]`)

// begin has the order itself as the reader of all tags beside one.
func (o *semverOrder) begin(now *candidate, _ Offer) reader {
	return &semverReader{semverOrder: o, now: now}
}

type semverReader struct {
	*semverOrder
	now *candidate
	// core is the last version that was checked, inside whether the range has it.
	core   string
	inside bool
}

// readCurrent also takes versions of fewer parts: that much is known of what they mean. What has no dot and is not short is rather a
// date, a build number or a commit.
func (o *semverOrder) readCurrent(c *candidate, _ Offer) bool {
	return readVersion(c) && (strings.Contains(c.core, ".") || len(c.core) < 4)
}

// readVersion reads `v1.2.3-suffix` with any number of parts up to three.
func readVersion(c *candidate) bool {
	text := strings.TrimPrefix(c.value, "v")
	n, parts := numberLength(text)
	if n == 0 || parts > 3 || n < len(text) && (text[n] != '-' || n+1 == len(text)) {
		return false
	}
	c.parseSuffix(text, n)
	c.prefix = c.value[:len(c.value)-len(text)]
	_, ok := coreParts(c.core)
	return ok
}

func (r *semverReader) read(c *candidate) Reason {
	if !readVersion(c) || r.full && c.parts() != 3 {
		return ReasonNotVersion
	}
	if r.now == nil && r.variant == "keep" {
		// Nothing to compare the form with: the suffix counts as semantic versioning has it.
		c.pre = strings.TrimPrefix(c.value[len(c.prefix)+len(c.core):], "-")
		if c.pre != "" && !validPre(c.pre) {
			return ReasonNotVersion
		}
	}
	if reason := r.fits(c, r.now); reason != "" {
		return reason
	}
	if reason := r.inRange(c); reason != "" {
		return reason
	}
	return r.bounded(c, r.now)
}

// validPre says whether a text is a pre-release of semantic versioning, leading zeros aside.
func validPre(pre string) bool {
	for part := range strings.SplitSeq(pre, ".") {
		if part == "" || strings.Contains(part, "_") {
			return false
		}
	}
	return true
}

// inRange checks the range. A pre-release of a version that the range leaves out is out as well, although `>=1.0.0-0 <2.0.0` and
// 2.0.0-rc.1 < 2.0.0 say otherwise, unless the range names it.
func (o *semverReader) inRange(c *candidate) Reason {
	if c.core != o.core { // tags come sorted: 1.2.3 and 1.2.3-rc.1 one after the other
		release, _ := semverOf(c.core, "")
		o.core, o.inside = c.core, o.constraint.Check(release)
	}
	inside := o.inside
	if c.pre == "" {
		if !inside {
			return ReasonOutOfRange
		}
		return ""
	}
	if !inside && !slices.ContainsFunc(o.named, func(core string) bool { return cmpDotted(core, c.core, false) == 0 }) {
		return ReasonOutOfRange
	}
	within := o.withPre
	if o.prerelease == "" {
		within = o.constraint // admits pre-releases only where it names one
	}
	if o.prerelease == "" && len(o.named) == 0 || o.prerelease != "" && !o.admitsPre(c.pre) {
		return ReasonPrerelease
	}
	if version, _ := semverOf(c.core, c.pre); !within.Check(version) {
		return ReasonPrerelease
	}
	return ""
}

func (o *semverOrder) compare(a, b *candidate) int { return compareShapes(&a.shape, &b.shape, false) }
