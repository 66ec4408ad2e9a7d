package cmd

import (
	"fmt"
	"path"
	"slices"

	"github.com/bumpboat/bumpboat/config"
	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// rulesIn returns the named policies and rules of the repository's own bumpboat.yaml, if it has one. A broken
// file stops the repository: what it forbids is not known.
func rulesIn(files []tree.File) (writer.Rules, error) {
	i := slices.IndexFunc(files, func(f tree.File) bool { return f.Path == environmentFile })
	if i < 0 {
		return writer.Rules{}, nil
	}
	env, err := config.LoadEnvironment(files[i].Path, files[i].Content)
	if err != nil {
		return writer.Rules{}, err
	}
	return compileRules(env)
}

// environmentFile is where an environment repository keeps its policies and rules.
const environmentFile = "bumpboat.yaml"

// nestedConfigs returns the directories below the root that have a bumpboat.yaml of their own.
func nestedConfigs(files []tree.File) []string {
	var dirs []string
	for _, f := range files {
		if dir, name := path.Split(f.Path); name == environmentFile && dir != "" {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func compileRules(env config.Environment) (writer.Rules, error) {
	rules := writer.Rules{Policies: map[string]policy.Policy{}, Images: map[string]string{}}
	for name, spec := range env.Policies {
		compiled, err := policy.Compile(spec)
		if err != nil {
			return writer.Rules{}, fmt.Errorf("compiling policy %s of %s: %w", name, environmentFile, err)
		}
		rules.Policies[name] = compiled
		if spec.Image != "" {
			rules.Images[name] = spec.Image
		}
	}
	for _, r := range env.Rules {
		rule := writer.Rule{Match: writer.Match(r.Match), Place: fmt.Sprintf("%s:%d", environmentFile, r.Line)}
		if named, ok := rules.Policies[r.Policy]; ok {
			rule.Policy, rule.Name = named, r.Policy
		} else {
			spec, err := policy.Parse(r.Policy)
			if err == nil {
				rule.Policy, err = policy.Compile(spec)
			}
			if err != nil {
				return writer.Rules{}, fmt.Errorf("compiling the policy of %s: %w", rule.Place, err)
			}
		}
		rules.Rules = append(rules.Rules, rule)
	}
	return rules, nil
}
