package oci

import (
	"context"
	"errors"
	"net/http"
	"regexp"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// tagForm is the grammar of tags (distribution specification, "Pulling manifests"). Only such a tag goes into an address.
var tagForm = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

// digest returns the digest of a tag, which is found out once: all that is told of the tag is told of the same digest.
func (s *session) digest(ctx context.Context, tag string) (string, error) {
	return s.resolve(ctx, tag, s.head)
}

// resolve returns what is known of a tag, or finds it out.
func (s *session) resolve(ctx context.Context, tag string, find func(ctx context.Context, tag string) (string, error)) (string, error) {
	if !tagForm.MatchString(tag) {
		return "", fault.New(fault.Invalid, "", errors.New("this is no tag"))
	}
	s.mu.Lock()
	if s.tagged[tag] == nil {
		s.tagged[tag] = newOnce[string]()
	}
	made := s.tagged[tag]
	s.mu.Unlock()
	return made.get(ctx, func(ctx context.Context) (string, error) { return find(ctx, tag) })
}

// head asks by HEAD, which Docker Hub does not count as a pull, and reads the manifest itself only where HEAD gives no
// usable digest.
func (s *session) head(ctx context.Context, tag string) (string, error) {
	resp, err := s.do(ctx, http.MethodHead, s.url(manifestsPath+tag), manifestTypes)
	if err != nil {
		return "", err
	}
	_ = resp.Body.Close() // an answer to HEAD has no body
	switch resp.StatusCode {
	case http.StatusOK:
		if d, err := v1.NewHash(resp.Header.Get("Docker-Content-Digest")); err == nil {
			return d.String(), nil
		}
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
	default:
		return "", statusOf(resp)
	}
	return s.hash(ctx, tag)
}

// hash reads the manifest and computes its digest: the header of a GET is wrong in too many registries to be used.
func (s *session) hash(ctx context.Context, tag string) (string, error) {
	body, err := s.fetchManifest(ctx, manifestsPath+tag)
	if err != nil {
		return "", err
	}
	digest := sum("sha256", body)
	_, err = s.contents.get(ctx, s.key(manifestsPath+digest), func(context.Context) ([]byte, error) { return body, nil })
	return digest, err
}
