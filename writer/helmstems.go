package writer

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// stems finds images whose parts stand side by side, told apart by how their keys begin: `webImage` and `webTag`,
// `imageRepository` and `imageTag`, `image` and `tag`.
func (v *values) stems(n *yaml.Node, at *trail) {
	var beside map[string]*yaml.Node
	// Tags come first: a digest beside a tag is the tag's.
	for _, part := range []Part{PartTag, PartDigest} {
		entries(n, func(key string, value *yaml.Node) {
			stem, ok := stemOf(key, part)
			if !ok || !v.free(value) {
				return
			}
			if beside == nil {
				beside = map[string]*yaml.Node{}
				entries(n, func(key string, value *yaml.Node) { beside[key] = value })
			}
			v.stem(n, at, beside, stem, key, part)
		})
	}
}

// stemOf returns what a key begins with that ends like the key of a tag or a digest.
func stemOf(key string, part Part) (stem string, ok bool) {
	ends := []string{"digest", "Digest"}
	if part == PartTag {
		ends = []string{"tag", "Tag"}
		if before, isVersion := strings.CutSuffix(key, "Version"); isVersion && isImageKey(before) {
			return before, true
		}
	}
	if key == ends[0] {
		return "", true
	}
	stem, ok = strings.CutSuffix(key, ends[1])
	return stem, ok && stem != ""
}

// stem makes a place of a tag or a digest, when the name stands beside it.
func (v *values) stem(n *yaml.Node, at *trail, beside map[string]*yaml.Node, stem, key string, part Part) {
	names := nameKeysOf(stem)
	i := slices.IndexFunc(names, func(name string) bool { return v.free(beside[name]) && isName(text(beside[name])) })
	if i < 0 {
		return
	}
	p := v.place()
	p.name = v.besides(p, PartName, n, at, beside, names[i])
	registry := "registry"
	if stem != "" && text(beside[stem+"Registry"]) != "" {
		registry = stem + "Registry"
	}
	if node := beside[registry]; text(node) != "" {
		p.registry = v.locate(PartName, node, v.trailTo(node, at.entry(n, registry))) // several images may share it
	}
	if part == PartDigest {
		p.digest = v.besides(p, PartDigest, n, at, beside, key)
		v.keep(p)
		return
	}
	p.tag = v.besides(p, PartTag, n, at, beside, key)
	digest := stem + "Digest"
	if stem == "" || stem == "image" && beside[digest] == nil {
		digest = "digest"
	}
	if v.free(beside[digest]) {
		p.digest = v.besides(p, PartDigest, n, at, beside, digest)
	}
	v.noteStale(p, n, stem+"Tag", at)
	v.keep(p)
}

// nameKeysOf returns the keys under which the name of an image stands, the most telling first.
func nameKeysOf(stem string) []string {
	switch {
	case stem == "":
		return []string{"image", "imageRepository", "imageName"}
	case stem == "image":
		return []string{"imageRepository", "imageName", "image", "repository"}
	case isImageKey(stem):
		return []string{stem + "Repository", stem + "Name", stem}
	default:
		return []string{stem + "Image", stem + "ImageRepository", stem + "ImageName", stem + "Repository"}
	}
}

// besides locates one of the entries beside each other.
func (v *values) besides(p *place, part Part, n *yaml.Node, at *trail, beside map[string]*yaml.Node, key string) *field {
	node := beside[key]
	return v.fieldOf(p, part, node, v.trailTo(node, at.entry(n, key)))
}
