package oci

import (
	"encoding/json"
	"io"
	"net/url"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/bumpboat/bumpboat/policy"
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

// Remember makes the client forget contents when they have more bytes than this.
func (c *Client) Remember(bytes int64) { c.contents = newContents(bytes) }

// IsManifest is isManifest.
func IsManifest(declared string, body []byte) bool { return isManifest(declared, body) }

// ReadManifest reads a manifest or index as the client does: the platforms of an index, or whether an image has a config.
func ReadManifest(body []byte) (platforms []policy.Platform, image bool, err error) {
	if !isManifest("", body) {
		return nil, false, errManifest
	}
	m, err := readManifest(body)
	if err != nil {
		return nil, false, err
	}
	images, err := m.images()
	for _, i := range images {
		platforms = append(platforms, i.Platform)
	}
	return platforms, isConfig(m.Config.MediaType), err
}

// ReadConfig reads the config of an image as the client does: its platform, "" for none, and its time, the zero time for none.
func ReadConfig(body []byte) (platform string, created time.Time, err error) {
	c, err := readConfig(body)
	if err != nil || c.unknown() {
		return "", time.Time{}, err
	}
	platform, err = c.name()
	if t, ok := date(c.Created); ok {
		created = t
	}
	return platform, created, err
}
