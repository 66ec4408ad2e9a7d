package githubtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// GitHub's own limits, in characters.
const (
	maxTitle = 256
	maxBody  = 65_536
)

// fields are those of all requests; a pointer that stays nil was not sent.
type fields struct {
	Title *string `json:"title"`
	Body  *string `json:"body"`
	State *string `json:"state"`
	Head  string  `json:"head"`
	Base  string  `json:"base"`
}

// route answers a request that is as described.
func (s *Server) route(params map[string]string, r *http.Request, body []byte) answer {
	repo := s.repos[strings.ToLower(params["owner"]+"/"+params["repo"])]
	if repo == nil {
		return problem(http.StatusNotFound, "Not Found")
	}
	if err := repo.follow(); err != nil {
		return problem(http.StatusInternalServerError, err.Error())
	}
	var f fields
	if len(body) > 0 {
		if err := json.Unmarshal(body, &f); err != nil {
			return problem(http.StatusBadRequest, "Problems parsing JSON")
		}
	}
	if params["pull_number"] == "" && params["issue_number"] == "" {
		if r.Method == http.MethodPost {
			return repo.create(f)
		}
		return repo.list(r.URL.Query())
	}
	number, err := strconv.ParseInt(params["pull_number"]+params["issue_number"], 10, 64)
	p := repo.find(number)
	if err != nil || p == nil {
		return problem(http.StatusNotFound, "Not Found")
	}
	switch r.Method {
	case http.MethodPost:
		return repo.comment(p, f)
	case http.MethodPatch:
		return repo.edit(p, f)
	default:
		return reply(http.StatusOK, repo.full(p))
	}
}

func (r *Repo) list(q url.Values) answer {
	var chosen []*pull
	for _, p := range r.pulls {
		state := cmp.Or(q.Get("state"), "open")
		isOpen := p.State == "open"
		// Without an owner the filter has no effect.
		wrongHead := strings.Contains(q.Get("head"), ":") && q.Get("head") != p.owner+":"+p.Head
		wrongBase := q.Get("base") != "" && q.Get("base") != p.Base
		if (state == "all" || isOpen == (state == "open")) && !wrongHead && !wrongBase {
			chosen = append(chosen, p)
		}
	}
	slices.SortStableFunc(chosen, func(a, b *pull) int {
		if q.Get("sort") == "updated" {
			return a.updated.Compare(b.updated)
		}
		return cmp.Compare(a.Number, b.Number)
	})
	if q.Get("direction") == "desc" || q.Get("direction") == "" && cmp.Or(q.Get("sort"), "created") == "created" {
		slices.Reverse(chosen)
	}
	size := min(number(q, "per_page", 30), 100)
	page := number(q, "page", 1)
	last := max((len(chosen)+size-1)/size, 1)
	items := []any{} // an empty list is [], not null
	for _, p := range chosen[min((page-1)*size, len(chosen)):min(page*size, len(chosen))] {
		items = append(items, r.simple(p))
	}
	a := reply(http.StatusOK, items)
	if last > 1 {
		a.header.Set("Link", r.links(q, page, last))
	}
	return a
}

func number(q url.Values, name string, otherwise int) int {
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < 1 || n > 1_000_000 {
		return otherwise
	}
	return n
}

func (r *Repo) links(q url.Values, page, last int) string {
	link := func(rel string, page int) string {
		q.Set("page", strconv.Itoa(page))
		return fmt.Sprintf(`<%s/repositories/%d/pulls?%s>; rel="%s"`, r.server.api(), r.id, q.Encode(), rel)
	}
	var all []string
	if page > 1 {
		all = append(all, link("prev", page-1), link("first", 1))
	}
	if page < last {
		all = append(all, link("next", page+1), link("last", last))
	}
	return strings.Join(all, ", ")
}

func (r *Repo) create(f fields) answer {
	branches, err := r.branches()
	if err != nil {
		return problem(http.StatusInternalServerError, err.Error())
	}
	if bad := tooLong(f); bad != nil {
		return refuse(bad)
	}
	if f.Title == nil || strings.TrimSpace(*f.Title) == "" {
		return refuse(map[string]any{"resource": "PullRequest", "code": "missing_field", "field": "title"})
	}
	for field, branch := range map[string]string{"head": f.Head, "base": f.Base} {
		if branches[branch] == "" {
			return refuse(map[string]any{"resource": "PullRequest", "code": "invalid", "field": field})
		}
	}
	if branches[f.Head] == branches[f.Base] {
		return refuse(custom(fmt.Sprintf("No commits between %s and %s", f.Base, f.Head)))
	}
	for _, p := range r.pulls {
		if p.State == "open" && p.from == r && p.Head == f.Head && p.Base == f.Base {
			return refuse(custom(fmt.Sprintf("A pull request already exists for %s:%s.", r.owner, f.Head)))
		}
	}
	p := r.open(r, Pull{Title: *f.Title, Head: f.Head, Base: f.Base}, branches[f.Head], branches[f.Base])
	if f.Body != nil {
		p.Body = *f.Body
	}
	return reply(http.StatusCreated, r.full(p))
}

func (r *Repo) edit(p *pull, f fields) answer {
	if bad := tooLong(f); bad != nil {
		return refuse(bad)
	}
	if f.Title != nil {
		p.Title = *f.Title
	}
	if f.Body != nil {
		p.Body = *f.Body
	}
	p.updated = r.server.options.Now().UTC()
	if f.State != nil && *f.State == "closed" && p.State == "open" {
		r.finish(p, "closed")
	}
	if f.State != nil && *f.State == "open" && p.State == "closed" {
		p.State = "open"
	}
	return reply(http.StatusOK, r.full(p))
}

func (r *Repo) comment(p *pull, f fields) answer {
	if f.Body == nil || strings.TrimSpace(*f.Body) == "" {
		return refuse(map[string]any{"resource": "IssueComment", "code": "missing_field", "field": "body"})
	}
	if bad := tooLong(f); bad != nil {
		return refuse(bad)
	}
	p.Comments = append(p.Comments, *f.Body)
	p.updated = r.server.options.Now().UTC()
	return reply(http.StatusCreated, r.commentOf(p, r.server.newID(), *f.Body))
}

func tooLong(f fields) map[string]any {
	for name, text := range map[string]*string{"title": f.Title, "body": f.Body} {
		limit := maxBody
		if name == "title" {
			limit = maxTitle
		}
		if text != nil && utf8.RuneCountInString(*text) > limit {
			return custom(fmt.Sprintf("%s is too long (maximum is %d characters)", name, limit))
		}
	}
	return nil
}

func custom(message string) map[string]any {
	return map[string]any{"resource": "PullRequest", "code": "custom", "message": message}
}

func refuse(detail map[string]any) answer {
	return problem(http.StatusUnprocessableEntity, "Validation Failed", detail)
}
