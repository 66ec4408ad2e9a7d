package writer

import (
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/bumpboat/bumpboat/policy"
)

// maxSteps bounds the work of following kustomizations. A repository of 2,000 clusters with 300 images each stays below.
const maxSteps = 5_000_000

// graph follows kustomizations from base to overlay (https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/):
// first the resources, then the components, then the patches, then the entries of `images` in their order.
type graph struct {
	// sheets are sorted by path; file finds them.
	sheets []*sheet
	file   map[string]*sheet
	// dirs are the kustomizations that are meant by the name of their directory, plain the directories without one that Flux deploys.
	dirs, plain map[string]*node
	// order is all nodes, so that the outcome does not depend on a map.
	order []*node

	// below are the places whose version an entry replaces, in any overlay.
	below map[*place][]*place
	// above is one entry that replaces the version of a place.
	above map[*place]*place
	// deployed are the places whose version gets through to the end somewhere.
	deployed map[*place]bool
	// parents are what includes a file or a node, for those that look upwards.
	parents map[any][]*node
	// flux keeps what fluxAbove found.
	flux map[*sheet][]*kustomization
	// images keeps the names of the images of files.
	images map[*sheet]flow
	steps  int
}

// node is a kustomization, or a directory that has none and that Flux deploys as it is.
type node struct {
	*kustomization
	// files are those of a directory without a kustomization.
	files    []*sheet
	included bool
	open     bool
	out      flow
}

// flow is what a kustomization hands on: by the name of the image the places that say its version.
type flow map[string][]*place

func newGraph(sheets []*sheet) *graph {
	g := &graph{
		sheets: slices.SortedFunc(slices.Values(sheets), func(a, b *sheet) int { return strings.Compare(a.path, b.path) }),
		file:   map[string]*sheet{}, dirs: map[string]*node{}, plain: map[string]*node{}, parents: map[any][]*node{},
		below: map[*place][]*place{}, above: map[*place]*place{}, deployed: map[*place]bool{}, images: map[*sheet]flow{},
		flux: map[*sheet][]*kustomization{},
	}
	for _, s := range g.sheets {
		g.file[s.path] = s
		for _, k := range s.kustomizations {
			n := &node{kustomization: k}
			if dir := path.Dir(s.path); !k.flux {
				if !isKustomizationFile(s.path) || g.dirs[dir] != nil {
					continue // kustomize does not find it
				}
				g.dirs[dir] = n
			}
			g.order = append(g.order, n)
		}
	}
	return g
}

// follow works out what all kustomizations deploy. It returns false when that is too much.
func (g *graph) follow(roots []string) bool {
	for _, n := range g.order {
		g.output(n)
	}
	for _, dir := range roots {
		if n := g.deployable(dir); n != nil {
			g.output(n)
			n.included = false // something deploys it as it is
		}
	}
	nodes := slices.Clone(g.order)
	for _, dir := range keysOf(g.plain) {
		nodes = append(nodes, g.plain[dir])
	}
	for _, n := range nodes {
		if n == nil || n.included {
			continue
		}
		for _, carriers := range n.out {
			g.steps += len(carriers)
			for _, p := range carriers {
				g.deployed[p] = true
			}
		}
	}
	return g.steps <= maxSteps
}

// shadowed returns the entry that replaces the version of a place, when every overlay has one, or nil.
func (g *graph) shadowed(p *place) *place {
	if g.deployed[p] {
		return nil
	}
	return g.above[p]
}

// output returns what a node hands on. A node that includes itself adds nothing to itself.
func (g *graph) output(n *node) flow {
	if n.out != nil || n.open {
		return n.out
	}
	n.open = true
	defer func() { n.open = false }()
	out := flow{}
	g.accumulate(n, n, out)
	n.out = out
	return out
}

// accumulate adds what a node has to the flow of top: the node itself, or one with this component.
func (g *graph) accumulate(n, top *node, into flow) {
	for _, s := range n.files {
		g.include(s, top, into)
	}
	for _, resource := range n.resources {
		if s := g.file[resource]; s != nil {
			g.include(s, top, into)
		} else if dir := g.at(n, resource); dir != nil && !dir.open {
			dir.included = true
			g.parents[dir] = append(g.parents[dir], top)
			g.add(into, g.output(dir))
		}
	}
	for _, component := range n.components {
		if c := g.dirs[component]; c != nil && !c.open && g.steps <= maxSteps {
			c.open, c.included = true, true
			g.parents[c] = append(g.parents[c], top)
			g.accumulate(c, top, into)
			c.open = false
		}
	}
	for _, patch := range n.patches {
		if s := g.file[patch]; s != nil {
			g.include(s, top, into)
		}
	}
	for _, e := range n.images {
		g.transform(e, into)
	}
}

