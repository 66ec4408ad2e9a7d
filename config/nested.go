package config

import (
	"maps"

	"github.com/bumpboat/bumpboat/policy"
)

// LoadNested reads a bumpboat.yaml that is not at the root, below a directory that outer is for. What it returns is
// complete but for the rules of outer: a named policy that the file does not have is that of outer, as it is there, and so
// are the guards, which it cannot have. Else it is like LoadEnvironment.
func LoadNested(path string, data []byte, outer Environment) (Environment, error) {
	return load(path, data, func(d *decoder, e *Environment) {
		for _, key := range []string{"guards", "paths", "ignore"} {
			d.reportKey(key, key+" in a file that is not at the root", onlyAtRoot[key])
		}
		e.inherit(d, outer)
	})
}

// onlyAtRoot has the keys that only the file at the root may have, and what to do instead.
var onlyAtRoot = map[string]string{
	"guards": "move them into the file at the root, or write the limits into the policies here",
	"paths":  "move them into the file at the root",
	"ignore": "move them into the file at the root, or write a .bumpboatignore here",
}

// inherit takes over what outer says and the file does not. What a policy of outer extends is filled in, so that a policy
// of the same name here does not change it.
func (e *Environment) inherit(d *decoder, outer Environment) {
	e.Guards, e.Paths, e.Ignore = outer.Guards, outer.Paths, outer.Ignore
	own := e.Policies
	e.Policies = maps.Clone(own)
	if e.Policies == nil {
		e.Policies = map[string]policy.Spec{}
	}
	e.Broken, e.Inherited = map[string]Problem{}, map[string]bool{}
	for name, spec := range outer.Policies {
		if _, ok := own[name]; ok {
			continue
		}
		if spec.Extends != "" {
			if whole, err := policy.Resolve(policy.Spec{Extends: name}, outer.Policies); err == nil {
				spec = whole
			}
		}
		spec.Extends = "" // where it could not be filled in, the policy is broken anyway
		e.Policies[name], e.Inherited[name] = spec, true
		if problem, ok := outer.Broken[name]; ok {
			e.Broken[name] = problem
			d.broken[entry("policies", name)] = true
		}
	}
}
