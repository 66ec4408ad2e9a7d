package writer

import (
	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/writer/tree"
	"github.com/bumpboat/bumpboat/writer/yamledit"
)

// deployVariable is a scalar that something fills into other files, or into other parts of its own.
type deployVariable struct {
	path   string
	object *object
	at     *trail
	yamledit.Scalar
}

// variables are those of one object, by their names.
type variables map[string]*deployVariable

// configMap is a ConfigMap that Flux may take variables from.
type configMap struct {
	fluxName
	path      string
	variables variables
}

// place makes a place of the variable that holds one part of an image whose name is said elsewhere.
func (v *deployVariable) place(part Part, name string) *place {
	p := &place{path: v.path, format: formatVariable, object: v.object, said: name}
	p.set(&field{part: part, at: v.at, Scalar: v.Scalar})
	return p
}

// variables reads the scalars of a mapping.
func (r *reader) variables(n *yaml.Node, at *trail, o *object) variables {
	out := variables{}
	entries(n, func(key string, value *yaml.Node) {
		if value.Kind != yaml.ScalarNode || text(value) == "" {
			return
		}
		if s, err := r.file.Scalar(value); err == nil {
			out[key] = &deployVariable{path: r.sheet.path, object: o, at: at.entry(n, key), Scalar: s}
		}
	})
	return out
}

// postBuild reads what Flux fills into what a Kustomization deploys (kustomize-controller, spec.postBuild). Secrets are never
// looked into.
func (r *reader) postBuild(k *kustomization, n *yaml.Node, at *trail) {
	k.variables = r.variables(get(n, "substitute"), at.entry(n, "substitute"), k.object)
	from := get(n, "substituteFrom")
	if from == nil || from.Kind != yaml.SequenceNode {
		return
	}
	for _, item := range from.Content {
		if name := textAt(item, "name"); textAt(item, "kind") == "ConfigMap" && name != "" {
			k.configMaps = append(k.configMaps, name)
		}
	}
}

// configMap reads the variables that a ConfigMap may have for Flux.
func (r *reader) configMap(n *yaml.Node, at *trail, o *object) {
	if o.kind != "ConfigMap" || o.apiVersion != "v1" {
		return
	}
	if found := r.variables(get(n, "data"), at.entry(n, "data"), o); len(found) > 0 {
		r.sheet.configMaps = append(r.sheet.configMaps, configMap{fluxName{o.namespace, o.name}, r.sheet.path, found})
	}
}

// readConfigMaps reads the ConfigMaps of a file that names no image.
func readConfigMaps(f tree.File) []configMap {
	if reason, _ := tree.Screen(f); reason != "" {
		return nil
	}
	parsed, err := yamledit.Parse(f.Content)
	if err != nil {
		return nil
	}
	r := &reader{sheet: &sheet{problems: problems{path: f.Path}}, src: f.Content, file: parsed}
	for _, doc := range parsed.Docs {
		meta := get(doc, "metadata")
		r.configMap(doc, nil, &object{
			apiVersion: textAt(doc, "apiVersion"), kind: textAt(doc, "kind"), namespace: textAt(meta, "namespace"), name: textAt(meta, "name"),
		})
	}
	return r.sheet.configMaps
}
