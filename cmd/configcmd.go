package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/bumpboat/bumpboat/config"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

func newConfig(g *global) *cobra.Command {
	c := &cobra.Command{
		Use: "config", Short: "Check, show, describe and start config files", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		&cobra.Command{
			Use: "check [FILE...]", Short: "Check config files; without arguments, bumpboat.yaml here and the operator's config",
			Long: `Check config files; without arguments, bumpboat.yaml here and the operator's config. All problems are reported at once.
A file without any has its policyTests run, offline and with the guards of the file at the root. One in a directory counts with those around it.`,
			RunE: func(c *cobra.Command, args []string) error { return g.configCheck(c.Context(), args) },
		},
		&cobra.Command{
			Use: "show [FILE]", Short: "Print a config file with its defaults filled in and its secrets hidden", Args: cobra.MaximumNArgs(1),
			RunE: func(_ *cobra.Command, args []string) error { return g.configShow(args) },
		},
		&cobra.Command{
			Use: "schema {environment | operator}", Short: "Print the JSON schema of bumpboat.yaml or of the operator's config",
			Args: cobra.ExactArgs(1), ValidArgs: []string{"environment", "operator"},
			RunE: func(_ *cobra.Command, args []string) error { return g.configSchema(args[0]) },
		},
		newConfigInit(g),
	)
	return c
}

// configFile is a loaded config file of either kind.
type configFile interface{ YAML() []byte }

// loadConfig loads a file of either kind.
func (g *global) loadConfig(path string) (configFile, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading config: %w", err)
	}
	if path == g.config || path == g.defaultConfig() || filepath.Base(path) != environmentFile && !isEnvironment(data) {
		return config.LoadOperator(path, data, g.io.Env, os.ReadFile)
	}
	if filepath.Base(path) != environmentFile {
		return config.LoadEnvironment(path, data)
	}
	return loadEnvironment(path, data)
}

// loadEnvironment loads a bumpboat.yaml as it counts: with those of the directories around it.
func loadEnvironment(path string, data []byte) (configFile, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(abs)
	root, ok := rootAbove(dir)
	if !ok || root == dir {
		return config.LoadEnvironment(path, data)
	}
	outer, err := environmentAround(filepath.Dir(dir), root)
	if err != nil {
		return nil, err
	}
	return config.LoadNested(path, data, outer)
}

// environmentAround loads what counts in a directory at or below the root of an environment repository.
func environmentAround(dir, root string) (config.Environment, error) {
	var outer config.Environment
	if dir != root {
		var err error
		if outer, err = environmentAround(filepath.Dir(dir), root); err != nil {
			return outer, err
		}
	}
	path := filepath.Join(dir, environmentFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return outer, nil
	}
	if err != nil {
		return outer, fmt.Errorf("reading config: %w", err)
	}
	load := config.LoadEnvironment
	if dir != root {
		load = func(path string, data []byte) (config.Environment, error) {
			return config.LoadNested(path, data, outer)
		}
	}
	env, err := load(path, data)
	if problems, ok := errors.AsType[*config.Problems](err); ok && problems.Partial {
		err = nil // they are those of that file
	}
	return env, err
}

// isEnvironment tells the two kinds apart by the keys that only a bumpboat.yaml has.
func isEnvironment(data []byte) bool {
	var keys map[string]any
	if err := yaml.Unmarshal(data, &keys); err != nil {
		return false
	}
	_, policies := keys["policies"]
	_, rules := keys["rules"]
	_, tests := keys["policyTests"]
	return policies || rules || tests
}

// configFiles returns the files that are meant: the arguments, or what is found.
func (g *global) configFiles(args []string) ([]string, error) {
	if len(args) > 0 {
		return args, nil
	}
	var files []string
	if _, err := os.Stat(environmentFile); err == nil {
		files = append(files, environmentFile)
	}
	if path := cmp.Or(g.config, g.defaultConfig()); path != "" {
		files = append(files, path)
	}
	if len(files) == 0 {
		return nil, hinted(errors.New("no config file here"), "name one; \"bumpboat config init\" writes a bumpboat.yaml")
	}
	return files, nil
}

