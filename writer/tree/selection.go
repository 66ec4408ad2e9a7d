package tree

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// ConfigFile is the name of the files in which a repository keeps its policies and rules. They are always read: what is
// forbidden in them must be known.
const ConfigFile = "bumpboat.yaml"

// Selection says which files of a repository are read. The zero value selects all that can name an image, without those that
// files called .bumpboatignore leave out.
type Selection struct {
	// Want says by its name alone whether a file can matter; nil stands for Wanted.
	Want func(path string) bool
	// Limits must all admit a file.
	Limits []Limit
	// Config returns the limit that the bumpboat.yaml at the root sets; nil for none.
	Config func(content []byte) Limit
}

// First says whether a file is to be read before the others, because it says which of them are left out.
func (s Selection) First(name string) bool {
	return name == ConfigFile && s.Config != nil || path.Base(name) == IgnoreFile
}

// Considers says whether a file can matter at all, as far as its name tells.
func (s Selection) Considers(name string) bool { return s.wants(name) || s.First(name) }

func (s Selection) wants(name string) bool {
	if s.Want == nil {
		return Wanted(name)
	}
	return s.Want(name)
}

// Filter returns what says whether any file is read. first are the files that were to be read before, unread those of them
// that could not be. Skipped are the ignore files that cannot be used; nothing is read of what is below.
func (s Selection) Filter(first []File, unread []string) (*Filter, []Skipped) {
	f := &Filter{want: s.wants, limits: slices.Clone(s.Limits), dirs: map[string]bool{}}
	var skipped []Skipped
	for _, file := range first {
		if path.Base(file.Path) != IgnoreFile {
			f.limits = append(f.limits, s.Config(file.Content))
			continue
		}
		ignore, problem := readIgnore(file)
		if problem != "" {
			skipped = append(skipped, Skipped{Path: file.Path, Reason: ReasonBadIgnore, Detail: problem})
		}
		f.files = append(f.files, ignore)
	}
	for _, name := range unread {
		if dir, base := path.Split(name); base == IgnoreFile {
			skipped = append(skipped, Skipped{Path: name, Reason: ReasonBadIgnore, Detail: "not a file that can be read"})
			f.files = append(f.files, everything(dir))
		}
	}
	slices.SortStableFunc(f.files, func(a, b ignoreFile) int { return cmp.Compare(strings.Count(a.dir, "/"), strings.Count(b.dir, "/")) })
	return f, slices.DeleteFunc(skipped, func(s Skipped) bool { return f.ignoresAbove(s.Path) })
}
