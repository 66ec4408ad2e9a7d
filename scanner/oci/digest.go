package oci

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// tagForm is the grammar of tags (distribution specification, "Pulling manifests"). Only such a tag goes into an address.
var tagForm = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

// manifests is every type that the tag of an image can have. All of them are asked for: a registry that is not offered
// an index answers with one of its manifests, which has another digest.
var manifests = strings.Join([]string{
	string(types.OCIImageIndex), string(types.DockerManifestList), string(types.OCIManifestSchema1), string(types.DockerManifestSchema2),
}, ",")

// digest asks by HEAD, which Docker Hub does not count as a pull, and reads the manifest itself only where HEAD
// gives no usable digest.
func (s *session) digest(ctx context.Context, tag string) (string, error) {
	if !tagForm.MatchString(tag) {
		return "", fault.New(fault.Invalid, "", errors.New("this is no tag"))
	}
	resp, err := s.do(ctx, http.MethodHead, s.url("manifests/"+tag), manifests)
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
	resp, err := s.do(ctx, http.MethodGet, s.url("manifests/"+tag), manifests)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", statusOf(resp)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, s.limits.manifest+1))
	switch {
	case err != nil:
		return "", err
	case int64(len(body)) > s.limits.manifest:
		return "", s.nonsense(fmt.Sprintf("has a manifest of more than %d bytes", s.limits.manifest))
	case !isManifest(body):
		return "", s.nonsense("answered with something else than an image manifest or index")
	}
	sum := sha256.Sum256(body)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// isManifest says whether the bytes are an image manifest or an index, and not both: such a file means one thing to
// one reader and another to the next (GHSA-qq97-vm5h-rrhg). A login page must not become a digest in Git.
func isManifest(body []byte) bool {
	var m struct {
		SchemaVersion int             `json:"schemaVersion"`
		Config        json.RawMessage `json:"config"`
		Layers        json.RawMessage `json:"layers"`
		Manifests     json.RawMessage `json:"manifests"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return false
	}
	image, index := m.Config != nil || m.Layers != nil, m.Manifests != nil
	return m.SchemaVersion == 2 && image != index
}
