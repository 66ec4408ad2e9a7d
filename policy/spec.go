package policy

import (
	"slices"
)

// Spec is a policy as plain data, the form that it has in YAML. One order is set (Semver, Calver, Numerical, Alphabetical,
// Newest, Digest, LikeCurrent or Ignore), here or in what it extends; what is not set has its default.
type Spec struct {
	// Extends is the name of another policy, whose order and options count where this one says nothing.
	Extends string `json:"extends,omitempty" yaml:"extends,omitempty"`
	// Semver is a range such as `^1.4` or `>=1.4 <2`, in the syntax of github.com/Masterminds/semver/v3.
	Semver string `json:"semver,omitempty" yaml:"semver,omitempty"`
	// Calver is a layout such as YYYY.0M.MICRO, in the tokens of https://calver.org.
	Calver string `json:"calver,omitempty" yaml:"calver,omitempty"`
	// Numerical takes the highest (asc) or the lowest (desc) number.
	Numerical string `json:"numerical,omitempty" yaml:"numerical,omitempty" jsonschema:"enum=asc,enum=desc"`
	// Alphabetical takes the last (asc) or the first (desc) tag in the order of bytes.
	Alphabetical string `json:"alphabetical,omitempty" yaml:"alphabetical,omitempty" jsonschema:"enum=asc,enum=desc"`
	// Newest takes the image that says that it was made last.
	Newest bool `json:"newest,omitempty" yaml:"newest,omitempty"`
	// Digest is the tag whose digest is followed.
	Digest string `json:"digest,omitempty" yaml:"digest,omitempty"`
	// LikeCurrent takes the highest of the tags that are written like the one in use.
	LikeCurrent bool `json:"like-current,omitempty" yaml:"like-current,omitempty"`
	// Ignore leaves the image alone.
	Ignore bool `json:"ignore,omitempty" yaml:"ignore,omitempty"`
	// Image is the image repository that markers with a part (`web:tag`) are about when nothing beside them names one.
	// It is for named policies and no part of the expression.
	Image string `json:"image,omitempty" yaml:"image,omitempty"`
	// Tags filters tags before they are ordered.
	Tags TagFilter `json:"tags,omitzero" yaml:"tags,omitempty"`
	// Prerelease admits pre-releases: false, true, or a list of words such as [rc, beta]. Unless given, a semver range
	// decides by itself, and the other orders admit those of the version in use when that is a pre-release.
	Prerelease Words `json:"prerelease,omitempty" yaml:"prerelease,omitempty"`
	// Variant is keep (the default), any, or the name of a variant such as alpine, whatever version of its own it has.
	Variant string `json:"variant,omitempty" yaml:"variant,omitempty"`
	// Precision is how many parts a version has: a number, same (as many as the one in use), more (at least as many) or any.
	// Unless given, it is 3 for semver and same for like-current.
	Precision Scalar `json:"precision,omitempty" yaml:"precision,omitempty"`
	// Jump is the largest step from the version in use: patch, minor or major (the default).
	Jump string `json:"jump,omitempty" yaml:"jump,omitempty" jsonschema:"enum=patch,enum=minor,enum=major"`
	// Within is a range that versions must be in besides, such as <3, in the syntax of semver.
	Within string `json:"within,omitempty" yaml:"within,omitempty"`
	// Platforms must all be in the image: os/architecture or os/architecture/variant.
	Platforms []string `json:"platforms,omitempty" yaml:"platforms,omitempty" jsonschema:"minItems=1"`
	// MinAge is how long a tag must have had its digest before it is taken, such as 72h.
	MinAge Duration `json:"minAge,omitempty" yaml:"minAge,omitempty"`
	// Settle is how long an index must have stood still, such as 10m, because some gain their platforms one by one.
	Settle Duration `json:"settle,omitempty" yaml:"settle,omitempty"`
	// Pin is keep (the default: a reference stays in the form in which it was found), digest (add one) or tag (drop the digest).
	Pin string `json:"pin,omitempty" yaml:"pin,omitempty" jsonschema:"enum=keep,enum=digest,enum=tag"`
	// Moved says what to do when the tag in use got another digest than the one that is written: ignore (the default), hold
	// (say so) or follow (write it).
	Moved string `json:"moved,omitempty" yaml:"moved,omitempty" jsonschema:"enum=ignore,enum=hold,enum=follow"`
	// Downgrade allows to take a tag that is lower than the one in use; false unless given.
	Downgrade *bool `json:"downgrade,omitempty" yaml:"downgrade,omitempty"`
	// Freeze are windows of time in which nothing is changed.
	Freeze []Freeze `json:"freeze,omitempty" yaml:"freeze,omitempty" jsonschema:"minItems=1"`
	// Follow takes only what other places in the repository run already.
	Follow Follow `json:"follow,omitzero" yaml:"follow,omitempty"`
}

// TagFilter is patterns in RE2 syntax, not anchored unless they say so.
type TagFilter struct {
	// Allow, when it is not empty, admits only tags that one of its patterns matches.
	Allow []string `json:"allow,omitempty" yaml:"allow,omitempty"`
	// Deny refuses every tag that one of its patterns matches.
	Deny []string `json:"deny,omitempty" yaml:"deny,omitempty"`
	// Extract is a template such as $version or ${major}.${minor} over the groups of the allow pattern that matches. What it gives
	// is ordered in place of the tag.
	Extract string `json:"extract,omitempty" yaml:"extract,omitempty"`
}

// Freeze is a window of time in which nothing is changed.
type Freeze struct {
	// Cron says when it begins: minute, hour, day of month, month, day of week, as for github.com/robfig/cron/v3.
	Cron string `json:"cron" yaml:"cron" jsonschema:"required,example=0 16 * * 5"`
	// For is how long it lasts.
	For Duration `json:"for" yaml:"for" jsonschema:"required,example=64h"`
	// TimeZone is the zone that the fields are read in, such as Europe/Berlin; UTC unless given.
	TimeZone string `json:"timeZone,omitempty" yaml:"timeZone,omitempty"`
}

// Follow takes only what other places in the repository run already.
type Follow struct {
	// Path is a glob for the files whose images of the same name are followed: `*` stops at `/`, `**` does not.
	Path string `json:"path" yaml:"path" jsonschema:"required,example=clusters/dev/**"`
	// For is since how long at least they must run it; 0 for no matter how long.
	For Duration `json:"for,omitempty" yaml:"for,omitempty"`
}

// reserved holds the names of orders and parts, those that later versions may add included, so that a named policy never changes its meaning.
var reserved = []string{
	"semver", "calver", "numerical", "alphabetical", "newest", "digest", "like-current", "ignore",
	"image", "name", "tag",
}

// IsReservedName says whether name is the name of an order or a part, or `ignore`, and so cannot name a policy.
func IsReservedName(name string) bool { return slices.Contains(reserved, name) }

// Orders returns the names of all orders, in the order in which the documentation has them.
func Orders() []string { return slices.Clone(reserved[:8]) }

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

// orders returns the names of the orders that the spec sets.
func (s Spec) orders() []string {
	var names []string
	for _, o := range []struct {
		name string
		set  bool
	}{
		{"semver", s.Semver != ""},
		{"calver", s.Calver != ""},
		{"numerical", s.Numerical != ""},
		{"alphabetical", s.Alphabetical != ""},
		{"newest", s.Newest},
		{"digest", s.Digest != ""},
		{"like-current", s.LikeCurrent},
		{"ignore", s.Ignore},
	} {
		if o.set {
			names = append(names, o.name)
		}
	}
	return names
}
