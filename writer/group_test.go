package writer_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

const (
	digestA = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	digestB = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// pod is a manifest with one container for each image.
func pod(images ...string) string {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n")
	for i, image := range images {
		fmt.Fprintf(&b, "  - name: c%d\n    image: %s\n", i, image)
	}
	return b.String()
}

// update makes updates of all sites of one file, each to the same version.
func update(t *testing.T, path, content string, to policy.Version) ([]writer.Update, []tree.File) {
	t.Helper()
	files := []tree.File{{Path: path, Content: []byte(content)}}
	found := writer.Find(files, writer.Rules{Rules: []writer.Rule{{Policy: compile(t, "semver:*")}}})
	if len(found.Sites) == 0 {
		t.Fatalf("no sites: %+v", found)
	}
	var updates []writer.Update
	for _, s := range found.Sites {
		updates = append(updates, writer.Update{Site: s, Decision: policy.Decision{
			Image: s.Image.String(), Policy: "semver:*", From: policy.Version{Tag: s.Image.Tag, Digest: s.Image.Digest}, To: to,
			Outcome: policy.OutcomeUpdate, Reason: policy.ReasonPicked,
		}})
	}
	return updates, files
}

func TestEdits(t *testing.T) {
	tests := []struct {
		name, path, content string
		to                  policy.Version
		// want is `field from -> to` of each edit, or the reason of the refusal.
		want []string
	}{
		{"tag", "p.yaml", pod("nginx:1"), policy.Version{Tag: "2"}, []string{"nginx:1 -> nginx:2"}},
		{"name as written", "p.yaml", pod("docker.io/nginx:1"), policy.Version{Tag: "2"}, []string{"docker.io/nginx:1 -> docker.io/nginx:2"}},
		{"port", "p.yaml", pod("localhost:5000/a/b"), policy.Version{Tag: "2"}, []string{"localhost:5000/a/b -> localhost:5000/a/b:2"}},
		{"tag and digest", "p.yaml", pod("nginx:1@" + digestA), policy.Version{Tag: "2", Digest: digestB}, []string{"nginx:1@" + digestA + " -> nginx:2@" + digestB}},
		{"digest only", "p.yaml", pod("nginx@" + digestA), policy.Version{Digest: digestB}, []string{"nginx@" + digestA + " -> nginx@" + digestB}},
		{"no version", "p.yaml", pod("nginx:1"), policy.Version{}, []string{"edit/bad-version"}},
		{"tag that is none", "p.yaml", pod("nginx:1"), policy.Version{Tag: "a b"}, []string{"edit/bad-version"}},
		{"tag with a name in it", "p.yaml", pod("nginx"), policy.Version{Tag: "1/evil:2"}, []string{"edit/bad-version"}},
		{"nothing", "p.yaml", pod("nginx:1"), policy.Version{Tag: "1"}, []string{"edit/nothing"}},
		{"joined", "values.yaml", "image: {repository: a, tag: '1', digest: '" + digestA + "'}", policy.Version{Tag: "2", Digest: digestB}, []string{"1 -> 2", digestA + " -> " + digestB}},
		{"old digest", "values.yaml", "image: {repository: a, tag: '1', digest: '" + digestA + "'}", policy.Version{Tag: "2"}, []string{"edit/no-digest"}},
		{"digest behind the tag", "values.yaml", "image: {repository: a, tag: '1@" + digestA + "'}", policy.Version{Tag: "2", Digest: digestB}, []string{"1@" + digestA + " -> 2@" + digestB}},
		{"tag without a field", "values.yaml", "image: {repository: a, digest: '" + digestA + "'}", policy.Version{Tag: "2", Digest: digestB}, []string{"edit/no-digest"}},
		{"digest without a field", "c.yaml", "version: '1' # bumpboat: semver:* part=tag image=a\n", policy.Version{Tag: "2", Digest: digestB}, []string{"edit/no-digest"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			updates, _ := update(t, tt.path, tt.content, tt.to)
			edits, err := writer.Edits(updates[0])
			var got []string
			for _, e := range edits {
				got = append(got, e.From+" -> "+e.To)
			}
			if refused, ok := errors.AsType[writer.Refused](err); ok {
				got = []string{refused.Reason}
			}
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("edits %q, want %q (%v)", got, tt.want, err)
			}
		})
	}
}

