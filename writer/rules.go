package writer

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/bumpboat/bumpboat/policy"
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
	// Below are the rules of directories that have a file of their own, by their path with a slash at the end. They are complete:
	// nothing of these counts there that is not in them.
	Below map[string]Rules
	// Compile makes a policy of what markers, annotations and Flux's objects say, nil standing for policy.Compile. It is the
	// place to fill in what a spec extends, and to cut guards into it.
	Compile func(policy.Spec) (policy.Policy, error)
}

// at returns the rules that govern a file: those of the nearest directory that has its own.
func (r Rules) at(file string) Rules {
	if len(r.Below) == 0 {
		return r
	}
	for dir := path.Dir(file); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if nearer, ok := r.Below[dir+"/"]; ok {
			return nearer
		}
	}
	return r
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
	at := policy.Locate(expr, err)
	return nil, "", &markerError{reason: reasonBadExpression, message: at.Message, hint: at.HintText, at: at.Column - 1}
}

// Rule gives a policy to every site that matches and that nothing nearer governs.
type Rule struct {
	Match  Match
	Policy policy.Policy
	// Name is the name of the policy, "" for an expression.
	Name string
	// Image is the image repository of the policy, "" when it does not say.
	Image string
	// Fields are values that the rule names. It is only for those then.
	Fields []Field
	// Add says that kustomizations get an entry of `images` for each image that they deploy and do not set.
	Add bool
	// Dir is the directory of the bumpboat.yaml in which the rule is written, with a slash at the end, "" for the root: the rule
	// is for what is below, and its paths begin there. Line is where it begins.
	Dir  string
	Line int
}

// place is where the rule is written: `bumpboat.yaml:12`.
func (r *Rule) place() string { return fmt.Sprintf("%s%s:%d", r.Dir, rulesFile, r.Line) }

// isFor says whether the rule is for a file.
func (r *Rule) isFor(path string) bool {
	rest, below := strings.CutPrefix(path, r.Dir)
	return below && admits(r.Match.Paths, rest)
}

// matches says whether the rule is for an image at a place.
func (r *Rule) matches(p *place, image policy.Image) bool {
	return r.Match.matchesImage(image) && r.matchesPlace(p)
}

// matchesPlace leaves the image out of the question.
func (r *Rule) matchesPlace(p *place) bool {
	return r.isFor(p.path) && r.Match.matchesObject(p.object) && (len(r.Fields) == 0 || r.names(p))
}

// names says whether the fields of the rule made the place.
func (r *Rule) names(p *place) bool {
	for _, f := range p.claims {
		if !slices.Contains(r.Fields, f) {
			return false
		}
	}
	return len(p.claims) > 0
}

// Match says which sites a rule is for. All lists that are not empty must match, a list by any of its globs: `*` stops at
// `/` and `**` does not. The zero value matches every site.
type Match struct {
	// Images are globs for the full name (`docker.io/library/nginx`) or the name as written (`nginx`).
	Images []string
	// Paths are globs for the path from the directory of the rule.
	Paths      []string
	Kinds      []string
	Namespaces []string
	Names      []string
	// Labels must all stand on the object itself, with these values.
	Labels map[string]string
}

func (m Match) matchesImage(image policy.Image) bool {
	return len(m.Images) == 0 || anyGlob(m.Images, image.Repository()) || anyGlob(m.Images, image.Name)
}

// matchesObject asks all that is about the object around a place, which may be nil.
func (m Match) matchesObject(o *object) bool {
	if o == nil {
		o = &object{}
	}
	for key, value := range m.Labels {
		if got, ok := o.labels[key]; !ok || got != value {
			return false
		}
	}
	return admits(m.Kinds, o.kind) && admits(m.Namespaces, o.namespace) && admits(m.Names, o.name)
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
