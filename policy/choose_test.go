package policy

import "testing"

// Where no tag is a candidate, that is what there is to be said, whatever is in use.
func TestNoMatchWhateverIsInUse(t *testing.T) {
	for _, current := range []string{"web:1.0.0", "web:2026.01"} {
		d, _ := world{tags: []string{"1.0.0", "1.1.0", "2026.01"}}.decide(t, "calver:YYYY.0M deny=^2", current)
		if d.Outcome != OutcomeNone || d.Reason != ReasonNoMatch || d.Detail != "" || d.Hint != "explain lists the reason for every tag" {
			t.Errorf("%s: %s %s, %q, %q", current, d.Outcome, d.Reason, d.Detail, d.Hint)
		}
	}
}
