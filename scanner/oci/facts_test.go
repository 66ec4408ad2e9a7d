package oci_test

import (
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/scanner"
	"github.com/bumpboat/bumpboat/scanner/oci"
)

var (
	_ scanner.Dater      = (*oci.Client)(nil)
	_ scanner.Timekeeper = (*oci.Client)(nil)
	_ scanner.Inspector  = (*oci.Client)(nil)
)

const (
	web     = "registry.test/acme/web"
	noon    = "2026-01-31T12:00:00Z"
	base    = "/v2/acme/web/"
	dated   = "org.opencontainers.image.created"
	refType = "vnd.docker.reference.type"
)

// build returns an image for a platform, made at a time ("" for none) and annotated.
func build(t *testing.T, platform, created string, annotations map[string]string) v1.Image {
	t.Helper()
	p, err := v1.ParsePlatform(platform)
	if err != nil {
		t.Fatal(err)
	}
	config := v1.ConfigFile{OS: p.OS, Architecture: p.Architecture, Variant: p.Variant, RootFS: v1.RootFS{Type: "layers"}}
	if created != "" {
		if config.Created.Time, err = time.Parse(time.RFC3339, created); err != nil {
			t.Fatal(err)
		}
	}
	img, err := mutate.ConfigFile(mutate.MediaType(empty.Image, types.OCIManifestSchema1), &config)
	if err != nil {
		t.Fatal(err)
	}
	img = mutate.ConfigMediaType(img, types.OCIConfigJSON)
	return mutate.Annotations(img, annotations).(v1.Image)
}

// entry returns an entry of an index, its platform taken from the text; "" for none.
func entry(t *testing.T, img v1.Image, platform string, annotations map[string]string) mutate.IndexAddendum {
	t.Helper()
	a := mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Annotations: annotations, Platform: &v1.Platform{}}}
	if platform != "" {
		p, err := v1.ParsePlatform(platform)
		if err != nil {
			t.Fatal(err)
		}
		a.Platform = p
	}
	return a
}

func index(annotations map[string]string, entries ...mutate.IndexAddendum) v1.ImageIndex {
	idx := mutate.AppendManifests(mutate.IndexMediaType(empty.Index, types.OCIImageIndex), entries...)
	return mutate.Annotations(idx, annotations).(v1.ImageIndex)
}

