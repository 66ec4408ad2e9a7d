package policy

import "testing"

func TestLocate(t *testing.T) {
	for _, tt := range []struct {
		expr    string
		column  int
		message string
	}{
		{"semver:^1 jump=pach", 16, `unknown jump "pach"`},
		{`semver:">2 <1"`, 8, `no version is in ">2 <1"`},
		{"semver:^1 allow=^v allow=[", 26, "error parsing regexp: missing closing ]: `[`"},
		{"semver:^1 platforms=linux/amd64,linux", 21, `"linux" is no platform`},
		{`semver:^1 freeze="0 16 * * 5 for 1h" freeze="0 0 30 2 * for 1h"`, 45, `"0 0 30 2 *" never comes`},
		{"alphabetical jump=minor", 19, "an option that means nothing with alphabetical"},
		{"numerical allow=a(b) extract=$x", 30, `no group "x" in tags.allow[0]`},
		{"extends=nope", 9, `there are no named policies here, so nothing is called "nope"`},
		{"semver:^1 minage=3", 11, `unknown option "minage"`},
	} {
		spec, err := Parse(tt.expr)
		if err == nil {
			_, err = Compile(spec)
		}
		if err == nil {
			t.Errorf("%s: no error", tt.expr)
			continue
		}
		if got := Locate(tt.expr, err); got.Column != tt.column || got.Message != tt.message {
			t.Errorf("%s: got %d %s, want %d %s", tt.expr, got.Column, got.Message, tt.column, tt.message)
		}
	}
}
