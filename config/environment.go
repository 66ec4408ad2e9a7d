// Package config owns the files that people write, bumpboat.yaml in an environment repository and the operator's
// own config.yaml, and turns them into plain checked data or a list of everything that is wrong with them. It
// refuses to act on what it read, and to open anything but the secrets and certificates that a file names.
package config

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bumpboat/bumpboat/policy"
)

// APIVersion is the version of both files.
const APIVersion = "bumpboat.dev/v1"

// Environment is a bumpboat.yaml: the policies and rules of an environment repository.
type Environment struct {
	// APIVersion is the version of the file's format.
	APIVersion string `json:"apiVersion" yaml:"apiVersion" jsonschema:"required,enum=bumpboat.dev/v1,example=bumpboat.dev/v1"`
	// Policies are named policies, for rules and for markers in manifests.
	Policies map[string]policy.Spec `json:"policies,omitempty" yaml:"policies,omitempty"`
	// Rules give policies to images that no marker or annotation speaks of. The first rule that matches wins.
	Rules []Rule `json:"rules,omitempty" yaml:"rules,omitempty"`
	// Guards are limits that are cut into every policy and that none can loosen. Only the file at the root has them.
	Guards policy.Guards `json:"guards,omitzero" yaml:"guards,omitempty"`
	// Paths are globs for the files and directories that are looked at; all unless given. Only the file at the root has them.
	Paths []string `json:"paths,omitempty" yaml:"paths,omitempty" jsonschema:"minItems=1"`
	// Ignore are globs for the files and directories that are not looked at. Only the file at the root has them.
	Ignore []string `json:"ignore,omitempty" yaml:"ignore,omitempty" jsonschema:"minItems=1"`
	// PolicyTests say what policies must answer; `bumpboat config check` asks them.
	PolicyTests []PolicyTest `json:"policyTests,omitempty" yaml:"policyTests,omitempty"`

	// Inherited are the names of policies that are those of a farther file.
	Inherited map[string]bool `json:"-" yaml:"-"`
	// Broken are the policies that cannot be used, by name, each with the problem that is in the way, which may be that
	// of a policy that it extends.
	Broken map[string]Problem `json:"-" yaml:"-"`
}

// Rule gives a policy to what it matches.
type Rule struct {
	// Match says what the rule is for. An empty mapping matches everything.
	Match Match `json:"match" yaml:"match" jsonschema:"required,example={paths: [\"**\"]}"`
	// Fields are values that the rule names itself. It is for nothing else then.
	Fields []Field `json:"fields,omitempty" yaml:"fields,omitempty" jsonschema:"minItems=1"`
	// Add says that the kustomizations which the rule matches get an entry of images for what they deploy and do not set.
	Add bool `json:"add,omitempty" yaml:"add,omitempty"`
	// Policy is the name of a policy, an expression such as semver:^1.4, or ignore.
	Policy string `json:"policy" yaml:"policy" jsonschema:"required,example=semver:^1.4"`
	// Line is where the rule begins in its file, from 1.
	Line int `json:"-" yaml:"-"`
}

// Match is a set of conditions. All that are given must hold, each through one of its patterns: globs in which
// `*` stops at `/` and `**` does not.
type Match struct {
	// Images are matched with the image's full name (docker.io/library/nginx) and its name as written, without the tag.
	Images []string `json:"images,omitempty" yaml:"images,omitempty" jsonschema:"minItems=1"`
	// Paths are matched with the file's path from the directory of this file.
	Paths []string `json:"paths,omitempty" yaml:"paths,omitempty" jsonschema:"minItems=1"`
	// Kinds are matched with the object's kind.
	Kinds []string `json:"kinds,omitempty" yaml:"kinds,omitempty" jsonschema:"minItems=1"`
	// Namespaces are matched with the object's namespace as written.
	Namespaces []string `json:"namespaces,omitempty" yaml:"namespaces,omitempty" jsonschema:"minItems=1"`
	// Names are matched with the object's name.
	Names []string `json:"names,omitempty" yaml:"names,omitempty" jsonschema:"minItems=1"`
	// Labels must all be on the object, with exactly these values.
	Labels map[string]string `json:"labels,omitempty" yaml:"labels,omitempty"`
}

// LoadEnvironment reads a bumpboat.yaml. The path is for messages only. The error is a *Problems. When that is partial, the
// environment is there with what is not Broken; else it is empty.
func LoadEnvironment(path string, data []byte) (Environment, error) {
	return load(path, data, func(*decoder, *Environment) {})
}

