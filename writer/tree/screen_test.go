package tree

import (
	"strings"
	"testing"
)

func TestWanted(t *testing.T) {
	for name, want := range map[string]bool{
		"deploy.yaml":               true,
		"a/b/values.yml":            true,
		"runner.json":               true,
		"overlay/Kustomization":     true,
		"bumpboat.yaml":             true,
		".github/workflows/ci.yaml": true,
		"a.git/x.yaml":              true,
		"":                          false,
		"README.md":                 false,
		"kustomization":             false,
		"values.yaml.tpl":           false,
		".git/config.yaml":          false,
		"sub/.git/x.yaml":           false,
		"sub/.GIT/x.yaml":           false,
	} {
		if got := Wanted(name); got != want {
			t.Errorf("Wanted(%q) = %t", name, got)
		}
	}
}

func TestScreen(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"empty", "", ""},
		{"manifest", "kind: Pod\n", ""},
		{"at the limit", strings.Repeat("#", MaxSize), ""},
		{"above the limit", strings.Repeat("#", MaxSize+1), ReasonTooLarge},
		{"LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", ReasonLFS},
		{"says LFS in a comment", "# version https://git-lfs.github.com/spec/v1\n", ""},
		{"NUL", "a: \x00\n", ReasonBinary},
		{"UTF-16 little endian", "\xff\xfea\x00", ReasonBinary},
		{"UTF-16 big endian", "\xfe\xff\x00a", ReasonBinary},
		{"SOPS", "a: ENC[AES256_GCM,data:x]\nsops:\n    kms: []\n    # why\n\n    mac: ENC[AES256_GCM,data:y]\n", ReasonSOPS},
		{"SOPS with CRLF", "sops:\r\n  mac: ENC[x]\r\n", ReasonSOPS},
		{"SOPS in a later document", "a: 1\n---\nb: 2\nsops:\n  mac: ENC[x]\n", ReasonSOPS},
		{"SOPS quoted", "\"sops\" :\n  \"mac\": ENC[x]\n", ReasonSOPS},
		{"SOPS on one line", "sops: {mac: \"ENC[x]\"}\n", ReasonSOPS},
		{"SOPS in JSON", "{\n\t\"a\": \"ENC[]\",\n\t\"sops\": {\n\t\t\"mac\": \"ENC[x]\"}}", ReasonSOPS},
		{"SOPS in JSON on one line", `{"a":1,"sops":{"lastmodified":"x","mac":"ENC[y]"}}`, ReasonSOPS},
		{"Flux's decryption", "spec:\n  decryption:\n    provider: sops\n    secretRef: {name: sops-gpg}\n# mac: ENC[none]\n", ""},
		{"sops without mac", "sops:\n  enabled: ENC[true]\nmac: ENC[1]\n", ""},
		{"sops below", "config:\n  sops:\n    mac: ENC[1]\n", ""},
		{"words in JSON", `{"a": "sops", "sops": "x", "b": {"mac": "ENC[1]"}}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, detail := Screen(File{Path: "x.yaml", Content: []byte(c.content)})
			if got != c.want || (got == "") != (detail == "") {
				t.Errorf("got %q %q, want %q", got, detail, c.want)
			}
		})
	}
}

func FuzzScreen(f *testing.F) {
	f.Add([]byte("sops:\n mac: ENC[x]"))
	f.Add([]byte(`{"sops" : {"mac"`))
	f.Add([]byte("\n\"sops\nmac"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if reason, detail := Screen(File{Content: content}); (reason == "") != (detail == "") {
			t.Errorf("%q %q", reason, detail)
		}
	})
}
