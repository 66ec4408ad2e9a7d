package policy

import "testing"

func TestParseImage(t *testing.T) {
	const sha = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	tests := []struct {
		in         string
		want       Image
		repository string
	}{
		{"nginx", Image{Name: "nginx"}, "docker.io/library/nginx"},
		{"nginx:1", Image{Name: "nginx", Tag: "1"}, "docker.io/library/nginx"},
		{"docker.io/nginx:1", Image{Name: "docker.io/nginx", Tag: "1"}, "docker.io/library/nginx"},
		{"index.docker.io/library/nginx:1", Image{Name: "index.docker.io/library/nginx", Tag: "1"}, "docker.io/library/nginx"},
		{"registry-1.docker.io/library/nginx:1", Image{Name: "registry-1.docker.io/library/nginx", Tag: "1"}, "docker.io/library/nginx"},
		{"acme/web:1.2.3", Image{Name: "acme/web", Tag: "1.2.3"}, "docker.io/acme/web"},
		{"localhost/web:1", Image{Name: "localhost/web", Tag: "1"}, "localhost/web"},
		{"registry:5000/web", Image{Name: "registry:5000/web"}, "registry:5000/web"},
		{"registry:5000/team/web:1@" + sha, Image{Name: "registry:5000/team/web", Tag: "1", Digest: sha}, "registry:5000/team/web"},
		{"ghcr.io/acme/web@" + sha, Image{Name: "ghcr.io/acme/web", Digest: sha}, "ghcr.io/acme/web"},
	}
	for _, tt := range tests {
		got, err := ParseImage(tt.in)
		if err != nil {
			t.Errorf("ParseImage(%q): %v", tt.in, err)
			continue
		}
		if got != tt.want {
			t.Errorf("ParseImage(%q) = %+v, want %+v", tt.in, got, tt.want)
		}
		if got.String() != tt.in {
			t.Errorf("ParseImage(%q).String() = %q: the text must stay as written", tt.in, got)
		}
		if got.Repository() != tt.repository {
			t.Errorf("ParseImage(%q).Repository() = %q, want %q", tt.in, got.Repository(), tt.repository)
		}
	}
}

func TestParseImageRefuses(t *testing.T) {
	for _, in := range []string{"", "Acme/Web:1", "web:", "web:tag with space", "web@sha256:12", "${IMAGE}:1", "web:1\n", "../x:1", ":1"} {
		if got, err := ParseImage(in); err == nil {
			t.Errorf("ParseImage(%q) = %+v, want an error", in, got)
		}
	}
}

func FuzzParseImage(f *testing.F) {
	for _, s := range []string{"nginx", "a.b/c:1", "localhost:5000/x@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		img, err := ParseImage(s)
		if err != nil {
			return
		}
		if img.String() != s {
			t.Fatalf("%q came back as %q", s, img)
		}
		full := Image{Name: img.Repository(), Tag: img.Tag, Digest: img.Digest}
		again, err := ParseImage(full.String())
		if err != nil {
			t.Fatalf("%q: the full name %q does not parse: %v", s, full, err)
		}
		if again.Repository() != img.Repository() {
			t.Fatalf("%q: the full name of %q is %q", s, full, again.Repository())
		}
	})
}
