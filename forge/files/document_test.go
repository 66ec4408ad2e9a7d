package files

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/forge"
)

// FuzzParse asks that no file makes parse panic, and that what was read survives writing and reading.
func FuzzParse(f *testing.F) {
	d := document{header: header{
		Number: 7, State: forge.Closed, Title: "web: 1 -> 2", Head: "bumpboat/web", Base: "main",
		Opened:   time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		Comments: []comment{{Text: "a\nb"}},
	}, body: "# t\n\n---\n"}
	text, err := format(d)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(strings.ReplaceAll(string(text), "\n", "\r\n"))
	f.Add("---\nnumber: 1\n---\n")
	f.Add("---\nnumber: 1\nstate: open\nhead: a\nbase: b\n---\n\nbody")
	f.Add("---\na: &a [*a]\n---\n")
	f.Add("---\ntitle: !!binary gIGC\n---\n")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parse(text)
		if err != nil {
			return
		}
		written, err := format(d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parse(string(written))
		if err != nil {
			t.Fatalf("%v in\n%s", err, written)
		}
		if diff := cmp.Diff(d, again, cmp.AllowUnexported(document{})); diff != "" {
			t.Errorf("(-read +written and read):\n%s", diff)
		}
	})
}
