package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
)

// policyName is what a marker can name: one word without `:` and `=`.
var policyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// mostExtends bounds how many policies one builds on.
const mostExtends = 16

// mostItems bounds the lists of a policy: all of them are tried on every tag.
const mostItems = 100

// checkPolicies checks the named policies of this file, each as it is with what it extends.
func (e *Environment) checkPolicies(d *decoder) {
	here := func(name string) bool { return d.values[entry("policies", name)] != nil }
	names := slices.Sorted(maps.Keys(e.Policies))
	names = slices.DeleteFunc(names, func(name string) bool { return !here(name) })
	for _, name := range names {
		at := entry("policies", name)
		switch {
		case policy.IsReservedName(name):
			d.reportKey(at, fmt.Sprintf("a policy cannot be named %q", name), "the names of orders and parts are reserved: choose another")
		case !policyName.MatchString(name):
			d.reportKey(at, fmt.Sprintf("a policy cannot be named %q", short(name)), "use letters, digits, dots, dashes and underscores, at most 100")
		}
	}
	checked := map[string]bool{}
	for _, name := range names {
		// What is extended comes first, so that what is wrong in there is known when it shows again.
		bases, _ := e.bases(policy.Spec{Extends: name})
		for _, base := range slices.Backward(bases) {
			if !checked[base] && here(base) {
				checked[base] = true
				e.checkPolicy(d, base)
			}
		}
	}
}

func (e *Environment) checkPolicy(d *decoder, name string) {
	at := entry("policies", name)
	d.checkSilent(at, e.Policies[name])
	e.checkExtends(d, name)
	e.checkSpec(d, e.Policies[name], func(problem *policy.SpecError) {
		if problem.Field != "" {
			d.report(join(at, problem.Field), problem.Message, problem.HintText)
		} else if !d.cracked[at] { // what is missing may be what could not be read
			d.report(at, problem.Message, problem.HintText)
		}
	})
}

// checkSilent reports the keys of a policy that say nothing, such as minAge: 0s: what is extended would count all the same.
func (d *decoder) checkSilent(at string, s policy.Spec) {
	v := reflect.ValueOf(s)
	for _, f := range fieldsOf(v.Type()) {
		key, value := join(at, f.key), v.Field(f.index)
		_, written := d.keys[key]
		if written && !d.broken[key] && value.IsZero() && value.Kind() != reflect.Struct && value.Kind() != reflect.Slice {
			d.fail(key, d.values[key], f.key+" says nothing", "remove the key, and what is extended counts; or say something else")
		}
	}
}

// bases returns the names of the policies that a spec extends, the nearest first, and the name at which following
// them had to end: one that is not there, one that came before, or one too many.
func (e *Environment) bases(s policy.Spec) (names []string, end string) {
	for next := s.Extends; next != ""; next = e.Policies[next].Extends {
		if _, ok := e.Policies[next]; !ok || slices.Contains(names, next) || len(names) == mostExtends {
			return names, next
		}
		names = append(names, next)
	}
	return names, ""
}

// checkExtends reports what keeps a named policy from being put together, at the one policy that has to be corrected.
func (e *Environment) checkExtends(d *decoder, name string) {
	at := func(name string) string { return join(entry("policies", name), "extends") }
	names, end := e.bases(policy.Spec{Extends: name})
	switch circle := slices.Index(names, end); {
	case end == "":
	case circle >= 0:
		members := names[circle:]
		first := slices.Min(members)
		if _, err := policy.Resolve(policy.Spec{Extends: first}, e.Policies); err != nil {
			d.report(at(first), specError(err).Message, fault.HintOf(err))
		}
		for _, member := range members {
			d.broken[at(member)] = true
		}
	case len(names) == mostExtends:
		d.report(at(name), fmt.Sprintf("more than %d policies that extend each other", mostExtends), "extend one that is simpler")
	default:
		e.unknownPolicy(d, at(names[len(names)-1]), end)
	}
}

// unknownPolicy reports the name of a policy that is not there.
func (e *Environment) unknownPolicy(d *decoder, at, name string, others ...string) {
	hint := ""
	if len(d.problems) <= maxProblems { // comparing with every name costs, and no more will be shown
		hint = fault.DidYouMean(name, append(slices.Collect(maps.Keys(e.Policies)), others...))
	}
	d.report(at, fmt.Sprintf("unknown policy %q", short(name)), hint)
}

// checkSpec finds everything that is wrong with a spec as it is with what it extends. What is wrong in there too is
// left to the check of that policy; the rest goes to report.
func (e *Environment) checkSpec(d *decoder, s policy.Spec, report func(*policy.SpecError)) {
	bases, end := e.bases(s)
	whole := s
	if whole.Extends = ""; end == "" {
		whole, _ = policy.Resolve(s, e.Policies) // cannot fail: all of them are there
	}
	if !d.spend(d.values[""], values(whole)-values(s)+len(e.Guards.Deny)) {
		return
	}
	for _, problem := range problemsOf(whole) {
		base := slices.IndexFunc(bases, func(name string) bool { return sets(e.Policies[name], problem.Field) })
		switch {
		case problem.Field == "" && (end != "" || slices.ContainsFunc(bases, func(name string) bool { return d.hurt(entry("policies", name)) })):
			// An order is missing that may be there once the other problem is solved.
		case base < 0 || sets(s, problem.Field):
			report(problem)
		case !d.isBroken(join(entry("policies", bases[base]), problem.Field)):
			report(&policy.SpecError{Field: "extends", Message: "what is extended does not fit: " + problem.Error(), HintText: problem.HintText})
		}
	}
}

// hurt says that the value at path or something in it is broken.
func (d *decoder) hurt(path string) bool { return d.broken[path] || d.cracked[path] }

