package yamledit

import (
	"fmt"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// Reason says why a file cannot be read or an edit is not made. The set is closed.
type Reason string

// The reasons why a file is left out as a whole.
const (
	// ReasonSyntax is text that is no YAML.
	ReasonSyntax Reason = "skip/yaml-syntax"
	// ReasonNotUTF8 is bytes that are no UTF-8.
	ReasonNotUTF8 Reason = "skip/not-utf8"
	// ReasonBinary is a NUL byte or UTF-16.
	ReasonBinary Reason = "skip/binary"
	// ReasonTooDeep is nesting that nobody writes by hand.
	ReasonTooDeep Reason = "skip/too-deep"
	// ReasonTooMany is more nodes than is sound to hold in memory.
	ReasonTooMany Reason = "skip/too-many-nodes"
	// ReasonAliasCycle is an alias inside of what it stands for.
	ReasonAliasCycle Reason = "skip/alias-cycle"
)

// The reasons why an edit is refused.
const (
	// ReasonNotFound is a place where no scalar begins.
	ReasonNotFound Reason = "edit/not-found"
	// ReasonChanged is a scalar with another value than the edit expects.
	ReasonChanged Reason = "edit/changed"
	// ReasonOverlap is two edits of one scalar.
	ReasonOverlap Reason = "edit/overlap"
	// ReasonKey is a scalar that is the key of a mapping.
	ReasonKey Reason = "edit/key"
	// ReasonNotText is a scalar that is null, a merge key, or has a tag of its own such as `!vault`.
	ReasonNotText Reason = "edit/not-text"
	// ReasonAlias is a scalar that an alias repeats elsewhere.
	ReasonAlias Reason = "edit/alias"
	// ReasonBlockScalar is a scalar written with `|` or `>`.
	ReasonBlockScalar Reason = "edit/block-scalar"
	// ReasonNotLiteral is YAML inside a text that is not written as a literal block (`|`), so that lines are joined or escaped.
	ReasonNotLiteral Reason = "edit/not-literal"
	// ReasonNested is a scalar in a block that stands in a block itself.
	ReasonNested Reason = "edit/nested-block"
	// ReasonMultiLine is a scalar that is written over several lines.
	ReasonMultiLine Reason = "edit/multi-line"
	// ReasonDuplicateKey is a scalar below a mapping in which a key stands twice: readers differ in which one they take.
	ReasonDuplicateKey Reason = "edit/duplicate-key"
	// ReasonNoLines is a list that is not written line by line, so that no lines can be added.
	ReasonNoLines Reason = "edit/no-lines"
	// ReasonBadValue is a new value with control characters or line breaks.
	ReasonBadValue Reason = "edit/bad-value"
	// ReasonProof is an edit after which the file would say something else than planned.
	ReasonProof Reason = "edit/proof"
)

// ParseError says why a file cannot be read. A broken document breaks the whole file.
type ParseError struct {
	Reason Reason
	// Line and Column count from 1; 0 is unknown. The YAML parser does not always name the exact line.
	Line, Column int
	// Detail is one phrase for people.
	Detail string
}

// Error returns the place, as far as it is known, and the detail.
func (e *ParseError) Error() string { return place(e.Line, e.Column) + e.Detail }

// Kind says that a person has to correct the file.
func (e *ParseError) Kind() string { return string(fault.Invalid) }

// Refusal says why an edit is not made. None of the edits that were asked for together is made then.
type Refusal struct {
	Reason Reason
	// Line and Column count from 1, as in Scalar; 0 is unknown.
	Line, Column int
	// Detail is one phrase for people.
	Detail string
}

// Error returns the place, as far as it is known, and the detail.
func (e *Refusal) Error() string { return place(e.Line, e.Column) + e.Detail }

// Kind says that somebody else wrote first, or that a person has to change how the value is written.
func (e *Refusal) Kind() string {
	if e.Reason == ReasonChanged {
		return string(fault.Conflict)
	}
	return string(fault.Invalid)
}

// Hint returns the next step for a person, or "".
func (e *Refusal) Hint() string {
	switch e.Reason {
	case ReasonSyntax, ReasonNotUTF8, ReasonBinary, ReasonTooDeep, ReasonTooMany, ReasonAliasCycle:
		return "" // those of whole files
	case ReasonNotFound, ReasonChanged:
		return "run again: the file is not what was read before"
	case ReasonOverlap:
		return "give the value one policy: two want to change it"
	case ReasonKey:
		return "name the image in a value: keys are not changed"
	case ReasonBadValue:
		return "look at where the new value comes from: nothing that goes into a file has control characters"
	case ReasonProof:
		return "please report this, with the line if you can: the edit was not made"
	case ReasonAlias:
		return "write the value out in each place, or change the anchored one by hand"
	case ReasonBlockScalar, ReasonMultiLine:
		return "write the value on one line"
	case ReasonNotLiteral:
		return "write the text as a block with `|`"
	case ReasonNested:
		return "move the inner text to a file of its own, or change it by hand"
	case ReasonDuplicateKey:
		return "take one of the two keys away"
	case ReasonNoLines:
		return "write the list with each entry on a line of its own, in a file with one document, or add the entry by hand"
	case ReasonNotText:
		return "write the value as text, without a tag of its own"
	default:
		return ""
	}
}

func place(line, column int) string {
	switch {
	case line == 0:
		return ""
	case column == 0:
		return fmt.Sprintf("line %d: ", line)
	default:
		return fmt.Sprintf("line %d, column %d: ", line, column)
	}
}
