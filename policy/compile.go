package policy

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Compile checks a spec and makes a policy of it. What the spec extends has to be resolved before. The error is a *SpecError.
func Compile(s Spec) (Policy, error) {
	if s.Extends != "" {
		return nil, &SpecError{Field: "extends", Message: fmt.Sprintf("there are no named policies here, so nothing is called %q", s.Extends), HintText: "write the order and its options out"}
	}
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
		return nil, &SpecError{Message: "no order", HintText: "say one of " + strings.Join(Orders(), ", ")}
	case 1:
	default:
		return nil, &SpecError{
			Message: fmt.Sprintf("two orders, %s and %s", orders[0], orders[1]), HintText: "a policy has one order",
		}
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	g, err := s.compileGates()
	if err != nil {
		return nil, err
	}
	switch {
	case s.Ignore:
		return ignorePolicy{}, nil
	case s.Digest != "":
		return &digestPolicy{spec: s, text: s.String(), filter: filter, gates: g}, nil
	}
	o, err := s.compileOrder()
	if err != nil {
		return nil, err
	}
	return &chooser{spec: s, text: s.String(), filter: filter, order: o, gates: g}, nil
}

// compileOrder makes the order of a policy that chooses among tags.
func (s Spec) compileOrder() (order, error) {
	switch {
	case s.Semver != "":
		return newSemverOrder(s)
	case s.Calver != "":
		return newCalverOrder(s)
	case s.Numerical != "":
		return numericalOrder{descending: s.Numerical == "desc"}, nil
	case s.Alphabetical != "":
		return alphabeticalOrder{descending: s.Alphabetical == "desc"}, nil
	case s.Newest:
		return newestOrder{}, nil
	default:
		return newLikeOrder(s)
	}
}

// meaning names the orders for which an option means something; an option that is not here means something for all but ignore.
var meaning = map[string][]string{
	"prerelease":   {"semver", "calver", "like-current"},
	"variant":      {"semver", "calver", "like-current"},
	"within":       {"semver", "calver", "like-current"},
	"precision":    {"semver", "like-current"},
	"jump":         {"semver", "like-current"},
	"tags.extract": {"semver", "calver", "numerical", "alphabetical", "like-current"},
	"downgrade":    {"semver", "calver", "numerical", "alphabetical", "newest", "like-current"},
	"moved":        {"semver", "calver", "numerical", "alphabetical", "newest", "like-current"},
}

// has says whether an option means something for the order of the spec.
func (s Spec) has(option string) bool {
	if s.Ignore {
		return false
	}
	orders, limited := meaning[option]
	own := s.orders()
	return !limited || len(own) == 0 || slices.ContainsFunc(own, func(o string) bool { return slices.Contains(orders, o) })
}

// option is an option of a spec by name, for what is the same for all of them.
type option struct {
	name  string
	set   bool
	clear func(*Spec)
}

func (s Spec) options() []option {
	return []option{
		{"tags.allow", len(s.Tags.Allow) > 0, func(s *Spec) { s.Tags.Allow = nil }},
		{"tags.deny", len(s.Tags.Deny) > 0, func(s *Spec) { s.Tags.Deny = nil }},
		{"tags.extract", s.Tags.Extract != "", func(s *Spec) { s.Tags.Extract = "" }},
		{"prerelease", s.Prerelease != "", func(s *Spec) { s.Prerelease = "" }},
		{"variant", s.Variant != "", func(s *Spec) { s.Variant = "" }},
		{"precision", s.Precision != "", func(s *Spec) { s.Precision = "" }},
		{"jump", s.Jump != "", func(s *Spec) { s.Jump = "" }},
		{"within", s.Within != "", func(s *Spec) { s.Within = "" }},
		{"platforms", len(s.Platforms) > 0, func(s *Spec) { s.Platforms = nil }},
		{"minAge", s.MinAge != 0, func(s *Spec) { s.MinAge = 0 }},
		{"settle", s.Settle != 0, func(s *Spec) { s.Settle = 0 }},
		{"pin", s.Pin != "", func(s *Spec) { s.Pin = "" }},
		{"moved", s.Moved != "", func(s *Spec) { s.Moved = "" }},
		{"downgrade", s.Downgrade != nil, func(s *Spec) { s.Downgrade = nil }},
		{"freeze", len(s.Freeze) > 0, func(s *Spec) { s.Freeze = nil }},
		{"follow", s.Follow != Follow{}, func(s *Spec) { s.Follow = Follow{} }},
	}
}

// sensible returns the spec without the options that mean nothing for its order.
func (s Spec) sensible() Spec {
	for _, o := range s.options() {
		if !s.has(o.name) {
			o.clear(&s)
		}
	}
	return s
}

