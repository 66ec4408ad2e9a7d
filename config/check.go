package config

import "go.yaml.in/yaml/v3"

// report adds a problem with the value at path, or with what it would stand in when it was not written. It says
// nothing about what is known to be broken: one mistake, one problem.
func (d *decoder) report(path, message, hint string) { d.reportWithin(path, 0, message, hint) }

// reportWithin is report for one byte of a text.
func (d *decoder) reportWithin(path string, byteOfValue int, message, hint string) {
	n, written := d.values[path]
	for at, ok := path, true; ok; at, ok = parent(at) {
		if d.broken[at] {
			return
		}
		if n == nil {
			n = d.values[at]
		}
	}
	d.broken[path] = true
	offset := d.src.offset(n)
	if written && n.Kind == yaml.ScalarNode && byteOfValue > 0 {
		offset = d.src.within(n, byteOfValue)
	}
	d.problems = append(d.problems, d.src.problem(offset, message, hint))
}

// reportKey adds a problem with a key of a mapping.
func (d *decoder) reportKey(path, message, hint string) {
	if n := d.keys[path]; n != nil {
		d.complain(n, message, hint)
	}
}
