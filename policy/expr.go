package policy

import (
	"fmt"
	"strings"

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
	spec, err := parseOrder(words[0])
	if err != nil {
		return Spec{}, err
	}
	for _, w := range words[1:] {
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

func parseOrder(w word) (Spec, error) {
	if w.sep == '=' {
		return Spec{}, &ExprError{
			Column: w.column, Message: fmt.Sprintf("option %q before the order", w.key),
			HintText: "begin with the order, for example semver:^1.4 " + w.key + "=" + w.value,
		}
	}
	needArgument := func(example string) error {
		if w.value == "" {
			return &ExprError{Column: w.column, Message: w.key + " without an argument", HintText: "for example " + example}
		}
		return nil
	}
	switch w.key {
	case "semver":
		return Spec{Semver: w.value}, needArgument("semver:^1.4, or semver:* for any version")
	case "digest":
		return Spec{Digest: w.value}, needArgument("digest:stable")
	case "ignore":
		if w.sep != 0 {
			return Spec{}, &ExprError{Column: w.valueColumn, Message: "ignore takes no argument", HintText: "write ignore alone"}
		}
		return Spec{Ignore: true}, nil
	default:
		return Spec{}, &ExprError{
			Column: w.column, Message: fmt.Sprintf("unknown order %q", w.key),
			HintText: fault.DidYouMean(w.key, []string{"semver", "digest", "ignore"}),
		}
	}
}

func parseOption(spec *Spec, w word) error {
	if w.sep != '=' {
		return &ExprError{
			Column: w.column, Message: fmt.Sprintf("%q is not an option", w.key),
			HintText: `options are written name=value; quote what contains a space, for example semver:">=1.4 <2"`,
		}
	}
	switch w.key {
	case "allow":
		spec.Tags.Allow = append(spec.Tags.Allow, w.value)
	case "deny":
		spec.Tags.Deny = append(spec.Tags.Deny, w.value)
	default:
		return &ExprError{Column: w.column, Message: fmt.Sprintf("unknown option %q", w.key), HintText: "known options: allow=PATTERN, deny=PATTERN"}
	}
	return nil
}

// String returns the spec as an expression that Parse reads back.
func (s Spec) String() string {
	var b strings.Builder
	switch {
	case s.Ignore:
		b.WriteString("ignore")
	case s.Digest != "":
		b.WriteString("digest:" + quote(s.Digest))
	default:
		b.WriteString("semver:" + quote(s.Semver))
	}
	for _, p := range s.Tags.Allow {
		b.WriteString(" allow=" + quote(p))
	}
	for _, p := range s.Tags.Deny {
		b.WriteString(" deny=" + quote(p))
	}
	return b.String()
}

// quote puts a value into quotes when it would not be read back without them.
func quote(value string) string {
	if value != "" && !strings.ContainsAny(value, " \t\"") {
		return value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}
