package cmd

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/writer"
)

// followed returns the glob of the files that a policy follows, or "".
func followed(p policy.Policy) string {
	if f, ok := p.(policy.Follower); ok {
		return f.Follows().Path
	}
	return ""
}

// follow tells the subjects whose policies follow other sites what those run. since is the time since when the files are
// known to be as they are: that of the last commit, or the zero time for a directory.
func follow(subjects []subject, sites []writer.Site, since time.Time) {
	var byRepository map[string][]writer.Site
	for i, s := range subjects {
		glob := followed(s.policy)
		if glob == "" {
			continue
		}
		if byRepository == nil {
			byRepository = sitesByRepository(sites)
		}
		for _, site := range byRepository[s.image.Repository()] {
			v := policy.Version{Tag: site.Image.Tag, Digest: site.Image.Digest}
			if v == (policy.Version{}) || !doublestar.MatchUnvalidated(glob, site.Path) {
				continue
			}
			place := fmt.Sprintf("%s:%d", site.Path, site.Line)
			subjects[i].running = append(subjects[i].running, policy.Running{Version: v, Since: since, Place: place})
		}
	}
}

func sitesByRepository(sites []writer.Site) map[string][]writer.Site {
	out := map[string][]writer.Site{}
	for _, s := range sites {
		out[s.Image.Repository()] = append(out[s.Image.Repository()], s)
	}
	return out
}

// holdCircles marks the sites that wait for themselves, directly or through others: nothing would ever move them.
func (r *Report) holdCircles(sites []writer.Site) {
	byRepository := map[string][]int{}
	for i, s := range sites {
		if followed(s.Policy) != "" {
			byRepository[s.Image.Repository()] = append(byRepository[s.Image.Repository()], i)
		}
	}
	var held []int
	for _, followers := range byRepository {
		held = append(held, waiting(sites, followers)...)
	}
	slices.Sort(held)
	for _, i := range held {
		s := &sites[i]
		s.Reason = string(policy.ReasonFollowCycle)
		why := "and what stands there follows this file in turn"
		if doublestar.MatchUnvalidated(followed(s.Policy), s.Path) {
			why = "which matches this very file"
		}
		r.Errors = append(r.Errors, ErrorReport{
			Kind: string(fault.Invalid), Message: fmt.Sprintf("%s follows %s, %s: it would wait for itself", s.Image.Repository(), followed(s.Policy), why),
			Hint: "follow only files that come first, for example those of a test cluster, and give those a policy without follow",
			Path: s.Path, Line: s.Line, Column: s.Column, Reason: s.Reason,
		})
	}
}

// waiting returns which of the followers of one image follow themselves, directly or through others. A site leads to its
// glob and a glob to the sites that it matches: there are few globs and many sites.
func waiting(sites []writer.Site, followers []int) []int {
	nodes := map[string]int{}
	next := make([][]int, len(followers))
	for i, at := range followers {
		glob := followed(sites[at].Policy)
		node, known := nodes[glob]
		if !known {
			node = len(next)
			nodes[glob] = node
			next = append(next, nil)
			for j, other := range followers {
				if doublestar.MatchUnvalidated(glob, sites[other].Path) {
					next[node] = append(next[node], j)
				}
			}
		}
		next[i] = []int{node}
	}
	var out []int
	for i, circle := range circles(next) {
		if circle && i < len(followers) {
			out = append(out, followers[i])
		}
	}
	return out
}

// circles says which nodes of a graph can be reached from themselves through others: those in strongly connected components
// of more than one, found as in R. Tarjan, "Depth-first search and linear graph algorithms", 1972.
func circles(next [][]int) []bool {
	circle := make([]bool, len(next))
	order, low := make([]int, len(next)), make([]int, len(next))
	var stack []int
	count := 0
	var visit func(int)
	visit = func(v int) {
		count++
		order[v], low[v] = count, count
		bottom := len(stack)
		stack = append(stack, v)
		for _, w := range next[v] {
			if order[w] == 0 {
				visit(w)
			}
			low[v] = min(low[v], low[w])
		}
		if low[v] < order[v] {
			return
		}
		for _, w := range stack[bottom:] {
			circle[w] = len(stack)-bottom > 1
			low[w] = math.MaxInt // a finished component leads nowhere new
		}
		stack = stack[:bottom]
	}
	for v := range next {
		if order[v] == 0 {
			visit(v)
		}
	}
	return circle
}

// inCircle says whether a site waits for itself.
func inCircle(s writer.Site) bool {
	return s.Policy != nil && s.Reason == string(policy.ReasonFollowCycle)
}

// heldInCircle is the outcome for a site that waits for itself. Its policy is not asked.
func heldInCircle(s writer.Site) policy.Decision {
	d := policy.Unmanaged(s.Image)
	d.Policy, d.Outcome, d.Reason = s.Policy.String(), policy.OutcomeHeld, policy.ReasonFollowCycle
	return d
}
