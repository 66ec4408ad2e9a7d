package gitstore_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/writer/gitstore"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// environment is a small repository with everything that needs care.
func environment() map[string]string {
	return map[string]string{
		"web.yaml":                       "image: web:1.4.2\n",
		"windows.yaml":                   "image: web:1.4.2\r\nother: x\r\n",
		"exec:run.yaml":                  "image: web:1.4.2\n",
		"apps/a/deep/er/deployment.yaml": "image: web:1.4.2\nkind: Deployment\n",
		"apps/a.b/x.yaml":                "x: 1\n",
		"apps/a-b.yaml":                  "same: content\n",
		"apps/b.yaml":                    "same: content\n",
		"link:linked.yaml":               "web.yaml",
		"link:elsewhere.yaml":            "/etc/passwd",
		"link:dir":                       "apps",
		"README.md":                      "not wanted\n",
	}
}

func TestSnapshotReadsWantedFiles(t *testing.T) {
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			r := newEnvironment(t)
			s := snapshot(t, v.open(t, r))
			want := []tree.File{}
			for line := range strings.SplitSeq(r.git("ls-tree", "-r", "main"), "\n") {
				meta, path, _ := strings.Cut(line, "\t")
				fields := strings.Fields(meta)
				if yamlFiles(path) && fields[0] != "120000" {
					content := environment()[path] + environment()["exec:"+path]
					want = append(want, tree.File{Path: path, Blob: fields[2], Content: []byte(content)})
				}
			}
			if diff := cmp.Diff(want, s.Files); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			skipped := []tree.Skipped{
				{Path: "elsewhere.yaml", Reason: gitstore.ReasonSymlink, Detail: "symbolic links are not followed"},
				{Path: "linked.yaml", Reason: gitstore.ReasonSymlink, Detail: "symbolic links are not followed"},
			}
			if diff := cmp.Diff(skipped, s.Skipped); diff != "" {
				t.Errorf("skipped (-want +got):\n%s", diff)
			}
			if s.Branch != "main" || s.Commit != r.tip("main") {
				t.Errorf("branch %s at %s, want main at %s", s.Branch, s.Commit, r.tip("main"))
			}
			if got, want := s.When.Unix(), r.git("log", "-1", "--format=%ct", "main"); fmt.Sprint(got) != want {
				t.Errorf("committed at %d, want %s", got, want)
			}
		})
	}
}

func TestSnapshotFollowsHead(t *testing.T) {
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			r := newRepo(t, map[string]string{"a.yaml": "a: 1\n"})
			r.git("branch", "trunk", "main")
			r.git("symbolic-ref", "HEAD", "refs/heads/trunk")
			s, err := v.open(t, r).Snapshot(t.Context(), "", nil)
			if err != nil {
				t.Fatal(err)
			}
			if s.Branch != "trunk" {
				t.Errorf("branch %q, want trunk", s.Branch)
			}
			if diff := cmp.Diff(map[string]string{"main": r.tip("main"), "trunk": r.tip("main")}, s.Branches()); diff != "" {
				t.Errorf("branches (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSnapshotLeavesUnwantedContentBehind(t *testing.T) {
	noise := make([]byte, 1<<20)
	source := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(source.Uint32())
	}
	r := newRepo(t, map[string]string{"web.yaml": "image: web:1.4.2\n", "noise.bin": string(noise)})
	r.git("config", "uploadpack.allowFilter", "true")
	r.git("config", "uploadpack.allowAnySHA1InWant", "true")
	server := serve(t, r)
	snapshot(t, open(t, server.options()))
	requests, sent := server.drain()
	if len(requests) != 3 || sent > 4<<10 {
		t.Errorf("%d requests, %d bytes: %v; want 3 requests and a few hundred bytes", len(requests), sent, requests)
	}
}

// Ignore files and the config file say which others are read, on every kind of server.
func TestSnapshotSelects(t *testing.T) {
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			r := newRepo(t, map[string]string{
				".bumpboatignore": "gone/\n", "a.yaml": "a: 1\n", "gone/b.yaml": "b: 1\n", "link:gone/link.yaml": "b.yaml",
				"apps/.bumpboatignore": "*.json\n!keep.json\n", "apps/x.json": "{}", "apps/keep.json": "[]", "bumpboat.yaml": "old",
				"old/c.yaml": "c: 1\n", "old/bumpboat.yaml": "d: 1\n", "link:bad/.bumpboatignore": "../.bumpboatignore", "bad/e.yaml": "e: 1\n",
			})
			s, err := v.open(t, r).Snapshot(t.Context(), "main", &tree.Selection{
				Config: func(content []byte) tree.Limit { return tree.Limit{Ignore: []string{string(content)}} },
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range s.Files {
				if len(f.Content) == 0 {
					t.Errorf("%s has no content", f.Path)
				}
				got = append(got, f.Path)
			}
			if diff := cmp.Diff([]string{"a.yaml", "apps/keep.json", "bumpboat.yaml", "old/bumpboat.yaml"}, got); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			skipped := []tree.Skipped{{Path: "bad/.bumpboatignore", Reason: tree.ReasonBadIgnore, Detail: "not a file that can be read"}}
			if diff := cmp.Diff(skipped, s.Skipped); diff != "" {
				t.Errorf("skipped (-want +got):\n%s", diff)
			}
		})
	}
}

