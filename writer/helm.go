package writer

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/policy"
)

// values finds the images of Helm values, wherever they stand: in a file of their own, in an object, or in a list of parameters.
type values struct {
	*reader
	// like is what all places have in common.
	like place
	// registry is that of all images which name none, or nil.
	registry *field
	// written says where a value really stands, when values were laid over each other.
	written map[*yaml.Node]*trail
	// names are those of the parameters.
	names map[*trail]string
}

// isImageKey says whether Helm charts put an image under a key of that name.
func isImageKey(key string) bool { return key == "image" || strings.HasSuffix(key, "Image") }

// values finds the images below n, the top of Helm values.
func (r *reader) values(n *yaml.Node, at *trail, like place) {
	if n == nil {
		return
	}
	v := &values{reader: r, like: like}
	v.read(n, at)
}

func (v *values) read(n *yaml.Node, at *trail) {
	global, here := get(n, "global"), at.entry(n, "global")
	v.registry = v.locate(PartName, get(global, "imageRegistry"), v.trail(global, "imageRegistry", here))
	if image := get(global, "image"); v.registry == nil && image != nil {
		v.registry = v.locate(PartName, get(image, "registry"), v.trail(image, "registry", here.entry(global, "image")))
	}
	v.below(n, at, false)
}

// below looks at a value and all that it holds. listed says that it is one of `images`, whatever its own key is.
func (v *values) below(n *yaml.Node, at *trail, listed bool) {
	switch n.Kind {
	case yaml.MappingNode:
		v.mapping(n, at, listed || isImageKey(at.lastKey()) || at.lastKey() == "images")
		lists := listsImages(at)
		entries(n, func(key string, value *yaml.Node) { v.below(value, at.entry(n, key), lists) })
	case yaml.SequenceNode:
		lists := listsImages(at)
		for i, item := range n.Content {
			v.below(item, at.item(n, i), lists)
		}
	case yaml.ScalarNode:
		if listed || isImageKey(at.lastKey()) {
			v.whole(n, at)
		}
	case yaml.DocumentNode, yaml.AliasNode:
		// An alias is written elsewhere: that is where its site is.
	}
}

// listsImages says whether all that stands directly below is images: `images`, and `images.tags` of some charts.
func listsImages(at *trail) bool {
	return at.lastKey() == "images" || at.lastKey() == "tags" && at.up.lastKey() == "images"
}

// place makes an empty place.
func (v *values) place() *place {
	p := v.like
	return &p
}

// trail is the way to an entry of a mapping.
func (v *values) trail(in *yaml.Node, key string, at *trail) *trail {
	return v.trailTo(get(in, key), at.entry(in, key))
}

// trailTo is the way to a node in the file, which is at unless values were laid over each other.
func (v *values) trailTo(n *yaml.Node, at *trail) *trail {
	if written, ok := v.written[n]; ok {
		return written
	}
	return at
}

func (v *values) field(p *place, part Part, in *yaml.Node, key string, at *trail) *field {
	return v.fieldOf(p, part, get(in, key), v.trail(in, key, at))
}

// keep completes a place with what stands around it, and takes it over.
func (v *values) keep(p *place) {
	if p.name != nil && p.registry == nil && v.registry != nil && !hasRegistry(p.name.value()) {
		p.registry = v.registry
	}
	if len(p.fields()) == 0 {
		return
	}
	if name, ok := v.names[p.carrier().at]; ok && p.container == "" {
		p.container = name
	}
	v.reader.keep(p)
}

// hasRegistry says whether a name begins with a registry, as Docker tells it.
func hasRegistry(name string) bool {
	first, _, more := strings.Cut(name, "/")
	return more && (strings.ContainsAny(first, ".:") || first == "localhost")
}

// whole looks at a scalar that can be a reference. Other things stand under such keys, too, so it must have a tag or a digest
// to be believed.
func (v *values) whole(n *yaml.Node, at *trail) {
	image, err := policy.ParseImage(text(n))
	if err != nil || image.Tag == "" && image.Digest == "" {
		return
	}
	p := v.place()
	p.whole = v.fieldOf(p, PartImage, n, v.trailTo(n, at))
	if image.Digest == "" && at.mapping() != nil {
		v.noteStale(p, at.in, at.key, at.up)
	}
	v.keep(p)
}

// mapping looks for an image in parts. sure says that the key above speaks of an image.
func (v *values) mapping(n *yaml.Node, at *trail, sure bool) {
	v.image(n, at, sure)
	v.stems(n, at)
}

// image takes `repository` and `tag`. Below a key that speaks of an image, they may be called `name` and `version`.
func (v *values) image(n *yaml.Node, at *trail, sure bool) {
	name, tag := "repository", "tag"
	if sure && get(n, tag) == nil && get(n, "version") != nil {
		tag = "version"
	}
	repository := v.inherited(n, name)
	if sure && repository == nil {
		name = "name"
		repository = v.inherited(n, name)
	}
	version := textAt(n, tag) != "" || textAt(n, "digest") != ""
	if text(repository) == "" || get(n, tag) == nil && get(n, "digest") == nil && textAt(n, shaKey) == "" {
		return
	}
	if !sure && (!version || !isName(text(repository))) {
		return
	}
	p := v.place()
	v.around[n] = p
	p.name = v.readOnly(p, n, name, at)
	p.registry = v.readOnly(p, n, "registry", at)
	p.tag = v.field(p, PartTag, n, tag, at)
	p.digest = v.field(p, PartDigest, n, "digest", at)
	v.joinSha(p, get(n, shaKey), v.trail(n, shaKey, at))
	v.noteStale(p, n, tag, at)
	v.keep(p)
}

// isName says whether a text is the name of an image without a version.
func isName(s string) bool {
	image, err := policy.ParseImage(s)
	return err == nil && image.Tag == "" && image.Digest == ""
}

// noteStale notes a digest beside a tag that does not move with it.
func (v *values) noteStale(p *place, n *yaml.Node, key string, at *trail) {
	if p.stale != "" {
		return
	}
	if stale := v.leftBehind(p, n, key); stale != "" {
		p.stale = v.trail(n, stale, at).String()
	}
}

// inherited returns an entry of a mapping, also one that is merged into it.
func (v *values) inherited(n *yaml.Node, key string) (value *yaml.Node) {
	if value = get(n, key); value != nil || get(n, "<<") == nil {
		return value
	}
	v.effective(n, func(k string, merged *yaml.Node) {
		if k == key {
			value = merged
		}
	})
	return value
}

// readOnly locates a part of the name. One that is merged belongs to several places, so that a marker on it is for none.
func (v *values) readOnly(p *place, n *yaml.Node, key string, at *trail) *field {
	if get(n, key) != nil {
		return v.field(p, PartName, n, key, at)
	}
	value := v.inherited(n, key)
	return v.locate(PartName, value, v.trailTo(value, at.entry(n, key)))
}
