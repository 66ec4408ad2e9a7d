package writer

import (
	"path"
	"strings"

	"github.com/Masterminds/semver/v3"
	"go.yaml.in/yaml/v3"
)

// artifact is what is known of a place whose version is that of a chart, or of another artefact that is no image.
type artifact struct {
	// open says that the text is a range, or stands beside one that wins: what reads it chooses the version itself.
	open bool
	// repository is the HelmRepository that says where the chart lies; the zero value where the place says it.
	repository fluxName
	// chart is its name there.
	chart string
	// dependency is the name under which a lock file may list the chart, "" outside of Chart.yaml.
	dependency string
}

// helmRepository is Flux's HelmRepository as far as it is needed (source-controller, api/v1/helmrepository_types.go).
type helmRepository struct {
	fluxName
	path string
	// url is without its scheme, and "" for one that is no registry.
	url string
}

func (h helmRepository) key() fluxName { return h.fluxName }
func (h helmRepository) file() string  { return h.path }
func (h helmRepository) withoutPlace() any {
	h.path, h.namespace = "", ""
	return h
}

// lockedChart is a dependency as a lock file has it.
type lockedChart struct{ name, version string }

// charts is what one file says of charts that other files use.
type charts struct {
	repositories []helmRepository
	locked       []lockedChart
}

// isFixedVersion says whether a text is one version of a chart. Helm takes everything else for a range, `1.2` included.
func isFixedVersion(s string) bool {
	_, err := semver.StrictNewVersion(strings.TrimPrefix(s, "v"))
	return err == nil
}

// isRange says whether a text that can be a tag is meant as a range.
func isRange(s string) bool {
	return strings.ContainsAny(s, "*^~<>=|, ") || strings.HasSuffix(strings.ToLower(s), ".x")
}

// chartVersion makes a place of the version of a chart. The name is that of the place already, or comes from a HelmRepository.
func (r *reader) chartVersion(p *place, in *yaml.Node, key string, at *trail) {
	if text(get(in, key)) == "" {
		return
	}
	p.tag = r.field(p, PartTag, in, key, at)
	if p.tag == nil {
		return
	}
	p.tag.chart = true
	filledIn := strings.ContainsAny(p.tag.Value, "{$")
	p.artifact.open = !filledIn && !isFixedVersion(p.tag.Value)
	r.keep(p)
}

// registryField locates an address of a registry that has the scheme, or returns nil.
func (r *reader) registryField(p *place, in *yaml.Node, key string, at *trail) *field {
	if !strings.HasPrefix(textAt(in, key), ociScheme) {
		return nil
	}
	f := r.field(p, PartName, in, key, at)
	if f != nil {
		f.lead = ociScheme
	}
	return f
}

// isLock says whether a file says which versions of its dependencies a chart was built with.
func isLock(name string) bool {
	base := path.Base(name)
	return base == "Chart.lock" || base == "requirements.lock"
}

// findChart finds the dependencies in Chart.yaml, and in requirements.yaml of older charts, and reads what their lock files say.
func findChart(r *reader, n *yaml.Node, at *trail, o *object) bool {
	if isLock(r.sheet.path) {
		each(get(n, "dependencies"), nil, func(entry *yaml.Node, _ *trail) {
			r.sheet.locked = append(r.sheet.locked, lockedChart{textAt(entry, "name"), textAt(entry, "version")})
		})
		return true
	}
	if base := path.Base(r.sheet.path); base != "Chart.yaml" && base != "requirements.yaml" || o.isObject() {
		return false
	}
	each(get(n, "dependencies"), at.entry(n, "dependencies"), func(entry *yaml.Node, here *trail) {
		p := &place{path: r.sheet.path, format: formatChart, object: o, container: textAt(entry, "name")}
		p.artifact = &artifact{dependency: textAt(entry, "name")}
		if p.registry = r.registryField(p, entry, "repository", here); p.registry == nil {
			return
		}
		r.around[entry] = p
		p.name = r.field(p, PartName, entry, "name", here)
		r.chartVersion(p, entry, "version", here)
	})
	return true
}

