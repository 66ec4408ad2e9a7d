package config

import (
	"cmp"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Defaults returns the operator's configuration with every value that was not given filled in. What cannot be
// derived stays empty.
func Defaults(o Operator) Operator {
	o.Concurrency = cmp.Or(o.Concurrency, 8)
	o.Timeout = cmp.Or(o.Timeout, Duration(time.Minute))
	o.Schedule.Cron = cmp.Or(o.Schedule.Cron, "@every 15m")
	o.Schedule.TimeZone = cmp.Or(o.Schedule.TimeZone, "UTC")
	o.Repositories = slices.Clone(o.Repositories)
	for i := range o.Repositories {
		o.Repositories[i] = repositoryDefaults(o.Repositories[i])
	}
	o.Registries = slices.Clone(o.Registries)
	for i := range o.Registries {
		o.Registries[i].Host = registryHost(o.Registries[i].Host)
	}
	return o
}

func repositoryDefaults(r Repository) Repository {
	r.Name = cmp.Or(r.Name, lastName(r.URL))
	r.MaxOpen = cmp.Or(r.MaxOpen, 10)
	r.Git.Author.Name = cmp.Or(r.Git.Author.Name, "bumpboat")
	r.Git.Author.Email = cmp.Or(r.Git.Author.Email, "noreply@bumpboat.dev")
	r.Forge = forgeDefaults(r.Forge, r.URL)
	// A token goes to no host that it was not given for.
	if r.Git.Token.IsZero() && forgeHost(r.Forge) != "" && forgeHost(r.Forge) == hostOf(r.URL) {
		r.Git.Token = r.Forge.Token
	}
	return r
}

func forgeDefaults(f Forge, repository string) Forge {
	local := isLocal(repository)
	if f.Kind == "" {
		switch {
		case local && f.URL == "":
			f.Kind = KindEmbedded
		case hostOf(cmp.Or(f.URL, repository)) == githubHost:
			f.Kind = KindGitHub
		}
	}
	switch f.Kind {
	case KindEmbedded:
		if f.Dir == "" && local {
			f.Dir = filepath.Clean(localPath(repository)) + ".pulls"
		}
	case KindGitHub, KindGitea:
		base, repo := splitRepository(repository)
		f.Repo = cmp.Or(f.Repo, repo)
		f.URL = strings.TrimSuffix(cmp.Or(f.URL, base), "/")
		if f.Kind == KindGitHub && (hostOf(f.URL) == githubHost || hostOf(f.URL) == "api."+githubHost) {
			f.URL = ""
		}
	}
	return f
}

// The kinds of forges.
const (
	KindGitHub   = "github"
	KindGitea    = "gitea"
	KindEmbedded = "embedded"
)

const githubHost = "github.com"

// forgeHost returns the host that a forge's token is for.
func forgeHost(f Forge) string {
	if f.Kind == KindGitHub && f.URL == "" {
		return githubHost
	}
	return hostOf(f.URL)
}

// scheme matches the beginning of a URL (RFC 3986, section 3.1).
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)

func hasScheme(s string) bool { return scheme.MatchString(s) }

func cutScheme(s, name string) (rest string, ok bool) {
	head, rest, ok := strings.Cut(s, "://")
	return rest, ok && strings.EqualFold(head, name)
}

// isLocal says that a repository's url is a path or a file:// URL. `host:path` and `git::url` are neither: those
// are forms of SSH and of remote helpers.
func isLocal(s string) bool {
	if hasScheme(s) {
		_, file := cutScheme(s, "file")
		return file
	}
	head, _, colon := strings.Cut(s, ":")
	return s != "" && s[0] != '-' && (!colon || strings.ContainsAny(head, `/\`))
}

// hostOf returns the host of an HTTP URL, with its port, or "".
func hostOf(s string) string {
	u, err := url.Parse(s)
	if err != nil || !hasScheme(s) {
		return ""
	}
	return strings.ToLower(u.Host)
}

// lastName returns the last part of a url, without .git.
func lastName(s string) string {
	name := path.Base(strings.TrimRight(filepath.ToSlash(s), "/"))
	if name = strings.TrimSuffix(name, ".git"); !repositoryName.MatchString(name) {
		return ""
	}
	return name
}

// splitRepository takes the address of the forge and owner/name from a repository's HTTP URL.
func splitRepository(s string) (base, repo string) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || isLocal(s) {
		return "", ""
	}
	parts := strings.Split(strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git"), "/")
	if len(parts) < 2 {
		return "", ""
	}
	owner := len(parts) - 2
	root := url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.Join(parts[:owner], "/")}
	return root.String(), strings.Join(parts[owner:], "/")
}

// registryHost returns the host under which image references name a registry: Docker Hub has several.
func registryHost(host string) string {
	host = strings.ToLower(host)
	if host == "index.docker.io" || host == "registry-1.docker.io" {
		return "docker.io"
	}
	return host
}
