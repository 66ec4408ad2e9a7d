package writer

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// deploying is what a file says of other files: which it deploys, and what it fills into them.
type deploying struct {
	kustomizations []*kustomization
	configMaps     []configMap
	applications   []*application
	// overrides are the images of an `.argocd-source` file, which replace those of an Application.
	overrides []argoImage
	// lone are versions in Helm values whose image another file names.
	lone []loneVersion
	// imageNames are the names of images in Helm values, by where they stand.
	imageNames map[string]valuesImage
	// valueFiles are lists of values files for one chart; what a later file says wins.
	valueFiles [][]string
}

// application is an Application or ApplicationSet of Argo CD, as far as it deploys and fills in.
type application struct {
	object *object
	// sources are the directories that it deploys, with what it changes in them.
	sources []argoSource
	// elements are those of a list generator.
	elements []variables
	// globs are the directories of its Git generators, and excluded those that they leave out.
	globs, excluded []string
}

// argoSource is a directory of this repository that an Application deploys.
type argoSource struct {
	directory string
	images    []argoImage
}

// argoImage is what `kustomize.images` of an Application says of one image, by where it stands.
type argoImage struct {
	start         int
	name, newName string
	versioned     bool
}

const argoGroup = "argoproj.io"

// deploys reads what an object says of other files.
func (r *reader) deploys(n *yaml.Node, at *trail, o *object) {
	r.configMap(n, at, o)
	r.helmLayers(n, at, o)
	if isHelmfile(r.sheet.path) && !o.isObject() {
		r.helmfileLayers(n, at, o)
	}
	if isArgoSource(r.sheet.path) && !o.isObject() {
		r.sheet.overrides = r.argoImages(get(get(n, "kustomize"), "images"))
	}
	if o.group() != argoGroup {
		return
	}
	a := &application{object: o}
	spec, here := get(n, "spec"), at.entry(n, "spec")
	switch o.kind {
	case "Application":
	case "ApplicationSet":
		a.elements = r.listElements(get(spec, "generators"), here.entry(spec, "generators"), o)
		a.gitDirectories(get(spec, "generators"))
		template, way := get(spec, "template"), here.entry(spec, "template")
		spec, here = get(template, "spec"), way.entry(template, "spec")
	default:
		return
	}
	read := func(source *yaml.Node, at *trail) {
		if dir, ok := argoPath(source); ok {
			a.sources = append(a.sources, argoSource{dir, r.argoImages(get(get(source, "kustomize"), "images"))})
		}
		r.argoLayers(source, at, o)
	}
	read(get(spec, "source"), here.entry(spec, "source"))
	each(get(spec, "sources"), here.entry(spec, "sources"), read)
	r.sheet.applications = append(r.sheet.applications, a)
}

// gitDirectories reads the directories of Git generators, also of those in a matrix or a merge.
func (a *application) gitDirectories(generators *yaml.Node) {
	each(generators, nil, func(generator *yaml.Node, _ *trail) {
		each(get(get(generator, "git"), "directories"), nil, func(item *yaml.Node, _ *trail) {
			if textAt(item, "exclude") == "true" {
				a.excluded = append(a.excluded, textAt(item, "path"))
			} else {
				a.globs = append(a.globs, textAt(item, "path"))
			}
		})
		for _, key := range []string{"matrix", "merge"} {
			a.gitDirectories(get(get(generator, key), "generators"))
		}
	})
}

// generates says whether a source deploys a directory because a Git generator finds it. Argo CD matches like path.Match.
func (a *application) generates(source argoSource, dir string) bool {
	switch strings.ReplaceAll(source.directory, " ", "") {
	case "{{path}}", "{{.path.path}}":
	default:
		return false
	}
	matches := func(glob string) bool {
		ok, err := path.Match(strings.TrimPrefix(glob, "./"), dir)
		return ok && err == nil
	}
	return slices.ContainsFunc(a.globs, matches) && !slices.ContainsFunc(a.excluded, matches)
}

// argoPath returns the directory of this repository that a source of an Application deploys. An artefact from a registry has paths
// of its own.
func argoPath(source *yaml.Node) (string, bool) {
	if strings.HasPrefix(textAt(source, "repoURL"), ociScheme) {
		return "", false
	}
	return localPath(".", textAt(source, "path"))
}

// argoImages reads texts such as `ghcr.io/acme/web:1.4.2`, `web=ghcr.io/acme/web:1.4.2` and `web=*@sha256:…`.
func (r *reader) argoImages(n *yaml.Node) []argoImage {
	var out []argoImage
	each(n, nil, func(item *yaml.Node, _ *trail) {
		s, err := r.file.Scalar(item)
		if err != nil {
			return
		}
		name, reference, renames := strings.Cut(s.Value, "=")
		if !renames {
			name, reference = "", s.Value
		}
		newName, tag, digest := cutReference(reference)
		if newName == "*" {
			newName = name
		}
		out = append(out, argoImage{s.Start, cmp.Or(name, newName), newName, tag+digest != ""})
	})
	return out
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
