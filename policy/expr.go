package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// ExprError is a mistake in an expression.
type ExprError struct {
	// Column is where it is, in bytes from 1.
	Column  int
	Message string
	// HintText is what to do about it.
	HintText string
}

// Error returns the column and the message.
func (e *ExprError) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Message) }

// Kind says that a person has to correct it.
func (e *ExprError) Kind() string { return "invalid" }

// Hint returns what to do about it.
func (e *ExprError) Hint() string { return e.HintText }

// Parse reads an expression: `order[:argument] {option=value}`, for example `semver:">=1.4 <2" deny=-debug$`.
// What contains a space is double-quoted; inside quotes `\"` and `\\` stand for `"` and `\`, and every other
// backslash for itself. The error is an *ExprError. A spec that Parse returns may still not compile.
func Parse(expr string) (Spec, error) {
	words, err := splitExpr(expr)
	if err != nil {
		return Spec{}, err
	}
	if len(words) == 0 {
		return Spec{}, &ExprError{Column: 1, Message: "empty expression", HintText: "for example semver:^1.4, digest:stable or ignore"}
	}
	var spec Spec
	if err := parseOrder(&spec, words[0]); err != nil {
		return Spec{}, err
	}
	for i, w := range words[1:] {
		if slices.ContainsFunc(words[:i+1], func(v word) bool { return v.sep == '=' && v.key == w.key }) && !slices.Contains(manyTimes, w.key) {
			return Spec{}, &ExprError{Column: w.column, Message: w.key + " is given twice", HintText: "remove one of them"}
		}
		if err := parseOption(&spec, w); err != nil {
			return Spec{}, err
		}
	}
	return spec, nil
}

// word is one part of an expression: key, separator (':', '=' or 0), and value with its quotes taken off.
type word struct {
	column      int
	key, value  string
	sep         byte
	valueColumn int
}

// splitExpr cuts an expression into words. Only values can be quoted.
func splitExpr(expr string) ([]word, error) {
	var words []word
	for i := 0; i < len(expr); {
		if expr[i] == ' ' || expr[i] == '\t' {
			i++
			continue
		}
		w := word{column: i + 1}
		end := i + strings.IndexAny(expr[i:]+" ", " \t:=")
		w.key = expr[i:end]
		i = end
		if i < len(expr) && (expr[i] == ':' || expr[i] == '=') {
			w.sep, w.valueColumn = expr[i], i+2
			value, next, err := readValue(expr, i+1)
			if err != nil {
				return nil, err
			}
			w.value, i = value, next
		}
		words = append(words, w)
	}
	return words, nil
}

// readValue reads a plain or quoted value that starts at i, and returns where the next word may start.
func readValue(expr string, i int) (value string, next int, err error) {
	if i >= len(expr) || expr[i] != '"' {
		end := i + strings.IndexAny(expr[i:]+" ", " \t")
		return expr[i:end], end, nil
	}
	var b strings.Builder
	for j := i + 1; j < len(expr); j++ {
		switch c := expr[j]; {
		case c == '"':
			if j+1 < len(expr) && expr[j+1] != ' ' && expr[j+1] != '\t' {
				return "", 0, &ExprError{Column: j + 2, Message: "text right after a closing quote", HintText: "put a space there"}
			}
			return b.String(), j + 1, nil
		case c == '\\' && j+1 < len(expr) && (expr[j+1] == '"' || expr[j+1] == '\\'):
			j++
			b.WriteByte(expr[j])
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, &ExprError{Column: i + 1, Message: "quote without an end", HintText: `close it with "`}
}

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

// String returns the spec as an expression that Parse reads back.
func (s Spec) String() string {
	var words []string
	add := func(key, value string) {
		if value != "" {
			words = append(words, key+quote(value))
		}
	}
	add("semver:", s.Semver)
	add("calver:", s.Calver)
	add("numerical:", s.Numerical)
	add("alphabetical:", s.Alphabetical)
	add("digest:", s.Digest)
	for name, set := range map[string]bool{"newest": s.Newest, "like-current": s.LikeCurrent, "ignore": s.Ignore} {
		if set {
			words = append(words, name)
		}
	}
	add("extends=", s.Extends)
	for _, p := range s.Tags.Allow {
		words = append(words, "allow="+quote(p))
	}
	for _, p := range s.Tags.Deny {
		words = append(words, "deny="+quote(p))
	}
	add("extract=", s.Tags.Extract)
	add("prerelease=", string(s.Prerelease))
	add("variant=", s.Variant)
	add("precision=", string(s.Precision))
	add("jump=", s.Jump)
	add("within=", s.Within)
	add("platforms=", strings.Join(s.Platforms, ","))
	addDuration := func(key string, d Duration) {
		if d != 0 {
			add(key, d.String())
		}
	}
	addDuration("minAge=", s.MinAge)
	addDuration("settle=", s.Settle)
	add("pin=", s.Pin)
	add("moved=", s.Moved)
	if s.Downgrade != nil {
		add("downgrade=", strconv.FormatBool(*s.Downgrade))
	}
	for _, f := range s.Freeze {
		add("freeze=", f.String())
	}
	add("follow=", s.Follow.String())
	return strings.Join(words, " ")
}

// String returns the window as the value of a freeze option.
func (f Freeze) String() string {
	if f.TimeZone == "" {
		return f.Cron + " for " + f.For.String()
	}
	return f.Cron + " for " + f.For.String() + " in " + f.TimeZone
}

// String returns the value of a follow option; "" for the zero Follow.
func (f Follow) String() string {
	if f.For == 0 {
		return f.Path
	}
	return f.Path + " for " + f.For.String()
}

// quote puts a value into quotes when it would not be read back without them.
func quote(value string) string {
	if value != "" && !strings.ContainsAny(value, " \t\"") {
		return value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}
