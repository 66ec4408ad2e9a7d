package writer

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/policy"
)

// nameKeys are the siblings that can say the name of an image, the most telling first. Anything can have a `url`, so it comes last.
var nameKeys = []string{"repository", "newName", "image", "name", urlKey}

const urlKey = "url"

// settle completes the places that markers made with what stands beside them.
func (r *reader) settle() {
	siblings := map[*yaml.Node]map[string]*yaml.Node{}
	of := func(mapping *yaml.Node) map[string]*yaml.Node {
		if known, ok := siblings[mapping]; ok {
			return known
		}
		all := map[string]*yaml.Node{}
		entries(mapping, func(key string, value *yaml.Node) {
			if _, twice := all[key]; !twice {
				all[key] = value
			}
		})
		siblings[mapping] = all
		return all
	}
	for _, l := range r.loose {
		if l.place.tag != nil && l.place.digest == nil {
			r.rivals[l.at.mapping()]++
		}
	}
	for _, l := range r.loose {
		p := l.place
		if p.carrier().part == "" {
			p.within = r.placeAround(l.at)
			r.sheet.strays = append(r.sheet.strays, p)
			continue
		}
		if mapping := l.at.mapping(); mapping != nil && p.whole == nil {
			beside := of(mapping)
			told := len(p.claims) > 0 && p.said != "" // the word of a rule counts for more than what stands beside
			if !told {
				r.findName(p, l.at, beside)
			}
			if !told && p.name == nil && l.at.up.lastKey() == "ref" {
				// Flux's OCIRepository: `url` beside `ref: {tag: …}`.
				r.takeName(p, l.at.up, of(l.at.up.mapping()), urlKey)
			}
			r.joinRest(p, l.at, beside)
		}
		r.keep(p)
	}
}

// placeAround returns the place in whose mapping a node stands, or nil. Nothing in a container lies deeper than it looks.
func (r *reader) placeAround(at *trail) *place {
	const deepest = 16
	for range deepest {
		if at == nil {
			return nil
		}
		if p, ok := r.around[at.in]; ok {
			return p
		}
		at = at.up
	}
	return nil
}

// findName takes the name from the siblings.
func (r *reader) findName(p *place, at *trail, siblings map[string]*yaml.Node) {
	for _, key := range nameKeys {
		if p.name != nil {
			return
		}
		// `name` names anything, so it counts only beside a key that speaks of tags: not in a list of variables.
		if key != "name" || p.said == "" && (strings.HasSuffix(strings.ToLower(at.key), "tag") || at.key == "digest") {
			r.takeName(p, at, siblings, key)
		}
	}
}

// joinRest takes registry and the other half of the version from the siblings. What is not marked itself still belongs to the
// same reference: a new tag beside an old digest is the old image.
func (r *reader) joinRest(p *place, at *trail, siblings map[string]*yaml.Node) {
	if p.tag == nil && p.digest == nil {
		return
	}
	if p.name != nil && p.registry == nil {
		p.registry = r.sibling(p, PartName, at, siblings, "registry")
	}
	for _, key := range []string{twin(at.key, "digest", "tag"), "tag", "newTag"} {
		if p.tag == nil {
			p.tag = r.sibling(p, PartTag, at, siblings, key)
		}
	}
	if p.digest == nil {
		r.joinDigest(p, at, siblings)
	}
	r.joinSha(p, siblings[shaKey], at.up.entry(at.in, shaKey))
	if key := r.leftBehind(p, at.mapping(), at.key); key != "" {
		p.stale = at.up.entry(at.in, key).String()
	}
}

// leftBehind returns the key of a digest that stands beside the tag and does not move with it, or "": one under another
// spelling (`sha256`, `Digest`, `webSha`), or one that comes through an alias or a merge and is not this place's to write.
// Old digests win over new tags.
func (r *reader) leftBehind(p *place, mapping *yaml.Node, tagKey string) (found string) {
	if p.tag == nil && p.whole == nil || p.digest.value() != "" || mapping == nil {
		return ""
	}
	digests := r.digestsIn(mapping)
	for _, prefix := range []string{"", "image", strings.TrimSuffix(strings.ToLower(tagKey), "tag")} {
		for _, d := range digests[prefix] {
			if _, taken := r.slots[d.node]; !taken || !d.written {
				return d.key
			}
		}
	}
	return ""
}

// besideDigest is a digest in a mapping, under whatever key. written says that it stands there itself, and not an alias or a merge.
type besideDigest struct {
	key     string
	node    *yaml.Node
	written bool
}

