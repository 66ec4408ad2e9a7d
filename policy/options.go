package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// orderWords say of each order how it takes its argument: with an example of one that it needs, or with the one that it has
// unless another is given. An order that is not here takes none.
var orderWords = map[string]struct{ example, unless string }{
	"semver":       {example: "semver:^1.4, or semver:* for any version"},
	"calver":       {example: "calver:YYYY.0M.MICRO"},
	"numerical":    {unless: "asc"},
	"alphabetical": {unless: "asc"},
	"digest":       {example: "digest:stable"},
}

// parseOrder reads the first word. `extends=NAME` stands for the order of that policy.
func parseOrder(spec *Spec, w word) error {
	if w.sep == '=' && w.key == "extends" {
		return parseOption(spec, w)
	}
	if w.sep == '=' {
		return &ExprError{
			Column: w.column, Message: fmt.Sprintf("option %q before the order", w.key),
			HintText: "begin with the order, for example semver:^1.4 " + w.key + "=" + w.value,
		}
	}
	if !slices.Contains(Orders(), w.key) {
		return &ExprError{
			Column: w.column, Message: fmt.Sprintf("unknown order %q", w.key),
			HintText: cmp.Or(fault.DidYouMean(w.key, Orders()), "the orders are "+strings.Join(Orders(), ", ")),
		}
	}
	takes, known := orderWords[w.key]
	switch {
	case !known && w.sep != 0:
		return &ExprError{Column: w.valueColumn, Message: w.key + " takes no argument", HintText: "write " + w.key + " alone, options after a space"}
	case takes.example != "" && w.value == "":
		return &ExprError{Column: w.column, Message: w.key + " without an argument", HintText: "for example " + takes.example}
	case takes.unless != "" && w.sep != 0 && w.value == "":
		return &ExprError{Column: w.column, Message: w.key + " without an argument", HintText: w.key + ":asc or " + w.key + ":desc"}
	}
	spec.setOrder(w.key, cmp.Or(w.value, takes.unless))
	return nil
}

func (s *Spec) setOrder(name, argument string) {
	switch name {
	case "semver":
		s.Semver = argument
	case "calver":
		s.Calver = argument
	case "numerical":
		s.Numerical = argument
	case "alphabetical":
		s.Alphabetical = argument
	case "newest":
		s.Newest = true
	case "digest":
		s.Digest = argument
	case "like-current":
		s.LikeCurrent = true
	case "ignore":
		s.Ignore = true
	}
}

// optionReaders read the value of each option into a spec. What they refuse they answer with a hint.
var optionReaders = map[string]func(s *Spec, value string) (hint string){
	"extends":    func(s *Spec, v string) string { return text(&s.Extends, v) },
	"allow":      func(s *Spec, v string) string { s.Tags.Allow = append(s.Tags.Allow, v); return "" },
	"deny":       func(s *Spec, v string) string { s.Tags.Deny = append(s.Tags.Deny, v); return "" },
	"extract":    func(s *Spec, v string) string { return text(&s.Tags.Extract, v) },
	"prerelease": func(s *Spec, v string) string { return text(&s.Prerelease, v) },
	"variant":    func(s *Spec, v string) string { return text(&s.Variant, v) },
	"precision":  func(s *Spec, v string) string { return text(&s.Precision, v) },
	"jump":       func(s *Spec, v string) string { return text(&s.Jump, v) },
	"within":     func(s *Spec, v string) string { return text(&s.Within, v) },
	"pin":        func(s *Spec, v string) string { return text(&s.Pin, v) },
	"moved":      func(s *Spec, v string) string { return text(&s.Moved, v) },
	"minAge":     func(s *Spec, v string) string { return duration(&s.MinAge, v) },
	"settle":     func(s *Spec, v string) string { return duration(&s.Settle, v) },
	"platforms":  func(s *Spec, v string) string { s.Platforms = strings.Split(v, ","); return "" },
	"downgrade":  readDowngrade,
	"freeze":     readFreeze,
	"follow":     readFollow,
}

// manyTimes are the options that can be given more than once.
var manyTimes = []string{"allow", "deny", "freeze"}

func text[T ~string](at *T, value string) (hint string) {
	*at = T(value)
	return ""
}

func duration(at *Duration, value string) (hint string) {
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		return "a number with a unit: 30m, 72h"
	}
	*at = Duration(d)
	return ""
}

func readDowngrade(s *Spec, value string) (hint string) {
	if value != "true" && value != "false" {
		return "true or false"
	}
	s.Downgrade = new(value == "true")
	return ""
}

// readFreeze reads `CRON for LENGTH` with ` in ZONE` or without.
func readFreeze(s *Spec, value string) (hint string) {
	hint = `freeze="0 16 * * 5 for 64h in Europe/Berlin": when it begins, for how long, and in which zone`
	cron, rest, ok := strings.Cut(value, " for ")
	length, zone, zoned := strings.Cut(rest, " in ")
	f := Freeze{Cron: strings.TrimSpace(cron), TimeZone: strings.TrimSpace(zone)}
	if !ok || duration(&f.For, strings.TrimSpace(length)) != "" || zoned && f.TimeZone == "" {
		return hint
	}
	s.Freeze = append(s.Freeze, f)
	return ""
}

// readFollow reads `GLOB` or `GLOB for DURATION`.
func readFollow(s *Spec, value string) (hint string) {
	path, length, timed := strings.Cut(value, " for ")
	f := Follow{Path: strings.TrimSpace(path)}
	if f.Path == "" || timed && duration(&f.For, strings.TrimSpace(length)) != "" {
		return `follow="clusters/dev/** for 24h": which files, and for how long`
	}
	s.Follow = f
	return ""
}

func parseOption(spec *Spec, w word) error {
	if w.sep != '=' {
		return &ExprError{
			Column: w.column, Message: fmt.Sprintf("%q is not an option", w.key),
			HintText: `options are written name=value; quote what contains a space, for example semver:">=1.4 <2"`,
		}
	}
	read, ok := optionReaders[w.key]
	if !ok {
		names := slices.Sorted(maps.Keys(optionReaders))
		return &ExprError{
			Column: w.column, Message: fmt.Sprintf("unknown option %q", w.key),
			HintText: cmp.Or(fault.DidYouMean(w.key, names), "the options are "+strings.Join(names, ", ")),
		}
	}
	if w.value == "" {
		return &ExprError{Column: w.column, Message: w.key + " without a value", HintText: "write " + w.key + "=VALUE, or leave it out"}
	}
	if hint := read(spec, w.value); hint != "" {
		return &ExprError{Column: w.valueColumn, Message: fmt.Sprintf("bad value %q of %s", w.value, w.key), HintText: hint}
	}
	return nil
}
