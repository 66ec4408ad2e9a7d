package gitstore_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/writer/gitstore"
)

func TestProposeWritesOneCommit(t *testing.T) {
	paths := []string{"web.yaml", "windows.yaml", "run.yaml", "apps/a/deep/er/deployment.yaml"}
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			r := newEnvironment(t)
			remote := v.open(t, r)
			s := snapshot(t, remote)
			result := propose(t, s, bump(t, s, "1.4.2", "1.5.0", paths...), gitstore.Pushed)
			if result.Commit != r.tip("bumpboat/web") {
				t.Fatalf("tip is %s, result says %s", r.tip("bumpboat/web"), result.Commit)
			}
			r.git("fsck", "--full", "--strict", "--no-dangling")
			checkCommit(t, r, paths)
			if got := s.Branches()["bumpboat/web"]; got != result.Commit {
				t.Errorf("Branches says %q", got)
			}
			// The same again changes nothing, on the same snapshot and on a new one.
			propose(t, s, bump(t, s, "1.4.2", "1.5.0", paths...), gitstore.Unchanged)
			again := snapshot(t, remote)
			propose(t, again, bump(t, again, "1.4.2", "1.5.0", paths...), gitstore.Unchanged)
			tip, err := again.Tip(t.Context(), "bumpboat/web")
			if err != nil || !tip.Ours || tip.Commit != result.Commit || tip.Why != "" || len(tip.Trailers.Files) != len(paths) {
				t.Errorf("tip: %+v, %v", tip, err)
			}
			if tip, err := again.Tip(t.Context(), "bumpboat/none"); err != nil || tip.Ours || tip.Commit != "" || tip.Why != "" {
				t.Errorf("tip of no branch: %+v, %v", tip, err)
			}
		})
	}
}

// checkCommit looks at the commit on bumpboat/web with git's own eyes.
func checkCommit(t *testing.T, r *repo, paths []string) {
	t.Helper()
	if parent := r.git("rev-parse", "bumpboat/web^@"); parent != r.tip("main") {
		t.Errorf("parent %s, want %s", parent, r.tip("main"))
	}
	if who := r.git("log", "-1", "--format=%an <%ae> %at %cn <%ce> %ct", "bumpboat/web"); who != "Robot <robot@example.com> 1760000000 Robot <robot@example.com> 1760000000" {
		t.Errorf("made by %s", who)
	}
	var changed []string
	trailers := gitstore.Trailers{Base: r.tip("main")}
	for line := range strings.Lines(r.git("diff-tree", "-r", "--no-renames", "main", "bumpboat/web")) {
		meta, path, _ := strings.Cut(strings.TrimSpace(line), "\t")
		f := strings.Fields(strings.TrimPrefix(meta, ":"))
		if f[0] != f[1] || f[4] != "M" {
			t.Errorf("%s: mode %s became %s (%s)", path, f[0], f[1], f[4])
		}
		if path == "run.yaml" && f[1] != "100755" {
			t.Errorf("executable bit of %s is lost", path)
		}
		changed = append(changed, path)
		trailers.Files = append(trailers.Files, gitstore.FileChange{Path: path, Old: f[2], New: f[3]})
		before, after := r.git("cat-file", "blob", f[2]), r.git("cat-file", "blob", f[3])
		if after != strings.ReplaceAll(before, "1.4.2", "1.5.0") {
			t.Errorf("%s: %q became %q", path, before, after)
		}
	}
	slices.Sort(paths)
	if diff := cmp.Diff(paths, changed); diff != "" {
		t.Errorf("changed files (-want +got):\n%s", diff)
	}
	trailers.Images = []gitstore.ImageChange{{Image: "ghcr.io/acme/web", From: policy.Version{Tag: "1.4.2"}, To: policy.Version{Tag: "1.5.0"}, Policy: "semver:>=1.4 <2"}}
	message := r.git("log", "-1", "--format=%B", "bumpboat/web")
	if want := "web: 1.4.2 -> 1.5.0\n\nSome words.\n\n" + trailers.String(); message+"\n" != want {
		t.Errorf("message:\n%s\nwant:\n%s", message, want)
	}
	if n := r.git("log", "-1", "--format=%(trailers:key=Bumpboat-File)", "bumpboat/web"); strings.Count(n, "Bumpboat-File: {") != len(paths) {
		t.Errorf("git reads these trailers: %s", n)
	}
}

