package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// maxProblems bounds what is kept of a file that is wrong from end to end.
const maxProblems = 100

// Problem is one mistake in a file, with its place.
type Problem struct {
	Path string `json:"path"`
	// Line and Column count from 1, columns in bytes.
	Line   int `json:"line"`
	Column int `json:"column"`
	// Message says what is wrong; Hint is the next step, or "".
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`

	// at is the path of the value that it is about.
	at string
}

// String returns `path:line:column: message (hint)`.
func (p Problem) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s", p.Path, p.Line, p.Column, p.Message)
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// Problems is everything that is wrong with one file.
type Problems struct {
	// List is sorted by place.
	List []Problem
	// Partial says that they all lie inside of named policies and policy tests, so that the rest of the file counts.
	Partial bool
}

// Error returns one line per problem.
func (p *Problems) Error() string {
	lines := make([]string, len(p.List))
	for i, problem := range p.List {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// Kind says that a person has to correct them.
func (p *Problems) Kind() string { return string(fault.Invalid) }

// tidied returns the problems by place, without repetitions, and no more than maxProblems of them.
func tidied(list []Problem) *Problems {
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	list = slices.CompactFunc(list, func(a, b Problem) bool { return a.String() == b.String() })
	if more := len(list) - maxProblems; more > 0 {
		last := list[maxProblems]
		last.Message, last.Hint = fmt.Sprintf("and %d more problems from here on", more), "correct the ones above first"
		list = append(list[:maxProblems:maxProblems], last)
	}
	return &Problems{List: list}
}
