package writer

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/policy"
)

// fluxName identifies one of Flux's objects. The namespace is empty where the file leaves it to a kustomization.
type fluxName struct{ namespace, name string }

func (n fluxName) String() string { return n.namespace + ":" + n.name }

// fluxPolicy is an ImagePolicy as far as it is needed (image-reflector-controller, api/v1/imagepolicy_types.go).
type fluxPolicy struct {
	fluxName
	path       string
	repository fluxName
	// fluxChoice must be equal in all copies of a policy that a marker could mean.
	fluxChoice
}

// fluxRepository is an ImageRepository as far as it is needed.
type fluxRepository struct {
	fluxName
	path      string
	image     string
	suspended bool
	// exclude is patterns, one a line.
	exclude string
}

// flux reads an object of Flux's image API, whatever its version is.
func (r *reader) flux(n *yaml.Node, o *object) {
	name := fluxName{o.namespace, o.name}
	spec := get(n, "spec")
	switch o.kind {
	case "ImagePolicy":
		ref := get(spec, "imageRepositoryRef")
		r.sheet.policies = append(r.sheet.policies, fluxPolicy{
			fluxName: name, path: r.sheet.path,
			repository: fluxName{cmp.Or(textAt(ref, "namespace"), o.namespace), textAt(ref, "name")},
			fluxChoice: readFluxChoice(spec),
		})
	case "ImageRepository":
		r.sheet.repositories = append(r.sheet.repositories, fluxRepository{
			fluxName: name, path: r.sheet.path, image: textAt(spec, "image"), suspended: textAt(spec, "suspend") == "true",
			exclude: readExclusions(spec),
		})
	}
}

// fluxIndex holds Flux's objects of the whole repository.
type fluxIndex struct {
	policies     map[string][]fluxPolicy
	repositories map[string][]fluxRepository
	bound        map[fluxKey]fluxBinding
	rules        Rules
}

// fluxKey is a marker's policy as seen from a directory: which of several copies is meant depends on it.
type fluxKey struct {
	fluxName
	dir string
}

// fluxBinding is what a marker of Flux comes to: a policy and the image that it is for, or what is wrong.
type fluxBinding struct {
	policy policy.Policy
	// bare is the policy for a tag alone, beside which there is no place for a digest.
	bare  policy.Policy
	image string
	place string
	err   *markerError
}

func newFluxIndex(sheets []*sheet, rules Rules) *fluxIndex {
	x := &fluxIndex{policies: map[string][]fluxPolicy{}, repositories: map[string][]fluxRepository{}, bound: map[fluxKey]fluxBinding{}, rules: rules}
	for _, s := range sheets {
		for _, p := range s.policies {
			x.policies[p.name] = append(x.policies[p.name], p)
		}
		for _, p := range s.repositories {
			x.repositories[p.name] = append(x.repositories[p.name], p)
		}
	}
	return x
}

// bind looks up the policy that a marker in a file names. Answers are kept: many lines name the same one.
func (x *fluxIndex) bind(marked, file string) fluxBinding {
	namespace, name, _ := strings.Cut(marked, ":")
	key := fluxKey{fluxName{namespace, name}, path.Dir(file)}
	if known, ok := x.bound[key]; ok {
		return known
	}
	b := x.look(key.fluxName, file)
	x.bound[key] = b
	return b
}

func (x *fluxIndex) look(name fluxName, file string) fluxBinding {
	found, err := choose(x.policies[name.name], name, "ImagePolicy", file)
	if err != nil {
		return fluxBinding{err: err}
	}
	ref := found.repository
	ref.namespace = cmp.Or(ref.namespace, name.namespace)
	repository, err := choose(x.repositories[ref.name], ref, "ImageRepository", found.path)
	if err != nil {
		return fluxBinding{err: err}
	}
	b := fluxBinding{image: repository.image, place: found.path}
	b.policy, b.bare, b.err = found.compile(repository, x.rules)
	return b
}

// fluxObject is what choose needs to know of either kind.
type fluxObject interface {
	comparable
	key() fluxName
	file() string
	// withoutPlace returns what must be equal in copies of the same object.
	withoutPlace() any
}

func (p fluxPolicy) key() fluxName { return p.fluxName }
func (p fluxPolicy) file() string  { return p.path }
func (p fluxPolicy) withoutPlace() any {
	p.path, p.namespace = "", ""
	return p
}

func (p fluxRepository) key() fluxName { return p.fluxName }
func (p fluxRepository) file() string  { return p.path }
func (p fluxRepository) withoutPlace() any {
	p.path, p.namespace = "", ""
	return p
}

// choose finds the object that is meant from a file. Git often has one copy for each cluster, so the nearest counts: the
// one whose directory shares most with that of the file. An object that leaves its namespace to a kustomization may
// be any, and counts only when none has the namespace written.
func choose[T fluxObject](named []T, want fluxName, kind, from string) (T, *markerError) {
	var none T
	exact := slices.DeleteFunc(slices.Clone(named), func(o T) bool { return o.key().namespace != want.namespace })
	if len(exact) == 0 {
		exact = slices.DeleteFunc(slices.Clone(named), func(o T) bool { return o.key().namespace != "" })
	}
	if len(exact) == 0 {
		hint := "add the object to the repository, or use a marker of bumpboat's own: # bumpboat: semver:^1"
		if len(named) > 0 {
			hint = fmt.Sprintf("there is one in namespace %s", quoted(named[0].key().namespace))
		}
		return none, &markerError{reason: reasonFluxUnknown, message: fmt.Sprintf("no %s %s in the repository", kind, quoted(want.String())), hint: hint}
	}
	best := slices.MaxFunc(exact, func(a, b T) int { return cmp.Compare(shared(a.file(), from), shared(b.file(), from)) })
	for _, other := range exact {
		if shared(other.file(), from) == shared(best.file(), from) && other.withoutPlace() != best.withoutPlace() {
			return none, &markerError{
				reason:  reasonFluxAmbiguous,
				message: fmt.Sprintf("%s %s is in %s and differs in %s", kind, quoted(want.String()), quoted(best.file()), quoted(other.file())),
				hint:    "keep one of them, or put each below the directory of its cluster",
			}
		}
	}
	return best, nil
}

// shared counts the leading directories that two files have in common.
func shared(a, b string) int {
	as, bs := strings.Split(path.Dir(a), "/"), strings.Split(path.Dir(b), "/")
	n := 0
	for n < len(as) && n < len(bs) && as[n] == bs[n] {
		n++
	}
	return n
}
