package policy

import (
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Bounds of a glob: each alternative of {a,b} is tried with each of every other, so that a short pattern can cost hours.
const (
	longestGlob      = 256
	mostAlternatives = 64
)

// CheckGlob says what is wrong with a pattern in which `*` stops at `/` and `**` does not. The error is a *SpecError without a field.
func CheckGlob(pattern string) error {
	bad := func(message, hint string) error { return &SpecError{Message: message, HintText: hint} }
	switch {
	case pattern == "":
		return bad("an empty pattern, which nothing matches", "write ** to match everything")
	case !doublestar.ValidatePattern(pattern):
		return bad("not a pattern", `patterns have *, **, ?, [a-z] and {a,b}; a backslash goes before any of these that stands for itself`)
	case len(pattern) > longestGlob || alternatives(pattern) > mostAlternatives:
		return bad("a pattern that costs too much", fmt.Sprintf("at most %d characters and %d combinations of {a,b}: write several patterns", longestGlob, mostAlternatives))
	}
	return nil
}

// CheckPathGlob says what is wrong with a pattern of paths, which begin at the root of the repository, like CheckGlob.
func CheckPathGlob(pattern string) error {
	if strings.HasPrefix(pattern, "/") || strings.HasPrefix(pattern, "./") || strings.HasPrefix(pattern, "../") {
		return &SpecError{Message: "a path that is not from the root of the repository", HintText: "remove what comes before the first name"}
	}
	return CheckGlob(pattern)
}

// alternatives is an upper bound of the patterns that one with braces stands for, cut at a large number.
func alternatives(pattern string) int {
	const enough = 1 << 16
	total, here := 1, 1
	for _, c := range pattern {
		switch c {
		case '{':
			total, here = min(total*here, enough), 1
		case ',':
			here++
		}
	}
	return min(total*here, enough)
}
