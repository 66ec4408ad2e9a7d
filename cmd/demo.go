package cmd

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-git/go-billy/v5/memfs"
	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-billy/v5/util"
	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/spf13/cobra"

	"github.com/bumpboat/bumpboat/config"
	"github.com/bumpboat/bumpboat/scanner"
	"github.com/bumpboat/bumpboat/scanner/oci"
	"github.com/bumpboat/bumpboat/writer"
)

// demoHost is the host name of the demo's registry; it resolves only inside the demo.
const demoHost = "registry.example"

// demoTags is what the demo's registry offers.
var demoTags = map[string][]string{
	"acme/web":     {"1.4.1", "1.4.2", "1.5.0-rc.1", "1.5.0", "1.5.0-alpine", "2.0.0", "latest"},
	"acme/api":     {"2.8.4", "2.9.0", "2.10.0", "3.0.0-beta.1"},
	"acme/shop":    {"3.0.7", "3.1.0", "3.1.1-debug"},
	"acme/worker":  {"5.1.3", "5.2.0"},
	"mirror/redis": {"7.2.4", "7.4.1"},
}

//go:embed all:demo/environment
var demoFiles embed.FS

// demo is a registry, a Git repository and a forge in one folder.
type demo struct {
	*global
	dir string
}

func newDemo(g *global) *cobra.Command {
	var keep string
	c := &cobra.Command{
		Use:   "demo",
		Short: "Show the main job on this machine: a registry, a Git repository, a forge and a real pass over them",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, cleanUp, err := demoDir(keep)
			if err != nil {
				return err
			}
			d := &demo{global: g, dir: dir}
			return errors.Join(d.run(c.Context(), keep != ""), cleanUp())
		},
	}
	c.Flags().StringVar(&keep, "keep", "", "leave everything in this `directory`, which must be new or empty")
	return c
}

