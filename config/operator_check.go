package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// checkOperator checks what types and tags do not say, with the defaults filled in.
func (d *decoder) checkOperator(o Operator) {
	d.checkGuards("guards", o.Guards)
	d.checkTimeout(o.Timeout)
	d.checkSchedule(o.Schedule)
	repositories := map[string]bool{}
	for i, r := range o.Repositories {
		at := index("repositories", i)
		if r.Name != "" && repositories[r.Name] {
			d.report(join(at, "name"), "two repositories are named "+short(r.Name), "give this one a name of its own")
		}
		repositories[r.Name] = true
		d.checkRepository(at, r)
	}
	hosts := map[string]bool{}
	for i, r := range o.Registries {
		at := index("registries", i)
		if r.Host != "" && hosts[r.Host] {
			d.report(join(at, "host"), "two entries for "+short(r.Host), "put what they say into one")
		}
		hosts[r.Host] = true
		d.checkRegistry(at, r)
	}
}

func (d *decoder) checkTimeout(t Duration) {
	// The default stands in for a zero that was written out, too.
	if n := d.values["timeout"]; n != nil && strings.Trim(n.Value, "0.hmsnuµ") == "" {
		d.report("timeout", "a timeout of zero", "for example timeout: 1m")
	} else if t > Duration(time.Hour) {
		d.report("timeout", "a timeout of more than an hour", "for example timeout: 1m")
	}
}

func (d *decoder) checkSchedule(s Schedule) {
	const examples = `for example "*/15 * * * *" or "@every 15m"`
	switch schedule, err := parseCron(s.Cron); {
	case err != nil:
		d.report("schedule.cron", err.Error(), examples)
	case schedule.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero():
		d.report("schedule.cron", "a schedule that never comes", examples)
	}
	if _, err := time.LoadLocation(s.TimeZone); err != nil {
		d.report("schedule.timeZone", "unknown time zone "+short(s.TimeZone), "for example Europe/Berlin or UTC")
	}
	if s.Jitter > Duration(24*time.Hour) {
		d.report("schedule.jitter", "a jitter of more than a day", "for example jitter: 1m")
	}
}

var (
	// repositoryName is also part of file names, metrics and links.
	repositoryName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	forgeRepo      = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)
	emailAddress   = regexp.MustCompile(`^[^\s<>@]+@[^\s<>@]+$`)
	authorName     = regexp.MustCompile(`^[^<>\x00-\x1f]+$`)
)

func (d *decoder) checkRepository(at string, r Repository) {
	switch name := join(at, "name"); {
	case r.Name == "" && r.URL != "":
		d.report(name, "no name can be made of the url", "add name: letters, digits, dots, dashes and underscores")
	case r.Name != "" && !repositoryName.MatchString(r.Name):
		d.report(name, "not a name", "use letters, digits, dots, dashes and underscores")
	}
	if hint := branchHint(r.Branch); hint != "" {
		d.report(join(at, "branch"), "not the name of a branch", hint)
	}
	d.checkPaths(join(at, "paths"), r.Paths)
	d.checkPaths(join(at, "ignore"), r.Ignore)
	d.checkRepositoryURL(join(at, "url"), r)
	if !d.broken[join(at, "url")] && !d.broken[join(at, "forge.kind")] {
		d.checkForge(join(at, "forge"), r)
	}
	git := join(at, "git")
	d.checkCA(join(git, "ca"), r.Git.CA)
	if !authorName.MatchString(r.Git.Author.Name) {
		d.report(join(git, "author.name"), "not a name that Git can keep", "remove < and > and control characters")
	}
	if !emailAddress.MatchString(r.Git.Author.Email) {
		d.report(join(git, "author.email"), "not an e-mail address", "for example bot@example.com")
	}
}

// branchHint says what is wrong with the name of a branch (git-check-ref-format), or "".
func branchHint(name string) string {
	switch {
	case name == "":
		return ""
	case strings.HasPrefix(name, "refs/"):
		return "write it without refs/heads/"
	case strings.ContainsAny(name, " ~^:?*[\\\x7f") || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }):
		return "remove blanks and the characters ~ ^ : ? * [ \\"
	case strings.Contains(name, "..") || strings.Contains(name, "@{") || strings.Contains(name, "//") ||
		strings.Contains(name, "/.") || strings.Contains(name, ".lock/") || strings.Trim(name, "-./") != name || strings.HasSuffix(name, ".lock"):
		return "see git help check-ref-format"
	}
	return ""
}

