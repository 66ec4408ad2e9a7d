package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bumpboat/bumpboat/writer/tree"
)

// lookOptions are the flags of the commands that look at a directory or a repository and decide.
type lookOptions struct {
	*global
	tags, now    string
	repositories []string
	images       []string
	detailed     bool
}

func (o *lookOptions) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.tags, "tags", "", "work offline: a JSON `file`, image repository -> list of tags")
	f.StringArrayVar(&o.images, "image", nil, "only images that match this `glob`, for example ghcr.io/acme/* (repeatable)")
	f.StringVar(&o.now, "now", "", "set the clock to this `time`, as 2026-11-21T08:00:00Z")
	f.BoolVar(&o.detailed, "detailed-exitcode", false, "exit 2 when changes are pending")
}

func (o *lookOptions) repositoryFlag(c *cobra.Command) {
	c.Flags().StringArrayVar(&o.repositories, "repository", nil, "a repository of the operator's config by `name`, instead of a directory (repeatable)")
}

func newPlan(g *global) *cobra.Command {
	o := &lookOptions{global: g}
	c := &cobra.Command{
		Use:   "plan [PATH]",
		Short: "Show what would change, and why, without writing anything",
		Long: `Show what would change in a directory (default: the current one), without writing anything. It needs no Git and no forge.
With --repository it looks at a repository of the operator's config instead, and consults what people decided there.

  bumpboat plan -o diff | git apply     does what "bumpboat update" does`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			reports, err := o.look(c.Context(), args)
			if err != nil {
				return err
			}
			return o.finish(c.Context(), reports)
		},
	}
	o.flags(c)
	o.repositoryFlag(c)
	return c
}

func newList(g *global) *cobra.Command {
	o := &lookOptions{global: g}
	var skipped bool
	c := &cobra.Command{
		Use:   "list [PATH]",
		Short: "List every place that names an image, with its policy and outcome",
		Long: `List every place that names an image, with its policy and outcome.
With --skipped it lists the files that were skipped instead, with the reason for each. Files that somebody ignores are not among them.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			reports, err := o.look(c.Context(), args)
			if err != nil {
				return err
			}
			for _, r := range reports {
				r.Changes, r.files, r.listed = []ChangeReport{}, nil, true
				if skipped {
					r.Sites, r.Decisions, r.onlySkipped = []SiteReport{}, []DecisionReport{}, true
				}
			}
			return o.finish(c.Context(), reports)
		},
	}
	o.flags(c)
	o.repositoryFlag(c)
	c.Flags().BoolVar(&skipped, "skipped", false, "list the files that were skipped, and why")
	c.MarkFlagsMutuallyExclusive("skipped", "image")
	return c
}

// look makes a pass without writing over a directory or over repositories.
func (o *lookOptions) look(ctx context.Context, args []string) ([]*Report, error) {
	if err := o.setNow(o.now); err != nil {
		return nil, err
	}
	if len(o.repositories) > 0 {
		if len(args) > 0 || o.tags != "" {
			return nil, hinted(errors.New("--repository goes with neither a path nor --tags"), "give one of them")
		}
		return o.passes(ctx, o.repositories, o.images, true)
	}
	p, err := o.directoryPass(pathArgument(args))
	if err != nil {
		return nil, err
	}
	return []*Report{p.run(ctx)}, nil
}

// directoryPass builds the pass over a directory.
func (o *lookOptions) directoryPass(dir string) (*pass, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, hinted(fmt.Errorf("%s is not a directory", dir), "name the directory of an environment repository")
	}
	if err := checkRoot(dir); err != nil {
		return nil, err
	}
	only, err := imageFilter(o.images)
	if err != nil {
		return nil, err
	}
	sc, err := o.scannerFor(o.tags)
	if err != nil {
		return nil, err
	}
	guards, err := o.directoryGuards(o.tags)
	if err != nil {
		return nil, err
	}
	return &pass{name: dir, read: readDir(dir), scanner: sc, only: only, guards: guards, ask: asking{now: o.io.Now()}, land: keepFiles}, nil
}

// noMatch is the error for --image when it selects nothing anywhere.
func (o *lookOptions) noMatch(reports []*Report) error {
	if len(o.images) == 0 {
		return nil
	}
	for _, r := range reports {
		if len(r.Sites) > 0 || r.fatal != nil {
			return nil
		}
	}
	return hinted(fmt.Errorf("no image matches --image %s", strings.Join(o.images, ", ")), `"bumpboat list" shows the images; * stops at a slash, ** does not`)
}

// keepFiles keeps what the files would become for the diff.
func keepFiles(r *Report, changes []tree.Change) error {
	r.files = changes
	return nil
}

// finish prints the reports and returns the exit code.
func (o *lookOptions) finish(ctx context.Context, reports []*Report) error {
	if err := o.noMatch(reports); err != nil {
		return err
	}
	if err := o.print(reports); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return codeError(exitInterrupted)
	}
	return o.exit(reports, o.detailed)
}

func pathArgument(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}

func newUpdate(g *global) *cobra.Command {
	o := &lookOptions{global: g}
	c := &cobra.Command{
		Use:   "update [PATH]",
		Short: "Change the files of a directory in place; Git is not touched",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return o.update(c.Context(), pathArgument(args))
		},
	}
	o.flags(c)
	return c
}

// update is plan, and then exactly the change that plan -o diff shows.
func (o *lookOptions) update(ctx context.Context, dir string) error {
	if err := o.setNow(o.now); err != nil {
		return err
	}
	p, err := o.directoryPass(dir)
	if err != nil {
		return err
	}
	p.land = func(r *Report, changes []tree.Change) error {
		r.files = changes
		if err := tree.WriteDir(dir, changes); err != nil {
			return fmt.Errorf("writing files below %s: %w", dir, err)
		}
		for i := range r.Changes {
			r.Changes[i].Action = ActionWritten
		}
		return nil
	}
	return o.finish(ctx, []*Report{p.run(ctx)})
}
