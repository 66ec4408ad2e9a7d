package policy

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// versionRules are the options that orders of versions share.
type versionRules struct {
	prerelease Words
	// words are the pre-release words that are admitted when prerelease is a list.
	words []string
	// variant is keep, any, or a name.
	variant string
	// precision is same, more, any or a number of parts.
	precision Scalar
	// jump is an index of jumps.
	jump   int
	within *semver.Constraints
}

func newVersionRules(s Spec, precision Scalar) (versionRules, error) {
	r := versionRules{
		prerelease: s.Prerelease, variant: cmp.Or(s.Variant, "keep"), precision: cmp.Or(s.Precision, precision),
		jump: slices.Index(jumps, cmp.Or(s.Jump, "major")),
	}
	if s.Prerelease != "true" && s.Prerelease != "false" && s.Prerelease != "" {
		for word := range strings.SplitSeq(string(s.Prerelease), ",") {
			r.words = append(r.words, canonicalWord(word))
		}
	}
	if s.Within != "" {
		var err error
		if r.within, err = compileRange("within", s.Within); err != nil {
			return r, err
		}
	}
	return r, nil
}

// looks says whether a candidate is written like the tag in use: prefix and variant.
func (r *versionRules) looks(c, now *candidate) Reason {
	switch {
	case now != nil && c.prefix != now.prefix:
		return ReasonPrefix
	case r.variant == "any" || now == nil && r.variant == "keep":
		return ""
	case r.variant == "keep":
		if !bytes.Equal(c.form, now.form) {
			return ReasonVariant
		}
		return ""
	}
	if string(c.variant) == r.variant || strings.TrimLeft(c.literalSuffix(), "-._") == r.variant {
		return ""
	}
	return ReasonVariant
}

// literalSuffix is what follows the version in the form, fields as marks.
func (s *shape) literalSuffix() string {
	_, after, _ := bytes.Cut(s.form, []byte{markVersion})
	return string(after)
}

// fits says whether a candidate is written like the tag in use, with a wanted number of parts.
func (r *versionRules) fits(c, now *candidate) Reason {
	if reason := r.looks(c, now); reason != "" {
		return reason
	}
	return r.precise(c, now)
}

// precise says whether a candidate has a wanted number of parts.
func (r *versionRules) precise(c, now *candidate) Reason {
	ok := true
	switch n := c.parts(); r.precision {
	case "any":
	case "more":
		ok = now == nil || n >= now.parts()
	case "same":
		ok = now == nil || n == now.parts() || now.exact && (n < 3) == (now.parts() < 3) && n > 0
	default:
		ok = n == number(string(r.precision))
	}
	if ok && now != nil && !now.exact && r.variant == "keep" {
		ok = slices.EqualFunc(c.rest, now.rest, func(a, b string) bool { return strings.Count(a, ".") == strings.Count(b, ".") })
	}
	if !ok {
		return ReasonPrecision
	}
	return ""
}

// admitsPre says whether a pre-release is asked for by its word. It does not speak of what is left to the order, "".
func (r *versionRules) admitsPre(pre string) bool {
	return r.prerelease == "true" || slices.Contains(r.words, wordOf(pre))
}

// admits says whether a version may be taken that is no pre-release, or one that is asked for, or one of the version in use when that
// is a pre-release; and whether it is within the bounds.
func (r *versionRules) admits(c, now *candidate) Reason {
	switch {
	case c.pre == "" || r.admitsPre(c.pre):
	case r.prerelease == "" && now != nil && now.pre != "" && cmpDotted(c.core, now.core, false) == 0:
	default:
		return ReasonPrerelease
	}
	return r.bounded(c, now)
}

// bounded says whether a candidate is near enough to the tag in use, and within the bounds.
func (r *versionRules) bounded(c, now *candidate) Reason {
	if c.core == "" {
		return ""
	}
	if now != nil && !sameParts(c.core, now.core, len(jumps)-1-r.jump) {
		return ReasonJump
	}
	if r.within != nil {
		if v, ok := semverOf(c.core, ""); !ok || !r.within.Check(v) {
			return ReasonWithin
		}
	}
	return ""
}

// sameParts says whether the first n parts of two versions are equal. What a version lacks is 0.
func sameParts(a, b string, n int) bool {
	for range n {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if cmpDigits(x, y) != 0 {
			return false
		}
	}
	return true
}

// semverOf makes a semantic version of the first three parts of a core; false when a part is too long for one.
func semverOf(core, pre string) (*semver.Version, bool) {
	parts, ok := coreParts(core)
	if !ok {
		return nil, false
	}
	return semver.New(parts[0], parts[1], parts[2], pre, ""), true
}

// coreParts reads the first three parts of a core.
func coreParts(core string) (parts [3]uint64, ok bool) {
	for i := range parts {
		var part string
		part, core, _ = strings.Cut(core, ".")
		if part == "" {
			break
		}
		n, err := strconv.ParseUint(part, 10, 64)
		if err != nil || n == math.MaxUint64 { // ranges add one to what they compare with
			return parts, false
		}
		parts[i] = n
	}
	return parts, true
}

// compareShapes orders by version, then pre-release, then the other fields, then the versions of what the image is built on.
func compareShapes(a, b *shape, floating bool) int {
	if c := cmpDotted(a.core, b.core, floating); c != 0 {
		return c
	}
	if c := cmpPre(a.pre, b.pre); c != 0 {
		return c
	}
	if c := cmpFields(a.rest, b.rest); c != 0 {
		return c
	}
	return cmpFields(a.own, b.own)
}