func TestProposeWhileBaseMoves(t *testing.T) {
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			r := newEnvironment(t)
			remote := v.open(t, r)
			s := snapshot(t, remote)
			first := propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml"), gitstore.Pushed)

			r.onMain("unrelated", map[string]string{"other.yaml": "new: file\n", "apps/b.yaml": "other: content\n"})
			s = snapshot(t, remote)
			if got := propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml"), gitstore.Unchanged); got.Commit != first.Commit {
				t.Errorf("tip %s, want %s", got.Commit, first.Commit)
			}

			newer := propose(t, s, bump(t, s, "1.4.2", "1.6.0", "web.yaml"), gitstore.Pushed)
			if parent := r.git("rev-parse", "bumpboat/web^@"); parent != r.tip("main") || newer.Commit != r.tip("bumpboat/web") {
				t.Errorf("tip %s on %s, want %s on %s", r.tip("bumpboat/web"), parent, newer.Commit, r.tip("main"))
			}

			r.onMain("the same file", map[string]string{"web.yaml": "# words\nimage: web:1.4.2\n"})
			s = snapshot(t, remote)
			propose(t, s, bump(t, s, "1.4.2", "1.6.0", "web.yaml"), gitstore.Pushed)
			if got := r.git("show", "bumpboat/web:web.yaml"); got != "# words\nimage: web:1.6.0" {
				t.Errorf("rebuilt file is %q", got)
			}
			r.git("fsck", "--full", "--strict", "--no-dangling")
		})
	}
}

func TestProposeAgainWhenMoreOrOtherChanges(t *testing.T) {
	r := newEnvironment(t)
	remote := open(t, gitstore.Options{URL: r.dir})
	s := snapshot(t, remote)
	c := bump(t, s, "1.4.2", "1.5.0", "web.yaml")
	propose(t, s, c, gitstore.Pushed)
	propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml", "run.yaml"), gitstore.Pushed)
	propose(t, s, c, gitstore.Pushed)
	other := c
	other.Images = []gitstore.ImageChange{{Image: "ghcr.io/acme/web", To: policy.Version{Tag: "1.5.0"}}}
	propose(t, s, other, gitstore.Pushed)
	worded := other
	worded.Message = "other words for the same"
	propose(t, s, worded, gitstore.Unchanged)
	broken := other
	broken.Images = []gitstore.ImageChange{{Image: "not\xffutf-8\nBumpboat-File: {}"}}
	propose(t, s, broken, gitstore.Pushed)
	propose(t, s, broken, gitstore.Unchanged)
}

func TestProposeDryRunWritesNothing(t *testing.T) {
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			r := newEnvironment(t)
			s := snapshot(t, v.open(t, r))
			c := bump(t, s, "1.4.2", "1.5.0", "web.yaml")
			c.DryRun = true
			objects := r.git("count-objects")
			if got := propose(t, s, c, gitstore.Pushed); got.Commit != "" {
				t.Errorf("dry run names commit %s", got.Commit)
			}
			if refs := r.git("for-each-ref", "--format=%(refname)"); refs != "refs/heads/main" {
				t.Errorf("references: %s", refs)
			}
			if now := r.git("count-objects"); now != objects {
				t.Errorf("objects: %s, before: %s", now, objects)
			}
			c.DryRun = false
			propose(t, s, c, gitstore.Pushed)
			c.DryRun = true
			propose(t, s, c, gitstore.Unchanged)
		})
	}
}

