package cmd

import (
	"context"
	"time"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/scanner"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/gitstore"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// pass is one look at one environment repository, or at one directory. `plan`, `list`, `update`, `run` and
// `serve` all come through here; they differ in what they do with the changes.
type pass struct {
	// name is what the report calls the repository.
	name string
	// read returns the files of the base branch, or of the directory.
	read func(context.Context) (snapshot, error)
	// finder knows files that did not change since an earlier pass.
	finder writer.Finder
	// scanner lives as long as the pass: each image repository is looked up once.
	scanner *scanner.Scanner
	// only says which sites are worked on.
	only func(writer.Site) bool
	// guards are the operator's; no policy of the repository can loosen them.
	guards policy.Guards
	// ask says at what time is decided, and how much is asked.
	ask asking
	// land takes all edits at once, as new content of files: `update` writes them, `plan` shows them. It may be nil.
	land func(*Report, []tree.Change) error
	// propose puts the changes before people; nil when nothing is proposed.
	propose func(context.Context, *gitstore.Snapshot, *Report, []writer.Change)
}

// snapshot is the files that a pass looks at. git is nil for a directory.
type snapshot struct {
	files   []tree.File
	skipped []tree.Skipped
	git     *gitstore.Snapshot
}

// since is the time since when the files are known to be as they are; the zero time for a directory.
func (s snapshot) since() time.Time {
	if s.git == nil {
		return time.Time{}
	}
	return s.git.When
}

// run makes one pass and reports everything that happened. It never returns early because one image, file or
// change failed: that becomes part of the report.
func (p *pass) run(ctx context.Context) *Report {
	r := newReport(p.name)
	snap, err := p.read(ctx)
	if err != nil {
		return r.fail(err)
	}
	if snap.git != nil {
		r.Base, r.Revision = snap.git.Branch, snap.git.Commit
	}
	r.Skipped = append(r.Skipped, snap.skipped...)
	set, err := rulesIn(snap.files, snap.skipped, p.guards)
	if err != nil {
		return r.fail(err)
	}
	r.addRuleProblems(set)

	found := p.finder.Find(snap.files, set.rules)
	set.holdBelow(&found)
	r.holdBroken(found.Sites)
	r.holdCircles(found.Sites)
	subjects := subjectsOf(found.Sites, p.only)
	follow(subjects, found.Sites, snap.since())
	decisions := decide(ctx, p.scanner, subjects, p.ask)
	byKey := make(map[subjectKey]policy.Decision, len(subjects))
	for i, s := range subjects {
		byKey[s.key()] = decisions[i]
	}
	r.addFound(found, byKey, p.only)
	r.addDecisions(decisions)

	updates := updatesOf(found.Sites, byKey)
	changes, refused := writer.Group(updates, snap.files, writer.GroupOptions{Base: r.Base})
	r.addRefused(refused)
	for _, c := range changes {
		r.Changes = append(r.Changes, ChangeReport{
			Branch: c.Branch, Title: c.Title, Edits: c.Edits, Diff: c.Diff, Body: c.Body, Action: ActionPlanned,
		})
	}
	if p.land != nil {
		all, _ := writer.Apply(updates, snap.files) // what it refuses, Group has refused too
		if err := p.land(r, all); err != nil {
			return r.fail(err)
		}
	}
	if p.propose != nil {
		p.propose(ctx, snap.git, r, changes)
	}
	return r
}
