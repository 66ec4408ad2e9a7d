package policy

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// checkPick checks a pick against its policy with code of its own, which shares nothing with the orders.
func checkPick(t *testing.T, p Policy, current Image, picked string, w world) {
	t.Helper()
	spec, err := Parse(p.String())
	if err != nil {
		t.Fatal(err)
	}
	fail := func(rule string) {
		t.Helper()
		t.Fatalf("%s goes from %s to %s, which breaks %s\n%v", p, current, picked, rule, w.tags)
	}
	if picked != current.Tag && !admitted(spec, picked) {
		fail("deny")
	}
	if a := spec.Tags.Allow; len(a) > 0 && !slices.ContainsFunc(a, func(p string) bool { return regexp.MustCompile(p).MatchString(picked) }) {
		fail("allow")
	}
	if picked != current.Tag || spec.Moved == "follow" || spec.Digest != "" {
		checkGates(spec, picked, w, fail)
	}
	if spec.Digest != "" {
		return
	}
	if !slices.Contains(w.tags, picked) {
		fail("the list")
	}
	if len(spec.Tags.Allow) > 0 {
		return // what is extracted is not the tag
	}
	is, was := plainVersion(picked), plainVersion(current.Tag)
	if was != nil && len(was.parts) == 1 && was.parts[0].BitLen() > 9 {
		was = nil // a day or a build, which says nothing of versions
	}
	if spec.Semver != "" {
		checkVersion(spec, is, was, fail)
	}
	checkDirection(p, spec, current, picked, is, was, fail)
	for tag, made := range w.created {
		if spec.Newest && picked != current.Tag && tag != picked && tag != current.Tag && made.Equal(w.created[picked]) && slices.Contains(w.tags, tag) && admitted(spec, tag) {
			fail("having a date of its own, as " + tag + " says the same")
		}
	}
	if spec.LikeCurrent && spec.Variant == "" && !slices.Equal(plainWords(picked), plainWords(current.Tag)) {
		fail("variant")
	}
}

// admitted says whether a tag is one, and whether no pattern denies it.
func admitted(spec Spec, tag string) bool {
	return plainTag.MatchString(tag) && !strings.HasPrefix(tag, "sha256-") &&
		!slices.ContainsFunc(spec.Tags.Deny, func(p string) bool { return regexp.MustCompile(p).MatchString(tag) })
}

var plainTag = regexp.MustCompile(`^\w[\w.-]{0,127}$`)

func checkGates(spec Spec, picked string, w world, fail func(string)) {
	if age := noon.Sub(w.since[picked]); age < max(time.Duration(spec.MinAge), time.Duration(spec.Settle)) {
		fail("minAge or settle")
	}
	for _, wanted := range spec.Platforms {
		if !slices.ContainsFunc(w.platforms[picked], func(p string) bool { return strings.HasPrefix(p, wanted) }) {
			fail("platforms")
		}
	}
}

// checkVersion checks what semver promises about a version, and what is to be seen of the tag in use.
func checkVersion(spec Spec, is, was *naiveVersion, fail func(string)) {
	if is == nil {
		fail("being a version")
	}
	if spec.Precision == "" && len(is.parts) != 3 {
		fail("precision")
	}
	if !naiveRange(strings.Trim(strings.Replace(spec.Semver, "-0", "", 1), `"`)).has(is.release()) {
		fail("the range")
	}
	if spec.Within != "" && !naiveRange(spec.Within).has(is.release()) {
		fail("within")
	}
	if was == nil {
		return
	}
	if is.v != was.v {
		fail("prefix")
	}
	for i, step := range []string{"minor", "patch"} {
		if (spec.Jump == step || spec.Jump == "patch") && is.part(i).Cmp(was.part(i)) != 0 {
			fail("jump=" + spec.Jump)
		}
	}
	if spec.Precision == "more" && len(is.parts) < len(was.parts) {
		fail("precision=more")
	}
}

// checkDirection checks that nothing goes down unless the policy says so.
func checkDirection(p Policy, spec Spec, current Image, picked string, is, was *naiveVersion, fail func(string)) {
	if spec.Downgrade != nil || current.Tag == "" {
		return
	}
	switch {
	case spec.Alphabetical == "asc" && picked < current.Tag, spec.Alphabetical == "desc" && picked > current.Tag:
		fail("the order of bytes")
	case picked != current.Tag && !spec.Newest && !Newer(p, current.Tag, picked):
		fail("Newer")
	case spec.Semver != "" && was != nil && is.release().cmp(was.release()) < 0:
		fail("never down")
	}
}

var (
	plainHash = regexp.MustCompile(`(^|[-._])g?[0-9a-f]*([0-9][a-f]|[a-f][0-9])[0-9a-f]*`)
	plainPre  = regexp.MustCompile(`(?i)(alpha|beta|rc|dev|pre|b|m)[0-9]*`)
	plainWord = regexp.MustCompile(`[A-Za-z]{2,}`)
)

// plainWords returns the words of a tag that are neither hashes nor pre-releases.
func plainWords(tag string) []string {
	return plainWord.FindAllString(plainPre.ReplaceAllString(plainHash.ReplaceAllString(tag, "$1"), ""), -1)
}
