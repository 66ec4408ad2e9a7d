package writer

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/bumpboat/bumpboat/policy"
)

// maxSteps bounds the work of following kustomizations. A repository of 2,000 clusters with 300 images each stays below.
const maxSteps = 3_000_000

// graph follows kustomizations from base to overlay (https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/):
// first the resources, then the components, then the patches, then the entries of `images` in their order.
type graph struct {
	// sheets are sorted by path; file finds them.
	sheets []*sheet
	file   map[string]*sheet
	// dirs are the kustomizations that are meant by the name of their directory, plain the directories without one that Flux or Argo CD deploys.
	dirs, plain map[string]*node
	// order is all nodes, so that the outcome does not depend on a map.
	order []*node

	// below are the places whose version an entry or a patch replaces, in any overlay.
	below map[*place][]*place
	// above is one place that replaces the version of a place.
	above map[*place]*place
	// deployed are the places whose version gets through to the end somewhere.
	deployed map[*place]bool
	// parents are what includes a file or a node, for those that look upwards.
	parents map[any][]*node
	// flux keeps what fluxAbove found.
	flux map[*sheet][]*kustomization
	// images keeps the names of the images of files.
	images map[*sheet]*flow
	steps  int
}

// node is a kustomization, or a directory that has none and that is deployed as it is.
type node struct {
	*kustomization
	// files are those of a directory without a kustomization.
	files    []*sheet
	included bool
	open     bool
	out      *flow
}

func newGraph(sheets []*sheet) *graph {
	g := &graph{
		sheets: slices.SortedFunc(slices.Values(sheets), func(a, b *sheet) int { return strings.Compare(a.path, b.path) }),
		file:   map[string]*sheet{}, dirs: map[string]*node{}, plain: map[string]*node{}, parents: map[any][]*node{},
		below: map[*place][]*place{}, above: map[*place]*place{}, deployed: map[*place]bool{}, images: map[*sheet]*flow{},
		flux: map[*sheet][]*kustomization{},
	}
	for _, s := range g.sheets {
		g.file[s.path] = s
		for _, k := range s.kustomizations {
			n := &node{kustomization: k}
			if dir := path.Dir(s.path); !k.deploys {
				if !isKustomizationFile(s.path) || g.dirs[dir] != nil {
					continue // kustomize does not find it
				}
				g.dirs[dir] = n
			}
			g.order = append(g.order, n)
		}
		for _, a := range s.applications {
			for _, source := range a.sources {
				g.order = append(g.order, &node{kustomization: source.kustomization(s, a)})
			}
		}
	}
	return g
}

// kustomization makes of a source of an Application what it is to Argo CD: one more kustomization on top.
func (a argoSource) kustomization(s *sheet, of *application) *kustomization {
	k := &kustomization{path: s.path, deploys: true, object: of.object, resources: []string{a.directory}}
	for _, image := range a.images {
		e := imageEntry{name: image.name, newName: image.newName}
		for _, p := range s.places {
			if p.object == of.object && p.carrier().Start == image.start {
				e.place, e.versioned = p, image.versioned
			}
		}
		k.images = append(k.images, e)
	}
	return k
}

// follow works out what all kustomizations deploy.
func (g *graph) follow() {
	for _, n := range g.order {
		g.output(n)
	}
	for _, n := range g.order {
		if n.included || g.steps > maxSteps {
			continue
		}
		g.steps += n.out.reveal(func(places []*place) {
			for _, p := range places {
				g.deployed[p] = true
			}
		})
	}
}

// shadowed returns the entry that replaces the version of a place, when every overlay has one, or nil.
func (g *graph) shadowed(p *place) *place {
	if g.deployed[p] {
		return nil
	}
	return g.above[p]
}

// output returns what a node hands on. A node that includes itself adds nothing to itself.
func (g *graph) output(n *node) *flow {
	if n.out != nil || n.open {
		return n.out
	}
	n.open = true
	defer func() { n.open = false }()
	w := &work{graph: g, top: n, out: newFlow(nil), done: map[*node]bool{}}
	w.accumulate(n)
	n.out = w.out
	return n.out
}

// work is the output of one node in the making.
type work struct {
	*graph
	top *node
	out *flow
	// done are the components that worked on it; a second time they change nothing.
	done map[*node]bool
}

