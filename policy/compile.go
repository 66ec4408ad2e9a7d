package policy

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/Masterminds/semver/v3"
)

// Compile checks a spec and makes a policy of it. The error is a *SpecError.
func Compile(s Spec) (Policy, error) {
	filter, err := compileFilter(s.Tags)
	if err != nil {
		return nil, err
	}
	if s.Image != "" {
		if img, err := ParseImage(s.Image); err != nil || img.Name != s.Image {
			return nil, &SpecError{Field: "image", Message: fmt.Sprintf("%q is not an image repository", s.Image), HintText: "name it without a tag, for example ghcr.io/acme/web"}
		}
	}
	switch orders := s.orders(); len(orders) {
	case 0:
		return nil, &SpecError{Message: "no order", HintText: "say one of semver, digest or ignore"}
	case 1:
	default:
		return nil, &SpecError{
			Message: fmt.Sprintf("two orders, %s and %s", orders[0], orders[1]), HintText: "a policy has one order",
		}
	}
	switch {
	case s.Ignore:
		return ignorePolicy{}, nil
	case s.Digest != "":
		if !validTag(s.Digest) {
			return nil, &SpecError{Field: "digest", Message: fmt.Sprintf("%q is not a tag", s.Digest), HintText: "name the tag to follow, for example digest:stable"}
		}
		return &digestPolicy{spec: s, filter: filter}, nil
	default:
		constraint, err := semver.NewConstraint(s.Semver)
		if err != nil {
			return nil, &SpecError{
				Field: "semver", Message: fmt.Sprintf("%q is not a range of versions", s.Semver),
				HintText: "examples: ^1.4, ~1.4.2, >=1.4 <2, *",
			}
		}
		return &semverPolicy{spec: s, constraint: constraint, filter: filter}, nil
	}
}

// tagFilter is a compiled TagFilter.
type tagFilter struct{ allow, deny []*regexp.Regexp }

func compileFilter(f TagFilter) (tagFilter, error) {
	allow, err := compilePatterns("tags.allow", f.Allow)
	if err != nil {
		return tagFilter{}, err
	}
	deny, err := compilePatterns("tags.deny", f.Deny)
	return tagFilter{allow: allow, deny: deny}, err
}

func compilePatterns(field string, patterns []string) ([]*regexp.Regexp, error) {
	var out []*regexp.Regexp
	for i, p := range patterns {
		re, err := regexp.Compile(p)
		if err != nil {
			return nil, &SpecError{
				Field: fmt.Sprintf("%s[%d]", field, i), Message: err.Error(),
				HintText: "patterns are RE2: no look-ahead and no back-references",
			}
		}
		out = append(out, re)
	}
	return out, nil
}

// tagGrammar is the tag rule of the OCI distribution specification ("Pulling manifests": <reference> as a tag).
var tagGrammar = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

// artifactTag matches the tags under which cosign and the referrers fallback of the OCI distribution
// specification ("Referrers Tag Schema") keep signatures, attestations and bills of materials.
var artifactTag = regexp.MustCompile(`^sha256-[a-f0-9]{64}(\..+)?$`)

func validTag(tag string) bool { return tagGrammar.MatchString(tag) }

// check says why a tag is refused whatever its order, or accepts it.
func (f tagFilter) check(tag string) Verdict {
	refuse := func(r Reason, detail string) Verdict { return Verdict{Tag: tag, Reason: r, Detail: detail} }
	if !validTag(tag) {
		return refuse(ReasonMalformed, "")
	}
	if artifactTag.MatchString(tag) {
		return refuse(ReasonArtifact, "")
	}
	matches := func(re *regexp.Regexp) bool { return re.MatchString(tag) }
	if len(f.allow) > 0 && !slices.ContainsFunc(f.allow, matches) {
		return refuse(ReasonNotAllowed, "")
	}
	if i := slices.IndexFunc(f.deny, matches); i >= 0 {
		return refuse(ReasonDenied, f.deny[i].String())
	}
	return Verdict{Tag: tag, Accepted: true}
}
