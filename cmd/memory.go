package cmd

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/bumpboat/bumpboat/forge"
	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/gitstore"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// hold is why a change is not proposed, or a pull request left as it is.
type hold struct{ reason, detail string }

// The reasons of holds.
const (
	// reasonClosed: a person closed the pull request of exactly this change.
	reasonClosed = "held/closed"
	// reasonReverted: exactly this change was merged, and a person went back.
	reasonReverted = "held/reverted"
	// reasonEdited: the branch carries somebody else's commits.
	reasonEdited = "branch/edited"
	// reasonIncomplete: one of the places of an open pull request could not be decided now.
	reasonIncomplete = "held/incomplete"
	// reasonLimit: as many pull requests as allowed are open.
	reasonLimit = "limit/open-pull-requests"
)

// heldBack says why the change must wait, or nil. An open pull request is never moved by what could not be found
// out, nor to a lower version. One that is not open is not opened against what a person decided before.
func (p *proposer) heldBack(ctx context.Context, snap *gitstore.Snapshot, r *Report, t *attempt) (*hold, error) {
	if t.open == nil {
		held, err := p.decidedBefore(ctx, snap, t)
		if held != nil || err != nil || t.open == nil {
			return held, err
		}
	}
	if !t.tip.Ours {
		return nil, nil // Propose says so
	}
	if why := lost(r, snap, t); why != "" {
		return &hold{reasonIncomplete, why + ": the pull request stays as it is"}, nil
	}
	for _, u := range t.change.Updates {
		for _, was := range t.tip.Trailers.Images {
			if was.Image == u.Site.Image.Repository() && was.Policy == u.Decision.Policy && policy.Lowers(u.Site.Policy, u.Decision, was.To.Tag) {
				detail := fmt.Sprintf("the pull request proposes %s, and the policy would take only %s now", was.To, u.Decision.To)
				return &hold{string(policy.ReasonDowngrade), detail}, nil
			}
		}
	}
	return nil, nil
}

// decidedBefore says what a person decided about exactly this change: the pull request was closed, or it was merged
// and the base has gone back since. One that is open after all, because a list had missed it, is taken up.
func (p *proposer) decidedBefore(ctx context.Context, snap *gitstore.Snapshot, t *attempt) (*hold, error) {
	prs, err := p.forge.Find(ctx, t.change.Branch, snap.Branch)
	if err != nil {
		return nil, fmt.Errorf("looking for earlier pull requests of %s: %w", t.change.Branch, err)
	}
	for _, pr := range prs {
		if pr.State == forge.Open {
			t.open, t.report.PullRequest = &pr, pullRequestReport(&pr)
			return nil, nil
		}
		same, err := p.same(ctx, snap, t, pr)
		if err != nil {
			return nil, err
		}
		switch {
		case same && pr.State == forge.Closed:
			t.report.PullRequest = pullRequestReport(&pr)
			return &hold{reasonClosed, fmt.Sprintf("pull request #%d with this change was closed: something newer is proposed again", pr.Number)}, nil
		case same && pr.State == forge.Merged:
			t.report.PullRequest = pullRequestReport(&pr)
			return &hold{reasonReverted, fmt.Sprintf("pull request #%d with this change was merged and undone: something newer is proposed again", pr.Number)}, nil
		}
	}
	if len(prs) > 0 && prs[0].State == forge.Merged {
		t.commit.Replace = prs[0].HeadCommit // whoever pushed to it: all of it is in the base
	}
	return nil, nil
}

// same says whether a pull request is about exactly this change: by the mark in its text, and, when the text was
// edited away, by the commit that it ended with while that is still the branch's tip.
func (p *proposer) same(ctx context.Context, snap *gitstore.Snapshot, t *attempt, pr forge.PullRequest) (bool, error) {
	if !stale(pr, t.change) {
		return true, nil
	}
	if t.tip.Commit == "" || t.tip.Commit != pr.HeadCommit {
		return false, nil
	}
	asked := t.commit
	asked.DryRun = true
	result, err := snap.Propose(ctx, asked)
	return err == nil && result.Outcome == gitstore.Unchanged, err
}

