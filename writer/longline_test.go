package writer_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// TestLongLine is about files of one line, such as JSON that a program wrote: what stands behind a megabyte is found and changed,
// and nothing else is.
func TestLongLine(t *testing.T) {
	const was, is = "ghcr.io/acme/web:1.4.2", "ghcr.io/acme/web:1.5.0"
	filler := strings.Repeat("x", 1<<20)
	tests := map[string]string{
		"list.json": `{"kind": "List", "apiVersion": "v1", "items": [{"kind": "Pod", "apiVersion": "v1", "metadata": {"note": "` + filler +
			`"}, "spec": {"containers": [{"image": "` + was + `"}, {"image": "` + was + `"}]}}]}`,
		"values.yaml": `{a: {image: ` + was + `}, text: ` + filler + `, "ü🚢": '` + filler + `', b: {image: '` + was + `'}} # ` + filler,
		"marked.yaml": "image: " + was + " # bumpboat: semver:^1 -- " + filler,
		"flow.yaml":   "images: [" + strings.Repeat(was+", ", 2_000) + "]\r\n",
	}
	given := goldenCase{Tags: map[string]map[string]string{"ghcr.io/acme/web": {"1.4.2": "", "1.5.0": ""}}}
	rules := writer.Rules{Rules: []writer.Rule{{Policy: compile(t, "semver:^1"), Line: 1}}}
	for name, content := range tests {
		t.Run(name, func(t *testing.T) {
			files := []tree.File{{Path: name, Content: []byte(content)}}
			found := writer.Find(files, rules)
			if want := strings.Count(content, was); len(found.Sites) != want {
				t.Fatalf("%d sites instead of %d; skipped: %v", len(found.Sites), want, found.Skipped)
			}
			updates, outcomes := given.decide(t, found.Sites)
			if outcomes[0] != policy.OutcomeUpdate {
				t.Fatalf("outcome %s", outcomes[0])
			}
			applied, refused := writer.Apply(updates, files)
			if len(refused) > 0 || len(applied) != 1 {
				t.Fatalf("%d files changed, refused: %v", len(applied), refused)
			}
			if !bytes.Equal(applied[0].New, []byte(strings.ReplaceAll(content, was, is))) {
				t.Error("not exactly the images are changed")
			}
		})
	}
}
