package policy

import (
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/Masterminds/semver/v3"
)

// odd are tags and texts with which the grammars are probed.
var odd = []string{
	"", "-", "_", "v", "1", "1.", ".1", "1..2", "1.2.3-", "1.2.3--", "1.2.3-.-_", "g1", "k3s", "k3s1", "v-v-v1", "\x00\xff", "é1.2", "1\x012",
	"1.2.3-rc", "3.11.0b9-slim", "main-1a2b3c4-1700000000", "RELEASE.2023-11-01T18-37-25Z", "20240115.9.9", "2024-01-15T", "17.0.1_12-jre-alpine",
	"18446744073709551616.0.0", "v1.27.3-eksbuild.2", "alpine3.17", "0000000000000000000000000000000000000000",
}

func FuzzShape(f *testing.F) {
	for _, tag := range odd {
		f.Add(tag, "1.2.3")
		f.Add("1.2.3-alpine3.17", tag)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var x, y, again shape
		x.parse(a)
		y.parse(b)
		again.parse(b) // with memory of another tag
		again.parse(a)
		if p, q := x.fields(), again.fields(); !sameFields(p, q) || string(x.form) != string(again.form) || string(x.variant) != string(again.variant) {
			t.Fatalf("%q is %+v, and then %+v", a, x, again)
		}
		for _, field := range slices.Concat([]string{x.core, x.pre}, x.rest, x.own) {
			if !strings.Contains(a, field) && field != "0" { // the first build of a day has no number
				t.Fatalf("%q has the field %q", a, field)
			}
		}
		if isVersion := x.core == "" || isDotted(x.core) && isDigit(x.core[0]); !isVersion {
			t.Fatalf("%q has the version %q", a, x.core)
		}
		for _, floating := range []bool{false, true} {
			if compareShapes(&x, &again, floating) != 0 {
				t.Fatalf("%q is not as good as itself", a)
			}
			if compareShapes(&x, &y, floating) != -compareShapes(&y, &x, floating) {
				t.Fatalf("%q against %q depends on which comes first", a, b)
			}
		}
	})
}

func sameFields(a, b shape) bool {
	return a.prefix == b.prefix && a.core == b.core && a.pre == b.pre && slices.Equal(a.rest, b.rest) && slices.Equal(a.own, b.own) && a.exact == b.exact
}

func FuzzLayout(f *testing.F) {
	for _, tag := range odd {
		f.Add("YYYY.0M.MICRO", tag)
		f.Add("vYY.MM-MINOR", tag)
	}
	f.Add("0Y0M0D", "240115-alpine")
	f.Add("YYYY0WMAJOR", "2024521-rc.1")
	f.Fuzz(func(t *testing.T, text, tag string) {
		l, err := compileLayout(text)
		if err != nil {
			var e *SpecError
			if !errors.As(err, &e) || e.Hint() == "" {
				t.Fatalf("%q: %v has no hint", text, err)
			}
			return
		}
		c, again := candidate{tag: tag, value: tag}, candidate{tag: tag, value: tag}
		ok := l.read(&c)
		if l.read(&again) != ok || ok && compareShapes(&c.shape, &again.shape, false) != 0 {
			t.Fatalf("%q in %q is read differently the second time", tag, text)
		}
		if !ok {
			return
		}
		if values := strings.Split(c.core, "."); len(values) != l.values() {
			t.Fatalf("%q in %q has the values %q", tag, text, values)
		}
		for value := range strings.SplitSeq(c.core, ".") {
			if !allDigits(value) || !strings.Contains(tag, value) {
				t.Fatalf("%q in %q has the value %q", tag, text, value)
			}
		}
	})
}

