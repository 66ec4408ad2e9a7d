package oci

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
)

// Platforms returns what a tag or a digest holds for which platforms, in the order of its index. What is no image, such as a
// chart, holds nothing. The variant stands as the registry has it.
func (c *Client) Platforms(ctx context.Context, repository, reference string) ([]policy.Platform, error) {
	platforms, err := ask(ctx, c, repository, func(s *session, ctx context.Context) ([]policy.Platform, error) { return s.platforms(ctx, reference) })
	if err != nil {
		separator := ":"
		if strings.Contains(reference, ":") {
			separator = "@"
		}
		return nil, fmt.Errorf("reading the platforms of %s%s%s: %w", repository, separator, reference, err)
	}
	return platforms, nil
}

// Created returns the time that the image behind a tag carries. It is a claim of whoever built the image: builds that are meant
// to be reproducible write 1970 or 1980.
func (c *Client) Created(ctx context.Context, repository, tag string) (time.Time, error) {
	created, err := c.created(ctx, repository, tag)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading when %s:%s was made: %w", repository, tag, err)
	}
	return created, nil
}

func (c *Client) created(ctx context.Context, repository, tag string) (time.Time, error) {
	return ask(ctx, c, repository, func(s *session, ctx context.Context) (time.Time, error) { return s.created(ctx, tag) })
}

// Since returns the time that the image carries, where the operator believes the times of the registry. Elsewhere, and when the
// image carries none that can be true, nothing is known.
func (c *Client) Since(ctx context.Context, repository, tag string) (time.Time, error) {
	doing := fmt.Sprintf("finding out since when there is %s:%s", repository, tag)
	repo, err := c.parse(repository)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: %w", doing, err)
	}
	host := repo.RegistryStr()
	if !c.hosts[host].TrustTimes {
		return time.Time{}, fault.New(fault.Invalid,
			fmt.Sprintf("if only your own builds push to %s, trust its times with registries: [{host: %[1]s, trustTimes: true}] in the operator's config; else remove minAge",
				display(host)),
			fmt.Errorf("%s: %w", doing, policy.ErrNoMemory))
	}
	created, err := c.created(ctx, repository, tag)
	switch {
	case errors.Is(err, errNoDate), err == nil && created.Before(policy.FirstDate()):
		return time.Time{}, fault.New(fault.NotFound, dateHint, fmt.Errorf("%s: the image carries no time that can be true: %w", doing, policy.ErrNoMemory))
	case err != nil:
		return time.Time{}, fmt.Errorf("%s: %w", doing, err)
	}
	return created, nil
}

// dateHint is the next step for an image without a time.
const dateHint = "let the build write its time into the image: org.opencontainers.image.created, in the form 2026-01-31T12:00:00Z"

// errNoDate says that an image does not tell when it was made.
var errNoDate = errors.New("the image does not tell")

// platforms reads the index, or the manifest and the config that says what its one image is for.
func (s *session) platforms(ctx context.Context, reference string) ([]policy.Platform, error) {
	m, digest, err := s.manifest(ctx, reference)
	if err != nil {
		return nil, err
	}
	if !m.isIndex() {
		return s.platform(ctx, m, digest)
	}
	images, err := m.images()
	if err != nil {
		return nil, s.nonsense(err.Error())
	}
	out := make([]policy.Platform, 0, len(images))
	for _, i := range images {
		out = append(out, i.Platform)
	}
	return out, nil
}

// platform returns what the manifest with this digest is for.
func (s *session) platform(ctx context.Context, m manifest, digest string) ([]policy.Platform, error) {
	c, err := s.config(ctx, m)
	if err != nil || c.unknown() {
		return []policy.Platform{}, err
	}
	name, err := c.name()
	if err != nil {
		return nil, s.nonsense(err.Error())
	}
	return []policy.Platform{{Name: name, Digest: digest}}, nil
}

// created asks for no more than it must: annotations of the index or manifest come first, then those of one image in it, and
// its config at last.
func (s *session) created(ctx context.Context, tag string) (time.Time, error) {
	m, _, err := s.manifest(ctx, tag)
	if err != nil {
		return time.Time{}, err
	}
	if t, ok := date(m.Annotations.Created); ok {
		return t, nil
	}
	if m.isIndex() {
		one, err := s.example(m)
		if err != nil {
			return time.Time{}, err
		}
		if t, ok := date(one.created); ok {
			return t, nil
		}
		if m, _, err = s.manifest(ctx, one.Digest); err != nil {
			return time.Time{}, err
		}
		if t, ok := date(m.Annotations.Created); ok {
			return t, nil
		}
	}
	c, err := s.config(ctx, m)
	if err != nil {
		return time.Time{}, err
	}
	if t, ok := date(c.Created); ok {
		return t, nil
	}
	return time.Time{}, fault.New(fault.NotFound, dateHint, errNoDate)
}

// example returns the image of an index that speaks for the others: the one for linux/amd64, else the first by name.
func (s *session) example(m manifest) (image, error) {
	images, err := m.images()
	switch {
	case err != nil:
		return image{}, s.nonsense(err.Error())
	case len(images) == 0:
		return image{}, fault.New(fault.NotFound, dateHint, errNoDate)
	}
	if i := slices.IndexFunc(images, func(i image) bool { return i.Name == "linux/amd64" }); i >= 0 {
		return images[i], nil
	}
	return slices.MinFunc(images, func(a, b image) int { return cmp.Compare(a.Name, b.Name) }), nil
}

// manifest returns the manifest or index of a tag or digest, and its digest.
func (s *session) manifest(ctx context.Context, reference string) (m manifest, digest string, err error) {
	digest = reference
	if !strings.Contains(reference, ":") {
		if digest, err = s.resolve(ctx, reference, s.hash); err != nil {
			return m, "", err
		}
	}
	body, err := s.byDigest(ctx, manifestsPath, digest, s.fetchManifest)
	if err != nil {
		return m, "", err
	}
	if m, err = readManifest(body); err != nil {
		return m, "", s.nonsense(err.Error())
	}
	return m, digest, nil
}

// config returns the config of an image; the zero config for what is no image.
func (s *session) config(ctx context.Context, m manifest) (config, error) {
	if !isConfig(m.Config.MediaType) {
		return config{}, nil
	}
	body, err := s.byDigest(ctx, blobsPath, m.Config.Digest, s.fetchConfig)
	if err != nil {
		return config{}, err
	}
	c, err := readConfig(body)
	if err != nil {
		return config{}, s.nonsense(err.Error())
	}
	return c, nil
}
