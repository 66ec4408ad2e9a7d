package policy

import (
	"cmp"
	"strings"
)

// numericalOrder takes the highest number, or the lowest. Numbers are decimal and exact, whatever their length.
type numericalOrder struct{ descending bool }

func (o numericalOrder) begin(*candidate, Offer) reader { return o }

func (o numericalOrder) readCurrent(c *candidate, _ Offer) bool { return isDecimal(c.value) }

func (o numericalOrder) read(c *candidate) Reason {
	if !isDecimal(c.value) {
		return ReasonNotNumber
	}
	return ""
}

func (o numericalOrder) compare(a, b *candidate) int {
	if o.descending {
		a, b = b, a
	}
	return cmpDecimal(a.value, b.value)
}

// isDecimal says whether a text is a number such as 42, -7 or 3.14. Exponents, infinity and the like are none.
func isDecimal(s string) bool {
	whole, fraction, dot := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return allDigits(whole) && (!dot || allDigits(fraction))
}

// cmpDecimal compares two decimal numbers.
func cmpDecimal(a, b string) int {
	a, negativeA := strings.CutPrefix(a, "-")
	b, negativeB := strings.CutPrefix(b, "-")
	wholeA, fractionA, _ := strings.Cut(a, ".")
	wholeB, fractionB, _ := strings.Cut(b, ".")
	fractionA, fractionB = strings.TrimRight(fractionA, "0"), strings.TrimRight(fractionB, "0")
	c := cmp.Or(cmpDigits(wholeA, wholeB), strings.Compare(fractionA, fractionB))
	switch {
	case negativeA && negativeB:
		return -c
	case negativeA == negativeB:
		return c
	case strings.Trim(wholeA+fractionA+wholeB+fractionB, "0") == "":
		return 0 // -0 is 0
	case negativeA:
		return -1
	default:
		return 1
	}
}

// alphabeticalOrder takes the last tag in the order of bytes, or the first.
type alphabeticalOrder struct{ descending bool }

func (o alphabeticalOrder) begin(*candidate, Offer) reader { return o }

func (o alphabeticalOrder) readCurrent(c *candidate, _ Offer) bool { return c.value != "" }

func (o alphabeticalOrder) read(*candidate) Reason { return "" }

func (o alphabeticalOrder) compare(a, b *candidate) int {
	if o.descending {
		a, b = b, a
	}
	return strings.Compare(a.value, b.value)
}
