package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bumpboat/bumpboat/config"
	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// environmentFile is where an environment repository keeps its policies and rules: one at the root, and one in any
// directory, for what is below it.
const environmentFile = tree.ConfigFile

// selection says which files of a repository are read: what files called .bumpboatignore, the bumpboat.yaml at its root and
// the operator's limits leave.
func selection(limits ...tree.Limit) tree.Selection {
	return tree.Selection{Limits: limits, Config: func(content []byte) tree.Limit {
		env, _ := config.LoadEnvironment(environmentFile, content) // what is wrong with it is reported when its rules are read
		return tree.Limit{Paths: env.Paths, Ignore: env.Ignore}
	}}
}

// ruleSet is what the files named bumpboat.yaml of a repository come to.
type ruleSet struct {
	rules writer.Rules
	// partly are the problems of files whose rest counts.
	partly []*config.Problems
	// held are the problems of files of which nothing counts, by their directory with a slash at the end.
	held map[string]*config.Problems
}

// rulesIn reads the files named bumpboat.yaml, and cuts the guards of the one at the root and the operator's into all
// policies. A broken file at the root is an error, because what it forbids is not known; one below holds its directory. When
// only some of its policies are broken, the rest counts.
func rulesIn(files []tree.File, skipped []tree.Skipped, guards policy.Guards) (ruleSet, error) {
	var root config.Environment
	set := ruleSet{held: heldBySkipped(skipped)}
	if problems, ok := set.held[""]; ok {
		return ruleSet{}, problems
	}
	if i := slices.IndexFunc(files, func(f tree.File) bool { return f.Path == environmentFile }); i >= 0 {
		var err error
		root, err = config.LoadEnvironment(files[i].Path, files[i].Content)
		if whole := set.note(err); whole != nil {
			return ruleSet{}, whole
		}
	}
	set.rules = compiler{env: root, guards: guards}.rules(writer.Rules{}, "")
	environments := map[string]config.Environment{"": root}
	for _, f := range nestedConfigs(files) {
		dir, _ := path.Split(f.Path)
		if set.isHeld(dir) {
			continue // what it may name is not known
		}
		outer := nearest(environments, dir)
		env, err := config.LoadNested(f.Path, f.Content, environments[outer])
		if whole := set.note(err); whole != nil {
			set.held[dir] = whole
			continue
		}
		if set.rules.Below == nil {
			set.rules.Below = map[string]writer.Rules{}
		}
		farther := set.rules
		if outer != "" {
			farther = set.rules.Below[outer]
		}
		environments[dir] = env
		set.rules.Below[dir] = compiler{env: env, guards: guards}.rules(farther, dir)
	}
	return set, nil
}

// heldBySkipped returns the directories whose bumpboat.yaml is there and was not read.
func heldBySkipped(skipped []tree.Skipped) map[string]*config.Problems {
	held := map[string]*config.Problems{}
	for _, s := range skipped {
		if dir, name := path.Split(s.Path); name == environmentFile {
			held[dir] = &config.Problems{List: []config.Problem{{
				Path: s.Path, Message: "not read: " + s.Reason, Hint: "let it be a file of its own that can be read: what it forbids is not known",
			}}}
		}
	}
	return held
}

// note keeps the problems of a file whose rest counts, and returns those of any other.
func (s *ruleSet) note(err error) (whole *config.Problems) {
	problems, ok := errors.AsType[*config.Problems](err)
	if ok && problems.Partial {
		s.partly = append(s.partly, problems)
		return nil
	}
	return problems
}

// isHeld says whether a path lies below a directory of whose file nothing counts.
func (s *ruleSet) isHeld(path string) bool {
	for dir := range s.held {
		if strings.HasPrefix(path, dir) {
			return true
		}
	}
	return false
}

// nestedConfigs returns the files named bumpboat.yaml below the root, the farther ones before the nearer. Those with nothing
// below that is read are left out: they are in directories that somebody ignores.
func nestedConfigs(files []tree.File) []tree.File {
	var nested []tree.File
	governs := map[string]bool{}
	for _, f := range files {
		if path.Base(f.Path) == environmentFile {
			continue
		}
		for dir := path.Dir(f.Path); dir != "." && !governs[dir]; dir = path.Dir(dir) {
			governs[dir] = true
		}
	}
	for _, f := range files {
		if path.Base(f.Path) == environmentFile && governs[path.Dir(f.Path)] {
			nested = append(nested, f)
		}
	}
	slices.SortStableFunc(nested, func(a, b tree.File) int { return cmp.Compare(strings.Count(a.Path, "/"), strings.Count(b.Path, "/")) })
	return nested
}

