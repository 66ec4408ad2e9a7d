package fault

import (
	"strings"
	"testing"
)

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"rules", "rules", 0},
		{"rule", "rules", 1},
		{"ruels", "rules", 1},
		{"polices", "policies", 1},
		{"", "abc", 3},
		{"kitten", "sitting", 3},
		{strings.Repeat("x", 100), "x", 64},
	}
	for _, tt := range tests {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if distance(tt.a, tt.b) != distance(tt.b, tt.a) {
			t.Errorf("distance(%q, %q) is not symmetric", tt.a, tt.b)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	known := []string{"web", "api", "semver"}
	for written, want := range map[string]string{
		"wep": "did you mean web?", "wbe": "did you mean web?", "Semvr": "did you mean semver?",
		"zzzzzz": "known here: api, semver, web", strings.Repeat("web", 90): "known here",
	} {
		if got := DidYouMean(written, known); !strings.Contains(got, want) {
			t.Errorf("DidYouMean(%q) = %q, want %q in it", written, got, want)
		}
	}
	if got := DidYouMean("x", nil); got != "" {
		t.Errorf("DidYouMean of nothing = %q", got)
	}
}