// digestsIn returns the digests of a mapping by what their keys begin with, in lower case. Answers are kept: a mapping can
// have any number of tags.
func (r *reader) digestsIn(mapping *yaml.Node) map[string][]besideDigest {
	if known, ok := r.digests[mapping]; ok {
		return known
	}
	var found map[string][]besideDigest
	var own map[*yaml.Node]bool
	r.effective(mapping, func(key string, value *yaml.Node) {
		begin := digestKey.FindStringSubmatch(strings.ToLower(key))
		if begin == nil || !shaDigest.MatchString(text(value)) {
			return
		}
		if found == nil {
			found, own = map[string][]besideDigest{}, nodeSet(mapping.Content)
		}
		found[begin[1]] = append(found[begin[1]], besideDigest{key, value, own[value]})
	})
	if r.digests == nil {
		r.digests = map[*yaml.Node]map[string][]besideDigest{}
	}
	r.digests[mapping] = found
	return found
}

func nodeSet(nodes []*yaml.Node) map[*yaml.Node]bool {
	set := make(map[*yaml.Node]bool, len(nodes))
	for _, n := range nodes {
		set[n] = true
	}
	return set
}

// digestKey matches keys under which a digest stands, in lower case, and what they begin with.
var digestKey = regexp.MustCompile(`^(.*?)[_-]?(?:digest|sha256|sha)$`)

// joinDigest finds the digest that goes with a tag: `webDigest` beside `webTag`, else `digest`.
func (r *reader) joinDigest(p *place, at *trail, siblings map[string]*yaml.Node) {
	key := twin(at.key, "tag", "digest")
	switch {
	case key == "" || siblings[key] == nil:
		if prefixed := key != "" && key != "digest"; prefixed && r.rivals[at.in] > 1 {
			// `webTag` and `apiTag` beside one `digest`: whose it is cannot be told.
			if r.free(siblings["digest"]) {
				p.stale = at.up.entry(at.in, "digest").String()
			}
			return
		}
		key = "digest"
	case text(siblings[key]) != "" && !r.free(siblings[key]):
		return // it has a marker of its own
	}
	p.digest = r.sibling(p, PartDigest, at, siblings, key)
}

// twin returns the key that says the other half of a version: `webTag` and `webDigest`, `tag` and `digest`. It is "" for a key
// that does not end like that.
func twin(key, from, to string) string {
	upper := func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
	if before, ok := strings.CutSuffix(key, upper(from)); ok {
		return before + upper(to)
	}
	if before, ok := strings.CutSuffix(key, from); ok {
		return before + to
	}
	return ""
}

// shaKey is where some charts keep a digest without its algorithm, and join the two themselves.
const shaKey = "sha"

// joinSha takes the digest that stands under `sha`. Text there that is no digest,
// or one beside another digest, cannot be written anew, and leaving it would deploy the old image under the new tag.
func (r *reader) joinSha(p *place, n *yaml.Node, at *trail) {
	if !r.free(n) {
		return
	}
	var f *field
	if p.digest.value() == "" && shaDigest.MatchString(n.Value) {
		f = r.fieldOf(p, PartDigest, n, at)
	}
	if f == nil {
		p.stale = at.String()
		return
	}
	f.bare = !strings.HasPrefix(f.Value, sha256Prefix)
	p.digest = f
}

// shaDigest is a digest with or without its algorithm.
var shaDigest = regexp.MustCompile(`^(sha256:)?[0-9a-f]{64}$`)

func (r *reader) takeName(p *place, at *trail, siblings map[string]*yaml.Node, key string) {
	value, isOCI := strings.CutPrefix(text(siblings[key]), ociScheme)
	if key == urlKey && !isOCI && (p.object == nil || p.object.kind != "OCIRepository") {
		return
	}
	if image, err := policy.ParseImage(value); err != nil || image.Tag != "" || image.Digest != "" {
		return
	}
	p.name = r.sibling(p, PartName, at, siblings, key)
}

// sibling locates a scalar beside one, unless it belongs to another place.
func (r *reader) sibling(p *place, part Part, at *trail, siblings map[string]*yaml.Node, key string) *field {
	if n := siblings[key]; r.free(n) {
		return r.fieldOf(p, part, n, at.up.entry(at.in, key))
	}
	return nil
}

// free says whether a node is a scalar with text that belongs to no place.
func (r *reader) free(n *yaml.Node) bool {
	_, taken := r.slots[n]
	return text(n) != "" && !taken
}
