package policy

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
)

// naiveVersion is a version as the tests read it: without the grammar and without the library.
type naiveVersion struct {
	tag   string
	v     bool
	parts []*big.Int
	pre   string
}

var naiveForm = regexp.MustCompile(`^(v?)(\d+(?:\.\d+){0,2})(?:-(.*))?$`)

// plainVersion reads a version; nil when it is none.
func plainVersion(tag string) *naiveVersion {
	m := naiveForm.FindStringSubmatch(tag)
	if m == nil {
		return nil
	}
	v := &naiveVersion{tag: tag, v: m[1] != "", pre: m[3]}
	for part := range strings.SplitSeq(m[2], ".") {
		n, _ := new(big.Int).SetString(part, 10)
		v.parts = append(v.parts, n)
	}
	return v
}

func (v *naiveVersion) release() *naiveVersion {
	return &naiveVersion{tag: v.tag, v: v.v, parts: v.parts}
}

func (v *naiveVersion) part(i int) *big.Int {
	if i < len(v.parts) {
		return v.parts[i]
	}
	return new(big.Int)
}

func (v *naiveVersion) cmp(w *naiveVersion) int {
	for i := range 3 {
		if c := v.part(i).Cmp(w.part(i)); c != 0 {
			return c
		}
	}
	return naiveComparePre(v.pre, w.pre)
}