// values counts what it costs to compile a spec. What is extended and what guards deny is compiled anew each time.
func values(s policy.Spec) int {
	return len(s.Tags.Allow) + len(s.Tags.Deny) + len(s.Platforms) + len(s.Freeze)
}

// problemsOf returns everything that is wrong with a spec. Compile stops at the first mistake, so the items of lists
// are compiled each alone, and what is found wrong is put right before the rest is compiled again.
func problemsOf(s policy.Spec) []*policy.SpecError {
	problems := slices.Concat(
		problemsIn("tags.allow", s.Tags.Allow, func(p []string) policy.Spec { return policy.Spec{Tags: policy.TagFilter{Allow: p}} }),
		problemsIn("tags.deny", s.Tags.Deny, func(p []string) policy.Spec { return policy.Spec{Tags: policy.TagFilter{Deny: p}} }),
		problemsIn("platforms", s.Platforms, func(p []string) policy.Spec { return policy.Spec{Platforms: p} }),
		problemsIn("freeze", s.Freeze, func(f []policy.Freeze) policy.Spec { return policy.Spec{Freeze: f} }),
	)
	for _, p := range problems {
		mend(&s, p.Field)
	}
	for {
		_, err := policy.Compile(s)
		if err == nil {
			return problems
		}
		problems = append(problems, specError(err))
		if !mend(&s, specError(err).Field) {
			return problems
		}
	}
}

// problemsIn returns what is wrong with the items of a list, each alone.
func problemsIn[T any](field string, list []T, spec func([]T) policy.Spec) []*policy.SpecError {
	if len(list) > mostItems {
		return []*policy.SpecError{{Field: field, Message: fmt.Sprintf("a list of %d", len(list)), HintText: fmt.Sprintf("at most %d: one pattern can stand for many", mostItems)}}
	}
	var problems []*policy.SpecError
	for i := range list {
		one := spec(list[i : i+1])
		one.Semver = "*"
		if _, err := policy.Compile(one); err != nil {
			problem := *specError(err)
			problem.Field = strings.Replace(problem.Field, "[0]", "["+strconv.Itoa(i)+"]", 1)
			problems = append(problems, &problem)
		}
	}
	return problems
}

// sound are arguments of orders that nothing is wrong with.
var sound = map[string]string{"semver": "*", "calver": "YYYY.MM.DD", "numerical": "asc", "alphabetical": "asc", "digest": "latest"}

// mend puts right what a field of a spec says, and returns false when that would change nothing.
func mend(s *policy.Spec, field string) bool {
	key, v := option(s, field)
	if key == "" || v.IsZero() || v.Kind() == reflect.String && v.String() == sound[key] {
		return false
	}
	if key == "tags.allow" {
		s.Tags.Extract = "" // its groups may be in the pattern that is none
	}
	v.SetZero()
	if argument, ok := sound[key]; ok {
		v.SetString(argument)
	}
	return true
}

// sets says whether a spec itself says something about a field.
func sets(s policy.Spec, field string) bool {
	key, v := option(&s, field)
	return key != "" && !v.IsZero()
}

// option returns the part of a spec that is inherited as a whole in which a field such as freeze[1].cron lies.
func option(s *policy.Spec, path string) (key string, v reflect.Value) {
	path, _, _ = strings.Cut(path, "[")
	v = reflect.ValueOf(s).Elem()
	for part := range strings.SplitSeq(path, ".") {
		fields := fieldsOf(v.Type())
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == part })
		if i < 0 {
			return "", reflect.Value{}
		}
		key, v = join(key, part), v.Field(fields[i].index)
		if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[policy.Follow]() {
			break
		}
	}
	return key, v
}

// specError returns the *policy.SpecError that policy's functions return.
func specError(err error) *policy.SpecError {
	if e, ok := errors.AsType[*policy.SpecError](err); ok {
		return e
	}
	return &policy.SpecError{Message: err.Error(), HintText: fault.HintOf(err)}
}

// checkGuards reports what is wrong with guards.
func (d *decoder) checkGuards(at string, g policy.Guards) {
	for _, never := range []policy.Guards{{Downgrade: g.Downgrade}, {Prerelease: g.Prerelease}} {
		if err := never.Check(); err != nil {
			d.report(join(at, specError(err).Field), specError(err).Message, specError(err).HintText)
		}
	}
	for _, problem := range problemsOf(g.Cut(policy.Spec{Semver: "*"})) {
		d.report(join(at, strings.TrimPrefix(problem.Field, "tags.")), problem.Message, problem.HintText)
	}
}

func (e *Environment) isNamed(name string) bool {
	_, ok := e.Policies[name]
	return ok
}

// checkPolicyText checks a policy by its name or as an expression.
func (e *Environment) checkPolicyText(d *decoder, at, text string) {
	if e.isNamed(text) || text == "" {
		return
	}
	if policyName.MatchString(text) && !policy.IsReservedName(text) {
		e.unknownPolicy(d, at, text, "ignore")
		return
	}
	if name, options, _ := strings.Cut(text, " "); e.isNamed(name) {
		d.report(at, fmt.Sprintf("options after the named policy %q", name), "an expression can extend it: extends="+name+" "+short(options))
		return
	}
	spec, err := policy.Parse(text)
	if exprError, ok := errors.AsType[*policy.ExprError](err); ok {
		d.reportWithin(at, exprError.Column-1, exprError.Message, exprError.HintText)
		return
	}
	if _, ok := e.Policies[spec.Extends]; !ok && spec.Extends != "" {
		e.unknownPolicy(d, at, spec.Extends)
		return
	}
	e.checkSpec(d, spec, func(problem *policy.SpecError) {
		located := policy.Locate(text, problem)
		d.reportWithin(at, located.Column-1, located.Message, located.HintText)
	})
}
