package gitea

import (
	"net/http"

	sdk "code.gitea.io/sdk/gitea"

	"github.com/bumpboat/bumpboat/forge"
	"github.com/bumpboat/bumpboat/forge/internal/wire"
)

// one converts the answer to a question about one pull request.
func (f *Forge) one(doing string, pr *sdk.PullRequest, number int64) (entry, error) {
	e, err := f.convert(doing, pr)
	if err == nil && e.pull.Number != number {
		err = f.link.Nonsense(doing, "about another pull request")
	}
	return e, err
}

// opened converts the answer to a proposal.
func (f *Forge) opened(doing string, pr *sdk.PullRequest, p forge.Proposal) (forge.PullRequest, error) {
	e, err := f.convert(doing, pr)
	if err == nil && (e.pull.Head != p.Head || e.pull.Base != p.Base) {
		err = f.link.Nonsense(doing, "with a pull request of other branches")
	}
	return e.pull, err
}

// convert reads a pull request as Gitea says it. Its head is the label, not the ref: the ref of one whose branch was deleted is
// refs/pull/N/head. It stays empty when the head is not a branch of the repo itself: a fork's branch of the same name, or a
// pull request pushed without a branch, must not be taken for ours.
func (f *Forge) convert(doing string, pr *sdk.PullRequest) (entry, error) {
	if pr == nil || pr.Head == nil || pr.Base == nil || pr.Index <= 0 || pr.Base.Ref == "" || !wire.IsWeb(pr.HTMLURL) {
		return entry{}, f.link.Nonsense(doing, "with a pull request that lacks its number, address or branches")
	}
	e := entry{pull: forge.PullRequest{
		Number:     pr.Index,
		URL:        pr.HTMLURL,
		Title:      pr.Title,
		Body:       pr.Body,
		Base:       pr.Base.Ref,
		HeadCommit: pr.Head.Sha,
	}}
	switch {
	case pr.HasMerged:
		// Servers that share Gitea's older code say the branch's tip here, also what was pushed after the merge. It must
		// not be taken for what was merged.
		e.pull.State, e.pull.HeadCommit = forge.Merged, ""
	case pr.State == sdk.StateOpen:
		e.pull.State = forge.Open
	case pr.State == sdk.StateClosed:
		e.pull.State = forge.Closed
	default:
		return entry{}, f.link.Nonsense(doing, "with a pull request in no known state")
	}
	if pr.Head.RepoID > 0 && pr.Head.RepoID == pr.Base.RepoID {
		e.pull.Head = pr.Head.Name
	}
	if pr.Updated != nil {
		e.updated = *pr.Updated
	}
	return e, nil
}

// fail turns what the SDK returns into a forge error. The SDK's error for an answer is the message in it.
func (f *Forge) fail(doing string, resp *sdk.Response, err error) *forge.Error {
	if resp == nil || resp.Response == nil || resp.StatusCode < http.StatusMultipleChoices {
		return f.link.Broken(doing, err)
	}
	return f.link.Status(doing, resp.StatusCode, resp.Header, err.Error())
}
