package writer

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
)

// Rules are the policies and rules that bumpboat.yaml gives.
type Rules struct {
	// Policies are the named policies, which markers and annotations may name.
	Policies map[string]policy.Policy
	// Images are the image repositories of named policies that have one: what a marker with a part is about when
	// nothing beside it says so.
	Images map[string]string
	// Rules are asked in order, and the first that matches wins.
	Rules []Rule
	// Compile makes a policy of what markers, annotations and Flux's objects say, nil standing for policy.Compile. It is the
	// place to fill in what a spec extends, and to cut guards into it.
	Compile func(policy.Spec) (policy.Policy, error)
}

// compile makes a policy of a spec.
func (r Rules) compile(s policy.Spec) (policy.Policy, error) {
	if r.Compile == nil {
		return policy.Compile(s)
	}
	return r.Compile(s)
}

// expression makes a policy of an expression. image is that of the named policy which it extends, or "".
func (r Rules) expression(expr string) (p policy.Policy, image string, bad *markerError) {
	spec, err := policy.Parse(expr)
	if err == nil {
		p, err = r.compile(spec)
	}
	if err == nil {
		return p, r.Images[spec.Extends], nil
	}
	bad = &markerError{reason: reasonBadExpression, message: fmt.Sprintf("%s: %v", clip(expr, 100), err), hint: fault.HintOf(err)}
	if at, ok := errors.AsType[*policy.ExprError](err); ok {
		bad.message, bad.at = at.Message, at.Column-1
	}
	return nil, "", bad
}

// Rule gives a policy to every site that matches and that nothing nearer governs.
type Rule struct {
	Match  Match
	Policy policy.Policy
	// Name is the name of the policy, "" for an expression.
	Name string
	// Place is where the rule is written: `bumpboat.yaml:12`.
	Place string
}

// Match says which sites a rule is for. All lists that are not empty must match, a list by any of its globs: `*` stops at
// `/` and `**` does not. The zero value matches every site.
type Match struct {
	// Images are globs for the full name (`docker.io/library/nginx`) or the name as written (`nginx`).
	Images     []string
	Paths      []string
	Kinds      []string
	Namespaces []string
	Names      []string
	// Labels must all stand on the object itself, with these values.
	Labels map[string]string
}

// matches says whether the rule is for an image at a place.
func (m Match) matches(p *place, image policy.Image) bool {
	if len(m.Images) > 0 && !anyGlob(m.Images, image.Repository()) && !anyGlob(m.Images, image.Name) {
		return false
	}
	return m.matchesPlace(p)
}

// matchesPlace leaves the image out of the question.
func (m Match) matchesPlace(p *place) bool {
	o := p.object
	if o == nil {
		o = &object{}
	}
	for key, value := range m.Labels {
		if got, ok := o.labels[key]; !ok || got != value {
			return false
		}
	}
	return admits(m.Paths, p.path) && admits(m.Kinds, o.kind) && admits(m.Namespaces, o.namespace) && admits(m.Names, o.name)
}

// isExplicit says whether the rule says what it is for, not only where: such a rule also reaches places that are no sites by
// themselves.
func (m Match) isExplicit() bool { return len(m.Images) > 0 || len(m.Kinds) > 0 || len(m.Names) > 0 }

// admits says whether a list of globs is empty or one of them matches. What is not there is matched by no glob.
func admits(globs []string, value string) bool {
	return len(globs) == 0 || value != "" && anyGlob(globs, value)
}

func anyGlob(globs []string, value string) bool {
	return slices.ContainsFunc(globs, func(glob string) bool {
		ok, err := doublestar.Match(glob, value)
		return ok && err == nil
	})
}