func TestARefusalStopsNoOther(t *testing.T) {
	updates, files := update(t, "p.yaml", pod("a:1", "b:1", "c:1", "d:1", "e:1"), policy.Version{Tag: "2"})
	files[0].Content = []byte(strings.Replace(string(files[0].Content), "c:1", "c:3", 1)) // as if somebody was faster
	updates = append(updates, writer.Update{Site: writer.Site{Path: "gone.yaml", Image: policy.Image{Name: "f"}}, Decision: updates[0].Decision})

	changed, refused := writer.Apply(updates, files)
	if len(changed) != 1 || strings.Count(string(changed[0].New), ":2\n") != 4 || !strings.Contains(string(changed[0].New), "c:3") {
		t.Errorf("Apply makes %q", changed)
	}
	if len(refused) != 2 || refused[0].Path != "gone.yaml" || refused[1].Update.Site.Image.Name != "c" || refused[1].Line != 11 {
		t.Errorf("Apply refuses %v", refused)
	}
	changes, refused := writer.Group(updates, files, writer.GroupOptions{Base: "main"})
	if len(changes) != 4 || len(refused) != 2 {
		t.Errorf("Group makes %d changes and refuses %v", len(changes), refused)
	}
}

func TestTitle(t *testing.T) {
	tests := []struct {
		images []string
		to     []policy.Version
		want   string
	}{
		{[]string{"ghcr.io/acme/web:1.4.2"}, []policy.Version{{Tag: "1.5.0"}}, "web: 1.4.2 -> 1.5.0"},
		{[]string{"web:1.4.2", "web:1.4.1"}, []policy.Version{{Tag: "1.5.0"}}, "web: 1.4.1, 1.4.2 -> 1.5.0"},
		{[]string{"web:1", "web:2", "web:3", "web:4"}, []policy.Version{{Tag: "5"}}, "web: 4 versions -> 5"},
		{[]string{"web:1", "web:2"}, []policy.Version{{Tag: "3"}, {Tag: "4"}}, "web: 2 updates"},
		{[]string{"web"}, []policy.Version{{Tag: "3"}}, "web: 3"},
		{[]string{"web:stable@" + digestA}, []policy.Version{{Tag: "stable", Digest: digestB}}, "web: stable@sha256:aaaaaaaaaaaa -> stable@sha256:bbbbbbbbbbbb"},
		{[]string{"web:1@" + digestA, "web:1"}, []policy.Version{{Tag: "2", Digest: digestB}, {Tag: "2"}}, "web: 1 -> 2"},
	}
	for _, tt := range tests {
		updates, files := update(t, "p.yaml", pod(tt.images...), policy.Version{})
		for i := range updates {
			updates[i].Decision.To = tt.to[i%len(tt.to)]
		}
		changes, refused := writer.Group(updates, files, writer.GroupOptions{Base: "main"})
		if len(changes) != 1 || changes[0].Title != tt.want {
			t.Errorf("Group(%q) = %+v, refused %v, want the title %q", tt.images, changes, refused, tt.want)
			continue
		}
		if subject, _, _ := strings.Cut(changes[0].Message, "\n"); subject != tt.want {
			t.Errorf("the subject is %q", subject)
		}
	}
}

