package policy

import (
	"errors"
	"strings"
	"testing"
)

func TestLayouts(t *testing.T) {
	for _, tt := range []struct {
		layout, tags string
		// want are the values in the order of their rank; "" for a tag of another layout.
		want string
	}{
		{"YYYY.0M.MICRO", "2024.01.5", "2024.01.5"},
		{"YYYY.0M.MICRO", "2024.1.5 2024.13.5 2024.00.5 24.01.5 2024.01 2024.01.5.6 v2024.01.5 1024.01.5 3024.01.5", ""},
		{"YYYY.MM.MICRO", "2024.1.05", "2024.1.05"},
		{"YYYY.MM.MICRO", "2024.01.5 2024.13.5 2024.0.5", ""},
		{"YY.0M", "24.04", "24.04"},
		{"YY.0M", "04.04 2024.04 24.4 24.04.1", ""},
		{"YY.0M", "6.10", "6.10"},
		{"YY.0M", "106.10", "106.10"},
		{"0Y.0M", "06.10", "06.10"},
		{"0Y.0M", "6.10", ""},
		{"YYYY0M0D", "20240115", "2024.01.15"},
		{"YYYY0M0D", "20240132 20241301 2024011 202401150 20240100", ""},
		{"YYYY0M0D.MICRO", "20240115.1", "2024.01.15.1"},
		{"YYYY-0M-0D", "2024-01-15", "2024.01.15"},
		{"YYYY.0W", "2024.53", "2024.53"},
		{"YYYY.0W", "2024.54 2024.1", ""},
		{"YYYY.WW", "2024.9", "2024.9"},
		{"0D.0M.YYYY", "15.01.2024", "2024.01.15"},
		{"0M.YYYY.MICRO", "01.2024.7", "2024.01.7"},
		{"MAJOR.YYYY0M", "3.202401", "3.2024.01"},
		{"vYYYY.0M", "v2024.01", "2024.01"},
		{"vYYYY.0M", "2024.01 V2024.01", ""},
		{"release_YYYY-0M", "release_2024-01", "2024.01"},
		{"MAJOR.MINOR.MICRO", "1.2.3", "1.2.3"},
		{"MAJOR.MINOR.MICRO", "1.2.99999999999999999999999", "1.2.99999999999999999999999"},
		{"MAJOR.MINOR.MICRO", "1.2 1.2.3.4 1.2.x", ""},
		{"YYYY.0M.MICRO", "2024.01.5-alpine", "2024.01.5"},
		{"YYYY.0M.MICRO", "2024.01.5rc1", "2024.01.5"},
	} {
		l, err := compileLayout(tt.layout)
		if err != nil {
			t.Errorf("%s: %v", tt.layout, err)
			continue
		}
		for tag := range strings.FieldsSeq(tt.tags) {
			c := candidate{tag: tag, value: tag}
			if ok := l.read(&c); ok != (tt.want != "") || ok && c.core != tt.want {
				t.Errorf("%s in %s: got %t %q, want %q", tag, tt.layout, ok, c.core, tt.want)
			}
		}
	}
}

func TestLayoutErrors(t *testing.T) {
	for _, tt := range []struct{ layout, message, hint string }{
		{"YYYY.XX", `unknown token "XX" in "YYYY.XX"`, "known here: 0D"},
		{"YYYY.MAYOR", `unknown token "MAYOR" in "YYYY.MAYOR"`, "did you mean MAJOR?"},
		{"2024.1", `no token in "2024.1"`, "YYYY.0M.MICRO"},
		{"YYYY 0M", `' ' in "YYYY 0M", which no tag has`, "separators"},
		{"YYYY/0M", `'/' in "YYYY/0M", which no tag has`, "separators"},
		{"MAJORMINOR", `MINOR right after MAJOR in "MAJORMINOR": nobody can tell where one ends`, "separator"},
		{"YYYYMM", "", ""},
		{"YYYYMMDD", `DD right after MM in "YYYYMMDD": nobody can tell where one ends`, "separator"},
	} {
		_, err := compileLayout(tt.layout)
		if tt.message == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.layout, err)
			}
			continue
		}
		var e *SpecError
		if !errors.As(err, &e) || e.Field != "calver" || e.Message != tt.message || !strings.Contains(e.Hint(), tt.hint) {
			t.Errorf("%s: got %v, want %s", tt.layout, err, tt.message)
		}
	}
}

func TestCalver(t *testing.T) {
	run(t, []choice{
		{"months are numbers", "calver:YYYY.MM", "2024.9", "2024.10 2023.12", "-> 2024.10"},
		{"years come before days", "calver:0D.0M.YYYY", "31.12.2023", "01.01.2024 30.12.2023", "-> 01.01.2024"},
		{"pre-releases are lower", "calver:YYYY.MM.MICRO", "2024.1.0b2", "2024.1.0 2024.1.0b10", "-> 2024.1.0"},
		{"the variant is kept", "calver:YYYY.0M", "2024.01-alpine", "2024.02-alpine 2024.03", "-> 2024.02-alpine"},
		{"another layout is none", "calver:YYYY.0M", "2024.01", "2024.02.1 2024-03 202404", "stays"},
		{"what is in use has another layout", "calver:YYYY.0M", "1.2.3", "2024.02", "held current/unreadable"},
		{"an extracted date", `calver:YYYY0M0D allow=^nightly-(?P<d>\d{8})- extract=$d`, "nightly-20240115-abc", "nightly-20240116-0aa", "-> nightly-20240116-0aa"},
		{"never down", "calver:YYYY.0M deny=2024", "2024.01", "2023.12", "held downgrade/held"},
		{"revisions count last", "calver:YYYY.0M", "2024.01-r9", "2024.01-r10 2023.12-r99", "-> 2024.01-r10"},
	})
}