// check looks at everything that is no pattern and no range.
func (s Spec) check() error {
	order := s.orders()[0]
	for _, o := range s.options() {
		if o.set && !s.has(o.name) {
			hint := "remove it"
			if orders := meaning[o.name]; len(orders) > 0 && !s.Ignore {
				hint = "it is for " + strings.Join(orders, ", ")
			}
			return &SpecError{Field: o.name, Message: "an option that means nothing with " + order, HintText: hint}
		}
	}
	for _, e := range []struct{ field, value, words string }{
		{"numerical", s.Numerical, "asc desc"},
		{"alphabetical", s.Alphabetical, "asc desc"},
		{"jump", s.Jump, "patch minor major"},
		{"pin", s.Pin, "keep digest tag"},
		{"moved", s.Moved, "ignore hold follow"},
		{"precision", string(s.Precision), "same more any 1 2 3 4"},
	} {
		if words := strings.Fields(e.words); e.value != "" && !slices.Contains(words, e.value) {
			return &SpecError{Field: e.field, Message: fmt.Sprintf("unknown %s %q", e.field, e.value), HintText: "one of " + strings.Join(words, ", ")}
		}
	}
	switch {
	case s.Digest != "" && !validTag(s.Digest):
		return &SpecError{Field: "digest", Message: fmt.Sprintf("%q is not a tag", s.Digest), HintText: "name the tag to follow, for example digest:stable"}
	case s.Digest != "" && s.Pin == "tag":
		return &SpecError{Field: "pin", Message: "a digest is what this order chooses", HintText: "remove pin=tag, or choose another order"}
	case s.Semver != "" && s.Precision == "4":
		return &SpecError{Field: "precision", Message: "semantic versions have at most three parts", HintText: "like-current takes any number of them"}
	case s.Pin == "tag" && (s.Moved == "hold" || s.Moved == "follow"):
		return &SpecError{Field: "moved", Message: "without a digest nothing moves", HintText: "remove moved, or pin=tag"}
	}
	return cmp.Or(s.checkWords(), s.checkPlatforms())
}

// words are what a pre-release word or the name of a variant can be.
var words = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// judgements are words that say whether, and never which pre-releases.
var judgements = set("true false yes no on off any all none keep")

func (s Spec) checkWords() error {
	if s.Variant != "" && !words.MatchString(s.Variant) {
		return &SpecError{Field: "variant", Message: fmt.Sprintf("%q is no variant", s.Variant), HintText: "keep, any, or a name such as alpine"}
	}
	if s.Prerelease == "" {
		return nil
	}
	for word := range strings.SplitSeq(string(s.Prerelease), ",") {
		only := s.Prerelease == "true" || s.Prerelease == "false"
		if !only && (!words.MatchString(word) || strings.ContainsAny(word, "0123456789._-") || judgements[strings.ToLower(word)]) {
			return &SpecError{Field: "prerelease", Message: fmt.Sprintf("%q is no pre-release word", word), HintText: "true, false, or words such as rc,beta without their numbers"}
		}
	}
	return nil
}

func (s Spec) checkPlatforms() error {
	for i, p := range s.Platforms {
		hint := "os/architecture or os/architecture/variant, such as linux/amd64 or linux/arm64/v8"
		name, machine, _ := strings.Cut(p, "/")
		if architecture, ok := machines[machine]; ok {
			hint = "did you mean " + name + "/" + architecture + "?"
		} else if platformForm.MatchString(p) {
			continue
		}
		return &SpecError{Field: fmt.Sprintf("platforms[%d]", i), Message: fmt.Sprintf("%q is no platform", p), HintText: hint}
	}
	return nil
}

// compileGates makes the gates of a policy.
func (s Spec) compileGates() (gates, error) {
	g := gates{follow: s.Follow, minAge: s.MinAge.Duration(), settle: s.Settle.Duration(), platforms: s.Platforms}
	for _, d := range []struct {
		field string
		value Duration
	}{{"minAge", s.MinAge}, {"settle", s.Settle}, {"follow.for", s.Follow.For}} {
		if d.value < 0 {
			return g, &SpecError{Field: d.field, Message: "a negative duration", HintText: "write how long, such as 72h"}
		}
	}
	if bad, ok := errors.AsType[*SpecError](CheckPathGlob(s.Follow.Path)); ok && s.Follow != (Follow{}) {
		bad.Field = "follow.path"
		return g, bad
	}
	for i, f := range s.Freeze {
		w, err := f.compile(fmt.Sprintf("freeze[%d]", i))
		if err != nil {
			return g, err
		}
		g.freeze = append(g.freeze, w)
	}
	return g, nil
}

// longestFreeze bounds a window: what lasts longer is no window.
const longestFreeze = 366 * 24 * time.Hour

func (f Freeze) compile(field string) (window, error) {
	bad := func(key, message, hint string) (window, error) {
		return window{}, &SpecError{Field: field + "." + key, Message: message, HintText: hint}
	}
	if strings.Contains(f.Cron, "TZ=") || strings.HasPrefix(f.Cron, "@every") {
		return bad("cron", fmt.Sprintf("%q is no time at which something begins", f.Cron), `five fields, for example "0 16 * * 5" for Fridays at 16:00; the zone goes into timeZone`)
	}
	schedule, err := cron.ParseStandard(f.Cron)
	if err != nil {
		return bad("cron", fmt.Sprintf("%q: %v", f.Cron, err), `five fields: minute, hour, day of month, month, day of week; for example "0 16 * * 5" for Fridays at 16:00`)
	}
	zone, err := time.LoadLocation(cmp.Or(f.TimeZone, "UTC"))
	if err != nil || f.TimeZone == "Local" {
		return bad("timeZone", fmt.Sprintf("unknown time zone %q", f.TimeZone), "a name of the IANA database, such as Europe/Berlin")
	}
	if length := f.For.Duration(); length < time.Minute || length > longestFreeze {
		return bad("for", "not the length of a window", "from 1m to a year, for example 64h")
	}
	if schedule.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, zone)).IsZero() {
		return bad("cron", fmt.Sprintf("%q never comes", f.Cron), "the 30th of February, for example, does not exist")
	}
	return window{schedule: schedule, zone: zone, length: f.For.Duration()}, nil
}
