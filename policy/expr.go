package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
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