// stock is a registry in memory that holds images and indexes under tags of acme/web.
func stock(t *testing.T, tagged map[string]remote.Taggable) http.Handler {
	t.Helper()
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(handler)
	defer server.Close()
	for tag, what := range tagged {
		ref, err := name.NewTag(strings.TrimPrefix(server.URL, "http://") + "/acme/web:" + tag)
		if err != nil {
			t.Fatal(err)
		}
		switch what := what.(type) {
		case v1.ImageIndex:
			err = remote.WriteIndex(ref, what)
		case v1.Image:
			err = remote.Write(ref, what)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return handler
}

func digestOf(t *testing.T, what interface{ Digest() (v1.Hash, error) }) string {
	t.Helper()
	d, err := what.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return d.String()
}

func configOf(t *testing.T, img v1.Image) string {
	t.Helper()
	d, err := img.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	return d.String()
}

// begun returns a client that has its session already, so that only what a fact costs is in the log.
func begun(t *testing.T, h *host, c *oci.Client) *oci.Client {
	t.Helper()
	if _, err := c.Tags(t.Context(), web); err != nil {
		t.Fatal(err)
	}
	h.log()
	return c
}

func wantPlatforms(t *testing.T, c *oci.Client, reference string, want ...policy.Platform) {
	t.Helper()
	got, err := c.Platforms(t.Context(), web, reference)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append([]policy.Platform{}, want...), got); diff != "" {
		t.Errorf("platforms of %s (-want +got):\n%s", reference, diff)
	}
}

// TestPlatformsOfIndex: one request, and what is no image for a platform is left out.
func TestPlatformsOfIndex(t *testing.T) {
	amd, arm := build(t, "linux/amd64", "", nil), build(t, "linux/arm64/v8", "", nil)
	proof := build(t, "unknown/unknown", noon, nil)
	idx := index(
		nil, entry(t, arm, "linux/arm64/v8", nil), entry(t, amd, "linux/amd64", nil), entry(t, proof, "unknown/unknown", nil),
		entry(t, proof, "linux/amd64", map[string]string{refType: "attestation-manifest"}), entry(t, proof, "", nil),
	)
	w := newWorld(t)
	h := w.serve("registry.test", stock(t, map[string]remote.Taggable{"1": idx}))
	c := begun(t, h, w.client(open("registry.test")))
	want := []policy.Platform{{Name: "linux/arm64/v8", Digest: digestOf(t, arm)}, {Name: "linux/amd64", Digest: digestOf(t, amd)}}
	wantPlatforms(t, c, "1", want...)
	wantPlatforms(t, c, digestOf(t, idx), want...)
	wantLog(t, h, "GET "+base+"manifests/1")
}

// TestPlatformsOfImage: what a single image is for stands in its config; its digest is its own.
func TestPlatformsOfImage(t *testing.T) {
	img := build(t, "linux/arm/v7", noon, nil)
	w := newWorld(t)
	h := w.serve("registry.test", stock(t, map[string]remote.Taggable{"1": img}))
	c := begun(t, h, w.client(open("registry.test")))
	wantPlatforms(t, c, digestOf(t, img), policy.Platform{Name: "linux/arm/v7", Digest: digestOf(t, img)})
	wantLog(t, h, "GET "+base+"manifests/"+digestOf(t, img), "GET "+base+"blobs/"+configOf(t, img))
}

// TestNoPlatforms: charts, and images and indexes that name no platform, hold nothing.
func TestNoPlatforms(t *testing.T) {
	chart := mutate.ConfigMediaType(build(t, "linux/amd64", noon, nil), "application/vnd.cncf.helm.config.v1+json")
	silent := build(t, "linux/amd64", "", nil)
	w := newWorld(t)
	h := w.serve("registry.test", answer("/manifests/null", manifestOf(`{"schemaVersion": 2, "manifests": null}`), stock(t, map[string]remote.Taggable{
		"chart": chart, "silent": index(nil, entry(t, silent, "", nil)), "nothing": index(nil), "nameless": build(t, "", "", nil),
	})))
	c := begun(t, h, w.client(open("registry.test")))
	for _, tag := range []string{"chart", "silent", "nothing", "nameless", "null"} {
		wantPlatforms(t, c, tag)
		if _, err := c.Created(t.Context(), web, tag); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", tag, err)
		}
	}
	if log := h.log(); slices.Contains(log, "GET "+base+"blobs/"+configOf(t, chart)) || len(log) != 6 {
		t.Errorf("asked %q", log)
	}
}

