package writer

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// valueStack is the values that one release gets in several ways, laid over each other as Helm does: what comes later wins, and
// the parts of one image may come from different layers.
type valueStack struct {
	*values
	top   *yaml.Node
	count int
}

// maxStacked bounds the work. Values that lie above so many others are read by themselves.
const maxStacked = 100

func (r *reader) valueStack(like place) *valueStack {
	v := &values{reader: r, like: like, written: map[*yaml.Node]*trail{}, names: map[*trail]string{}}
	return &valueStack{values: v, top: &yaml.Node{Kind: yaml.MappingNode}}
}

// read finds the images in what all layers come to.
func (l *valueStack) read() { l.values.read(l.top, nil) }

// add lays values over those before.
func (l *valueStack) add(n *yaml.Node, at *trail) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	l.note(n, at)
	l.lay(n)
}

func (l *valueStack) lay(n *yaml.Node) {
	if l.count++; l.count > maxStacked {
		l.values.read(n, nil)
		return
	}
	l.top = overlay(l.top, n)
}

// note keeps where everything stands, because a layer can end up in a mapping of another.
func (l *valueStack) note(n *yaml.Node, at *trail) {
	l.written[n] = at
	switch n.Kind {
	case yaml.MappingNode:
		entries(n, func(key string, value *yaml.Node) { l.note(value, at.entry(n, key)) })
	case yaml.SequenceNode:
		each(n, at, l.note)
	case yaml.ScalarNode, yaml.DocumentNode, yaml.AliasNode:
	}
}

// addText lays values over those before that are the text of a block.
func (l *valueStack) addText(n *yaml.Node, at *trail) {
	if text(n) == "" {
		return
	}
	docs, err := l.file.Inner(n)
	if err != nil {
		return // a marker in it is reported with those that belong to nothing
	}
	for _, doc := range docs {
		l.findAliases(doc)
	}
	if len(docs) > 0 {
		l.add(docs[0], at) // Helm reads no other
	}
	if l.texted == nil {
		l.texted = map[*yaml.Node][]*yaml.Node{}
	}
	l.texted[n] = docs
}

// addParameters lays a list of names and values over those before, as `helm --set` would take them.
func (l *valueStack) addParameters(n *yaml.Node, at *trail) {
	t := parameterTree{top: &yaml.Node{Kind: yaml.MappingNode}, mappings: map[string]*yaml.Node{}, leaves: map[string]leaf{}}
	each(n, at, func(item *yaml.Node, at *trail) {
		name, value := textAt(item, "name"), get(item, "value")
		if name == "" || value == nil || value.Kind != yaml.ScalarNode {
			return
		}
		here := at.entry(item, "value")
		l.written[value], l.names[here] = here, name
		t.add(name, value)
	})
	l.lay(t.top)
}

// overlay returns one mapping with what stands in either. Both stay as they are.
func overlay(lower, upper *yaml.Node) *yaml.Node {
	if len(lower.Content) == 0 {
		return upper
	}
	over := make(map[string]*yaml.Node, len(upper.Content)/2)
	entries(upper, func(key string, value *yaml.Node) { over[key] = value })
	out := &yaml.Node{Kind: yaml.MappingNode}
	below := make(map[string]bool, len(lower.Content)/2)
	for i := 0; i+1 < len(lower.Content); i += 2 {
		key, value := lower.Content[i], lower.Content[i+1]
		above, both := over[key.Value]
		below[key.Value] = true
		switch {
		case both && above.Kind == yaml.MappingNode && value.Kind == yaml.MappingNode:
			value = overlay(value, above)
		case both:
			value = above
		}
		out.Content = append(out.Content, key, value)
	}
	for i := 0; i+1 < len(upper.Content); i += 2 {
		if !below[upper.Content[i].Value] {
			out.Content = append(out.Content, upper.Content[i], upper.Content[i+1])
		}
	}
	return out
}

// parameterTree is made of parameters: the values that they stand for.
type parameterTree struct {
	top *yaml.Node
	// mappings are those below the top, by the way to them.
	mappings map[string]*yaml.Node
	// leaves are all other values, by the way to them.
	leaves map[string]leaf
}

// leaf is where a value stands in the content of a mapping.
type leaf struct {
	in    *yaml.Node
	index int
}

// dot stands for a dot that is part of a key.
const dot = "\x00"

// maxParameterDepth bounds how deep a name of a parameter can lead. No chart nests its values as deep.
const maxParameterDepth = 20

// add puts a value where `image.tag` or `images[0].tag` say. A dot behind a backslash is part of a key. The last of one name
// wins.
func (t *parameterTree) add(name string, value *yaml.Node) {
	way := strings.NewReplacer(`\.`, dot, "[", ".", "]", "").Replace(name)
	if strings.Count(way, ".") > maxParameterDepth {
		return
	}
	if known, twice := t.leaves[way]; twice {
		known.in.Content[known.index] = value
		return
	}
	in, key := t.top, way
	if i := strings.LastIndexByte(way, '.'); i >= 0 {
		in, key = t.mapping(way[:i]), way[i+1:]
	}
	t.leaves[way] = leaf{in, len(in.Content) + 1}
	in.Content = append(in.Content, keyNode(strings.ReplaceAll(key, dot, ".")), value)
}

func keyNode(key string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}
}

// mapping returns the mapping at a way.
func (t *parameterTree) mapping(way string) *yaml.Node {
	if known := t.mappings[way]; known != nil {
		return known
	}
	in, key := t.top, way
	if i := strings.LastIndexByte(way, '.'); i >= 0 {
		in, key = t.mapping(way[:i]), way[i+1:]
	}
	n := &yaml.Node{Kind: yaml.MappingNode}
	t.mappings[way] = n
	in.Content = append(in.Content, keyNode(strings.ReplaceAll(key, dot, ".")), n)
	return n
}
