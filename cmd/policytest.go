package cmd

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bumpboat/bumpboat/config"
	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/scanner"
)

// testPolicies asks the policies of a bumpboat.yaml what its tests say, offline and with its guards, and returns a
// problem for each answer that is not the expected one.
func testPolicies(ctx context.Context, path string, env config.Environment, now time.Time) []config.Problem {
	c := compiler{env: env}
	var failed []config.Problem
	for _, t := range env.PolicyTests {
		message, hint := c.test(ctx, t, now)
		if message == "" {
			continue
		}
		name := "policy test"
		if t.Name != "" {
			name = fmt.Sprintf("policy test %q", t.Name)
		}
		failed = append(failed, config.Problem{Path: path, Line: t.Line, Column: t.Column, Message: name + ": " + message, Hint: hint})
	}
	return failed
}

// test makes the decision of one test as every pass does, and says what is wrong with it, or "".
func (c compiler) test(ctx context.Context, t config.PolicyTest, now time.Time) (message, hint string) {
	name := cmp.Or(t.Image, c.image(t.Policy), "example.com/image")
	data, err := json.Marshal(map[string][]config.TestTag{name: t.Tags})
	if err != nil {
		return err.Error(), ""
	}
	tags, err := scanner.ReadTagsFile("the test", data)
	if err != nil {
		return err.Error(), ""
	}
	current, err := policy.ParseImage(name + versionSuffix(string(t.Current)))
	if err != nil {
		return fmt.Sprintf("current %q: %v", t.Current, err), "give a tag, tag@digest, or a digest"
	}
	if t.Now != "" {
		if now, err = time.Parse(time.RFC3339, string(t.Now)); err != nil {
			return err.Error(), ""
		}
	}
	subjects := []subject{{image: current, policy: c.text(t.Policy)}}
	d := decide(ctx, scanner.New(tags, scanner.Options{}), subjects, asking{now: now, explain: true})[0]
	return unexpected(string(t.Expect), d)
}

// unexpected says how a decision differs from what was expected of it, or "".
func unexpected(expect string, d policy.Decision) (message, hint string) {
	stands := d.From
	if d.Outcome == policy.OutcomeUpdate {
		stands = d.To
	}
	got := fmt.Sprintf("got %s (%s, %s)", written(stands), d.Outcome, d.Reason)
	if d.Outcome == policy.OutcomeUnknown { // which leaves everything as it is, and is no answer
		got = fmt.Sprintf("got no answer (%s, %s)", d.Outcome, d.Reason)
	}
	if d.Detail != "" {
		got += ": " + d.Detail
	}
	if isReason(expect) {
		if expect == string(d.Reason) {
			return "", ""
		}
		return fmt.Sprintf("expected %s, %s", expect, got), d.Hint
	}
	want, err := policy.ParseImage("x" + versionSuffix(expect))
	switch {
	case err != nil:
		return fmt.Sprintf("expect %q is no tag, tag@digest, digest or reason", expect), fault.HintOf(err)
	case d.Outcome != policy.OutcomeUnknown && (want.Tag == "" || want.Tag == stands.Tag) && (want.Digest == "" || want.Digest == stands.Digest):
		return "", ""
	}
	return fmt.Sprintf("expected %s, %s%s", expect, got, verdictOf(d, want.Tag)), d.Hint
}

// written returns a version as it stands in a reference.
func written(v policy.Version) string {
	if v.Tag == "" || v.Digest == "" {
		return v.Tag + v.Digest
	}
	return v.Tag + "@" + v.Digest
}

// isReason tells a reason from a tag, which has no slash.
func isReason(expect string) bool {
	return strings.Contains(expect, "/") || expect == string(policy.ReasonPicked) || expect == string(policy.ReasonNotAsked)
}

// verdictOf says what became of a tag.
func verdictOf(d policy.Decision, tag string) string {
	i := slices.IndexFunc(d.Verdicts, func(v policy.Verdict) bool { return v.Tag == tag })
	switch {
	case tag == "":
		return ""
	case i < 0:
		return fmt.Sprintf("; %s is not among the tags", tag)
	case d.Detail != "" && d.Verdicts[i].Detail == d.Detail:
		return "" // it is said already
	case d.Verdicts[i].Detail != "":
		return fmt.Sprintf("; %s is %s: %s", tag, d.Verdicts[i].Reason, d.Verdicts[i].Detail)
	default:
		return fmt.Sprintf("; %s is %s", tag, d.Verdicts[i].Reason)
	}
}