// What is ignored is not fetched. It costs one request more, for the file that says so.
func TestSnapshotLeavesIgnoredContentBehind(t *testing.T) {
	noise := make([]byte, 1<<20)
	source := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(source.Uint32())
	}
	r := newRepo(t, map[string]string{"web.yaml": "image: web:1.4.2\n", "noise.yaml": string(noise), ".bumpboatignore": "noise.yaml\n"})
	r.git("config", "uploadpack.allowFilter", "true")
	r.git("config", "uploadpack.allowAnySHA1InWant", "true")
	server := serve(t, r)
	s, err := open(t, server.options()).Snapshot(t.Context(), "main", &tree.Selection{})
	requests, sent := server.drain()
	if err != nil || len(s.Files) != 1 || len(requests) != 4 || sent > 4<<10 {
		t.Errorf("%v; %d requests, %d bytes: %v; want 4 requests and a few hundred bytes", err, len(requests), sent, requests)
	}
}

func TestSnapshotNamesUnsafeEntriesAndSubmodules(t *testing.T) {
	r := newRepo(t, map[string]string{"web.yaml": "image: web:1.4.2\n"})
	blob := r.git("rev-parse", "main:web.yaml")
	inner := strings.Fields(r.mktree("100644 blob " + blob + "\tconfig.yaml"))[0]
	root := r.mktree(strings.Join([]string{
		"100644 blob " + blob + "\tok.yaml",
		"100644 blob " + blob + "\tback\\slash.yaml",
		"100644 blob " + blob + "\t\"line\\nbreak.yaml\"",
		"100644 blob " + blob + "\t\"latin\\351.yaml\"",
		"040000 tree " + inner + "\t..",
		"040000 tree " + inner + "\t.GIT",
		"040000 tree " + inner + "\tgit~1",
		"040000 tree " + inner + "\t.git\u200c",
		"160000 commit " + r.tip("main") + "\tvendor",
	}, "\n"))
	commit := r.git("commit-tree", root, "-m", "hostile")
	r.git("update-ref", "refs/heads/main", commit)
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			s := snapshot(t, v.open(t, r))
			if len(s.Files) != 1 || s.Files[0].Path != "ok.yaml" {
				t.Errorf("files %v, want ok.yaml only", s.Files)
			}
			reasons := map[string]string{}
			for _, skipped := range s.Skipped {
				reasons[skipped.Path] = skipped.Reason
			}
			want := map[string]string{
				"back\\slash.yaml": gitstore.ReasonUnsafePath, "line\nbreak.yaml": gitstore.ReasonUnsafePath, "latin\xe9.yaml": gitstore.ReasonUnsafePath,
				"..": gitstore.ReasonUnsafePath, ".GIT": gitstore.ReasonUnsafePath, "git~1": gitstore.ReasonUnsafePath, ".git\u200c": gitstore.ReasonUnsafePath,
				"vendor": gitstore.ReasonSubmodule,
			}
			if diff := cmp.Diff(want, reasons); diff != "" {
				t.Errorf("skipped (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSnapshotNamesWhatIsWrong(t *testing.T) {
	empty := newRepo(t, nil)
	full := newRepo(t, map[string]string{"a.yaml": "a: 1\n"})
	full.git("branch", "staging", "main")
	cases := []struct {
		name, branch string
		repo         *repo
		kind         fault.Kind
		text, hint   string
	}{
		{"empty", "", empty, fault.NotFound, "", "first commit"},
		{"empty, named branch", "main", empty, fault.NotFound, "", "first commit"},
		{"missing branch", "prod", full, fault.NotFound, `no branch "prod"`, "main, staging"},
		{"hostile branch", "../../etc", full, fault.Invalid, "check-ref-format", "bumpboat/web"},
	}
	for _, v := range variants() {
		for _, c := range cases {
			t.Run(v.name+"/"+c.name, func(t *testing.T) {
				_, err := v.open(t, c.repo).Snapshot(t.Context(), c.branch, nil)
				wantFault(t, err, c.kind, c.text, c.hint)
			})
		}
	}
}

func wantFault(t *testing.T, err error, kind fault.Kind, text, hint string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one of kind %s", kind)
	}
	if fault.KindOf(err) != kind || !strings.Contains(err.Error(), text) || !strings.Contains(fault.HintOf(err), hint) {
		t.Errorf("%s: %v (hint: %s)\nwant %s with %q and hint %q", fault.KindOf(err), err, fault.HintOf(err), kind, text, hint)
	}
	if strings.Contains(err.Error(), token) || strings.Contains(fault.HintOf(err), token) {
		t.Errorf("the token is in the error: %v", err)
	}
}
