package scanner_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/scanner"
)

var (
	_ scanner.Dater      = (*scanner.TagsFile)(nil)
	_ scanner.Timekeeper = (*scanner.TagsFile)(nil)
	_ scanner.Inspector  = (*scanner.TagsFile)(nil)
)

const nginx = "docker.io/library/nginx"

func read(t *testing.T, content string) *scanner.TagsFile {
	t.Helper()
	f, err := scanner.ReadTagsFile("tags.json", []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTagsFileTimes(t *testing.T) {
	f := read(t, `{"nginx": [{"tag": "1", "created": "2026-01-31T13:00:00+01:00"}, "1"]}`)
	want := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	if got, err := f.Created(t.Context(), nginx, "1"); err != nil || !got.Equal(want) {
		t.Errorf("created %s, %v", got, err)
	}
	if got, err := f.Since(t.Context(), nginx, "1"); err != nil || !got.Equal(want) {
		t.Errorf("since %s, %v", got, err)
	}
}

func TestTagsFilePlatforms(t *testing.T) {
	f := read(t, `{"nginx": [
		{"tag": "1", "digest": "`+one+`"}, {"tag": "1.0", "digest": "`+one+`", "platforms": ["linux/amd64", "linux/arm64/v8"]},
		{"tag": "2", "platforms": ["linux/amd64"]}, {"tag": "3", "platforms": []}, {"tag": "4", "digest": "`+two+`"}, {"tag": "4", "platforms": ["linux/arm/v7"]}
	]}`)
	of := func(digest string, names ...string) []policy.Platform {
		out := []policy.Platform{}
		for _, name := range names {
			out = append(out, policy.Platform{Name: name, Digest: digest})
		}
		return out
	}
	for reference, want := range map[string][]policy.Platform{
		"1.0": of(one, "linux/amd64", "linux/arm64/v8"),
		one:   of(one, "linux/amd64", "linux/arm64/v8"),
		"2":   of("", "linux/amd64"),
		"3":   of(""),
		"4":   of(two, "linux/arm/v7"),
		two:   of(two, "linux/arm/v7"),
	} {
		got, err := f.Platforms(t.Context(), nginx, reference)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", reference, err, diff)
		}
	}
}

func TestTagsFileLacksFacts(t *testing.T) {
	f := read(t, `{"nginx": ["1", {"tag": "2", "digest": "`+one+`"}]}`)
	_, created := f.Created(t.Context(), nginx, "1")
	_, since := f.Since(t.Context(), nginx, "1")
	_, platforms := f.Platforms(t.Context(), nginx, "1")
	_, ofDigest := f.Platforms(t.Context(), nginx, one)
	_, unlisted := f.Since(t.Context(), nginx, "9")
	_, elsewhere := f.Created(t.Context(), "ghcr.io/acme/web", "1")
	_, another := f.Platforms(t.Context(), nginx, two)
	for _, c := range []struct {
		err        error
		wraps      error
		text, hint string
	}{
		{created, policy.ErrNotInTagsFile, `reading when ` + nginx + `:1 was made: tags.json gives no "created": `, `{"tag": "1", "created": "2026-01-31T12:00:00Z"}`},
		{since, policy.ErrNoMemory, `finding out since when there is ` + nginx + `:1: tags.json gives no "created": `, `{"tag": "1", "created": "2026-01-31T12:00:00Z"}`},
		{platforms, policy.ErrNotInTagsFile, `reading the platforms of ` + nginx + `:1: tags.json gives no "platforms": `, `{"tag": "1", "platforms": ["linux/amd64"]}`},
		{ofDigest, policy.ErrNotInTagsFile, `reading the platforms of ` + nginx + `@` + one + `: tags.json gives no "platforms": `, `{"tag": "2", "platforms": ["linux/amd64"]}`},
		{unlisted, policy.ErrNotInTagsFile, `finding out since when there is ` + nginx + `:9: tag not in the tags file tags.json`, ""},
		{elsewhere, policy.ErrNotInTagsFile, `reading when ghcr.io/acme/web:1 was made: tags.json: not in the tags file`, `add "ghcr.io/acme/web" to tags.json`},
		{another, policy.ErrNotInTagsFile, `reading the platforms of ` + nginx + `@` + two + `: digest not in the tags file tags.json`, ""},
	} {
		if c.err == nil || !strings.HasPrefix(c.err.Error(), c.text) || !errors.Is(c.err, c.wraps) || fault.KindOf(c.err) != fault.NotFound {
			t.Errorf("%v (%s), want %s", c.err, fault.KindOf(c.err), c.text)
		}
		if !strings.Contains(fault.HintOf(c.err), c.hint) {
			t.Errorf("hint %q, want %s", fault.HintOf(c.err), c.hint)
		}
	}
	if errors.Is(since, policy.ErrNotInTagsFile) {
		t.Errorf("%v", since)
	}
}

// TestTagsFileContradicts: two entries of a tag may add to each other and not differ.
func TestTagsFileContradicts(t *testing.T) {
	for content, want := range map[string]string{
		`{"nginx": [{"tag": "1", "created": "2026-01-31T12:00:00Z"}, {"tag": "1", "created": "2026-02-01T12:00:00Z"}]}`: `entry 2: tag "1" has two times`,
		`{"nginx": [{"tag": "1", "platforms": ["linux/amd64"]}, "1", {"tag": "1", "platforms": []}]}`:                   `entry 3: tag "1" has two lists of platforms`,
	} {
		if _, err := scanner.ReadTagsFile("tags.json", []byte(content)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
