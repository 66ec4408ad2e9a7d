package gitstore_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer/gitstore"
)

var (
	hashA = strings.Repeat("a", 40)
	hashB = strings.Repeat("b", 40)
	hashC = strings.Repeat("c", 40)
)

func example() gitstore.Trailers {
	return gitstore.Trailers{
		Base: hashC,
		Files: []gitstore.FileChange{
			{Path: "apps/ü \"quoted\".yaml", Old: hashA, New: hashB},
			{Path: "b\u2028.yaml", Old: hashB, New: hashA},
		},
		Images: []gitstore.ImageChange{
			{Image: "ghcr.io/acme/web", From: policy.Version{Tag: "1.4.2"}, To: policy.Version{Tag: "1.5.0", Digest: "sha256:" + hashA}, Policy: "semver:>=1.4 <2"},
		},
	}
}

func TestTrailersRoundTrip(t *testing.T) {
	want := example()
	text := want.String()
	if lines := strings.Count(text, "\n"); lines != 4 || !strings.Contains(text, `"image":"ghcr.io/acme/web"`) {
		t.Errorf("%d lines:\n%s", lines, text)
	}
	for name, message := range map[string]string{
		"alone in the last paragraph": "subject\n\nbody\n\n" + text,
		"with others":                 "subject\n\n" + text + "Signed-off-by: A <a@example.com>\n\n\n",
		"with carriage returns":       strings.ReplaceAll("subject\n\n"+text, "\n", "\r\n"),
		"of a newer version":          "subject\n\n" + strings.ReplaceAll(text, `{"image"`, `{"new":1,"image"`) + "Bumpboat-New: x\n",
	} {
		got, err := gitstore.ParseTrailers(message)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTrailersMeanNothingToForges(t *testing.T) {
	foreign := `fixes #12 acme/web#3 @acme/team !4 GH-5 gh-6 <b>&amp; \#7 \\@you`
	want := gitstore.Trailers{
		Files:  []gitstore.FileChange{{Path: foreign, Old: hashA, New: hashB}},
		Images: []gitstore.ImageChange{{Image: foreign, From: policy.Version{Tag: foreign}, To: policy.Version{Tag: foreign}, Policy: foreign}},
	}
	escaped := want.String()
	if strings.ContainsAny(escaped, "#@!<>&") || strings.Contains(strings.ToUpper(escaped), "GH-") {
		t.Errorf("a forge may read this:\n%s", escaped)
	}
	file := strings.ReplaceAll(foreign, `\`, `\\`)
	plain := `Bumpboat-File: {"path":"` + file + `","old":"` + hashA + `","new":"` + hashB + `"}` + "\n" +
		`Bumpboat-Image: {"image":"` + file + `","from":{"tag":"` + file + `"},"to":{"tag":"` + file + `"},"policy":"` + file + `"}` + "\n"
	for name, text := range map[string]string{"escaped": escaped, "plain": plain} {
		got, err := gitstore.ParseTrailers("subject\n\n" + text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestParseTrailers(t *testing.T) {
	file := `Bumpboat-File: {"path":"a","old":"` + hashA + `","new":"` + hashB + `"}`
	none := map[string]string{
		"empty":                  "",
		"a person's":             "subject\n\nbody: of a person\n",
		"only a subject":         file,
		"in an earlier part":     "subject\n\n" + file + "\n\nlast words\n",
		"quoted":                 "subject\n\n> " + file + "\n",
		"folded by another tool": "subject\n\nX: y\n " + file + "\n",
	}
	for name, message := range none {
		if got, err := gitstore.ParseTrailers(message); err != nil || len(got.Files)+len(got.Images) != 0 || got.Base != "" {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	bad := map[string]string{
		"not JSON":        "Bumpboat-File: a",
		"null":            "Bumpboat-File: null",
		"wrong type":      `Bumpboat-File: {"path":1}`,
		"no hashes":       `Bumpboat-File: {"path":"a"}`,
		"short hash":      strings.Replace(file, hashA, "aaaa", 1),
		"upper case hash": strings.Replace(file, hashA, strings.ToUpper(hashA), 1),
		"equal hashes":    strings.Replace(file, hashA, hashB, 1),
		"no path":         strings.Replace(file, `"a"`, `""`, 1),
		"text after":      file + " x",
		"two values":      file + "{}",
		"no space":        strings.Replace(file, ": ", ":", 1),
		"the same twice":  file + "\n" + file,
		"prose beside":    file + "\nand some prose",
		"continued":       file + "\n more",
		"no image":        "Bumpboat-Image: {}",
		"empty base":      "Bumpboat-Base: ",
		"base by name":    "Bumpboat-Base: main",
		"two bases":       "Bumpboat-Base: " + hashA + "\nBumpboat-Base: " + hashB,
	}
	for name, last := range bad {
		if got, err := gitstore.ParseTrailers("subject\n\n" + last + "\n"); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	if _, err := gitstore.ParseTrailers("subject\n\n" + strings.Repeat("x", 8<<20)); err == nil {
		t.Error("a huge message was read")
	}
}

func FuzzParseTrailers(f *testing.F) {
	f.Add("subject\n\n" + example().String())
	f.Add("subject\n\nBumpboat-Image: {\"image\":\"a\\nb\"}\n")
	f.Add("subject\r\n\r\nBumpboat-File: {}\r\nX: y")
	f.Add("subject\n \nBumpboat-File: [")
	f.Add("subject\n\nBumpboat-Image: {\"image\":\"fixes \\\\#12 \\u0040a gh-1\"}\n")
	f.Add("subject\n\nBumpboat-Base: " + hashC + "\nX: y\n")
	f.Fuzz(func(t *testing.T, message string) {
		got, err := gitstore.ParseTrailers(message)
		if err != nil {
			return
		}
		if strings.ContainsAny(got.String(), "#@!<>&") {
			t.Errorf("a forge may read %q", got.String())
		}
		again, err := gitstore.ParseTrailers("subject\n\n" + got.String())
		if err != nil {
			t.Fatalf("%q: %v", got.String(), err)
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Errorf("%s", diff)
		}
	})
}
