package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bumpboat/bumpboat/forge"
	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/gitstore"
)

// proposer puts changes before people: a branch and a pull request each.
type proposer struct {
	forge   forge.Forge
	author  gitstore.Signature
	maxOpen int
	now     func() time.Time
	// dryRun consults everything and writes nothing.
	dryRun bool
}

// propose works through the changes. A change that fails never stops the others.
func (p *proposer) propose(ctx context.Context, snap *gitstore.Snapshot, r *Report, changes []writer.Change) {
	r.Memory = memoryConsulted
	open, err := p.listOpen(ctx, snap.Branch)
	if err != nil {
		if fault.KindOf(err) == fault.Auth {
			r.fail(err)
		} else {
			r.addError(err)
		}
		for i := range r.Changes {
			r.Changes[i].Action = ActionFailed
		}
		return
	}
	budget := p.maxOpen - len(open)
	for i, c := range changes {
		if ctx.Err() != nil {
			return // what is left is planned, and the next pass does it
		}
		report := &r.Changes[i]
		t := &attempt{change: c, commit: p.commit(c), open: open[c.Branch], report: report}
		if err := p.one(context.WithoutCancel(ctx), snap, r, t, budget > 0); err != nil {
			report.Action, report.Detail = ActionFailed, err.Error()
			r.addError(fmt.Errorf("proposing %q: %w", c.Title, err))
		}
		if t.open == nil && (report.Action == ActionOpened || p.dryRun && report.Action == ActionPlanned) {
			budget--
		}
	}
	p.closeObsolete(ctx, snap, r, changes, open)
}

// attempt is one change on its way to people.
type attempt struct {
	change writer.Change
	commit gitstore.Commit
	// tip is where the change's branch stands.
	tip gitstore.Tip
	// open is the open pull request of the change's branch; nil when there is none.
	open   *forge.PullRequest
	report *ChangeReport
}

// hold records why the change is not proposed.
func (t *attempt) hold(h hold) {
	t.report.Action, t.report.Reason, t.report.Detail = ActionHeld, h.reason, h.detail
}

// listOpen returns our open pull requests into base, by head branch.
func (p *proposer) listOpen(ctx context.Context, base string) (map[string]*forge.PullRequest, error) {
	open := map[string]*forge.PullRequest{}
	lister, ok := p.forge.(forge.Lister)
	if !ok {
		return open, nil
	}
	prs, err := lister.ListOpen(ctx, writer.BranchPrefix)
	if err != nil {
		return nil, fmt.Errorf("listing open pull requests: %w", err)
	}
	for _, pr := range prs {
		if pr.Base == base {
			open[pr.Head] = &pr
		}
	}
	return open, nil
}

// one proposes one change. The order heals a crash at any point: first the branch, whose push compares the old
// hash, then the pull request, which is looked for by that branch.
func (p *proposer) one(ctx context.Context, snap *gitstore.Snapshot, r *Report, t *attempt, mayOpen bool) (err error) {
	t.report.PullRequest = pullRequestReport(t.open)
	if t.tip, err = snap.Tip(ctx, t.change.Branch); err != nil {
		return err
	}
	held, err := p.heldBack(ctx, snap, r, t)
	switch {
	case err != nil:
		return err
	case held != nil:
		t.hold(*held)
		return nil
	case t.open == nil && !mayOpen:
		t.hold(hold{reasonLimit, fmt.Sprintf("%d pull requests may be open: merge or close some, or raise maxOpen", p.maxOpen)})
		return nil
	}
	t.commit.DryRun = p.dryRun
	result, err := snap.Propose(ctx, t.commit)
	switch {
	case err != nil:
		return err
	case result.Outcome == gitstore.Edited:
		t.hold(hold{reasonEdited, "the branch is left alone until it is merged or deleted: " + result.Detail})
		return nil
	case p.dryRun:
		if result.Outcome == gitstore.Unchanged && t.open != nil && !stale(*t.open, t.change) {
			t.report.Action = ActionUnchanged
		}
		return nil
	default:
		return p.pullRequest(ctx, snap.Branch, t, result.Outcome)
	}
}

// pullRequest opens or updates the pull request of a branch that holds the change.
func (p *proposer) pullRequest(ctx context.Context, base string, t *attempt, pushed gitstore.Outcome) error {
	proposal := forge.Proposal{Head: t.change.Branch, Base: base, Title: t.change.Title, Body: t.change.Body + mark(t.change)}
	var pr forge.PullRequest
	var err error
	switch {
	case t.open == nil:
		t.report.Action = ActionOpened
		pr, err = p.forge.Open(ctx, proposal)
	case pushed == gitstore.Pushed || stale(*t.open, t.change):
		t.report.Action = ActionUpdated
		pr, err = p.forge.Update(ctx, t.open.Number, proposal)
	default:
		t.report.Action = ActionUnchanged
		return nil
	}
	if err != nil {
		return err
	}
	t.report.PullRequest = pullRequestReport(&pr)
	return nil
}

func (p *proposer) commit(c writer.Change) gitstore.Commit {
	commit := gitstore.Commit{Branch: c.Branch, Message: c.Message, Files: c.Files, Author: p.author, When: p.now()}
	for _, u := range c.Updates {
		change := gitstore.ImageChange{
			Image: u.Site.Image.Repository(), From: u.Decision.From, To: u.Decision.To, Policy: u.Decision.Policy,
		}
		if !slices.Contains(commit.Images, change) {
			commit.Images = append(commit.Images, change)
		}
	}
	return commit
}

// mark is a hidden line at the end of a body that says for which set of changes it was written. It is only a
// recovery aid: a text without it, or with another one, is written anew, and the commits say the same. Lines and
// fields are left out, so that what stands above a place can change.
func mark(c writer.Change) string {
	var set []string
	for _, e := range c.Edits {
		set = append(set, fmt.Sprintf("%q %q %q\n", e.Path, e.From, e.To))
	}
	slices.Sort(set)
	sum := sha256.Sum256([]byte(c.Key + "\n" + strings.Join(slices.Compact(set), "")))
	return "\n<!-- bumpboat: " + hex.EncodeToString(sum[:8]) + " -->\n"
}

// stale says whether the text of a pull request was written for other edits.
func stale(pr forge.PullRequest, c writer.Change) bool {
	return !strings.Contains(pr.Body, strings.TrimSpace(mark(c)))
}

func pullRequestReport(pr *forge.PullRequest) *PullRequestReport {
	if pr == nil {
		return nil
	}
	return &PullRequestReport{Number: pr.Number, URL: pr.URL, Title: pr.Title, State: string(pr.State)}
}
