package writer

import (
	"bytes"
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// substitute follows variables to where their values stand.
func (r *resolution) substitute(sheets []*sheet, files []tree.File) {
	v := &filler{resolution: r, maps: r.configMaps(sheets, files), placed: map[*deployVariable]*place{}, marked: map[scalarKey]*place{}}
	for _, s := range sheets {
		for _, p := range s.places {
			if p.writtenName() == "" && p.format == formatYAML {
				for _, f := range p.fields() {
					v.marked[scalarKey{p.path, f.Start}] = p
				}
			}
		}
	}
	for _, s := range sheets {
		for _, p := range s.places {
			if p.templated() {
				v.follow(s, p)
			}
		}
	}
}

// configMaps returns the ConfigMaps that Flux takes variables from, by name. Most are in files that name no image and have no sheet.
func (r *resolution) configMaps(sheets []*sheet, files []tree.File) map[string][]configMap {
	wanted := map[string][]configMap{}
	for _, s := range sheets {
		for _, k := range s.kustomizations {
			for _, name := range k.configMaps {
				wanted[name] = nil
			}
		}
	}
	add := func(found []configMap) {
		for _, m := range found {
			if _, ok := wanted[m.name]; ok {
				wanted[m.name] = append(wanted[m.name], m)
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	for _, s := range sheets {
		add(s.configMaps)
	}
	names := keysOf(wanted)
	for _, f := range files {
		if r.graph.file[f.Path] == nil && bytes.Contains(f.Content, []byte("ConfigMap")) && containsAny(f.Content, names) {
			add(readConfigMaps(f))
		}
	}
	return wanted
}

func containsAny(src []byte, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return bytes.Contains(src, []byte(name)) })
}

// filler finds the scalars that fill in references.
type filler struct {
	*resolution
	// maps are the ConfigMaps by name.
	maps map[string][]configMap
	// placed are the places that were made of variables, by the first part of the version.
	placed map[*deployVariable]*place
	// marked are places that markers made of lone versions.
	marked map[scalarKey]*place
}

// scalarKey is where a scalar stands.
type scalarKey struct {
	path  string
	start int
}

// follow makes places of the variables in one reference.
func (v *filler) follow(s *sheet, p *place) {
	t := readTemplate(p)
	for _, scope := range v.scopes(s, p, t) {
		if v.steps() > maxSteps {
			return
		}
		v.fill(t, scope)
	}
}

func (v *filler) steps() int {
	v.graph.steps++
	return v.graph.steps
}

// scopes returns the sets of variables that fill in a reference: one for each Flux Kustomization that deploys the file, or for each
// element of the list of an ApplicationSet.
func (v *filler) scopes(s *sheet, p *place, t template) []variables {
	if t.form == setVariable {
		for _, a := range s.applications {
			if a.object == p.object {
				return a.elements
			}
		}
		return nil
	}
	var out []variables
	for _, k := range v.graph.fluxAbove(s) {
		if found := v.variablesOf(k); len(found) > 0 {
			out = append(out, found)
		}
	}
	return out
}

// variablesOf returns what a Kustomization of Flux fills in. Its own variables win over those of ConfigMaps, and later ConfigMaps over
// earlier ones.
func (v *filler) variablesOf(k *kustomization) variables {
	if len(k.configMaps) == 0 {
		return k.variables
	}
	out := variables{}
	for _, name := range k.configMaps {
		maps.Copy(out, v.configMap(name, k))
	}
	maps.Copy(out, k.variables)
	return out
}

// configMap returns the variables of the ConfigMap that a Kustomization names: the one in its namespace, else one that leaves the
// namespace out, and of several copies the nearest. Where that cannot be told, there are none.
func (v *filler) configMap(name string, k *kustomization) variables {
	in := func(namespace string) []configMap {
		return slices.DeleteFunc(slices.Clone(v.maps[name]), func(m configMap) bool { return m.namespace != namespace })
	}
	found := in(k.object.namespace)
	if len(found) == 0 {
		found = in("")
	}
	if len(found) == 0 {
		return nil
	}
	near := func(m configMap) int { return shared(m.path, k.path) }
	slices.SortStableFunc(found, func(a, b configMap) int { return cmp.Compare(near(b), near(a)) })
	if len(found) > 1 && near(found[0]) == near(found[1]) {
		return nil
	}
	return found[0].variables
}

// fill finds the scalars that hold the version of a reference in one scope, and makes a place of them.
func (v *filler) fill(t template, scope variables) {
	if whole := scope[t.whole]; whole != nil {
		if image, err := policy.ParseImage(whole.Value); err == nil && image.Tag+image.Digest != "" {
			v.keep(t.place, whole, whole.place(PartImage, ""), image.Name)
		}
		return
	}
	tag, digest := scope[t.tagFrom], scope[t.digestFrom]
	if tag == nil && digest == nil || t.tag != "" && tag == nil || t.digest != "" && digest == nil {
		return
	}
	name, ok := t.expand(scope)
	switch {
	case !ok:
	case digest == nil:
		v.keep(t.place, tag, tag.place(PartTag, name), name)
	case tag == nil:
		v.keep(t.place, digest, digest.place(PartDigest, name), name)
	case tag.path == digest.path:
		p := tag.place(PartTag, name)
		p.digest = &field{part: PartDigest, at: digest.at, Scalar: digest.Scalar}
		v.keep(t.place, tag, p, name)
	}
}

// keep takes over the place of a variable, or adds one more reference to it.
func (v *filler) keep(reference *place, by *deployVariable, p *place, name string) {
	v.followed[reference] = true
	if known := v.placed[by]; known != nil {
		if first := v.name(known); first != name && !slices.Contains(v.torn[known], name) && !sameRepository(first, name) {
			v.tear(known, first, name)
		}
		v.sources[known] = append(v.sources[known], reference)
		return
	}
	if marked := v.marked[scalarKey{by.path, by.Start}]; marked != nil {
		p = marked
		v.names[p] = name
	} else {
		v.added = append(v.added, p)
	}
	v.placed[by] = p
	v.sources[p] = append(v.sources[p], reference)
}

// tear notes that a variable is for several images.
func (v *filler) tear(p *place, names ...string) {
	for _, name := range names {
		if !slices.Contains(v.torn[p], name) {
			v.torn[p] = append(v.torn[p], name)
		}
	}
}

// name returns the image of a place, as far as its own file or another one says it.
func (r *resolution) name(p *place) string { return cmp.Or(p.writtenName(), p.nameText(), r.names[p]) }

// fluxAbove returns the Kustomizations of Flux that deploy a file, in the order of their files.
func (g *graph) fluxAbove(s *sheet) []*kustomization {
	if known, ok := g.flux[s]; ok {
		return known
	}
	var out []*kustomization
	seen := map[*node]bool{}
	open := slices.Clone(g.parents[s])
	if isKustomizationFile(s.path) && g.dirs[path.Dir(s.path)] != nil {
		open = append(open, g.dirs[path.Dir(s.path)])
	}
	for len(open) > 0 && g.steps <= maxSteps {
		n := open[0]
		open = open[1:]
		if seen[n] {
			continue
		}
		g.steps++
		seen[n] = true
		if n.deploys {
			out = append(out, n.kustomization)
		}
		open = append(open, g.parents[n]...)
	}
	slices.SortStableFunc(out, func(a, b *kustomization) int { return strings.Compare(a.path, b.path) })
	g.flux[s] = out
	return out
}