// TestCreated: the cheapest source that tells counts.
func TestCreated(t *testing.T) {
	at := func(hour int) map[string]string {
		return map[string]string{dated: fmt.Sprintf("2026-01-31T%02d:00:00Z", hour)}
	}
	amd, arm := build(t, "linux/amd64", noon, nil), build(t, "linux/arm64", "2026-01-31T13:00:00Z", nil)
	noted := build(t, "linux/amd64", noon, at(9))
	garbage := map[string]string{dated: "yesterday"}
	for name, c := range map[string]struct {
		image    remote.Taggable
		hour     int
		requests int
	}{
		"annotation of the index":    {index(at(7), entry(t, amd, "linux/amd64", at(8))), 7, 1},
		"annotation of the image":    {noted, 9, 1},
		"annotation of the entry":    {index(nil, entry(t, arm, "linux/arm64", at(10)), entry(t, noted, "linux/amd64", at(8))), 8, 1},
		"annotation of the child":    {index(nil, entry(t, noted, "linux/amd64", nil)), 9, 2},
		"config of the image":        {amd, 12, 2},
		"config of linux/amd64":      {index(nil, entry(t, arm, "linux/386", nil), entry(t, amd, "linux/amd64", nil)), 12, 3},
		"config of the first":        {index(nil, entry(t, amd, "windows/amd64", nil), entry(t, arm, "linux/arm64", nil)), 13, 3},
		"annotations that are none":  {index(garbage, entry(t, amd, "linux/amd64", garbage)), 12, 3},
		"attestation before":         {index(nil, entry(t, arm, "unknown/unknown", at(3)), entry(t, amd, "linux/amd64", nil)), 12, 3},
		"year one":                   {build(t, "linux/amd64", "", map[string]string{dated: "0001-01-01T00:00:00+01:00"}), -1, 2},
		"config without a time":      {index(nil, entry(t, build(t, "linux/amd64", "", nil), "linux/amd64", nil)), -1, 3},
		"no image for any platform":  {index(nil, entry(t, amd, "unknown/unknown", nil)), -1, 1},
		"annotation without a image": {index(at(7)), 7, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			h := w.serve("registry.test", stock(t, map[string]remote.Taggable{"1": c.image}))
			client := begun(t, h, w.client(open("registry.test")))
			got, err := client.Created(t.Context(), web, "1")
			if c.hour < 0 {
				wantError(t, err, fault.NotFound, "reading when registry.test/acme/web:1 was made: the image does not tell")
				wantHint(t, err, dated)
			} else if want := time.Date(2026, 1, 31, c.hour, 0, 0, 0, time.UTC); err != nil || !got.Equal(want) {
				t.Errorf("got %s, %v, want %s", got, err, want)
			}
			if log := h.log(); len(log) != c.requests {
				t.Errorf("asked %q, want %d requests", log, c.requests)
			}
		})
	}
}

