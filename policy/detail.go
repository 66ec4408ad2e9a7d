package policy

import (
	"fmt"
	"regexp"
	"slices"
)

// refusal is the verdict of a tag that is no candidate. Its detail is for people, and only made when somebody asked.
func (p *chooser) refusal(tag string, reason Reason, now *candidate, explain bool) Verdict {
	v := Verdict{Tag: tag, Reason: reason}
	if explain {
		v.Detail = p.detail(tag, reason, now)
	}
	return v
}

// detail says in one phrase what a tag would have to be; "" where the reason says it all.
func (p *chooser) detail(tag string, reason Reason, now *candidate) string {
	current := "none"
	if now != nil {
		current = now.tag
	}
	switch reason {
	case ReasonDenied:
		matches := func(re *regexp.Regexp) bool { return re.MatchString(tag) }
		return "matches " + p.filter.deny[slices.IndexFunc(p.filter.deny, matches)].String()
	case ReasonNotAllowed:
		return "matches no pattern of tags.allow"
	case ReasonOutOfRange:
		return "not in " + p.spec.Semver
	case ReasonWithin:
		return "not within " + p.spec.Within
	case ReasonLayout:
		return "not of the layout " + p.spec.Calver
	case ReasonVariant, ReasonPrefix, ReasonShape:
		if p.spec.Variant != "" && p.spec.Variant != "keep" && reason == ReasonVariant {
			return "not the variant " + p.spec.Variant
		}
		return "not written like " + current
	case ReasonPrecision:
		if p.spec.Precision == "" || p.spec.Precision == "same" {
			return "not as many parts as " + current
		}
		return fmt.Sprintf("wanted are %s parts", p.spec.Precision)
	case ReasonJump:
		return fmt.Sprintf("more than a %s step from %s", p.spec.Jump, current)
	default:
		return ""
	}
}
