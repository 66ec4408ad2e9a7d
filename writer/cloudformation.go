package writer

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	formatCloudFormation = "cloudformation"
	formatECS            = "ecs"
)

// findCloudFormation finds the images of a CloudFormation or SAM template: those of its resources, and the defaults of its
// parameters for whoever asks for them.
func findCloudFormation(r *reader, n *yaml.Node, at *trail, o *object) bool {
	resources := get(n, "Resources")
	if o.isObject() || get(n, "AWSTemplateFormatVersion") == nil && !hasStackResource(resources) {
		return false
	}
	entries(resources, func(name string, resource *yaml.Node) {
		properties := get(resource, "Properties")
		r.stack(name, properties, at.entry(n, "Resources").entry(resources, name).entry(resource, "Properties"))
	})
	globals := get(n, "Globals")
	entries(globals, func(name string, value *yaml.Node) { r.stack(name, value, at.entry(n, "Globals").entry(globals, name)) })
	parameters := get(n, "Parameters")
	entries(parameters, func(name string, parameter *yaml.Node) {
		r.parameter(name, parameter, at.entry(n, "Parameters").entry(parameters, name))
	})
	return true
}

func hasStackResource(resources *yaml.Node) (found bool) {
	entries(resources, func(_ string, resource *yaml.Node) {
		found = found || strings.HasPrefix(textAt(resource, "Type"), "AWS::")
	})
	return found
}

// stack finds the images of one resource. A container is called by its own name, everything else by that of the resource.
func (r *reader) stack(name string, n *yaml.Node, at *trail) {
	if n == nil {
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		for _, key := range stackKeys {
			if value := get(n, key); isReference(value) && !strings.HasPrefix(value.Value, "aws/codebuild/") { // which are in no registry
				r.image(formatCloudFormation, containerName(n, name), n, key, at)
			}
		}
		entries(n, func(key string, value *yaml.Node) {
			if value.Kind != yaml.ScalarNode {
				r.stack(name, value, at.entry(n, key))
			}
		})
	case yaml.SequenceNode:
		for i, item := range n.Content {
			r.stack(name, item, at.item(n, i))
		}
	case yaml.DocumentNode, yaml.ScalarNode, yaml.AliasNode:
	}
}

// stackKeys are those under which an image stands: of containers (ECS, Batch, SageMaker, CodeBuild), functions (Lambda) and
// services (App Runner).
var stackKeys = []string{"Image", "ImageUri", "ImageIdentifier"}

func containerName(container *yaml.Node, otherwise string) string {
	if name := textAt(container, "Name"); name != "" {
		return name
	}
	return otherwise
}

func (r *reader) parameter(name string, parameter *yaml.Node, at *trail) {
	value := get(parameter, "Default")
	if !isReference(value) {
		return
	}
	p := &place{path: r.sheet.path, format: formatCloudFormation, container: name, onDemand: true}
	p.whole = r.fieldOf(p, PartImage, value, at.entry(parameter, "Default"))
	r.keep(p)
}

// findTask finds the images of a task definition of ECS, as its command line reads it.
func findTask(r *reader, n *yaml.Node, at *trail, o *object) bool {
	containers := get(n, "containerDefinitions")
	if o.isObject() || containers == nil || containers.Kind != yaml.SequenceNode {
		return false
	}
	for i, c := range containers.Content {
		r.image(formatECS, textAt(c, "name"), c, "image", at.entry(n, "containerDefinitions").item(containers, i))
	}
	return true
}
