package gitea

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	sdk "code.gitea.io/sdk/gitea"

	"github.com/bumpboat/bumpboat/forge"
)

// Find implements forge.Forge. An open pull request is always read anew; of the others, what has not been updated comes
// from memory.
func (f *Forge) Find(ctx context.Context, head, base string) ([]forge.PullRequest, error) {
	doing := fmt.Sprintf("finding pull requests of %s into %s in %s/%s", head, base, f.owner, f.name)
	if err := forge.ValidateBranches(head, base); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	fresh, err := f.refresh(ctx, doing)
	if err != nil {
		return nil, err
	}
	var found []forge.PullRequest
	for number, e := range f.known {
		if e.pull.Head != head {
			continue
		}
		if e.pull.State == forge.Open && !fresh[number] {
			e, err = f.get(ctx, doing, number)
			if forge.IsKind(err, forge.NotFound) {
				delete(f.known, number) // an administrator has deleted it: the repo itself was just listed
				continue
			}
			if err != nil {
				return nil, err
			}
			f.known[number] = e
		}
		if e.pull.Base == base {
			found = append(found, e.pull)
		}
	}
	return newestFirst(found), nil
}

// ListOpen implements forge.Lister.
func (f *Forge) ListOpen(ctx context.Context, prefix string) ([]forge.PullRequest, error) {
	doing := fmt.Sprintf("listing open pull requests of %s/%s", f.owner, f.name)
	var found []forge.PullRequest
	err := f.pages(ctx, doing, sdk.ListPullRequestsOptions{State: sdk.StateOpen}, func(page []entry) bool {
		for _, e := range page {
			if e.pull.Head != "" && strings.HasPrefix(e.pull.Head, prefix) {
				found = append(found, e.pull)
			}
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return newestFirst(found), nil
}

// newestFirst sorts, and drops what came twice because another one was opened while the pages were read.
func newestFirst(found []forge.PullRequest) []forge.PullRequest {
	slices.SortFunc(found, func(a, b forge.PullRequest) int { return cmp.Compare(b.Number, a.Number) })
	return slices.CompactFunc(found, func(a, b forge.PullRequest) bool { return a.Number == b.Number })
}

// Open implements forge.Forge.
func (f *Forge) Open(ctx context.Context, p forge.Proposal) (forge.PullRequest, error) {
	doing := fmt.Sprintf("opening a pull request of %s into %s in %s/%s", p.Head, p.Base, f.owner, f.name)
	if err := p.Validate(MaxBody); err != nil {
		return forge.PullRequest{}, err
	}
	client, err := f.client(ctx)
	if err != nil {
		return forge.PullRequest{}, f.link.Broken(doing, err)
	}
	pr, resp, err := client.CreatePullRequest(f.owner, f.name, sdk.CreatePullRequestOption{
		Head: p.Head, Base: p.Base, Title: p.Title, Body: p.Body,
	})
	if err == nil {
		return f.opened(doing, pr, p)
	}
	failed := f.fail(doing, resp, err)
	if !forge.IsKind(failed, forge.Conflict) {
		return forge.PullRequest{}, failed
	}
	all, err := f.Find(ctx, p.Head, p.Base)
	if err != nil {
		return forge.PullRequest{}, err
	}
	for _, there := range all {
		if there.State == forge.Open {
			return there, nil
		}
	}
	return forge.PullRequest{}, failed
}

// Update implements forge.Forge. What it does not name (labels, assignees, milestone) Gitea leaves as it is.
func (f *Forge) Update(ctx context.Context, number int64, p forge.Proposal) (forge.PullRequest, error) {
	doing := f.doing("updating", number)
	if err := p.Validate(MaxBody); err != nil {
		return forge.PullRequest{}, err
	}
	return f.edit(ctx, doing, number, sdk.EditPullRequestOption{Title: p.Title, Body: &p.Body})
}

func (f *Forge) edit(ctx context.Context, doing string, number int64, o sdk.EditPullRequestOption) (forge.PullRequest, error) {
	client, err := f.client(ctx)
	if err != nil {
		return forge.PullRequest{}, f.link.Broken(doing, err)
	}
	pr, resp, err := client.EditPullRequest(f.owner, f.name, number, o)
	if err != nil {
		return forge.PullRequest{}, f.fail(doing, resp, err)
	}
	e, err := f.one(doing, pr, number)
	return e.pull, err
}

// Close implements forge.Forge.
func (f *Forge) Close(ctx context.Context, number int64, why string) error {
	doing := f.doing("closing", number)
	e, err := f.get(ctx, doing, number)
	if err != nil || e.pull.State != forge.Open {
		return err
	}
	if why != "" {
		if err := f.comment(ctx, doing, number, why); err != nil {
			return err
		}
	}
	closed := sdk.StateClosed
	p, err := f.edit(ctx, doing, number, sdk.EditPullRequestOption{State: &closed})
	if err == nil && p.State == forge.Open {
		return f.link.Nonsense(doing, "that it is still open")
	}
	return err
}

func (f *Forge) comment(ctx context.Context, doing string, number int64, text string) error {
	client, err := f.client(ctx)
	if err != nil {
		return f.link.Broken(doing, err)
	}
	if _, resp, err := client.CreateIssueComment(f.owner, f.name, number, sdk.CreateIssueCommentOption{Body: text}); err != nil {
		return f.fail(doing, resp, err)
	}
	return nil
}

func (f *Forge) get(ctx context.Context, doing string, number int64) (entry, error) {
	client, err := f.client(ctx)
	if err != nil {
		return entry{}, f.link.Broken(doing, err)
	}
	pr, resp, err := client.GetPullRequest(f.owner, f.name, number)
	if err != nil {
		return entry{}, f.fail(doing, resp, err)
	}
	return f.one(doing, pr, number)
}

func (f *Forge) doing(verb string, number int64) string {
	return fmt.Sprintf("%s pull request #%d of %s/%s", verb, number, f.owner, f.name)
}
