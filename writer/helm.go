package writer

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/policy"
)

// isImageKey says whether Helm charts put an image under a key of that name.
func isImageKey(key string) bool { return key == "image" || strings.HasSuffix(key, "Image") }

// values looks at what stands under an image key of a values file: a mapping of parts, or a whole reference. Other
// things stand there, too, so a reference must have a tag or a digest to be believed.
func (r *reader) values(n *yaml.Node, at *trail, o *object) {
	p := &place{path: r.sheet.path, format: formatHelm, object: o}
	switch n.Kind {
	case yaml.MappingNode:
		name := "repository"
		if get(n, name) == nil {
			name = "name"
		}
		if textAt(n, name) == "" || get(n, "tag") == nil && get(n, "digest") == nil {
			return
		}
		r.around[n] = p
		p.name = r.field(p, PartName, n, name, at)
		p.registry = r.field(p, PartName, n, "registry", at)
		p.tag = r.field(p, PartTag, n, "tag", at)
		p.digest = r.field(p, PartDigest, n, "digest", at)
		r.joinSha(p, get(n, shaKey), at.entry(n, shaKey))
		if key := r.leftBehind(p, n, "tag"); key != "" {
			p.stale = at.entry(n, key).String()
		}
		r.keep(p)
	case yaml.ScalarNode:
		image, err := policy.ParseImage(text(n))
		if err != nil || image.Tag == "" && image.Digest == "" {
			return
		}
		p.whole = r.fieldOf(p, PartImage, n, at)
		r.keep(p)
	case yaml.DocumentNode, yaml.SequenceNode, yaml.AliasNode:
	}
}
