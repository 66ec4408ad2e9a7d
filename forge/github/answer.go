package github

import (
	"errors"
	"maps"
	"net/http"
	"strconv"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/bumpboat/bumpboat/forge"
	"github.com/bumpboat/bumpboat/forge/internal/wire"
)

// opened converts the answer to a proposal.
func (f *Forge) opened(doing string, pr *gh.PullRequest, p forge.Proposal) (forge.PullRequest, error) {
	got, own, err := f.convert(doing, pr)
	if err == nil && (!own || got.Head != p.Head || got.Base != p.Base) {
		err = f.link.Nonsense(doing, "with a pull request of other branches")
	}
	return got, err
}

// one converts the answer to a question about one pull request.
func (f *Forge) one(doing string, pr *gh.PullRequest, number int64) (forge.PullRequest, error) {
	p, _, err := f.convert(doing, pr)
	if err == nil && p.Number != number {
		err = f.link.Nonsense(doing, "about another pull request")
	}
	return p, err
}

// convert reads a pull request as GitHub says it. own tells whether its head lies in the repo itself: a fork may have a
// branch of the same name, and anyone can open a pull request from it. The repos are compared by id, since names change.
func (f *Forge) convert(doing string, pr *gh.PullRequest) (p forge.PullRequest, own bool, err error) {
	p = forge.PullRequest{
		Number:     int64(pr.GetNumber()),
		URL:        pr.GetHTMLURL(),
		Title:      pr.GetTitle(),
		Body:       pr.GetBody(),
		Head:       pr.GetHead().GetRef(),
		Base:       pr.GetBase().GetRef(),
		HeadCommit: pr.GetHead().GetSHA(),
	}
	switch {
	case pr.GetMerged() || !pr.GetMergedAt().IsZero(): // lists have only the time
		p.State = forge.Merged
	case pr.GetState() == "open":
		p.State = forge.Open
	case pr.GetState() == "closed":
		p.State = forge.Closed
	default:
		return p, false, f.link.Nonsense(doing, "with a pull request in no known state")
	}
	if p.Number <= 0 || p.Head == "" || p.Base == "" || !wire.IsWeb(p.URL) {
		return p, false, f.link.Nonsense(doing, "with a pull request that lacks its number, address or branches")
	}
	head, base := pr.GetHead().GetRepo().GetID(), pr.GetBase().GetRepo().GetID()
	return p, head != 0 && head == base, nil
}

// fail turns what go-github returns into a forge error.
func (f *Forge) fail(doing string, resp *gh.Response, err error) *forge.Error {
	if limit, ok := errors.AsType[*gh.RateLimitError](err); ok {
		// go-github answers by itself, with a response without headers, while it knows that there is nothing left.
		h := http.Header{"X-Ratelimit-Remaining": {"0"}}
		if limit.Response != nil {
			maps.Copy(h, limit.Response.Header)
		}
		return f.link.Status(doing, http.StatusForbidden, h, limit.Message)
	}
	if abuse, ok := errors.AsType[*gh.AbuseRateLimitError](err); ok {
		h := http.Header{"Retry-After": {"60"}} // GitHub asks for at least a minute when it names no time
		if abuse.RetryAfter != nil {
			h.Set("Retry-After", strconv.Itoa(int(abuse.RetryAfter.Seconds())))
		}
		return f.link.Status(doing, http.StatusForbidden, h, abuse.Message)
	}
	if resp == nil || resp.StatusCode < http.StatusMultipleChoices {
		return f.link.Broken(doing, err)
	}
	return f.link.Status(doing, resp.StatusCode, resp.Header, message(err))
}

// message joins what GitHub says in general and in particular.
func message(err error) string {
	e, ok := errors.AsType[*gh.ErrorResponse](err)
	if !ok {
		return ""
	}
	parts := []string{e.Message}
	for _, one := range e.Errors {
		text := one.Message
		if text == "" {
			text = strings.Join([]string{one.Resource, one.Field, one.Code}, " ")
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ": ")
}
