package gitstore

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/transport"

	"github.com/bumpboat/bumpboat/policy/fault"
)

const allowedURLs = "Allowed are https://host/path, http:// to this machine (to others only when plain http is switched on), and the path or file:// URL of a local bare repository."

// place is a location that passed the allow-list: either dir or endpoint is set.
type place struct {
	dir      string
	endpoint transport.Endpoint
	user     string
}

// String returns the location without credentials.
func (p place) String() string {
	if p.dir != "" {
		return p.dir
	}
	return p.endpoint.String()
}

// parsePlace lets through only what Options.URL names. Git's own reading of URLs is wider, and dangerous:
// `ext::sh -c …` runs a command, and a leading dash is an option (CVE-2025-21613).
func parsePlace(o Options) (place, error) {
	s := o.URL
	switch {
	case s == "":
		return place{}, refused("there is no repository URL")
	case s[0] == '-':
		return place{}, refused("repository URL begins with a dash")
	case strings.ContainsFunc(s, isControl):
		return place{}, refused("repository URL has control characters")
	case strings.Contains(s, "://"):
		return parseURL(o)
	}
	if head, _, _ := strings.Cut(s, "/"); strings.Contains(head, ":") {
		return place{}, refused(fmt.Sprintf("repository URL %q is neither https nor a path", withoutUserinfo(s)))
	}
	return place{dir: s}, nil
}

func parseURL(o Options) (place, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		// The text of err has the URL with its credentials.
		return place{}, refused("repository URL does not parse")
	}
	if _, has := u.User.Password(); has {
		return place{}, fault.New(fault.Invalid, "Give the credentials on their own, not inside the URL.",
			fmt.Errorf("repository URL %s has a password in it", u.Redacted()))
	}
	if u.RawQuery != "" || u.Fragment != "" || u.ForceQuery {
		return place{}, refused("repository URL has a query or a fragment")
	}
	switch u.Scheme {
	case "file":
		if u.Host != "" && u.Host != "localhost" || u.Path == "" {
			return place{}, refused("file URL does not name a path on this machine")
		}
		return place{dir: u.Path}, nil
	case "http":
		if !o.AllowHTTP && !isLoopback(u.Hostname()) {
			return place{}, fault.New(fault.Invalid, allowedURLs, fmt.Errorf("repository URL %s would send everything in clear text", u.Redacted()))
		}
		return httpPlace(o, u)
	case "https":
		return httpPlace(o, u)
	}
	return place{}, refused(fmt.Sprintf("repository URLs of scheme %q are not supported", u.Scheme))
}

func httpPlace(o Options, u *url.URL) (place, error) {
	host, port := u.Hostname(), 0
	if host == "" {
		return place{}, refused("repository URL has no host")
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return place{}, refused("repository URL has a bad port")
		}
		port = int(n)
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	user := o.Username
	if user == "" {
		user = u.User.Username()
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	return place{user: user, endpoint: transport.Endpoint{Protocol: u.Scheme, Host: host, Port: port, Path: path}}, nil
}

func refused(what string) error {
	return fault.New(fault.Invalid, allowedURLs, errors.New(what))
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// withoutUserinfo cuts everything before the last at sign, for text that is not a URL that parses.
func withoutUserinfo(s string) string {
	return s[strings.LastIndexByte(s, '@')+1:]
}

// secretsOf returns every form in which the password could be repeated by a server.
func secretsOf(user, password string) []string {
	if len(password) < 4 { // replacing it would hide nothing and garble everything
		return nil
	}
	basic := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	return []string{basic, url.QueryEscape(password), url.PathEscape(password), password}
}
