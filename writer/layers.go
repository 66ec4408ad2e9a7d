package writer

import (
	"cmp"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// layer reads Helm values for what they say of values that are laid over them, or of those below: names of images, and versions
// without a name.
type layer struct {
	*reader
	// like is what all places have in common.
	like place
	// below are the files of the values below these, the nearest last; nil where other files say it.
	below []string
	// registry is that of all images which name none.
	registry string
}

// loneVersion is a tag or a digest in Helm values without a name beside it.
type loneVersion struct {
	// way is where its mapping stands in the values.
	way   string
	place *place
	below []string
	// registries are what these values say of them.
	registries
	// clears says that the values replace the digest below, too.
	clears bool
}

// registries are what values say of where an image comes from: beside it, and for all images that name none.
type registries struct{ own, global string }

// valuesImage is the name of an image in Helm values.
type valuesImage struct {
	registries
	repository string
	// digest is where a digest stands beside it, or "".
	digest string
}

// under returns the name that the image has when values are laid over it.
func (i valuesImage) under(over registries) string {
	registry := cmp.Or(over.own, i.own)
	if registry == "" && !hasRegistry(i.repository) {
		registry = cmp.Or(over.global, i.global)
	}
	registry = strings.TrimSuffix(registry, "/")
	if registry == "" || strings.HasPrefix(i.repository, registry+"/") {
		return i.repository
	}
	return registry + "/" + i.repository
}

// layer reads the values at n. Lists are left out: Helm replaces them as a whole.
func (r *reader) layer(n *yaml.Node, at *trail, like place, below []string) {
	if n == nil {
		return
	}
	l := &layer{reader: r, like: like, below: below, registry: textAt(get(n, "global"), "imageRegistry")}
	l.read(n, at, nil)
}

func (l *layer) read(n *yaml.Node, at, way *trail) {
	if n.Kind != yaml.MappingNode {
		return
	}
	name := textAt(n, "repository")
	if name == "" && (isImageKey(at.lastKey()) || isNamed(n)) {
		name = textAt(n, "name")
	}
	if image := textAt(n, "image"); name == "" && get(n, "tag") != nil && isName(image) {
		name = image
	}
	if name != "" {
		l.name(name, n, way)
	} else {
		l.lone(n, at, way)
	}
	entries(n, func(key string, value *yaml.Node) { l.read(value, at.entry(n, key), way.entry(n, key)) })
}

// isNamed says whether a mapping has a tag beside its name.
func isNamed(n *yaml.Node) bool { return get(n, "tag") != nil && isName(textAt(n, "name")) }

// name notes the name of an image, for the values that are laid over this file.
func (l *layer) name(name string, n *yaml.Node, way *trail) {
	if l.like.object.isObject() || !isName(name) {
		return
	}
	if l.sheet.imageNames == nil {
		l.sheet.imageNames = map[string]valuesImage{}
	}
	image := valuesImage{registries: registries{textAt(n, "registry"), l.registry}, repository: name}
	if textAt(n, "digest") != "" {
		image.digest = way.entry(n, "digest").String()
	}
	l.sheet.imageNames[way.String()] = image
}

// lone notes a version without a name. Its scalars stay free for a marker.
func (l *layer) lone(n *yaml.Node, at, way *trail) {
	p := l.like
	for part, key := range map[Part]string{PartTag: "tag", PartDigest: "digest"} {
		value := get(n, key)
		if !l.free(value) {
			continue
		}
		s, err := l.file.Scalar(value)
		if err != nil {
			return
		}
		p.set(&field{part: part, at: at.entry(n, key), Scalar: s})
	}
	if p.tag == nil && p.digest == nil {
		return
	}
	if stale := l.leftBehind(&p, n, "tag"); stale != "" {
		p.stale = at.entry(n, stale).String()
	}
	p.shared = l.sharedAround(&p)
	l.sheet.lone = append(l.sheet.lone, loneVersion{
		way: way.String(), place: &p, below: l.below,
		registries: registries{textAt(n, "registry"), l.registry}, clears: get(n, "digest") != nil,
	})
}

// helmLayers reads what an object that installs a chart of this repository lays over its values.
func (r *reader) helmLayers(n *yaml.Node, at *trail, o *object) {
	if o.group() != fluxHelmGroup || o.kind != "HelmRelease" {
		return
	}
	spec, here := get(n, "spec"), at.entry(n, "spec")
	chart := get(get(spec, "chart"), "spec")
	dir, ok := localPath(".", textAt(chart, "chart"))
	if !ok || textAt(get(chart, "sourceRef"), "kind") != "GitRepository" {
		return
	}
	files := localPaths(".", get(chart, "valuesFiles"))
	if len(files) == 0 {
		files = []string{path.Join(dir, "values.yaml")}
	}
	r.layer(get(spec, "values"), here.entry(spec, "values"), place{path: r.sheet.path, format: formatHelm, object: o}, files)
}

// argoLayers reads what one source of an Application lays over the values of a chart, and in which order its files count.
func (r *reader) argoLayers(source *yaml.Node, at *trail, o *object) {
	helm := get(source, "helm")
	var files []string
	dir, local := argoPath(source)
	if local {
		files = []string{path.Join(dir, "values.yaml")}
	}
	list := get(helm, "valueFiles")
	if list != nil && list.Kind == yaml.SequenceNode {
		for _, item := range list.Content {
			if name, ok := argoValueFile(dir, text(item)); ok {
				files = append(files, name)
			}
		}
	}
	r.sheet.valueFiles = append(r.sheet.valueFiles, files)
	here, like := at.entry(source, "helm"), place{path: r.sheet.path, format: formatArgo, object: o}
	r.layer(get(helm, "valuesObject"), here.entry(helm, "valuesObject"), like, files)
	parameters := get(helm, "parameters")
	each(parameters, here.entry(helm, "parameters"), func(item *yaml.Node, at *trail) {
		r.loneParameter(item, at, like, files, parameters)
	})
}

// loneParameter notes a parameter such as `image.tag`. The image may also be a parameter: then it is no lone version, and Argo CD's
// finder has it.
func (r *reader) loneParameter(item *yaml.Node, at *trail, like place, files []string, all *yaml.Node) {
	way, ok := strings.CutSuffix(textAt(item, "name"), ".tag")
	value := get(item, "value")
	if !ok || text(value) == "" {
		return
	}
	if s, err := r.file.Scalar(value); err == nil {
		like.container = textAt(item, "name")
		like.tag = &field{part: PartTag, at: at.entry(item, "value"), Scalar: s}
		r.sheet.lone = append(r.sheet.lone, loneVersion{
			way: way, place: &like, below: files, clears: parameter(all, way+".digest") != nil,
			registries: registries{text(parameter(all, way+".registry")), text(parameter(all, "global.imageRegistry"))},
		})
		if r.parameters == nil {
			r.parameters = map[int]*place{}
		}
		r.parameters[s.Start] = &like
	}
}

// parameter returns the value of a parameter, or nil.
func parameter(list *yaml.Node, name string) (value *yaml.Node) {
	each(list, nil, func(item *yaml.Node, _ *trail) {
		if textAt(item, "name") == name {
			value = get(item, "value")
		}
	})
	return value
}

// argoValueFile returns the path of a values file: `$REF/…` begins at the top of another source, `/…` at that of the
// repository, and everything else at the chart.
func argoValueFile(dir, name string) (string, bool) {
	if strings.HasPrefix(name, "$") {
		_, rest, ok := strings.Cut(name, "/")
		return path.Clean(rest), ok && inside(path.Clean(rest))
	}
	if rest, ok := strings.CutPrefix(name, "/"); ok {
		return path.Clean(rest), inside(path.Clean(rest))
	}
	return localPath(dir, name)
}

// isHelmfile says whether a file lists releases for helmfile.
func isHelmfile(name string) bool {
	switch path.Base(path.Dir(name)) {
	case "helmfile.d":
		return path.Ext(name) == ".yaml" || path.Ext(name) == ".yml"
	}
	base := path.Base(name)
	return base == "helmfile.yaml" || base == "helmfile.yml"
}

// helmfileLayers reads in which order the values files of releases count, and what values in place lay over them.
func (r *reader) helmfileLayers(n *yaml.Node, at *trail, o *object) {
	dir := path.Dir(r.sheet.path)
	each(get(n, "releases"), at.entry(n, "releases"), func(release *yaml.Node, at *trail) {
		var files []string
		if chart := textAt(release, "chart"); strings.HasPrefix(chart, ".") {
			if local, ok := localPath(dir, chart); ok {
				files = append(files, path.Join(local, "values.yaml"))
			}
		}
		values := get(release, "values")
		files = append(files, localPaths(dir, values)...)
		r.sheet.valueFiles = append(r.sheet.valueFiles, files)
		if len(files) == 0 {
			return
		}
		like := place{path: r.sheet.path, format: formatHelm, object: o, container: textAt(release, "name")}
		each(values, at.entry(release, "values"), func(item *yaml.Node, at *trail) { r.layer(item, at, like, files) })
	})
}