// lost says what the branch of an open pull request proposes and the pass can neither propose again nor find in the
// base, or "": a look-up that failed, a policy or a file that is broken. What a person ignored or removed is not lost.
func lost(r *Report, snap *gitstore.Snapshot, t *attempt) string {
	repository := t.change.Updates[0].Site.Image.Repository()
	for _, f := range t.tip.Trailers.Files {
		proposed := slices.ContainsFunc(t.change.Files, func(c tree.Change) bool { return c.Path == f.Path })
		if !proposed && has(r, snap, f, t.tip.Trailers.Images) {
			continue
		}
		sites := 0
		for _, s := range r.Sites {
			if s.Path != f.Path || s.site.Image.Repository() != repository {
				continue
			}
			sites++
			meant := s.Outcome == policy.OutcomeIgnored || s.Outcome == policy.OutcomeUnmanaged && s.Reason == policy.ReasonNoPolicy
			if s.Outcome == policy.OutcomeUnknown || !proposed && !meant {
				return fmt.Sprintf("%s:%d is undecided (%s)", s.Path, s.Line, s.Reason)
			}
		}
		if sites > 0 || proposed {
			continue
		}
		if slices.ContainsFunc(r.Skipped, func(s tree.Skipped) bool { return s.Path == f.Path }) {
			return f.Path + " is skipped"
		}
		if slices.ContainsFunc(r.Errors, func(e ErrorReport) bool { return e.Path == f.Path }) {
			return f.Path + " has an error"
		}
	}
	return ""
}

// closeObsolete closes the pull requests whose base already has everything they propose, and says so there. A
// branch that a person touched stays, and so does every pull request about which something is unknown.
func (p *proposer) closeObsolete(ctx context.Context, snap *gitstore.Snapshot, r *Report, changes []writer.Change, open map[string]*forge.PullRequest) {
	for _, branch := range slices.Sorted(maps.Keys(open)) {
		pr := open[branch]
		if ctx.Err() != nil || slices.ContainsFunc(changes, func(c writer.Change) bool { return c.Branch == pr.Head }) {
			continue
		}
		report := ChangeReport{Branch: pr.Head, Title: pr.Title, Edits: []writer.Edit{}, PullRequest: pullRequestReport(pr)}
		closed, err := p.closeOne(context.WithoutCancel(ctx), snap, r, pr)
		switch {
		case err != nil:
			report.Action = ActionFailed
			r.addError(fmt.Errorf("closing pull request #%d: %w", pr.Number, err))
		case !closed:
			continue
		case p.dryRun:
			report.Action, report.Detail = ActionPlanned, "to be closed: the base already has this"
		default:
			report.Action, report.Detail = ActionClosed, "the base already has this"
		}
		r.Changes = append(r.Changes, report)
	}
}

// closeOne closes a pull request if it is obsolete.
func (p *proposer) closeOne(ctx context.Context, snap *gitstore.Snapshot, r *Report, pr *forge.PullRequest) (bool, error) {
	tip, err := snap.Tip(ctx, pr.Head)
	if err != nil || !tip.Ours || !obsolete(r, snap, tip) {
		return false, err
	}
	if p.dryRun {
		return true, nil
	}
	return true, p.forge.Close(ctx, pr.Number, snap.Branch+" already has what this pull request proposes, so there is nothing left to do.")
}

// obsolete says whether the base has, in every file of the branch, the proposed version of the image or a newer one.
func obsolete(r *Report, snap *gitstore.Snapshot, tip gitstore.Tip) bool {
	for _, f := range tip.Trailers.Files {
		if !has(r, snap, f, tip.Trailers.Images) {
			return false
		}
	}
	return len(tip.Trailers.Files) > 0
}

// has says whether the base has what a branch proposes for one file: the very content, or the versions or newer ones.
func has(r *Report, snap *gitstore.Snapshot, f gitstore.FileChange, images []gitstore.ImageChange) bool {
	merged := func(have tree.File) bool { return have.Path == f.Path && have.Blob == f.New }
	return slices.ContainsFunc(snap.Files, merged) || reached(r, f.Path, images)
}

// reached says whether every site of the images in a file has the proposed version or a newer one, and that there is one.
func reached(r *Report, path string, images []gitstore.ImageChange) bool {
	found := false
	for _, s := range r.Sites {
		if s.Path != path {
			continue
		}
		for _, img := range images {
			if img.Image != s.site.Image.Repository() {
				continue
			}
			found = true
			if s.from != img.To && !policy.Newer(s.site.Policy, img.To.Tag, s.from.Tag) {
				return false
			}
		}
	}
	return found
}
