package writer

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/policy"
)

const formatAnsible = "ansible"

// findAnsible finds the images of variable files, playbooks and lists of tasks.
func findAnsible(r *reader, n *yaml.Node, at *trail, o *object) bool {
	if o.isObject() || !isVariables(r.sheet.path, n) && !isPlaybook(n) {
		return false
	}
	a := ansible{r}
	a.walk(n, at)
	return true
}

// isVariables says whether a document is a file of variables, by where Ansible looks for those.
func isVariables(name string, n *yaml.Node) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	dirs := strings.Split(path.Dir(name), "/")
	last := dirs[len(dirs)-1]
	return slices.Contains(dirs, "group_vars") || slices.Contains(dirs, "host_vars") || last == "vars" || last == "defaults"
}

// isPlaybook says whether a document is a list of plays or of tasks.
func isPlaybook(n *yaml.Node) bool {
	if n.Kind != yaml.SequenceNode {
		return false
	}
	return slices.ContainsFunc(n.Content, func(item *yaml.Node) (found bool) {
		entries(item, func(key string, value *yaml.Node) {
			found = found || key == "hosts" || key == "block" || value.Kind == yaml.MappingNode && moduleOf(key) != noModule
		})
		return found
	})
}

// module is how a module of Ansible is told its image. The set is closed.
type module int

const (
	noModule module = iota
	// runsImage is one with `image`, the name being that of the container.
	runsImage
	// pullsImage is one with `name` and `tag`.
	pullsImage
)

// moduleOf knows modules with and without the name of their collection.
func moduleOf(key string) module {
	switch key[strings.LastIndexByte(key, '.')+1:] {
	case "docker_container", "podman_container", "docker_swarm_service":
		return runsImage
	case "docker_image", "docker_image_pull", "podman_image":
		return pullsImage
	default:
		return noModule
	}
}

// ansible reads one document of Ansible.
type ansible struct{ *reader }

func (a ansible) walk(n *yaml.Node, at *trail) {
	switch n.Kind {
	case yaml.MappingNode:
		if isWhole(n) { // the definition that is given to Kubernetes
			a.whole = append(a.whole, spot{n, at})
			return
		}
		a.variables(n, at)
		entries(n, func(key string, value *yaml.Node) {
			here := at.entry(n, key)
			switch {
			case value.Kind == yaml.MappingNode && moduleOf(key) == runsImage:
				a.image(formatAnsible, textAt(value, "name"), value, "image", here)
			case value.Kind == yaml.MappingNode && moduleOf(key) == pullsImage:
				a.parts("", value, "name", []string{"tag"}, here)
			case value.Kind == yaml.MappingNode && isVariable(key) &&
				a.parts("", value, firstOf(value, "repository", "name"), []string{"tag", "version"}, here):
			default:
				a.walk(value, here)
			}
		})
	case yaml.SequenceNode:
		for i, item := range n.Content {
			a.walk(item, at.item(n, i))
		}
	case yaml.DocumentNode, yaml.ScalarNode, yaml.AliasNode:
	}
}

func firstOf(n *yaml.Node, keys ...string) string {
	for _, key := range keys {
		if get(n, key) != nil {
			return key
		}
	}
	return keys[0]
}

// variables finds the images that the variables of one mapping name.
func (a ansible) variables(n *yaml.Node, at *trail) {
	users := map[*yaml.Node]int{}
	entries(n, func(key string, value *yaml.Node) {
		if _, version, ok := versionOf(n, value); ok && isVariable(key) {
			users[get(n, version)]++
		}
	})
	entries(n, func(key string, value *yaml.Node) {
		if !isVariable(key) || value.Kind != yaml.ScalarNode {
			return
		}
		name, version, ok := versionOf(n, value)
		switch {
		case isReference(value):
			a.image(formatAnsible, "", n, key, at)
		case ok && users[get(n, version)] == 1:
			a.apart(name, get(n, version), at.entry(n, version))
		case !ok:
			a.parts(variableStem(key), n, key, versionKeys(key), at)
		}
	})
}

// isVariable says whether a variable is called like one that holds an image.
func isVariable(key string) bool {
	for _, end := range []string{"image", "_image_name", "_image_repo", "_image_repository"} {
		if strings.HasSuffix(key, end) {
			return true
		}
	}
	return false
}

// variableStem returns what the variables of one image begin with: `nginx_` for `nginx_image` and `nginx_image_name`.
func variableStem(key string) string {
	for _, end := range []string{"_name", "_repo", "_repository"} {
		key = strings.TrimSuffix(key, end)
	}
	return strings.TrimSuffix(key, "image")
}

// versionKeys returns the variables in which the version of an image can stand that is named under a key.
func versionKeys(key string) []string {
	stem := variableStem(key)
	keys := []string{stem + "image_tag", stem + "image_version", stem + "tag"}
	if stem != "" { // anything can have a version
		keys = append(keys, stem+"version")
	}
	return keys
}

// parts adds an image whose name stands under one key and its tag under the first other that is there, and says whether there is
// one. stem is what the keys of registry and digest begin with.
func (a ansible) parts(stem string, n *yaml.Node, nameKey string, tagKeys []string, at *trail) bool {
	name := get(n, nameKey)
	if isReference(name) {
		a.image(formatAnsible, "", n, nameKey, at)
		return true
	}
	if _, err := policy.ParseImage(text(name)); err != nil {
		return false
	}
	p := &place{path: a.sheet.path, format: formatAnsible}
	p.tag = a.first(p, PartTag, n, tagKeys, at)
	if p.tag == nil {
		return false
	}
	p.name = a.field(p, PartName, n, nameKey, at)
	p.registry = a.first(p, PartName, n, []string{stem + "image_registry", stem + "registry"}, at)
	p.digest = a.first(p, PartDigest, n, []string{stem + "image_digest", stem + "digest"}, at)
	if key := a.leftBehind(p, n, p.tag.at.key); key != "" {
		p.stale = at.entry(n, key).String()
	}
	a.keep(p)
	return true
}

// first adds the first of several entries that is a scalar with text.
func (a ansible) first(p *place, part Part, n *yaml.Node, keys []string, at *trail) *field {
	for _, key := range keys {
		if value := get(n, key); a.free(value) {
			return a.fieldOf(p, part, value, at.entry(n, key))
		}
	}
	return nil
}

// apart adds an image whose name is written where its version is taken from a variable.
func (a ansible) apart(name string, version *yaml.Node, at *trail) {
	if !a.free(version) {
		return
	}
	p := &place{path: a.sheet.path, format: formatAnsible, said: name}
	p.tag = a.fieldOf(p, PartTag, version, at)
	a.keep(p)
}

var (
	// takenVersion is a reference whose tag is one variable.
	takenVersion  = regexp.MustCompile(`^(.+):\{\{\s*(\w+)\s*\}\}$`)
	jinjaVariable = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)
)

// versionOf returns the name in a reference whose tag is a variable of the same mapping, and that variable.
func versionOf(n, reference *yaml.Node) (name, version string, ok bool) {
	found := takenVersion.FindStringSubmatch(text(reference))
	if found == nil || textAt(n, found[2]) == "" {
		return "", "", false
	}
	name = jinjaVariable.ReplaceAllStringFunc(found[1], func(v string) string {
		if value := textAt(n, strings.Trim(v, "{} \t")); value != "" {
			return value
		}
		return v
	})
	_, err := policy.ParseImage(name)
	return name, found[2], err == nil
}
