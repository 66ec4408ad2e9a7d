//go:build e2e && unix

package servers_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/bumpboat/bumpboat/test/servers"
)

func TestGitea(t *testing.T) {
	gitea := servers.StartGitea(t)
	repo := gitea.CreateRepo(t, "environment")
	first := repo.PutFiles(t, "main", map[string]string{"web.yaml": "image: web:1\n", "api/api.yaml": "image: api:1\n"})

	t.Run("merge", func(t *testing.T) {
		repo.CreateBranch(t, "bump", "main")
		tip := repo.PutFile(t, "bump", "web.yaml", "image: web:2\n")
		number := repo.OpenPull(t, "bump", "main", "web: 1 -> 2")
		open := repo.Pulls(t, "open")
		if len(open) != 1 || open[0].Number != number || open[0].Head.SHA != tip || open[0].Base.SHA != first {
			t.Fatalf("open pull requests %+v, want number %d from %s into %s", open, number, tip, first)
		}
		repo.Merge(t, number)
		if p := repo.Pull(t, number); !p.Merged || p.State != "closed" {
			t.Errorf("pull request after the merge: %+v", p)
		}
		if got := repo.File(t, "main", "web.yaml"); got != "image: web:2\n" {
			t.Errorf("web.yaml on main is %q", got)
		}
		repo.DeleteBranch(t, "bump")
		if _, there := repo.Branches(t)["bump"]; there {
			t.Error("the branch is still there")
		}
	})
	t.Run("close", func(t *testing.T) {
		repo.CreateBranch(t, "bumpboat/api", "main")
		repo.PutFile(t, "bumpboat/api", "api/api.yaml", "image: api:2\n")
		number := repo.OpenPull(t, "bumpboat/api", "main", "api: 1 -> 2")
		repo.ClosePull(t, number)
		if p := repo.Pull(t, number); p.Merged || p.State != "closed" {
			t.Errorf("pull request after closing: %+v", p)
		}
		if comments := repo.Comments(t, number); len(comments) != 0 {
			t.Errorf("comments %q", comments)
		}
		repo.DeleteBranch(t, "bumpboat/api")
	})
	t.Run("fork", func(t *testing.T) {
		fork := repo.Fork(t, "elsewhere")
		fork.CreateBranch(t, "same", "main")
		fork.PutFile(t, "same", "web.yaml", "image: web:3\n")
		number := repo.OpenPull(t, "elsewhere:same", "main", "from a fork")
		if p := repo.Pull(t, number); p.State != "open" || p.Head.Branch != "same" {
			t.Errorf("pull request from a fork: %+v", p)
		}
	})
	t.Run("protect", func(t *testing.T) {
		repo.ProtectBranch(t, "main")
		status, _ := gitea.Try(t, http.MethodPost, "/repos/"+repo.Name+"/contents/x", map[string]string{"branch": "main", "content": ""})
		if status != http.StatusForbidden {
			t.Errorf("writing to a protected branch answered %d, want 403", status)
		}
	})
}

func TestRegistry(t *testing.T) {
	tests := []struct {
		name     string
		start    func(testing.TB) *servers.Registry
		stranger int
	}{
		{"open", servers.StartRegistry, http.StatusOK},
		{"private", servers.StartPrivateRegistry, http.StatusUnauthorized},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			registry := tt.start(t)
			one := registry.Push(t, "acme/web", "1.0.0")
			two := registry.Push(t, "acme/web", "1.1.0")
			if one == two {
				t.Errorf("both images have the digest %s", one)
			}
			if status := stranger(t, registry); status != tt.stranger {
				t.Errorf("a request without a password is answered %d, want %d", status, tt.stranger)
			}
			if got := registry.Tags(t, "acme/web"); !slices.Equal(got, []string{"1.0.0", "1.1.0"}) {
				t.Errorf("tags %v", got)
			}
		})
	}
}

// stranger returns how a registry answers a request without credentials.
func stranger(t *testing.T, r *servers.Registry) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.Host+"/v2/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode
}