// helmCharts finds the charts that a kustomization renders: their versions, and the values that it has for them.
func (r *reader) helmCharts(n *yaml.Node, at *trail, o *object) {
	each(get(n, "helmCharts"), at.entry(n, "helmCharts"), func(entry *yaml.Node, here *trail) {
		like := place{path: r.sheet.path, format: formatHelm, object: o, container: textAt(entry, "name")}
		r.values(get(entry, "valuesInline"), here.entry(entry, "valuesInline"), like)
		p := like
		p.format, p.artifact = formatChart, &artifact{}
		if p.registry = r.registryField(&p, entry, "repo", here); p.registry == nil {
			return
		}
		p.name = r.field(&p, PartName, entry, "name", here)
		r.chartVersion(&p, entry, "version", here)
	})
}

// each calls f for every item of a sequence.
func each(n *yaml.Node, at *trail, f func(item *yaml.Node, at *trail)) {
	if n == nil || n.Kind != yaml.SequenceNode {
		return
	}
	for i, item := range n.Content {
		f(item, at.item(n, i))
	}
}

// chartIndex holds what all files say of charts.
type chartIndex struct {
	repositories map[string][]helmRepository
	// locked are the versions in lock files, by the directory and the name of the dependency.
	locked map[[2]string]lockedVersion
}

type lockedVersion struct{ path, version string }

func newChartIndex(sheets []*sheet) *chartIndex {
	x := &chartIndex{repositories: map[string][]helmRepository{}, locked: map[[2]string]lockedVersion{}}
	for _, s := range sheets {
		for _, h := range s.charts.repositories {
			x.repositories[h.name] = append(x.repositories[h.name], h)
		}
		for _, l := range s.locked {
			x.locked[[2]string{path.Dir(s.path), l.name}] = lockedVersion{s.path, l.version}
		}
	}
	return x
}

// image returns the name of a chart that a HelmRepository says, or "".
func (x *chartIndex) image(p *place) string {
	found, err := choose(x.repositories[p.artifact.repository.name], p.artifact.repository, "HelmRepository", p.path)
	if err != nil || found.url == "" {
		return ""
	}
	return strings.TrimSuffix(found.url, "/") + "/" + p.artifact.chart
}

// artifact returns the name that another file gives to a place that is no image, and reports what keeps it from being one. ok is
// false when the place is no site.
func (b *binder) artifact(p *place, bound binding) (name string, ok bool) {
	a := p.artifact
	switch marked := len(p.marks) > 0; {
	case a == nil:
		return "", true
	case a.open:
		if marked && bound.policy != nil && bound.policy.String() != ignored {
			b.add(openVersion(p.carrier()))
		}
		return "", false
	case a.repository.name == "":
		return "", true
	default:
		name = b.charts.image(p)
		return name, name != "" || marked
	}
}

const ignored = "ignore"

func openVersion(f *field) Problem {
	return Problem{
		Line: f.Line, Column: f.Column, Reason: reasonChartRange,
		Message: quoted(clip(f.Value, 100)) + " is a range: a version is chosen from it only when it is deployed",
		Hint:    "write one version, such as 1.4.2, and give the range to the policy",
	}
}

// locked reports a lock file that does not follow. Helm refuses to build a chart with one.
func (b *binder) locked(p *place, bound binding) (lock string) {
	if p.artifact == nil || p.artifact.dependency == "" || bound.policy == nil || bound.policy.String() == ignored {
		return ""
	}
	found, ok := b.charts.locked[[2]string{path.Dir(p.path), p.artifact.dependency}]
	if !ok {
		return ""
	}
	if found.version != p.carrier().Value {
		b.add(Problem{
			Line: p.carrier().Line, Column: p.carrier().Column, Reason: reasonChartLock,
			Message: quoted(found.path) + " has " + p.artifact.dependency + " at " + quoted(clip(found.version, 100)) + ", which is not what is wanted here",
			Hint:    "run helm dependency update " + path.Dir(p.path),
		})
	}
	return found.path
}