// nearest returns the directory around another that has an environment of its own; "" always has.
func nearest(environments map[string]config.Environment, dir string) string {
	for dir != "" {
		dir, _ = path.Split(strings.TrimSuffix(dir, "/"))
		if _, ok := environments[dir]; ok {
			return dir
		}
	}
	return ""
}

// compiler makes policies of what people write: it fills in what they extend and cuts the guards into them.
type compiler struct {
	env config.Environment
	// guards are the operator's.
	guards policy.Guards
}

// rules returns everything that governs images below a directory from afar, ready for use. The rules of farther files follow
// its own.
func (c compiler) rules(farther writer.Rules, dir string) writer.Rules {
	rules := writer.Rules{Policies: map[string]policy.Policy{}, Images: map[string]string{}, Compile: c.compile}
	for name := range c.env.Policies {
		if c.env.Inherited[name] { // made ready there, with the same guards
			rules.Policies[name] = farther.Policies[name]
		} else {
			rules.Policies[name] = c.text(name)
		}
		if image := c.image(name); image != "" {
			rules.Images[name] = image
		}
	}
	for _, r := range c.env.Rules {
		rules.Rules = append(rules.Rules, c.rule(r, rules, dir))
	}
	rules.Rules = append(rules.Rules, farther.Rules...)
	return rules
}

func (c compiler) rule(r config.Rule, rules writer.Rules, dir string) writer.Rule {
	rule := writer.Rule{Match: writer.Match(r.Match), Add: r.Add, Dir: dir, Line: r.Line}
	for _, f := range r.Fields {
		part := cmp.Or(writer.Part(f.Part), writer.PartImage)
		rule.Fields = append(rule.Fields, writer.Field{Path: f.Path, Image: f.Image, Part: part})
	}
	if named, ok := rules.Policies[r.Policy]; ok {
		rule.Policy, rule.Name, rule.Image = named, r.Policy, rules.Images[r.Policy]
	} else {
		rule.Policy, rule.Image = c.text(r.Policy), c.imageOf(r.Policy)
	}
	return rule
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

// imageOf returns the image repository of what an expression extends, or "".
func (c compiler) imageOf(expression string) string {
	s, err := policy.Parse(expression)
	if err != nil || s.Extends == "" {
		return ""
	}
	return c.image(s.Extends)
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

// The reasons why places are left alone because of a bumpboat.yaml: a policy in it, or all of it.
const (
	reasonBroken        = "policy/invalid"
	reasonInvalidConfig = "config/invalid"
)

// addRuleProblems reports what is wrong with files named bumpboat.yaml that do not stop the whole repository.
func (r *Report) addRuleProblems(set ruleSet) {
	for _, problems := range set.partly {
		r.addProblems(problems, reasonBroken)
	}
	for _, dir := range slices.Sorted(maps.Keys(set.held)) {
		r.addProblems(set.held[dir], reasonInvalidConfig)
		r.Errors = append(r.Errors, ErrorReport{
			Kind: string(fault.Invalid), Message: "nothing below " + dir + " is changed, because what this file forbids is not known",
			Hint: "bumpboat config check " + dir + environmentFile, Path: dir + environmentFile, Reason: reasonInvalidConfig,
		})
	}
}

func (r *Report) addProblems(problems *config.Problems, reason string) {
	before := len(r.Errors)
	r.addError(problems)
	for i := range r.Errors[before:] {
		r.Errors[before+i].Reason = reason
	}
}

// holdBelow takes the policies off the places below directories whose own file is broken: it may forbid what farther ones
// allow. That the policies which it has are unknown there is no mistake of those who name them.
func (s *ruleSet) holdBelow(found *writer.Found) {
	if len(s.held) == 0 {
		return
	}
	for i, site := range found.Sites {
		if s.isHeld(site.Path) {
			found.Sites[i].Policy, found.Sites[i].Reason = nil, reasonInvalidConfig
		}
	}
	found.Problems = slices.DeleteFunc(found.Problems, func(p writer.Problem) bool {
		return s.isHeld(p.Path) && strings.HasSuffix(p.Reason, "/unknown-policy")
	})
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