// TestContentsAreReadOnce: however many facts are asked at once, index, manifest and config cost a request each.
func TestContentsAreReadOnce(t *testing.T) {
	amd := build(t, "linux/amd64", noon, nil)
	idx := index(nil, entry(t, amd, "linux/amd64", nil))
	w := newWorld(t)
	h := w.serve("registry.test", stock(t, map[string]remote.Taggable{"1": idx, "1.0": idx}))
	trusted := open("registry.test")
	trusted.TrustTimes = true
	c := begun(t, h, w.client(trusted))
	var wg sync.WaitGroup
	for range 8 {
		for _, look := range []func() error{
			func() error { _, err := c.Created(t.Context(), web, "1"); return err },
			func() error { _, err := c.Since(t.Context(), web, "1"); return err },
			func() error { _, err := c.Platforms(t.Context(), web, "1"); return err },
			func() error { _, err := c.Platforms(t.Context(), web, digestOf(t, amd)); return err },
		} {
			wg.Go(func() {
				if err := look(); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	got := h.log()
	slices.Sort(got)
	want := []string{"GET " + base + "blobs/" + configOf(t, amd), "GET " + base + "manifests/1", "GET " + base + "manifests/" + digestOf(t, amd)}
	if !slices.Equal(got, want) {
		t.Errorf("asked %q, want %q", got, want)
	}
	if d, err := c.Digest(t.Context(), web, "1"); err != nil || d != digestOf(t, idx) {
		t.Errorf("got %s, %v", d, err)
	}
	wantLog(t, h)

	// A tag whose digest is known is read by it, so that all that is told is told of the same image.
	if _, err := c.Digest(t.Context(), web, "1.0"); err != nil {
		t.Fatal(err)
	}
	wantPlatforms(t, c, "1.0", policy.Platform{Name: "linux/amd64", Digest: digestOf(t, amd)})
	wantLog(t, h, "HEAD "+base+"manifests/1.0")
}

// TestTagThatMoves: facts are about one image, also when the tag moves in between.
func TestTagThatMoves(t *testing.T) {
	older, newer := build(t, "linux/amd64", noon, nil), build(t, "linux/arm64", noon, nil)
	handler := stock(t, map[string]remote.Taggable{"1": older, "2": newer})
	moved := false
	w := newWorld(t)
	w.serve("registry.test", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if moved {
			r.URL.Path = strings.Replace(r.URL.Path, "/manifests/1", "/manifests/2", 1)
		}
		handler.ServeHTTP(rw, r)
	}))
	c := w.client(open("registry.test"))
	if _, err := c.Digest(t.Context(), web, "1"); err != nil {
		t.Fatal(err)
	}
	moved = true
	wantPlatforms(t, c, "1", policy.Platform{Name: "linux/amd64", Digest: digestOf(t, older)})
}

// TestForgetting: what is remembered is bounded, and read again when it is needed again.
func TestForgetting(t *testing.T) {
	one, two := build(t, "linux/amd64", "", nil), build(t, "linux/arm64", "", nil)
	w := newWorld(t)
	h := w.serve("registry.test", stock(t, map[string]remote.Taggable{"1": one, "2": two}))
	c := w.client(open("registry.test"))
	c.Remember(1)
	begun(t, h, c)
	for _, img := range []v1.Image{one, two, one} {
		if _, err := c.Platforms(t.Context(), web, digestOf(t, img)); err != nil {
			t.Fatal(err)
		}
		wantLog(t, h, "GET "+base+"manifests/"+digestOf(t, img), "GET "+base+"blobs/"+configOf(t, img))
	}
}

// TestEachRepositoryShowsItsOwn: what one repository shows is not known of another.
func TestEachRepositoryShowsItsOwn(t *testing.T) {
	img := build(t, "linux/amd64", "", nil)
	w := newWorld(t)
	w.serve("registry.test", stock(t, map[string]remote.Taggable{"1": img}))
	c := w.client(open("registry.test"))
	if _, err := c.Platforms(t.Context(), web, digestOf(t, img)); err != nil {
		t.Fatal(err)
	}
	_, err := c.Platforms(t.Context(), "registry.test/acme/private", digestOf(t, img))
	wantError(t, err, fault.NotFound, "404")
}

// TestFailureOfContentIsRemembered: a fault is an answer, also for the next fact about the same tag.
func TestFailureOfContentIsRemembered(t *testing.T) {
	w := newWorld(t)
	h := w.serve("registry.test", answer("/manifests/1", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, answerOK))
	c := w.client(open("registry.test"))
	for range 2 {
		_, err := c.Platforms(t.Context(), web, "1")
		wantError(t, err, fault.Temporary, "reading the platforms of registry.test/acme/web:1: registry.test answered 502")
		_, err = c.Created(t.Context(), web, "1")
		wantError(t, err, fault.Temporary, "502")
	}
	wantLog(t, h, "GET /v2/", "GET "+base+"manifests/1")
}

func TestSince(t *testing.T) {
	w := newWorld(t)
	h := w.serve("registry.test", stock(t, map[string]remote.Taggable{
		"1": build(t, "linux/amd64", noon, nil), "epoch": build(t, "linux/amd64", "1970-01-01T00:00:00Z", nil), "never": build(t, "linux/amd64", "", nil),
	}))
	_, err := w.client(open("registry.test")).Since(t.Context(), web, "1")
	wantError(t, err, fault.Invalid, "finding out since when there is registry.test/acme/web:1: nothing remembers")
	wantHint(t, err, "registries: [{host: registry.test, trustTimes: true}]")
	if !errors.Is(err, policy.ErrNoMemory) {
		t.Errorf("%v", err)
	}
	wantLog(t, h)

	trusted := open("registry.test")
	trusted.TrustTimes = true
	c := w.client(trusted)
	if got, err := c.Since(t.Context(), web, "1"); err != nil || got.Format(time.RFC3339) != noon {
		t.Errorf("got %s, %v", got, err)
	}
	// A date that no build has would let every age pass.
	for _, tag := range []string{"epoch", "never"} {
		got, err := c.Since(t.Context(), web, tag)
		wantError(t, err, fault.NotFound, "no time that can be true")
		wantHint(t, err, dated)
		if !errors.Is(err, policy.ErrNoMemory) || !got.IsZero() {
			t.Errorf("%s: %s, %v", tag, got, err)
		}
	}
	// That it could not be found out is not the same as that nobody knows.
	_, err = c.Since(t.Context(), web, "2")
	if wantError(t, err, fault.NotFound, "finding out since when there is registry.test/acme/web:2: registry.test answered 404"); errors.Is(err, policy.ErrNoMemory) {
		t.Errorf("%v", err)
	}
	_, err = c.Since(t.Context(), "registry.test/A", "2")
	wantError(t, err, fault.Invalid, "finding out since when there is registry.test/A:2: it is no full name")
	// Whose times are trusted is the host's matter, with its port, and of no other.
	_, err = c.Since(t.Context(), "registry.test:5000/acme/web", "1")
	if !errors.Is(err, policy.ErrNoMemory) {
		t.Errorf("%v", err)
	}
}

// TestBlobElsewhere: registries keep blobs at other hosts, which get no credentials, whatever they ask for.
func TestBlobElsewhere(t *testing.T) {
	img := build(t, "linux/amd64", noon, nil)
	handler := stock(t, map[string]remote.Taggable{"1": img})
	away := func(to string, inner http.Handler) http.Handler {
		return answer("/blobs/"+configOf(t, img), func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, to+r.URL.Path+"?signature="+canary, http.StatusTemporaryRedirect)
		}, inner)
	}
	challenge := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="http://evil.test/token",service="x"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	for name, c := range map[string]struct {
		registry http.Handler
		cdn      http.Handler
		ok       bool
	}{
		"basic":     {basic(away("http://cdn.test", handler)), handler, true},
		"token":     {tokens("ada", tokened("http://registry.test/token", away("http://cdn.test", handler))), handler, true},
		"challenge": {tokens("ada", tokened("http://registry.test/token", away("http://cdn.test", handler))), challenge, false},
		"a user":    {basic(away("http://u:"+canary+"@cdn.test", handler)), handler, false},
		"inside":    {basic(away("http://169.254.169.254", handler)), handler, false},
		"not there": {basic(away("http://cdn.test", handler)), http.NotFoundHandler(), false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.serve("registry.test", c.registry)
			cdn, evil := w.serve("cdn.test", c.cdn), w.serve("evil.test", tokens("", answerOK))
			w.hosts["169.254.169.254"] = evil
			got, err := w.client(ada("registry.test")).Platforms(t.Context(), web, "1")
			if c.ok != (err == nil) || c.ok != (len(got) == 1) {
				t.Errorf("got %v, %v", got, err)
			}
			if err != nil {
				wantError(t, err, fault.KindOf(err), "reading the platforms of registry.test/acme/web:1: ")
			}
			silent(t, cdn)
			silent(t, evil)
		})
	}
}

