package cmd

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/bumpboat/bumpboat/config"
	"github.com/bumpboat/bumpboat/forge"
	"github.com/bumpboat/bumpboat/forge/files"
	"github.com/bumpboat/bumpboat/forge/gitea"
	"github.com/bumpboat/bumpboat/forge/github"
	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/scanner"
	"github.com/bumpboat/bumpboat/scanner/oci"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/gitstore"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// hinted is an error that a person can correct.
func hinted(err error, hint string) error { return fault.New(fault.Invalid, hint, err) }

// operator loads the operator's config. Without --config it is looked for in the user's and the system's
// config directory; nil means that there is none, which only commands over a directory accept.
func (g *global) operator() (*config.Operator, error) {
	path := g.config
	if path == "" {
		path = g.defaultConfig()
	}
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, hinted(fmt.Errorf("reading the operator's config: %w", err), "name the file with --config or BUMPBOAT_CONFIG")
	}
	op, err := config.LoadOperator(path, data, g.io.Env, os.ReadFile)
	if err != nil {
		return nil, err
	}
	return &op, nil
}

// defaultConfig returns the first config file that exists where users and packages put them.
func (g *global) defaultConfig() string {
	var dirs []string
	if dir, ok := g.io.Env("XDG_CONFIG_HOME"); ok {
		dirs = append(dirs, filepath.Join(dir, "bumpboat"))
	} else if home, ok := g.io.Env("HOME"); ok {
		dirs = append(dirs, filepath.Join(home, ".config", "bumpboat"))
	}
	for _, dir := range append(dirs, "/etc/bumpboat") {
		path := filepath.Join(dir, "config.yaml")
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

// needOperator is operator for commands that cannot do without.
func (g *global) needOperator() (*config.Operator, error) {
	op, err := g.operator()
	if err == nil && op == nil {
		err = hinted(errors.New("no operator's config found"), "name the file with --config or BUMPBOAT_CONFIG")
	}
	return op, err
}

// readTags reads the file given with --tags.
func readTags(path string) (*scanner.TagsFile, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading --tags: %w", err)
	}
	return scanner.ReadTagsFile(path, data)
}

// scannerFor returns what answers the needs of one pass over a directory: the registries, or the file given with
// --tags, which needs nothing of the operator's.
func (g *global) scannerFor(tagsFile string) (*scanner.Scanner, error) {
	if tagsFile == "" {
		op, err := g.operator()
		if err != nil {
			return nil, err
		}
		return newScanner(op)
	}
	tags, err := readTags(tagsFile)
	if err != nil {
		return nil, err
	}
	return scanner.New(tags, scanner.Options{}), nil
}

// directoryGuards returns the operator's guards for a pass over a directory; --tags needs nothing of the operator's.
func (g *global) directoryGuards(tagsFile string) (policy.Guards, error) {
	if tagsFile != "" {
		return policy.Guards{}, nil
	}
	op, err := g.operator()
	if err != nil || op == nil {
		return policy.Guards{}, err
	}
	return op.Guards, nil
}

// newScanner returns a scanner over the registries.
func newScanner(op *config.Operator) (*scanner.Scanner, error) {
	options := oci.Options{DockerConfig: true, UserAgent: "bumpboat/" + version}
	var limits scanner.Options
	if op != nil {
		limits = scanner.Options{Hosts: op.Concurrency, Timeout: time.Duration(op.Timeout)}
		for _, r := range op.Registries {
			ca, err := readCA(r.CA)
			if err != nil {
				return nil, err
			}
			options.Hosts = append(options.Hosts, oci.Host{
				Name: r.Host, Username: r.Username, Password: r.Password.Reveal(), Token: r.Token.Reveal(), Insecure: r.Insecure, CA: ca,
				TrustTimes: r.TrustTimes,
			})
		}
	}
	client, err := oci.New(options)
	if err != nil {
		return nil, err
	}
	return scanner.New(client, limits), nil
}

func readCA(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading CA certificates: %w", err)
	}
	return data, nil
}

// readDir is the read of a pass over a directory.
func readDir(dir string) func(context.Context) (snapshot, error) {
	return func(context.Context) (snapshot, error) {
		files, skipped, err := tree.ReadDir(dir, selection())
		return snapshot{files: files, skipped: skipped}, err
	}
}

// readRepository is the read of a pass over the base branch of an environment repository.
func readRepository(remote *gitstore.Remote, branch string, selected tree.Selection) func(context.Context) (snapshot, error) {
	return func(ctx context.Context) (snapshot, error) {
		s, err := remote.Snapshot(ctx, branch, &selected)
		if err != nil {
			return snapshot{}, err
		}
		return snapshot{files: s.Files, skipped: s.Skipped, git: s}, nil
	}
}