// naiveComparePre compares pre-releases of the form word.number or word and number.
func naiveComparePre(a, b string) int {
	if a == "" || b == "" {
		return strings.Compare(b, a)
	}
	word := func(s string) string { return strings.TrimRight(s, ".0123456789") }
	num := func(s string) *big.Int {
		n, ok := new(big.Int).SetString(strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyz."), 10)
		if !ok {
			return big.NewInt(-1)
		}
		return n
	}
	if c := strings.Compare(word(a), word(b)); c != 0 {
		return c
	}
	return num(a).Cmp(num(b))
}

// naiveConstraint is bounds that must all hold.
type naiveConstraint []struct {
	op    string
	bound *naiveVersion
}

// naiveRange reads ^, ~, >=, <, >, <= and * with commas or spaces between.
func naiveRange(text string) naiveConstraint {
	var c naiveConstraint
	for word := range strings.FieldsSeq(strings.ReplaceAll(text, ",", " ")) {
		if word == "*" {
			continue
		}
		version := strings.TrimLeft(word, "^~<>=")
		c = append(c, struct {
			op    string
			bound *naiveVersion
		}{strings.TrimSuffix(word, version), plainVersion(version)})
	}
	return c
}

func (c naiveConstraint) has(v *naiveVersion) bool {
	for _, b := range c {
		cmp := v.cmp(b.bound)
		ok := false
		switch b.op {
		case ">=":
			ok = cmp >= 0
		case "<":
			ok = cmp < 0
		case ">":
			ok = cmp > 0
		case "<=":
			ok = cmp <= 0
		case "^":
			ok = cmp >= 0 && v.cmp(b.bound.above(caretPart(b.bound))) < 0
		case "~":
			ok = cmp >= 0 && v.cmp(b.bound.above(min(1, len(b.bound.parts)-1))) < 0
		}
		if !ok {
			return false
		}
	}
	return true
}

// caretPart returns the first part that is not 0: the one that ^ keeps.
func caretPart(v *naiveVersion) int {
	for i, part := range v.parts {
		if part.Sign() != 0 {
			return i
		}
	}
	return len(v.parts) - 1
}

// above returns the version with one part raised and all behind it gone.
func (v *naiveVersion) above(part int) *naiveVersion {
	w := &naiveVersion{}
	for i := range part + 1 {
		w.parts = append(w.parts, v.part(i))
	}
	w.parts[part] = new(big.Int).Add(w.parts[part], big.NewInt(1))
	return w
}

// shortBound matches what means something else to the library: there >1 is >=2.
var shortBound = regexp.MustCompile(`(>|<=)\d+(\.\d+)?( |,|$)`)

// naivePick is what a policy with the range should take: the highest release or, if the version in use is one, pre-releases only with pre.
func naivePick(c naiveConstraint, pre bool, current string, tags []string) string {
	now := plainVersion(current)
	best := now
	for _, tag := range tags {
		v := plainVersion(tag)
		switch {
		case v == nil || v.v != now.v || len(v.parts) != 3 || v.pre != "" && !pre:
		case !c.has(v.release()) || !c.has(v):
		case v.cmp(best) > 0, v.cmp(best) == 0 && v.tag != current && best.tag != current && cmpSpelling(v.tag, best.tag) > 0:
			best = v
		}
	}
	return best.tag
}

// The order of versions is checked against the naive one over thousands of lists.
func TestSemverAgainstNaive(t *testing.T) {
	t.Parallel()
	r := newNasty(3)
	picks := 0
	for round := range 900 {
		tags := make([]string, 5+r.IntN(25))
		for i := range tags {
			tags[i] = r.one("", "", "", "v") + fmt.Sprintf("%d.%d.%d", r.IntN(4), r.IntN(13), r.IntN(13)) +
				r.one("", "", "-rc.1", "-rc.2", "-rc.10", "-rc2", "-alpha", "-beta9", "-beta10")
			if r.IntN(9) == 0 {
				tags[i] = r.one("latest", "1.2", "1.2.3.4", "20240115", "1234567", "01.2.03", "1.02.3", "0.1.0000000000000000000000000001")
			}
		}
		current := plainVersion(tags[0])
		if current == nil || len(current.parts) != 3 {
			continue
		}
		bound := func() string {
			return strings.Join([]string{fmt.Sprint(r.IntN(3)), fmt.Sprint(r.IntN(9)), fmt.Sprint(r.IntN(9))}[:1+r.IntN(3)], ".")
		}
		text := r.one("*", "^"+bound(), "~"+bound(), ">="+bound(), "<"+bound(), ">="+bound()+" <"+bound(), ">"+bound()+", <="+bound(), "^"+bound()+" <"+bound())
		if shortBound.MatchString(text) {
			continue
		}
		pre := r.IntN(3) == 0
		expr := fmt.Sprintf("semver:%q prerelease=%t", text, pre)
		p, err := compileText(expr)
		if err != nil {
			if naiveFinds(text) {
				t.Fatalf("%s: %v, but it has versions", expr, err)
			}
			continue
		}
		d, _ := p.Decide(Image{Name: "web", Tag: tags[0]}, Offer{Listed: true, Tags: tags})
		got := d.To.Tag
		if d.Outcome != OutcomeUpdate {
			got = tags[0]
		}
		if want := naivePick(naiveRange(text), pre, tags[0], tags); got != want {
			t.Fatalf("round %d: %s at %s: got %s %q, want %q\n%v", round, expr, tags[0], sketch(d), got, want, tags)
		}
		if got != tags[0] {
			picks++
		}
	}
	if picks < 100 {
		t.Errorf("only %d updates in all rounds: nothing was compared", picks)
	}
}

func compileText(expr string) (Policy, error) {
	spec, err := Parse(expr)
	if err != nil {
		return nil, err
	}
	return Compile(spec)
}

// naiveFinds says whether some version from 0.0.0 to 4.9.9 is in a range.
func naiveFinds(text string) bool {
	return slices.ContainsFunc(smallVersions(500), naiveRange(text).has)
}

// smallVersions are the first versions of which each part has one digit.
func smallVersions(n int) (out []*naiveVersion) {
	for n := range int64(n) {
		out = append(out, &naiveVersion{
			tag: fmt.Sprintf("%d.%d.%d", n/100, n/10%10, n%10), parts: []*big.Int{big.NewInt(n / 100), big.NewInt(n / 10 % 10), big.NewInt(n % 10)},
		})
	}
	return out
}

// The naive ranges mean what the library's do, or the test above would prove nothing.
func TestNaiveRangesAreTheLibrarys(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"*", "^1", "^1.4", "^1.4.2", "^0.4", "^0.4.2", "^0.0.3", "^0", "^0.0", "~1", "~1.4", "~1.4.2", "~0", ">=1.4 <2", ">1.4.2,<=2.0.0", ">=0.9.0", "<1"} {
		c, err := semver.NewConstraint(text)
		if err != nil {
			t.Fatal(err)
		}
		naive := naiveRange(text)
		for _, v := range smallVersions(300) {
			if want, got := c.Check(semver.MustParse(v.tag)), naive.has(v); got != want {
				t.Errorf("%s in %s: %t, and the library says %t", v.tag, text, got, want)
			}
		}
	}
}

func TestNaiveOrder(t *testing.T) {
	versions := []string{"0.9.9", "1.0.0-alpha", "1.0.0-beta9", "1.0.0-beta10", "1.0.0-rc.1", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"}
	if !slices.IsSortedFunc(versions, func(a, b string) int { return plainVersion(a).cmp(plainVersion(b)) }) {
		t.Error("the naive order is wrong itself")
	}
}
