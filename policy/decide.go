package policy

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// ErrNotInTagsFile is wrapped by errors that say that the file given with --tags does not speak of an image.
var ErrNotInTagsFile = errors.New("not in the tags file")

// start returns the parts of a decision that are known before anything is decided.
func start(p Policy, current Image) Decision {
	return Decision{Image: current.String(), Policy: p.String(), From: Version{current.Tag, current.Digest}, Verdicts: []Verdict{}}
}

// registryReason maps a failed look-up to the reason of the decision.
func registryReason(err error) Reason {
	if errors.Is(err, ErrNotInTagsFile) {
		return ReasonNotListed
	}
	switch fault.KindOf(err) {
	case fault.Auth:
		return ReasonRegistryAuth
	case fault.NotFound:
		return ReasonRegistryNotFound
	case fault.RateLimited:
		return ReasonRegistryRateLimited
	case fault.Temporary, fault.Conflict, fault.Invalid, fault.Internal:
		return ReasonRegistry
	default:
		return ReasonRegistry
	}
}

// currentMissing is the decision when the list lacks the tag in use, so that it is not believed.
func currentMissing(d Decision, current Image, tags int) Decision {
	d = unknown(d, ReasonCurrentMissing, fmt.Errorf("the registry's list of %d tags lacks the current tag %s", tags, current.Tag))
	d.Hint = "if the tag was removed on purpose, write one that exists into Git; otherwise look at the registry"
	return d
}

// listed returns a need when the list of tags has not been asked for, and a decision of outcome unknown when it
// could not be had.
func listed(d Decision, current Image, offer Offer) (Decision, []Need, bool) {
	switch {
	case offer.TagsErr != nil:
		return unknown(d, registryReason(offer.TagsErr), offer.TagsErr), nil, false
	case !offer.Listed:
		return d, []Need{{Repository: current.Repository(), Fact: FactTags}}, false
	}
	return d, nil, true
}

// digestOf returns the digest of a tag, or a need for it, or why it could not be had.
func digestOf(current Image, offer Offer, tag string) (digest string, needs []Need, err error) {
	answer, asked := offer.Digests[tag]
	if !asked {
		return "", []Need{{Repository: current.Repository(), Fact: FactDigest, Tag: tag}}, nil
	}
	return answer.Value, nil, answer.Err
}

// digestUnknown is the decision when the digest of a tag could not be had.
func digestUnknown(d Decision, tag string, err error) Decision {
	d = unknown(d, registryReason(err), err)
	refused := Verdict{Tag: tag, Reason: ReasonDigestUnknown, Detail: err.Error()}
	if len(d.Verdicts) > 0 && d.Verdicts[0].Tag == tag {
		d.Verdicts[0] = refused
	} else {
		d.Verdicts = append([]Verdict{refused}, d.Verdicts...)
	}
	return d
}

// ignorePolicy leaves everything alone.
type ignorePolicy struct{}

func (ignorePolicy) String() string { return "ignore" }

func (p ignorePolicy) Decide(current Image, _ Offer) (Decision, []Need) {
	d := start(p, current)
	d.Outcome, d.Reason = OutcomeIgnored, ReasonIgnore
	return d, nil
}

// digestPolicy follows what one tag points to. It always writes a digest: that is the thing it chooses.
type digestPolicy struct {
	spec   Spec
	filter tagFilter
}

func (p *digestPolicy) String() string { return p.spec.String() }

func (p *digestPolicy) Decide(current Image, offer Offer) (Decision, []Need) {
	d := start(p, current)
	if verdict := p.filter.check(p.spec.Digest); !verdict.Accepted {
		d.Outcome, d.Reason, d.Verdicts = OutcomeNone, ReasonNoMatch, append(d.Verdicts, verdict)
		return d, nil
	}
	digest, needs, err := digestOf(current, offer, p.spec.Digest)
	if len(needs) > 0 {
		return d, needs
	}
	if err != nil {
		return digestUnknown(d, p.spec.Digest, err), nil
	}
	d.To = Version{Tag: p.spec.Digest, Digest: digest}
	if current.Tag == "" && current.Digest != "" {
		d.To.Tag = "" // `name@digest` stays in that form
	}
	d.Verdicts = append(d.Verdicts, Verdict{Tag: p.spec.Digest, Accepted: true, Reason: ReasonPicked})
	if offer.Listed {
		d.Verdicts = append(d.Verdicts, notFollowed(offer.Tags, p.spec.Digest)...)
	}
	d.Outcome, d.Reason = OutcomeUpdate, ReasonPicked
	if d.To == d.From {
		d.Outcome, d.Reason = OutcomeCurrent, ReasonCurrent
	}
	return d, nil
}

func notFollowed(tags []string, followed string) []Verdict {
	var out []Verdict
	for _, tag := range slices.Compact(slices.Sorted(slices.Values(tags))) {
		if tag != followed {
			out = append(out, Verdict{Tag: tag, Reason: ReasonNotFollowed})
		}
	}
	return out
}
