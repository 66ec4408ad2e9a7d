//go:build e2e && unix

package e2e

import (
	"fmt"
	"testing"

	"github.com/bumpboat/bumpboat/forge/forgetest"
	"github.com/bumpboat/bumpboat/forge/gitea"
	"github.com/bumpboat/bumpboat/test/servers"
)

// The contract of all forges, against a real Gitea.
func TestGiteaContract(t *testing.T) {
	server, repos := servers.StartGitea(t), 0
	forgetest.Run(t, func(t *testing.T) forgetest.Env {
		repos++
		repo := server.CreateRepo(t, fmt.Sprintf("environment-%d", repos))
		repo.PutFile(t, "main", "README.md", "# environment\n")
		repo.CreateBranch(t, "next", "main")
		f, err := gitea.New(gitea.Options{URL: server.URL, Repo: repo.Name, Token: server.Token})
		if err != nil {
			t.Fatal(err)
		}
		return forgetest.Env{
			Forge: f, Base: "main", OtherBase: "next",
			CreateBranch: func(t *testing.T, name string) string {
				repo.CreateBranch(t, name, "main")
				return repo.PutFile(t, name, "change", name)
			},
			Merge:        func(t *testing.T, number int64) { repo.Merge(t, number) },
			Close:        func(t *testing.T, number int64) { repo.ClosePull(t, number) },
			DeleteBranch: func(t *testing.T, name string) { repo.DeleteBranch(t, name) },
			Comments:     func(t *testing.T, number int64) []string { return repo.Comments(t, number) },
		}
	})
}
