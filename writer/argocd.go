package writer

import (
	"cmp"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/policy"
)

// findArgo finds what the sources of Applications and ApplicationSets of Argo CD say of images and charts.
func findArgo(r *reader, n *yaml.Node, at *trail, o *object) bool {
	if isArgoSource(r.sheet.path) && !o.isObject() {
		r.argoSource(n, at, o)
		return true
	}
	if o.group() != argoGroup {
		return false
	}
	spec, here := get(n, "spec"), at.entry(n, "spec")
	switch o.kind {
	case "Application":
	case "ApplicationSet":
		template, way := get(spec, "template"), here.entry(spec, "template")
		spec, here = get(template, "spec"), way.entry(template, "spec")
	default:
		return false
	}
	r.argoSource(get(spec, "source"), here.entry(spec, "source"), o)
	each(get(spec, "sources"), here.entry(spec, "sources"), func(source *yaml.Node, at *trail) { r.argoSource(source, at, o) })
	hydrator, way := get(spec, "sourceHydrator"), here.entry(spec, "sourceHydrator")
	r.argoSource(get(hydrator, "drySource"), way.entry(hydrator, "drySource"), o)
	r.noContainers(o)
	return true
}

// isArgoSource says whether a file holds overrides that Argo CD merges into the source of an Application: `.argocd-source.yaml`
// for all, `.argocd-source-NAME.yaml` for one.
func isArgoSource(name string) bool {
	base := path.Base(name)
	return base == ".argocd-source.yaml" || strings.HasPrefix(base, ".argocd-source-")
}

// argoSource finds images and the version of the chart of one source.
func (r *reader) argoSource(n *yaml.Node, at *trail, o *object) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	like := place{path: r.sheet.path, format: formatArgo, object: o}
	helm, here := get(n, "helm"), at.entry(n, "helm")
	l := r.valueStack(like)
	if object := get(helm, "valuesObject"); object != nil {
		l.add(object, here.entry(helm, "valuesObject")) // Argo CD does not read values beside it
	} else {
		l.addText(get(helm, "values"), here.entry(helm, "values"))
	}
	l.addParameters(get(helm, "parameters"), here.entry(helm, "parameters"))
	l.read()
	kustomize, way := get(n, "kustomize"), at.entry(n, "kustomize")
	each(get(kustomize, "images"), way.entry(kustomize, "images"), func(image *yaml.Node, at *trail) { r.kustomizeText(image, at, like) })
	r.argoRevision(n, at, o)
}

// kustomizeText finds the image in what `kustomize edit set image` takes: a reference, with `name=` before it where the name in
// the manifests is another.
func (r *reader) kustomizeText(n *yaml.Node, at *trail, like place) {
	name, reference, renames := strings.Cut(text(n), "=")
	if !renames {
		name, reference = "", text(n)
	}
	p := &like
	if rest, ok := strings.CutPrefix(reference, "*"); ok && rest != "" {
		r.keptName(p, n, at, name, rest)
		return
	}
	image, err := policy.ParseImage(reference)
	if err == nil && image.Tag == "" && image.Digest == "" {
		return // it renames only
	}
	p.container = cmp.Or(name, image.Name)
	if p.whole = r.fieldOf(p, PartImage, n, at); p.whole != nil && renames {
		p.whole.lead = name + "="
	}
	r.keep(p)
}

// keptName is for `name=*:tag` and `name=*@digest`, in which the star stands for the name in the manifests.
func (r *reader) keptName(p *place, n *yaml.Node, at *trail, name, version string) {
	part := PartTag
	if version[0] == '@' {
		part = PartDigest
	}
	f := r.fieldOf(p, part, n, at)
	if f == nil {
		return
	}
	f.lead = name + "=*" + version[:1]
	p.container, p.said = name, name
	p.set(f)
	r.keep(p)
}

// argoRevision finds the version of a chart in a registry, which Argo CD wants without a scheme, or of another artefact there.
func (r *reader) argoRevision(n *yaml.Node, at *trail, o *object) {
	const address, revision = "repoURL", "targetRevision"
	p := &place{path: r.sheet.path, format: formatChart, object: o, artifact: &artifact{}}
	url, chart := textAt(n, address), textAt(n, "chart")
	isOCI := strings.HasPrefix(url, ociScheme)
	switch {
	case chart != "" && (isOCI || hasRegistry(url+"/") && !strings.Contains(url, "://")):
		p.container = chart
		p.name = r.field(p, PartName, n, "chart", at)
		p.registry = r.field(p, PartName, n, address, at)
		r.around[n] = p
		r.chartVersion(p, n, revision, at)
	case isOCI:
		p.format = formatOCI
		p.name = r.registryField(p, n, address, at)
		part := PartTag
		if strings.HasPrefix(textAt(n, revision), sha256Prefix) {
			part = PartDigest
		}
		if f := r.field(p, part, n, revision, at); f != nil {
			p.set(f)
			p.artifact.open = part == PartTag && isRange(f.Value)
			r.keep(p)
		}
	}
}
