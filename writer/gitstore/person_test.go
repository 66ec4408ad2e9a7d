package gitstore_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/writer/gitstore"
)

func TestPerson(t *testing.T) {
	// What a person does to the branch, and what becomes of a newer proposal.
	cases := map[string]struct {
		do   func(r *repo)
		want gitstore.Outcome
	}{
		"commits on top": {func(r *repo) { r.commit("mine", map[string]string{"mine.yaml": "a: 1\n"}) }, gitstore.Edited},
		"commits on top of the same file": {func(r *repo) {
			r.commit("mine", map[string]string{"web.yaml": "image: web:1.4.9\n"})
		}, gitstore.Edited},
		"amends a file": {func(r *repo) {
			r.write(map[string]string{"web.yaml": "image: web:1.5.0-rc1\n"})
			r.person("commit", "-q", "-a", "--amend", "--no-edit")
		}, gitstore.Edited},
		"amends in another file": {func(r *repo) {
			r.write(map[string]string{"b.yaml": "new: file\n"})
			r.person("add", "-A")
			r.person("commit", "-q", "--amend", "--no-edit")
		}, gitstore.Edited},
		"amends the mode": {func(r *repo) {
			r.person("update-index", "--chmod=+x", "web.yaml")
			r.person("commit", "-q", "--amend", "--no-edit")
		}, gitstore.Edited},
		"drops the trailers":  {func(r *repo) { r.person("commit", "-q", "--amend", "-m", "words only") }, gitstore.Edited},
		"empties the branch":  {func(r *repo) { r.person("reset", "-q", "--hard", "main") }, gitstore.Edited},
		"merges base into it": {func(r *repo) { r.person("merge", "-q", "--no-edit", "origin/main") }, gitstore.Edited},
		"signs it off":        {func(r *repo) { r.person("commit", "-q", "--amend", "--no-edit", "--signoff") }, gitstore.Pushed},
		"rebases it":          {func(r *repo) { r.person("rebase", "-q", "origin/main") }, gitstore.Pushed},
		"rebases it onto their own commit": {func(r *repo) {
			r.person("checkout", "-q", "-b", "mine", "origin/main")
			r.commit("mine", map[string]string{"mine.yaml": "a: 1\n"})
			r.person("rebase", "-q", "mine", "bumpboat/web")
		}, gitstore.Edited},
		"puts their own commit below it": {func(r *repo) {
			r.person("checkout", "-q", "-b", "mine", "bumpboat/web^")
			r.commit("mine", map[string]string{"mine.yaml": "a: 1\n"})
			r.person("rebase", "-q", "mine", "bumpboat/web")
		}, gitstore.Edited},
		"rebases it, then base moves": {func(r *repo) {
			r.person("rebase", "-q", "origin/main")
			r.onMain("base moves again", map[string]string{"apps/b.yaml": "moved: again\n"})
		}, gitstore.Edited},
		"changes the author": {func(r *repo) { r.person("commit", "-q", "--amend", "--no-edit", "--reset-author") }, gitstore.Pushed},
	}
	for _, v := range []variant{variants()[0], variants()[6]} {
		for name, test := range cases {
			t.Run(v.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				r := newEnvironment(t)
				remote := v.open(t, r)
				s := snapshot(t, remote)
				propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml"), gitstore.Pushed)
				r.onMain("base moves", map[string]string{"apps/b.yaml": "moved: on\n"})
				r.person("fetch", "-q")
				r.person("checkout", "-q", "-B", "bumpboat/web", "origin/bumpboat/web")
				test.do(r)
				r.person("push", "-q", "--force", "origin", "bumpboat/web")
				theirs := r.tip("bumpboat/web")

				s = snapshot(t, remote)
				result := propose(t, s, bump(t, s, "1.4.2", "1.6.0", "web.yaml"), test.want)
				tip, err := s.Tip(t.Context(), "bumpboat/web")
				if err != nil || tip.Ours != (test.want == gitstore.Pushed) || tip.Commit != r.tip("bumpboat/web") || tip.Ours == (tip.Why != "") {
					t.Errorf("tip: %+v, %v", tip, err)
				}
				if test.want == gitstore.Edited && (r.tip("bumpboat/web") != theirs || result.Commit != theirs || result.Detail == "") {
					t.Errorf("tip is %s, result %+v, want %s and why", r.tip("bumpboat/web"), result, theirs)
				}
			})
		}
	}
}

