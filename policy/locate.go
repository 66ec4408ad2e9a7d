package policy

import (
	"errors"
	"strconv"
	"strings"
)

// Locate returns what is wrong with an expression with its place there: an error of Parse as it is, one of Compile or Resolve at the
// option that it is about. Any other error is at the beginning.
func Locate(expr string, err error) *ExprError {
	if e, ok := errors.AsType[*ExprError](err); ok {
		return e
	}
	spec, ok := errors.AsType[*SpecError](err)
	if !ok {
		return &ExprError{Column: 1, Message: err.Error()}
	}
	at := &ExprError{Column: 1, Message: spec.Error(), HintText: spec.HintText}
	words, err := splitExpr(expr)
	if err != nil {
		return at
	}
	key, nth := optionOf(spec.Field)
	for _, w := range words {
		if w.key != key {
			continue
		}
		if nth == 0 {
			at.Column, at.Message = w.column, spec.Message
			if w.sep != 0 {
				at.Column = w.valueColumn
			}
			return at
		}
		nth--
	}
	return at
}

// optionOf returns the option that a field is written as, and which of those with that name: `tags.allow[1]` is the second
// allow. The items of other lists are written in one.
func optionOf(field string) (key string, nth int) {
	field = strings.TrimPrefix(field, "tags.")
	name, rest, _ := strings.Cut(field, "[")
	key, _, _ = strings.Cut(name, ".")
	if key != "platforms" {
		digits, _, _ := strings.Cut(rest, "]")
		nth, _ = strconv.Atoi(digits)
	}
	return key, nth
}
