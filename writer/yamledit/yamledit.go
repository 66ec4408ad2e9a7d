// Package yamledit owns the change of single scalars in YAML and JSON: it locates them by parsing, replaces exactly their
// bytes, and proves by parsing again that nothing else changed. It refuses to print YAML, and to make an edit that it cannot prove.
package yamledit

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Edit replaces the value of one scalar.
type Edit struct {
	// Start is the byte at which the value begins, as Scalar.Start.
	Start int
	// From is the value as it is now, To what it shall be, both decoded. From guards against a file that changed since. That of a
	// number is its text.
	From, To string
}

// splice is an edit that is worked out.
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
	s := newSurvey(f)
	var splices []splice
	planned := map[*yaml.Node]string{}
	for i, e := range edits {
		if i > 0 && edits[i-1].Start == e.Start {
			return nil, f.refuse(e, ReasonOverlap, "two edits of one value")
		}
		n, done, refusal := s.plan(e)
		if refusal != nil {
			return nil, refusal
		}
		if e.From != e.To {
			splices = append(splices, done)
			planned[n] = e.To
		}
	}
	out := spliced(src, splices)
	if refusal := prove(f, out, planned); refusal != nil {
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