func (d *decoder) checkRepositoryURL(at string, r Repository) {
	const allowed = "use https://, http://, file:// or the path of a local bare repository"
	switch {
	case r.URL == "":
	case isLocal(r.URL):
		if hasScheme(r.URL) && !filepath.IsAbs(localPath(r.URL)) {
			d.report(at, "a file:// URL with a host or a relative path", "write file:///PATH, or the path alone")
		}
	case !hasScheme(r.URL):
		d.report(at, "not the address of a repository", allowed)
	default:
		d.checkHTTP(at, r.URL, "git.token", r.Git.Insecure, allowed)
	}
}

// checkHTTP checks an address. It never quotes it: what is wrong with it may be the credential inside.
func (d *decoder) checkHTTP(at, address, token string, insecure bool, allowed string) {
	u, err := url.Parse(address)
	if err != nil {
		d.report(at, "not a URL", allowed)
		return
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		d.report(at, "a URL that begins with "+u.Scheme+"://", allowed)
	case u.User != nil:
		d.report(at, "a URL with a credential", "put the credential in "+token)
	case u.Hostname() == "":
		d.report(at, "a URL without a host", allowed)
	case u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(address, "?#"):
		d.report(at, "a URL with a query or fragment", "remove what follows the path")
	case u.Scheme == "http" && !insecure && !isLoopback(u.Hostname()):
		d.report(at, "plain HTTP would send the token in the clear", "use https://, or allow it with git: {insecure: true}")
	}
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func (d *decoder) checkForge(at string, r Repository) {
	f := r.Forge
	switch f.Kind {
	case "":
		d.report(at, "the forge's kind cannot be told from the url", "add forge: {kind: github}, gitea or embedded")
		return
	case KindEmbedded:
		if f.Dir == "" {
			d.report(join(at, "dir"), "the embedded forge of a remote repository needs a directory", "add dir: PATH to forge")
		}
		return
	case KindGitea:
		if f.URL == "" {
			d.report(join(at, "url"), "the forge's address cannot be told from the repository's url", "add url: https://HOST to forge")
		}
	}
	if f.URL != "" && d.values[join(at, "url")] != nil {
		d.checkHTTP(join(at, "url"), f.URL, "forge.token", r.Git.Insecure, "use https:// or http://")
	}
	if !forgeRepo.MatchString(f.Repo) {
		d.report(join(at, "repo"), "the repository's name on the forge is not known or not of the form owner/name", "add repo: owner/name to forge")
	}
}

// checkCA looks into a file of certificates. The path is resolved already.
func (d *decoder) checkCA(at, file string) {
	if file == "" {
		return
	}
	data, err := d.readFile(file)
	switch {
	case err != nil:
		d.report(at, unreadable(file, err), "a relative path starts at the directory of the configuration file")
	case !x509.NewCertPool().AppendCertsFromPEM(data):
		d.report(at, "file "+short(file)+" has no certificate", "it must hold certificates in PEM form")
	}
}

// registryAddress is a host name, IPv4 or bracketed IPv6 address, with or without a port.
var registryAddress = regexp.MustCompile(`^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?$`)

func (d *decoder) checkRegistry(at string, r Registry) {
	if r.Host != "" && !registryAddress.MatchString(r.Host) {
		d.report(join(at, "host"), "not the host of a registry", "write it as in image references: registry.example.com or localhost:5000")
	}
	token, password := !r.Token.IsZero(), !r.Password.IsZero()
	switch {
	case token && (password || r.Username != ""):
		d.report(join(at, "token"), "a token beside a username or password", "keep one of the two")
	case r.Username != "" && !password && !d.broken[join(at, "password")]:
		d.report(join(at, "username"), "a username without a password", "add password: {env: NAME}")
	case password && r.Username == "":
		d.report(join(at, "password"), "a password without a username", "add username: NAME")
	}
	d.checkCA(join(at, "ca"), r.CA)
}

// parseCron reads a schedule. Time zones inside it are refused: there is a key for that, and the parser panics on
// a malformed one.
func parseCron(text string) (cron.Schedule, error) {
	if strings.Contains(text, "TZ=") {
		return nil, errors.New("a time zone inside the schedule: write it as timeZone")
	}
	schedule, err := cron.ParseStandard(text)
	if err != nil {
		return nil, fmt.Errorf("not a schedule: %s", short(err.Error()))
	}
	if every, ok := strings.CutPrefix(text, "@every "); ok {
		// The parser silently makes a second of anything shorter, negative intervals included.
		if interval, err := time.ParseDuration(every); err != nil || interval < time.Second {
			return nil, errors.New("an interval of less than a second")
		}
	}
	return schedule, nil
}