func TestUnchangedBranchIsNotPushed(t *testing.T) {
	r := newEnvironment(t)
	r.git("config", "uploadpack.allowFilter", "true")
	r.git("config", "uploadpack.allowAnySHA1InWant", "true")
	server := serve(t, r)
	remote := open(t, server.options())
	s := snapshot(t, remote)
	propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml"), gitstore.Pushed)
	server.drain()

	s = snapshot(t, remote)
	read, _ := server.drain()
	later := bump(t, s, "1.4.2", "1.5.0", "web.yaml")
	later.When = later.When.Add(time.Hour)
	propose(t, s, later, gitstore.Unchanged)
	requests, sent := server.drain()
	if diff := cmp.Diff([]string{"POST /git-upload-pack"}, requests); diff != "" {
		t.Errorf("requests for an unchanged branch (-want +got):\n%s", diff)
	}
	if len(read) != 3 || sent > 2<<10 {
		t.Errorf("%d requests to read, %d bytes for the branch", len(read), sent)
	}
}

func TestProposeRefusesBadCommits(t *testing.T) {
	r := newEnvironment(t)
	r.git("branch", "taken", "main")
	s := snapshot(t, open(t, gitstore.Options{URL: r.dir}))
	good := bump(t, s, "1.4.2", "1.5.0", "web.yaml")
	cases := map[string]struct {
		change func(c *gitstore.Commit)
		kind   fault.Kind
		text   string
	}{
		"base itself":        {func(c *gitstore.Commit) { c.Branch = "main" }, fault.Invalid, "is the one that was read"},
		"branch in the way":  {func(c *gitstore.Commit) { c.Branch = "taken/web" }, fault.Invalid, `beside branch "taken"`},
		"traversal":          {func(c *gitstore.Commit) { c.Branch = "../../x" }, fault.Invalid, "check-ref-format"},
		"author with header": {func(c *gitstore.Commit) { c.Author.Name = "x\nparent 0" }, fault.Invalid, "author"},
		"no author":          {func(c *gitstore.Commit) { c.Author = gitstore.Signature{} }, fault.Invalid, "author"},
		"no message":         {func(c *gitstore.Commit) { c.Message = " \n" }, fault.Internal, "message"},
		"no files":           {func(c *gitstore.Commit) { c.Files = nil }, fault.Internal, "nothing to commit"},
		"unknown file":       {func(c *gitstore.Commit) { c.Files[0].Path = "nope.yaml" }, fault.Internal, "nope.yaml is not a file"},
		"symlink":            {func(c *gitstore.Commit) { c.Files[0].Path = "linked.yaml" }, fault.Internal, "linked.yaml is not a file"},
		"other old content":  {func(c *gitstore.Commit) { c.Files[0].Old = []byte("else") }, fault.Internal, "something else"},
		"no change":          {func(c *gitstore.Commit) { c.Files[0].New = c.Files[0].Old }, fault.Internal, "does not change"},
		"twice":              {func(c *gitstore.Commit) { c.Files = append(c.Files, c.Files[0]) }, fault.Internal, "twice"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			c := good
			c.Files = slices.Clone(good.Files)
			test.change(&c)
			_, err := s.Propose(t.Context(), c)
			wantFault(t, err, test.kind, test.text, "")
		})
	}
	if refs := r.git("for-each-ref", "--format=%(refname)", "refs/heads"); refs != "refs/heads/main\nrefs/heads/taken" {
		t.Errorf("references: %s", refs)
	}
}

func TestProposeKeepsOddModes(t *testing.T) {
	r := newRepo(t, map[string]string{"web.yaml": "image: web:1.4.2\n"})
	blob := r.git("rev-parse", "main:web.yaml")
	// Written by an old git: a mode that today's would make 100644.
	raw := "100664 odd.yaml\x00" + unhex(t, blob) + "100644 web.yaml\x00" + unhex(t, blob)
	tree := r.hashObject("tree", raw)
	r.git("update-ref", "refs/heads/main", r.git("commit-tree", tree, "-m", "old"))
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			s := snapshot(t, v.open(t, r))
			c := bump(t, s, "1.4.2", "1.5.0", "web.yaml")
			c.Branch = "bumpboat/" + strings.ReplaceAll(v.name, " ", "-")
			propose(t, s, c, gitstore.Pushed)
			if got := r.git("cat-file", "tree", c.Branch+"^{tree}"); !strings.HasPrefix(got, "100664 odd.yaml\x00"+unhex(t, blob)) {
				t.Errorf("tree is now %q", got)
			}
		})
	}
}

