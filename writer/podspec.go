package writer

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
)

// workload finds the images of an object: those of its containers, at whatever depth a kind keeps its pods.
func (r *reader) workload(n *yaml.Node, at *trail, o *object) {
	if o.kind == crdKind {
		r.noContainers(o) // its schemas speak of containers and images without having any
		return
	}
	o.containers = map[string]bool{}
	r.workloads = append(r.workloads, extentOf(n, nil, o))
	p := pods{reader: r, object: o, top: n}
	p.mapping(n, at)
	if len(o.containers) == 0 && !o.isWorkload() {
		r.noContainers(o)
		return
	}
	for _, a := range o.annotations {
		if a.container != "" && !o.containers[a.container] {
			o.bar("", binding{source: SourceAnnotation, reason: reasonUnknownContainer})
			r.problem(Problem{
				Line: a.line, Column: a.column, Reason: reasonUnknownContainer,
				Message: o.String() + " has no container " + quoted(a.container), Hint: fault.DidYouMean(a.container, keysOf(o.containers)),
			})
		}
	}
}

// isWorkload says whether the kind is one of Kubernetes that runs containers. A patch of one need not list any.
func (o *object) isWorkload() bool {
	switch o.group() {
	case "", "apps", "batch", "extensions":
	default:
		return false
	}
	switch o.kind {
	case "Pod", "PodTemplate", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob":
		return true
	default:
		return false
	}
}

// noContainers reports annotations on an object in which bumpboat knows no containers: they would have no effect.
func (r *reader) noContainers(o *object) {
	for _, a := range o.annotations {
		o.bar("", binding{source: SourceAnnotation, reason: reasonNoContainer})
		r.problem(Problem{
			Line: a.line, Column: a.column, Reason: reasonNoContainer,
			Message: o.String() + " is no workload whose containers are known",
			Hint:    "put a marker on the line of the image instead",
		})
	}
}

// pods finds the containers of one object. It knows keys and not kinds: whoever embeds a pod keeps the names of its fields.
type pods struct {
	*reader
	object *object
	top    *yaml.Node
}

// find looks at what stands under a key of an object.
func (p *pods) find(n *yaml.Node, at *trail) {
	switch n.Kind {
	case yaml.MappingNode:
		if n != p.top && isWhole(n) {
			p.whole = append(p.whole, spot{n, at}) // an object of its own, with annotations of its own
			return
		}
		p.mapping(n, at)
	case yaml.SequenceNode:
		for i, item := range n.Content {
			p.find(item, at.item(n, i))
		}
	case yaml.DocumentNode, yaml.ScalarNode, yaml.AliasNode:
	}
}

func (p *pods) mapping(n *yaml.Node, at *trail) {
	entries(n, func(key string, value *yaml.Node) {
		if value.Kind == yaml.ScalarNode { // most are, and have nothing below
			p.plain(key, value, n, at)
			return
		}
		here := at.entry(n, key)
		switch {
		case p.passedOver(key, n):
		case isContainerList(key) && value.Kind == yaml.SequenceNode:
			p.containers(value, here)
		case isContainerKey(key) && get(value, "image") != nil:
			p.container(value, here, ownName(value, n))
		case key == "volumes" && value.Kind == yaml.SequenceNode:
			p.volumes(value, here)
			p.find(value, here)
		default:
			p.find(value, here)
		}
	})
}

// passedOver says whether nothing under a key is ever deployed: what was observed, free text, and the patterns of Kyverno, which
// look like pods (`image: "!*:latest"`).
func (p *pods) passedOver(key string, in *yaml.Node) bool {
	switch key {
	case "metadata":
		return true
	case "status":
		return in == p.top
	case "pattern", "anyPattern":
		return p.object.group() == "kyverno.io"
	default:
		return false
	}
}

// isContainerList says whether containers are listed under a key: those of a pod, the steps of a Tekton task, and the sidecars of
// Tekton and Argo Workflows.
func isContainerList(key string) bool {
	switch key {
	case "containers", "initContainers", "ephemeralContainers", "steps", "sidecars":
		return true
	default:
		return false
	}
}

