package writer

import (
	"path"

	"go.yaml.in/yaml/v3"
)

// deploying is what a file says of other files: which it deploys, and what it fills into them.
type deploying struct {
	kustomizations []*kustomization
	configMaps     []configMap
	applications   []*application
	// lone are versions in Helm values whose image another file names.
	lone []loneVersion
	// valueFiles are lists of values files for one chart; what a later file says wins.
	valueFiles [][]string
}

// application is an Application or ApplicationSet of Argo CD, as far as it deploys and fills in.
type application struct {
	object *object
	// directories are those that it deploys.
	directories []string
	// elements are those of a list generator.
	elements []variables
}

const argoGroup = "argoproj.io"

// deploys reads what an object says of other files.
func (r *reader) deploys(n *yaml.Node, at *trail, o *object) {
	r.configMap(n, at, o)
	if o.group() != argoGroup {
		return
	}
	a := &application{object: o}
	spec := get(n, "spec")
	switch o.kind {
	case "Application":
	case "ApplicationSet":
		a.elements = r.listElements(get(spec, "generators"), at.entry(n, "spec").entry(spec, "generators"), o)
		spec = get(get(spec, "template"), "spec")
	default:
		return
	}
	sources := []*yaml.Node{get(spec, "source")}
	if list := get(spec, "sources"); list != nil && list.Kind == yaml.SequenceNode {
		sources = append(sources, list.Content...)
	}
	for _, source := range sources {
		dir, ok := localPath(".", textAt(source, "path"))
		if !ok {
			continue
		}
		a.directories = append(a.directories, dir)
		files := localPaths(dir, get(get(source, "helm"), "valueFiles"))
		r.sheet.valueFiles = append(r.sheet.valueFiles, append([]string{path.Join(dir, "values.yaml")}, files...))
	}
	r.sheet.applications = append(r.sheet.applications, a)
}

// listElements returns the elements of all list generators, also of those in a matrix or a merge.
func (r *reader) listElements(n *yaml.Node, at *trail, o *object) []variables {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	var out []variables
	for i, generator := range n.Content {
		here := at.item(n, i)
		list := get(generator, "list")
		elements := get(list, "elements")
		if elements != nil && elements.Kind == yaml.SequenceNode {
			way := here.entry(generator, "list").entry(list, "elements")
			for i, element := range elements.Content {
				out = append(out, r.variables(element, way.item(elements, i), o))
			}
		}
		for _, key := range []string{"matrix", "merge"} {
			inner := get(generator, key)
			out = append(out, r.listElements(get(inner, "generators"), here.entry(generator, key).entry(inner, "generators"), o)...)
		}
	}
	return out
}
