package cmd

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bumpboat/bumpboat/writer"
)

// envPrefix begins the environment variables that stand in for flags: --config is BUMPBOAT_CONFIG.
const envPrefix = "BUMPBOAT_"

// global is what every command shares.
type global struct {
	io     IO
	config string
	output string
	failOn string
	// finder is that of all passes over repositories.
	finder writer.Finder
}

// formats are the values of --output.
var formats = []string{"table", "wide", "json", "yaml", "diff", "name"}

func newRoot(io IO) *cobra.Command {
	g := &global{io: io}
	root := &cobra.Command{
		Use:   "bumpboat",
		Short: "Keep the container images of a GitOps repository up to date",
		Long: `bumpboat keeps the container images of a GitOps environment repository up to date: it polls the registries,
lets a policy per workload choose a tag or digest, changes exactly those bytes in Git, and opens a pull request.

Begin with "bumpboat demo", then "bumpboat plan" in a checkout of your own.`,
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.NoArgs,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			return g.prepare(c)
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetOut(io.Out)
	root.SetErr(io.Err)
	root.CompletionOptions.HiddenDefaultCmd = false
	flags := root.PersistentFlags()
	flags.StringVar(&g.config, "config", "", "the operator's config file (default: config.yaml of bumpboat's user or system config directory)")
	flags.StringVarP(&g.output, "output", "o", "table", "output format: "+strings.Join(formats, ", "))
	flags.StringVar(&g.failOn, "fail-on", "partial", "what makes exit code 3: partial (anything failed or is unknown) or error (nothing; only complete failures end non-zero)")
	root.AddCommand(
		newDemo(g), newPlan(g), newUpdate(g), newRun(g), newServe(g), newExplain(g), newList(g), newConfig(g), newVersion(g),
	)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return hinted(err, `see "`+c.CommandPath()+` --help"`)
	})
	return root
}

// prepare fills unset flags from the environment and checks the shared ones. Flag > environment > default.
func (g *global) prepare(c *cobra.Command) error {
	var err error
	c.Flags().VisitAll(func(f *pflag.Flag) {
		name := envPrefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, ok := g.io.Env(name)
		if f.Changed || !ok || value == "" || err != nil {
			return
		}
		if e := c.Flags().Set(f.Name, value); e != nil {
			err = fmt.Errorf("reading environment variable %s: %w", name, e)
		}
	})
	if err != nil {
		return err
	}
	if !slices.Contains(formats, g.output) {
		return hinted(fmt.Errorf("unknown output format %q", g.output), "one of "+strings.Join(formats, ", "))
	}
	if g.failOn != "partial" && g.failOn != "error" {
		return hinted(fmt.Errorf("unknown value %q of --fail-on", g.failOn), "one of partial, error")
	}
	return nil
}

// exit turns reports into the exit code.
func (g *global) exit(reports []*Report, detailed bool) error {
	return outcomeOf(reports, g.failOn == "error", detailed)
}

// setNow sets the clock to the value of --now; "" leaves it alone.
func (g *global) setNow(value string) error {
	if value == "" {
		return nil
	}
	now, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return hinted(fmt.Errorf("--now %q is not a time", value), "for example 2026-11-21T08:00:00Z")
	}
	g.io.Now = func() time.Time { return now }
	return nil
}
