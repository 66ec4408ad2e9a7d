package writer

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/writer/yamledit"
)

const (
	kustomizeGroup     = "kustomize.config.k8s.io"
	fluxKustomizeGroup = "kustomize.toolkit.fluxcd.io"
)

// kustomization is what one document deploys and what it changes in that: kustomize's own, a component, or Flux's
// Kustomization, which deploys a directory. Paths are those of the repository.
type kustomization struct {
	path string
	// deploys says that its resource is a directory which it deploys: it is Flux's Kustomization, or an Application.
	deploys bool
	// resources are files and directories, with what older files call bases; patches are files whose objects are laid over those
	// of the same name.
	resources, components, patches []string
	images                         []imageEntry
	// variables are what Flux fills in, and configMaps the names of those that have more of them.
	variables  variables
	configMaps []string
	object     *object
	// list is where `images` stands.
	list imageList
}

// imageEntry is one entry of `images`. It works on the images whose name, without tag and digest, is exactly its own.
type imageEntry struct {
	name, newName string
	// place is that of the entry, and versioned says that it sets the tag or the digest.
	place     *place
	versioned bool
	// keys are those of an entry that has no others than these two, in their order; nil for any other.
	keys []yamledit.Pair
}

// result is the name that the image has behind the entry.
func (e imageEntry) result() string { return cmp.Or(e.newName, e.name) }

// isKustomizationFile says whether kustomize looks for a file of that name when it is given a directory.
func isKustomizationFile(name string) bool {
	switch path.Base(name) {
	case "kustomization.yaml", "kustomization.yml", "Kustomization":
		return true
	default:
		return false
	}
}

// isKustomization says whether a document is kustomize's own, or Flux's Kustomization, which has the same list of
// images. kustomize lets its own files leave out apiVersion and kind.
func (r *reader) isKustomization(o *object) bool {
	if isKustomizationFile(r.sheet.path) && !o.isObject() {
		return true
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

// kustomization reads what is deployed, and finds the entries of `images`. What kustomize puts into the manifests is the new
// name, or the name that it looks for when there is no new one.
func (r *reader) kustomization(n *yaml.Node, at *trail, o *object) {
	k := &kustomization{path: r.sheet.path, object: o, deploys: o.group() == fluxKustomizeGroup}
	dir := path.Dir(r.sheet.path)
	if k.deploys {
		n, at = get(n, "spec"), at.entry(n, "spec")
		dir = path.Clean("./" + strings.TrimPrefix(textAt(n, "path"), "/"))
		switch textAt(get(n, "sourceRef"), "kind") {
		case "", "GitRepository": // what comes from a bucket or a registry is no directory of this repository
			if textAt(n, "path") != "" && inside(dir) {
				k.resources = []string{dir}
			}
		}
		r.postBuild(k, get(n, "postBuild"), at.entry(n, "postBuild"))
	} else {
		k.resources = append(localPaths(dir, get(n, "resources")), localPaths(dir, get(n, "bases"))...)
		k.patches = localPaths(dir, get(n, "patchesStrategicMerge"))
		k.readPatches(dir, get(n, "patches"))
	}
	k.components = localPaths(dir, get(n, "components"))
	r.sheet.kustomizations = append(r.sheet.kustomizations, k)
	images := get(n, "images")
	if !k.deploys {
		k.list = r.imageList(n, images, at.entry(n, "images"))
	}
	if images == nil || images.Kind != yaml.SequenceNode {
		return
	}
	for i, entry := range images.Content {
		k.images = append(k.images, r.imageEntry(entry, at.entry(n, "images").item(images, i), o))
	}
}

// imageList notes where the list stands: at its key, or at the beginning of a file that has none.
func (r *reader) imageList(n, images *yaml.Node, at *trail) imageList {
	list := imageList{at: at, line: 1, column: 1}
	if images == nil {
		return list
	}
	list.line, list.column = r.position(n.Content[slices.Index(n.Content, images)-1])
	list.entries = len(images.Content)
	return list
}

func (r *reader) imageEntry(n *yaml.Node, at *trail, o *object) imageEntry {
	e := imageEntry{name: textAt(n, "name"), newName: textAt(n, "newName")}
	e.place = &place{path: r.sheet.path, format: formatKustomize, object: o}
	name := "name"
	if e.newName != "" {
		name = "newName"
	}
	r.around[n] = e.place
	e.place.name = r.field(e.place, PartName, n, name, at)
	e.place.tag = r.field(e.place, PartTag, n, "newTag", at)
	e.place.digest = r.field(e.place, PartDigest, n, "digest", at)
	e.versioned = e.place.hasVersion()
	e.keys = renaming(n)
	r.keep(e.place)
	return e
}

// renaming returns the keys of an entry that says names and nothing else, or nil.
func renaming(n *yaml.Node) []yamledit.Pair {
	var keys []yamledit.Pair
	entries(n, func(key string, value *yaml.Node) {
		if (key == "name" || key == "newName") && text(value) != "" {
			keys = append(keys, yamledit.Pair{Key: key, Value: value.Value})
		}
	})
	if 2*len(keys) != len(n.Content) || textAt(n, "name") == "" {
		return nil
	}
	return keys
}

// localPaths returns the entries of a list that can be paths of the repository, seen from dir. What is somewhere else, such
// as `https://…`, leads to no file here; nothing is ever asked for outside.
func localPaths(dir string, list *yaml.Node) []string {
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	var out []string
	for _, item := range list.Content {
		if p, ok := localPath(dir, text(item)); ok {
			out = append(out, p)
		}
	}
	return out
}

// readPatches reads `patches: [{path: …}]`. A patch with a target works on whatever that selects, so nothing is known of it but that
// its images are deployed.
func (k *kustomization) readPatches(dir string, list *yaml.Node) {
	each(list, nil, func(item *yaml.Node, _ *trail) {
		switch p, ok := localPath(dir, textAt(item, "path")); {
		case !ok:
		case get(item, "target") == nil:
			k.patches = append(k.patches, p)
		default:
			k.resources = append(k.resources, p)
		}
	})
}

func localPath(dir, name string) (string, bool) {
	if name == "" || path.IsAbs(name) || strings.Contains(name, "://") {
		return "", false
	}
	p := path.Join(dir, name)
	return p, inside(p)
}

// inside says whether a clean path stays in the repository.
func inside(p string) bool { return p != ".." && !strings.HasPrefix(p, "../") }
