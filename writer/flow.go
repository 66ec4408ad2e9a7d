package writer

// flow is what a kustomization hands on: by the name of the image the places that say its version. Thousands of overlays can
// stand on one base, so a flow says only what is different from the one below.
type flow struct {
	below *flow
	// own replaces what is below; an empty list takes a name away.
	own map[string][]*place
	// hidden are the names that were not found to be deployed yet, once listed.
	hidden []string
	listed bool
}

// maxBelow bounds how many flows are searched for one name.
const maxBelow = 16

func newFlow(below *flow) *flow { return &flow{below: below, own: map[string][]*place{}} }

// get returns the places of a name.
func (f *flow) get(name string) []*place {
	for ; f != nil; f = f.below {
		if places, ok := f.own[name]; ok {
			return places
		}
	}
	return nil
}

// layers counts the flows down to the last.
func (f *flow) layers() int {
	n := 0
	for ; f != nil; f = f.below {
		n++
	}
	return n
}

// each calls do for every name that has places.
func (f *flow) each(do func(name string, places []*place)) {
	for layer := f; layer != nil; layer = layer.below {
		for name, places := range layer.own {
			if len(places) > 0 && f.owner(name) == layer {
				do(name, places)
			}
		}
	}
}

// owner returns the layer that says what a name has.
func (f *flow) owner(name string) *flow {
	for ; f != nil; f = f.below {
		if _, ok := f.own[name]; ok {
			return f
		}
	}
	return nil
}

// reveal calls do for the places that get through to the end. A layer below many overlays is asked only for what none
// of them has let through yet. It returns how many names it looked at.
func (f *flow) reveal(do func([]*place)) (looked int) {
	for layer := f; layer != nil; layer = layer.below {
		if !layer.listed {
			layer.hidden, layer.listed = keysOf(layer.own), true
		}
		var still []string
		for _, name := range layer.hidden {
			looked++
			if f.owner(name) == layer {
				do(layer.own[name])
			} else {
				still = append(still, name)
			}
		}
		layer.hidden = still
	}
	return looked
}
