package tree

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// IgnoreFile is the name of files that say, in the syntax of gitignore, which files below their directory are not read.
const IgnoreFile = ".bumpboatignore"

// ReasonBadIgnore is a .bumpboatignore that cannot be used.
const ReasonBadIgnore = "skip/bad-ignore"

const (
	mostPatterns   = 1000
	longestPattern = 256
)

// ignoreFile is one file of patterns.
type ignoreFile struct {
	// dir is its directory with a slash at the end, "" for the root.
	dir      string
	patterns []pattern
}

// pattern is one line of an ignore file (gitignore(5)).
type pattern struct {
	glob string
	// literal says that there is nothing to match in it but the text itself.
	literal bool
	// name says that the glob is for the last part of the path alone.
	name bool
	// include takes back what an earlier pattern ignores.
	include, onlyDirs bool
}

// readIgnore reads an ignore file. problem says what is wrong with it, or is "". One that cannot be read ignores everything:
// what it was to keep out is not known.
func readIgnore(f File) (file ignoreFile, problem string) {
	file.dir, _ = path.Split(f.Path)
	number := 0
	for line := range bytes.Lines(bytes.TrimPrefix(f.Content, []byte("\uFEFF"))) {
		number++
		p, ok, why := readPattern(strings.TrimRight(string(line), "\r\n"))
		if ok && len(file.patterns) == mostPatterns {
			why = fmt.Sprintf("more than %d patterns", mostPatterns)
		}
		if why != "" {
			return everything(file.dir), fmt.Sprintf("line %d: %s", number, why)
		}
		if ok {
			file.patterns = append(file.patterns, p)
		}
	}
	return file, ""
}

// everything ignores all that is below a directory.
func everything(dir string) ignoreFile {
	return ignoreFile{dir: dir, patterns: []pattern{{glob: "*", name: true}}}
}

// readPattern reads a line. ok is false for comments and empty lines.
func readPattern(line string) (p pattern, ok bool, problem string) {
	if strings.HasPrefix(line, "#") {
		return p, false, ""
	}
	text := trimBlanks(line)
	text, p.include = strings.CutPrefix(text, "!")
	text, p.onlyDirs = strings.CutSuffix(text, "/")
	p.name = !strings.Contains(text, "/")
	text = strings.TrimPrefix(text, "/")
	if text == "" {
		return p, false, ""
	}
	if strings.HasSuffix(text, "/**") {
		text += "/*" // what is in the directory, and not the directory
	}
	p.literal = !strings.ContainsAny(text, `*?[\`)
	if p.glob = text; !p.literal {
		p.glob = strings.NewReplacer("{", `\{`, "}", `\}`).Replace(text) // which mean nothing in gitignore
	}
	switch {
	case len(text) > longestPattern:
		return p, false, fmt.Sprintf("a pattern of %d characters; at most %d are read", len(text), longestPattern)
	case strings.Contains(text, "[:"):
		return p, false, "classes such as [:alpha:] are not known"
	case !doublestar.ValidatePattern(p.glob):
		return p, false, "not a pattern"
	}
	return p, true, ""
}

// trimBlanks removes blanks at the end, unless a backslash is before them.
func trimBlanks(line string) string {
	trimmed := strings.TrimRight(line, " ")
	if len(trimmed) < len(line) && strings.HasSuffix(trimmed, `\`) {
		return trimmed + " "
	}
	return trimmed
}

// matches says whether a pattern is for a path below the directory of its file.
func (p pattern) matches(rest string, dir bool) bool {
	if p.onlyDirs && !dir {
		return false
	}
	if p.name {
		rest = path.Base(rest)
	}
	if p.literal {
		return rest == p.glob
	}
	return doublestar.MatchUnvalidated(p.glob, rest)
}

// Limit is the globs by which a config file says what is looked at: paths of files, or of directories with all that is in them.
type Limit struct {
	// Paths are what is looked at; none stand for everything.
	Paths []string
	// Ignore are what is not.
	Ignore []string
}

// Filter says which files of a repository are read. It is not safe for concurrent use.
type Filter struct {
	want   func(path string) bool
	limits []Limit
	// files are from the root downwards.
	files []ignoreFile
	// dirs has the answers for directories.
	dirs map[string]bool
}

// Wants says whether a file is to be read.
func (f *Filter) Wants(name string) bool {
	return f.want(name) && (path.Base(name) == ConfigFile || !f.Ignores(name, false))
}

// Ignores says whether a file or directory is left out, by itself or with a directory around it.
func (f *Filter) Ignores(name string, dir bool) bool {
	if f.ignoresAbove(name) || f.ignoredByPattern(name, dir) {
		return true
	}
	return slices.ContainsFunc(f.limits, func(l Limit) bool {
		return covers(l.Ignore, name) || !dir && len(l.Paths) > 0 && !covers(l.Paths, name)
	})
}

// ignoresAbove says whether the directory around something is ignored. Nothing in there can be taken back.
func (f *Filter) ignoresAbove(name string) bool {
	dir := path.Dir(name)
	if dir == "." || dir == "/" {
		return false
	}
	ignored, known := f.dirs[dir]
	if !known {
		ignored = f.Ignores(dir, true)
		f.dirs[dir] = ignored
	}
	return ignored
}

// ignoredByPattern asks the ignore files around a path. The last pattern that matches counts, of the nearest file.
func (f *Filter) ignoredByPattern(name string, dir bool) bool {
	for _, file := range slices.Backward(f.files) {
		rest, below := strings.CutPrefix(name, file.dir)
		if !below {
			continue
		}
		for _, p := range slices.Backward(file.patterns) {
			if p.matches(rest, dir) {
				return !p.include
			}
		}
	}
	return false
}

// covers says whether one of the globs matches a path or a directory around it.
func covers(globs []string, name string) bool {
	for ; len(globs) > 0 && name != "." && name != "/"; name = path.Dir(name) {
		for _, glob := range globs {
			if doublestar.MatchUnvalidated(strings.TrimSuffix(glob, "/"), name) {
				return true
			}
		}
	}
	return false
}
