package writer

import (
	"fmt"
	"slices"

	"github.com/bumpboat/bumpboat/policy"
)

// bindSheet binds all places of a sheet, and returns the sites that they are.
func (b *binder) bindSheet(s *sheet) []Site {
	b.problems = problems{path: s.path, list: slices.Clip(s.list)}
	for _, p := range b.early[s.path] {
		b.add(p)
	}
	var sites []Site
	for _, p := range slices.Concat(s.places, b.added[s.path]) {
		if site, ok := b.site(p); ok {
			sites = append(sites, site)
		}
	}
	return sites
}

// elsewhere lets f bind what stands in another file than the one that is being bound. Its problems are kept for that file.
func (b *binder) elsewhere(path string, f func()) {
	here := b.problems
	b.problems = problems{path: path, list: b.early[path]}
	f()
	b.early[path] = b.list
	b.problems = here
}

// nearest returns what governs a place before any rule: what is written at the place itself or at its object, else what
// governs the places that it stands for. The answer is kept, so that a problem is reported once.
func (b *binder) nearest(p *place) binding {
	if known, ok := b.bound[p]; ok {
		return known
	}
	b.bound[p] = binding{} // nothing governs itself
	bound := b.bind(p)
	if bound.source == "" {
		bound = b.barred(p)
	}
	if bound.source == "" {
		bound = b.inherited(p)
	}
	b.bound[p] = bound
	return bound
}

// inherited returns what governs the places for which this one stands: the images that an entry of kustomize replaces, the
// references that a variable fills in. They must agree as far as they say anything.
func (b *binder) inherited(p *place) binding {
	if b.across.tooLarge() && (p.format == formatKustomize || p.format == formatArgo) {
		return b.refused(p, binding{source: SourceRule}, &markerError{
			reason: reasonTooManyOverlays, message: "the kustomizations of this repository are too many to be followed",
			hint: "put a marker on the line: it needs no other file",
		})
	}
	if names := b.across.torn[p]; len(names) > 0 {
		return b.torn(p, names)
	}
	var found binding
	for _, q := range b.across.sourcesOf(p) {
		bound := b.source(q)
		switch {
		case bound.source == "":
		case bound.reason != "":
			return bound
		case found.source == "":
			found = bound
		case found.policy.String() != bound.policy.String():
			return b.refused(p, found, &markerError{
				reason:  reasonInheritedConflict,
				message: fmt.Sprintf("%s and %s give this image different policies", found.place, bound.place),
				hint:    "give them the same policy, or put a marker on this line: it wins",
			})
		}
	}
	if found.bare != nil && p.whole == nil && p.digest == nil {
		found.policy = found.bare
	}
	return found
}

// torn binds a variable that fills in the versions of several images: no policy can choose for all of them. It is only worth
// a word when one was meant to.
func (b *binder) torn(p *place, names []string) binding {
	var meant binding
	for _, q := range b.across.sourcesOf(p) {
		if meant.source == "" {
			meant = b.source(q)
		}
	}
	for _, name := range names {
		if meant.source == "" {
			meant = b.rule(p, policy.Image{Name: name})
		}
	}
	if meant.source == "" {
		return meant
	}
	return b.refused(p, meant, &markerError{
		reason: reasonTwoImages, message: fmt.Sprintf("this variable fills in the versions of %s and %s", quoted(names[0]), quoted(names[1])),
		hint: "give each image a variable of its own",
	})
}

// source returns what governs a place from which another one inherits, with where that is written.
func (b *binder) source(q *place) (bound binding) {
	b.elsewhere(q.path, func() { bound = b.nearest(q) })
	if bound.source == "" || bound.place != "" {
		return bound
	}
	line := 0
	if len(q.marks) > 0 {
		line = q.marks[0].line
	} else if a := q.object.annotationFor(q.container); a != nil {
		line = a.line
	}
	bound.place = fmt.Sprintf("%s:%d", q.path, line)
	return bound
}

func (b *binder) refused(p *place, bound binding, err *markerError) binding {
	b.refuse(p, &bound, err)
	return bound
}
