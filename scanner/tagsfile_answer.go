package scanner

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
)

// Complete says that the lists are exact: what is not in the file does not exist.
func (f *TagsFile) Complete() bool { return true }

// Repositories returns the full names of the repositories that the file speaks of, sorted.
func (f *TagsFile) Repositories() []string {
	return slices.Sorted(maps.Keys(f.repositories))
}

// Tags returns the tags of a repository in the order of the file.
func (f *TagsFile) Tags(_ context.Context, repository string) ([]string, error) {
	known, ok := f.repositories[repository]
	if !ok {
		return nil, f.missing(lookup{repository: repository, question: question{fact: policy.FactTags}})
	}
	return slices.Clone(known.tags), nil
}

// Digest returns the digest that the file gives for a tag.
func (f *TagsFile) Digest(_ context.Context, repository, tag string) (string, error) {
	l := lookup{repository: repository, question: question{policy.FactDigest, tag}}
	e, err := f.entry(l)
	if err == nil && e.Digest == "" {
		err = f.lacks(l, e, "digest", `"sha256:…"`, policy.ErrNotInTagsFile)
	}
	return e.Digest, err
}

// Created returns the time that the file gives for a tag.
func (f *TagsFile) Created(_ context.Context, repository, tag string) (time.Time, error) {
	return f.time(lookup{repository: repository, question: question{policy.FactCreated, tag}}, policy.ErrNotInTagsFile)
}

// Since returns the same time: who writes the file is believed.
func (f *TagsFile) Since(_ context.Context, repository, tag string) (time.Time, error) {
	return f.time(lookup{repository: repository, question: question{policy.FactSince, tag}}, policy.ErrNoMemory)
}

// time returns the time of a tag, or an error that wraps absent.
func (f *TagsFile) time(l lookup, absent error) (time.Time, error) {
	e, err := f.entry(l)
	if err == nil && e.Created == "" {
		err = f.lacks(l, e, "created", `"2026-01-31T12:00:00Z"`, absent)
	}
	if err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339, e.Created)
}

// Platforms returns what the file gives for a tag, or for the digest of one. The file does not know the digests of single
// platforms: each has that of the entry.
func (f *TagsFile) Platforms(_ context.Context, repository, reference string) ([]policy.Platform, error) {
	l := lookup{repository: repository, question: question{policy.FactPlatforms, reference}}
	e, err := f.entry(l)
	if err == nil && e.Platforms == nil {
		err = f.lacks(l, e, "platforms", `["linux/amd64"]`, policy.ErrNotInTagsFile)
	}
	if err != nil {
		return nil, err
	}
	out := make([]policy.Platform, 0, len(e.Platforms))
	for _, name := range e.Platforms {
		out = append(out, policy.Platform{Name: name, Digest: e.Digest})
	}
	return out, nil
}

// entry returns what the file says of the tag or digest that a look-up is about.
func (f *TagsFile) entry(l lookup) (entry, error) {
	known, ok := f.repositories[l.repository]
	if !ok {
		return entry{}, f.missing(l)
	}
	if e, ok := known.entries[l.tag]; ok {
		return e, nil
	}
	what := "tag"
	if l.fact == policy.FactPlatforms && digestForm.MatchString(l.tag) {
		if e, ok := known.byDigest(l.tag); ok {
			return e, nil
		}
		what = "digest"
	}
	return entry{}, fault.New(fault.NotFound, "", fmt.Errorf("%s: %s %w %s", l, what, policy.ErrNotInTagsFile, f.name))
}

// byDigest returns the entry with a digest. Several tags may share it: the first one that gives platforms counts.
func (l listing) byDigest(digest string) (found entry, ok bool) {
	for _, tag := range l.tags {
		e := l.entries[tag]
		if e.Digest == digest && (!ok || found.Platforms == nil) {
			found, ok = e, true
		}
	}
	return found, ok
}

// missing is the error for a repository that the file does not speak of.
func (f *TagsFile) missing(l lookup) error {
	return fault.New(fault.NotFound, fmt.Sprintf("add %q to %s", l.repository, f.name),
		fmt.Errorf("%s: %s: %w", l, f.name, policy.ErrNotInTagsFile))
}

// lacks is the error for an entry without a key. It wraps absent.
func (f *TagsFile) lacks(l lookup, e entry, key, example string, absent error) error {
	return fault.New(fault.NotFound, fmt.Sprintf("give the %s in the file: {\"tag\": %q, %q: %s}", key, *e.Tag, key, example),
		fmt.Errorf("%s: %s gives no %q: %w", l, f.name, key, absent))
}
