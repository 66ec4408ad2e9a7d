package oci

import (
	"encoding/json"
	"io"
	"net/url"

	"github.com/google/go-containerregistry/pkg/name"
)

// Limit makes the client's bounds small enough for a test to reach them.
func (c *Client) Limit(pages, tags int, bytes, manifest int64) {
	c.limits = limits{pages: pages, tags: tags, bytes: bytes, manifest: manifest}
}

// NextPage is nextPage.
func NextPage(links []string, page, registry *url.URL) (*url.URL, error) {
	return nextPage(links, page, registry)
}

// ReadPage reads one page of a list of tags.
func ReadPage(r io.Reader, tags int, bytes int64) ([]string, error) {
	list := &tagList{session: &session{repo: name.Repository{}, limits: limits{tags: tags, bytes: bytes}}, left: bytes}
	err := list.read(json.NewDecoder(list.bounded(r)))
	return list.tags, err
}

// IsManifest is isManifest.
func IsManifest(body []byte) bool { return isManifest(body) }
