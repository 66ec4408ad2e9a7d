// Package policy owns the choice of a tag or digest: images, candidates, the language that policies are written
// in, and the decision with a reason for every tag. It does no I/O: what it has to know it asks for as a Need.
package policy

import (
	"errors"
	"time"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// Policy chooses what an image reference should become. Policies are made by Compile and are safe for concurrent use.
type Policy interface {
	// Decide answers for one image as it stands in Git, given what is known of its repository. Either the needs
	// are empty and the decision is final, or the needs name what has to be found out before it is asked again.
	// It is a pure function of its arguments.
	Decide(current Image, offer Offer) (Decision, []Need)
	// String returns the policy as an expression that Parse reads back.
	String() string
}

// Fact is a kind of knowledge that costs requests.
type Fact string

// The facts that a policy can need.
const (
	// FactTags is the whole list of tags of a repository.
	FactTags Fact = "tags"
	// FactDigest is the digest that a tag points to.
	FactDigest Fact = "digest"
	// FactSince is the time since when a tag is known to have its digest: when it was first seen so, or an earlier
	// time from a source that is trusted.
	FactSince Fact = "since"
	// FactCreated is the time at which an image says that it was made.
	FactCreated Fact = "created"
	// FactPlatforms is what a tag or digest holds for which platforms.
	FactPlatforms Fact = "platforms"
)

// Need names one fact that a policy must know before it can decide.
type Need struct {
	// Repository is the full name of the image repository, as Image.Repository returns it.
	Repository string
	// Fact is what has to be found out.
	Fact Fact
	// Tag is the tag it is about, for FactPlatforms a tag or a digest; "" for FactTags.
	Tag string
}

// Offer is what is known of one image repository: only what was asked for, and how asking failed.
// The zero value knows nothing.
type Offer struct {
	// Listed says that Tags is the whole list. While it is false and TagsErr is nil, nobody has asked.
	Listed bool
	// Anew says that the question is what would be chosen where nothing is in use yet. Without it a reference that has
	// neither tag nor digest means whatever its registry calls latest, and nothing can be said to be newer.
	Anew bool
	// Complete says that an absent current tag is no fault, because the list is known to be exact (`--tags FILE`).
	Complete bool
	// Tags is the list of tags, in the registry's order, which no policy may depend on.
	Tags []string
	// TagsErr says why there is no list.
	TagsErr error
	// Digests, Since, Created and Platforms hold the answers to FactDigest, FactSince, FactCreated and FactPlatforms by
	// what the need called Tag.
	Digests   map[string]Digest
	Since     map[string]Time
	Created   map[string]Time
	Platforms map[string]Platforms
	// Running is what the sites run that the policy follows; only a policy that is a Follower looks at it.
	Running []Running
	// Now is the time at which is decided; the zero time is long ago.
	Now time.Time
	// Explain asks for the details of verdicts, which cost memory and nobody reads in a pass.
	Explain bool
	// All asks for what costs requests about every tag that passes the filters, also where a better one makes it needless.
	All bool
}

// Time is the answer to one FactSince or FactCreated: a time or an error.
type Time struct {
	Value time.Time
	Err   error
}

// ErrNoMemory is wrapped by answers to FactSince that say that nothing remembers when tags were first seen, and that no trusted
// source tells.
var ErrNoMemory = errors.New("nothing remembers when tags were first seen")

// Platforms is the answer to one FactPlatforms: the platforms of an image or an error.
type Platforms struct {
	List []Platform
	Err  error
}

// Platform is what one operating system on one architecture gets of an image. Entries of an index that are attestations
// (`unknown/unknown`) are no platform.
type Platform struct {
	// Name is `os/architecture` or `os/architecture/variant`, as in linux/arm64/v8.
	Name string
	// Digest is the digest of the manifest for this platform.
	Digest string
}

// Follower is a policy that may only take what other sites run already.
type Follower interface {
	// Follows returns what is followed; the zero Follow for nothing.
	Follows() Follow
}

// Running is what one followed site runs.
type Running struct {
	Version Version
	// Since is the time since when it is known to run it; the zero time when that cannot be told.
	Since time.Time
	// Place is where it is written, as `path:line`.
	Place string
}

// Digest is the answer to one FactDigest: a digest or an error.
type Digest struct {
	Value string
	Err   error
}

// Version is the part of a reference that a policy chooses.
type Version struct {
	Tag    string `json:"tag"`
	Digest string `json:"digest"`
}

// String returns `tag`, `tag@digest` or `digest`, digests cut to twelve hexadecimal digits for people.
func (v Version) String() string {
	d := v.Digest
	if len(d) > len("sha256:")+12 {
		d = d[:len("sha256:")+12]
	}
	switch {
	case v.Tag != "" && d != "":
		return v.Tag + "@" + d
	case d != "":
		return d
	default:
		return v.Tag
	}
}

// Outcome is what a decision comes to. The set is closed.
type Outcome string

// The outcomes, as DESIGN's command line contract names them.
const (
	// OutcomeUpdate: something better was chosen.
	OutcomeUpdate Outcome = "update"
	// OutcomeCurrent: nothing better exists.
	OutcomeCurrent Outcome = "current"
	// OutcomeHeld: something better exists, and a gate holds it.
	OutcomeHeld Outcome = "held"
	// OutcomeNone: no tag passes the filters.
	OutcomeNone Outcome = "none"
	// OutcomeUnknown: it could not be found out. It never changes anything.
	OutcomeUnknown Outcome = "unknown"
	// OutcomeIgnored: the policy says to leave it alone.
	OutcomeIgnored Outcome = "ignored"
	// OutcomeUnmanaged: no policy governs it.
	OutcomeUnmanaged Outcome = "unmanaged"
)

// Verdict says why one tag was or was not taken.
type Verdict struct {
	Tag string `json:"tag"`
	// Accepted says that the tag passed every filter that was asked.
	Accepted bool   `json:"accepted"`
	Reason   Reason `json:"reason"`
	// Detail is one phrase for people, or "".
	Detail string `json:"detail,omitempty"`
}

// Decision is the answer of a policy for one image.
type Decision struct {
	// Image is the reference as it was found.
	Image string `json:"image"`
	// Policy is the policy's expression; "" when there is none.
	Policy string `json:"policy"`
	// From is the current version, To the chosen one. They are equal when the outcome is current, and To is
	// empty when nothing was chosen.
	From    Version `json:"from"`
	To      Version `json:"to"`
	Outcome Outcome `json:"outcome"`
	Reason  Reason  `json:"reason"`
	// Detail is one sentence for people, or "".
	Detail string `json:"detail,omitempty"`
	// Hint is the next step for a person, or "".
	Hint string `json:"hint,omitempty"`
	// Verdicts has one entry per tag, best first, then the refused ones, each part in the order of their names.
	Verdicts []Verdict `json:"verdicts"`
	// Err is why the outcome is unknown; nil otherwise.
	Err error `json:"-"`
}

// Unmanaged returns the decision for an image that no policy governs.
func Unmanaged(current Image) Decision {
	return Decision{
		Image: current.String(), From: Version{current.Tag, current.Digest},
		Outcome: OutcomeUnmanaged, Reason: ReasonNoPolicy, Verdicts: []Verdict{},
	}
}

// unknown returns the decision for something that could not be found out.
func unknown(d Decision, reason Reason, err error) Decision {
	d.Outcome, d.Reason, d.Err, d.To = OutcomeUnknown, reason, err, Version{}
	d.Detail, d.Hint = err.Error(), fault.HintOf(err)
	return d
}
