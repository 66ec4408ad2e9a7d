// Package config owns the files that people write, bumpboat.yaml in an environment repository and the operator's
// own config.yaml, and turns them into plain checked data or a list of everything that is wrong with them. It
// refuses to act on what it read, and to open anything but the secrets and certificates that a file names.
package config

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
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
}

// Rule gives a policy to what it matches.
type Rule struct {
	// Match says what the rule is for. An empty mapping matches everything.
	Match Match `json:"match" yaml:"match" jsonschema:"required,example={paths: [\"**\"]}"`
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
	// Paths are matched with the file's path from the root of the repository.
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

// LoadEnvironment reads a bumpboat.yaml. The path is for messages only. The error is a *Problems.
func LoadEnvironment(path string, data []byte) (Environment, error) {
	var e Environment
	d := newDecoder(path, data)
	if d.document(&e) {
		d.checkPolicies(e.Policies)
		for i := range e.Rules {
			at := index("rules", i)
			e.Rules[i].Line, _ = d.src.place(d.src.offset(d.values[at]))
			d.checkMatch(join(at, "match"), e.Rules[i].Match)
			d.checkRulePolicy(join(at, "policy"), e.Rules[i].Policy, e.Policies)
		}
	}
	if err := d.err(); err != nil {
		return Environment{}, err
	}
	return e, nil
}

// policyName is what a marker can name: one word without `:` and `=`.
var policyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

func (d *decoder) checkPolicies(policies map[string]policy.Spec) {
	for _, name := range slices.Sorted(maps.Keys(policies)) {
		at := entry("policies", name)
		switch {
		case policy.IsReservedName(name):
			d.reportKey(at, fmt.Sprintf("a policy cannot be named %q", name), "the names of orders and parts are reserved: choose another")
		case !policyName.MatchString(name):
			d.reportKey(at, fmt.Sprintf("a policy cannot be named %q", short(name)), "use letters, digits, dots, dashes and underscores, at most 100")
		}
		d.checkSpec(at, policies[name])
	}
}

// checkSpec reports every bad pattern, and then what is wrong with the rest: Compile stops at the first.
func (d *decoder) checkSpec(at string, s policy.Spec) {
	for i, p := range s.Tags.Allow {
		d.checkPattern(join(at, index("tags.allow", i)), p)
	}
	for i, p := range s.Tags.Deny {
		d.checkPattern(join(at, index("tags.deny", i)), p)
	}
	s.Tags = policy.TagFilter{}
	_, err := policy.Compile(s)
	var specError *policy.SpecError
	if errors.As(err, &specError) && !(specError.Field == "" && d.cracked[at]) {
		d.report(strings.TrimSuffix(join(at, specError.Field), "."), specError.Message, specError.HintText)
	}
}

func (d *decoder) checkPattern(at, pattern string) {
	_, err := policy.Compile(policy.Spec{Ignore: true, Tags: policy.TagFilter{Allow: []string{pattern}}})
	if specError, ok := errors.AsType[*policy.SpecError](err); ok {
		d.report(at, specError.Message, specError.HintText)
	}
}

// checkRulePolicy checks the policy of a rule: a name, an expression or ignore.
func (d *decoder) checkRulePolicy(at, text string, policies map[string]policy.Spec) {
	if _, named := policies[text]; named || text == "" {
		return
	}
	if policyName.MatchString(text) && !policy.IsReservedName(text) {
		hint := ""
		if len(d.problems) <= maxProblems { // comparing with every name costs, and no more will be shown
			hint = fault.DidYouMean(text, append(slices.Collect(maps.Keys(policies)), "ignore"))
		}
		d.report(at, fmt.Sprintf("unknown policy %q", text), hint)
		return
	}
	spec, err := policy.Parse(text)
	if err == nil {
		_, err = policy.Compile(spec)
	}
	var exprError *policy.ExprError
	var specError *policy.SpecError
	switch {
	case errors.As(err, &exprError):
		d.reportWithin(at, exprError.Column-1, exprError.Message, exprError.HintText)
	case errors.As(err, &specError):
		d.report(at, specError.Error(), specError.HintText)
	}
}

func (d *decoder) checkMatch(at string, m Match) {
	for i, p := range m.Images {
		d.checkImageGlob(index(join(at, "images"), i), p)
	}
	for i, p := range m.Paths {
		d.checkPathGlob(index(join(at, "paths"), i), p)
	}
	for key, patterns := range map[string][]string{"kinds": m.Kinds, "namespaces": m.Namespaces, "names": m.Names} {
		for i, p := range patterns {
			d.checkGlob(index(join(at, key), i), p)
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
	d.checkGlob(at, pattern)
}

func (d *decoder) checkPathGlob(at, pattern string) {
	if strings.HasPrefix(pattern, "/") || strings.HasPrefix(pattern, "./") || strings.HasPrefix(pattern, "../") {
		d.report(at, "a path that is not from the root of the repository", "remove what comes before the first name")
		return
	}
	d.checkGlob(at, pattern)
}

func (d *decoder) checkGlob(at, pattern string) {
	const longest, mostAlternatives = 256, 64
	switch {
	case pattern == "":
		d.report(at, "an empty pattern, which nothing matches", "write ** to match everything")
	case !doublestar.ValidatePattern(pattern):
		d.report(at, "not a pattern", `patterns have *, **, ?, [a-z] and {a,b}; a backslash goes before any of these that stands for itself`)
	case len(pattern) > longest || alternatives(pattern) > mostAlternatives:
		// Each alternative is tried with each of every other: a short pattern can cost hours.
		d.report(at, "a pattern that costs too much", fmt.Sprintf("at most %d characters and %d combinations of {a,b}: write several patterns", longest, mostAlternatives))
	}
}

// alternatives is an upper bound of the patterns that one with braces stands for, cut at a large number.
func alternatives(pattern string) int {
	const enough = 1 << 16
	total, here := 1, 1
	for _, c := range pattern {
		switch c {
		case '{':
			total, here = min(total*here, enough), 1
		case ',':
			here++
		}
	}
	return min(total*here, enough)
}
