package cmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

func newRun(g *global) *cobra.Command {
	o := &lookOptions{global: g}
	c := &cobra.Command{
		Use:   "run",
		Short: "Make one pass over the configured repositories and open pull requests",
		Long: `Make one pass: read the repositories of the operator's config, ask the registries, decide, and open or update pull requests.
A second run changes nothing and opens nothing.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			reports, err := g.passes(c.Context(), o.repositories, o.images, false)
			if err != nil {
				return err
			}
			return o.finish(c.Context(), reports)
		},
	}
	c.Flags().StringArrayVar(&o.images, "image", nil, "only images that match this `glob` (repeatable)")
	o.repositoryFlag(c)
	c.Flags().BoolVar(&o.detailed, "detailed-exitcode", false, "exit 2 when changes are pending")
	return c
}

// passes makes one pass over each of the named repositories of the operator's config (all, without names), as
// many at a time as the config allows. A repository that fails never stops the others.
func (g *global) passes(ctx context.Context, names, images []string, dryRun bool) ([]*Report, error) {
	op, err := g.needOperator()
	if err != nil {
		return nil, err
	}
	repos, err := selectRepositories(op, names)
	if err != nil {
		return nil, err
	}
	if len(repos) == 0 {
		return nil, hinted(errors.New("the operator's config names no repository"), "add one below repositories:")
	}
	only, err := imageFilter(images)
	if err != nil {
		return nil, err
	}
	sc, err := newScanner(op)
	if err != nil {
		return nil, err
	}
	reports := make([]*Report, len(repos))
	var group errgroup.Group
	group.SetLimit(op.Concurrency)
	for i, repo := range repos {
		group.Go(func() error {
			p, err := g.repositoryPass(op, repo, sc, only, dryRun)
			if err != nil {
				reports[i] = newReport(repo.Name).fail(err)
				return nil
			}
			reports[i] = p.run(ctx)
			return nil
		})
	}
	_ = group.Wait() // the reports carry the errors
	return reports, nil
}
