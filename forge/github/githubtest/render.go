package githubtest

import (
	"encoding/base64"
	"fmt"
	"maps"
	"strings"
	"time"
)

type object = map[string]any

func (s *Server) api() string { return s.http.URL + prefix }

// simple is a pull request as lists have it.
func (r *Repo) simple(p *pull) object {
	web := fmt.Sprintf("%s/%s/%s/pull/%d", r.server.http.URL, r.owner, r.name, p.Number)
	api := fmt.Sprintf("%s/repos/%s/%s", r.server.api(), r.owner, r.name)
	self := fmt.Sprintf("%s/pulls/%d", api, p.Number)
	issue := fmt.Sprintf("%s/issues/%d", api, p.Number)
	state, merged := p.State, any(nil)
	if p.State == "merged" {
		state, merged = "closed", stamp(p.closed)
	}
	o := object{
		"id": p.id, "node_id": node("PR", p.id), "number": p.Number, "state": state, "title": p.Title, "body": orNull(p.Body),
		"locked": false, "draft": false, "user": r.user("bumpboat"), "author_association": "CONTRIBUTOR",
		"assignee": nil, "assignees": []any{}, "labels": []any{}, "milestone": nil, "auto_merge": nil,
		"requested_reviewers": []any{}, "requested_teams": []any{},
		"created_at": stamp(p.created), "updated_at": stamp(p.updated), "closed_at": stamp(p.closed), "merged_at": merged,
		"merge_commit_sha": nil, "html_url": web, "diff_url": web + ".diff", "patch_url": web + ".patch",
		"url": self, "issue_url": issue, "commits_url": self + "/commits", "review_comments_url": self + "/comments",
		"review_comment_url": api + "/pulls/comments{/number}", "comments_url": issue + "/comments",
		"statuses_url": api + "/statuses/" + p.headSHA,
		"head":         r.side(p.from, p.owner, p.Head, p.headSHA), "base": r.side(r, r.owner, p.Base, p.baseSHA),
	}
	links := object{"html": object{"href": web}, "self": object{"href": self}, "issue": object{"href": issue}}
	for link, from := range map[string]string{
		"commits": "commits_url", "comments": "comments_url", "review_comments": "review_comments_url",
		"review_comment": "review_comment_url", "statuses": "statuses_url",
	} {
		links[link] = object{"href": o[from]}
	}
	o["_links"] = links
	return o
}

// full is a pull request as it is answered on its own.
func (r *Repo) full(p *pull) object {
	o := r.simple(p)
	more := object{
		"merged": p.State == "merged", "mergeable": nil, "rebaseable": nil, "mergeable_state": "unknown", "merged_by": nil,
		"comments": len(p.Comments), "review_comments": 0, "maintainer_can_modify": false,
		"commits": 1, "additions": 1, "deletions": 1, "changed_files": 1,
	}
	if p.State == "merged" {
		more["merged_by"] = r.user("reviewer")
	}
	maps.Copy(o, more)
	return o
}

func (r *Repo) side(repo *Repo, owner, branch, sha string) object {
	o := object{"label": owner + ":" + branch, "ref": branch, "sha": sha, "user": r.user(owner), "repo": nil}
	if repo != nil {
		o["repo"] = repo.render()
	}
	return o
}

func (r *Repo) render() object {
	full := r.owner + "/" + r.name
	api, web := r.server.api()+"/repos/"+full, r.server.http.URL+"/"+full
	o := object{
		"id": r.id, "node_id": node("R", r.id), "name": r.name, "full_name": full, "owner": r.user(r.owner),
		"private": true, "fork": r.fork, "description": nil, "homepage": nil, "language": nil, "license": nil, "mirror_url": nil,
		"default_branch": "main", "visibility": "private", "topics": []any{}, "archived": false, "disabled": false,
		"has_issues": true, "has_projects": true, "has_downloads": true, "has_wiki": true, "has_pages": false,
		"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "pushed_at": "2026-01-01T00:00:00Z",
		"url": api, "html_url": web, "clone_url": web + ".git", "svn_url": web,
		"git_url": "git://example.com/" + full + ".git", "ssh_url": "git@example.com:" + full + ".git",
	}
	for count := range strings.FieldsSeq("size forks forks_count stargazers_count watchers watchers_count open_issues open_issues_count") {
		o[count] = 0
	}
	for thing := range strings.FieldsSeq("archive assignees blobs branches collaborators comments commits compare contents contributors " +
		"deployments downloads events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels languages " +
		"merges milestones notifications pulls releases stargazers statuses subscribers subscription tags teams trees") {
		o[thing+"_url"] = api + "/" + thing
	}
	return o
}

func (r *Repo) user(login string) object {
	api := r.server.api() + "/users/" + login
	o := object{
		"id": 1, "node_id": node("U", 1), "login": login, "type": "User", "site_admin": false, "gravatar_id": "",
		"url": api, "html_url": r.server.http.URL + "/" + login,
	}
	for thing := range strings.FieldsSeq("avatar events followers following gists organizations received_events repos starred subscriptions") {
		o[thing+"_url"] = api + "/" + thing
	}
	return o
}

func (r *Repo) commentOf(p *pull, id int64, body string) object {
	issue := fmt.Sprintf("%s/repos/%s/%s/issues", r.server.api(), r.owner, r.name)
	return object{
		"id": id, "node_id": node("IC", id), "body": body, "user": r.user("bumpboat"), "author_association": "CONTRIBUTOR",
		"url":        fmt.Sprintf("%s/comments/%d", issue, id),
		"html_url":   fmt.Sprintf("%s/%s/%s/pull/%d#issuecomment-%d", r.server.http.URL, r.owner, r.name, p.Number, id),
		"issue_url":  fmt.Sprintf("%s/%d", issue, p.Number),
		"created_at": stamp(p.updated), "updated_at": stamp(p.updated), "performed_via_github_app": nil,
	}
}

func node(kind string, id int64) string {
	return kind + "_" + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d", id))
}

// stamp is a time as GitHub writes it; null when there was none.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Format(time.RFC3339)
}

// orNull is how GitHub says that there is no text.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
