package policy

import (
	"strings"
	"testing"
)

func TestPrereleaseOption(t *testing.T) {
	run(t, []choice{
		{"unset: a range that names none", "semver:^1", "1.0.0", "1.1.0-rc.1 1.0.1", "-> 1.0.1"},
		{"unset: a range that names one", "semver:>=1.0.0-0", "1.0.0", "1.1.0-rc.1 1.0.1", "-> 1.1.0-rc.1"},
		{"unset: a release for the candidate in use", "semver:^1", "1.1.0-rc.1", "1.1.0 1.1.0-rc.2", "-> 1.1.0"},
		{"unset: like-current, another version's", "like-current", "1.1.0-rc.1", "1.2.0-rc.1", "stays"},
		{"unset: like-current, this version's", "like-current", "1.1.0-rc.1", "1.1.0-rc.2", "-> 1.1.0-rc.2"},
		{"unset: like-current, from a release", "like-current", "1.1.0", "1.2.0-rc.1", "stays"},
		{"unset: calver", "calver:YYYY.MM.MICRO", "2024.1.0b1", "2024.1.0b2 2024.2.0b1", "-> 2024.1.0b2"},
		{"false: a range that names one", "semver:>=1.0.0-0 prerelease=false", "1.0.0", "1.1.0-rc.1", "stays"},
		{"false: this version's", "like-current prerelease=false", "1.1.0-rc.1", "1.1.0-rc.2 1.1.0", "-> 1.1.0"},
		{"true: semver", "semver:^1 prerelease=true", "1.0.0", "1.1.0-rc.1", "-> 1.1.0-rc.1"},
		{"true: not of what the range leaves out", "semver:^1 prerelease=true", "1.0.0", "2.0.0-rc.1", "stays"},
		{"true: a lower one is not taken", "semver:^1 prerelease=true", "1.1.0", "1.1.0-rc.1", "stays"},
		{"true: like-current", "like-current prerelease=true", "1.0.0", "2.0.0-nightly", "-> 2.0.0-nightly"},
		{"true: calver", "calver:YYYY.MM.MICRO prerelease=true", "2024.1.0", "2024.2.0b1", "-> 2024.2.0b1"},
		{"words: the ones that are named", "semver:^1 prerelease=rc", "1.0.0", "1.1.0-rc.1 1.2.0-beta.1", "-> 1.1.0-rc.1"},
		{"words: several", "semver:^1 prerelease=rc,beta", "1.0.0", "1.1.0-rc.1 1.2.0-beta.1 1.3.0-alpha", "-> 1.2.0-beta.1"},
		{"words: another way to write one", "like-current prerelease=beta", "3.11.0", "3.12.0b1 3.12.0a9", "-> 3.12.0b1"},
		{"words: in any case", "like-current prerelease=RC", "1.0.0", "1.1.0-rc1 1.2.0-Beta1", "-> 1.1.0-rc1"},
		{"words: cr is rc", "like-current prerelease=rc", "1.0.0", "1.1.0.CR1", "-> 1.1.0.CR1"},
		{"ways to write one word compare: beta", "like-current", "1.0.0-beta9", "1.0.0b10 1.0.0b8", "-> 1.0.0b10"},
		{"ways to write one word compare: case", "like-current", "1.0.0-beta9", "1.0.0-RC1", "-> 1.0.0-RC1"},
		{"words: releases all the same", "semver:^1 prerelease=rc", "1.0.0", "1.1.0 1.1.0-rc.1", "-> 1.1.0"},
		{"words: of a variant", "semver:^1 prerelease=rc", "1.0.0-alpine", "1.1.0-rc.1-alpine 1.2.0-rc.1", "-> 1.1.0-rc.1-alpine"},
	})
}

