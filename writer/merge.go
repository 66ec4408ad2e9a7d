package writer

import "go.yaml.in/yaml/v3"

// maxRepeated bounds how many nodes are read through aliases: a few lines can repeat one another any number of times. No
// file without aliases has as many.
const maxRepeated = 1_000_000

// effective calls f for every entry of a mapping as a reader of the whole document sees it: aliases and merges (`<<`) are
// followed. The first entry with a key counts: the mapping's own before merged ones, an earlier merge before a later.
// It does not look behind maxRepeated; readFile leaves out the file then.
func (r *reader) effective(n *yaml.Node, f func(key string, value *yaml.Node)) {
	m := merger{reader: r, f: f, keys: map[string]bool{}, read: map[*yaml.Node]bool{}}
	m.add(n)
}

// merger reads one mapping with all that is merged into it.
type merger struct {
	*reader
	f    func(key string, value *yaml.Node)
	keys map[string]bool
	// read are the mappings that were read: a second time they add nothing.
	read map[*yaml.Node]bool
}

func (m *merger) add(n *yaml.Node) {
	n = target(n)
	if n == nil || n.Kind != yaml.MappingNode || m.read[n] {
		return
	}
	m.read[n] = true
	if m.repeated += len(n.Content); m.repeated > maxRepeated {
		return
	}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode:
		case key.ShortTag() == "!!merge":
			merged = append(merged, value)
		case !m.keys[key.Value]:
			m.keys[key.Value] = true
			m.f(key.Value, target(value))
		}
	}
	for _, value := range merged {
		list := target(value)
		if list.Kind != yaml.SequenceNode {
			m.add(value)
			continue
		}
		for _, each := range list.Content {
			m.add(each)
		}
	}
}

// target returns what an alias stands for, or the node itself.
func target(n *yaml.Node) *yaml.Node {
	if n != nil && n.Alias != nil {
		return n.Alias
	}
	return n
}