// demoDir makes the folder of the demo; without a name it is a temporary one that cleanUp removes.
func demoDir(keep string) (dir string, cleanUp func() error, err error) {
	if keep == "" {
		dir, err = os.MkdirTemp("", "bumpboat-demo-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	if err := os.MkdirAll(keep, 0o755); err != nil {
		return "", nil, fmt.Errorf("making the demo's directory: %w", err)
	}
	entries, err := os.ReadDir(keep)
	if err == nil && len(entries) > 0 {
		err = hinted(fmt.Errorf("%s is not empty", keep), "name a new directory")
	}
	if err != nil {
		return "", nil, err
	}
	dir, err = filepath.Abs(keep)
	return dir, func() error { return nil }, err
}

// run sets everything up, makes two passes and tells the story.
func (d *demo) run(ctx context.Context, kept bool) error {
	address, stop, err := startDemoRegistry(ctx)
	if err != nil {
		return fmt.Errorf("starting the demo's registry: %w", err)
	}
	defer stop()
	if err := pushDemoImages(ctx, address); err != nil {
		return fmt.Errorf("filling the demo's registry: %w", err)
	}
	if err := d.makeRepository(); err != nil {
		return fmt.Errorf("making the demo's Git repository: %w", err)
	}
	op, err := d.writeConfig()
	if err != nil {
		return err
	}
	d.say("bumpboat demo: a registry, a Git repository and a forge on this machine, and one real pass over them.\n\n")
	first, err := d.pass(ctx, op, address)
	if err != nil {
		return err
	}
	if err := d.tell(first); err != nil {
		return err
	}
	second, err := d.pass(ctx, op, address)
	if err != nil {
		return err
	}
	d.say("%s\n", d.bold("A second pass changes nothing and opens nothing:"))
	for _, c := range second.Changes {
		d.say("  %s: %s\n", c.Action, c.Title)
	}
	d.farewell(kept, first)
	return d.exit([]*Report{first, second}, false)
}

func (d *demo) say(format string, args ...any) { _, _ = fmt.Fprintf(d.io.Out, format, args...) }

// pass is what `bumpboat run` does, with a registry client that finds the demo's registry.
func (d *demo) pass(ctx context.Context, op config.Operator, address string) (*Report, error) {
	client, err := oci.New(oci.Options{
		Hosts: []oci.Host{{Name: demoHost, Insecure: true}},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	})
	if err != nil {
		return nil, err
	}
	everything := func(writer.Site) bool { return true }
	p, err := d.repositoryPass(&op, op.Repositories[0], scanner.New(client, scanner.Options{}), everything, false)
	if err != nil {
		return nil, err
	}
	return p.run(ctx), nil
}

// tell prints what the first pass found, decided, wrote and opened.
func (d *demo) tell(r *Report) error {
	if err := d.print([]*Report{r}); err != nil {
		return err
	}
	for _, c := range r.Changes {
		if c.PullRequest == nil {
			continue
		}
		d.say("\n%s\n\n%s\n", d.bold(fmt.Sprintf("Pull request #%d: %s", c.PullRequest.Number, c.Title)), indent(c.Diff))
	}
	if n := len(r.Changes); n > 0 {
		d.say("%s\n\n%s\n", d.bold("The text of the last one:"), indent(r.Changes[n-1].Body))
	}
	for _, dec := range r.Decisions {
		if strings.Contains(dec.Image, "acme/worker") {
			d.say("%s\n\n", d.bold("Why the worker stays where it is (bumpboat explain):"))
			(&explainOptions{global: d.global}).printDecision(dec.Decision)
			printVerdicts(d.io.Out, dec.Verdicts)
			d.say("\n")
		}
	}
	return nil
}

// farewell says how to look around.
func (d *demo) farewell(kept bool, r *Report) {
	if !kept {
		d.say("\nEverything is cleaned up. To look around: bumpboat demo --keep ./demo\n")
		return
	}
	d.say(`
Look around in %[1]s:
  git -C %[1]s/environment.git log --all --stat --graph
  git -C %[1]s/environment.git show %[2]s
  cat %[1]s/environment.git.pulls/0001.md            a pull request; people decide by its line "state"
  git clone %[1]s/environment.git %[1]s/checkout
  bumpboat plan %[1]s/checkout --tags %[1]s/tags.json
  bumpboat explain %[1]s/checkout/clusters/prod/worker/deployment.yaml --tags %[1]s/tags.json
`, d.dir, r.Changes[len(r.Changes)-1].Branch)
}

// writeConfig writes the operator's config and the tags file of the demo, and loads the config as run would.
func (d *demo) writeConfig() (config.Operator, error) {
	text := fmt.Sprintf(`apiVersion: bumpboat.dev/v1
repositories:
- name: environment
  url: %q
  branch: main
  forge: {kind: embedded, dir: %q}
registries:
- {host: %s, insecure: true}
`, filepath.Join(d.dir, "environment.git"), filepath.Join(d.dir, "environment.git.pulls"), demoHost)
	path := filepath.Join(d.dir, "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return config.Operator{}, fmt.Errorf("writing the demo's config: %w", err)
	}
	tags := map[string][]string{}
	for repo, list := range demoTags {
		tags[demoHost+"/"+repo] = list
	}
	data, err := json.MarshalIndent(tags, "", "  ")
	if err != nil {
		return config.Operator{}, err
	}
	if err := os.WriteFile(filepath.Join(d.dir, "tags.json"), data, 0o600); err != nil {
		return config.Operator{}, fmt.Errorf("writing the demo's tags: %w", err)
	}
	return config.LoadOperator(path, []byte(text), d.io.Env, os.ReadFile)
}

// startDemoRegistry serves an empty OCI registry on loopback.
func startDemoRegistry(ctx context.Context) (address string, stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: registry.New(registry.Logger(log.New(io.Discard, "", 0))), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return listener.Addr().String(), func() { _ = server.Close() }, nil
}

// pushDemoImages fills the registry with one small image per repository, under all of its tags.
func pushDemoImages(ctx context.Context, address string) error {
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	defer transport.CloseIdleConnections()
	for repo, tags := range demoTags {
		img, err := random.Image(64, 1)
		if err != nil {
			return err
		}
		for _, tag := range tags {
			ref, err := name.NewTag(demoHost+"/"+repo+":"+tag, name.Insecure)
			if err != nil {
				return err
			}
			if err := remote.Write(ref, img, remote.WithContext(ctx), remote.WithTransport(transport)); err != nil {
				return err
			}
		}
	}
	return nil
}

// makeRepository makes a bare repository with one commit of the demo's files.
func (d *demo) makeRepository() error {
	storage := filesystem.NewStorage(osfs.New(filepath.Join(d.dir, "environment.git")), cache.NewObjectLRUDefault())
	work := memfs.New()
	repo, err := git.InitWithOptions(storage, work, git.InitOptions{DefaultBranch: plumbing.NewBranchReferenceName("main")})
	if err != nil {
		return err
	}
	tree, err := repo.Worktree()
	if err != nil {
		return err
	}
	root, err := fs.Sub(demoFiles, "demo/environment")
	if err != nil {
		return err
	}
	err = fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		if err := util.WriteFile(work, path, data, 0o644); err != nil {
			return err
		}
		_, err = tree.Add(path)
		return err
	})
	if err != nil {
		return err
	}
	author := &object.Signature{Name: "Ada", Email: "ada@example.org", When: d.io.Now().Add(-time.Hour)}
	_, err = tree.Commit("all: the shop as it runs today", &git.CommitOptions{Author: author})
	return err
}

// indent sets a text off from the story around it.
func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ") + "\n"
}