// isContainerKey says whether one container stands under a key: in a template of Argo Workflows, and what all steps of a Tekton task
// have in common.
func isContainerKey(key string) bool {
	return key == "container" || key == "script" || key == "stepTemplate"
}

// ownName returns the name of a container that stands alone, or that of the template which it is.
func ownName(container, in *yaml.Node) string {
	if name := textAt(container, "name"); name != "" {
		return name
	}
	return textAt(in, "name")
}

func (p *pods) containers(list *yaml.Node, at *trail) {
	for i, c := range list.Content {
		here := at.item(list, i)
		switch {
		case get(c, "image") != nil:
			p.container(c, here, textAt(c, "name"))
		case at.key == "steps" || at.key == "sidecars":
			p.find(c, here) // a step can be anything else, too
		case textAt(c, "name") != "":
			p.object.containers[textAt(c, "name")] = true // a patch that leaves the image alone
		}
	}
}

// container adds the image of one container.
func (p *pods) container(c *yaml.Node, at *trail, name string) {
	found := &place{path: p.sheet.path, format: formatKubernetes, object: p.object, container: name}
	p.object.containers[name] = true
	p.around[c] = found
	p.reader.containers = append(p.reader.containers, extentOf(c, found, nil))
	if !p.isGiven(text(target(get(c, "image")))) {
		found.whole = p.field(found, PartImage, c, "image", at)
	}
	p.keep(found)
}

// isGiven says whether an image is given from elsewhere: OpenShift fills in what is left blank, and those who run a task or a
// workflow give its parameters. Nothing in the repository has to say it.
func (p *pods) isGiven(image string) bool {
	if p.object.isCustom() && (strings.Contains(image, "$(") || strings.Contains(image, "{{")) {
		return true
	}
	return strings.TrimSpace(image) == ""
}

// volumes finds the volumes that are images. One is called like a container in the site.
func (p *pods) volumes(list *yaml.Node, at *trail) {
	for i, volume := range list.Content {
		image := get(volume, "image")
		if get(image, "reference") == nil {
			continue
		}
		name := textAt(volume, "name")
		found := &place{path: p.sheet.path, format: formatKubernetes, object: p.object, container: name}
		p.object.containers[name] = true
		p.around[volume] = found
		p.reader.containers = append(p.reader.containers, extentOf(volume, found, nil))
		found.whole = p.field(found, PartImage, image, "reference", at.item(list, i).entry(volume, "image"))
		p.keep(found)
	}
}

// plain finds a reference in a custom resource that is no container's. Nobody knows what the kind means by it, so it is a site
// only when somebody asks for it.
func (p *pods) plain(key string, n, in *yaml.Node, at *trail) {
	if !isPlainImageKey(key) || !p.object.isCustom() || !isReference(n) {
		return
	}
	found := &place{path: p.sheet.path, format: formatKubernetes, object: p.object, onDemand: true}
	found.whole = p.fieldOf(found, PartImage, n, at.entry(in, key))
	p.keep(found)
}

func isPlainImageKey(key string) bool {
	return key == "image" || key == "imageName" || strings.HasSuffix(key, "Image")
}

// isReference says whether a scalar is a whole reference beyond doubt: with a tag or a digest.
func isReference(n *yaml.Node) bool {
	image, err := policy.ParseImage(text(n))
	return err == nil && (image.Tag != "" || image.Digest != "")
}

// isWhole says whether a mapping is a whole object, as those that another one carries to where they are applied.
func isWhole(n *yaml.Node) bool {
	metadata := get(n, "metadata")
	return metadata != nil && metadata.Kind == yaml.MappingNode && textAt(n, "apiVersion") != "" && textAt(n, "kind") != ""
}

// listItems returns the objects of a `kind: List`, or nil.
func listItems(n *yaml.Node) *yaml.Node {
	items := get(n, "items")
	if textAt(n, "kind") != "List" || items == nil || items.Kind != yaml.SequenceNode {
		return nil
	}
	return items
}
