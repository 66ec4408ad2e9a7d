package writer

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// findHelmfile finds the values and the versions of charts of the releases in a helmfile. Its containers are the releases.
func findHelmfile(r *reader, n *yaml.Node, at *trail, o *object) bool {
	releases := get(n, "releases")
	if o.isObject() || !strings.Contains(r.sheet.path, "helmfile") || releases == nil || releases.Kind != yaml.SequenceNode {
		return false
	}
	registries := r.helmfileRegistries()
	each(releases, at.entry(n, "releases"), func(release *yaml.Node, at *trail) {
		like := place{path: r.sheet.path, format: formatHelm, object: o, container: textAt(release, "name")}
		l := r.valueStack(like)
		each(get(release, "values"), at.entry(release, "values"), l.add)
		for _, key := range []string{"set", "setString"} {
			l.addParameters(get(release, key), at.entry(release, key))
		}
		l.read()
		like.format = formatChart
		r.helmfileChart(release, at, &like, registries)
	})
	return true
}

// helmfileRegistries returns the addresses of the repositories that are registries, by their names. helmfile merges the documents
// of a file.
func (r *reader) helmfileRegistries() map[string]string {
	found := map[string]string{}
	for _, doc := range r.file.Docs {
		each(get(doc, "repositories"), nil, func(entry *yaml.Node, _ *trail) {
			url, hasScheme := strings.CutPrefix(textAt(entry, urlKey), ociScheme)
			if hasScheme || textAt(entry, "oci") == "true" {
				found[textAt(entry, "name")] = strings.TrimSuffix(url, "/")
			}
		})
	}
	return found
}

// helmfileChart finds the version of a chart, whose registry stands before its name or among the repositories.
func (r *reader) helmfileChart(release *yaml.Node, at *trail, p *place, registries map[string]string) {
	p.artifact = &artifact{}
	if p.name = r.registryField(p, release, "chart", at); p.name == nil {
		repository, chart, _ := strings.Cut(textAt(release, "chart"), "/")
		if registries[repository] == "" || chart == "" {
			return
		}
		p.said = registries[repository] + "/" + chart
	}
	r.around[release] = p
	r.chartVersion(p, release, "version", at)
}
