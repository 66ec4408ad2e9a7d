package policy

import (
	"fmt"
	"strings"

	"github.com/distribution/reference"
)

// Image is a container image reference, kept as it was written: the name is never rewritten to its full form,
// so `nginx:1` goes back to Git as `nginx:2` and not as `index.docker.io/library/nginx:2`.
type Image struct {
	// Name is the registry and repository as written, without tag and digest: `nginx`, `ghcr.io/acme/web`.
	Name string `json:"name"`
	// Tag is the tag as written, or "" when there is none.
	Tag string `json:"tag,omitempty"`
	// Digest is `sha256:…`, or "" when there is none.
	Digest string `json:"digest,omitempty"`
}

// ParseImage reads a reference such as `registry:5000/team/app:1.2@sha256:…`. Only references that the
// distribution grammar accepts are read (github.com/distribution/reference); a tag is never invented.
func ParseImage(s string) (Image, error) {
	ref, err := reference.ParseNormalizedNamed(s)
	if err != nil {
		return Image{}, fmt.Errorf("image %q: %w", s, err)
	}
	var img Image
	rest := s
	if d, ok := ref.(reference.Digested); ok {
		img.Digest = d.Digest().String()
		rest = strings.TrimSuffix(rest, "@"+img.Digest)
	}
	if t, ok := ref.(reference.Tagged); ok {
		img.Tag = t.Tag()
		rest = strings.TrimSuffix(rest, ":"+img.Tag)
	}
	img.Name = rest
	return img, nil
}

// String joins the parts as they would be written: `name:tag@digest`.
func (i Image) String() string {
	s := i.Name
	if i.Tag != "" {
		s += ":" + i.Tag
	}
	if i.Digest != "" {
		s += "@" + i.Digest
	}
	return s
}

// Repository returns the full name of the image repository, registry first: `docker.io/library/nginx`. It is
// the key under which an image is looked up, matched and grouped. A name that does not parse is returned as it is.
func (i Image) Repository() string {
	ref, err := reference.ParseNormalizedNamed(i.Name)
	if err != nil {
		return i.Name
	}
	host, path := reference.Domain(ref), reference.Path(ref)
	if host == "registry-1.docker.io" {
		host = "docker.io"
	}
	return host + "/" + path
}

// Short returns the last part of the name: `web` for `ghcr.io/acme/web`. It is for people, not a key.
func (i Image) Short() string {
	return i.Name[strings.LastIndexByte(i.Name, '/')+1:]
}