func TestReplace(t *testing.T) {
	for _, v := range []variant{variants()[0], variants()[6]} {
		t.Run(v.name, func(t *testing.T) {
			r := newEnvironment(t)
			remote := v.open(t, r)
			s := snapshot(t, remote)
			first := propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml"), gitstore.Pushed)
			r.person("fetch", "-q")
			r.person("checkout", "-q", "-B", "bumpboat/web", "origin/bumpboat/web")
			r.commit("mine", map[string]string{"mine.yaml": "a: 1\n"})
			r.person("push", "-q", "origin", "bumpboat/web")
			theirs := r.tip("bumpboat/web")

			s = snapshot(t, remote)
			c := bump(t, s, "1.4.2", "1.6.0", "web.yaml")
			for _, other := range []string{"", first.Commit, s.Commit, theirs[:12], strings.Repeat("0", 40)} {
				c.Replace = other
				propose(t, s, c, gitstore.Edited)
			}
			c.Replace, c.DryRun = theirs, true
			if got := propose(t, s, c, gitstore.Pushed); got.Commit != theirs || r.tip("bumpboat/web") != theirs {
				t.Errorf("dry run: result %s, tip %s, want %s", got.Commit, r.tip("bumpboat/web"), theirs)
			}
			c.DryRun = false
			got := propose(t, s, c, gitstore.Pushed)
			if got.Commit != r.tip("bumpboat/web") || r.git("rev-parse", "bumpboat/web^@") != s.Commit {
				t.Errorf("tip %s, result %+v", r.tip("bumpboat/web"), got)
			}

			// A merged commit of ours is not proposed once more, even if it would do the same.
			c.Replace, c.When = got.Commit, c.When.Add(time.Hour)
			got = propose(t, s, c, gitstore.Pushed)
			c.Replace = got.Commit
			propose(t, s, c, gitstore.Unchanged) // it cannot be told from the new one
		})
	}
}

func TestReplaceComparesAndSwaps(t *testing.T) {
	// The person pushes once more after the snapshot: the tip that may be replaced is no longer there.
	for _, v := range []variant{variants()[0], variants()[6]} {
		t.Run(v.name, func(t *testing.T) {
			r := newEnvironment(t)
			remote := v.open(t, r)
			r.person("checkout", "-q", "-b", "mine")
			r.commit("mine", map[string]string{"web.yaml": "image: web:mine\n"})
			r.person("push", "-q", "origin", "mine:bumpboat/web")
			s := snapshot(t, remote)
			c := bump(t, s, "1.4.2", "1.6.0", "web.yaml")
			c.Replace = r.tip("bumpboat/web")
			r.commit("more", map[string]string{"web.yaml": "image: web:more\n"})
			r.person("push", "-q", "origin", "mine:bumpboat/web")
			theirs := r.tip("bumpboat/web")
			_, err := s.Propose(t.Context(), c)
			wantFault(t, err, fault.Conflict, "moved by somebody else", "next pass")
			if r.tip("bumpboat/web") != theirs {
				t.Error("the person's commit was overwritten")
			}
		})
	}
}

func TestPersonIsFaster(t *testing.T) {
	// The person pushes after the snapshot was taken.
	for _, v := range []variant{variants()[0], variants()[6], variants()[7]} {
		for _, exists := range []bool{false, true} {
			name := v.name + "/creates the branch"
			if exists {
				name = v.name + "/moves the branch"
			}
			t.Run(name, func(t *testing.T) {
				r := newEnvironment(t)
				remote := v.open(t, r)
				s := snapshot(t, remote)
				if exists {
					propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml"), gitstore.Pushed)
				}
				r.person("checkout", "-q", "-b", "mine")
				r.commit("mine", map[string]string{"web.yaml": "image: web:mine\n"})
				r.person("push", "-q", "--force", "origin", "mine:bumpboat/web")
				theirs := r.tip("bumpboat/web")
				_, err := s.Propose(t.Context(), bump(t, s, "1.4.2", "1.6.0", "web.yaml"))
				wantFault(t, err, fault.Conflict, "moved by somebody else", "next pass")
				if r.tip("bumpboat/web") != theirs {
					t.Error("the person's commit was overwritten")
				}
			})
		}
	}
}

func TestPersonIsFasterThanThePush(t *testing.T) {
	// The branch moves between the references that the push session reads and the push itself: only the server can tell.
	for _, exists := range []bool{false, true} {
		r := newEnvironment(t)
		server := serve(t, r)
		remote := open(t, server.options())
		s := snapshot(t, remote)
		if exists {
			propose(t, s, bump(t, s, "1.4.2", "1.5.0", "web.yaml"), gitstore.Pushed)
		}
		r.person("checkout", "-q", "-b", "mine")
		r.commit("mine", map[string]string{"web.yaml": "image: web:mine\n"})
		server.before = func(_ http.ResponseWriter, req *http.Request) bool {
			if strings.HasSuffix(req.URL.Path, "/git-receive-pack") && req.Method == http.MethodPost {
				r.person("push", "-q", "--force", "origin", "mine:bumpboat/web")
			}
			return false
		}
		_, err := s.Propose(t.Context(), bump(t, s, "1.4.2", "1.6.0", "web.yaml"))
		wantFault(t, err, fault.Conflict, "moved by somebody else", "next pass")
		if r.tip("bumpboat/web") != r.person("rev-parse", "mine") {
			t.Error("the person's commit was overwritten")
		}
	}
}
