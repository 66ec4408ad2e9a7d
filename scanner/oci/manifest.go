package oci

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"regexp"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/bumpboat/bumpboat/policy"
)

// manifestTypes is every type that the tag of an image can have. All of them are asked for: a registry that is not offered
// an index answers with one of its manifests, which has another digest.
var manifestTypes = strings.Join([]string{
	string(types.OCIImageIndex), string(types.DockerManifestList), string(types.OCIManifestSchema1), string(types.DockerManifestSchema2),
}, ",")

// isManifest says whether the bytes are an image manifest or an index, and not both: such a file means one thing to
// one reader and another to the next (GHSA-qq97-vm5h-rrhg). The types that the answer and the file declare must not contradict
// what is in it. A login page must not become a digest in Git.
func isManifest(declared string, body []byte) bool {
	var m struct {
		SchemaVersion int             `json:"schemaVersion"`
		MediaType     string          `json:"mediaType"`
		Config        json.RawMessage `json:"config"`
		Layers        json.RawMessage `json:"layers"`
		Manifests     json.RawMessage `json:"manifests"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return false
	}
	image, index := m.Config != nil || m.Layers != nil, m.Manifests != nil
	return m.SchemaVersion == 2 && image != index && allows(declared, index) && allows(m.MediaType, index)
}

// allows says whether a declared type can be that of an index, or of an image manifest. Registries that declare nothing, or
// something as wide as application/json, are taken by what they send.
func allows(declared string, index bool) bool {
	plain, _, err := mime.ParseMediaType(declared)
	if err != nil {
		return true
	}
	switch t := types.MediaType(plain); {
	case t.IsIndex():
		return index
	case t.IsImage(), t.IsSchema1():
		return !index
	}
	return true
}

// manifest is an image manifest or an index, as far as it matters here.
type manifest struct {
	Config      descriptor  `json:"config"`
	Manifests   entries     `json:"manifests"`
	Annotations annotations `json:"annotations"`
}

// descriptor points to a content.
type descriptor struct {
	MediaType   types.MediaType `json:"mediaType"`
	Digest      string          `json:"digest"`
	Platform    platform        `json:"platform"`
	Annotations annotations     `json:"annotations"`
}

// annotations are those that say something here. The others are not kept: there may be any number of them.
type annotations struct {
	Created string `json:"org.opencontainers.image.created"`
	// ReferenceType is how BuildKit marks what is about an image and is none.
	ReferenceType string `json:"vnd.docker.reference.type"`
}

// platform is what an image runs on, as indexes and configs write it.
type platform struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Variant      string `json:"variant"`
}

// config is the config of an image, as far as it matters here.
type config struct {
	platform

	Created string `json:"created"`
}

// maxEntries is how many entries an index may have. The largest known have some dozens; a hostile one could have a million in its
// 4 MiB, and each costs much more memory than its bytes.
const maxEntries = 1000

// entries are the entries of an index.
type entries []descriptor

// UnmarshalJSON implements json.Unmarshaler.
func (e *entries) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	switch open, err := dec.Token(); {
	case err != nil || open == nil:
		return err
	case open != json.Delim('['):
		return errManifest
	}
	for dec.More() {
		if len(*e) == maxEntries {
			return errEntries
		}
		var d descriptor
		if err := dec.Decode(&d); err != nil {
			return err
		}
		*e = append(*e, d)
	}
	return nil
}

var errEntries = fmt.Errorf("has an index with more than %d entries", maxEntries)

// errManifest says that what looked like a manifest is none.
var errManifest = errors.New("has a manifest that cannot be read")

// readManifest reads what isManifest let pass. An error completes the sentence about the registry.
func readManifest(body []byte) (manifest, error) {
	var m manifest
	err := json.Unmarshal(body, &m)
	switch {
	case errors.Is(err, errEntries):
		return m, errEntries
	case err != nil:
		return m, errManifest
	}
	return m, nil
}

// isIndex says whether it is an index. An index without entries is like an image without a config: it holds nothing.
func (m manifest) isIndex() bool { return m.Manifests != nil }

// images returns the entries of an index that are for a platform, in its order. An error completes the sentence about the registry.
func (m manifest) images() ([]image, error) {
	var out []image
	for _, d := range m.Manifests {
		if d.Annotations.ReferenceType != "" || d.Platform.unknown() {
			continue
		}
		name, err := d.Platform.name()
		switch {
		case err != nil:
			return nil, err
		case !digestForm.MatchString(d.Digest):
			return nil, errors.New("has an index with an entry that has no digest")
		}
		out = append(out, image{policy.Platform{Name: name, Digest: d.Digest}, d.Annotations.Created})
	}
	return out, nil
}

// image is an entry of an index.
type image struct {
	policy.Platform

	created string
}

// unknown says that no platform is given: attestations are entries for unknown/unknown.
func (p platform) unknown() bool {
	return p.OS == "" && p.Architecture == "" || p.OS == "unknown" && p.Architecture == "unknown"
}

// platformPart is the grammar of each part of a platform's name, with a limit: names are shown, and compared with what people write.
var platformPart = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// name returns the platform as people write it. The variant stays as it was found: that arm64 means arm64/v8 is for policies to know.
func (p platform) name() (string, error) {
	parts := []string{p.OS, p.Architecture}
	if p.Variant != "" {
		parts = append(parts, p.Variant)
	}
	for _, part := range parts {
		if !platformPart.MatchString(part) {
			return "", errors.New("has an image for a platform that is none: " + clean(strings.Join(parts, "/")))
		}
	}
	return strings.Join(parts, "/"), nil
}

// isConfig says whether a content of this type is the config of an image. Charts, signatures and other artefacts have others.
func isConfig(t types.MediaType) bool {
	return t == types.OCIConfigJSON || t == types.DockerConfigJSON
}

// readConfig reads the config of an image. An error completes the sentence about the registry.
func readConfig(body []byte) (config, error) {
	var c config
	if err := json.Unmarshal(body, &c); err != nil {
		return c, errors.New("has the config of an image that cannot be read")
	}
	return c, nil
}

// date reads a time. What cannot be read, and the year 1 that tools write for no time, is no time.
func date(text string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text)
	return t, err == nil && t.UTC().Year() > 1
}
