package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// tagFilter is a compiled TagFilter.
type tagFilter struct {
	allow, deny []*regexp.Regexp
	extract     string
}

func compileFilter(f TagFilter) (tagFilter, error) {
	allow, err := compilePatterns("tags.allow", f.Allow)
	if err != nil {
		return tagFilter{}, err
	}
	deny, err := compilePatterns("tags.deny", f.Deny)
	if err != nil {
		return tagFilter{}, err
	}
	filter := tagFilter{allow: allow, deny: deny, extract: f.Extract}
	return filter, filter.checkExtract()
}

// longestPattern bounds a pattern: what is longer is a list of tags, or an attack.
const longestPattern = 1000

func compilePatterns(field string, patterns []string) ([]*regexp.Regexp, error) {
	var out []*regexp.Regexp
	for i, p := range patterns {
		bad := func(message, hint string) ([]*regexp.Regexp, error) {
			return nil, &SpecError{Field: fmt.Sprintf("%s[%d]", field, i), Message: message, HintText: hint}
		}
		if len(p) > longestPattern {
			return bad(fmt.Sprintf("a pattern of %d characters", len(p)), fmt.Sprintf("at most %d", longestPattern))
		}
		re, err := regexp.Compile(p)
		if err != nil {
			return bad(err.Error(), "patterns are RE2: no look-ahead and no back-references")
		}
		if !canMatchTag(p) {
			return bad(fmt.Sprintf("no tag can match %q", p), "tags are letters, digits and . - _; ^ stands for the beginning, $ for the end, and spaces count")
		}
		out = append(out, re)
	}
	return out, nil
}

// groupReference matches the references of a template: $name, ${name}, $1, and $$, which stands for a dollar.
var groupReference = regexp.MustCompile(`\$(\$|\w+|\{\w+\})?`)

// checkExtract says whether every group that the template names is in every allow pattern.
func (f tagFilter) checkExtract() error {
	if f.extract == "" {
		return nil
	}
	bad := func(message, hint string) error {
		return &SpecError{Field: "tags.extract", Message: message, HintText: hint}
	}
	if len(f.allow) == 0 {
		return bad("nothing to extract from", `give tags.allow a pattern with groups, for example allow: ['^main-(?P<time>\d+)$'] and extract: $time`)
	}
	references := 0
	for _, m := range groupReference.FindAllStringSubmatch(f.extract, -1) {
		name := strings.Trim(m[1], "{}")
		switch name {
		case "$":
			continue
		case "":
			return bad(fmt.Sprintf("a dollar without a group in %q", f.extract), "write $name, ${name} or $1; $$ stands for a dollar")
		}
		references++
		for i, re := range f.allow {
			if !hasGroup(re, name) {
				return bad(fmt.Sprintf("no group %q in tags.allow[%d]", name, i), groupsHint(re))
			}
		}
	}
	if references == 0 {
		return bad(fmt.Sprintf("no group in %q, so every tag would be the same", f.extract), "write $name, ${name} or $1")
	}
	return nil
}

func hasGroup(re *regexp.Regexp, name string) bool {
	if allDigits(name) {
		return len(name) < 4 && number(name) <= re.NumSubexp()
	}
	return re.SubexpIndex(name) >= 0
}

func groupsHint(re *regexp.Regexp) string {
	names := slices.DeleteFunc(re.SubexpNames(), func(name string) bool { return name == "" })
	switch {
	case len(names) > 0:
		return "its groups are called " + strings.Join(names, ", ") + "; ${name} where a letter or digit follows"
	case re.NumSubexp() > 0:
		return fmt.Sprintf("it has %d groups without names: $1", re.NumSubexp())
	}
	return `it has no groups: write (?P<name>…) around what counts`
}

// tagGrammar is the tag rule of the OCI distribution specification ("Pulling manifests": <reference> as a tag), artifactTag the form
// of the tags under which cosign and the referrers fallback ("Referrers Tag Schema") keep signatures, attestations and bills of
// materials: sha256-<hex>, with a suffix or without.
func validTag(tag string) bool {
	if tag == "" || len(tag) > 128 || tag[0] == '.' || tag[0] == '-' {
		return false
	}
	for i := range len(tag) {
		if c := tag[i]; !isLetter(c) && !isDigit(c) && !isSeparator(c) {
			return false
		}
	}
	return true
}

func isArtifact(tag string) bool {
	hex, ok := strings.CutPrefix(tag, "sha256-")
	if !ok || len(hex) < 64 || len(hex) > 64 && hex[64] != '.' {
		return false
	}
	for i := range 64 {
		if !isHex(hex[i]) {
			return false
		}
	}
	return true
}

// admit returns what is ordered in place of a tag, or why the tag is refused whatever the order.
func (f *tagFilter) admit(tag string) (value string, reason Reason) {
	switch {
	case !validTag(tag):
		return "", ReasonMalformed
	case isArtifact(tag):
		return "", ReasonArtifact
	}
	matches := func(re *regexp.Regexp) bool { return re.MatchString(tag) }
	at := slices.IndexFunc(f.allow, matches)
	if len(f.allow) > 0 && at < 0 {
		return "", ReasonNotAllowed
	}
	if slices.ContainsFunc(f.deny, matches) {
		return "", ReasonDenied
	}
	if f.extract == "" {
		return tag, ""
	}
	value = f.expand(f.allow[at], tag)
	if value == "" {
		return "", ReasonNoExtract
	}
	return value, ""
}

// value returns what is ordered in place of the tag in use, which the filters need not admit; "" when nothing can be extracted.
func (f *tagFilter) value(tag string) string {
	if f.extract == "" {
		return tag
	}
	for _, re := range f.allow {
		if re.MatchString(tag) {
			return f.expand(re, tag)
		}
	}
	return ""
}

func (f *tagFilter) expand(re *regexp.Regexp, tag string) string {
	return string(re.ExpandString(nil, f.extract, tag, re.FindStringSubmatchIndex(tag)))
}
