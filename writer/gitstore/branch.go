package gitstore

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/bumpboat/bumpboat/policy/fault"
)

const (
	headPrefix = "refs/heads/"
	// maxBranch keeps a loose reference with `.lock` inside the 255 bytes that file systems allow.
	maxBranch = 200
)

// checkBranch applies the rules of git-check-ref-format(1) with --branch, and those of its rules that go-git leaves out.
func checkBranch(name string) error {
	bad := ""
	switch {
	case name == "" || name == "HEAD":
		bad = "is not a name for a branch"
	case len(name) > maxBranch:
		bad = fmt.Sprintf("is longer than %d bytes", maxBranch)
	case name[0] == '-':
		bad = "begins with a dash"
	case !utf8.ValidString(name) || strings.ContainsFunc(name, isControl):
		bad = "has control characters or is not UTF-8"
	case plumbing.ReferenceName(headPrefix+name).Validate() != nil:
		bad = "breaks the rules of git check-ref-format"
	default:
		return nil
	}
	return fault.New(fault.Invalid, "Use letters, digits, dashes, dots and slashes, as in bumpboat/web.", fmt.Errorf("branch %q %s", name, bad))
}

// refs is what a repository advertises.
type refs struct {
	// head is the short name of the branch that HEAD means, or "".
	head string
	// heads has the branches by short name.
	heads map[string]plumbing.Hash
}

// errEmpty is a repository without any branch.
var errEmpty = errors.New("the repository has no commits yet")

// find returns the branch to read; "" asks for the one that HEAD means.
func (r refs) find(branch string) (string, plumbing.Hash, error) {
	if len(r.heads) == 0 {
		return "", plumbing.ZeroHash, errEmpty
	}
	name := branch
	if name == "" {
		name = r.head
	}
	if name == "" {
		return "", plumbing.ZeroHash, fault.New(fault.NotFound, "Name the branch to read. "+r.some(), errors.New("the repository has no default branch"))
	}
	h, ok := r.heads[name]
	if !ok {
		return "", plumbing.ZeroHash, fault.New(fault.NotFound, "Check the name of the branch. "+r.some(), fmt.Errorf("there is no branch %q", name))
	}
	return name, h, nil
}

// some names a few branches, for hints.
func (r refs) some() string {
	var names []string
	for name := range r.heads {
		names = append(names, name)
	}
	slices.Sort(names)
	more := ""
	if len(names) > 5 {
		more = fmt.Sprintf(" and %d more", len(names)-5)
		names = names[:5]
	}
	return "It has " + strings.Join(names, ", ") + more + "."
}

// inTheWay returns an existing branch with which name cannot live, because Git keeps references like files:
// `bumpboat` and `bumpboat/web` exclude each other.
func (r refs) inTheWay(name string) string {
	for other := range r.heads {
		if strings.HasPrefix(name, other+"/") || strings.HasPrefix(other, name+"/") {
			return other
		}
	}
	return ""
}

// guessHead finds the branch of HEAD on servers that do not say it: the branch with the same hash, well-known names first.
func guessHead(heads map[string]plumbing.Hash, head plumbing.Hash) string {
	var names []string
	for name, h := range heads {
		if h == head {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, known := range []string{"main", "master"} {
		if slices.Contains(names, known) {
			return known
		}
	}
	if len(names) == 0 {
		return ""
	}
	return names[0]
}