// repositoryPass builds the pass over one repository of the operator's config.
func (g *global) repositoryPass(op *config.Operator, repo config.Repository, sc *scanner.Scanner, only func(writer.Site) bool, dryRun bool) (*pass, error) {
	ca, err := readCA(repo.Git.CA)
	if err != nil {
		return nil, err
	}
	remote, err := gitstore.Open(gitstore.Options{
		URL: repo.URL, AllowHTTP: repo.Git.Insecure, Username: repo.Git.Username, Password: repo.Git.Token.Reveal(), CA: ca, Timeout: time.Duration(op.Timeout),
	})
	if err != nil {
		return nil, err
	}
	f, err := newForge(repo, ca, g.io.Now)
	if err != nil {
		return nil, err
	}
	p := &proposer{
		forge: f, maxOpen: repo.MaxOpen, now: g.io.Now, dryRun: dryRun,
		author: gitstore.Signature{Name: repo.Git.Author.Name, Email: repo.Git.Author.Email},
	}
	made := &pass{name: repo.Name, read: readRepository(remote, repo.Branch, selection(tree.Limit{Paths: repo.Paths, Ignore: repo.Ignore})), finder: g.finder, scanner: sc, only: only, guards: op.Guards, ask: asking{now: g.io.Now()}, propose: p.propose}
	if dryRun || g.output == "diff" {
		made.land = keepFiles
	}
	return made, nil
}

// newForge is the one place that knows the kinds of forges.
func newForge(repo config.Repository, ca []byte, now func() time.Time) (forge.Forge, error) {
	client, err := forgeClient(ca)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", repo.Git.CA, err)
	}
	token := repo.Forge.Token.Reveal()
	switch repo.Forge.Kind {
	case config.KindGitHub:
		return github.New(github.Options{URL: repo.Forge.URL, Repo: repo.Forge.Repo, Token: token, HTTP: client})
	case config.KindGitea:
		return gitea.New(gitea.Options{URL: repo.Forge.URL, Repo: repo.Forge.Repo, Token: token, HTTP: client})
	case config.KindEmbedded:
		return files.New(files.Options{Dir: repo.Forge.Dir, Now: now})
	default:
		return nil, hinted(fmt.Errorf("unknown forge %q of repository %s", repo.Forge.Kind, repo.Name), "one of github, gitea, embedded")
	}
}

// forgeClient returns a client that also trusts the given certificates, or nil for the forge's own default.
func forgeClient(ca []byte) (*http.Client, error) {
	if len(ca) == 0 {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("loading the system's certificates: %w", err)
	}
	if !pool.AppendCertsFromPEM(ca) {
		return nil, hinted(errors.New("no certificates in PEM form"), "the file begins with -----BEGIN CERTIFICATE-----")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return &http.Client{Transport: transport, Timeout: time.Minute}, nil
}

// imageFilter returns what --image selects: globs over the full names of images and the short ones that Docker
// knows (`nginx` for docker.io/library/nginx). It does not matter how a file writes the name, so that the places of
// one image stay together. No glob selects everything.
func imageFilter(globs []string) (func(writer.Site) bool, error) {
	for _, glob := range globs {
		if !doublestar.ValidatePattern(glob) {
			return nil, hinted(fmt.Errorf("--image %q is not a glob", glob), "for example ghcr.io/acme/*")
		}
	}
	return func(s writer.Site) bool {
		full := s.Image.Repository()
		short := strings.TrimPrefix(strings.TrimPrefix(full, "docker.io/"), "library/")
		return len(globs) == 0 || slices.ContainsFunc(globs, func(glob string) bool {
			return policy.Image{Name: glob}.Repository() == full || doublestar.MatchUnvalidated(glob, full) || doublestar.MatchUnvalidated(glob, short)
		})
	}, nil
}

// selectRepositories returns the repositories of the config with one of the names; no name selects all.
func selectRepositories(op *config.Operator, names []string) ([]config.Repository, error) {
	if len(names) == 0 {
		return op.Repositories, nil
	}
	var out []config.Repository
	for _, name := range names {
		i := slices.IndexFunc(op.Repositories, func(r config.Repository) bool { return r.Name == name })
		if i < 0 {
			var known []string
			for _, r := range op.Repositories {
				known = append(known, r.Name)
			}
			return nil, hinted(fmt.Errorf("no repository %q in the operator's config", name), "known: "+strings.Join(known, ", "))
		}
		out = append(out, op.Repositories[i])
	}
	return out, nil
}