// configCheck loads the files, runs the tests of their policies, and prints all problems of all of them.
func (g *global) configCheck(ctx context.Context, args []string) error {
	files, err := g.configFiles(args)
	if err != nil {
		return err
	}
	r := newReport("")
	for _, path := range files {
		file, err := g.loadConfig(path)
		if err != nil {
			r.addError(err)
			continue
		}
		answer := "ok"
		if env, ok := file.(config.Environment); ok && len(env.PolicyTests) > 0 {
			failed := testPolicies(ctx, path, env, g.io.Now())
			r.addError(&config.Problems{List: failed})
			answer = testSummary(len(env.PolicyTests), len(failed))
		}
		_, _ = fmt.Fprintf(g.io.Out, "%s: %s\n", path, answer)
	}
	r.printErrors(g.io.Err)
	if len(r.Errors) > 0 {
		return codeError(exitFailed)
	}
	return nil
}

// testSummary is one line about policy tests.
func testSummary(all, failed int) string {
	tests := "policy tests"
	if all == 1 {
		tests = "policy test"
	}
	if failed > 0 {
		return fmt.Sprintf("%d of %d %s failed", failed, all, tests)
	}
	return fmt.Sprintf("ok, %d %s passed", all, tests)
}

func (g *global) configShow(args []string) error {
	files, err := g.configFiles(args)
	if err != nil {
		return err
	}
	for i, path := range files {
		file, err := g.loadConfig(path)
		if err != nil {
			return err
		}
		if i > 0 {
			_, _ = fmt.Fprintln(g.io.Out, "---")
		}
		if _, err := fmt.Fprintf(g.io.Out, "# %s\n%s", path, file.YAML()); err != nil {
			return err
		}
	}
	return nil
}

func (g *global) configSchema(kind string) error {
	schema, err := config.Schema(kind)
	if err != nil {
		return err
	}
	_, err = g.io.Out.Write(schema)
	return err
}

func newConfigInit(g *global) *cobra.Command {
	var stdout bool
	c := &cobra.Command{
		Use: "init [PATH]", Short: "Look at a repository and write a starter bumpboat.yaml with proposed rules", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return g.configInit(pathArgument(args), stdout) },
	}
	c.Flags().BoolVar(&stdout, "stdout", false, "print it instead of writing the file")
	return c
}

// configInit proposes rules for the images of a directory that no policy governs yet.
func (g *global) configInit(dir string, stdout bool) error {
	files, _, err := tree.ReadDir(dir, selection())
	if err != nil {
		return err
	}
	data := config.Propose(proposedImages(writer.Find(files, writer.Rules{}).Sites))
	if stdout {
		_, err := g.io.Out.Write(data)
		return err
	}
	path := filepath.Join(dir, environmentFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) //nolint:gosec // a file that everybody may read, like the rest of the repository
	if errors.Is(err, os.ErrExist) {
		return hinted(fmt.Errorf("%s exists already", path), "--stdout prints the proposal")
	}
	if err != nil {
		return fmt.Errorf("creating the starter config: %w", err)
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing the starter config: %w", err)
	}
	_, _ = fmt.Fprintf(g.io.Out, "wrote %s; next: bumpboat plan %s\n", path, dir)
	return nil
}

// proposedImages returns the images of unmanaged sites, each with the paths that name it.
func proposedImages(sites []writer.Site) []config.ProposedImage {
	var out []config.ProposedImage
	for _, s := range sites {
		if s.Policy != nil || s.Reason != "" { // a rule could not govern a place whose own policy is broken
			continue
		}
		i := slices.IndexFunc(out, func(p config.ProposedImage) bool { return p.Image == s.Image })
		if i < 0 {
			i, out = len(out), append(out, config.ProposedImage{Image: s.Image})
		}
		if !slices.Contains(out[i].Paths, s.Path) {
			out[i].Paths = append(out[i].Paths, s.Path)
		}
	}
	return out
}
