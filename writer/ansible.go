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
	if strings.HasPrefix(path.Base(name), "values") {
		return false // of Helm
	}
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
		a.scope(n, at).find()
		entries(n, func(key string, value *yaml.Node) {
			if value.Kind != yaml.ScalarNode {
				a.entry(key, value, at.entry(n, key))
			}
		})
	case yaml.SequenceNode:
		for i, item := range n.Content {
			a.walk(item, at.item(n, i))
		}
	case yaml.DocumentNode, yaml.ScalarNode, yaml.AliasNode:
	}
}

// entry looks at what stands under a key: the arguments of a module, the parts of an image, or anything.
func (a ansible) entry(key string, value *yaml.Node, at *trail) {
	if value.Kind == yaml.MappingNode {
		switch moduleOf(key) {
		case runsImage:
			a.image(formatAnsible, textAt(value, "name"), value, "image", at)
			return
		case pullsImage:
			a.scope(value, at).parts("", "name", []string{"tag"})
			return
		case noModule:
			if isVariable(key) && a.imageMapping(value, at) {
				return
			}
		}
	}
	a.walk(value, at)
}

// imageMapping adds an image whose parts stand in a mapping of their own.
func (a ansible) imageMapping(n *yaml.Node, at *trail) bool {
	v, name := a.scope(n, at), "repository"
	if v.values[name] == nil {
		name = "name"
	}
	return v.parts("", name, []string{"tag", "version"})
}

// scope is the variables that stand in one mapping.
type scope struct {
	ansible
	in     *yaml.Node
	at     *trail
	values map[string]*yaml.Node
}

// scope reads a mapping. The first entry with a key counts.
func (a ansible) scope(n *yaml.Node, at *trail) scope {
	v := scope{ansible: a, in: n, at: at, values: map[string]*yaml.Node{}}
	entries(n, func(key string, value *yaml.Node) {
		if _, twice := v.values[key]; !twice {
			v.values[key] = value
		}
	})
	return v
}

// find finds the images that the variables name.
func (v scope) find() {
	users := map[string]int{} // of a variable that holds a version
	v.images(func(_ string, value *yaml.Node) {
		if _, version, ok := v.versionOf(value); ok {
			users[version]++
		}
	})
	v.images(func(key string, value *yaml.Node) {
		name, version, ok := v.versionOf(value)
		switch {
		case ok && users[version] == 1:
			v.apart(name, version)
		case !ok:
			v.parts(variableStem(key), key, versionKeys(key))
		}
	})
}

// images calls f for every variable that is called like one that holds an image.
func (v scope) images(f func(key string, value *yaml.Node)) {
	entries(v.in, func(key string, value *yaml.Node) {
		if isVariable(key) && v.values[key] == value {
			f(key, value)
		}
	})
}

// isVariable says whether a variable is called like one that holds an image.
func isVariable(key string) bool {
	for _, end := range []string{"image", "Image", "_image_name", "_image_repo", "_image_repository"} {
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

// parts adds an image that is whole under a key, or whose name stands there and whose tag stands under the first of others; it says
// whether there is one. stem is what the keys of registry and digest begin with.
func (v scope) parts(stem, nameKey string, tagKeys []string) bool {
	name := v.values[nameKey]
	if isReference(name) {
		v.reference(formatAnsible, "", name, v.at.entry(v.in, nameKey))
		return true
	}
	if _, err := policy.ParseImage(text(name)); err != nil {
		return false
	}
	p := &place{path: v.sheet.path, format: formatAnsible}
	p.tag = v.first(p, PartTag, tagKeys)
	if p.tag == nil {
		return false
	}
	p.name = v.fieldOf(p, PartName, name, v.at.entry(v.in, nameKey))
	p.registry = v.first(p, PartName, []string{stem + "image_registry", stem + "registry"})
	p.digest = v.first(p, PartDigest, []string{stem + "image_digest", stem + "digest"})
	for _, key := range []string{stem + "image_sha256", stem + "image_sha", stem + "sha256", stem + "sha"} {
		if shaDigest.MatchString(text(v.values[key])) {
			p.stale = v.at.entry(v.in, key).String()
		}
	}
	v.keep(p)
	return true
}

// first adds the first of several entries that is a scalar with text.
func (v scope) first(p *place, part Part, keys []string) *field {
	for _, key := range keys {
		if value := v.values[key]; v.free(value) {
			return v.fieldOf(p, part, value, v.at.entry(v.in, key))
		}
	}
	return nil
}

// apart adds an image whose name is written where its version is taken from a variable.
func (v scope) apart(name, version string) {
	if value := v.values[version]; v.free(value) {
		p := &place{path: v.sheet.path, format: formatAnsible, said: name}
		p.tag = v.fieldOf(p, PartTag, value, v.at.entry(v.in, version))
		v.keep(p)
	}
}

var (
	// takenVersion is a reference whose tag is one variable.
	takenVersion  = regexp.MustCompile(`^(.+):\{\{\s*(\w+)\s*\}\}$`)
	jinjaVariable = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)
)

// versionOf returns the name in a reference whose tag is a variable beside it, and that variable.
func (v scope) versionOf(reference *yaml.Node) (name, version string, ok bool) {
	found := takenVersion.FindStringSubmatch(text(reference))
	if found == nil || text(v.values[found[2]]) == "" {
		return "", "", false
	}
	name = jinjaVariable.ReplaceAllStringFunc(found[1], func(expression string) string {
		if value := text(v.values[strings.Trim(expression, "{} \t")]); value != "" {
			return value
		}
		return expression
	})
	_, err := policy.ParseImage(name)
	return name, found[2], err == nil
}
