package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bumpboat/bumpboat/config"
	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/writer"
)

// explainOptions are the flags of explain.
type explainOptions struct {
	*global
	tags, policy, current, dir, now string
	// all asks about every tag that passes the filters.
	all bool
}

// asking is how policies are asked by explain: with a reason for every tag.
func (o *explainOptions) asking() asking {
	return asking{now: o.io.Now(), explain: true, all: o.all}
}

// explanation is the decisions that were asked for, and what is wrong at their places.
type explanation struct {
	decisions []policy.Decision
	// places has the places of each decision, when it is about files.
	places   [][]string
	problems []ErrorReport
}

// DecisionList is what explain answers when more than one decision is meant.
type DecisionList struct {
	APIVersion string           `json:"apiVersion"`
	Kind       string           `json:"kind"`
	Items      []DecisionReport `json:"items"`
}

func newExplain(g *global) *cobra.Command {
	o := &explainOptions{global: g}
	c := &cobra.Command{
		Use:   "explain [IMAGE | FILE[:LINE]]",
		Short: "Say for every tag why it was or was not taken",
		Long: `Say for every tag why it was or was not taken.

  bumpboat explain clusters/prod/web.yaml:12          the image on that line, with the policy that governs it
  bumpboat explain ghcr.io/acme/web                   the places below --dir that name this image
  bumpboat explain nginx:1.25.1 --policy semver:^1    any image with any policy; no repository is needed
  bumpboat explain --policy semver:^1 --current 1.2.0 --tags tags.json -o json

An argument that names an existing file is a file.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.setNow(o.now); err != nil {
				return err
			}
			e, err := o.explain(c.Context(), args)
			if err != nil {
				return err
			}
			return o.finish(c.Context(), e)
		},
	}
	f := c.Flags()
	f.StringVar(&o.policy, "policy", "", "the policy, as an `expression` such as semver:^1.4")
	f.StringVar(&o.current, "current", "", "the `tag` in use, or tag@digest")
	f.StringVar(&o.tags, "tags", "", "work offline: a JSON `file`, image repository -> list of tags")
	f.StringVar(&o.dir, "dir", "", "the `directory` of the environment repository (default: around FILE, or the current one)")
	f.StringVar(&o.now, "now", "", "set the clock to this `time`, as 2026-11-21T08:00:00Z")
	f.BoolVar(&o.all, "all", false, "ask about every tag, also about those that a better one made unnecessary")
	return c
}

// explain finds out what is meant, and decides.
func (o *explainOptions) explain(ctx context.Context, args []string) (explanation, error) {
	if o.policy != "" {
		d, err := o.withPolicy(ctx, args)
		return explanation{decisions: []policy.Decision{d}}, err
	}
	if o.current != "" {
		return explanation{}, hinted(errors.New("--current without --policy"), "say which policy: --policy semver:^1")
	}
	if len(args) == 0 {
		return explanation{}, hinted(errors.New("nothing to explain"), "name an image or FILE:LINE, or give --policy, --current and --tags")
	}
	if path, line, ok := fileArgument(args[0]); ok {
		root, rel := o.rootOf(path)
		return o.inRepository(ctx, root, func(path string, at int, _ policy.Image) bool {
			return path == rel && (line == 0 || at == 0 || at == line)
		})
	}
	img, err := policy.ParseImage(args[0])
	if err != nil {
		return explanation{}, hinted(err, "name an image, or a file that exists")
	}
	return o.inRepository(ctx, cmp.Or(o.dir, "."), func(_ string, _ int, at policy.Image) bool {
		return at.Repository() == img.Repository() && (img.Tag == "" || at.Tag == img.Tag)
	})
}

// rootOf returns the environment repository that a file belongs to, and its path in there: --dir when the file
// lies below it, else the nearest directory above with a .git, else the farthest with a bumpboat.yaml, else the
// current directory or the file's own.
func (o *explainOptions) rootOf(path string) (root, rel string) {
	if rel, ok := below(o.dir, path); o.dir != "" && ok {
		return o.dir, rel
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		abs = path
	}
	if dir, ok := rootAbove(filepath.Dir(abs)); ok {
		rel, _ := below(dir, abs)
		return dir, rel
	}
	if rel, ok := below(".", path); ok {
		return ".", rel
	}
	return filepath.Dir(abs), filepath.Base(abs)
}

// withPolicy decides for an image and a policy from the command line.
func (o *explainOptions) withPolicy(ctx context.Context, args []string) (policy.Decision, error) {
	spec, err := policy.Parse(o.policy)
	if err != nil {
		return policy.Decision{}, fmt.Errorf("--policy %q: %w", o.policy, err)
	}
	if spec, err = policy.Resolve(spec, nil); err != nil {
		return policy.Decision{}, hinted(fmt.Errorf("--policy %q: %w", o.policy, err), "named policies stand in bumpboat.yaml: explain a place there, or write the policy out")
	}
	compiled, err := policy.Compile(spec)
	if err != nil {
		return policy.Decision{}, fmt.Errorf("--policy %q: %w", o.policy, err)
	}
	sc, err := o.scannerFor(o.tags)
	if err != nil {
		return policy.Decision{}, err
	}
	img, err := o.image(args)
	if err != nil {
		return policy.Decision{}, err
	}
	anew := img.Tag == "" && img.Digest == ""
	return decide(ctx, sc, []subject{{image: img, policy: compiled, anew: anew}}, o.asking())[0], nil
}

// onlyImage returns the one image of the tags file, or "" when it has not exactly one.
func (o *explainOptions) onlyImage() (string, error) {
	if o.tags == "" {
		return "", nil
	}
	tags, err := readTags(o.tags)
	if err != nil || len(tags.Repositories()) != 1 {
		return "", err
	}
	return tags.Repositories()[0], nil
}

// image returns the image of the argument, with --current in place of its tag.
func (o *explainOptions) image(args []string) (policy.Image, error) {
	name, err := o.onlyImage()
	if err != nil {
		return policy.Image{}, err
	}
	if len(args) > 0 {
		name = args[0]
	}
	if name == "" {
		return policy.Image{}, hinted(errors.New("no image"), "name one, or give --tags with a file of exactly one image")
	}
	img, err := policy.ParseImage(name)
	if err != nil || o.current == "" {
		return img, err
	}
	current, err := policy.ParseImage(img.Name + versionSuffix(o.current))
	if err != nil {
		return img, hinted(fmt.Errorf("--current %q: %w", o.current, err), "give a tag, tag@digest, or a digest")
	}
	return current, nil
}

// versionSuffix turns a tag, tag@digest or digest into what follows the name in a reference.
func versionSuffix(current string) string {
	switch {
	case strings.HasPrefix(current, "@"):
		return current
	case strings.HasPrefix(current, "sha256:"):
		return "@" + current
	default:
		return ":" + current
	}
}

// inRepository decides for the sites of a directory that match.
func (o *explainOptions) inRepository(ctx context.Context, dir string, match func(path string, line int, img policy.Image) bool) (explanation, error) {
	sc, err := o.scannerFor(o.tags)
	if err != nil {
		return explanation{}, err
	}
	only := func(s writer.Site) bool { return match(s.Path, s.Line, s.Image) }
	guards, err := o.directoryGuards(o.tags)
	if err != nil {
		return explanation{}, err
	}
	p := pass{name: dir, read: readDir(dir), scanner: sc, only: only, guards: guards, ask: o.asking()}
	r := p.run(ctx)
	if r.fatal != nil {
		return explanation{}, r.fatal
	}
	var e explanation
	for _, s := range r.Sites {
		e.add(s, r.Decisions)
	}
	for _, problem := range r.Errors {
		at := func(s SiteReport) bool { return s.Path == problem.Path && s.Line == problem.Line }
		if problem.Path != "" && (match(problem.Path, problem.Line, policy.Image{}) || slices.ContainsFunc(r.Sites, at)) {
			e.problems = append(e.problems, problem)
		}
	}
	for _, skipped := range r.Skipped {
		if brokenFile(skipped.Reason) == "" && match(skipped.Path, 0, policy.Image{}) {
			e.problems = append(e.problems, ErrorReport{Kind: string(fault.Invalid), Message: "the file is skipped: " + skipped.Reason, Path: skipped.Path, Reason: skipped.Reason})
		}
	}
	if len(e.decisions) == 0 && len(e.problems) == 0 {
		return e, hinted(errors.New("no image reference found there"), `"bumpboat list" shows all of them; --policy EXPR explains an image that no file names`)
	}
	return e, nil
}

// add records a site with its decision. Sites that share one are told together.
func (e *explanation) add(s SiteReport, decisions []DecisionReport) {
	same := func(d policy.Decision) bool { return d.Image == s.Image && d.Policy == s.Policy }
	place := fmt.Sprintf("%s:%d", s.Path, s.Line)
	if i := slices.IndexFunc(e.decisions, func(d policy.Decision) bool { return same(d) && d.Reason == s.Reason }); i >= 0 {
		e.places[i] = append(e.places[i], place)
		return
	}
	d := policy.Unmanaged(s.site.Image)
	d.Reason = s.Reason
	if i := slices.IndexFunc(decisions, func(d DecisionReport) bool { return same(d.Decision) }); inCircle(s.site) {
		d = heldInCircle(s.site)
	} else if i >= 0 && s.Outcome != policy.OutcomeUnmanaged {
		d = decisions[i].Decision
	}
	e.decisions, e.places = append(e.decisions, d), append(e.places, []string{place})
}

// finish prints the decisions; the exit code says whether they could be found out.
func (o *explainOptions) finish(ctx context.Context, e explanation) error {
	var err error
	switch o.output {
	case "json", "yaml":
		err = o.printObject(e.object())
	case "diff", "name":
		err = hinted(fmt.Errorf("explain has no output format %q", o.output), "use -o table, json or yaml")
	default:
		for i, d := range e.decisions {
			if i > 0 {
				_, _ = fmt.Fprintln(o.io.Out)
			}
			o.printDecision(d)
			if i < len(e.places) {
				_, _ = fmt.Fprintf(o.io.Out, "places:  %s\n", cleanLine(strings.Join(e.places[i], ", ")))
			}
			printVerdicts(o.io.Out, d.Verdicts)
		}
	}
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return codeError(exitInterrupted)
	}
	r := newReport("")
	r.addDecisions(e.decisions)
	r.Errors = append(r.Errors, e.problems...)
	r.printErrors(o.io.Err)
	return o.exit([]*Report{r}, false)
}

// object is one decision, or a list of several.
func (e explanation) object() any {
	items := make([]DecisionReport, len(e.decisions))
	for i, d := range e.decisions {
		items[i] = decisionReport(d)
	}
	if len(items) == 1 {
		return items[0]
	}
	return DecisionList{APIVersion: config.APIVersion, Kind: "DecisionList", Items: items}
}

// printDecision prints one decision.
func (o *explainOptions) printDecision(d policy.Decision) {
	w := o.io.Out
	_, _ = fmt.Fprintf(w, "%s\n", o.bold(clean(d.Image)))
	_, _ = fmt.Fprintf(w, "policy:  %s\n", orDash(clean(d.Policy)))
	outcome := string(d.Outcome)
	if d.Outcome == policy.OutcomeUpdate {
		outcome = fmt.Sprintf("%s %s -> %s", d.Outcome, orDash(d.From.String()), d.To)
	}
	_, _ = fmt.Fprintf(w, "outcome: %s\nreason:  %s\n", clean(outcome), d.Reason)
	if d.Detail != "" && d.Outcome != policy.OutcomeUnknown {
		_, _ = fmt.Fprintf(w, "         %s\n", clean(d.Detail))
	}
	if d.Hint != "" && d.Outcome != policy.OutcomeUnknown { // that of an error comes with the error
		_, _ = fmt.Fprintf(w, "hint:    %s\n", clean(d.Hint))
	}
	if d.Outcome != policy.OutcomeUpdate && d.Outcome != policy.OutcomeCurrent {
		_, _ = fmt.Fprintf(w, "help:    %s\n", d.Reason.URL())
	}
}

// printVerdicts prints why each tag was or was not taken.
func printVerdicts(w io.Writer, verdicts []policy.Verdict) {
	if len(verdicts) == 0 {
		return
	}
	_, _ = fmt.Fprintln(w)
	rows := [][]string{{"TAG", "ACCEPTED", "REASON", "DETAIL"}}
	for _, v := range verdicts {
		accepted := "no"
		if v.Accepted {
			accepted = "yes"
		}
		rows = append(rows, []string{v.Tag, accepted, string(v.Reason), v.Detail})
	}
	printRows(w, rows)
}
