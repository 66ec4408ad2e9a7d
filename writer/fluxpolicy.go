package writer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
)

// fluxChoice is how an ImagePolicy chooses.
type fluxChoice struct {
	// kinds are the orders that have a value, sorted and joined by commas: there should be one.
	kinds string
	// semver is the range, order the direction of the other kinds.
	semver, order    string
	pattern, extract string
	reflection       string
	suspended        bool
}

// The kinds of order that Flux knows, as its field names have them.
const (
	fluxSemver       = "semver"
	fluxNumerical    = "numerical"
	fluxAlphabetical = "alphabetical"
)

// readFluxChoice reads the spec of an ImagePolicy.
func readFluxChoice(spec *yaml.Node) fluxChoice {
	c := fluxChoice{reflection: textAt(spec, "digestReflectionPolicy"), suspended: textAt(spec, "suspend") == "true"}
	var kinds []string
	entries(get(spec, "policy"), func(kind string, value *yaml.Node) {
		if value.Kind == yaml.ScalarNode && value.ShortTag() == "!!null" {
			return // as if it were not there
		}
		kinds = append(kinds, kind)
		c.semver, c.order = textAt(value, "range"), textAt(value, "order")
	})
	slices.Sort(kinds)
	c.kinds = strings.Join(kinds, ", ")
	filter := get(spec, "filterTags")
	if c.pattern = textAt(filter, "pattern"); c.pattern != "" { // without a pattern there is nothing to extract from
		c.extract = textAt(filter, "extract")
	}
	return c
}

// readExclusions reads the exclusionList of an ImageRepository, one pattern a line. Flux's default for it keeps out signatures, which
// are never candidates here.
func readExclusions(spec *yaml.Node) string {
	list := get(spec, "exclusionList")
	if list == nil || list.Kind != yaml.SequenceNode {
		return ""
	}
	var patterns strings.Builder
	for _, pattern := range list.Content {
		patterns.WriteString(text(pattern) + "\n")
	}
	return patterns.String()
}

// compile makes policies of an ImagePolicy: one for references, and one for tags that have no place for a digest.
func (p fluxPolicy) compile(r fluxRepository, rules Rules) (whole, bare policy.Policy, bad *markerError) {
	spec, err := p.spec(r)
	if err == nil {
		whole, err = rules.compile(spec)
	}
	if err == nil {
		spec.Pin, spec.Moved = "", ""
		bare, err = rules.compile(spec)
	}
	if err == nil {
		_, err = policy.ParseImage(r.image)
	}
	if err == nil {
		return whole, bare, nil
	}
	if wrong, ok := errors.AsType[*policy.SpecError](err); ok {
		err = &policy.SpecError{Field: fluxFields.Replace(wrong.Field), Message: wrong.Message, HintText: wrong.HintText}
	}
	reason := reasonFluxInvalid
	if errors.Is(err, errFluxUnsupported) {
		reason = reasonFluxUnsupported
	}
	return nil, nil, &markerError{
		reason: reason, message: fmt.Sprintf("ImagePolicy %s in %s: %v", quoted(p.String()), quoted(p.path), err),
		hint: cmp.Or(fault.HintOf(err), "correct the object; Flux refuses it, too"),
	}
}

// fluxFields turns the names of our fields into those of Flux.
var fluxFields = strings.NewReplacer("tags.allow[0]", "filterTags.pattern", "tags.extract", "filterTags.extract", "tags.deny", "exclusionList", "semver", "semver.range")

// errFluxUnsupported is wrapped by what an ImagePolicy may say one day, and what nobody here knows the meaning of.
var errFluxUnsupported = errors.New("not supported")

// spec says what an ImagePolicy says. The defaults are those of Flux's API (image-reflector-controller, api/v1/imagepolicy_types.go).
func (p fluxPolicy) spec(r fluxRepository) (policy.Spec, error) {
	s := policy.Spec{Tags: policy.TagFilter{Extract: p.extract}}
	if p.pattern != "" {
		s.Tags.Allow = []string{p.pattern}
	}
	for pattern := range strings.Lines(r.exclude) {
		s.Tags.Deny = append(s.Tags.Deny, strings.TrimSuffix(pattern, "\n"))
	}
	if err := p.reflect(&s); err != nil {
		return s, err
	}
	if err := p.orderOf(&s); err != nil {
		return s, err
	}
	if p.suspended || r.suspended {
		return policy.Spec{Ignore: true}, nil
	}
	return s, nil
}

// orderOf sets the order.
func (p fluxPolicy) orderOf(s *policy.Spec) error {
	order := cmp.Or(strings.ToLower(p.order), "asc")
	switch p.kinds {
	case fluxSemver:
		if s.Semver = p.semver; s.Semver == "" {
			return fluxMistake("policy.semver has no range", `write one, for example range: "^1.4"`)
		}
		return nil
	case fluxNumerical:
		s.Numerical = order
	case fluxAlphabetical:
		s.Alphabetical = order
	case "":
		return fluxMistake("policy has no order", "write one of semver, numerical or alphabetical below policy")
	default:
		if strings.Contains(p.kinds, ",") {
			return fluxMistake("policy has the orders "+p.kinds, "leave one of them: a policy has one order")
		}
		return fault.New(fault.Invalid, "use semver, numerical or alphabetical there, or a marker of bumpboat's own: # bumpboat: semver:^1",
			fmt.Errorf("the order %s is %w", quoted(p.kinds), errFluxUnsupported))
	}
	if order != "asc" && order != "desc" {
		return fluxMistake("the order "+quoted(p.order)+" of policy."+p.kinds+" is no direction", "write asc or desc")
	}
	return nil
}

// reflect sets what becomes of digests. Never is the default and leaves a reference in its form.
func (p fluxPolicy) reflect(s *policy.Spec) error {
	switch p.reflection {
	case "", "Never":
	case "IfNotPresent":
		s.Pin = "digest"
	case "Always":
		s.Pin, s.Moved = "digest", "follow"
	default:
		return fault.New(fault.Invalid, "use Never, IfNotPresent or Always",
			fmt.Errorf("the digestReflectionPolicy %s is %w", quoted(p.reflection), errFluxUnsupported))
	}
	return nil
}

func fluxMistake(message, hint string) error {
	return fault.New(fault.Invalid, hint, errors.New(message))
}
