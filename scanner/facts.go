package scanner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
)

// Dater is an ability of a Registry that can tell when images say that they were made.
type Dater interface {
	// Created returns the time that the image behind a tag carries. An image without one is an error.
	Created(ctx context.Context, repository, tag string) (time.Time, error)
}

// Timekeeper is an ability of a Registry whose times are believed, of all repositories or of some.
type Timekeeper interface {
	// Since returns since when at the latest a tag has the digest that it has now. Where no time is believed the error
	// wraps policy.ErrNoMemory.
	Since(ctx context.Context, repository, tag string) (time.Time, error)
}

// Inspector is an ability of a Registry that can tell what is in an image.
type Inspector interface {
	// Platforms returns what a tag or a digest holds for which platforms; nothing for what is no image to be run.
	Platforms(ctx context.Context, repository, reference string) ([]policy.Platform, error)
}

// found is what one look-up came to, in the field of its fact.
type found struct {
	tags      []string
	digest    string
	time      time.Time
	platforms []policy.Platform
}

// find asks the registry for one fact.
func (s *Scanner) find(ctx context.Context, l lookup) (found, error) {
	var f found
	var err error
	switch l.fact {
	case policy.FactTags:
		f.tags, err = s.registry.Tags(ctx, l.repository)
		f.tags = slices.Clip(f.tags)
	case policy.FactDigest:
		f.digest, err = s.registry.Digest(ctx, l.repository, l.tag)
	case policy.FactSince:
		f.time, err = s.since(ctx, l)
	case policy.FactCreated:
		f.time, err = s.created(ctx, l)
	case policy.FactPlatforms:
		f.platforms, err = s.platforms(ctx, l)
	default:
		err = l.unable()
	}
	if err != nil {
		return found{}, err
	}
	return f, nil
}

// since is where a memory of first-seen times has its place: it is asked here, and the earlier of both times counts.
// Without one the registry alone can tell.
func (s *Scanner) since(ctx context.Context, l lookup) (time.Time, error) {
	if registry, ok := s.registry.(Timekeeper); ok {
		return registry.Since(ctx, l.repository, l.tag)
	}
	return time.Time{}, fault.New(fault.Invalid, "remove minAge from the policy", fmt.Errorf("%s: %w", l, policy.ErrNoMemory))
}

func (s *Scanner) created(ctx context.Context, l lookup) (time.Time, error) {
	if registry, ok := s.registry.(Dater); ok {
		return registry.Created(ctx, l.repository, l.tag)
	}
	return time.Time{}, l.unable()
}

func (s *Scanner) platforms(ctx context.Context, l lookup) ([]policy.Platform, error) {
	if registry, ok := s.registry.(Inspector); ok {
		return registry.Platforms(ctx, l.repository, l.tag)
	}
	return nil, l.unable()
}

// unable is the answer to a question that the registry has no ability for.
func (l lookup) unable() error {
	return fault.New(fault.Internal, "", fmt.Errorf("%s: %w", l, errUnable))
}

var errUnable = errors.New("nobody can tell")

// String says what is being attempted, for errors.
func (l lookup) String() string {
	image := l.repository + ":" + l.tag
	if strings.Contains(l.tag, ":") {
		image = l.repository + "@" + l.tag
	}
	switch l.fact {
	case policy.FactTags:
		return "listing tags of " + l.repository
	case policy.FactDigest:
		return "reading the digest of " + image
	case policy.FactSince:
		return "finding out since when there is " + image
	case policy.FactCreated:
		return "reading when " + image + " was made"
	case policy.FactPlatforms:
		return "reading the platforms of " + image
	}
	return fmt.Sprintf("finding out %q of %s", l.fact, image)
}

// tell puts a settled answer where policies look for it.
func (q question) tell(o *policy.Offer, a *answer) {
	switch q.fact {
	case policy.FactTags:
		o.Listed, o.Tags, o.TagsErr = a.err == nil, a.tags, a.err
	case policy.FactDigest:
		o.Digests = with(o.Digests, q.tag, policy.Digest{Value: a.digest, Err: a.err})
	case policy.FactSince:
		o.Since = with(o.Since, q.tag, policy.Time{Value: a.time, Err: a.err})
	case policy.FactCreated:
		o.Created = with(o.Created, q.tag, policy.Time{Value: a.time, Err: a.err})
	case policy.FactPlatforms:
		o.Platforms = with(o.Platforms, q.tag, policy.Platforms{List: a.platforms, Err: a.err})
	}
}

// with returns the map with one more entry; the map is made when it is needed.
func with[T any](m map[string]T, key string, value T) map[string]T {
	if m == nil {
		m = map[string]T{}
	}
	m[key] = value
	return m
}
