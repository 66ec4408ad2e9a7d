// Package servers starts real servers for the end-to-end tests: Gitea as forge and Git server, and the reference registry.
// Both listen on a free loopback port, keep everything in the test's temporary directory, and are gone when the test
// ends, even when the test process is killed.
//
// The programs come out of a cache directory that `make e2e` fills; a test that needs one which is not there fails and
// says so. A test that uses this package has the build tag e2e and looks like this:
//
//	gitea := servers.StartGitea(t)
//	repo := gitea.CreateRepo(t, "environment")             // repo.CloneURL is for Git over HTTP, with gitea.User and gitea.Token
//	repo.PutFile(t, "main", "web.yaml", "image: …\n")      // one commit
//	registry := servers.StartRegistry(t)
//	registry.Push(t, "acme/web", "1.4.2")                  // registry.Host + "/acme/web:1.4.2"
//	… make a pass …
//	pulls := repo.Pulls(t, "open")
//	repo.Merge(t, pulls[0].Number)
//
// Starting Gitea takes a few seconds: share one between the subtests of a story, with a repo for each.
package servers
