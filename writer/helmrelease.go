package writer

import (
	"cmp"
	"strings"

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
	each(get(spec, "postRenderers"), here.entry(spec, "postRenderers"), func(renderer *yaml.Node, at *trail) {
		kustomize, way := get(renderer, "kustomize"), at.entry(renderer, "kustomize")
		each(get(kustomize, "images"), way.entry(kustomize, "images"), func(image *yaml.Node, at *trail) { r.imageEntry(image, at, o) })
	})
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
	l := r.valueStack(place{path: r.sheet.path, format: formatHelm, object: o})
	l.addText(get(spec, "valuesContent"), here.entry(spec, "valuesContent"))
	l.read()
	p := &place{path: r.sheet.path, format: formatChart, object: o, artifact: &artifact{}}
	if p.name = r.registryField(p, spec, "chart", here); p.name != nil {
		r.chartVersion(p, spec, "version", here)
	}
	r.noContainers(o)
	return true
}

// findValuesMap finds the values that a ConfigMap has for a release: the text of a block under `values.yaml` or another name
// that ends like it.
func findValuesMap(r *reader, n *yaml.Node, at *trail, o *object) bool {
	if o.kind != "ConfigMap" || o.apiVersion != "v1" {
		return false
	}
	data, here := get(n, "data"), at.entry(n, "data")
	entries(data, func(key string, value *yaml.Node) {
		if strings.HasSuffix(key, "values.yaml") || strings.HasSuffix(key, "values.yml") {
			l := r.valueStack(place{path: r.sheet.path, format: formatHelm, object: o})
			l.addText(value, here.entry(data, key))
			l.read()
		}
	})
	r.noContainers(o)
	return true
}
