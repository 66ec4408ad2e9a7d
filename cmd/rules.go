package cmd

import (
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/bumpboat/bumpboat/config"
	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// rulesIn returns the named policies and rules of the repository's own bumpboat.yaml, if it has one, with its guards
// and the operator's. A broken file stops the repository, because what it forbids is not known; when only some of its
// policies are broken, the rest counts, and broken says what is wrong.
func rulesIn(files []tree.File, guards policy.Guards) (rules writer.Rules, broken *config.Problems, err error) {
	c := compiler{guards: guards}
	if i := slices.IndexFunc(files, func(f tree.File) bool { return f.Path == environmentFile }); i >= 0 {
		c.env, err = config.LoadEnvironment(files[i].Path, files[i].Content)
	}
	if problems, ok := errors.AsType[*config.Problems](err); ok && problems.Partial {
		broken, err = problems, nil
	}
	if err != nil {
		return writer.Rules{}, nil, err
	}
	return c.rules(), broken, nil
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

// compiler makes policies of what people write: it fills in what they extend and cuts the guards into them.
type compiler struct {
	env config.Environment
	// guards are the operator's.
	guards policy.Guards
}

// rules returns everything that governs images from afar, ready for use.
func (c compiler) rules() writer.Rules {
	rules := writer.Rules{Policies: map[string]policy.Policy{}, Images: map[string]string{}, Compile: c.compile}
	for name := range c.env.Policies {
		rules.Policies[name] = c.text(name)
		if image := c.image(name); image != "" {
			rules.Images[name] = image
		}
	}
	for _, r := range c.env.Rules {
		rule := writer.Rule{Match: writer.Match(r.Match), Line: r.Line}
		if named, ok := rules.Policies[r.Policy]; ok {
			rule.Policy, rule.Name = named, r.Policy
		} else {
			rule.Policy = c.text(r.Policy)
		}
		rules.Rules = append(rules.Rules, rule)
	}
	return rules
}

// compile makes a policy of a spec. That it extends a broken policy is no mistake of its own.
func (c compiler) compile(s policy.Spec) (policy.Policy, error) {
	if p, ok := c.env.Broken[s.Extends]; ok {
		return brokenPolicy{fmt.Sprintf("%s:%d:%d: %s", p.Path, p.Line, p.Column, p.Message)}, nil
	}
	s, err := policy.Resolve(s, c.env.Policies)
	if err != nil {
		return nil, err
	}
	return policy.Compile(c.guards.Cut(c.env.Guards.Cut(s)))
}

// text makes a policy of its name or of an expression.
func (c compiler) text(text string) policy.Policy {
	spec, err := policy.Spec{Extends: text}, error(nil)
	if _, named := c.env.Policies[text]; !named {
		spec, err = policy.Parse(text)
	}
	var p policy.Policy
	if err == nil {
		p, err = c.compile(spec)
	}
	if err != nil {
		return brokenPolicy{err.Error()}
	}
	return p
}

// image returns the image repository of a named policy, its own or that of what it extends.
func (c compiler) image(name string) string {
	s, err := policy.Resolve(policy.Spec{Extends: name}, c.env.Policies)
	if err != nil {
		return ""
	}
	return s.Image
}

// brokenPolicy stands for a policy that cannot be used, until it is known which sites it governs.
type brokenPolicy struct{ why string }

// Decide leaves everything alone.
func (brokenPolicy) Decide(current policy.Image, _ policy.Offer) (policy.Decision, []policy.Need) {
	return policy.Unmanaged(current), nil
}

func (p brokenPolicy) String() string { return "broken: " + p.why }

// reasonBroken is why sites are left alone whose policy cannot be used.
const reasonBroken = "policy/invalid"

// addBroken reports what is wrong with policies of a file whose rest counts.
func (r *Report) addBroken(problems *config.Problems) {
	if problems == nil {
		return
	}
	before := len(r.Errors)
	r.addError(problems)
	for i := range r.Errors[before:] {
		r.Errors[before+i].Reason = reasonBroken
	}
}

// holdBroken takes policies that cannot be used off their sites, and says so at each.
func (r *Report) holdBroken(sites []writer.Site) {
	for i, s := range sites {
		if p, ok := s.Policy.(brokenPolicy); ok {
			sites[i].Policy, sites[i].Reason = nil, reasonBroken
			r.Errors = append(r.Errors, ErrorReport{
				Kind: string(fault.Invalid), Message: "left alone, because its policy is broken: " + p.why,
				Hint: "correct the policy there", Path: s.Path, Line: s.Line, Column: s.Column, Reason: reasonBroken,
			})
		}
	}
}
