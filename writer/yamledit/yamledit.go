// Package yamledit owns the change of single scalars in YAML and JSON, and of lists that get entries: it locates them by parsing,
// replaces exactly their bytes or adds whole lines, and proves by parsing again that nothing else changed. It refuses to print YAML, and to make an edit that it cannot prove.
package yamledit

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// Edit replaces the value of one scalar.
type Edit struct {
	// Start is the byte at which the value begins, as Scalar.Start: of a scalar of the file, of one inside of a literal block
	// (see File.Inner), or of an alias.
	Start int
	// From is the value as it is now, To what it shall be, both decoded. From guards against a file that changed since. That of a
	// number is its text, that of a block scalar is without the line breaks at its end.
	//
	// A scalar that aliases repeat is changed only together with all of them: there is an edit of each alias, too, to the
	// same value. It changes no byte of its own.
	From, To string
}

// splice replaces some bytes.
type splice struct {
	start, end int
	text       string
}

// Apply returns a copy of src with exactly the edits made. The error is a *ParseError, or a *Refusal when one of the
// edits cannot be made or proved: then none is. An edit that changes nothing leaves the bytes as they are.
func Apply(src []byte, edits []Edit) ([]byte, error) {
	if len(edits) == 0 {
		return bytes.Clone(src), nil
	}
	f, err := Parse(src)
	if err != nil {
		return nil, err
	}
	edits = slices.SortedFunc(slices.Values(edits), func(a, b Edit) int { return cmp.Compare(a.Start, b.Start) })
	for i, e := range edits[1:] {
		if edits[i].Start == e.Start {
			return nil, f.refuse(e, ReasonOverlap, "two edits of one value")
		}
	}
	s := newSurvey(f, f.tops)
	splices, refusal := s.plan(edits)
	if refusal != nil {
		return nil, refusal
	}
	out := spliced(src, splices)
	if refusal := prove(s, out); refusal != nil {
		return nil, refusal
	}
	return out, nil
}

// spliced replaces the bytes of the splices, which are in order and apart.
func spliced(src []byte, splices []splice) []byte {
	size := len(src)
	for _, s := range splices {
		size += len(s.text) - (s.end - s.start)
	}
	out := make([]byte, 0, size)
	from := 0
	for _, s := range splices {
		out = append(out, src[from:s.start]...)
		out = append(out, s.text...)
		from = s.end
	}
	return append(out, src[from:]...)
}

func (f *File) refuse(e Edit, reason Reason, format string, args ...any) *Refusal {
	r := &Refusal{Reason: reason, Detail: fmt.Sprintf(format, args...)}
	if e.Start >= 0 && e.Start <= len(f.src) {
		r.Line, r.Column = f.at.position(e.Start)
	}
	return r
}
