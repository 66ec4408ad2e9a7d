package policy

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// semverPolicy takes the highest version in a range.
type semverPolicy struct {
	spec       Spec
	constraint *semver.Constraints
	filter     tagFilter
}

func (p *semverPolicy) String() string { return p.spec.String() }

func (p *semverPolicy) Decide(current Image, offer Offer) (Decision, []Need) {
	d, needs, ok := listed(start(p, current), current, offer)
	if !ok {
		return d, needs
	}
	var now *tagVersion
	if !offer.Anew || current.Tag != "" || current.Digest != "" {
		v, ok := parseCurrent(current.Tag)
		if !ok {
			return p.currentNotVersion(d, offer.Tags), nil
		}
		now = &v
	}
	accepted, refused := p.judge(offer.Tags, now)
	d.Verdicts = append(verdictsOf(accepted), refused...)
	if !offer.Complete && current.Tag != "" && !slices.Contains(offer.Tags, current.Tag) {
		if len(accepted) > 0 {
			d.Verdicts[0].Reason = ReasonCurrentMissing
		}
		return currentMissing(d, current, len(offer.Tags)), nil
	}
	if len(accepted) == 0 {
		d.Outcome, d.Reason = OutcomeNone, ReasonNoMatch
		d.Hint = "explain lists the reason for every tag"
		return d, nil
	}
	best := accepted[0]
	switch {
	case now == nil || best.release.GreaterThan(now.release):
		return p.update(d, current, offer, best.tag)
	case best.release.LessThan(now.release):
		d.Outcome, d.Reason = OutcomeHeld, ReasonDowngrade
		d.Detail = "the best tag that the policy allows, " + best.tag + ", is lower than the current one"
		d.Verdicts[0].Reason = ReasonDowngrade
	default:
		d.Outcome, d.Reason, d.To = OutcomeCurrent, ReasonCurrent, d.From
	}
	return d, nil
}

// update completes a decision for a new tag: a reference that has a digest gets the digest of the new tag.
func (p *semverPolicy) update(d Decision, current Image, offer Offer, tag string) (Decision, []Need) {
	to := Version{Tag: tag}
	if current.Digest != "" {
		digest, needs, err := digestOf(current, offer, tag)
		if len(needs) > 0 {
			return d, needs
		}
		if err != nil {
			return digestUnknown(d, tag, err), nil
		}
		to.Digest = digest
	}
	d.Outcome, d.Reason, d.To = OutcomeUpdate, ReasonPicked, to
	return d, nil
}

// currentNotVersion holds: when the tag in use is `latest` or a commit hash nobody can say what is newer.
func (p *semverPolicy) currentNotVersion(d Decision, tags []string) Decision {
	accepted, refused := p.judge(tags, nil)
	d.Verdicts = append(verdictsOf(accepted), refused...)
	d.Outcome, d.Reason = OutcomeHeld, ReasonCurrentUnreadable
	d.Detail = "the current tag is not a version, so nothing can be said to be newer"
	d.Hint = "write a version there once, or follow the tag with digest:TAG"
	if len(accepted) > 0 {
		d.Verdicts[0].Reason = ReasonCurrentUnreadable
	} else {
		d.Outcome, d.Reason = OutcomeNone, ReasonNoMatch
	}
	return d
}

// tagVersion is a tag read as a version.
type tagVersion struct {
	tag string
	// prefix is "v" or "".
	prefix string
	// version is the whole tag as a semantic version; release is the same without the variant, by which tags are ordered.
	version, release *semver.Version
	// variant is what the image is built on, such as `alpine` in `1.2.3-alpine`; "" for none.
	variant string
}

// judge gives every tag its verdict. The accepted ones come best first, in a total order that does not depend
// on the order of tags; the refused ones by name.
func (p *semverPolicy) judge(tags []string, now *tagVersion) (accepted []tagVersion, refused []Verdict) {
	for _, tag := range slices.Compact(slices.Sorted(slices.Values(tags))) {
		verdict := p.filter.check(tag)
		if !verdict.Accepted {
			refused = append(refused, verdict)
			continue
		}
		v, reason := p.accept(tag, now)
		if reason != "" {
			refused = append(refused, Verdict{Tag: tag, Reason: reason})
			continue
		}
		accepted = append(accepted, v)
	}
	slices.SortFunc(accepted, func(a, b tagVersion) int { return -compareVersions(a, b) })
	return accepted, refused
}

