//go:build unix

package servers

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/bumpboat/bumpboat/test/servers/programs"
)

// Registry is a running registry.
type Registry struct {
	// Host is its name in image references, such as 127.0.0.1:41231.
	Host string
	// User and Password are needed for everything; both are "" in a registry that was started without a password.
	User, Password string
}

// listening is the first line of test/distribution.
var listening = regexp.MustCompile(`(?m)^listening on (\S+)$`)

// StartRegistry starts a registry that is open to everybody and ends with the test.
func StartRegistry(t testing.TB) *Registry {
	t.Helper()
	return startRegistry(t, &Registry{}, t.TempDir())
}

// htpasswd has one user, bumpboat, whose password is "carried by boat", at bcrypt's lowest cost.
const htpasswd = "bumpboat:$2a$04$MLIgU3VUv8FTmoK8cJJmG.2z/q8M8IQ.aXp6l3.khV7z6drVGsaxu\n"

// StartPrivateRegistry starts a registry that asks for a user and a password (Basic authentication) and ends with the test.
func StartPrivateRegistry(t testing.TB) *Registry {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "htpasswd")
	if err := os.WriteFile(file, []byte(htpasswd), 0o600); err != nil {
		t.Fatal(err)
	}
	return startRegistry(t, &Registry{User: "bumpboat", Password: "carried by boat"}, dir, "-htpasswd", file)
}

func startRegistry(t testing.TB, r *Registry, dir string, args ...string) *Registry {
	t.Helper()
	program := filepath.Join(binary(t, programs.Distribution()), "distribution")
	server := start(t, dir, os.Environ(), program, args...)
	r.Host = server.waitForLine(t, listening)
	return r
}

// Push puts a small image of random content at repo:tag and returns its digest. A tag that was there moves.
func (r *Registry) Push(t testing.TB, repo, tag string) string {
	t.Helper()
	image, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	reference, err := name.ParseReference(r.Host+"/"+repo+":"+tag, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(reference, image, r.options(t)...); err != nil {
		t.Fatalf("pushing %s: %v", reference, err)
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

// Tags returns the tags of a repo as the registry lists them.
func (r *Registry) Tags(t testing.TB, repo string) []string {
	t.Helper()
	repository, err := name.NewRepository(r.Host+"/"+repo, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	tags, err := remote.List(repository, r.options(t)...)
	if err != nil {
		t.Fatalf("listing the tags of %s: %v", repository, err)
	}
	return tags
}

func (r *Registry) options(t testing.TB) []remote.Option {
	auth := authn.Anonymous
	if r.User != "" {
		auth = &authn.Basic{Username: r.User, Password: r.Password}
	}
	return []remote.Option{remote.WithContext(t.Context()), remote.WithAuth(auth)}
}
