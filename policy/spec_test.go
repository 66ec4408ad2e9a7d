package policy

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// Each policy has one mistake; the error names its place, and the hint says what to do.
func TestSpecErrors(t *testing.T) {
	day := Duration(24 * time.Hour)
	like := func(change func(*Spec)) Spec {
		s := Spec{LikeCurrent: true}
		change(&s)
		return s
	}
	for _, tt := range []struct {
		spec                 Spec
		field, message, hint string
	}{
		{Spec{}, "", "no order", "semver, calver"},
		{Spec{Semver: "^1", Newest: true}, "", "two orders, semver and newest", "one order"},
		{Spec{Digest: "a", LikeCurrent: true, Ignore: true}, "", "two orders, digest and like-current", "one order"},
		{Spec{Extends: "web"}, "extends", "no named policies", "write the order"},
		{Spec{Semver: "abc"}, "semver", `"abc" is not a range`, "^1.4"},
		{Spec{Semver: ">2 <1"}, "semver", "no version is in", "exclude each other"},
		{Spec{Semver: ">=1.2.3 <1.2.3"}, "semver", "no version is in", "exclude each other"},
		{Spec{Semver: "=1 !=1"}, "semver", "no version is in", "exclude each other"},
		{Spec{Semver: "^1", Precision: "4"}, "precision", "at most three", "like-current"},
		{Spec{Calver: "YYYY.QQ"}, "calver", `unknown token "QQ"`, "MICRO"},
		{Spec{Numerical: "up"}, "numerical", `unknown numerical "up"`, "asc, desc"},
		{Spec{Alphabetical: "ASC"}, "alphabetical", `unknown alphabetical "ASC"`, "asc, desc"},
		{Spec{Digest: "-x"}, "digest", "is not a tag", "digest:stable"},
		{Spec{Digest: "stable", Pin: "tag"}, "pin", "a digest is what", "remove pin=tag"},
		{Spec{Digest: "stable", Jump: "patch"}, "jump", "means nothing with digest", "semver, like-current"},
		{Spec{Newest: true, Prerelease: "true"}, "prerelease", "means nothing with newest", "semver, calver"},
		{Spec{Newest: true, Tags: TagFilter{Allow: []string{"(a)"}, Extract: "$1"}}, "tags.extract", "means nothing with newest", "semver"},
		{Spec{Numerical: "asc", Variant: "any"}, "variant", "means nothing with numerical", "semver"},
		{Spec{Calver: "YYYY", Precision: "3"}, "precision", "means nothing with calver", "semver"},
		{Spec{Ignore: true, MinAge: day}, "minAge", "means nothing with ignore", "remove it"},
		{like(func(s *Spec) { s.Image = "web:1" }), "image", "is not an image repository", "without a tag"},
		{like(func(s *Spec) { s.Jump = "huge" }), "jump", `unknown jump "huge"`, "patch, minor, major"},
		{like(func(s *Spec) { s.Pin = "yes" }), "pin", `unknown pin "yes"`, "keep, digest, tag"},
		{like(func(s *Spec) { s.Moved = "ask" }), "moved", `unknown moved "ask"`, "ignore, hold, follow"},
		{like(func(s *Spec) { s.Pin, s.Moved = "tag", "hold" }), "moved", "without a digest nothing moves", "remove"},
		{like(func(s *Spec) { s.Precision = "5" }), "precision", `unknown precision "5"`, "same, more, any"},
		{like(func(s *Spec) { s.Within = ">1 <1" }), "within", "no version is in", "exclude"},
		{like(func(s *Spec) { s.Within = "one" }), "within", "is not a range", "^1.4"},
		{like(func(s *Spec) { s.Variant = "a b" }), "variant", `"a b" is no variant`, "alpine"},
		{like(func(s *Spec) { s.Prerelease = "rc1" }), "prerelease", `"rc1" is no pre-release word`, "without their numbers"},
		{like(func(s *Spec) { s.Prerelease = "rc,,beta" }), "prerelease", `"" is no pre-release word`, "rc,beta"},
		{like(func(s *Spec) { s.Prerelease = "true,rc" }), "prerelease", `"true" is no pre-release word`, "true, false"},
		{like(func(s *Spec) { s.Platforms = []string{"linux/amd64", "amd64"} }), "platforms[1]", `"amd64" is no platform`, "linux/amd64"},
		{like(func(s *Spec) { s.Platforms = []string{""} }), "platforms[0]", `"" is no platform`, "linux/amd64"},
		{like(func(s *Spec) { s.Platforms = []string{"linux/arm64/v8/x"} }), "platforms[0]", "is no platform", "linux/amd64"},
		{like(func(s *Spec) { s.MinAge = -day }), "minAge", "a negative duration", "72h"},
		{like(func(s *Spec) { s.Settle = -day }), "settle", "a negative duration", "72h"},
		{like(func(s *Spec) { s.Follow = Follow{For: day} }), "follow.path", "an empty pattern", "**"},
		{like(func(s *Spec) { s.Follow = Follow{Path: "a/[b"} }), "follow.path", "not a pattern", "**"},
		{like(func(s *Spec) { s.Follow = Follow{Path: "a", For: -day} }), "follow.for", "a negative duration", "72h"},
		{like(func(s *Spec) { s.Freeze = []Freeze{{Cron: "0 16 * * 5", For: day}, {Cron: "x", For: day}} }), "freeze[1].cron", `"x"`, "five fields"},
		{like(func(s *Spec) { s.Freeze = []Freeze{{Cron: "0 0 30 2 *", For: day}} }), "freeze[0].cron", "never comes", "30th of February"},
		{like(func(s *Spec) { s.Freeze = []Freeze{{Cron: "@every 1h", For: day}} }), "freeze[0].cron", "no time at which", "five fields"},
		{like(func(s *Spec) { s.Freeze = []Freeze{{Cron: "CRON_TZ=UTC 0 0 * * *", For: day}} }), "freeze[0].cron", "no time at which", "timeZone"},
		{like(func(s *Spec) { s.Freeze = []Freeze{{Cron: "0 0 * * *"}} }), "freeze[0].for", "not the length of a window", "64h"},
		{like(func(s *Spec) { s.Freeze = []Freeze{{Cron: "0 0 * * *", For: 400 * day}} }), "freeze[0].for", "not the length of a window", "a year"},
		{like(func(s *Spec) { s.Freeze = []Freeze{{Cron: "0 0 * * *", For: day, TimeZone: "Berlin"}} }), "freeze[0].timeZone", "unknown time zone", "Europe/Berlin"},
		{like(func(s *Spec) { s.Freeze = []Freeze{{Cron: "0 0 * * *", For: day, TimeZone: "Local"}} }), "freeze[0].timeZone", "unknown time zone", "IANA"},
		{like(func(s *Spec) { s.Tags.Allow = []string{"("} }), "tags.allow[0]", "missing closing )", "RE2"},
		{like(func(s *Spec) { s.Tags.Deny = []string{"x", "(?=x)"} }), "tags.deny[1]", "(?=", "no look-ahead"},
		{like(func(s *Spec) { s.Tags.Allow = []string{strings.Repeat("a", 1001)} }), "tags.allow[0]", "1001 characters", "at most 1000"},
		{like(func(s *Spec) { s.Tags.Allow = []string{"a b"} }), "tags.allow[0]", "no tag can match", "spaces count"},
		{like(func(s *Spec) { s.Tags.Deny = []string{"a^b"} }), "tags.deny[0]", "no tag can match", "^ stands"},
		{like(func(s *Spec) { s.Tags.Deny = []string{"^$"} }), "tags.deny[0]", "no tag can match", "tags are"},
		{like(func(s *Spec) { s.Tags.Deny = []string{"^1:2"} }), "tags.deny[0]", "no tag can match", "tags are"},
		{like(func(s *Spec) { s.Tags.Deny = []string{`a\b\w`} }), "tags.deny[0]", "no tag can match", "tags are"},
		{like(func(s *Spec) { s.Tags.Extract = "$x" }), "tags.extract", "nothing to extract from", "allow"},
		{like(func(s *Spec) { s.Tags = TagFilter{Allow: []string{"a"}, Extract: "x"} }), "tags.extract", "every tag would be the same", "$name"},
		{like(func(s *Spec) { s.Tags = TagFilter{Allow: []string{"(a)"}, Extract: "$"} }), "tags.extract", "a dollar without a group", "$$"},
		{like(func(s *Spec) { s.Tags = TagFilter{Allow: []string{"(a)"}, Extract: "$2"} }), "tags.extract", `no group "2"`, "1 groups without names"},
		{like(func(s *Spec) { s.Tags = TagFilter{Allow: []string{"(?P<v>a)"}, Extract: "$vx"} }), "tags.extract", `no group "vx"`, "${name}"},
		{like(func(s *Spec) { s.Tags = TagFilter{Allow: []string{"a"}, Extract: "$v"} }), "tags.extract", `no group "v"`, "no groups"},
		{like(func(s *Spec) { s.Tags = TagFilter{Allow: []string{"(?P<v>a)", "(b)"}, Extract: "$v"} }), "tags.extract", `in tags.allow[1]`, "without names"},
	} {
		_, err := Compile(tt.spec)
		var e *SpecError
		if !errors.As(err, &e) || e.Field != tt.field || !strings.Contains(e.Message, tt.message) || !strings.Contains(e.Hint(), tt.hint) {
			t.Errorf("%s: got %q, hint %q, want %s: %s, hint %s", tt.spec, err, hintOf(err), tt.field, tt.message, tt.hint)
		}
		if e != nil && e.Kind() != "invalid" {
			t.Errorf("%s: the kind is %s", tt.spec, e.Kind())
		}
	}
}