// accumulate adds what a node has: the top itself, or one of its components.
func (w *work) accumulate(n *node) {
	for _, s := range n.files {
		w.include(s)
	}
	for _, resource := range n.resources {
		if w.steps++; w.steps > maxSteps {
			return
		}
		if s := w.file[resource]; s != nil {
			w.include(s)
		} else if dir := w.at(n, resource); dir != nil && !dir.open {
			dir.included = true
			w.parents[dir] = append(w.parents[dir], w.top)
			w.add(w.output(dir))
		}
	}
	for _, component := range n.components {
		if c := w.dirs[component]; c != nil && !c.open && !w.done[c] {
			w.done[c], c.open, c.included = true, true, true
			w.parents[c] = append(w.parents[c], w.top)
			w.accumulate(c)
			c.open = false
		}
	}
	for _, patch := range n.patches {
		if s := w.file[patch]; s != nil {
			w.patch(s)
		}
	}
	for _, e := range n.images {
		w.transform(e)
	}
}

// include adds the images of a file.
func (w *work) include(s *sheet) {
	w.parents[s] = append(w.parents[s], w.top)
	w.add(w.imagesOf(s))
}

// imagesOf returns the images of the containers in a file.
func (g *graph) imagesOf(s *sheet) *flow {
	images, known := g.images[s]
	if known {
		return images
	}
	images = newFlow(nil)
	for _, p := range s.places {
		if name := transformable(p); name != "" {
			images.own[name] = append(images.own[name], p)
		}
	}
	g.images[s] = images
	return images
}

// containerKey is by what a patch finds a container.
type containerKey struct{ kind, object, list, container string }

// containerOf returns the key of a container, which is empty when something of it has no name.
func containerOf(p *place) containerKey {
	if p.object == nil || p.object.name == "" || p.container == "" || transformable(p) == "" {
		return containerKey{}
	}
	return containerKey{p.object.kind, p.object.name, p.whole.at.up.up.key, p.container}
}

// patch lays the objects of a file over those of the same kind and name, and their containers over those of the same name.
func (w *work) patch(s *sheet) {
	over := map[containerKey]*place{}
	images := w.imagesOf(s)
	images.each(func(_ string, places []*place) {
		for _, p := range places {
			over[containerOf(p)] = p
		}
	})
	delete(over, containerKey{})
	left := map[string][]*place{}
	var replaced []*place
	if len(over) > 0 {
		w.out.each(func(name string, places []*place) {
			w.steps += len(places)
			hit := func(q *place) bool { return over[containerOf(q)] != nil && over[containerOf(q)] != q }
			if slices.ContainsFunc(places, hit) {
				left[name] = slices.DeleteFunc(slices.Clone(places), hit)
				replaced = append(replaced, slices.DeleteFunc(slices.Clone(places), func(q *place) bool { return !hit(q) })...)
			}
		})
	}
	// A flow has no order.
	slices.SortFunc(replaced, func(a, b *place) int {
		return cmp.Or(strings.Compare(a.path, b.path), a.carrier().Start-b.carrier().Start)
	})
	for _, q := range replaced {
		w.replace(over[containerOf(q)], q)
	}
	maps.Copy(w.out.own, left)
	w.include(s)
}

// replace notes that one place replaces the version of others.
func (w *work) replace(by *place, old ...*place) {
	w.steps += len(old)
	w.below[by] = union(w.below[by], old)
	for _, p := range old {
		if w.above[p] == nil {
			w.above[p] = by
		}
	}
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

// add merges what one part hands on into the whole.
func (w *work) add(more *flow) {
	switch {
	case more == nil || w.steps > maxSteps:
	case w.out.below == nil && len(w.out.own) == 0 && more.layers() < maxBelow:
		w.out.below = more // the first: nothing has to be copied
	default:
		more.each(func(name string, places []*place) {
			w.steps += 1 + len(places)
			w.out.own[name] = union(w.out.get(name), places)
		})
	}
}

// transform lets one entry of `images` work on the whole.
func (w *work) transform(e imageEntry) {
	w.steps++
	old := w.out.get(e.name)
	if len(old) == 0 || w.steps > maxSteps {
		return
	}
	w.out.own[e.name] = nil
	next := old
	if e.versioned {
		w.replace(e.place, old...)
		next = []*place{e.place}
	}
	w.out.own[e.result()] = union(w.out.get(e.result()), next)
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
	if n.deploys {
		return g.deployable(dir)
	}
	return g.dirs[dir]
}

// deployable returns the kustomization of a directory, or what is deployed of a directory that has none; nil when there is
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
