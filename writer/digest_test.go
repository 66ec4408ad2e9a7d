package writer_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer"
)

const (
	hexA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	hexB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// A tag that moves must take the digest beside it along: the digest wins where both are written.
func TestADigestIsNeverLeftBehind(t *testing.T) {
	const marked = " # bumpboat: semver:* part=tag image=acme/web\n"
	both := policy.Version{Tag: "2", Digest: digestB}
	tagOnly := policy.Version{Tag: "2"}
	moved := []string{"1 -> 2", digestA + " -> " + digestB}
	tests := []struct {
		name, content string
		to            policy.Version
		// want is the edits of the first site, or the reason for which there are none.
		want []string
	}{
		{"named by the marker", "version: '1'" + marked + "digest: " + digestA + "\n", both, moved},
		{"named by the marker, no digest chosen", "version: '1'" + marked + "digest: " + digestA + "\n", tagOnly, []string{"edit/no-digest"}},
		{"of the same prefix", "webTag: '1'" + marked + "webDigest: " + digestA + "\n", both, moved},
		{"of the same prefix, no digest chosen", "webTag: '1'" + marked + "webDigest: " + digestA + "\n", tagOnly, []string{"edit/no-digest"}},
		{"prefix before digest", "digest: " + digestB + "\nimageTag: '1'" + marked + "imageDigest: " + digestA + "\n", both, moved},
		{"snake case", "web_tag: '1'" + marked + "web_digest: " + digestA + "\n", both, moved},
		{"the digest is marked", "webTag: '1'\nwebDigest: " + digestA + " # bumpboat: semver:* image=acme/web part=digest\n", both, moved},
		{"prefix beside a plain digest", "webTag: '1'" + marked + "digest: " + digestA + "\n", both, moved},
		{"a digest that two tags could mean", "webTag: '1'" + marked + "apiTag: '1'" + marked + "digest: " + digestA + "\n", both, []string{"edit/stale-digest"}},
		{"a digest for each of two tags", "webTag: '1'" + marked + "apiTag: '1'" + marked + "apiDigest: " + digestB + "\nwebDigest: " + digestA + "\n", both, moved},
		{"a digest with a marker of its own", "webTag: '1'" + marked + "webDigest: " + digestA + " # bumpboat: ignore part=digest image=acme/web\n", tagOnly, []string{"1 -> 2"}},
		{"another spelling", "imageTag: '1'" + marked + "sha256: " + hexA + "\n", both, []string{"edit/stale-digest"}},
		{"an upper-case digest", "tag: '1'" + marked + "Digest: " + digestA + "\n", both, []string{"edit/stale-digest"}},
		{"webSha beside webTag", "webTag: '1'" + marked + "webSha: " + hexA + "\n", both, []string{"edit/stale-digest"}},
		{"another image's digest", "webTag: '1'" + marked + "apiSha: " + hexA + "\n", tagOnly, []string{"1 -> 2"}},
		{"through an alias", "other: &d " + digestA + "\nthis:\n  tag: '1'" + marked + "  digest: *d\n", both, []string{"edit/stale-digest"}},
		{"through a merge", "base: &b {digest: '" + digestA + "'}\nthis:\n  <<: *b\n  tag: '1'" + marked, both, []string{"edit/stale-digest"}},
		{"sha through a merge", "base: &b {sha: " + hexA + "}\nthis:\n  <<: *b\n  tag: '1'" + marked, both, []string{"edit/stale-digest"}},
		{"sha of a marked tag", "version: '1'" + marked + "sha: " + hexA + "\n", both, []string{"1 -> 2", hexA + " -> " + hexB}},

		{"sha", "image: {repository: a, tag: '1', sha: " + hexA + "}\n", both, []string{"1 -> 2", hexA + " -> " + hexB}},
		{"sha with its algorithm", "image: {repository: a, tag: '1', sha: '" + digestA + "'}\n", both, moved},
		{"sha, no digest chosen", "image: {repository: a, tag: '1', sha: " + hexA + "}\n", tagOnly, []string{"edit/no-digest"}},
		{"sha that is none", "image: {repository: a, tag: '1', sha: 1f2e3d}\n", both, []string{"edit/stale-digest"}},
		{"sha beside a digest", "image: {repository: a, tag: '1', digest: '" + digestA + "', sha: " + hexA + "}\n", both, []string{"edit/stale-digest"}},
		{"the same sha beside a digest", "image: {repository: a, tag: '1', digest: '" + digestA + "', sha: '" + digestA + "'}\n", both, []string{"edit/stale-digest"}},
		{"empty sha", "image: {repository: a, tag: '1', sha: ''}\n", tagOnly, []string{"1 -> 2"}},
		{"empty digest beside a sha", "image: {repository: a, tag: '1', digest: '', sha: " + hexA + "}\n", both, []string{"1 -> 2", hexA + " -> " + hexB}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			updates, files := update(t, "values.yaml", tt.content, tt.to)
			edits, err := writer.Edits(updates[0])
			var got []string
			for _, e := range edits {
				got = append(got, e.From+" -> "+e.To)
			}
			if refused, ok := errors.AsType[writer.Refused](err); ok {
				got = []string{refused.Reason}
				if refused.Hint == "" {
					t.Errorf("%v has no hint", refused)
				}
			}
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("edits %q, want %q (%v)", got, tt.want, err)
			}
			if changed, refused := writer.Apply(updates[:1], files); (err == nil) != (len(changed) == 1 && len(refused) == 0) {
				t.Errorf("Apply makes %v and refuses %v", changed, refused)
			}
		})
	}
}

func TestTheDigestUnderShaIsPartOfTheImage(t *testing.T) {
	for _, sha := range []string{hexA, digestA} {
		updates, _ := update(t, "values.yaml", "image: {repository: a, tag: '1', sha: '"+sha+"'}\n", policy.Version{})
		if got := updates[0].Site.Image.String(); got != "a:1@"+digestA {
			t.Errorf("sha %s makes the image %s", sha, got)
		}
	}
}

// Anything has a url, so it names an image only where nothing else does and where it can be nothing else.
func TestNameOfALoneTag(t *testing.T) {
	const tag = "tag: '1' # bumpboat: semver:*\n"
	tests := []struct{ name, content, want string }{
		{"image before url", "url: oci://ghcr.io/acme/chart\nimage: ghcr.io/acme/web\n" + tag, "ghcr.io/acme/web"},
		{"name before url", "url: oci://ghcr.io/acme/chart\nname: ghcr.io/acme/web\n" + tag, "ghcr.io/acme/web"},
		{"oci url", "url: oci://ghcr.io/acme/chart\n" + tag, "oci://ghcr.io/acme/chart"},
		{"url without a scheme", "url: ghcr.io/acme/web\n" + tag, ""},
		{"any url", "url: acme\n" + tag, ""},
		{
			"OCIRepository", "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec:\n  url: ghcr.io/acme/chart\n  ref:\n    " + tag,
			"ghcr.io/acme/chart",
		},
		{"GitRepository", "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nspec:\n  url: ghcr.io/acme/chart\n  ref:\n    " + tag, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found := find(t, "values.yaml", tt.content)
			if tt.want == "" {
				if len(found.Sites) != 0 || len(found.Problems) != 1 || found.Problems[0].Reason != "marker/no-image" {
					t.Errorf("%+v", found)
				}
				return
			}
			if want := strings.TrimPrefix(tt.want, "oci://"); len(found.Sites) != 1 || found.Sites[0].Image.Name != want {
				t.Errorf("%+v, want the image %s", found, want)
			}
		})
	}
}
