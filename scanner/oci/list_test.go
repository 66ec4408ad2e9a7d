package oci_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/scanner/oci"
)

func TestTagsInOnePage(t *testing.T) {
	w := newWorld(t)
	handler, _ := images(t, "acme/web:1.0.0", "acme/web:1.1.0", "acme/web:latest")
	h := w.serve("registry.test", handler)
	c := w.client(open("registry.test"))
	wantTags(t, c, "registry.test/acme/web", "1.0.0", "1.1.0", "latest")
	// Without a size: this registry would cut the list there and not say so.
	wantLog(t, h, "GET /v2/", "GET /v2/acme/web/tags/list")
}

func TestTagsInPages(t *testing.T) {
	for name, link := range map[string]func(*http.Request, string) string{
		"relative": relativeLink,
		"absolute": absoluteLink,
		"query only": func(_ *http.Request, last string) string {
			return `<?last=` + last + `>; rel="next"`
		},
		"no relation": func(r *http.Request, last string) string { return "<" + r.URL.Path + "?last=" + last + ">" },
		"more than one": func(r *http.Request, last string) string {
			return `</v2/>; title="a, \"b\""; rel=prev, ` + relativeLink(r, last)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			handler, _ := images(t, "acme/web:1", "acme/web:2", "acme/web:3", "acme/web:4", "acme/web:5")
			h := w.serve("registry.test", paged(handler, link))
			wantTags(t, w.client(open("registry.test")), "registry.test/acme/web", "1", "2", "3", "4", "5")
			if got := len(h.log()); got != 4 {
				t.Errorf("%d requests, want a ping and three pages", got)
			}
		})
	}
}

func TestTagsKeepWhatIsNoTag(t *testing.T) {
	w := newWorld(t)
	w.serve("registry.test", answer("/web/tags/list", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"name": "acme/web", "extra": [1, {"tags": ["no"]}], "tags": ["1.0", "", "a b", "-x"]}`)
	}, answer("/deleted/tags/list", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"tags": null}`)
	}, answerOK)))
	c := w.client(open("registry.test"))
	wantTags(t, c, "registry.test/acme/web", "1.0", "", "a b", "-x")
	wantTags(t, c, "registry.test/acme/deleted")
}

// answerOK lets a ping succeed.
var answerOK = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})

// TestTagsNeverAPart: whatever is wrong with a list, there is an error and no tags.
func TestTagsNeverAPart(t *testing.T) {
	page := func(link, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if link != "" {
				w.Header().Set("Link", link)
			}
			fmt.Fprint(w, body)
		}
	}
	good := `{"tags": ["1"]}`
	count := 0
	for name, c := range map[string]struct {
		list http.HandlerFunc
		kind fault.Kind
		text string
	}{
		"foreign link":     {page(`<http://evil.test/v2/acme/web/tags/list?last=1>; rel="next"`, good), fault.Internal, "at another host: evil.test"},
		"other scheme":     {page(`<https://registry.test/v2/acme/web/tags/list?last=1>; rel="next"`, good), fault.Internal, "at another host"},
		"user in the link": {page(`<http://u:`+canary+`@registry.test/v2/>; rel="next"`, good), fault.Internal, "at another host"},
		"circle":           {page(`</v2/acme/web/tags/list?last=1>; rel="next"`, good), fault.Internal, "circle"},
		"garbage link":     {page(`/v2/acme/web/tags/list?last=1`, good), fault.Internal, "Link header"},
		"unclosed link":    {page(`</v2/acme/web/tags/list`, good), fault.Internal, "Link header"},
		"impossible link":  {page(`<http://[::1>; rel="next"`, good), fault.Internal, "Link header"},
		"endless pages": {func(w http.ResponseWriter, _ *http.Request) {
			count++
			w.Header().Set("Link", fmt.Sprintf(`<?last=%d>; rel="next"`, count))
			fmt.Fprint(w, good)
		}, fault.Internal, "more than 5 pages"},
		"too many tags":   {page("", `{"tags": [`+strings.Repeat(`"",`, 20)+`""]}`), fault.Internal, "more than 20 tags"},
		"too many bytes":  {page("", `{"name": "`+strings.Repeat("x", 5000)+`"}`), fault.Internal, "more than 4096 bytes"},
		"truncated":       {page("", `{"tags": ["1", "2`), fault.Temporary, "broke off"},
		"truncated later": {page("", `{"tags": ["1"]`), fault.Temporary, "broke off"},
		"nothing":         {page("", ``), fault.Temporary, "broke off"},
		"a page of HTML":  {page("", `<html>log in</html>`), fault.Temporary, "broken JSON"},
		"no tags":         {page("", `{"name": "acme/web"}`), fault.Internal, "something else"},
		"tags as text":    {page("", `{"tags": "1"}`), fault.Internal, "something else"},
		"a tag as number": {page("", `{"tags": ["1", 2]}`), fault.Internal, "something else"},
		"a list":          {page("", `["1"]`), fault.Internal, "something else"},
		"two answers":     {page("", good+good), fault.Internal, "something else"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.serve("registry.test", answer("/tags/list", c.list, answerOK))
			evil := w.serve("evil.test", answerOK)
			client := w.client(ada("registry.test"), open("evil.test"))
			client.Limit(5, 20, 4096, 4096)
			tags, err := client.Tags(t.Context(), "registry.test/acme/web")
			wantError(t, err, c.kind, c.text)
			if !strings.HasPrefix(err.Error(), "listing tags of registry.test/acme/web: ") {
				t.Errorf("error %q does not say what was done", err)
			}
			if tags != nil {
				t.Errorf("tags %q came with the error", tags)
			}
			wantLog(t, evil)
		})
	}
}