func FuzzExtract(f *testing.F) {
	for _, tag := range odd {
		f.Add(`^main-(?P<time>\d+)$`, "$time", tag)
		f.Add(`(\d+)\.(\d+)`, "${2}x$1$$", tag)
	}
	f.Add("(?P<a>x)|y", "$a", "y")
	f.Fuzz(func(t *testing.T, pattern, template, tag string) {
		filter, err := compileFilter(TagFilter{Allow: []string{pattern}, Extract: template})
		if err != nil {
			var e *SpecError
			if !errors.As(err, &e) || !strings.HasPrefix(e.Field, "tags.") || e.Hint() == "" {
				t.Fatalf("%q to %q: %v has no place or hint", pattern, template, err)
			}
			return
		}
		value, reason := filter.admit(tag)
		if (value == "") != (reason != "") {
			t.Fatalf("%q to %q of %q gives %q, %q", pattern, template, tag, value, reason)
		}
		if reason == "" && filter.value(tag) != value {
			t.Fatalf("%q to %q of %q is %q as a candidate and %q in use", pattern, template, tag, value, filter.value(tag))
		}
		if reason == "" && (!validTag(tag) || !regexp.MustCompile(pattern).MatchString(tag)) {
			t.Fatalf("%q is admitted by %q", tag, pattern)
		}
	})
}

func FuzzRange(f *testing.F) {
	for _, text := range []string{"*", "^1.4", "~1.4.2", ">=1.4 <2", ">2 <1", "1.x || >=2.5.0", "1 - 2", "!=1.2.3", ">=1.0.0-0 <1.0.0", "<0.0.1-rc.1", "^0.0", "=1.2.3-rc.1, <2", ""} {
		f.Add(text, uint64(1), uint64(4), uint64(2), "")
		f.Add(text, uint64(0), uint64(0), uint64(0), "rc.1")
	}
	f.Fuzz(func(t *testing.T, text string, major, minor, patch uint64, pre string) {
		c, err := compileRange("within", text)
		if err != nil {
			var e *SpecError
			if !errors.As(err, &e) || e.Field != "within" || e.Hint() == "" {
				t.Fatalf("%q: %v has no place or hint", text, err)
			}
			library, err := semver.NewConstraint(text)
			if pre != "" && !naiveForm.MatchString("1.0.0-"+pre) {
				pre = ""
			}
			if v := semver.New(major, minor, patch, pre, ""); err == nil && strings.TrimSpace(text) != "" && library.Check(v) {
				t.Fatalf("no version is said to be in %q, but %s is", text, v)
			}
			return
		}
		c.Check(semver.New(major, minor, patch, pre, ""))
	})
}

func FuzzDecide(f *testing.F) {
	for i, expr := range orders {
		f.Add(expr+" "+options[i%len(options)], strings.Join(newNasty(uint64(i)).tags(12), "\n"))
	}
	for _, expr := range []string{"like-current variant=any", "semver:* downgrade=true"} {
		f.Add(expr, strings.Join(odd, "\n"))
	}
	f.Fuzz(func(t *testing.T, expr, list string) {
		p, err := compileText(expr)
		if err != nil {
			return
		}
		tags := strings.Split(list, "\n")
		current := Image{Name: "web", Tag: tags[0]}
		offer := Offer{Listed: true, Tags: tags, Now: noon, Explain: true, Complete: len(expr)%2 == 0}
		d, needs := p.Decide(current, offer)
		slices.Reverse(offer.Tags)
		again, sameNeeds := p.Decide(current, offer)
		if !reflect.DeepEqual(again, d) || !reflect.DeepEqual(needs, sameNeeds) {
			t.Fatalf("%s depends on the order of %q: %+v and then %+v", expr, tags, d, again)
		}
		if len(needs) > 0 || !utf8.ValidString(current.Tag) {
			return
		}
		checkConsistent(t, expr, current, d)
		if d.Outcome == OutcomeUpdate && (!slices.Contains(tags, d.To.Tag) || !validTag(d.To.Tag)) {
			t.Fatalf("%s picks %q from %q", expr, d.To.Tag, tags)
		}
	})
}