// TestBlobInClearText: a registry over HTTPS cannot send us to plain HTTP for a blob.
func TestBlobInClearText(t *testing.T) {
	img := build(t, "linux/amd64", noon, nil)
	handler := stock(t, map[string]remote.Taggable{"1": img})
	w := newWorld(t)
	h := w.serveTLS("example.com", answer("/blobs/"+configOf(t, img), func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://cdn.test"+r.URL.Path, http.StatusTemporaryRedirect)
	}, handler))
	cdn := w.serve("cdn.test", handler)
	_, err := w.client(oci.Host{Name: "example.com", CA: h.ca()}).Platforms(t.Context(), "example.com/acme/web", "1")
	wantError(t, err, fault.Invalid, "asking cdn.test in clear text is not allowed")
	wantLog(t, cdn)
}

// manifestOf answers with a text as an OCI manifest or index, by what is in it.
func manifestOf(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, text)
	}
}

// entryFor is an entry of an index in JSON.
func entryFor(digest, platform string) string {
	return fmt.Sprintf(`{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": %q, "platform": %s}`, digest, platform)
}

// TestHostileContents: nothing that contradicts itself or its digest becomes an answer.
func TestHostileContents(t *testing.T) {
	some := "sha256:" + strings.Repeat("1", 64)
	indexOf := func(entries ...string) http.HandlerFunc {
		return manifestOf(`{"schemaVersion": 2, "manifests": [` + strings.Join(entries, ",") + `]}`)
	}
	imageOf := func(config string) http.HandlerFunc {
		return manifestOf(fmt.Sprintf(`{"schemaVersion": 2, "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": %q}, "layers": []}`, config))
	}
	declared := func(contentType string, inner http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", contentType)
			inner(w, r)
		}
	}
	long := strings.Repeat(entryFor(some, `{"os": "linux", "architecture": "amd64"}`)+",", 1000)
	for name, c := range map[string]struct {
		manifest, config http.HandlerFunc
		kind             fault.Kind
		text             string
	}{
		"another config":        {imageOf(some), manifestOf(`{"os": "linux", "architecture": "amd64"}`), fault.Internal, "another digest"},
		"no digest of a config": {imageOf("sha256:../../x"), nil, fault.Invalid, "no digest"},
		"endless config":        {imageOf(some), manifestOf(strings.Repeat("x", 1<<20)), fault.Internal, "a config of more than 300000 bytes"},
		"config that broke off": {imageOf(some), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "{")
		}, fault.Temporary, "broke off"},
		"config not there":      {imageOf(some), http.NotFound, fault.NotFound, "404"},
		"endless manifest":      {manifestOf(strings.Repeat("x", 1<<20)), nil, fault.Internal, "a manifest of more than 300000 bytes"},
		"image and index":       {manifestOf(`{"schemaVersion": 2, "manifests": [], "layers": []}`), nil, fault.Internal, "something else"},
		"index called an image": {declared("application/vnd.oci.image.manifest.v1+json", indexOf()), nil, fault.Internal, "something else"},
		"image called an index": {declared("application/vnd.docker.distribution.manifest.list.v2+json; charset=utf-8", imageOf(some)), nil, fault.Internal, "something else"},
		"index that calls itself an image": {
			manifestOf(`{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "manifests": []}`), nil, fault.Internal, "something else",
		},
		"manifests that are none": {manifestOf(`{"schemaVersion": 2, "manifests": {}}`), nil, fault.Internal, "cannot be read"},
		"entry that is none":      {indexOf(`"x"`), nil, fault.Internal, "cannot be read"},
		"entry without a digest":  {indexOf(entryFor("", `{"os": "linux", "architecture": "amd64"}`)), nil, fault.Internal, "no digest"},
		"entry with a path":       {indexOf(entryFor("sha256:../../../x", `{"os": "linux", "architecture": "amd64"}`)), nil, fault.Internal, "no digest"},
		"half a platform":         {indexOf(entryFor(some, `{"os": "linux"}`)), nil, fault.Internal, "a platform that is none: linux/"},
		"platform with a slash":   {indexOf(entryFor(some, `{"os": "linux", "architecture": "arm/v7"}`)), nil, fault.Internal, "a platform that is none"},
		"platform with colours":   {indexOf(entryFor(some, `{"os": "linux", "architecture": "\u001b[31mamd64"}`)), nil, fault.Internal, "linux/ [31mamd64"},
		"variant that is none":    {indexOf(entryFor(some, `{"os": "linux", "architecture": "arm64", "variant": "v8\n"}`)), nil, fault.Internal, "a platform that is none"},
		"too many entries":        {indexOf(long + entryFor(some, "null")), nil, fault.Internal, "more than 1000 entries"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			handler := answer("/manifests/1", c.manifest, answerOK)
			if c.config != nil {
				handler = answer("/blobs/"+some, c.config, handler)
			}
			w.serve("registry.test", handler)
			client := w.client(open("registry.test"))
			client.Limit(1, 1, 1, 300_000)
			got, err := client.Platforms(t.Context(), web, "1")
			wantError(t, err, c.kind, c.text)
			if got != nil {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestManifestOfAnotherDigest: what is asked by digest has that digest, sha512 as well.
func TestManifestOfAnotherDigest(t *testing.T) {
	body := `{"schemaVersion": 2, "manifests": []}`
	good := sha512.Sum512([]byte(body))
	right, wrong := "sha512:"+hex.EncodeToString(good[:]), "sha256:"+strings.Repeat("1", 64)
	w := newWorld(t)
	w.serve("registry.test", answer("/manifests/"+right, manifestOf(body), answer("/manifests/"+wrong, manifestOf(body), answerOK)))
	c := w.client(open("registry.test"))
	wantPlatforms(t, c, right)
	_, err := c.Platforms(t.Context(), web, wrong)
	wantError(t, err, fault.Internal, "reading the platforms of registry.test/acme/web@"+wrong+": registry.test answered with a content that has another digest")
}

// TestReferencesThatAreNone: what is neither tag nor digest never becomes a part of an address.
func TestReferencesThatAreNone(t *testing.T) {
	w := newWorld(t)
	h := w.serve("registry.test", answerOK)
	c := w.client(open("registry.test"))
	if _, err := c.Platforms(t.Context(), web, "1"); err == nil {
		t.Error("no error")
	}
	h.log()
	for _, reference := range []string{"", "../x", "a b", "sha256:", "sha256:abc", "sha256:../../x", "md5:" + strings.Repeat("0", 32), "sha256:" + strings.Repeat("A", 64)} {
		if _, err := c.Platforms(t.Context(), web, reference); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", reference, err)
		}
		if _, err := c.Created(t.Context(), web, reference); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", reference, err)
		}
	}
	wantLog(t, h)
}

