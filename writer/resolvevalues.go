package writer

import (
	"cmp"
	"path"
	"regexp"
	"slices"
)

// overlayValues matches the names of values files that are laid over the `values.yaml` beside them.
var overlayValues = regexp.MustCompile(`^(values[-._].+|.+[-._]values)\.ya?ml$`)

// valueChains finds the values below a file.
type valueChains struct {
	*resolution
	// lists are, by file, what stands before it in lists of values files, the nearest last.
	lists map[string][][]string
}

// inheritNames gives lone versions the names that the values below them have. Nothing is said of versions that the values above
// replace: who else installs the chart cannot be known.
func (r *resolution) inheritNames(sheets []*sheet) {
	l := &valueChains{resolution: r, lists: map[string][][]string{}}
	for _, s := range sheets {
		for _, files := range s.valueFiles {
			for i, file := range files {
				l.lists[file] = append(l.lists[file], files[:i])
				r.graph.steps++
			}
		}
	}
	for _, s := range sheets {
		if len(s.lone) == 0 {
			continue
		}
		at := map[int]*place{}
		for _, p := range s.places {
			for _, f := range p.fields() {
				at[f.Start] = p
			}
		}
		for _, lone := range s.lone {
			name, stale := l.name(s.path, lone)
			l.give(lone, name, stale, at)
		}
	}
}

// give gives a name to a lone version: to the place that a marker made of it, or to a new one.
func (l *valueChains) give(lone loneVersion, name, stale string, at map[int]*place) {
	if name == "" {
		return
	}
	for _, f := range lone.place.fields() {
		if marked := at[f.Start]; marked != nil {
			if marked.nameText() == "" {
				l.names[marked], l.stale[marked] = name, stale
			}
			return
		}
	}
	l.names[lone.place], l.stale[lone.place] = name, stale
	l.added = append(l.added, lone.place)
}

// name returns the name that the values below have for a lone version, or "" when there is none, or more than one; and where a digest
// stands below that the version does not replace.
func (l *valueChains) name(file string, lone loneVersion) (found, stale string) {
	lists := l.lists[file]
	if lone.below != nil {
		lists = [][]string{lone.below}
	}
	for _, below := range lists {
		name, digest := l.nearestName(below, lone)
		if name != "" && found != "" && !sameRepository(found, name) {
			return "", ""
		}
		if name != "" {
			found, stale = name, cmp.Or(stale, digest)
		}
	}
	if found == "" && lone.below == nil && overlayValues.MatchString(path.Base(file)) {
		dir := path.Dir(file)
		return l.nearestName([]string{path.Join(dir, "values.yml"), path.Join(dir, "values.yaml")}, lone)
	}
	return found, stale
}

// nearestName returns the name that the last of some files has at a place of the values.
func (l *valueChains) nearestName(files []string, lone loneVersion) (name, stale string) {
	for _, file := range slices.Backward(files) {
		if l.graph.steps++; l.graph.steps > maxSteps {
			return "", ""
		}
		s := l.graph.file[file]
		if s == nil || s.imageNames[lone.way].repository == "" {
			continue
		}
		image := s.imageNames[lone.way]
		if image.digest != "" && !lone.clears {
			stale = image.digest + " of " + file
		}
		return image.under(lone.registries), stale
	}
	return "", ""
}
