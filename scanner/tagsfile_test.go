package scanner_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/scanner"
)

var (
	one = "sha256:" + strings.Repeat("1", 64)
	two = "sha256:" + strings.Repeat("2", 64)
)

func TestTagsFile(t *testing.T) {
	f, err := scanner.ReadTagsFile("tags.json", []byte(`{
		"nginx": ["1.27.1", {"tag": "1.27.0", "digest": "`+one+`", "created": "2026-01-31T12:00:00+01:00", "platforms": ["linux/amd64", "linux/arm/v7"]}, "no tag!"],
		"docker.io/acme/web": [],
		"localhost:5000/x": [{"tag": "a"}, "b", {"tag": "b", "digest": "`+two+`"}]
	}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"docker.io/acme/web", "docker.io/library/nginx", "localhost:5000/x"}
	if got := f.Repositories(); !slices.Equal(got, want) {
		t.Errorf("repositories %q", got)
	}
	for repository, want := range map[string][]string{
		"docker.io/library/nginx": {"1.27.1", "1.27.0", "no tag!"}, "docker.io/acme/web": {}, "localhost:5000/x": {"a", "b", "b"},
	} {
		if got, err := f.Tags(t.Context(), repository); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", repository, got, err)
		}
	}
	for ref, want := range map[[2]string]string{{"docker.io/library/nginx", "1.27.0"}: one, {"localhost:5000/x", "b"}: two} {
		if got, err := f.Digest(t.Context(), ref[0], ref[1]); err != nil || got != want {
			t.Errorf("%s: %q, %v", ref, got, err)
		}
	}
}

func TestTagsFileLacks(t *testing.T) {
	f, err := scanner.ReadTagsFile("tags.json", []byte(`{"nginx": ["1"]}`))
	if err != nil {
		t.Fatal(err)
	}
	_, tags := f.Tags(t.Context(), "ghcr.io/acme/web")
	_, digest := f.Digest(t.Context(), "ghcr.io/acme/web", "1")
	for _, err := range []error{tags, digest} {
		if !errors.Is(err, policy.ErrNotInTagsFile) || fault.KindOf(err) != fault.NotFound || !strings.Contains(fault.HintOf(err), "ghcr.io/acme/web") {
			t.Errorf("%v", err)
		}
	}
	_, unlisted := f.Digest(t.Context(), "docker.io/library/nginx", "2")
	_, without := f.Digest(t.Context(), "docker.io/library/nginx", "1")
	for err, want := range map[error]string{
		tags:     "listing tags of ghcr.io/acme/web: tags.json: not in the tags file",
		digest:   "reading the digest of ghcr.io/acme/web:1: tags.json: not in the tags file",
		unlisted: "reading the digest of docker.io/library/nginx:2: tag not in the tags file tags.json",
		without:  "reading the digest of docker.io/library/nginx:1: tags.json gives no \"digest\": not in the tags file",
	} {
		if err.Error() != want || fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", fault.KindOf(err), err)
		}
	}
}

func TestTagsFileMistakes(t *testing.T) {
	for content, want := range map[string]string{
		``:                           "ends too early",
		`{"nginx": ["1"`:             "ends too early",
		`{"nginx": ["1"]`:            "ends too early",
		`{"nginx": ["1"],}`:          "byte ",
		`{"nginx": ["1" "2"]}`:       "byte ",
		`[]`:                         "a JSON object",
		`null`:                       "a JSON object",
		`{} {}`:                      "something follows",
		`{"nginx": "1"}`:             `"nginx" has to be a list of tags`,
		`{"nginx": {"1": {}}}`:       `"nginx" has to be a list of tags`,
		`{"nginx": null}`:            `"nginx" has to be a list of tags`,
		`{"nginx": ["1", 2]}`:        `"nginx", entry 2: a JSON number is neither a tag nor`,
		`{"nginx": ["1", ["2"]]}`:    `"nginx", entry 2: a JSON array is neither a tag nor`,
		`{"nginx": [null]}`:          `"nginx", entry 1: "tag" is missing`,
		`{"nginx": [{}]}`:            `"nginx", entry 1: "tag" is missing`,
		`{"nginx": [{"tag": 1}]}`:    `"nginx", entry 1: "tag" cannot be a JSON number`,
		`{"nginx": [{"tags": "1"}]}`: `"nginx", entry 1: unknown field "tags"`,
		`{"nginx": [{"tag": "1", "digest": "sha256:abc"}]}`:                                         `"nginx", entry 1: "digest" "sha256:abc" is no digest`,
		`{"nginx": [{"tag": "1", "digest": "` + strings.ToUpper(one) + `"}]}`:                       "is no digest",
		`{"nginx": [{"tag": "1", "created": "yesterday"}]}`:                                         `"nginx", entry 1: "created" "yesterday" is no time`,
		`{"nginx": [{"tag": "1", "created": "0001-01-01T00:00:00Z"}]}`:                              `"nginx", entry 1: "created" "0001-01-01T00:00:00Z" is no time`,
		`{"nginx": [{"tag": "1", "created": 5}]}`:                                                   `"nginx", entry 1: "created" cannot be a JSON number`,
		`{"nginx": [{"tag": "1", "platforms": ["amd64"]}]}`:                                         `"platforms" has "amd64"`,
		`{"nginx": [{"tag": "1", "digest": "` + one + `"}, {"tag": "1", "digest": "` + two + `"}]}`: `"nginx", entry 2: tag "1" has two digests`,
		`{"nginx": [], "docker.io/library/nginx": []}`:                                              `"nginx" and "docker.io/library/nginx" are the same repository`,
		`{"nginx": [], "nginx": []}`:                                                                "are the same repository",
		`{"nginx:1.27": []}`:                                                                        `key "nginx:1.27" names a tag or digest`,
		`{"nginx@` + one + `": []}`:                                                                 "names a tag or digest",
		`{"Not An Image": []}`:                                                                      `key "Not An Image" is no image repository`,
		`{"": []}`:                                                                                  `key "" is no image repository`,
	} {
		_, err := scanner.ReadTagsFile("tags.json", []byte(content))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "reading tags of tags.json: ") {
			t.Errorf("%s\n\tgot %v\n\twant %s", content, err, want)
			continue
		}
		if fault.KindOf(err) != fault.Invalid || fault.HintOf(err) == "" {
			t.Errorf("%s: %s, %q", content, fault.KindOf(err), fault.HintOf(err))
		}
	}
}

// FuzzReadTagsFile: a file is refused, or everything in it can be asked for.
func FuzzReadTagsFile(f *testing.F) {
	for _, content := range []string{
		`{"nginx": ["1", {"tag": "2", "digest": "` + one + `"}]}`, `{}`, `{"a": []}`, `[]`, `null`, ``, `{"a": [null]}`, `{"a": [{"tag": null}]}`,
		`{"a": [ "x" , {"tag":"y","created":"2026-01-31T12:00:00Z","platforms":[]}]}`, `{"a": [[`, `{"a/b": ["\ud800"], "A": []}`, "{\"a\": [\"\xff\"]}",
		`{"localhost/a": [{"Tag": "1", "tag": "2"}], "docker.io/a": [true]}`,
	} {
		f.Add([]byte(content))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := scanner.ReadTagsFile("tags.json", content)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("%v is %s", err, fault.KindOf(err))
			}
			return
		}
		for _, repository := range file.Repositories() {
			tags, err := file.Tags(t.Context(), repository)
			if err != nil {
				t.Errorf("%q: %v", repository, err)
			}
			for _, tag := range tags {
				if d, err := file.Digest(t.Context(), repository, tag); (d == "") == (err == nil) {
					t.Errorf("%q: %q, %v", tag, d, err)
				}
				if at, err := file.Created(t.Context(), repository, tag); at.IsZero() && err == nil {
					t.Errorf("%q was made at no time", tag)
				}
				if p, err := file.Platforms(t.Context(), repository, tag); (p == nil) == (err == nil) {
					t.Errorf("%q: %v, %v", tag, p, err)
				}
			}
		}
	})
}
