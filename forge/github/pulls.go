package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/bumpboat/bumpboat/forge"
)

const (
	perPage = 100
	// maxFindPages bounds one branch's history, maxOpenPages what is open in a repo.
	maxFindPages = 10
	maxOpenPages = 50
)

// Find implements forge.Forge.
func (f *Forge) Find(ctx context.Context, head, base string) ([]forge.PullRequest, error) {
	doing := fmt.Sprintf("finding pull requests of %s into %s in %s/%s", head, base, f.owner, f.name)
	if err := forge.ValidateBranches(head, base); err != nil {
		return nil, err
	}
	return f.find(ctx, doing, "all", head, base)
}

func (f *Forge) find(ctx context.Context, doing, state, head, base string) ([]forge.PullRequest, error) {
	opts := gh.PullRequestListOptions{
		State:     state,
		Head:      f.owner + ":" + head, // without the owner GitHub ignores the filter
		Base:      base,
		Sort:      "created",
		Direction: "desc",
	}
	keep := func(p forge.PullRequest) bool { return p.Head == head && p.Base == base }
	return f.list(ctx, doing, opts, maxFindPages, keep)
}

// ListOpen implements forge.Lister.
func (f *Forge) ListOpen(ctx context.Context, prefix string) ([]forge.PullRequest, error) {
	doing := fmt.Sprintf("listing open pull requests of %s/%s", f.owner, f.name)
	opts := gh.PullRequestListOptions{State: "open", Sort: "created", Direction: "desc"}
	keep := func(p forge.PullRequest) bool { return strings.HasPrefix(p.Head, prefix) }
	return f.list(ctx, doing, opts, maxOpenPages, keep)
}

// list reads every page and keeps what lies in the repo itself and passes keep, newest first.
func (f *Forge) list(ctx context.Context, doing string, opts gh.PullRequestListOptions, pages int, keep func(forge.PullRequest) bool) ([]forge.PullRequest, error) {
	found := map[int64]forge.PullRequest{} // one opened meanwhile moves others to the next page: they come twice
	for opts.ListOptions = (gh.ListOptions{Page: 1, PerPage: perPage}); ; opts.Page++ {
		if opts.Page > pages {
			return nil, f.link.Nonsense(doing, fmt.Sprintf("with more than %d pages", pages))
		}
		page, resp, err := f.client.PullRequests.List(ctx, f.owner, f.name, &opts)
		if err != nil {
			return nil, f.fail(doing, resp, err)
		}
		if page == nil {
			// go-github takes an empty body for an empty list; "none" must be said, not left out.
			return nil, f.link.Nonsense(doing, "without a list")
		}
		for _, pr := range page {
			p, own, err := f.convert(doing, pr)
			if err != nil {
				return nil, err
			}
			if own && keep(p) {
				found[p.Number] = p
			}
		}
		if resp.NextPage == 0 {
			return newestFirst(found), nil
		}
	}
}

func newestFirst(found map[int64]forge.PullRequest) []forge.PullRequest {
	all := make([]forge.PullRequest, 0, len(found))
	for _, p := range found {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b forge.PullRequest) int { return cmp.Compare(b.Number, a.Number) })
	return all
}

// Open implements forge.Forge.
func (f *Forge) Open(ctx context.Context, p forge.Proposal) (forge.PullRequest, error) {
	doing := fmt.Sprintf("opening a pull request of %s into %s in %s/%s", p.Head, p.Base, f.owner, f.name)
	if err := p.Validate(MaxBody); err != nil {
		return forge.PullRequest{}, err
	}
	pr, resp, err := f.client.PullRequests.Create(ctx, f.owner, f.name, &gh.NewPullRequest{
		Title: &p.Title, Head: &p.Head, Base: &p.Base, Body: &p.Body,
	})
	switch {
	case err == nil:
		return f.opened(doing, pr, p)
	case !isDuplicate(err):
		return forge.PullRequest{}, f.fail(doing, resp, err)
	}
	failed := f.fail(doing, resp, err)
	there, err := f.find(ctx, doing, "open", p.Head, p.Base)
	if err != nil {
		return forge.PullRequest{}, err
	}
	if len(there) == 0 {
		return forge.PullRequest{}, failed
	}
	return there[0], nil
}

// isDuplicate recognises the 422 for a head and base that have an open pull request; GitHub offers no code for it.
func isDuplicate(err error) bool {
	e, ok := errors.AsType[*gh.ErrorResponse](err)
	return ok && e.Response.StatusCode == 422 && slices.ContainsFunc(e.Errors, func(one gh.Error) bool {
		return strings.HasPrefix(strings.ToLower(one.Message), "a pull request already exists")
	})
}

// Update implements forge.Forge.
func (f *Forge) Update(ctx context.Context, number int64, p forge.Proposal) (forge.PullRequest, error) {
	doing := f.doing("updating", number)
	if err := p.Validate(MaxBody); err != nil {
		return forge.PullRequest{}, err
	}
	pr, resp, err := f.client.PullRequests.Edit(ctx, f.owner, f.name, int(number), &gh.PullRequest{Title: &p.Title, Body: &p.Body})
	if err != nil {
		return forge.PullRequest{}, f.fail(doing, resp, err)
	}
	return f.one(doing, pr, number)
}

// Close implements forge.Forge.
func (f *Forge) Close(ctx context.Context, number int64, why string) error {
	doing := f.doing("closing", number)
	pr, resp, err := f.client.PullRequests.Get(ctx, f.owner, f.name, int(number))
	if err != nil {
		return f.fail(doing, resp, err)
	}
	p, err := f.one(doing, pr, number)
	if err != nil || p.State != forge.Open {
		return err
	}
	if why != "" {
		_, resp, err = f.client.Issues.CreateComment(ctx, f.owner, f.name, int(number), &gh.IssueComment{Body: &why})
		if err != nil {
			return f.fail(doing, resp, err)
		}
	}
	pr, resp, err = f.client.PullRequests.Edit(ctx, f.owner, f.name, int(number), &gh.PullRequest{State: new("closed")})
	if err != nil {
		return f.fail(doing, resp, err)
	}
	p, err = f.one(doing, pr, number)
	if err == nil && p.State == forge.Open {
		err = f.link.Nonsense(doing, "that it is still open")
	}
	return err
}

func (f *Forge) doing(verb string, number int64) string {
	return fmt.Sprintf("%s pull request #%d of %s/%s", verb, number, f.owner, f.name)
}