func hintOf(err error) string {
	if e, ok := errors.AsType[*SpecError](err); ok {
		return e.Hint()
	}
	return ""
}

// The patterns and ranges that look odd and are fine.
func TestOddButFine(t *testing.T) {
	for _, expr := range []string{
		"semver:=1.2.3", "semver:!=1.2.3", `semver:">=1.0.0-0 <1.0.0"`, `semver:"1.x || >=2.5"`, `semver:"1 - 2"`, "semver:<0.0.1", "semver:<1.0.0-alpha.1",
		`semver:">1.2.3-rc.1 <1.2.3"`, "semver:~0", `semver:">=1 !=1.0.0 !=1.0.1 <1.0.3"`,
		"like-current allow=.*", `like-current allow=^\d`, "like-current deny=$", "like-current allow=(?i)^ALPINE$", `like-current allow=\b`,
		"like-current allow=[^a]", `like-current allow=x|a^b`, "like-current platforms=linux/arm/v6,windows/amd64",
		`like-current allow=(?P<v>\d+) extract=v$v$$`, `like-current freeze="0 0 29 2 * for 24h"`, "like-current prerelease=RC,Beta", "like-current minAge=1ns",
	} {
		mustCompile(t, expr)
	}
}

func TestResolve(t *testing.T) {
	downgrade := true
	named := map[string]Spec{
		"base":    {Semver: "^1", Jump: "minor", MinAge: Duration(time.Hour), Tags: TagFilter{Allow: []string{"a"}, Deny: []string{"b"}}, Downgrade: &downgrade, Image: "web"},
		"middle":  {Extends: "base", Jump: "patch", Tags: TagFilter{Deny: []string{"c"}}},
		"self":    {Extends: "self"},
		"ping":    {Extends: "pong"},
		"pong":    {Extends: "ping"},
		"dangle":  {Extends: "nobody"},
		"options": {Pin: "digest"},
	}
	for _, tt := range []struct {
		name string
		spec Spec
		want string
	}{
		{"nothing to extend", Spec{Semver: "^2"}, "semver:^2"},
		{"all of it", Spec{Extends: "base"}, "semver:^1 allow=a deny=b jump=minor minAge=1h downgrade=true"},
		{"over two", Spec{Extends: "middle"}, "semver:^1 allow=a deny=c jump=patch minAge=1h downgrade=true"},
		{"its own counts", Spec{Extends: "base", MinAge: Duration(2 * time.Hour), Tags: TagFilter{Deny: []string{"x"}}}, "semver:^1 allow=a deny=x jump=minor minAge=2h downgrade=true"},
		{"another order, without what means nothing to it", Spec{Extends: "base", Digest: "stable"}, "digest:stable allow=a deny=b minAge=1h"},
		{"ignore", Spec{Extends: "base", Ignore: true}, "ignore"},
		{"options alone", Spec{Semver: "^1", Extends: "options"}, "semver:^1 pin=digest"},
	} {
		got, err := Resolve(tt.spec, named)
		if err != nil || got.String() != tt.want {
			t.Errorf("%s: got %s, %v, want %s", tt.name, got, err, tt.want)
		} else if _, err := Compile(got); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if got, err := Resolve(Spec{Extends: "middle"}, named); err != nil || got.Image != "web" {
		t.Errorf("the image is %q, %v, want web", got.Image, err)
	}
	for name, want := range map[string]string{
		"self": "a circle: self -> self", "ping": "a circle: ping -> pong -> ping", "dangle": `unknown policy "nobody"`, "bas": `unknown policy "bas"`,
	} {
		_, err := Resolve(Spec{Extends: name}, named)
		var e *SpecError
		if !errors.As(err, &e) || e.Field != "extends" || e.Message != want || e.Hint() == "" {
			t.Errorf("%s: got %v, hint %q, want %s", name, err, hintOf(err), want)
		}
	}
}
