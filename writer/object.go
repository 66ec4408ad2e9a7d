package writer

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// policyAnnotation is the annotation for all containers; `<container>.` before it is for one.
const policyAnnotation = "bumpboat.dev/policy"

// object is what is known of the Kubernetes object around a site.
type object struct {
	apiVersion, kind, namespace, name string

	labels      map[string]string
	annotations []*annotation
	// containers are the names of those that a workload has.
	containers map[string]bool
	// bars say why no rule may govern a container: somebody wrote a policy for it that has no effect. "" is for all.
	bars map[string]binding
}

// bar keeps rules away from a container, or from all that the object has when there is none of that name. The first
// reason stays.
func (o *object) bar(container string, why binding) {
	if !o.containers[container] {
		container = ""
	}
	if _, barred := o.bars[container]; !barred {
		o.bars[container] = why
	}
}

// barred returns why no rule may govern a container; the reason is "" when one may.
func (o *object) barred(container string) binding {
	if why, ok := o.bars[container]; ok {
		return why
	}
	return o.bars[""]
}

// annotation is one annotation that gives a policy.
type annotation struct {
	// container is the name of the container that it is for, "" for all.
	container    string
	text         string
	line, column int
}

func isPolicyAnnotation(key string) bool {
	return key == policyAnnotation || strings.HasSuffix(key, "."+policyAnnotation)
}

// annotatedContainer returns the container that an annotation is for, "" for all.
func annotatedContainer(key string) string {
	return strings.TrimSuffix(strings.TrimSuffix(key, policyAnnotation), ".")
}

// isObject says whether a document is a Kubernetes object at all.
func (o *object) isObject() bool { return o.apiVersion != "" && o.kind != "" }

// isCustom says whether the kind is no part of Kubernetes itself: its group is a domain of somebody else.
func (o *object) isCustom() bool {
	group := o.group()
	return strings.Contains(group, ".") && !strings.HasSuffix(group, ".k8s.io")
}

// group returns the API group: "apps" for `apps/v1`, "" for `v1`.
func (o *object) group() string {
	group, _, ok := strings.Cut(o.apiVersion, "/")
	if !ok {
		return ""
	}
	return group
}

// String returns `Kind/namespace/name`, or "" for what is no object.
func (o *object) String() string {
	if o == nil || o.kind == "" {
		return ""
	}
	return o.kind + "/" + o.namespace + "/" + o.name
}

// annotationFor returns the annotation that governs a container, the nearer one first, or nil.
func (o *object) annotationFor(container string) *annotation {
	var all *annotation
	for _, a := range o.annotations {
		switch {
		case a.container == "" && all == nil:
			all = a
		case a.container != "" && a.container == container:
			return a
		}
	}
	return all
}

// object reads what identifies the object and what its own metadata says about policies.
func (r *reader) object(n *yaml.Node) *object {
	o := &object{apiVersion: textAt(n, "apiVersion"), kind: textAt(n, "kind"), bars: map[string]binding{}}
	if n.Kind != yaml.MappingNode {
		return o
	}
	var annotations *yaml.Node
	r.effective(get(n, "metadata"), func(key string, value *yaml.Node) {
		switch key {
		case "namespace":
			o.namespace = text(value)
		case "name":
			o.name = text(value)
		case "labels":
			o.labels = map[string]string{}
			r.effective(value, func(key string, value *yaml.Node) { o.labels[key] = text(value) })
		case "annotations":
			annotations = value
		}
	})
	if !o.isObject() {
		return o
	}
	r.effective(annotations, func(key string, value *yaml.Node) {
		if isMisspelled(key) {
			r.misspelled(key, value, o)
		}
		if isPolicyAnnotation(key) {
			r.placed[value] = true
			a := &annotation{container: annotatedContainer(key), text: text(value)}
			a.line, a.column = r.position(value)
			o.annotations = append(o.annotations, a)
		}
	})
	return o
}

// isMisspelled says whether an annotation was meant for bumpboat, and is none that it knows.
func isMisspelled(key string) bool {
	domain, _, _ := strings.Cut(key, "/")
	return strings.Contains(strings.ToLower(domain), "bumpboat.") && !isPolicyAnnotation(key)
}

// misspelled reports an annotation that nobody knows, and keeps rules off what it was meant for.
func (r *reader) misspelled(key string, n *yaml.Node, o *object) {
	p := Problem{
		Reason: reasonUnknownKey, Message: "the annotation " + quoted(key) + " is none that is known",
		Hint: "write " + policyAnnotation + " for all containers, or CONTAINER." + policyAnnotation + " for one",
	}
	p.Line, p.Column = r.position(n)
	r.problem(p)
	o.bar("", binding{source: SourceAnnotation, reason: reasonUnknownKey})
}

// position returns where a node begins.
func (r *reader) position(n *yaml.Node) (line, column int) {
	if s, err := r.file.Scalar(n); err == nil {
		return s.Line, s.Column
	}
	return n.Line, n.Column
}
