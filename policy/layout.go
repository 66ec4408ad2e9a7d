package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// layout is a calver layout, taken apart.
type layout []layoutPart

// layoutPart is a token, or one byte that stands for itself when token is nil.
type layoutPart struct {
	token   *calverToken
	literal byte
	// rank is the place of the value in the order: a year comes before a month, whatever the layout has first.
	rank int
}

// calverToken is a token of https://calver.org.
type calverToken struct {
	name string
	// least and most are how many digits it has.
	least, most int
	// minimum and maximum are its values; a maximum of 0 is none.
	minimum, maximum int
	// unit is what part of a date it is: 1 a year, 2 a month or week, 3 a day, 0 none.
	unit int
}

// calverTokens come in the order in which they are looked for.
var calverTokens = []calverToken{
	{"YYYY", 4, 4, 1900, 2999, 1},
	{"0Y", 2, 3, 0, 999, 1},
	{"YY", 1, 3, 0, 999, 1},
	{"0M", 2, 2, 1, 12, 2},
	{"MM", 1, 2, 1, 12, 2},
	{"0W", 2, 2, 0, 53, 2},
	{"WW", 1, 2, 0, 53, 2},
	{"0D", 2, 2, 1, 31, 3},
	{"DD", 1, 2, 1, 31, 3},
	{"MAJOR", 1, 128, 0, 0, 0},
	{"MINOR", 1, 128, 0, 0, 0},
	{"MICRO", 1, 128, 0, 0, 0},
}

// compileLayout reads a layout such as YYYY.0M.MICRO or vYY.0M. Small letters, digits and separators stand for themselves.
func compileLayout(text string) (layout, error) {
	bad := func(message, hint string) (layout, error) {
		return nil, &SpecError{Field: "calver", Message: message, HintText: hint}
	}
	var l layout
	seen := map[string]bool{}
	for rest := text; rest != ""; {
		token := leadingToken(rest)
		switch c := rest[0]; {
		case token != nil:
			if n := len(l); n > 0 && l[n-1].token != nil && l[n-1].token.least != l[n-1].token.most {
				return bad(fmt.Sprintf("%s right after %s in %q: nobody can tell where one ends", token.name, l[n-1].token.name, text),
					"put a separator between them, or use the form with a leading 0")
			}
			if seen[token.name] {
				return bad(fmt.Sprintf("%s twice in %q", token.name, text), "each token stands for one part")
			}
			seen[token.name] = true
			l = append(l, layoutPart{token: token})
			rest = rest[len(token.name):]
			continue
		case 'A' <= c && c <= 'Z':
			word := rest[:len(rest)-len(strings.TrimLeft(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))]
			return bad(fmt.Sprintf("unknown token %q in %q", word, text), cmp.Or(fault.DidYouMean(word, tokenNames()), tokensHint()))
		case !isLetter(c) && !isDigit(c) && !isSeparator(c):
			return bad(fmt.Sprintf("%q in %q, which no tag has", c, text), "separators are . - and _")
		}
		l = append(l, layoutPart{literal: rest[0]})
		rest = rest[1:]
	}
	if len(seen) == 0 {
		return bad(fmt.Sprintf("no token in %q", text), tokensHint())
	}
	l.rank()
	return l, nil
}

func leadingToken(s string) *calverToken {
	for i := range calverTokens {
		if strings.HasPrefix(s, calverTokens[i].name) {
			return &calverTokens[i]
		}
	}
	return nil
}

func tokenNames() []string {
	names := make([]string, len(calverTokens))
	for i, t := range calverTokens {
		names[i] = t.name
	}
	return names
}

func tokensHint() string {
	return "for example YYYY.0M.MICRO; the tokens are " + strings.Join(tokenNames(), ", ")
}

// rank gives the parts of a date the places that they have between them, the larger unit first.
func (l layout) rank() {
	var dates []int
	next := 0
	for i := range l {
		if l[i].token == nil {
			continue
		}
		l[i].rank = next
		next++
		if l[i].token.unit > 0 {
			dates = append(dates, i)
		}
	}
	sorted := slices.Clone(dates)
	slices.SortStableFunc(sorted, func(a, b int) int { return cmp.Compare(l[a].token.unit, l[b].token.unit) })
	ranks := make([]int, len(dates))
	for i, at := range dates {
		ranks[i] = l[at].rank
	}
	for i, at := range sorted {
		l[at].rank = ranks[i]
	}
}

// values returns how many values the layout has.
func (l layout) values() int {
	n := 0
	for _, p := range l {
		if p.token != nil {
			n++
		}
	}
	return n
}

// read takes a tag of the layout apart: the values into the version, in the order of their rank, and what follows like the suffix
// of every version. It returns false for a tag of another layout.
func (l layout) read(c *candidate) bool {
	var room [16]string
	values := room[:min(l.values(), len(room))]
	if l.values() > len(room) {
		values = make([]string, l.values())
	}
	text := c.value
	for _, p := range l {
		if p.token == nil {
			if text == "" || text[0] != p.literal {
				return false
			}
			text = text[1:]
			continue
		}
		n := p.token.width(text)
		if n == 0 {
			return false
		}
		values[p.rank], text = text[:n], text[n:]
	}
	if text != "" && isDigit(text[0]) {
		return false
	}
	c.parseSuffix(c.value, len(c.value)-len(text))
	if len(text) > 1 && text[0] == '.' && isDigit(text[1]) {
		return false // a version of more parts than the layout has
	}
	c.core = strings.Join(values, ".")
	return true
}

// width returns how many digits at the beginning of a text are a value of the token; 0 for none.
func (t *calverToken) width(text string) int {
	n := 0
	for n < len(text) && n < t.most && isDigit(text[n]) {
		n++
	}
	if n < t.least || t.maximum > 0 && (number(text[:n]) < t.minimum || number(text[:n]) > t.maximum) {
		return 0
	}
	if t.least == 1 && n > 1 && text[0] == '0' && t.unit > 0 {
		return 0 // MM is 1 to 12; what has a leading zero is 0M
	}
	return n
}
