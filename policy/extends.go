package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// Resolve returns the spec with what it extends filled in, whose names are looked up among the named policies. What a spec says
// itself counts, lists as a whole; an order of its own replaces the one that it extends. The error is a *SpecError.
func Resolve(s Spec, named map[string]Spec) (Spec, error) {
	chain := []string{}
	for s.Extends != "" {
		name := s.Extends
		base, ok := named[name]
		if !ok {
			return s, &SpecError{
				Field: "extends", Message: fmt.Sprintf("unknown policy %q", name),
				HintText: fault.DidYouMean(name, slices.Sorted(maps.Keys(named))),
			}
		}
		if slices.Contains(chain, name) {
			return s, &SpecError{
				Field: "extends", Message: "a circle: " + strings.Join(append(chain, name), " -> "),
				HintText: "let one of them stand on its own",
			}
		}
		chain = append(chain, name)
		s = s.over(base)
	}
	return s, nil
}

// over returns s with the values of base where s has none.
func (s Spec) over(base Spec) Spec {
	if len(s.orders()) == 0 {
		s.Semver, s.Calver, s.Numerical, s.Alphabetical = base.Semver, base.Calver, base.Numerical, base.Alphabetical
		s.Newest, s.Digest, s.LikeCurrent, s.Ignore = base.Newest, base.Digest, base.LikeCurrent, base.Ignore
	}
	base.Semver, base.Calver, base.Numerical, base.Alphabetical = s.Semver, s.Calver, s.Numerical, s.Alphabetical
	base.Newest, base.Digest, base.LikeCurrent, base.Ignore = s.Newest, s.Digest, s.LikeCurrent, s.Ignore
	base = base.sensible() // what the base says for its own order
	s.Extends = base.Extends
	s.Image = cmp.Or(s.Image, base.Image)
	s.Tags.Allow = nonEmpty(s.Tags.Allow, base.Tags.Allow)
	s.Tags.Deny = nonEmpty(s.Tags.Deny, base.Tags.Deny)
	s.Tags.Extract = cmp.Or(s.Tags.Extract, base.Tags.Extract)
	s.Prerelease = cmp.Or(s.Prerelease, base.Prerelease)
	s.Variant = cmp.Or(s.Variant, base.Variant)
	s.Precision = cmp.Or(s.Precision, base.Precision)
	s.Jump = cmp.Or(s.Jump, base.Jump)
	s.Within = cmp.Or(s.Within, base.Within)
	s.Platforms = nonEmpty(s.Platforms, base.Platforms)
	s.MinAge = cmp.Or(s.MinAge, base.MinAge)
	s.Settle = cmp.Or(s.Settle, base.Settle)
	s.Pin = cmp.Or(s.Pin, base.Pin)
	s.Moved = cmp.Or(s.Moved, base.Moved)
	s.Downgrade = cmp.Or(s.Downgrade, base.Downgrade)
	s.Freeze = nonEmpty(s.Freeze, base.Freeze)
	s.Follow = cmp.Or(s.Follow, base.Follow)
	return s
}

// nonEmpty returns the first list that has something in it.
func nonEmpty[T any](a, b []T) []T {
	if len(a) > 0 {
		return a
	}
	return b
}
