package cmd

import (
	"context"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/scanner"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/gitstore"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// pass is one look at one environment repository, or at one directory. `plan`, `list`, `update`, `run` and
// `serve` all come through here; they differ in what they do with the changes.
type pass struct {
	// name is what the report calls the repository.
	name string
	// read returns the files of the base branch, or of the directory.
	read func(context.Context) (snapshot, error)
	// scanner lives as long as the pass: each image repository is looked up once.
	scanner *scanner.Scanner
	// only says which sites are worked on.
	only func(writer.Site) bool
	// listTags asks for the list of tags also where a policy decides without it, so that every tag has a verdict.
	listTags bool
	// land takes all edits at once, as new content of files: `update` writes them, `plan` shows them. It may be nil.
	land func(*Report, []tree.Change) error
	// propose puts the changes before people; nil when nothing is proposed.
	propose func(context.Context, *gitstore.Snapshot, *Report, []writer.Change)
}

// snapshot is the files that a pass looks at. git is nil for a directory.
type snapshot struct {
	files   []tree.File
	skipped []tree.Skipped
	git     *gitstore.Snapshot
}

// run makes one pass and reports everything that happened. It never returns early because one image, file or
// change failed: that becomes part of the report.
func (p *pass) run(ctx context.Context) *Report {
	r := newReport(p.name)
	snap, err := p.read(ctx)
	if err != nil {
		return r.fail(err)
	}
	if snap.git != nil {
		r.Base, r.Revision = snap.git.Branch, snap.git.Commit
	}
	r.Skipped = append(r.Skipped, snap.skipped...)
	rules, err := rulesIn(snap.files)
	if err != nil {
		return r.fail(err)
	}

	found := writer.Find(snap.files, rules)
	r.holdBelow(nestedConfigs(snap.files), found.Sites)
	subjects := subjectsOf(found.Sites, p.only)
	decisions := decide(ctx, p.scanner, subjects, p.listTags)
	byKey := make(map[subjectKey]policy.Decision, len(subjects))
	for i, s := range subjects {
		byKey[s.key()] = decisions[i]
	}
	r.addFound(found, byKey, p.only)
	r.addDecisions(decisions)

	updates := updatesOf(found.Sites, byKey)
	changes, refused := writer.Group(updates, snap.files, writer.GroupOptions{Base: r.Base})
	r.addRefused(refused)
	for _, c := range changes {
		r.Changes = append(r.Changes, ChangeReport{
			Branch: c.Branch, Title: c.Title, Edits: c.Edits, Diff: c.Diff, Body: c.Body, Action: ActionPlanned,
		})
	}
	if p.land != nil {
		all, _ := writer.Apply(updates, snap.files) // what it refuses, Group has refused too
		if err := p.land(r, all); err != nil {
			return r.fail(err)
		}
	}
	if p.propose != nil {
		p.propose(ctx, snap.git, r, changes)
	}
	return r
}

// subject is an image as it stands in Git with the policy that governs it. Sites that share both share a decision.
type subject struct {
	image  policy.Image
	policy policy.Policy
	// anew says that nothing is in use yet: the question is only what would be chosen.
	anew bool
}

// subjectKey is a subject in a form that can be compared.
type subjectKey struct{ image, policy string }

func (s subject) key() subjectKey { return subjectKey{s.image.String(), s.policy.String()} }

// subjectsOf returns the distinct subjects of the managed sites, in the order of the sites.
func subjectsOf(sites []writer.Site, only func(writer.Site) bool) []subject {
	var out []subject
	seen := map[subjectKey]bool{}
	for _, site := range sites {
		if site.Policy == nil || !only(site) {
			continue
		}
		s := subject{image: site.Image, policy: site.Policy}
		if !seen[s.key()] {
			seen[s.key()] = true
			out = append(out, s)
		}
	}
	return out
}

// decide lets every policy decide, and finds out what they need in as few rounds as they take.
func decide(ctx context.Context, sc *scanner.Scanner, subjects []subject, listTags bool) []policy.Decision {
	if listTags {
		var needs []policy.Need
		for _, s := range subjects {
			needs = append(needs, policy.Need{Repository: s.image.Repository(), Fact: policy.FactTags})
		}
		sc.Answer(ctx, needs)
	}
	decisions := make([]policy.Decision, len(subjects))
	open := make([]int, len(subjects))
	for i := range open {
		open[i] = i
	}
	for len(open) > 0 {
		var waiting []int
		var needs []policy.Need
		for _, i := range open {
			s := subjects[i]
			offer := sc.Offer(s.image.Repository())
			offer.Anew = s.anew
			d, n := s.policy.Decide(s.image, offer)
			if len(n) == 0 {
				decisions[i] = d
				continue
			}
			waiting, needs = append(waiting, i), append(needs, n...)
		}
		sc.Answer(ctx, needs)
		open = waiting
	}
	return decisions
}

// decisionFor returns the decision for a site.
func decisionFor(s writer.Site, decisions map[subjectKey]policy.Decision) policy.Decision {
	if s.Policy == nil {
		return policy.Unmanaged(s.Image)
	}
	return decisions[subject{image: s.Image, policy: s.Policy}.key()]
}

// updatesOf returns the sites that change.
func updatesOf(sites []writer.Site, decisions map[subjectKey]policy.Decision) []writer.Update {
	var out []writer.Update
	for _, s := range sites {
		if d := decisionFor(s, decisions); d.Outcome == policy.OutcomeUpdate {
			out = append(out, writer.Update{Site: s, Decision: d})
		}
	}
	return out
}
