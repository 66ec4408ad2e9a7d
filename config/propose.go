package config

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bumpboat/bumpboat/policy"
)

// ProposedImage is an image that was found in a repository, for which a rule is wanted.
type ProposedImage struct {
	Image policy.Image
	// Paths are the files that name it.
	Paths []string
}

// Propose returns a starter bumpboat.yaml: rules for the images that have versions, rules that are commented out
// for those that follow a moving tag, and for all others the reason why there is none. LoadEnvironment reads it.
func Propose(images []ProposedImage) []byte {
	found := survey(images)
	ranges, used := map[string][]finding{}, map[string]int{}
	var moving, others []finding
	for _, f := range found {
		used[owner(f.repository)]++
		switch {
		case f.group != "":
			ranges[f.group] = append(ranges[f.group], f)
		case f.moving != "":
			moving = append(moving, f)
		default:
			others = append(others, f)
		}
	}
	var rules []rule
	for _, members := range ranges {
		rules = append(rules, rangeRule(members, used))
	}
	// Exact names before globs: the first rule that matches wins.
	slices.SortFunc(rules, func(a, b rule) int {
		return cmp.Or(cmp.Compare(a.globs(), b.globs()), slices.Compare(a.images, b.images), cmp.Compare(a.policy, b.policy))
	})
	return render(rules, moving, others)
}

// finding is what is proposed for one image repository: a version group, a moving tag, or nothing and why.
type finding struct {
	repository string
	tags       []string
	paths      []string
	// group is what versions of one owner must share to be governed by one rule; minor is the lowest in use.
	group, major, minor string
	moving              string
	why                 string
}

// survey looks at each image repository once, whatever the number of places that name it.
func survey(images []ProposedImage) []finding {
	byRepository := map[string]*finding{}
	for _, p := range images {
		name := p.Image.Repository()
		f := byRepository[name]
		if f == nil {
			f = &finding{repository: name}
			byRepository[name] = f
		}
		f.paths = append(f.paths, p.Paths...)
		if tag := cmp.Or(p.Image.Tag, p.Image.Digest); !slices.Contains(f.tags, tag) {
			f.tags = append(f.tags, tag)
		}
	}
	out := make([]finding, 0, len(byRepository))
	for _, f := range byRepository {
		slices.Sort(f.paths)
		f.paths = slices.Compact(f.paths)
		slices.Sort(f.tags)
		f.classify()
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b finding) int { return strings.Compare(a.repository, b.repository) })
	return out
}

// classify decides what is proposed for the tags in use.
func (f *finding) classify() {
	if _, err := policy.ParseImage(f.repository); err != nil {
		f.why = "not the name of an image"
		return
	}
	group := ""
	for i, tag := range f.tags {
		major, minor, why := versionOf(f.repository, tag)
		if why != "" {
			f.unversioned(tag, why)
			return
		}
		key := owner(f.repository) + " " + major
		if major == "0" { // `^0.3` is 0.3.x only
			key += "." + minor
		}
		if i > 0 && key != group {
			f.why = "used at " + strings.Join(f.tags, " and ") + ": write a rule with paths for each"
			return
		}
		group = key
		if i == 0 || number(minor) < number(f.minor) {
			f.major, f.minor = major, minor
		}
	}
	f.group = group
}

// movingTag matches tags that are made to be pushed again: words for channels and branches, and versions that
// leave out parts.
var movingTag = regexp.MustCompile(`^(latest|stable|edge|main|master|develop|dev|nightly|canary|next|current|lts|mainline|beta|alpha|rc|release|production|staging|v?[0-9]{1,3}(\.[0-9]{1,3})?)(-[A-Za-z][A-Za-z0-9.]*)?$`)

// unversioned is for images with a tag that is no version: followed by digest if it moves, or left alone.
func (f *finding) unversioned(tag, why string) {
	switch {
	case len(f.tags) > 1:
		f.why = "used at " + strings.Join(f.tags, " and ") + "; " + why
	case movingTag.MatchString(tag):
		f.moving = tag
	default:
		f.why = why
	}
}

var threeParts = regexp.MustCompile(`^v?(\d+)\.(\d+)\.\d+(-.+)?$`)

// versionOf returns the major and minor of a tag that the proposed policy understands, or why there is none. The
// policy itself is asked: what it would not accept today must not be proposed.
func versionOf(repository, tag string) (major, minor, why string) {
	switch {
	case tag == "":
		return "", "", "without a tag: write one into the manifest first"
	case strings.HasPrefix(tag, "sha256:") || strings.HasPrefix(tag, "sha512:"):
		return "", "", "a digest without a tag: nothing says what is newer"
	}
	m := threeParts.FindStringSubmatch(tag)
	if m == nil {
		return "", "", "tag " + tag + " is not a version of three parts"
	}
	p, err := policy.Compile(policy.Spec{Semver: caret(m[1], m[2])})
	if err != nil {
		return "", "", "tag " + tag + " is not a version"
	}
	decision, _ := p.Decide(policy.Image{Name: repository, Tag: tag}, policy.Offer{Listed: true, Complete: true, Tags: []string{tag}})
	if decision.Outcome != policy.OutcomeCurrent {
		reason := decision.Reason
		if len(decision.Verdicts) > 0 {
			reason = decision.Verdicts[0].Reason
		}
		return "", "", "tag " + tag + " would not be accepted: " + string(reason)
	}
	return m[1], m[2], ""
}

func caret(major, minor string) string { return "^" + major + "." + minor }

func number(digits string) uint64 {
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return ^uint64(0)
	}
	return n
}

// owner is the part of a repository's name that images of one team share: the registry and what follows it.
func owner(repository string) string { return path.Dir(repository) }

// rule is one rule to be written.
type rule struct {
	images []string
	policy string
	found  []finding
}

func (r rule) globs() int {
	if strings.HasSuffix(r.images[0], "*") {
		return 1
	}
	return 0
}

// rangeRule makes one rule of images that share an owner and a major version. A glob is written only when it
// stands for all that was found of the owner; official images have no owner in common but the registry.
func rangeRule(members []finding, used map[string]int) rule {
	r := rule{found: members}
	lowest := members[0]
	for _, f := range members {
		r.images = append(r.images, f.repository)
		if number(f.minor) < number(lowest.minor) {
			lowest = f
		}
	}
	r.policy = "semver:" + caret(lowest.major, lowest.minor)
	dir := owner(lowest.repository)
	if len(members) > 1 && used[dir] == len(members) && strings.Contains(dir, "/") && dir != "docker.io/library" {
		r.images = []string{dir + "/*"}
	}
	return r
}
