package gitea

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"time"

	sdk "code.gitea.io/sdk/gitea"

	"github.com/bumpboat/bumpboat/forge"
)

const (
	// perPage is the most that a server gives out unless it is configured otherwise (MAX_RESPONSE_ITEMS).
	perPage = 50
	// maxPages bounds a repo's pull requests to 20,000.
	maxPages = 400
)

// entry is what is remembered of a pull request.
type entry struct {
	pull    forge.PullRequest // Head is "" when it lies in another repo
	updated time.Time
}

// refresh brings f.known up to date and returns the numbers that it has read. The first time it reads everything in the
// order of creation, which does not shift under a reader; then the most recently updated, until a page ends in something
// that has not been updated since. Closing, reopening, merging and editing all count as updates.
func (f *Forge) refresh(ctx context.Context, doing string) (map[int64]bool, error) {
	sort := "recentupdate"
	first := f.known == nil
	if first {
		sort = ""
	}
	known, fresh := map[int64]entry{}, map[int64]bool{}
	err := f.pages(ctx, doing, sdk.ListPullRequestsOptions{State: sdk.StateAll, Sort: sort}, func(page []entry) bool {
		news := true
		for _, e := range page {
			old, there := f.known[e.pull.Number]
			news = first || !there || !old.updated.Equal(e.updated)
			known[e.pull.Number], fresh[e.pull.Number] = e, true
		}
		return news
	})
	if err != nil {
		return nil, err
	}
	if first {
		f.known = known
	}
	maps.Copy(f.known, known)
	return fresh, nil
}

// pages hands every page to take until it returns false or there is none left. A list that ends before its announced
// number of items is an error.
func (f *Forge) pages(ctx context.Context, doing string, opts sdk.ListPullRequestsOptions, take func([]entry) bool) error {
	client, err := f.client(ctx)
	if err != nil {
		return f.link.Broken(doing, err)
	}
	opts.PageSize = perPage
	read := 0
	for opts.Page = 1; opts.Page <= maxPages; opts.Page++ {
		pulls, resp, err := client.ListRepoPullRequests(f.owner, f.name, opts)
		if err != nil {
			return f.fail(doing, resp, err)
		}
		if pulls == nil {
			return f.link.Nonsense(doing, "without a list")
		}
		page := make([]entry, 0, len(pulls))
		for _, pr := range pulls {
			e, err := f.convert(doing, pr)
			if err != nil {
				return err
			}
			page = append(page, e)
		}
		read += len(page)
		if !take(page) {
			return nil
		}
		if resp.NextPage == 0 {
			return f.whole(doing, read, resp)
		}
	}
	return f.link.Nonsense(doing, fmt.Sprintf("with more than %d pages", maxPages))
}

// whole compares what was read with what the server says that there is.
func (f *Forge) whole(doing string, read int, resp *sdk.Response) error {
	total, err := strconv.Atoi(resp.Header.Get("X-Total-Count"))
	if err != nil || read >= total {
		return nil
	}
	return f.link.Status(doing, http.StatusServiceUnavailable, resp.Header, fmt.Sprintf("only %d of %d pull requests", read, total))
}