// FuzzContents: whatever a registry sends, what is read from it is fit to be shown, compared and asked for.
func FuzzContents(f *testing.F) {
	some := "sha256:" + strings.Repeat("1", 64)
	for _, body := range []string{
		`{"schemaVersion": 2, "manifests": [` + entryFor(some, `{"os": "linux", "architecture": "arm64", "variant": "v8"}`) + `]}`,
		`{"schemaVersion": 2, "manifests": [` + entryFor(some, `{"os": "unknown", "architecture": "unknown"}`) + `, {}, null]}`,
		`{"schemaVersion": 2, "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "` + some + `"}, "layers": []}`,
		`{"schemaVersion": 2, "annotations": {"` + dated + `": "` + noon + `", "` + refType + `": "x"}, "manifests": null}`,
		`{"os": "linux", "architecture": "amd64", "created": "` + noon + `"}`, `{"created": "0001-01-01T00:00:00Z"}`, `{}`, `[]`, `null`, ``, `{"os": {}}`,
		`{"schemaVersion": 2, "Manifests": [], "manifests": [[]]}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		platforms, _, err := oci.ReadManifest(body)
		for _, p := range platforms {
			if err != nil {
				t.Errorf("%v beside %v", platforms, err)
			}
			wantShown(t, p.Name)
			if _, err := name.NewDigest("registry.test/a@" + p.Digest); err != nil && !strings.HasPrefix(p.Digest, "sha512:") {
				t.Errorf("%q is no digest", p.Digest)
			}
		}
		if platform, created, err := oci.ReadConfig(body); err == nil && (platform != "" || !created.IsZero()) {
			if platform != "" {
				wantShown(t, platform)
			}
			if !created.IsZero() && created.UTC().Year() < 2 {
				t.Errorf("a time of %s", created)
			}
		}
	})
}

// wantShown checks the form of a platform's name.
func wantShown(t *testing.T, name string) {
	t.Helper()
	parts := strings.Split(name, "/")
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		t.Errorf("%q is no platform", name)
	}
}
