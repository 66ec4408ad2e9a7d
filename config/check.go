package config

import "go.yaml.in/yaml/v3"

// report adds a problem with the value at path, or with what it would stand in when it was not written. It says
// nothing about what is known to be broken: one mistake, one problem.
func (d *decoder) report(path, message, hint string) { d.reportWithin(path, 0, message, hint) }

// reportWithin is report for one byte of a text.
func (d *decoder) reportWithin(path string, byteOfValue int, message, hint string) {
	if d.isBroken(path) {
		return
	}
	n, written := d.values[path]
	for at, ok := path, true; ok && n == nil; at, ok = parent(at) {
		n = d.values[at]
	}
	d.broken[path] = true
	offset := d.src.offset(n)
	if written && n.Kind == yaml.ScalarNode && byteOfValue > 0 {
		offset = d.src.within(n, byteOfValue)
	}
	d.add(path, d.src.problem(offset, message, hint))
}

// isBroken says that a problem with the value at path or with what it stands in is reported already.
func (d *decoder) isBroken(path string) bool {
	for at, ok := path, true; ok; at, ok = parent(at) {
		if d.broken[at] {
			return true
		}
	}
	return false
}

// reportKey adds a problem with a key of a mapping.
func (d *decoder) reportKey(path, message, hint string) {
	if n := d.keys[path]; n != nil {
		d.complain(path, n, message, hint)
	}
}
