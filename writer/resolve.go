package writer

import "github.com/bumpboat/bumpboat/writer/tree"

// resolution is what the files of a repository say of each other's places: which of them really deploy, and what is known of a
// place elsewhere. It is worked out anew in each pass, because a sheet knows only its own file.
type resolution struct {
	graph *graph
	// sources are the places at which a policy can stand that governs a place, too: what an entry of kustomize replaces,
	// and the references that a variable fills in.
	sources map[*place][]*place
	// names are the images of places that say only a version.
	names map[*place]string
	// stale says of such a place where a digest stands that its edit leaves behind, or "".
	stale map[*place]string
	// followed are references that a variable fills in, and whose version is another place.
	followed map[*place]bool
	// torn are variables that fill in versions of more than one image, with the names of all.
	torn map[*place][]string
	// added are places that only other files make.
	added []*place
}

// resolve looks at all sheets together, and for ConfigMaps that hold variables into the files that have none. It changes nothing.
func resolve(sheets []*sheet, files []tree.File, rules Rules) *resolution {
	r := &resolution{
		graph: newGraph(sheets, rules), sources: map[*place][]*place{}, names: map[*place]string{}, stale: map[*place]string{},
		followed: map[*place]bool{}, torn: map[*place][]string{},
	}
	r.graph.follow()
	r.added = append(r.added, r.graph.added...)
	r.substitute(sheets, files)
	r.inheritNames(sheets)
	return r
}

// tooLarge says whether the kustomizations are too many to be followed.
func (r *resolution) tooLarge() bool { return r.graph.steps > maxSteps }

// sourcesOf returns the places whose policy governs this one, unless it has a nearer one.
func (r *resolution) sourcesOf(p *place) []*place {
	if below := r.graph.below[p]; len(below) > 0 {
		return below
	}
	return r.sources[p]
}
