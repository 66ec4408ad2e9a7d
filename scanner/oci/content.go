package oci

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// digestForm is the grammar of digests, for the registered algorithms (image specification, "Digests"). Only such a digest goes
// into an address.
var digestForm = regexp.MustCompile(`^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$`)

// sum returns the digest of a content.
func sum(algorithm string, content []byte) string {
	if algorithm == "sha512" {
		h := sha512.Sum512(content)
		return "sha512:" + hex.EncodeToString(h[:])
	}
	h := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(h[:])
}

// contents remembers what has a digest and so cannot change. When it has become too much, the oldest is forgotten.
type contents struct {
	limit int64

	mu   sync.Mutex
	kept map[string]*once[[]byte]
	size int64
	// order has the keys of what counts for size, the oldest first.
	order []kept
}

type kept struct {
	key  string
	size int64
}

func newContents(limit int64) *contents {
	return &contents{limit: limit, kept: map[string]*once[[]byte]{}}
}

// get returns a content, which is read at most once while it is remembered.
func (c *contents) get(ctx context.Context, key string, read func(context.Context) ([]byte, error)) ([]byte, error) {
	c.mu.Lock()
	if c.kept[key] == nil {
		c.kept[key] = newOnce[[]byte]()
	}
	made := c.kept[key]
	c.mu.Unlock()
	return made.get(ctx, func(ctx context.Context) ([]byte, error) {
		content, err := read(ctx)
		if err == nil {
			c.count(kept{key, int64(len(content))})
		}
		return content, err
	})
}

// count makes room for a content.
func (c *contents) count(k kept) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.order = append(c.order, k)
	c.size += k.size
	for c.size > c.limit && len(c.order) > 1 {
		delete(c.kept, c.order[0].key)
		c.size -= c.order[0].size
		c.order = c.order[1:]
	}
}

// key is what a content is remembered by. Another repository has to show the content itself: not everybody may see what one
// repository shows.
func (s *session) key(path string) string { return s.repo.Name() + "/" + path }

// byDigest returns a content that is what its digest says; read finds it below the given path.
func (s *session) byDigest(ctx context.Context, path, digest string, read func(ctx context.Context, path string) ([]byte, error)) ([]byte, error) {
	if !digestForm.MatchString(digest) {
		return nil, fault.New(fault.Invalid, "", errors.New("this is no digest"))
	}
	path += digest
	return s.contents.get(ctx, s.key(path), func(ctx context.Context) ([]byte, error) {
		content, err := read(ctx, path)
		if err != nil {
			return nil, err
		}
		if algorithm, _, _ := strings.Cut(digest, ":"); sum(algorithm, content) != digest {
			return nil, s.nonsense("answered with a content that has another digest than the one asked for")
		}
		return content, nil
	})
}

// Where a repository has its manifests and its blobs.
const (
	manifestsPath = "manifests/"
	blobsPath     = "blobs/"
)

// fetchManifest reads a manifest or index.
func (s *session) fetchManifest(ctx context.Context, path string) ([]byte, error) {
	body, declared, err := s.fetch(ctx, path, manifestTypes, "manifest")
	switch {
	case err != nil:
		return nil, err
	case !isManifest(declared, body):
		return nil, s.nonsense("answered with something else than an image manifest or index")
	}
	return body, nil
}

// fetchConfig reads the blob with the config of an image. Many registries send us to another host for it, which gets no credentials.
func (s *session) fetchConfig(ctx context.Context, path string) ([]byte, error) {
	body, _, err := s.fetch(ctx, path, "*/*", "config")
	return body, err
}

// fetch reads a whole answer and the type that it has by its header.
func (s *session) fetch(ctx context.Context, path, accept, what string) (body []byte, declared string, err error) {
	resp, err := s.do(ctx, http.MethodGet, s.url(path), accept)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, "", statusOf(resp)
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, s.limits.manifest+1))
	switch {
	case err != nil:
		return nil, "", err
	case int64(len(body)) > s.limits.manifest:
		return nil, "", s.nonsense(fmt.Sprintf("has a %s of more than %d bytes", what, s.limits.manifest))
	}
	return body, resp.Header.Get("Content-Type"), nil
}
