package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// errMoved says that a page that the registry had announced was not there.
var errMoved = errors.New("the list of tags changed while it was read")

// tags reads the whole list. Where a tag was deleted between two pages, some registries answer 404 for the next one:
// then the list is read again from its beginning, once.
func (s *session) tags(ctx context.Context) ([]string, error) {
	tags, err := s.walk(ctx)
	if errors.Is(err, errMoved) {
		tags, err = s.walk(ctx)
	}
	return tags, err
}

// walk follows the pages to the end. It does not ask for a size: some registries cut the list there and do not say so.
func (s *session) walk(ctx context.Context) ([]string, error) {
	list := &tagList{session: s, left: s.limits.bytes}
	seen := map[string]bool{}
	for next := s.url("tags/list"); next != nil; {
		address := next.String()
		switch {
		case seen[address]:
			return nil, s.nonsense("has a list of tags that goes in a circle")
		case len(seen) == s.limits.pages:
			return nil, s.nonsense(fmt.Sprintf("has a list of tags with more than %d pages", s.limits.pages))
		}
		seen[address] = true
		var err error
		if next, err = list.page(ctx, next, len(seen) > 1); err != nil {
			return nil, err
		}
	}
	return list.tags, nil
}

// tagList is the part of a list that has been read.
type tagList struct {
	*session
	tags []string
	// left is how many bytes the rest may have.
	left int64
}

// page reads one page and returns the address of the next one, nil after the last.
func (l *tagList) page(ctx context.Context, u *url.URL, announced bool) (*url.URL, error) {
	resp, err := l.do(ctx, http.MethodGet, u, "application/json")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotFound && announced:
		return nil, errMoved
	case resp.StatusCode != http.StatusOK:
		return nil, statusOf(resp)
	}
	if err := l.read(json.NewDecoder(l.bounded(resp.Body))); err != nil {
		return nil, err
	}
	next, err := nextPage(resp.Header.Values("Link"), resp.Request.URL, &l.base)
	if err != nil {
		return nil, l.nonsense(err.Error())
	}
	return next, nil
}

// read decodes `{"name": …, "tags": […]}` tag by tag, so that a hostile list cannot cost more than its bytes.
func (l *tagList) read(dec *json.Decoder) error {
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return l.shape(err)
	}
	found := false
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return l.shape(err)
		}
		if key == "tags" {
			found, err = true, l.readTags(dec)
		} else {
			var skipped json.RawMessage
			err = dec.Decode(&skipped)
		}
		if err != nil {
			return l.shape(err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return l.shape(err)
	}
	if !found {
		return l.shape(nil)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return l.shape(err)
	}
	return nil
}

// readTags decodes the tags of one page. A repository whose tags were all deleted has null.
func (l *tagList) readTags(dec *json.Decoder) error {
	open, err := dec.Token()
	if err != nil || open == nil {
		return err
	}
	if open != json.Delim('[') {
		return l.shape(nil)
	}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		tag, ok := token.(string)
		if !ok {
			return l.shape(nil)
		}
		if len(l.tags) == l.limits.tags {
			return l.nonsense(fmt.Sprintf("has more than %d tags", l.limits.tags))
		}
		l.tags = append(l.tags, tag)
	}
	_, err = dec.Token()
	return err
}

// shape returns the error for a page that is no list of tags. An end inside the page is a lost connection.
func (l *tagList) shape(err error) error {
	switch {
	case err == nil:
		return l.nonsense("answered with something else than a list of tags")
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return err
}

// bounded returns a reader that fails when the list as a whole has become too long.
func (l *tagList) bounded(r io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if l.left <= 0 {
			return 0, l.nonsense(fmt.Sprintf("has a list of tags of more than %d bytes", l.limits.bytes))
		}
		n, err := r.Read(p[:min(int64(len(p)), l.left)])
		l.left -= int64(n)
		return n, err
	})
}

type readerFunc func([]byte) (int, error)

// Read implements io.Reader.
func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// nextPage returns the address of the next page, nil when the Link headers name none. It has to be at the origin
// that sent the page, which a redirect may have chosen, or at the registry itself.
func nextPage(links []string, page, registry *url.URL) (*url.URL, error) {
	for _, header := range links {
		target, err := nextLink(header)
		if err != nil {
			return nil, err
		}
		if target == "" {
			continue
		}
		u, err := page.Parse(target)
		if err != nil {
			return nil, errLink
		}
		if o := origin(u); o != origin(page) && o != origin(registry) || u.User != nil {
			return nil, errors.New("names a next page of tags at another host: " + clean(u.Host))
		}
		u.Fragment = ""
		return u, nil
	}
	return nil, nil
}

// origin returns scheme, host and port of an address, the port written out.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// errLink says that a Link header cannot be read, so that nobody knows whether the list goes on.
var errLink = errors.New("has a Link header that cannot be read")

// nextLink returns the target with the relation `next` of a Link header (RFC 8288, section 3), or "". A link without
// a relation counts: registries send Link for nothing else.
func nextLink(header string) (string, error) {
	rest := header
	for {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			return "", nil
		}
		if rest[0] != '<' {
			return "", errLink
		}
		target, after, ok := strings.Cut(rest[1:], ">")
		if !ok {
			return "", errLink
		}
		var params string
		params, rest = cutUnquoted(after, ',')
		if isNext(params) {
			return strings.TrimSpace(target), nil
		}
	}
}

// isNext reads the parameters of one link.
func isNext(params string) bool {
	for params != "" {
		var param string
		param, params = cutUnquoted(params, ';')
		key, value, _ := strings.Cut(param, "=")
		if !strings.EqualFold(strings.TrimSpace(key), "rel") {
			continue
		}
		// Only the first rel counts, and it may name several relations.
		for relation := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(relation, "next") {
				return true
			}
		}
		return false
	}
	return true
}

// cutUnquoted cuts s at the first separator outside of quotes.
func cutUnquoted(s string, separator byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == separator && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
