package policy_test

import (
	"os"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/policy"
)

// The address of a page is that of its file in the repository.
func TestReasonURL(t *testing.T) {
	for _, reason := range []policy.Reason{policy.ReasonPicked, policy.ReasonOutOfRange, "marker/no-image"} {
		path, ok := strings.CutPrefix(reason.URL(), "https://github.com/bumpboat/bumpboat/blob/main/")
		if _, err := os.Stat("../" + path); !ok || err != nil {
			t.Errorf("%s is at %s: %v", reason, reason.URL(), err)
		}
	}
	if url := policy.Reason("").URL(); url != "" {
		t.Errorf("no reason is at %s", url)
	}
}
