package policy

// Reason is the slash name of why something was or was not taken. The set is closed; the names are the same in
// JSON, logs, pull requests and docs.
type Reason string

// The reasons of verdicts (one tag) and decisions (one image).
const (
	// ReasonPicked: this is the chosen one.
	ReasonPicked Reason = "picked"
	// ReasonLower: it passed every filter, and a better one exists.
	ReasonLower Reason = "order/lower"
	// ReasonCurrent: what stands in Git is already the best.
	ReasonCurrent Reason = "order/current"
	// ReasonArtifact: the tag of a signature, attestation or bill of materials (`sha256-<hex>…`), never an image.
	ReasonArtifact Reason = "tags/artifact"
	// ReasonMalformed: not a tag by the distribution grammar; a registry that sends one is broken or hostile.
	ReasonMalformed Reason = "tags/malformed"
	// ReasonNotAllowed: no allow pattern matches.
	ReasonNotAllowed Reason = "tags/not-allowed"
	// ReasonDenied: a deny pattern matches.
	ReasonDenied Reason = "tags/denied"
	// ReasonNoMatch: no tag passes the filters.
	ReasonNoMatch Reason = "tags/no-match"
	// ReasonCurrentMissing: the list lacks the tag that is in use, so the list is not believed.
	ReasonCurrentMissing Reason = "tags/current-missing"
	// ReasonNoExtract: the extraction gives nothing for the tag.
	ReasonNoExtract Reason = "tags/no-extract"
	// ReasonCurrentUnreadable: the tag in use has no place in the policy's order, so nothing can be said to be newer.
	ReasonCurrentUnreadable Reason = "current/unreadable"
	// ReasonNotVersion: the tag is not a full version.
	ReasonNotVersion Reason = "semver/not-a-version"
	// ReasonOutOfRange: the version is not in the range.
	ReasonOutOfRange Reason = "semver/out-of-range"
	// ReasonPrefix: the tag is written with another prefix (`v1.2.3` against `1.2.3`) than the one in use.
	ReasonPrefix Reason = "semver/prefix"
	// ReasonLayout: the tag does not have the layout of the calendar version.
	ReasonLayout Reason = "calver/other-layout"
	// ReasonNotNumber: the tag, or what was extracted from it, is no number.
	ReasonNotNumber Reason = "numerical/not-a-number"
	// ReasonShape: the tag is made of other words than the one in use.
	ReasonShape Reason = "shape/other"
	// ReasonNothingToOrder: the tag is only words and hashes, such as `latest` or a commit.
	ReasonNothingToOrder Reason = "shape/nothing-to-order"
	// ReasonPrerelease: a pre-release, and none is asked for.
	ReasonPrerelease Reason = "prerelease/refused"
	// ReasonFloating: a short tag (`2.2`) that stands for pre-releases only.
	ReasonFloating Reason = "prerelease/floating"
	// ReasonVariant: another variant (`-alpine`, `-debian`) than the one in use.
	ReasonVariant Reason = "variant/other"
	// ReasonPrecision: a version of more or fewer parts than wanted.
	ReasonPrecision Reason = "precision/other"
	// ReasonJump: a larger step than the policy allows.
	ReasonJump Reason = "jump/too-large"
	// ReasonWithin: outside the bounds that the policy adds.
	ReasonWithin Reason = "within/outside"
	// ReasonDowngrade: the best tag that the policy allows is lower than the one in use.
	ReasonDowngrade Reason = "downgrade/held"
	// ReasonPlatform: the image lacks a platform that is required.
	ReasonPlatform Reason = "platform/missing"
	// ReasonPlatformUnknown: the platforms of an image could not be found out.
	ReasonPlatformUnknown Reason = "platform/unknown"
	// ReasonTooYoung: the tag has not had its digest for long enough.
	ReasonTooYoung Reason = "age/too-young"
	// ReasonNoMemory: nothing remembers since when the tag has its digest.
	ReasonNoMemory Reason = "age/no-memory"
	// ReasonAgeUnknown: the time since when the tag has its digest could not be found out.
	ReasonAgeUnknown Reason = "age/unknown"
	// ReasonSettling: the tag got its digest moments ago, and more platforms may be on their way.
	ReasonSettling Reason = "settle/waiting"
	// ReasonFrozen: now is within a freeze window.
	ReasonFrozen Reason = "freeze/active"
	// ReasonNotRunning: none of the sites that are followed runs it.
	ReasonNotRunning Reason = "follow/not-running"
	// ReasonFollowYoung: the sites that are followed have not run it for long enough.
	ReasonFollowYoung Reason = "follow/too-young"
	// ReasonFollowUnknown: it cannot be told for how long the sites that are followed have run it.
	ReasonFollowUnknown Reason = "follow/no-history"
	// ReasonFollowCycle: the sites that are followed follow this one.
	ReasonFollowCycle Reason = "follow/cycle"
	// ReasonNewestTie: the newest images say that they were made at the same moment.
	ReasonNewestTie Reason = "newest/tie"
	// ReasonNewestDate: the newest image says that it was made before 2000, which is no date.
	ReasonNewestDate Reason = "newest/no-date"
	// ReasonNewestMany: more tags pass the filters than can be asked for their dates.
	ReasonNewestMany Reason = "newest/too-many"
	// ReasonCreatedUnknown: the date of an image could not be found out.
	ReasonCreatedUnknown Reason = "newest/unknown"
	// ReasonNotFollowed: not the tag that a digest policy follows.
	ReasonNotFollowed Reason = "digest/not-followed"
	// ReasonDigestUnknown: the digest of a tag could not be found out.
	ReasonDigestUnknown Reason = "digest/unknown"
	// ReasonMoved: the tag in use points to another digest than the one that is written.
	ReasonMoved Reason = "digest/moved"
	// ReasonSameContent: the digest moved, and every platform gets what it had.
	ReasonSameContent Reason = "digest/same-content"
	// ReasonRegistry: the registry did not give the list of tags.
	ReasonRegistry Reason = "registry/unavailable"
	// ReasonRegistryAuth: the registry refused the credentials, or wants some.
	ReasonRegistryAuth Reason = "registry/auth"
	// ReasonRegistryNotFound: the registry says that there is no such repository or tag.
	ReasonRegistryNotFound Reason = "registry/not-found"
	// ReasonRegistryRateLimited: the registry asks to come back later.
	ReasonRegistryRateLimited Reason = "registry/rate-limited"
	// ReasonNotListed: the file given with --tags does not speak of this image.
	ReasonNotListed Reason = "tags-file/missing"
	// ReasonIgnore: the policy is `ignore`.
	ReasonIgnore Reason = "policy/ignore"
	// ReasonNoPolicy: no marker, annotation, object or rule governs it.
	ReasonNoPolicy Reason = "policy/none"
	// ReasonNotAsked: a better tag was taken before this one had to be asked about.
	ReasonNotAsked Reason = "not-asked"
)
