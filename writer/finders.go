package writer

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// finder finds the images of one kind of document. It returns false when the document is of another kind.
type finder func(r *reader, n *yaml.Node, at *trail, o *object) bool

// finders are asked in this order, and the first that knows the document ends the search. What none of them knows can be Helm
// values.
var finders = []finder{
	findKustomization,
	findFlux,
	findFluxSource,
	findHelmRelease,
	findCattleChart,
	findValuesMap,
	findArgo,
	findChart,
	findHelmfile,
	findWorkload,
	findCompose,
	findPipeline,
	findCloudFormation,
	findTask,
	findAnsible,
}

func findKustomization(r *reader, n *yaml.Node, at *trail, o *object) bool {
	if !r.isKustomization(o) {
		return false
	}
	o.kind = kustomizationKind(o)
	r.kustomization(n, at, o)
	r.helmCharts(n, at, o)
	r.noContainers(o)
	return true
}

func findFlux(r *reader, n *yaml.Node, _ *trail, o *object) bool {
	if !o.isObject() || !strings.HasPrefix(o.apiVersion, fluxGroup) {
		return false
	}
	r.flux(n, o)
	r.noContainers(o)
	return true
}

// findWorkload is for every other object: all may have annotations that need an answer.
func findWorkload(r *reader, n *yaml.Node, at *trail, o *object) bool {
	if !o.isObject() {
		return false
	}
	r.workload(n, at, o)
	return true
}
