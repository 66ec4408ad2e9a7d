package writer

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/bumpboat/bumpboat/policy"
)

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
			w.output(c) // by itself, so that it is known what is added to it
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
	w.transformAll(n)
}

// transformAll lets the entries of a node work on the whole: those that it has, and those that rules want it to have. They
// count as if they were there, so that what they make without effect is not changed.
func (w *work) transformAll(n *node) {
	for i, e := range n.images {
		if w.top == n && !e.versioned {
			n.fills[i] = w.fill(n, i, w.out.get(e.name))
		}
		if p := n.fills[i]; p != nil {
			e.place, e.versioned = p, true
		}
		w.transform(e)
	}
	if w.top == n {
		n.missing = w.missing(n)
	}
	for _, e := range n.missing {
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
	over := map[containerKey][]*place{}
	for _, p := range slices.Backward(s.places) { // the last wins
		over[containerOf(p)] = append(over[containerOf(p)], p)
	}
	delete(over, containerKey{})
	by := func(q *place) *place { return patchOf(q, over[containerOf(q)]) }
	left := map[string][]*place{}
	var replaced []*place
	if len(over) > 0 {
		w.out.each(func(name string, places []*place) {
			w.steps += len(places)
			hit := func(q *place) bool { return by(q) != nil }
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
		w.replace(by(q), q)
	}
	maps.Copy(w.out.own, left)
	w.include(s)
}

// patchOf returns the patch of a container, or nil. kustomize tells objects of one name apart by their namespaces, as far as they
// have any: a kustomization may add them.
func patchOf(q *place, patches []*place) *place {
	i := slices.IndexFunc(patches, func(p *place) bool {
		a, b := p.object.namespace, q.object.namespace
		return p != q && (a == b || a == "" || b == "")
	})
	if i < 0 {
		return nil
	}
	return patches[i]
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
