package scanner

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
)

// TagsFile is a Registry read from the file given with --tags.
type TagsFile struct {
	name         string
	repositories map[string]listing
}

// listing is what the file says of one repository.
type listing struct {
	// tags are in the order of the file, entries what it says of each.
	tags    []string
	entries map[string]entry
}

// entry is a tag with more than its name. All of it is checked, so that a file stays good when a policy begins to ask for it.
type entry struct {
	Tag       *string  `json:"tag"`
	Digest    string   `json:"digest"`
	Created   string   `json:"created"`
	Platforms []string `json:"platforms"`
}

// The forms of what an entry may say. Digests are those of the image specification's registered algorithms.
var (
	digestForm   = regexp.MustCompile(`^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$`)
	platformForm = regexp.MustCompile(`^[a-z0-9_.]+/[a-z0-9_.]+(/[a-z0-9_.]+)?$`)
)

// tagsHint is the next step for every mistake in the file.
const tagsHint = `the file maps image repositories to lists of tags: {"nginx": ["1.27.0", {"tag": "1.27.1", "digest": "sha256:…"}]}`

// ReadTagsFile reads the content of a file given with --tags; name is for errors. Keys are normalised like
// references, so `nginx` speaks of docker.io/library/nginx. A tag may be any string: policies judge malformed ones.
func ReadTagsFile(name string, data []byte) (*TagsFile, error) {
	f := &TagsFile{name: name, repositories: map[string]listing{}}
	if err := f.read(json.NewDecoder(bytes.NewReader(data))); err != nil {
		return nil, fault.New(fault.Invalid, tagsHint, fmt.Errorf("reading tags of %s: %w", name, err))
	}
	return f, nil
}

// read walks over the keys by hand, because a decoded map would not show that one is there twice.
func (f *TagsFile) read(dec *json.Decoder) error {
	open, err := dec.Token()
	switch {
	case err != nil:
		return broken(err)
	case open != json.Delim('{'):
		return errors.New("it has to be a JSON object")
	}
	written := map[string]string{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return broken(err)
		}
		key, _ := token.(string) // the decoder lets nothing else be a key
		repository, err := repositoryOf(key)
		if err != nil {
			return err
		}
		if earlier, ok := written[repository]; ok {
			return fmt.Errorf("%q and %q are the same repository %s", earlier, key, repository)
		}
		written[repository] = key
		if f.repositories[repository], err = readListing(key, dec); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return broken(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON object")
	}
	return nil
}

// repositoryOf normalises a key.
func repositoryOf(key string) (string, error) {
	image, err := policy.ParseImage(key)
	switch {
	case err != nil:
		return "", fmt.Errorf("key %q is no image repository", key)
	case image.Tag != "" || image.Digest != "":
		return "", fmt.Errorf("key %q names a tag or digest, and has to name a repository", key)
	}
	return image.Repository(), nil
}

func readListing(key string, dec *json.Decoder) (listing, error) {
	var raw []json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return listing{}, fmt.Errorf("%q has to be a list of tags", key)
		}
		return listing{}, broken(err)
	}
	if raw == nil {
		return listing{}, fmt.Errorf("%q has to be a list of tags", key)
	}
	out := listing{tags: make([]string, 0, len(raw)), entries: map[string]entry{}}
	for i, r := range raw {
		e, err := readEntry(r)
		if err != nil {
			return listing{}, fmt.Errorf("%q, entry %d: %w", key, i+1, err)
		}
		if out.entries[*e.Tag], err = e.merge(out.entries[*e.Tag]); err != nil {
			return listing{}, fmt.Errorf("%q, entry %d: tag %q has %w", key, i+1, *e.Tag, err)
		}
		out.tags = append(out.tags, *e.Tag)
	}
	return out, nil
}

func readEntry(raw json.RawMessage) (entry, error) {
	var e entry
	if raw[0] == '"' {
		e.Tag = new(string)
		return e, json.Unmarshal(raw, e.Tag)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		return e, shapeError(err)
	}
	switch {
	case e.Tag == nil:
		return e, errors.New(`"tag" is missing`)
	case e.Digest != "" && !digestForm.MatchString(e.Digest):
		return e, fmt.Errorf(`"digest" %q is no digest, such as sha256: and 64 hexadecimal digits`, e.Digest)
	}
	if at, err := time.Parse(time.RFC3339, e.Created); e.Created != "" && (err != nil || at.IsZero()) {
		return e, fmt.Errorf(`"created" %q is no time of RFC 3339, such as 2026-01-31T12:00:00Z`, e.Created)
	}
	for _, p := range e.Platforms {
		if !platformForm.MatchString(p) {
			return e, fmt.Errorf(`"platforms" has %q, which is not of the form os/architecture`, p)
		}
	}
	return e, nil
}

// merge adds what an earlier entry of the same tag says. The two must not contradict each other.
func (e entry) merge(earlier entry) (entry, error) {
	switch {
	case e.Digest != "" && earlier.Digest != "" && e.Digest != earlier.Digest:
		return e, errors.New("two digests")
	case e.Created != "" && earlier.Created != "" && e.Created != earlier.Created:
		return e, errors.New("two times")
	case e.Platforms != nil && earlier.Platforms != nil && !slices.Equal(e.Platforms, earlier.Platforms):
		return e, errors.New("two lists of platforms")
	}
	e.Digest, e.Created = cmp.Or(e.Digest, earlier.Digest), cmp.Or(e.Created, earlier.Created)
	if e.Platforms == nil {
		e.Platforms = earlier.Platforms
	}
	return e, nil
}

// shapeError says in the file's own words what the decoder did not like.
func shapeError(err error) error {
	var shape *json.UnmarshalTypeError
	switch {
	case errors.As(err, &shape) && shape.Field != "":
		return fmt.Errorf("%q cannot be a JSON %s", shape.Field, shape.Value)
	case errors.As(err, &shape):
		return fmt.Errorf("a JSON %s is neither a tag nor an object with a tag", shape.Value)
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

// broken names what is wrong with the JSON itself.
func broken(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("byte %d: %w", syntax.Offset, err)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the JSON ends too early")
	}
	return err
}
