package cmd

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
)

func TestOutcomeOf(t *testing.T) {
	done := func() *Report { return newReport("done") }
	failed := func(k fault.Kind) *Report { return newReport("failed").fail(fault.New(k, "", errors.New("x"))) }
	unknown := func(outcomes ...policy.Outcome) *Report {
		r := newReport("unknown")
		var decisions []policy.Decision
		for _, o := range outcomes {
			d := policy.Decision{Outcome: o, Detail: "why"}
			if o == policy.OutcomeUnknown {
				d.Err = errors.New("why")
			}
			decisions = append(decisions, d)
		}
		r.addDecisions(decisions)
		return r
	}
	pending := func() *Report {
		r := newReport("pending")
		r.Changes = []ChangeReport{{Action: ActionPlanned}}
		return r
	}
	tests := []struct {
		name                  string
		reports               []*Report
		failOnError, detailed bool
		want                  int
	}{
		{"nothing", nil, false, false, exitDone},
		{"done", []*Report{done()}, false, true, exitDone},
		{"pending, not asked", []*Report{pending()}, false, false, exitDone},
		{"pending", []*Report{done(), pending()}, false, true, exitPending},
		{"one of two failed", []*Report{done(), failed(fault.Invalid)}, false, true, exitPartial},
		{"one of two failed, and that is accepted", []*Report{done(), failed(fault.Invalid)}, true, false, exitDone},
		{"all failed", []*Report{failed(fault.Auth), failed(fault.Invalid)}, true, false, exitFailed},
		{"authentication kept every repository", []*Report{failed(fault.Auth), failed(fault.Auth)}, false, false, exitAuth},
		{"some images unknown", []*Report{unknown(policy.OutcomeCurrent, policy.OutcomeUnknown)}, false, true, exitPartial},
		{"all images unknown", []*Report{unknown(policy.OutcomeUnknown)}, false, false, exitFailed},
		{"partial before pending", []*Report{pending(), unknown(policy.OutcomeCurrent, policy.OutcomeUnknown)}, false, true, exitPartial},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := exitDone
			if err := outcomeOf(tt.reports, tt.failOnError, tt.detailed); err != nil {
				var code codeError
				if !errors.As(err, &code) {
					t.Fatal(err)
				}
				got = int(code)
			}
			if got != tt.want {
				t.Errorf("exit code %d, want %d", got, tt.want)
			}
		})
	}
}

// An interrupt is told by the exit code, whatever was done until then.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	pod := "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: registry.invalid/web:1.0.0 # bumpboat: semver:^1\n"
	if err := os.WriteFile(filepath.Join(dir, "pod.yaml"), []byte(pod), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	nothing := func(string) (string, bool) { return "", false }
	code := Run(ctx, []string{"update", dir}, IO{Out: &out, Err: &out, Env: nothing, Now: time.Now})
	if code != exitInterrupted {
		t.Errorf("exit code %d, want %d\n%s", code, exitInterrupted, &out)
	}
	if after, err := os.ReadFile(filepath.Join(dir, "pod.yaml")); err != nil || string(after) != pod {
		t.Errorf("the file is %q, %v", after, err)
	}
}

// Text from registries and repositories reaches a terminal; it must not act there.
func TestClean(t *testing.T) {
	tests := map[string]string{
		"plain\n\ttext": "plain\n\ttext",
		"\x1b[31mred":   `\u001b[31mred`,
		"a\u202egnp.b":  `a\u202egnp.b`,
		"\u009b1m":      `\u009b1m`,
		"日本 é":          "日本 é",
		"bell\a":        `bell\u0007`,
	}
	for in, want := range tests {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}