func TestVariantOption(t *testing.T) {
	run(t, []choice{
		{"keep", "semver:^1 variant=keep", "1.0.0-alpine", "1.1.0-alpine 1.2.0 1.3.0-slim", "-> 1.1.0-alpine"},
		{"keep none", "semver:^1", "1.0.0", "1.1.0-alpine", "stays"},
		{"any", "semver:^1 variant=any", "1.0.0-alpine", "1.1.0-alpine 1.2.0 1.3.0-slim", "-> 1.3.0-slim"},
		{"any keeps the prefix", "semver:^1 variant=any", "1.0.0-alpine", "1.1.0 v1.2.0", "-> 1.1.0"},
		{"a name", "semver:^1 variant=slim", "1.0.0-alpine", "1.1.0-alpine 1.3.0-slim 1.4.0-slim-bookworm", "-> 1.3.0-slim"},
		{"a name in use already", "semver:^1 variant=alpine", "1.0.0-alpine3.17", "1.0.0-alpine3.18 1.1.0-alpine3.16", "-> 1.1.0-alpine3.16"},
		{"its own version orders when nothing else does", "semver:^1 variant=alpine", "1.0.0-alpine3.9", "1.0.0-alpine3.18", "-> 1.0.0-alpine3.18"},
		{"its own version does not go down", "semver:^1 variant=alpine", "1.0.0-alpine3.18", "1.0.0-alpine3.9", "stays"},
		{"a name of two words", "like-current variant=fpm-alpine", "8.2.12-fpm-alpine3.17", "8.2.13-fpm-alpine3.18 8.2.14-cli-alpine3.18", "-> 8.2.13-fpm-alpine3.18"},
		{"a name that no tag has", "semver:^1 variant=slim", "1.0.0", "1.1.0", "none tags/no-match"},
		{"a tag that is nothing else: kept", "like-current", "alpine3.17", "alpine3.18", "held current/unreadable"},
		{"a tag that is nothing else: named", "like-current variant=alpine", "alpine3.9", "alpine3.18 bullseye12", "-> alpine3.18"},
		{"calver keeps it", "calver:YYYY.0M", "2024.01-slim", "2024.02-slim 2024.03", "-> 2024.02-slim"},
		{"calver, any", "calver:YYYY.0M variant=any", "2024.01-slim", "2024.02-slim 2024.03", "-> 2024.03"},
	})
}

func TestPrecisionOption(t *testing.T) {
	run(t, []choice{
		{"semver: three unless told", "semver:*", "1.2.3", "1.3 2", "stays"},
		{"semver: one", "semver:* precision=1", "1", "2 2.1 2.1.0", "-> 2"},
		{"semver: two", "semver:* precision=2", "1.2", "1.3 1.4.0 2", "-> 1.3"},
		{"semver: three, from two", "semver:* precision=3", "1.2", "1.2.9 1.3", "-> 1.2.9"},
		{"semver: same", "semver:* precision=same", "1.2", "1.3 1.4.0", "-> 1.3"},
		{"semver: more", "semver:* precision=more", "1.2", "1.3 1.4.0 2", "-> 1.4.0"},
		{"semver: any", "semver:* precision=any", "1.2.0", "1.3 2", "-> 2"},
		{"like-current: same unless told", "like-current", "1.2", "1.3 1.4.0 2", "-> 1.3"},
		{"like-current: more", "like-current precision=more", "1.2", "1.3 1.4.0 2", "-> 1.4.0"},
		{"like-current: more, as many", "like-current precision=more", "1.2", "1.3 2", "-> 1.3"},
		{"like-current: any", "like-current precision=any", "1.2.0", "1.3 2", "-> 2"},
		{"like-current: four", "like-current precision=4", "1.2.3", "1.2.4 1.2.3.4", "-> 1.2.3.4"},
		{"like-current: one build is named", "like-current", "11.0.16_8-jdk", "11.0.16.1_1-jdk", "-> 11.0.16.1_1-jdk"},
		{"like-current: a short one of a build is above the longer ones", "like-current", "3.9-20240101", "4-20240201 4.1-20240301", "-> 4-20240201"},
		{"like-current: and so when it is in use", "like-current", "4-20240201", "4.1-20240301 3.9-20240401", "stays"},
		{"like-current: and back", "like-current", "11.0.16.1_1-jdk", "11.0.17_8-jdk", "-> 11.0.17_8-jdk"},
	})
}

