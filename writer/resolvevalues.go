package writer

import (
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
			l.give(lone, l.name(s.path, lone), at)
		}
	}
}

// give gives a name to a lone version: to the place that a marker made of it, or to a new one.
func (l *valueChains) give(lone loneVersion, name string, at map[int]*place) {
	if name == "" {
		return
	}
	for _, f := range lone.place.fields() {
		if marked := at[f.Start]; marked != nil {
			if marked.nameText() == "" {
				l.names[marked] = name
			}
			return
		}
	}
	l.names[lone.place] = name
	l.added = append(l.added, lone.place)
}

// name returns the name that the values below have for a lone version, or "" when there is none, or more than one.
func (l *valueChains) name(file string, lone loneVersion) string {
	lists := l.lists[file]
	if lone.below != nil {
		lists = [][]string{lone.below}
	}
	found := ""
	for _, below := range lists {
		name := l.nearestName(below, lone.way)
		if name != "" && found != "" && !sameRepository(found, name) {
			return ""
		}
		if name != "" {
			found = name
		}
	}
	if found == "" && lone.below == nil && overlayValues.MatchString(path.Base(file)) {
		dir := path.Dir(file)
		found = l.nearestName([]string{path.Join(dir, "values.yml"), path.Join(dir, "values.yaml")}, lone.way)
	}
	return found
}

// nearestName returns the name that the last of some files has at a place of the values.
func (l *valueChains) nearestName(files []string, way string) string {
	for _, file := range slices.Backward(files) {
		if l.graph.steps++; l.graph.steps > maxSteps {
			return ""
		}
		if s := l.graph.file[file]; s != nil && s.imageNames[way] != "" {
			return s.imageNames[way]
		}
	}
	return ""
}