func TestAnswerLostAfterPush(t *testing.T) {
	r := newEnvironment(t)
	server := serve(t, r)
	s := snapshot(t, open(t, server.options()))
	server.after = func(req *http.Request, body []byte) ([]byte, bool) {
		return body, req.Method != http.MethodPost || !strings.HasSuffix(req.URL.Path, "/git-receive-pack")
	}
	result := propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml"), gitstore.Pushed)
	if result.Commit != r.tip("bumpboat/web") {
		t.Errorf("result %s, tip %s", result.Commit, r.tip("bumpboat/web"))
	}
}

func TestBranchMergedByFastForward(t *testing.T) {
	// The branch was not deleted after its commit became main: it is still ours to move on.
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			r := newEnvironment(t)
			remote := v.open(t, r)
			s := snapshot(t, remote)
			propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml"), gitstore.Pushed)
			r.git("update-ref", "refs/heads/main", r.tip("bumpboat/web"))
			s = snapshot(t, remote)
			propose(t, s, bump(t, s, "1.5.0", "1.6.0", "web.yaml"), gitstore.Pushed)
		})
	}
}

func TestBranchIsReadByItsDifference(t *testing.T) {
	files := map[string]string{"web.yaml": "image: web:1.4.2\n"}
	for i := range 300 {
		files[fmt.Sprintf("dir%d/sub/file.yaml", i)] = fmt.Sprintf("file: %d\n", i)
	}
	r := newRepo(t, files)
	r.git("config", "uploadpack.allowFilter", "true")
	r.git("config", "uploadpack.allowAnySHA1InWant", "true")
	server := serve(t, r)
	remote := open(t, server.options())
	s := snapshot(t, remote)
	propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml"), gitstore.Pushed)
	r.onMain("base moves", map[string]string{"dir7/sub/file.yaml": "moved: on\n"})
	s = snapshot(t, remote)
	server.drain()
	propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml"), gitstore.Unchanged)
	if requests, sent := server.drain(); len(requests) != 1 || sent > 4<<10 {
		t.Errorf("%d bytes in %v: more than what differs", sent, requests)
	}
}

func TestServerLeavesTooMuchOut(t *testing.T) {
	// A server that takes our base for more than it is: the branch is read again as a whole.
	r := newEnvironment(t)
	r.git("config", "uploadpack.allowFilter", "true")
	r.git("config", "uploadpack.allowAnySHA1InWant", "true")
	server := serve(t, r)
	remote := open(t, server.options())
	s := snapshot(t, remote)
	propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml"), gitstore.Pushed)
	r.onMain("base moves", map[string]string{"apps/b.yaml": "moved: on\n"})
	s = snapshot(t, remote)
	server.drain()
	server.before = func(_ http.ResponseWriter, req *http.Request) bool {
		// Depth 1 in place of 2: the parent will be missing.
		body := bytes.Replace(readAll(t, req), []byte("deepen 2"), []byte("deepen 1"), 1)
		if bytes.Contains(body, []byte("have ")) {
			req.Body = io.NopCloser(bytes.NewReader(body))
		}
		return false
	}
	propose(t, s, bump(t, s, "1.4.2", "1.6.0", "web.yaml"), gitstore.Pushed)
	if requests, _ := server.drain(); len(requests) != 4 {
		t.Errorf("requests %v, want two to read and two to push", requests)
	}
}

func TestAnswerLostAndBranchMoved(t *testing.T) {
	// The push never arrives and a person moves the branch meanwhile: that is a conflict, whatever broke the connection.
	r := newEnvironment(t)
	server := serve(t, r)
	s := snapshot(t, open(t, server.options()))
	r.person("checkout", "-q", "-b", "mine")
	r.commit("mine", map[string]string{"web.yaml": "image: web:mine\n"})
	server.before = func(_ http.ResponseWriter, req *http.Request) bool {
		if req.Method == http.MethodPost {
			r.person("push", "-q", "origin", "mine:bumpboat/web")
			panic(http.ErrAbortHandler)
		}
		return false
	}
	_, err := s.Propose(t.Context(), bump(t, s, "1.4.2", "1.5.0", "web.yaml"))
	wantFault(t, err, fault.Conflict, "moved by somebody else", "next pass")
}