func TestJumpOption(t *testing.T) {
	const tags = "1.4.3 1.5.0 2.0.0"
	for _, order := range []string{"semver:*", "like-current"} {
		run(t, []choice{
			{order + " patch", order + " jump=patch", "1.4.2", tags, "-> 1.4.3"},
			{order + " minor", order + " jump=minor", "1.4.2", tags, "-> 1.5.0"},
			{order + " major", order + " jump=major", "1.4.2", tags, "-> 2.0.0"},
			{order + " unset", order, "1.4.2", tags, "-> 2.0.0"},
			{order + " too large", order + " jump=patch", "1.3.9", tags, "stays"},
			{order + " with zeros", order + " jump=patch", "01.04.2", tags, "-> 1.4.3"},
		})
	}
	run(t, []choice{
		{"two parts", "like-current jump=minor", "1.4", "1.5 2.0", "-> 1.5"},
		{"two parts have no patch", "like-current jump=patch", "1.4", "1.5 2.0", "stays"},
		{"one part", "like-current jump=minor", "15", "16", "stays"},
		{"four parts", "like-current jump=patch", "1.2.3.4", "1.2.4.0 1.2.3.5 1.3.0.0", "-> 1.2.4.0"},
		{"dates have none", "like-current jump=patch", "20240115", "20250101", "-> 20250101"},
		{"from more parts to fewer", "semver:* precision=any jump=minor", "1.4.2", "1.5 2", "-> 1.5"},
	})
}

func TestWithinOption(t *testing.T) {
	run(t, []choice{
		{"semver", "semver:* within=<3", "1.0.0", "2.9.9 3.0.0", "-> 2.9.9"},
		{"like-current", "like-current within=<3", "1.0", "2.9 3.0", "-> 2.9"},
		{"like-current, one part", `like-current within="<16"`, "14", "15 16", "-> 15"},
		{"a pre-release of what is outside", "like-current within=<3 prerelease=true", "1.0.0", "3.0.0-rc.1 2.0.0-rc.1", "-> 2.0.0-rc.1"},
		{"calver", `calver:YYYY.MM.MICRO within="<2025"`, "2024.1.0", "2024.12.1 2025.1.0", "-> 2024.12.1"},
		{"what has no version is within", "like-current within=<3", "20240115", "20240116", "-> 20240116"},
		{"the one in use is outside", "like-current within=<3", "4.0", "2.9", "held downgrade/held"},
		{"too long to say", "like-current within=<3", "1", "18446744073709551616", "stays"},
	})
}

func TestPinOption(t *testing.T) {
	a, b := shaA[:19], shaB[:19]
	for _, tt := range []struct{ name, options, current, want string }{
		{"a tag", "", "web:1.0.0", "-> 1.1.0"},
		{"a tag with a digest", "", "web:1.0.0@" + shaA, "-> 1.1.0@" + b},
		{"the same, said", "pin=keep", "web:1.0.0@" + shaA, "-> 1.1.0@" + b},
		{"a digest", "pin=digest", "web:1.0.0", "-> 1.1.0@" + b},
		{"a digest that is there", "pin=digest", "web:1.0.0@" + shaA, "-> 1.1.0@" + b},
		{"a tag alone", "pin=tag", "web:1.0.0@" + shaA, "-> 1.1.0"},
		{"already the best: kept", "", "web:1.1.0@" + shaA, "stays"},
		{"already the best: a digest is added", "pin=digest", "web:1.1.0", "-> 1.1.0@" + b},
		{"already the best: a digest stays", "pin=digest", "web:1.1.0@" + shaA, "stays"},
		{"already the best: a digest is dropped", "pin=tag", "web:1.1.0@" + shaA, "-> 1.1.0"},
		{"already the best: no digest stays none", "pin=tag", "web:1.1.0", "stays"},
		{"a digest alone stays one", "downgrade=true", "web@" + shaA, "-> " + b},
		{"a digest alone is the best already", "downgrade=true", "web@" + shaB, "stays"},
		{"a digest alone becomes a tag", "downgrade=true pin=tag", "web@" + shaA, "-> 1.1.0"},
		{"a digest alone stays one when pinned", "downgrade=true pin=digest", "web@" + shaA, "-> " + b},
		{"a digest alone has no place", "", "web@" + shaA, "held current/unreadable"},
		{"ignored", "moved=ignore", "web:1.1.0@" + shaA, "stays"},
		{"followed", "moved=follow", "web:1.1.0@" + shaA, "-> 1.1.0@" + b},
		{"followed, same", "moved=follow", "web:1.1.0@" + shaB, "stays"},
		{"followed, without a digest nothing moves", "moved=follow", "web:1.1.0", "stays"},
		{"held", "moved=hold", "web:1.1.0@" + shaA, "held digest/moved"},
		{"held, same", "moved=hold", "web:1.1.0@" + shaB, "stays"},
		{"held, but a better tag is taken", "moved=hold", "web:1.0.0@" + shaA, "-> 1.1.0@" + b},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := world{tags: []string{"1.0.0", "1.1.0"}, digests: map[string]string{"1.0.0": shaA, "1.1.0": shaB}}
			d, _ := w.decide(t, "semver:* "+tt.options, tt.current)
			if got := sketch(d); got != tt.want {
				t.Errorf("%s at %s: got %s, want %s (a is %s)", tt.options, tt.current, got, tt.want, a)
			}
		})
	}
}

