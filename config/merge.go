package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// maxMerge bounds how deep merge keys may refer to each other; a mapping can merge itself.
const maxMerge = 8

// pair is a key and a value of a mapping.
type pair struct{ key, value *yaml.Node }

// pairs returns what the mapping at path holds, in the order written, merged keys after its own. Duplicates are reported.
func (d *decoder) pairs(path string, n *yaml.Node) []pair {
	seen := map[string]*yaml.Node{}
	var merged []*yaml.Node
	var out []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch first, twice := seen[key.Value]; {
		case key.ShortTag() == "!!merge":
			merged = append(merged, value)
		case key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str":
			d.complain(path, key, "expected text as a key, found "+nodeName(key), "put it in quotes")
		case twice:
			line, _ := d.src.place(d.src.offset(first))
			d.complain(path, key, fmt.Sprintf("duplicate key %q", short(key.Value)), fmt.Sprintf("it is on line %d already", line))
		default:
			seen[key.Value] = key
			out = append(out, pair{key, value})
		}
	}
	for _, value := range merged {
		out = d.merge(path, value, seen, out, 0)
	}
	return out
}

// merge appends what a merge key brings in: a mapping or a list of them, where what came first wins
// (https://yaml.org/type/merge.html).
func (d *decoder) merge(path string, n *yaml.Node, seen map[string]*yaml.Node, out []pair, depth int) []pair {
	at := n
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if !d.spend(at, 1+len(n.Content)) {
		return out
	}
	if depth > maxMerge {
		d.complain(path, at, "mappings merged too deep", "write them out")
		return out
	}
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			out = d.merge(path, item, seen, out, depth+1)
		}
		return out
	}
	if n.Kind != yaml.MappingNode {
		d.complain(path, at, "expected a mapping to merge, found "+nodeName(n), "")
		return out
	}
	var nested []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.ShortTag() == "!!merge" {
			nested = append(nested, value)
		} else if key.Kind == yaml.ScalarNode && seen[key.Value] == nil {
			seen[key.Value] = key
			out = append(out, pair{key, value})
		}
	}
	for _, value := range nested {
		out = d.merge(path, value, seen, out, depth+1)
	}
	return out
}
