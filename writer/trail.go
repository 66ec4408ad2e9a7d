package writer

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// trail is the way from the top of a document to a node. It is written out only for what is found.
type trail struct {
	up *trail
	// in is the mapping or sequence in which the node stands.
	in    *yaml.Node
	key   string
	index int
}

func (t *trail) entry(in *yaml.Node, key string) *trail { return &trail{up: t, in: in, key: key} }

func (t *trail) item(in *yaml.Node, index int) *trail { return &trail{up: t, in: in, index: index} }

// lastKey returns the key under which the node stands, or "".
func (t *trail) lastKey() string {
	if t == nil {
		return ""
	}
	return t.key
}

// mapping returns the mapping in which the node stands, or nil.
func (t *trail) mapping() *yaml.Node {
	if t == nil || t.in.Kind != yaml.MappingNode {
		return nil
	}
	return t.in
}

// String returns the dotted form: `spec.containers[0].image`, with double quotes around a key that is not plain.
func (t *trail) String() string {
	var steps []string
	for ; t != nil; t = t.up {
		switch {
		case t.in.Kind == yaml.SequenceNode:
			steps = append(steps, "["+strconv.Itoa(t.index)+"]")
		case t.up != nil:
			steps = append(steps, "."+quoteKey(t.key))
		default:
			steps = append(steps, quoteKey(t.key))
		}
	}
	var b strings.Builder
	for _, step := range slices.Backward(steps) {
		b.WriteString(step)
	}
	return b.String()
}

func quoteKey(key string) string {
	if key == "" || strings.ContainsAny(key, ".[]\"\\* \t\r\n") {
		return strconv.Quote(key)
	}
	return key
}

// entries calls f for every entry of a mapping whose key is a plain value.
func entries(n *yaml.Node, f func(key string, value *yaml.Node)) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Kind == yaml.ScalarNode {
			f(n.Content[i].Value, n.Content[i+1])
		}
	}
}

// get returns the value of the first entry with that key, or nil. Aliases are not followed: what stands behind one is
// written elsewhere.
func get(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Kind == yaml.ScalarNode && n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// text returns the value of a scalar that is not null, or "".
func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return ""
	}
	return n.Value
}

// textAt returns the text of a field of a mapping.
func textAt(n *yaml.Node, key string) string { return text(get(n, key)) }
