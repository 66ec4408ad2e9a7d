package policy

import (
	"strings"
	"testing"
)

func TestAdmit(t *testing.T) {
	hex := shaA[7:]
	f, err := compileFilter(TagFilter{Allow: []string{"^v(?P<n>.*)$", "^sha(?P<n>256)", `^(?P<n>\w)$`}, Deny: []string{"debug", "^z"}, Extract: "$n"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		tag, value string
		reason     Reason
	}{
		{"v1.2", "1.2", ""},
		{"a", "a", ""},
		{"v", "", ReasonNoExtract},
		{"v-debug", "", ReasonDenied},
		{"z", "", ReasonDenied},
		{"1.2", "", ReasonNotAllowed},
		{"", "", ReasonMalformed},
		{".v", "", ReasonMalformed},
		{"-v", "", ReasonMalformed},
		{"v+1", "", ReasonMalformed},
		{"v 1", "", ReasonMalformed},
		{"v1\n", "", ReasonMalformed},
		{"vé", "", ReasonMalformed},
		{"v" + strings.Repeat("1", 127), strings.Repeat("1", 127), ""},
		{"v" + strings.Repeat("1", 128), "", ReasonMalformed},
		{"sha256-" + hex, "", ReasonArtifact},
		{"sha256-" + hex + ".sig", "", ReasonArtifact},
		{"sha256-" + hex + ".att", "", ReasonArtifact},
		{"sha256-" + hex + ".", "", ReasonArtifact},
		{"sha256-" + hex[1:], "256", ""},
		{"sha256-" + hex + "a", "256", ""},
		{"sha256-" + hex + "-x", "256", ""},
		{"sha256-" + hex[1:] + "g", "256", ""},
		{"sha256-" + strings.ToUpper(hex), "256", ""},
		{"sha256", "256", ""},
	} {
		if value, reason := f.admit(tt.tag); value != tt.value || reason != tt.reason {
			t.Errorf("%q: got %q, %s, want %q, %s", tt.tag, value, reason, tt.value, tt.reason)
		}
	}
}