// include adds the images of a file.
func (g *graph) include(s *sheet, top *node, into flow) {
	g.parents[s] = append(g.parents[s], top)
	images, known := g.images[s]
	if !known {
		images = flow{}
		for _, p := range s.places {
			if name := transformable(p); name != "" {
				images[name] = append(images[name], p)
			}
		}
		g.images[s] = images
	}
	g.add(into, images)
}

// transformable returns the name by which kustomize knows the image of a container, or "" when it does not look there: it looks
// into lists called `containers` and `initContainers`, however deep.
func transformable(p *place) string {
	if p.whole == nil || p.format != formatKubernetes {
		return ""
	}
	if item := p.whole.at.up; item == nil || item.up == nil || item.up.key != "containers" && item.up.key != "initContainers" {
		return ""
	}
	image, err := policy.ParseImage(p.whole.value())
	if err != nil {
		return ""
	}
	return image.Name
}

// add merges what one part hands on into the flow of the whole.
func (g *graph) add(into, more flow) {
	for name, carriers := range more {
		if g.steps += len(carriers); g.steps > maxSteps {
			return
		}
		into[name] = union(into[name], carriers)
	}
}

// transform lets one entry of `images` work on a flow.
func (g *graph) transform(e imageEntry, into flow) {
	g.steps++
	old := into[e.name]
	if len(old) == 0 || g.steps > maxSteps {
		return
	}
	delete(into, e.name)
	next := old
	if e.versioned {
		g.steps += len(old)
		g.below[e.place] = union(g.below[e.place], old)
		for _, p := range old {
			if g.above[p] == nil {
				g.above[p] = e.place
			}
		}
		next = []*place{e.place}
	}
	into[e.result()] = union(into[e.result()], next)
}

// union returns the places of both lists. Most often one of them is empty, or both are the same.
func union(a, b []*place) []*place {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0 || len(a) == len(b) && slices.Equal(a, b):
		return a
	}
	seen := make(map[*place]bool, len(a)+len(b))
	out := make([]*place, 0, len(a)+len(b))
	for _, list := range [][]*place{a, b} {
		for _, p := range list {
			if !seen[p] {
				seen[p] = true
				out = append(out, p)
			}
		}
	}
	return out
}

// at returns what a resource that is a directory leads to, or nil.
func (g *graph) at(n *node, dir string) *node {
	if n.flux {
		return g.deployable(dir)
	}
	return g.dirs[dir]
}

// deployable returns the kustomization of a directory, or what Flux makes of a directory that has none; nil when there is
// no such directory.
func (g *graph) deployable(dir string) *node {
	if n := g.dirs[dir]; n != nil {
		return n
	}
	n, known := g.plain[dir]
	if !known {
		n = g.directory(dir)
		g.plain[dir] = n
	}
	return n
}

// directory makes a node of a directory without a kustomization as Flux does: of all files in it, except that a directory below that has
// a kustomization stands for all that it has.
func (g *graph) directory(dir string) *node {
	prefix := dir + "/"
	if dir == "." {
		prefix = ""
	}
	k := &kustomization{}
	n := &node{kustomization: k}
	start := sort.Search(len(g.sheets), func(i int) bool { return g.sheets[i].path >= prefix })
	last := ""
	for _, s := range g.sheets[start:] {
		if !strings.HasPrefix(s.path, prefix) {
			break
		}
		g.steps++
		switch own := g.owner(path.Dir(s.path), dir); own {
		case "":
			n.files = append(n.files, s)
		case last:
		default:
			last = own
			k.resources = append(k.resources, own)
		}
	}
	if len(n.files)+len(k.resources) == 0 {
		return nil
	}
	return n
}

// owner returns the topmost directory from dir up to top, without it, that has a kustomization, or "".
func (g *graph) owner(dir, top string) (found string) {
	for ; dir != top && dir != "."; dir = path.Dir(dir) {
		if g.dirs[dir] != nil {
			found = dir
		}
	}
	return found
}
