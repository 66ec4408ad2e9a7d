package writer

import (
	"cmp"
	"path"

	"go.yaml.in/yaml/v3"
)

const (
	kustomizeGroup     = "kustomize.config.k8s.io"
	fluxKustomizeGroup = "kustomize.toolkit.fluxcd.io"
)

// isKustomization says whether a document is kustomize's own, or Flux's Kustomization, which has the same list of
// images. kustomize lets its own files leave out apiVersion and kind.
func (r *reader) isKustomization(o *object) bool {
	switch path.Base(r.sheet.path) {
	case "kustomization.yaml", "kustomization.yml", "Kustomization":
		if !o.isObject() {
			return true
		}
	}
	switch o.group() {
	case kustomizeGroup:
		return o.kind == "Kustomization" || o.kind == "Component"
	case fluxKustomizeGroup:
		return o.kind == "Kustomization"
	default:
		return false
	}
}

func kustomizationKind(o *object) string { return cmp.Or(o.kind, "Kustomization") }

// kustomization finds the entries of `images`. What kustomize puts into the manifests is the new name, or the name
// that it looks for when there is no new one.
func (r *reader) kustomization(n *yaml.Node, at *trail, o *object) {
	if o.group() == fluxKustomizeGroup {
		n, at = get(n, "spec"), at.entry(n, "spec")
	}
	images := get(n, "images")
	if images == nil || images.Kind != yaml.SequenceNode {
		return
	}
	for i, entry := range images.Content {
		here := at.entry(n, "images").item(images, i)
		p := &place{path: r.sheet.path, format: formatKustomize, object: o}
		name := "name"
		if textAt(entry, "newName") != "" {
			name = "newName"
		}
		r.around[entry] = p
		p.name = r.field(p, PartName, entry, name, here)
		p.tag = r.field(p, PartTag, entry, "newTag", here)
		p.digest = r.field(p, PartDigest, entry, "digest", here)
		r.keep(p)
	}
}