// A look-up that fails changes nothing and chooses nothing.
func TestDigestsThatFail(t *testing.T) {
	for _, tt := range []struct{ expr, current string }{
		{"semver:* pin=digest", "web:1.0.0"},
		{"semver:*", "web:1.0.0@" + shaA},
		{"semver:* pin=digest", "web:1.1.0"},
		{"semver:* moved=follow", "web:1.1.0@" + shaA},
		{"semver:* moved=hold", "web:1.1.0@" + shaA},
		{"digest:1.1.0", "web:1.1.0@" + shaA},
	} {
		d, _ := world{tags: []string{"1.0.0", "1.1.0"}}.decide(t, tt.expr, tt.current)
		if got := sketch(d); got != "unknown registry/not-found" || verdictOf(d, "1.1.0") != ReasonDigestUnknown || d.Err == nil {
			t.Errorf("%s at %s: got %s, %+v", tt.expr, tt.current, got, d.Verdicts)
		}
	}
}

// A digest whose platforms give what they gave before is no update.
func TestSameContent(t *testing.T) {
	for _, tt := range []struct{ name, expr, was, is, want string }{
		{"an attestation was added", "digest:stable", "linux/amd64=x", "linux/amd64=x", "current digest/same-content stable@" + shaA[:19]},
		{"the same in another order", "digest:stable", "linux/amd64=x linux/arm64=y", "linux/arm64=y linux/amd64=x", "current digest/same-content stable@" + shaA[:19]},
		{"another content", "digest:stable", "linux/amd64=x", "linux/amd64=z", "-> stable@" + shaB[:19]},
		{"one more platform", "digest:stable", "linux/amd64=x", "linux/amd64=x linux/arm64=y", "-> stable@" + shaB[:19]},
		{"one more platform that nobody wants", "digest:stable platforms=linux/amd64", "linux/amd64=x", "linux/amd64=x linux/arm64=y", "current digest/same-content stable@" + shaA[:19]},
		{"the wanted platform changed", "digest:stable platforms=linux/arm64", "linux/amd64=x linux/arm64=y", "linux/amd64=x linux/arm64=z", "-> stable@" + shaB[:19]},
		{"nobody knows the content", "digest:stable", "linux/amd64", "linux/amd64", "-> stable@" + shaB[:19]},
		{"no platform at all", "digest:stable", "", "", "-> stable@" + shaB[:19]},
		{"the old one is gone", "digest:stable", "gone", "linux/amd64=x", "-> stable@" + shaB[:19]},
		{"a tag that moved", "alphabetical moved=follow", "linux/amd64=x", "linux/amd64=x", "current digest/same-content stable@" + shaA[:19]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := world{
				tags: []string{"stable"}, digests: map[string]string{"stable": shaB},
				platforms: map[string][]string{shaA: strings.Fields(tt.was), shaB: strings.Fields(tt.is), "stable": strings.Fields(tt.is)},
			}
			if tt.was == "gone" {
				delete(w.platforms, shaA)
			}
			d, _ := w.decide(t, tt.expr, "web:stable@"+shaA)
			if got := sketch(d); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestDowngradeOption(t *testing.T) {
	run(t, []choice{
		{"false: a lower one is held", "semver:~1.2", "1.4.0", "1.2.9", "held downgrade/held"},
		{"said: false", "semver:~1.2 downgrade=false", "1.4.0", "1.2.9", "held downgrade/held"},
		{"true: the best that is allowed", "semver:~1.2 downgrade=true", "1.4.0", "1.2.9 1.2.8", "-> 1.2.9"},
		{"true: higher ones as ever", "semver:^1 downgrade=true", "1.4.0", "1.5.0", "-> 1.5.0"},
		{"true: the best is in use", "semver:^1 downgrade=true", "1.4.0", "1.2.9", "stays"},
		{"true: from what nobody can read", "semver:^1 downgrade=true", "latest", "1.2.9", "-> 1.2.9"},
		{"true: like-current has nothing to go by", "like-current downgrade=true", "latest", "1.2.9", "held current/unreadable"},
		{"equal is no update, also from what is denied", "semver:^1 deny=^1.4.00$", "1.4.00", "1.4.0", "stays"},
		{"true: equal to what is denied is taken", "semver:^1 downgrade=true deny=^1.4.0$", "1.4.0", "1.4.00", "-> 1.4.00"},
		{"numerical", "numerical deny=^9$", "9", "8 7", "held downgrade/held"},
		{"numerical, told", "numerical deny=^9$ downgrade=true", "9", "8 7", "-> 8"},
		{"descending goes down by itself", "numerical:desc", "9", "8 7", "-> 7"},
		{"descending, held", "numerical:desc deny=^7$", "7", "8 9", "held downgrade/held"},
	})
}

// Where nothing is in use yet, the best tag is taken, without a variant unless one is told.
func TestAnew(t *testing.T) {
	for _, tt := range []struct{ expr, tags, want string }{
		{"semver:^1", "1.4.0 v1.5.0 1.6.0-alpine 2.0.0", "-> v1.5.0"},
		{"semver:>=1.0.0-0", "1.4.0 1.6.0-rc.1 1.5.0", "-> 1.6.0-rc.1"},
		{"semver:^1 variant=alpine", "1.7.0 1.6.0-alpine 1.5.0-alpine", "-> 1.6.0-alpine"},
		{"semver:^1 variant=any", "1.4.0 1.6.0-alpine", "-> 1.6.0-alpine"},
		{"semver:^1 jump=patch", "1.4.0 1.5.0", "-> 1.5.0"},
		{"calver:YYYY.0M", "2024.01 2024.02-alpine", "-> 2024.01"},
		{"calver:YYYY.0M variant=any", "2024.01 2024.02-alpine", "-> 2024.02-alpine"},
		{"numerical", "9 10", "-> 10"},
		{"alphabetical", "9 10", "-> 9"},
		{"like-current", "1.0.0", "held current/unreadable"},
		{"semver:^9", "1.0.0", "none tags/no-match"},
		{"semver:^9", "", "none tags/no-match"},
	} {
		w := world{tags: strings.Fields(tt.tags), offer: Offer{Anew: true}}
		d, _ := w.decide(t, tt.expr, "web")
		if got := sketch(d); got != tt.want {
			t.Errorf("%s among %s: got %s, want %s", tt.expr, tt.tags, got, tt.want)
		}
	}
}

// The details of verdicts say what a tag would have to be, and nobody pays for them unless they were asked for.
func TestDetails(t *testing.T) {
	for _, tt := range []struct{ expr, tag, want string }{
		{"semver:^1", "2.0.0", "not in ^1"},
		{"semver:^1", "1.1.0-alpine", "not written like 1.0.0"},
		{"semver:^1 variant=slim", "1.1.0-alpine", "not the variant slim"},
		{"semver:^1", "v1.1.0", "not written like 1.0.0"},
		{"semver:^1 precision=2", "1.1.0", "wanted are 2 parts"},
		{"like-current", "1.1", "not as many parts as 1.0.0"},
		{"like-current jump=patch", "1.1.0", "more than a patch step from 1.0.0"},
		{"like-current within=<3", "3.0.0", "not within <3"},
		{"like-current deny=x deny=^2", "2.0.0", "matches ^2"},
		{"like-current allow=^1", "2.0.0", "matches no pattern of tags.allow"},
		{"calver:MAJOR.MINOR.MICRO", "2.0", "not of the layout MAJOR.MINOR.MICRO"},
	} {
		for _, explain := range []bool{false, true} {
			d, _ := world{tags: []string{"1.0.0", tt.tag}, offer: Offer{Explain: explain}}.decide(t, tt.expr, "web:1.0.0")
			for _, v := range d.Verdicts {
				if want := map[bool]string{true: tt.want}[explain]; v.Tag == tt.tag && v.Detail != want {
					t.Errorf("%s of %s: got %q, want %q", tt.expr, tt.tag, v.Detail, want)
				}
			}
		}
	}
}

func TestNumericalAndAlphabetical(t *testing.T) {
	run(t, []choice{
		{"numbers, not text", "numerical", "9", "10 8", "-> 10"},
		{"exact beyond 2^64", "numerical", "18446744073709551616", "18446744073709551617", "-> 18446744073709551617"},
		{"decimals", "numerical", "47.39", "47.409 47.4", "-> 47.409"},
		{"decimals with zeros mean the same", "numerical", "47.40", "47.4 047.400", "stays"},
		{"no exponents, no infinity", "numerical", "1", "1e3 Inf NaN 0x10 1.2.3 1_000", "stays"},
		{"below zero when extracted", `numerical allow=^t(?P<n>.*)$ extract=$n`, "t-2", "t-1 t-10", "-> t-1"},
		{"what is in use is no number", "numerical", "latest", "1 2", "held current/unreadable"},
		{"bytes", "alphabetical", "b", "a Z c", "-> c"},
		{"bytes, descending", "alphabetical:desc", "b", "a Z c", "-> Z"},
		{"bytes, not numbers", "alphabetical", "9", "10", "stays"},
		{"what cannot be extracted in use", `alphabetical allow=^r(?P<n>\d+)$ extract=$n`, "latest", "r1 r2", "held current/unreadable"},
		{"an extraction that is empty", `alphabetical allow=^r(?P<n>\d*)$ extract=$n`, "r1", "r r2", "-> r2"},
		{"several groups", `numerical allow=^(\d+)-(\d+)$ extract=$1$2`, "10-01", "9-99 10-02", "-> 10-02"},
		{"the first pattern that matches", `numerical allow=^a(?P<n>\d+) allow=^(?P<n>\d) extract=$n`, "a10", "a9 99 a11", "-> a11"},
	})
}

func TestVeryLongTags(t *testing.T) {
	digits := strings.Repeat("9", 128)
	up := "1" + strings.Repeat("0", 127)
	run(t, []choice{
		{"128 digits", "like-current", strings.Repeat("1", 128), digits, "-> " + digits},
		{"127 and 128 digits", "numerical", strings.Repeat("9", 127), up, "-> " + up},
		{"128 digits are no semantic version", "semver:* precision=any", "1.0.0", digits, "stays"},
		{"129 characters are no tag", "alphabetical", "1", digits + "9", "stays"},
		{"a part of 100 digits", "like-current", "1." + digits[:99] + ".1", "1." + digits[:100] + ".0", "-> 1." + digits[:100] + ".0"},
		{"a pre-release of 100 digits", "like-current", "1.0.0-rc1", "1.0.0-rc" + digits[:100], "-> 1.0.0-rc" + digits[:100]},
		{"64 parts", "like-current", strings.Repeat("1.", 63) + "1", strings.Repeat("1.", 63) + "2", "-> " + strings.Repeat("1.", 63) + "2"},
		{"64 words", "like-current", "1" + strings.Repeat("-a", 63), "2" + strings.Repeat("-a", 63), "-> 2" + strings.Repeat("-a", 63)},
	})
}

// Memory is bounded by the number of tags: two allocations for each are more than any order needs.
func TestManyTagsInBoundedMemory(t *testing.T) {
	tags := manyTags(20_000) // BenchmarkDecide has more
	for _, tt := range []struct {
		expr, current string
		most          float64
	}{
		{"semver:^1", "1.1.1", 60_000},
		{"like-current allow=^1\\.", "1.1.1", 40_000},
		{"calver:YYYY0M0D.MICRO", "20240101.0", 40_000},
		{"digest:stable", "1.1.1", 1000},
	} {
		p := mustCompile(t, tt.expr)
		offer := Offer{Listed: true, Complete: true, Tags: tags, Digests: map[string]Digest{"stable": {Value: shaB}}}
		if got := testing.AllocsPerRun(1, func() { p.Decide(Image{Name: "web", Tag: tt.current}, offer) }); got > tt.most {
			t.Errorf("%s over %d tags: %.0f allocations, at most %.0f are expected", tt.expr, len(tags), got, tt.most)
		}
	}
}