// load reads a bumpboat.yaml, with what complete adds before it is checked.
func load(path string, data []byte, complete func(*decoder, *Environment)) (Environment, error) {
	var e Environment
	d := newDecoder(path, data)
	if d.document(&e) {
		complete(d, &e)
		e.check(d)
	}
	if len(d.problems) == 0 && len(e.Broken) == 0 {
		return e, nil
	}
	if !e.isolate(d.problems) {
		return Environment{}, tidied(d.problems)
	}
	if len(d.problems) == 0 { // what is broken is inherited, and reported where it is
		return e, nil
	}
	problems := tidied(d.problems)
	problems.Partial = true
	return e, problems
}

// check reports what types and tags do not say.
func (e *Environment) check(d *decoder) {
	d.checkGuards("guards", e.Guards)
	d.checkPaths("paths", e.Paths)
	d.checkPaths("ignore", e.Ignore)
	e.checkPolicies(d)
	for i := range e.Rules {
		at := index("rules", i)
		e.Rules[i].Line, _ = d.src.place(d.src.offset(d.values[at]))
		d.checkMatch(join(at, "match"), e.Rules[i].Match)
		d.checkFields(join(at, "fields"), e.Rules[i].Fields)
		d.checkAdd(join(at, "add"), e.Rules[i])
		e.checkPolicyText(d, join(at, "policy"), e.Rules[i].Policy)
	}
	for i := range e.PolicyTests {
		at := index("policyTests", i)
		e.PolicyTests[i].Line, e.PolicyTests[i].Column = d.src.place(d.src.offset(d.values[at]))
		e.checkTest(d, at, e.PolicyTests[i])
	}
	d.overspent()
}

// checkAdd reports a rule that would add entries anywhere, or to what it names itself.
func (d *decoder) checkAdd(at string, r Rule) {
	switch {
	case !r.Add:
	case len(r.Match.Paths) == 0:
		d.report(at, "add in a rule without match.paths", "say to which kustomizations: paths: [overlays/prod/kustomization.yaml]")
	case r.Policy == "ignore":
		d.report(at, "add in a rule that ignores", "give the rule a policy: an entry that is never changed is never added")
	case len(r.Fields) > 0:
		d.report(at, "add in a rule with fields", "write two rules: entries are added to kustomizations only")
	}
}

// isolate finds out what problems break. It returns false when they may break everything.
func (e *Environment) isolate(problems []Problem) bool {
	own := map[string]Problem{}
	maps.Copy(own, e.Broken)
	for _, p := range problems {
		name, ok := policyAt(p.at)
		switch first, twice := own[name]; {
		case ok && (!twice || p.Line < first.Line):
			own[name] = p
		case !ok && !strings.HasPrefix(p.at, "policyTests"):
			return false
		}
	}
	e.Broken = map[string]Problem{}
	for name := range e.Policies {
		bases, _ := e.bases(policy.Spec{Extends: name})
		for _, base := range slices.Backward(bases) {
			if p, ok := own[base]; ok {
				e.Broken[name] = p
			}
		}
	}
	return true
}

// policyAt returns the name of the policy that a value lies in.
func policyAt(path string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(path, "policies[")
	quoted, err := strconv.QuotedPrefix(rest)
	if !ok || err != nil {
		return "", false
	}
	name, err = strconv.Unquote(quoted)
	return name, err == nil
}

func (d *decoder) checkMatch(at string, m Match) {
	for i, p := range m.Images {
		d.checkImageGlob(index(join(at, "images"), i), p)
	}
	d.checkPaths(join(at, "paths"), m.Paths)
	for key, patterns := range map[string][]string{"kinds": m.Kinds, "namespaces": m.Namespaces, "names": m.Names} {
		for i, p := range patterns {
			d.checkGlob(index(join(at, key), i), policy.CheckGlob(p))
		}
	}
	if _, empty := m.Labels[""]; empty {
		d.reportKey(entry(join(at, "labels"), ""), "a label without a name", "write name: value")
	}
}

func (d *decoder) checkImageGlob(at, pattern string) {
	last := pattern[strings.LastIndexByte(pattern, '/')+1:]
	if strings.ContainsAny(last, ":@") {
		d.report(at, "a pattern with a tag or digest, which no image matches", "images are matched by name: remove what follows the : or @")
		return
	}
	d.checkGlob(at, policy.CheckGlob(pattern))
}

func (d *decoder) checkPaths(at string, patterns []string) {
	for i, p := range patterns {
		d.checkPathGlob(index(at, i), p)
	}
}

func (d *decoder) checkPathGlob(at, pattern string) { d.checkGlob(at, policy.CheckPathGlob(pattern)) }

// checkGlob reports what is wrong with a pattern.
func (d *decoder) checkGlob(at string, err error) {
	if bad, ok := errors.AsType[*policy.SpecError](err); ok {
		d.report(at, bad.Message, bad.HintText)
	}
}
