package policy

import (
	"strings"
	"testing"
)

// Each row of the table "What differs from Flux" in docs/policies.md, and beside it what is the same.
func TestDiffersFromFlux(t *testing.T) {
	tests := []struct {
		name, expr, current, tags string
		outcome                   Outcome
		to                        string
		reason                    Reason
		verdict                   string // `tag reason`
	}{
		{"lower", "semver:^1", "1.5.0", "1.4.0", OutcomeHeld, "", ReasonDowngrade, "1.4.0 downgrade/held"},
		{"prefix", "semver:^1", "1.4.2", "1.4.2 v1.5.0", OutcomeCurrent, "1.4.2", ReasonCurrent, "v1.5.0 semver/prefix"},
		{"variant", "semver:>=1.0.0-0", "1.4.2", "1.4.2 1.5.0-alpine", OutcomeCurrent, "1.4.2", ReasonCurrent, "1.5.0-alpine variant/other"},
		{"natural words", "semver:>=1.0.0-0", "1.0.0-rc9", "1.0.0-rc9 1.0.0-rc10", OutcomeUpdate, "1.0.0-rc10", ReasonPicked, "1.0.0-rc10 picked"},
		{"excluded version", `semver:">=1.0.0-0 <2.0.0"`, "1.0.0", "1.0.0 2.0.0-rc.1", OutcomeCurrent, "1.0.0", ReasonCurrent, "2.0.0-rc.1 semver/out-of-range"},
		{"spelling", "semver:^1", "1.2.03", "v1.2.3 1.2.3 1.2.03", OutcomeCurrent, "1.2.03", ReasonCurrent, "1.2.3 order/lower"},
		{"no number", "numerical", "0", "0 1a b", OutcomeCurrent, "0", ReasonCurrent, "1a numerical/not-a-number"},
		{"float syntax", "numerical", "1", "1 1e3 Inf NaN", OutcomeCurrent, "1", ReasonCurrent, "1e3 numerical/not-a-number"},
		{"long numbers", "numerical", "12345678901234567890", "12345678901234567890 12345678901234567891", OutcomeUpdate, "12345678901234567891", ReasonPicked, ""},
		{"negative tag", "numerical:desc", "5", "5 -62", OutcomeCurrent, "5", ReasonCurrent, "-62 tags/malformed"},
		{"negative number", `numerical:desc allow=^n(?P<n>.+)$ extract=$n`, "n5", "n5 n-62", OutcomeUpdate, "n-62", ReasonPicked, ""},
		{"attestation", "alphabetical", "a", "a sha256-" + shaA[7:] + ".att", OutcomeCurrent, "a", ReasonCurrent, "sha256-" + shaA[7:] + ".att tags/artifact"},
		{"metadata", "semver:*", "1.2.3", "1.2.3 1.2.4+build", OutcomeCurrent, "1.2.3", ReasonCurrent, "1.2.4+build tags/malformed"},
		{"same extract", `alphabetical allow=-(?P<w>\w+)$ extract=$w`, "b-x", "c-x b-x a-x", OutcomeCurrent, "b-x", ReasonCurrent, "a-x order/lower"},
		{"same: desc is the smallest", "alphabetical:desc", "m", "m a z", OutcomeUpdate, "a", ReasonPicked, ""},
		{"same: leading zeros", "semver:*", "2024.01.05", "2024.01.05 2024.02.01", OutcomeUpdate, "2024.02.01", ReasonPicked, ""},
		{"same: three parts", "semver:*", "1.0.0", "1.0.0 1.2 2 3.4.5.6", OutcomeCurrent, "1.0.0", ReasonCurrent, "1.2 semver/not-a-version"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, needs := mustCompile(t, tt.expr).Decide(Image{Name: "web", Tag: tt.current}, Offer{Listed: true, Complete: true, Tags: strings.Fields(tt.tags)})
			if len(needs) > 0 || d.Outcome != tt.outcome || d.To.Tag != tt.to || d.Reason != tt.reason {
				t.Errorf("got %s %q %s, want %s %q %s", d.Outcome, d.To.Tag, d.Reason, tt.outcome, tt.to, tt.reason)
			}
			if tag, reason, ok := strings.Cut(tt.verdict, " "); ok && verdictOf(d, tag) != Reason(reason) {
				t.Errorf("%s: got %s, want %s", tag, verdictOf(d, tag), reason)
			}
		})
	}
}

func verdictOf(d Decision, tag string) Reason {
	for _, v := range d.Verdicts {
		if v.Tag == tag {
			return v.Reason
		}
	}
	return ""
}
