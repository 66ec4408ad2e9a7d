package writer

import (
	"path"
	"slices"
	"sort"
	"strings"
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

	// rules say which entries are to be added, and added are the places of those.
	rules Rules
	added []*place
}

// node is a kustomization, or a directory that has none and that is deployed as it is.
type node struct {
	*kustomization
	// files are those of a directory without a kustomization.
	files    []*sheet
	included bool
	open     bool
	out      *flow
	// fills are the places in entries of `images` that rules want to have a version, and missing the entries that they want
	// to be there.
	fills   map[int]*place
	missing []imageEntry
}

func newNode(k *kustomization) *node { return &node{kustomization: k, fills: map[int]*place{}} }

func newGraph(sheets []*sheet, rules Rules) *graph {
	g := &graph{
		sheets: slices.SortedFunc(slices.Values(sheets), func(a, b *sheet) int { return strings.Compare(a.path, b.path) }),
		file:   map[string]*sheet{}, dirs: map[string]*node{}, plain: map[string]*node{}, parents: map[any][]*node{},
		below: map[*place][]*place{}, above: map[*place]*place{}, deployed: map[*place]bool{}, images: map[*sheet]*flow{},
		flux: map[*sheet][]*kustomization{}, rules: rules,
	}
	for _, s := range g.sheets {
		g.file[s.path] = s
	}
	for _, s := range g.sheets {
		for _, k := range s.kustomizations {
			n := newNode(k)
			if dir := path.Dir(s.path); !k.deploys {
				if !isKustomizationFile(s.path) || g.dirs[dir] != nil {
					continue // kustomize does not find it
				}
				g.dirs[dir] = n
			}
			g.order = append(g.order, n)
		}
	}
	for _, s := range g.sheets {
		for _, a := range s.applications {
			for _, source := range a.sources {
				g.order = append(g.order, newNode(g.argo(source, s, a)))
				g.generate(source, s, a)
			}
		}
	}
	return g
}

// generate adds what a source of an ApplicationSet deploys of the directories that its Git generators find.
func (g *graph) generate(source argoSource, s *sheet, of *application) {
	if len(of.globs) == 0 {
		return
	}
	for _, in := range g.sheets {
		if dir := path.Dir(in.path); isKustomizationFile(in.path) && of.generates(source, dir) && g.steps <= maxSteps {
			g.steps += 1 + len(source.images)
			g.order = append(g.order, newNode(g.argo(argoSource{dir, source.images}, s, of)))
		}
	}
}

// argo makes of a source of an Application what it is to Argo CD: one more kustomization on top.
func (g *graph) argo(source argoSource, s *sheet, of *application) *kustomization {
	k := &kustomization{path: s.path, deploys: true, object: of.object, resources: []string{source.directory}}
	images, from := source.images, s
	for _, name := range of.overrides(source.directory) {
		if over := g.file[name]; over != nil && len(over.overrides) > 0 {
			images, from = over.overrides, over
		}
	}
	for _, image := range images {
		e := imageEntry{name: image.name, newName: image.newName}
		for _, p := range from.places {
			if (from != s || p.object == of.object) && p.carrier().Start == image.start {
				e.place, e.versioned = p, image.versioned
			}
		}
		k.images = append(k.images, e)
	}
	return k
}

// overrides are the files that Argo CD merges into a source, the last of which wins. A list in one replaces the whole list. The
// names that an ApplicationSet gives to its Applications are not known.
func (a *application) overrides(directory string) []string {
	files := []string{path.Join(directory, ".argocd-source.yaml")}
	if a.object.kind == "Application" {
		files = append(files, path.Join(directory, ".argocd-source-"+a.object.name+".yaml"))
	}
	return files
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
	n := newNode(k)
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
