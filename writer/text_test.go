package writer

import (
	"strings"
	"testing"
	"unicode"

	"github.com/bumpboat/bumpboat/policy"
)

func TestCode(t *testing.T) {
	tests := map[string]string{
		"":                 "",
		"apps/web.yaml:12": "`apps/web.yaml:12`",
		"a|b":              "`a\\|b`",
		`a\|b`:             "`a\\\\x7cb`",
		"a`b`":             "`a\\x60b\\x60`",
		"a\nb\r":           "`a\\u000ab\\u000d`",
		"a\u202eb\u200b":   "`a\\u202eb\\u200b`",
		"a\xffb":           "`a\\xffb`",
		"<b>@acme #1</b>":  "`<b>@acme #1</b>`",
		"日本":               "`日本`",
		"\U000e0041":       "`\\U000e0041`",
	}
	for in, want := range tests {
		if got := code(in); got != want {
			t.Errorf("code(%q) = %s, want %s", in, got, want)
		}
	}
	if got := code(strings.Repeat("é", 400)); len(got) > 310 {
		t.Errorf("code of a long text has %d bytes", len(got))
	}
}

func TestPlain(t *testing.T) {
	const gap = "\u200b"
	tests := map[string]string{
		"web: 1.4.2 -> 1.5.0":    "web: 1.4.2 -> 1.5.0",
		"web@sha256:0123":        "web@sha256:0123",
		"@acme/team":             "@" + gap + "acme/team",
		"closes #12, !7 and #x":  "closes #" + gap + "12, !" + gap + "7 and #x",
		"fixes gh-3 or a-3":      "fixes gh-" + gap + "3 or a-3",
		"a\nSigned-off-by: x":    `a\u000aSigned-off-by: x`,
		"apps/@scope/web.yaml":   "apps/@" + gap + "scope/web.yaml",
		"trailing @":             "trailing @",
		"\u202etxt.yaml\u202c":   `\u202etxt.yaml\u202c`,
		"tab\there\x00and there": `tab\u0009here\u0000and there`,
	}
	for in, want := range tests {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzCode(f *testing.F) {
	for _, seed := range []string{"a|b", "a`b", `a\|`, "\n", "@x", "\u202e", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := code(s)
		if s == "" {
			return
		}
		inside := strings.TrimSuffix(strings.TrimPrefix(got, "`"), "`")
		if strings.Contains(inside, "`") || strings.Contains(strings.ReplaceAll(inside, `\|`, ""), "|") || strings.Contains(inside, `\\|`) {
			t.Errorf("code(%q) = %s: it can be left", s, got)
		}
		for _, text := range []string{got, plain(s)} {
			for _, r := range text {
				if r != ' ' && r != '\u200b' && !unicode.IsPrint(r) {
					t.Errorf("%q comes out with %U in it", s, r)
				}
			}
		}
	})
}

func TestSlug(t *testing.T) {
	for in, want := range map[string]string{
		"main": "main", "release/1.x": "release-1-x", "../..": "", "-a.lock": "a-lock", "Äß": "", strings.Repeat("ab", 60): strings.Repeat("ab", 20),
	} {
		if got := slug(in, 40); got != want {
			t.Errorf("slug(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestBranchName(t *testing.T) {
	if got := BranchName(strings.Repeat("b", 300), policy.Image{Name: strings.Repeat("s", 200)}); len(got) > 100 {
		t.Errorf("%d characters", len(got))
	}
	web := BranchName("main", policy.Image{Name: "docker.io/library/nginx"})
	if got := BranchName("main", policy.Image{Name: "nginx", Tag: "1"}); got != web {
		t.Errorf("two spellings of one image have the branches %s and %s", got, web)
	}
	for _, other := range []string{BranchName("main", policy.Image{Name: "acme/nginx"}), BranchName("next", policy.Image{Name: "nginx"})} {
		if other == web {
			t.Errorf("two changes share the branch %s", web)
		}
	}
}

func TestTrail(t *testing.T) {
	for key, want := range map[string]string{"a": "a", "a.b": `"a.b"`, "": `""`, `q"`: `"q\""`, "x y": `"x y"`} {
		if got := quoteKey(key); got != want {
			t.Errorf("quoteKey(%q) = %s, want %s", key, got, want)
		}
	}
}
