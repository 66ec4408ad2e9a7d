package policy

import (
	"cmp"
	"strings"
)

// cmpDigits compares two numbers of any length that are written in decimal digits.
func cmpDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

// cmpDotted compares numbers with dots between part by part. A part that one of them lacks is 0; with floating, one of the first
// three is above every number, because 1.4 then stands for the newest of 1.4.
func cmpDotted(a, b string, floating bool) int {
	for i := 0; a != "" || b != ""; i++ {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if floating && i < 3 && (x == "") != (y == "") {
			return cmp.Compare(len(y), len(x))
		}
		if c := cmpDigits(x, y); c != 0 {
			return c
		}
	}
	return 0
}

// cmpPre compares pre-releases in the order of semantic versioning (https://semver.org/#spec-item-11), with one difference: digits
// at the end of a word count as a number, so rc9 is below rc10. A release, "", is above all.
func cmpPre(a, b string) int {
	if a == "" || b == "" {
		return cmp.Compare(boolInt(a == ""), boolInt(b == ""))
	}
	for {
		x, restA := identifier(a)
		y, restB := identifier(b)
		switch {
		case x == "" || y == "":
			return cmp.Compare(len(x), len(y))
		case isDigit(x[0]) != isDigit(y[0]):
			return cmp.Compare(boolInt(isDigit(y[0])), boolInt(isDigit(x[0])))
		case isDigit(x[0]):
			if c := cmpDigits(x, y); c != 0 {
				return c
			}
		default:
			if c := strings.Compare(canonicalWord(x), canonicalWord(y)); c != 0 {
				return c
			}
		}
		a, b = restA, restB
	}
}

// identifier cuts the first run of digits, or of anything else, from a pre-release. Separators only separate.
func identifier(s string) (first, rest string) {
	s = strings.TrimLeft(s, ".-_")
	if s == "" {
		return "", ""
	}
	n := 1
	for n < len(s) && !isSeparator(s[n]) && isDigit(s[n]) == isDigit(s[0]) {
		n++
	}
	return s[:n], s[n:]
}

// cmpFields compares the other fields of two tags in the order in which they are written. Of two of different length the longer
// one is above when all else is equal.
func cmpFields(a, b []string) int {
	for i := range min(len(a), len(b)) {
		if c := cmpField(a[i], b[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// cmpField compares two fields: numbers part by part and below dates, dates by their bytes, which are in the order of time.
func cmpField(a, b string) int {
	x, y := isDotted(a), isDotted(b)
	switch {
	case x != y:
		return cmp.Compare(boolInt(y), boolInt(x))
	case x:
		if c := cmpDotted(a, b, false); c != 0 {
			return c
		}
		return cmp.Compare(strings.Count(a, "."), strings.Count(b, "."))
	default:
		return strings.Compare(a, b)
	}
}

func isDotted(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) && s[i] != '.' {
			return false
		}
	}
	return true
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// cmpSpelling breaks ties between tags that mean the same, so that the order is total: the shorter one is above, then the one whose
// bytes are lower.
func cmpSpelling(a, b string) int {
	if c := cmp.Compare(len(b), len(a)); c != 0 {
		return c
	}
	return strings.Compare(b, a)
}
