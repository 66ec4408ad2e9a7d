package writer

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

const fluxSourceGroup = "source.toolkit.fluxcd.io"

// findFluxSource finds the versions of what Flux loads from registries (source-controller, api/v1).
func findFluxSource(r *reader, n *yaml.Node, at *trail, o *object) bool {
	if o.group() != fluxSourceGroup || !o.isObject() {
		return false
	}
	spec, here := get(n, "spec"), at.entry(n, "spec")
	switch o.kind {
	case "OCIRepository":
		r.ociRepository(spec, here, o)
	case "HelmRepository":
		r.helmRepository(spec, o)
	case "HelmChart":
		r.fluxChart(spec, here, o)
	}
	r.noContainers(o)
	return true
}

// ociRepository finds the tag and the digest of an OCIRepository. A range beside a tag wins, and a digest beside a range.
func (r *reader) ociRepository(spec *yaml.Node, at *trail, o *object) {
	ref, here := get(spec, "ref"), at.entry(spec, "ref")
	p := &place{path: r.sheet.path, format: formatOCI, object: o, artifact: &artifact{}}
	if p.name = r.registryField(p, spec, urlKey, at); p.name == nil {
		return
	}
	if textAt(ref, "semver") != "" {
		p.artifact.open = true
		p.tag = r.field(p, PartTag, ref, "semver", here)
		r.keep(p)
		return
	}
	p.tag = r.field(p, PartTag, ref, "tag", here)
	p.digest = r.field(p, PartDigest, ref, "digest", here)
	if ref != nil {
		r.around[ref] = p
	}
	r.keep(p)
}

// helmRepository reads where the charts of a HelmRepository lie, when that is a registry.
func (r *reader) helmRepository(spec *yaml.Node, o *object) {
	h := helmRepository{fluxName: fluxName{o.namespace, o.name}, path: r.sheet.path}
	if url, ok := strings.CutPrefix(textAt(spec, urlKey), ociScheme); ok {
		h.url = url
	}
	r.sheet.charts.repositories = append(r.sheet.charts.repositories, h)
}
