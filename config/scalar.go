package config

import (
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/policy"
)

// Duration is a length of time, written as `90s`, `5m` or `1h30m`.
type Duration = policy.Duration

// duration reads a policy.Duration.
func (d *decoder) duration(path string, n *yaml.Node, out *policy.Duration) {
	const hint = "a number with a unit: 90s, 5m, 1h30m"
	if _, err := strconv.Atoi(n.Value); err == nil && n.Kind == yaml.ScalarNode {
		d.fail(path, d.values[path], "a duration without a unit", "for example "+short(n.Value)+"s or "+short(n.Value)+"m")
		return
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
		d.fail(path, d.values[path], "expected a duration, found "+nodeName(n), hint)
		return
	}
	value, err := time.ParseDuration(n.Value)
	switch {
	case err != nil:
		d.fail(path, d.values[path], "not a duration", hint)
	case value < 0:
		d.fail(path, d.values[path], "a negative duration", hint)
	default:
		*out = policy.Duration(value)
	}
}

// plain reads a policy.Scalar: whatever YAML takes it for, it is kept as it is written.
func (d *decoder) plain(path string, n *yaml.Node, out *policy.Scalar) {
	switch n.ShortTag() {
	case "!!str", "!!int", "!!float", "!!bool", "!!timestamp":
		*out = policy.Scalar(n.Value)
	default:
		d.fail(path, d.values[path], "expected text or a number, found "+nodeName(n), "")
	}
}

// words reads a policy.Words: true, false, a word or a list of words.
func (d *decoder) words(path string, n *yaml.Node, out *policy.Words) {
	switch {
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool":
		*out = policy.Words(strings.ToLower(n.Value))
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" && n.Value != "":
		*out = policy.Words(n.Value)
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0:
		*out = policy.Words(strings.Join(d.wordList(path, n), ","))
	case n.Kind == yaml.SequenceNode:
		d.fail(path, d.values[path], "an empty list", "name the words, or write false")
	default:
		d.fail(path, d.values[path], "expected true, false or a list of words, found "+nodeName(n), "for example [rc, beta]")
	}
}

func (d *decoder) wordList(path string, n *yaml.Node) []string {
	var list []string
	for i, item := range n.Content {
		at := index(path, i)
		d.values[at] = item
		if !d.spend(item, 1) {
			break
		}
		if item.Kind == yaml.AliasNode {
			item = item.Alias
		}
		if item.Kind != yaml.ScalarNode || item.ShortTag() != "!!str" || item.Value == "" || strings.Contains(item.Value, ",") {
			d.fail(at, d.values[at], "not a word", "write one word, in quotes when it looks like something else")
			continue
		}
		list = append(list, item.Value)
	}
	return list
}
