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
	// ReasonNotVersion: the tag is not a full three-part version.
	ReasonNotVersion Reason = "semver/not-a-version"
	// ReasonOutOfRange: the version is not in the range.
	ReasonOutOfRange Reason = "semver/out-of-range"
	// ReasonPrerelease: a pre-release, and the range does not ask for any.
	ReasonPrerelease Reason = "semver/prerelease"
	// ReasonPrefix: the tag is written with another prefix (`v1.2.3` against `1.2.3`) than the one in use.
	ReasonPrefix Reason = "semver/prefix"
	// ReasonVariant: another variant (`-alpine`, `-debian`) than the one in use.
	ReasonVariant Reason = "variant/other"
	// ReasonCurrentNotVersion: the tag in use is no version, so nothing can be said to be newer.
	ReasonCurrentNotVersion Reason = "semver/current-not-a-version"
	// ReasonDowngrade: the best tag that the policy allows is lower than the one in use.
	ReasonDowngrade Reason = "downgrade/held"
	// ReasonNotFollowed: not the tag that a digest policy follows.
	ReasonNotFollowed Reason = "digest/not-followed"
	// ReasonDigestUnknown: the digest of a tag could not be found out.
	ReasonDigestUnknown Reason = "digest/unknown"
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
