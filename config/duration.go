package config

import (
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// Duration is a length of time, written as `90s`, `5m` or `1h30m`.
type Duration time.Duration

// Duration returns it as the standard library's type.
func (t Duration) Duration() time.Duration { return time.Duration(t) }

// String returns the duration as it would be written.
func (t Duration) String() string { return t.Duration().String() }

// MarshalText is the written form, for JSON and YAML.
func (t Duration) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

func (t *Duration) decode(d *decoder, path string, n *yaml.Node) {
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
		*t = Duration(value)
	}
}