func TestTagsPageThatVanished(t *testing.T) {
	handler, _ := images(t, "acme/web:1", "acme/web:2", "acme/web:3")
	for name, c := range map[string]struct{ missing, requests int }{
		"once":   {1, 1 + 2 + 2},
		"always": {100, 1 + 2 + 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			pages := paged(handler, relativeLink)
			h := w.serve("registry.test", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.RawQuery != "" && c.missing > 0 {
					c.missing--
					http.NotFound(rw, r)
					return
				}
				pages.ServeHTTP(rw, r)
			}))
			tags, err := w.client(open("registry.test")).Tags(t.Context(), "registry.test/acme/web")
			if name == "once" && !slices.Equal(tags, []string{"1", "2", "3"}) {
				t.Errorf("got %q, %v", tags, err)
			}
			if name == "always" {
				wantError(t, err, fault.Temporary, "changed while it was read")
			}
			if got := len(h.log()); got != c.requests {
				t.Errorf("%d requests, want %d", got, c.requests)
			}
		})
	}
}

// FuzzNextPage: a next page is at the origin of the page or of the registry, without a user.
func FuzzNextPage(f *testing.F) {
	for _, link := range []string{
		`</v2/a/tags/list?last=1&n=2>; rel="next"`, `<https://registry.test/v2/>;rel=next`, `<>; rel="next"`, `<?last=x>`,
		`<a>; rel=prev, <b>; rel="first next"`, `<//evil.test/x>; rel="next"`, `<https://u:p@registry.test/>; rel=next`, `<x`, `x>`, ``,
		`<a>; title="\"`, `<a>; rel="prev`, `< b >; REL=NEXT`, "<\x00>", `<https://registry.test:443/a>`, `<javascript:x>`, `,,<a>;;;rel`,
	} {
		f.Add(link, "https://mirror.test/v2/a/tags/list?x=1")
	}
	home, err := url.Parse("https://registry.test/v2/a/")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, link, page string) {
		at, err := url.Parse(page)
		if err != nil || at.Host == "" {
			return
		}
		next, err := oci.NextPage([]string{link}, at, home)
		if err != nil || next == nil {
			return
		}
		if next.User != nil {
			t.Errorf("%q: a user in %s", link, next)
		}
		same := func(o *url.URL) bool {
			return o.Scheme == next.Scheme && strings.EqualFold(o.Hostname(), next.Hostname())
		}
		if !same(at) && !same(home) {
			t.Errorf("%q leads from %s to %s", link, at, next)
		}
	})
}

// FuzzReadPage: a page is read whole or not at all, within its bounds.
func FuzzReadPage(f *testing.F) {
	for _, body := range []string{
		`{"name": "a", "tags": ["1", "2"]}`, `{"tags": null}`, `{"tags": []}`, `{}`, `[]`, `null`, `{"tags": [`, `{"tags": ["\ud800"]}`,
		`{"tags": [["1"]]}`, `{"tags": ["1"], "tags": ["2"]}`, `{"a": {"b": [{}]}, "tags": [""]}`, "{\"tags\": [\"\xff\"]}", `{"tags":[]}x`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		tags, err := oci.ReadPage(strings.NewReader(body), 10, 1000)
		if err != nil {
			return
		}
		if len(tags) > 10 || len(body) > 1000 {
			t.Errorf("%d tags of %d bytes", len(tags), len(body))
		}
		if !strings.Contains(body, "tags") && !strings.Contains(body, `\u`) {
			t.Error("no key, and no error")
		}
	})
}