func TestBodyIsBoundedAndNeutral(t *testing.T) {
	const path = "apps/@team|closes #1 `x`\n<img src=x>\u202e.yaml"
	updates, files := update(t, path, pod(strings.Fields(strings.Repeat("ghcr.io/acme/web:1.0.0 ", 2000))...), policy.Version{Tag: "1.1.0"})
	for i := range updates {
		for range 20 {
			n := len(updates[i].Decision.Verdicts) + 2
			updates[i].Decision.Verdicts = append(updates[i].Decision.Verdicts, policy.Verdict{Tag: fmt.Sprintf("%d.0.0", n), Reason: policy.ReasonOutOfRange})
		}
	}
	changes, refused := writer.Group(updates, files, writer.GroupOptions{Base: "main"})
	if len(changes) != 1 || len(refused) > 0 {
		t.Fatalf("%d changes, refused %v", len(changes), refused)
	}
	body, message := changes[0].Body, changes[0].Message
	if len(body) > 60_000 || !strings.Contains(body, "more\n") || !strings.Contains(body, "ignore") {
		t.Errorf("the body has %d bytes, or lacks the rest:\n%s", len(body), body[len(body)-1000:])
	}
	if got := strings.Count(body, "/docs/reasons/semver/out-of-range.md)\n"); got != 5 || !strings.Contains(body, "`21.0.0`: ") {
		t.Errorf("%d newer tags are listed", got)
	}
	for i, line := range strings.Split(body, "\n") {
		if strings.HasPrefix(line, "|") && strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") != 6 {
			t.Fatalf("row %d has another number of cells: %s", i, line)
		}
	}
	for _, bad := range []string{"\u202e", "\n<img", "``"} {
		if strings.Contains(body, bad) || strings.Contains(message, bad) {
			t.Errorf("%q comes through", bad)
		}
	}
	for _, bad := range []string{"@team", "#1 "} {
		if strings.Contains(message, bad) {
			t.Errorf("%q comes through in the message", bad)
		}
	}
	if lines := strings.Count(message, "\n"); lines > 210 {
		t.Errorf("the message has %d lines", lines)
	}
}

func TestUnifiedDiffAppliesWithGitAndPatch(t *testing.T) {
	paths := []string{"plain.yaml", "with space/web.yaml", `quo"te\back.yaml`, "日本.yaml", "tab\there.yaml", "a/b/c.yaml"}
	contents := []string{pod("nginx:1"), strings.ReplaceAll(pod("nginx:1", "nginx:2"), "\n", "\r\n"), strings.TrimSuffix(pod("nginx:1"), "\n"), pod("nginx:1", "b:1")}
	for _, tool := range [][]string{{"git", "apply"}, {"git", "apply", "-R"}, {"patch", "-p1", "--binary"}} {
		if _, err := exec.LookPath(tool[0]); err != nil {
			t.Logf("no %s here", tool[0])
			continue
		}
		for _, path := range paths {
			if tool[0] == "patch" && strings.ContainsAny(path, "\t\"日") {
				continue // not every patch reads quoted names
			}
			for i, content := range contents {
				t.Run(fmt.Sprintf("%s %q %d", strings.Join(tool, " "), path, i), func(t *testing.T) {
					applyWith(t, tool, path, content)
				})
			}
		}
	}
}

func applyWith(t *testing.T, tool []string, path, content string) {
	updates, files := update(t, path, content, policy.Version{Tag: "9.9"})
	changed, refused := writer.Apply(updates, files)
	if len(refused) > 0 || len(changed) != 1 {
		t.Fatalf("refused: %v", refused)
	}
	before, after := changed[0].Old, changed[0].New
	if tool[len(tool)-1] == "-R" {
		before, after = after, before
	}
	dir := t.TempDir()
	file := filepath.Join(dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, before, 0o644); err != nil {
		t.Fatal(err)
	}
	diff := writer.UnifiedDiff(changed)
	cmd := exec.CommandContext(t.Context(), tool[0], tool[1:]...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(diff)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_CEILING_DIRECTORIES="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, diff)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != string(after) {
		t.Errorf("the file is %q, %v, want %q", got, err, after)
	}
}
