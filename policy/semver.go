package policy

import (
	"cmp"
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
func (o *semverOrder) begin(now *candidate, _ Offer) reader { return &semverReader{o, now} }

type semverReader struct {
	*semverOrder
	now *candidate
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
	_, ok := semverOf(c.core, "")
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
	return cmp.Or(r.looks(c, r.now), r.precise(c, r.now), r.inRange(c), r.bounded(c, r.now))
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
func (o *semverOrder) inRange(c *candidate) Reason {
	release, _ := semverOf(c.core, "")
	inside := o.constraint.Check(release)
	if c.pre == "" {
		if !inside {
			return ReasonOutOfRange
		}
		return ""
	}
	if !inside && !slices.ContainsFunc(o.named, func(core string) bool { return cmpDotted(core, c.core, false) == 0 }) {
		return ReasonOutOfRange
	}
	version, _ := semverOf(c.core, c.pre)
	admitted := false
	switch o.prerelease {
	case "":
		admitted = o.constraint.Check(version)
	case "false":
	default:
		admitted = o.admitsPre(c.pre) && o.withPre.Check(version)
	}
	if !admitted {
		return ReasonPrerelease
	}
	return ""
}

func (o *semverOrder) compare(a, b *candidate) int { return compareShapes(&a.shape, &b.shape, false) }
