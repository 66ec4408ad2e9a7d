package writer

import (
	"cmp"

	"go.yaml.in/yaml/v3"
)

const (
	fluxHelmGroup = "helm.toolkit.fluxcd.io"
	cattleGroup   = "helm.cattle.io"
)

// findHelmRelease finds the values and the version of the chart of Flux's HelmRelease (helm-controller, api/v2).
func findHelmRelease(r *reader, n *yaml.Node, at *trail, o *object) bool {
	if o.group() != fluxHelmGroup || !o.isObject() {
		return false
	}
	spec, here := get(n, "spec"), at.entry(n, "spec")
	r.values(get(spec, "values"), here.entry(spec, "values"), place{path: r.sheet.path, format: formatHelm, object: o})
	chart, way := get(spec, "chart"), here.entry(spec, "chart")
	r.fluxChart(get(chart, "spec"), way.entry(chart, "spec"), o)
	r.noContainers(o)
	return true
}

// fluxChart finds the version of a chart that a HelmRepository has.
func (r *reader) fluxChart(spec *yaml.Node, at *trail, o *object) {
	from := get(spec, "sourceRef")
	if textAt(from, "kind") != "HelmRepository" || textAt(spec, "chart") == "" || textAt(from, "name") == "" {
		return
	}
	p := &place{path: r.sheet.path, format: formatChart, object: o, artifact: &artifact{
		repository: fluxName{cmp.Or(textAt(from, "namespace"), o.namespace), textAt(from, "name")}, chart: textAt(spec, "chart"),
	}}
	r.around[spec] = p
	r.chartVersion(p, spec, "version", at)
}

// findCattleChart finds the values and the version of the chart of a HelmChart or a HelmChartConfig, which K3s and RKE2 deploy.
func findCattleChart(r *reader, n *yaml.Node, at *trail, o *object) bool {
	if o.group() != cattleGroup || !o.isObject() {
		return false
	}
	spec, here := get(n, "spec"), at.entry(n, "spec")
	like := place{path: r.sheet.path, format: formatHelm, object: o}
	r.values(get(spec, "values"), here.entry(spec, "values"), like)
	r.textValues(get(spec, "valuesContent"), here.entry(spec, "valuesContent"), like)
	p := &place{path: r.sheet.path, format: formatChart, object: o, artifact: &artifact{}}
	if p.name = r.registryField(p, spec, "chart", here); p.name != nil {
		r.chartVersion(p, spec, "version", here)
	}
	r.noContainers(o)
	return true
}

// textValues finds images in values that are the text of a block.
func (r *reader) textValues(n *yaml.Node, at *trail, like place) {
	if text(n) == "" {
		return
	}
	docs, err := r.file.Inner(n)
	if err != nil {
		return // a marker in it is reported with those that belong to nothing
	}
	for _, doc := range docs {
		r.findAliases(doc)
		r.values(doc, at, like)
	}
	if r.texted == nil {
		r.texted = map[*yaml.Node][]*yaml.Node{}
	}
	r.texted[n] = docs
}
