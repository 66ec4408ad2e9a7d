package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// compileRange reads a range of versions and refuses one that no version is in.
func compileRange(field, text string) (*semver.Constraints, error) {
	constraint, err := semver.NewConstraint(text)
	if err != nil || strings.TrimSpace(text) == "" {
		return nil, &SpecError{
			Field: field, Message: fmt.Sprintf("%q is not a range of versions", text),
			HintText: "examples: ^1.4, ~1.4.2, >=1.4 <2, *",
		}
	}
	if !satisfiable(text, constraint) {
		return nil, &SpecError{
			Field: field, Message: fmt.Sprintf("no version is in %q", text),
			HintText: "the bounds exclude each other: >=1 <2 has versions, >2 <1 has none",
		}
	}
	return constraint, nil
}

// boundary matches the versions that a range names.
var boundary = regexp.MustCompile(`v?\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?`)

// satisfiable says whether some version is in the range. A range is made of intervals, and the least version of each is one that
// the text names or follows from one: the same, the next patch, minor or major, or its first pre-release. Each `!=` takes one
// away, so as many more are tried as there are comparisons.
func satisfiable(text string, c *semver.Constraints) bool {
	named := boundary.FindAllString(text, -1)
	for _, name := range append(named, "0.0.0") {
		v, err := semver.NewVersion(name)
		if err != nil {
			return true // not understood here: the benefit of the doubt
		}
		if c.Check(v) {
			return true
		}
		release := semver.New(v.Major(), v.Minor(), v.Patch(), "", "")
		for i := range uint64(len(named) + 2) {
			if slices.ContainsFunc([]*semver.Version{
				semver.New(release.Major(), release.Minor(), release.Patch()+i, "", ""),
				semver.New(release.Major(), release.Minor()+i, 0, "", ""),
				semver.New(release.Major()+i, 0, 0, "", ""),
				semver.New(release.Major(), release.Minor(), release.Patch()+i, "0", ""),
				semver.New(release.Major(), release.Minor(), release.Patch(), strings.TrimPrefix(v.Prerelease()+fmt.Sprintf(".%d", i), "."), ""),
			}, c.Check) {
				return true
			}
		}
	}
	return false
}