// accept reads a tag and checks it against the range and the way the current tag is written.
func (p *semverPolicy) accept(tag string, now *tagVersion) (tagVersion, Reason) {
	v, ok := parseTag(tag)
	if !ok {
		return v, ReasonNotVersion
	}
	if now == nil {
		// Nothing to compare the form with: the suffix counts as semantic versioning has it.
		v.release, v.variant = v.version, ""
	} else {
		if v.prefix != now.prefix {
			return v, ReasonPrefix
		}
		if v.variant != now.variant {
			return v, ReasonVariant
		}
	}
	if p.constraint.Check(v.release) {
		return v, ""
	}
	if v.release.Prerelease() != "" {
		if r, err := v.release.SetPrerelease(""); err == nil && p.constraint.Check(&r) {
			return v, ReasonPrerelease
		}
	}
	return v, ReasonOutOfRange
}

// compareVersions is a total order: by precedence, then a tag without leading zeros above one with them, then
// by bytes, the lower above. Two different tags are never equal.
func compareVersions(a, b tagVersion) int {
	if c := a.release.Compare(b.release); c != 0 {
		return c
	}
	if c := cmp.Compare(len(b.tag), len(a.tag)); c != 0 {
		return c
	}
	return strings.Compare(b.tag, a.tag)
}

// verdictsOf returns the verdicts of accepted tags, the pick first.
func verdictsOf(accepted []tagVersion) []Verdict {
	out := make([]Verdict, len(accepted))
	for i, v := range accepted {
		out[i] = Verdict{Tag: v.tag, Accepted: true, Reason: ReasonLower}
	}
	if len(out) > 0 {
		out[0].Reason = ReasonPicked
	}
	return out
}

// parseTag reads a tag as a full version of three parts. Fewer parts are not read: `1234567` and `20240115` are
// dates, builds and commit hashes far more often than versions.
func parseTag(tag string) (tagVersion, bool) {
	core, _, _ := strings.Cut(tag, "-")
	if strings.Count(core, ".") != 2 {
		return tagVersion{tag: tag}, false
	}
	return parseCurrent(tag)
}

// parseCurrent reads the tag in use, also with fewer parts: that much is known of what it means.
func parseCurrent(tag string) (tagVersion, bool) {
	text, prefixed := strings.CutPrefix(tag, "v")
	v := tagVersion{tag: tag}
	if prefixed {
		v.prefix = "v"
	}
	core, suffix, _ := strings.Cut(text, "-")
	version, err := semver.StrictNewVersion(text)
	if err != nil { // leading zeros and fewer parts
		if version, err = semver.NewVersion(text); err != nil || text == "" || text[0] == 'v' || !isVersionLike(core) {
			return v, false
		}
	}
	v.version, v.release = version, version
	pre, variant := splitVariant(suffix)
	if variant == "" {
		return v, true
	}
	v.variant = variant
	release, err := version.SetPrerelease(pre)
	if err != nil {
		return v, false
	}
	v.release = &release
	return v, true
}

// isVersionLike says whether a version core has a dot, or is too short to be a date, a build number or a hash.
func isVersionLike(core string) bool { return strings.Contains(core, ".") || len(core) < 4 }

// prereleaseWord matches the first identifier of a suffix that says "before the release" and not "built on".
var prereleaseWord = regexp.MustCompile(`^(?i:alpha|beta|rc|pre|preview|dev|snapshot|nightly|canary|milestone|ea|cr|[abm])?[0-9]*$`)

// splitVariant splits a suffix into its pre-release and its variant: `rc.1-alpine` is a pre-release `rc.1` of
// the variant `alpine`, `alpine3.19` is a variant only.
func splitVariant(suffix string) (pre, variant string) {
	if suffix == "" {
		return "", ""
	}
	head, rest, _ := strings.Cut(suffix, "-")
	first, _, _ := strings.Cut(head, ".")
	if !prereleaseWord.MatchString(first) {
		return "", suffix
	}
	return head, rest
}
