package cmd

import (
	"testing"

	"github.com/bumpboat/bumpboat/policy"
)

func TestUnexpected(t *testing.T) {
	const one, two = "sha256:1111111111111111111111111111111111111111111111111111111111111111", "sha256:2222222222222222222222222222222222222222222222222222222222222222"
	verdicts := []policy.Verdict{{Tag: "1.5.0", Accepted: true, Reason: policy.ReasonPicked}, {Tag: "2.0.0", Reason: policy.ReasonOutOfRange, Detail: "not in ^1"}}
	update := policy.Decision{
		Outcome: policy.OutcomeUpdate, Reason: policy.ReasonPicked, Verdicts: verdicts,
		From: policy.Version{Tag: "1.4.2", Digest: one}, To: policy.Version{Tag: "1.5.0", Digest: two},
	}
	held := policy.Decision{Outcome: policy.OutcomeHeld, Reason: policy.ReasonTooYoung, Detail: "too young", From: policy.Version{Tag: "1.4.2"}, To: policy.Version{Tag: "1.5.0"}, Verdicts: verdicts}
	unknown := policy.Decision{Outcome: policy.OutcomeUnknown, Reason: policy.ReasonRegistry, Detail: "no list", From: policy.Version{Tag: "1.4.2"}, Hint: "look"}
	tests := []struct {
		expect string
		given  policy.Decision
		want   string
	}{
		{"1.5.0", update, ""},
		{"1.5.0@" + two, update, ""},
		{two, update, ""},
		{"picked", update, ""},
		{"1.4.2", held, ""},
		{"age/too-young", held, ""},
		{"registry/unavailable", unknown, ""},
		{"1.4.2", update, "expected 1.4.2, got 1.5.0@" + two + " (update, picked); 1.4.2 is not among the tags"},
		{"2.0.0", update, "expected 2.0.0, got 1.5.0@" + two + " (update, picked); 2.0.0 is semver/out-of-range: not in ^1"},
		{"1.5.0@" + one, update, "expected 1.5.0@" + one + ", got 1.5.0@" + two + " (update, picked); 1.5.0 is picked"},
		{one, update, "expected " + one + ", got 1.5.0@" + two + " (update, picked)"},
		{"order/current", update, "expected order/current, got 1.5.0@" + two + " (update, picked)"},
		{"1.5.0", held, "expected 1.5.0, got 1.4.2 (held, age/too-young): too young; 1.5.0 is picked"},
		{"1.4.2", unknown, "expected 1.4.2, got no answer (unknown, registry/unavailable): no list; 1.4.2 is not among the tags"},
		{"a b", update, `expect "a b" is no tag, tag@digest, digest or reason`},
	}
	for _, tt := range tests {
		got, hint := unexpected(tt.expect, tt.given)
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.expect, got, tt.want)
		}
		if tt.want != "" && tt.given.Hint != "" && hint != tt.given.Hint {
			t.Errorf("%s: hint %q is lost", tt.given.Hint, hint)
		}
	}
}
