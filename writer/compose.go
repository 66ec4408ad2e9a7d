package writer

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

const formatCompose = "compose"

// findCompose finds the images of a Docker Compose file: those of its services, and those of the fragments (`x-…`) that
// services take over.
func findCompose(r *reader, n *yaml.Node, at *trail, o *object) bool {
	services := get(n, "services")
	if o.isObject() || !isComposeName(r.sheet.path) && !hasComposeShape(n) {
		return false
	}
	entries(services, func(name string, service *yaml.Node) {
		r.image(formatCompose, name, service, "image", at.entry(n, "services").entry(services, name))
	})
	entries(n, func(key string, value *yaml.Node) {
		if strings.HasPrefix(key, "x-") {
			r.fragment(key, value, at.entry(n, key))
		}
	})
	return true
}

// isComposeName says whether a file is called as Compose looks for it: `compose.yaml`, `docker-compose.prod.yml`.
func isComposeName(name string) bool {
	rest := strings.TrimPrefix(path.Base(name), "docker-")
	rest, ok := strings.CutPrefix(rest, "compose")
	return ok && rest != "" && strings.Contains(".-_", rest[:1])
}

// hasComposeShape says whether a document has services, and nothing at its top that Compose does not know: the stack files of
// Swarm have any name.
func hasComposeShape(n *yaml.Node) bool {
	known, found := true, false
	entries(n, func(key string, _ *yaml.Node) {
		switch key {
		case "version", "name", "include", "networks", "volumes", "secrets", "configs", "models", "services":
		default:
			known = known && strings.HasPrefix(key, "x-")
		}
	})
	entries(get(n, "services"), func(_ string, service *yaml.Node) {
		image := target(get(service, "image"))
		found = found || get(service, "build") != nil || image != nil && image.Kind == yaml.ScalarNode
	})
	return known && found
}

// fragment finds the images of a fragment, which is one service or holds several.
func (r *reader) fragment(name string, n *yaml.Node, at *trail) {
	if get(n, "image") != nil {
		r.image(formatCompose, name, n, "image", at)
		return
	}
	entries(n, func(key string, value *yaml.Node) { r.fragment(key, value, at.entry(n, key)) })
}

// image adds the reference that stands under a key of a mapping, in a file that is no Kubernetes object. container is what its
// kind of file calls the mapping by.
func (r *reader) image(format, container string, in *yaml.Node, key string, at *trail) {
	n := get(in, key)
	if image := target(n); image == nil || image.Kind != yaml.ScalarNode {
		return
	}
	p := &place{path: r.sheet.path, format: format, container: container}
	p.whole = r.fieldOf(p, PartImage, n, at.entry(in, key))
	if at != nil { // what stands at the top has the whole file around it
		r.around[in] = p
		r.containers = append(r.containers, extentOf(in, p, nil))
	}
	r.keep(p)
}
