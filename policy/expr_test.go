package policy

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in, out string
		want    Spec
	}{
		{"semver:^1.4", "semver:^1.4", Spec{Semver: "^1.4"}},
		{`semver:">=1.4 <2"`, `semver:">=1.4 <2"`, Spec{Semver: ">=1.4 <2"}},
		{"  semver:*  ", "semver:*", Spec{Semver: "*"}},
		{"semver:>=1.0", "semver:>=1.0", Spec{Semver: ">=1.0"}},
		{"digest:stable", "digest:stable", Spec{Digest: "stable"}},
		{"ignore", "ignore", Spec{Ignore: true}},
		{
			`semver:^1 allow=^v?\d deny=-debug$ deny="a b"`, `semver:^1 allow=^v?\d deny=-debug$ deny="a b"`,
			Spec{Semver: "^1", Tags: TagFilter{Allow: []string{`^v?\d`}, Deny: []string{"-debug$", "a b"}}},
		},
		{
			`semver:^1 deny="say \"no\" \d \\w"`, `semver:^1 deny="say \"no\" \\d \\w"`,
			Spec{Semver: "^1", Tags: TagFilter{Deny: []string{`say "no" \d \w`}}},
		},
	}
	for _, tt := range tests {
		got, err := Parse(tt.in)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.in, err)
			continue
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("Parse(%q) = %+v, want %+v", tt.in, got, tt.want)
		}
		if got.String() != tt.out {
			t.Errorf("Parse(%q).String() = %q, want %q", tt.in, got, tt.out)
		}
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		in      string
		column  int
		message string
	}{
		{"", 1, "empty expression"},
		{"semver", 1, "semver without an argument"},
		{"semver:", 1, "semver without an argument"},
		{"semvr:^1", 1, `unknown order "semvr"`},
		{"ignore:x", 8, "ignore takes no argument"},
		{"semver:>=1.4 <2", 14, `"<2" is not an option`},
		{"semver:^1 jmp=minor", 11, `unknown option "jmp"`},
		{"allow=x semver:^1", 1, `option "allow" before the order`},
		{`semver:"^1`, 8, "quote without an end"},
		{`semver:"^1"x`, 12, "text right after a closing quote"},
	}
	for _, tt := range tests {
		_, err := Parse(tt.in)
		var e *ExprError
		if !errors.As(err, &e) {
			t.Errorf("Parse(%q): %v, want an *ExprError", tt.in, err)
			continue
		}
		if e.Column != tt.column || e.Message != tt.message || e.Hint() == "" {
			t.Errorf("Parse(%q) = column %d %q (hint %q), want column %d %q", tt.in, e.Column, e.Message, e.Hint(), tt.column, tt.message)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	tests := []struct {
		spec  Spec
		field string
	}{
		{Spec{}, ""},
		{Spec{Semver: "^1", Digest: "stable"}, ""},
		{Spec{Semver: "abc"}, "semver"},
		{Spec{Digest: "not a tag"}, "digest"},
		{Spec{Semver: "^1", Image: "web:1"}, "image"},
		{Spec{Semver: "^1", Image: "Web"}, "image"},
		{Spec{Semver: "^1", Tags: TagFilter{Allow: []string{"ok", "("}}}, "tags.allow[1]"},
		{Spec{Semver: "^1", Tags: TagFilter{Deny: []string{"(?=x)"}}}, "tags.deny[0]"},
		{Spec{Semver: "^1", Prerelease: "yes"}, "prerelease"},
		{Spec{Semver: "^1", Prerelease: "rc,All"}, "prerelease"},
		{Spec{Semver: "^1", Platforms: []string{"linux/amd64", "linux/x86_64"}}, "platforms[1]"},
		{Spec{Semver: "^1", Follow: Follow{Path: "/clusters/dev/**"}}, "follow.path"},
		{Spec{Semver: "^1", Follow: Follow{Path: "../dev/**"}}, "follow.path"},
		{Spec{Semver: "^1", Freeze: []Freeze{{Cron: "0 16 * * 5", For: Duration(59 * time.Second)}}}, "freeze[0].for"},
		{Spec{Calver: "YYYY.0M.YYYY"}, "calver"},
	}
	for _, tt := range tests {
		_, err := Compile(tt.spec)
		var e *SpecError
		if !errors.As(err, &e) || e.Field != tt.field || e.Hint() == "" {
			t.Errorf("Compile(%+v) = %v, want a *SpecError in %q with a hint", tt.spec, err, tt.field)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"semver:^1.4", `semver:">=1 <2" deny="\"x\\"`, "digest:stable", "ignore", "a=b", `x:"`, "extends=web jump=minor",
		`like-current freeze="0 16 * * 5 for 64h in Europe/Berlin" follow="a/** for 1h" platforms=linux/amd64,linux/arm64 minAge=1h30m`,
		`numerical:desc allow=(\d+)$ extract=$1 downgrade=true pin=tag`, "calver:YYYY.0M prerelease=rc,beta variant=any within=<3", "newest moved=hold settle=1s",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		spec, err := Parse(s)
		if err != nil {
			var e *ExprError
			if !errors.As(err, &e) || e.Column < 1 || e.Column > len(s)+1 {
				t.Fatalf("Parse(%q): %v", s, err)
			}
			return
		}
		again, err := Parse(spec.String())
		if err != nil || !reflect.DeepEqual(again, spec) {
			t.Fatalf("Parse(%q) = %+v, printed as %q, read back as %+v, %v", s, spec, spec, again, err)
		}
		if p, err := Compile(spec); err == nil {
			p.Decide(Image{Name: "x", Tag: s}, Offer{Listed: true, Complete: true, Tags: []string{s, "1.2.3"}})
		}
	})
}
