package policy

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/Masterminds/semver/v3"
)

// Spec is a policy as plain data, the form that it has in YAML. Exactly one order (Semver, Digest, Ignore) is set.
type Spec struct {
	// Semver is a range such as `^1.4` or `>=1.4 <2`, in the syntax of github.com/Masterminds/semver/v3.
	Semver string `json:"semver,omitempty" yaml:"semver,omitempty"`
	// Digest is the tag whose digest is followed.
	Digest string `json:"digest,omitempty" yaml:"digest,omitempty"`
	// Ignore leaves the image alone.
	Ignore bool `json:"ignore,omitempty" yaml:"ignore,omitempty"`
	// Image is the image repository that markers with a part (`web:tag`) are about when nothing beside them names one.
	// It is for named policies and no part of the expression.
	Image string `json:"image,omitempty" yaml:"image,omitempty"`
	// Tags filters tags before they are ordered.
	Tags TagFilter `json:"tags,omitzero" yaml:"tags,omitempty"`
}

// TagFilter is patterns in RE2 syntax, not anchored unless they say so.
type TagFilter struct {
	// Allow, when it is not empty, admits only tags that one of its patterns matches.
	Allow []string `json:"allow,omitempty" yaml:"allow,omitempty"`
	// Deny refuses every tag that one of its patterns matches.
	Deny []string `json:"deny,omitempty" yaml:"deny,omitempty"`
}

// reserved holds the names of orders and parts, those that later versions may add included, so that a named policy never changes its meaning.
var reserved = []string{
	"semver", "calver", "numerical", "alphabetical", "newest", "digest", "like-current", "ignore",
	"image", "name", "tag",
}

// IsReservedName says whether name is the name of an order or a part, or `ignore`, and so cannot name a policy.
func IsReservedName(name string) bool { return slices.Contains(reserved, name) }

// SpecError is what is wrong with one part of a Spec.
type SpecError struct {
	// Field is where in the YAML form: `semver`, `tags.allow[0]`, or "" for the whole.
	Field string
	// Message says what is wrong, Hint what to do about it.
	Message, HintText string
}

// Error returns the field and the message.
func (e *SpecError) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + ": " + e.Message
}

// Kind says that a person has to correct it.
func (e *SpecError) Kind() string { return "invalid" }

// Hint returns what to do about it.
func (e *SpecError) Hint() string { return e.HintText }

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

// orders returns the names of the orders that the spec sets.
func (s Spec) orders() []string {
	var names []string
	if s.Semver != "" {
		names = append(names, "semver")
	}
	if s.Digest != "" {
		names = append(names, "digest")
	}
	if s.Ignore {
		names = append(names, "ignore")
	}
	return names
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
