package tree

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
)

// ReadDir returns the regular files below root that are selected, and what was left out, both sorted by path. It follows no
// symbolic link below root and enters no submodule. Only a root that cannot be read at all is an error.
func ReadDir(root string, selection Selection) (files []File, skipped []Skipped, err error) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, nil, fmt.Errorf("opening %s: %w", root, cause(err))
	}
	defer dir.Close()
	r := reader{root: dir}
	if err := fs.WalkDir(dir.FS(), ".", r.visit); err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", root, cause(err))
	}
	r.filter, r.skipped = selection.Filter(r.first(selection))
	for _, m := range r.met {
		r.take(m)
	}
	slices.SortFunc(r.files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortFunc(r.skipped, func(a, b Skipped) int { return cmp.Compare(a.Path, b.Path) })
	return r.files, r.skipped, nil
}

// reader collects what a walk meets.
type reader struct {
	root    *os.Root
	met     []met
	filter  *Filter
	files   []File
	skipped []Skipped
}

// met is what a walk met at one name: a file of some mode, or a directory that was not entered, and why.
type met struct {
	name           string
	mode           fs.FileMode
	reason, detail string
}

// visit is a fs.WalkDirFunc.
func (r *reader) visit(name string, entry fs.DirEntry, err error) error {
	switch {
	case err != nil && name == ".":
		return err
	case err != nil:
		r.met = append(r.met, met{name: name, reason: ReasonUnreadable, detail: cause(err).Error()})
		return nil
	case entry.IsDir():
		return r.enter(name)
	default:
		r.met = append(r.met, met{name: name, mode: entry.Type()})
		return nil
	}
}

// enter says whether to look into a directory.
func (r *reader) enter(name string) error {
	if name == "." {
		return nil
	}
	if isGit(path.Base(name)) {
		return fs.SkipDir
	}
	if _, err := r.root.Lstat(path.Join(name, ".git")); err == nil {
		r.met = append(r.met, met{name: name, reason: ReasonSubmodule, detail: "a Git repository of its own"})
		return fs.SkipDir
	}
	return nil
}

// first reads the files that say which others are read.
func (r *reader) first(selection Selection) (files []File, unread []string) {
	for _, m := range r.met {
		if m.reason != "" || !selection.First(m.name) {
			continue
		}
		if !m.mode.IsRegular() { // opening a pipe would wait for its other end
			unread = append(unread, m.name)
			continue
		}
		f, failed := r.read(m.name)
		if failed != nil {
			unread = append(unread, m.name)
			continue
		}
		files = append(files, f)
	}
	return files, unread
}

// take adds what was met to the files, or to those that are left out.
func (r *reader) take(m met) {
	skip := func(reason, detail string) {
		r.skipped = append(r.skipped, Skipped{Path: m.name, Reason: reason, Detail: detail})
	}
	switch {
	case m.reason != "":
		if !r.filter.Ignores(m.name, false) {
			skip(m.reason, m.detail)
		}
	case !r.filter.Wants(m.name):
		if m.mode&fs.ModeSymlink != 0 && r.hidesDir(m.name) {
			skip(ReasonSymlink, "a link to a directory")
		}
	case m.mode&fs.ModeSymlink != 0:
		skip(ReasonSymlink, "")
	case !m.mode.IsRegular():
		skip(ReasonNotRegular, "")
	default:
		f, failed := r.read(m.name)
		if failed != nil {
			r.skipped = append(r.skipped, *failed)
			return
		}
		r.files = append(r.files, f)
	}
}

// hidesDir says whether a symbolic link leads to a directory of this tree that nobody ignores.
func (r *reader) hidesDir(name string) bool {
	info, err := r.root.Stat(name)
	return err == nil && info.IsDir() && !r.filter.Ignores(name, false)
}

// read reads one regular file, unless it is too large to be looked at.
func (r *reader) read(name string) (File, *Skipped) {
	unreadable := func(err error) (File, *Skipped) {
		return File{}, &Skipped{Path: name, Reason: ReasonUnreadable, Detail: cause(err).Error()}
	}
	f, err := r.root.Open(name)
	if err != nil {
		return unreadable(err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return unreadable(err)
	case info.Size() > MaxSize:
		return File{}, &Skipped{Path: name, Reason: ReasonTooLarge, Detail: tooLarge(info.Size())}
	}
	content, err := io.ReadAll(io.LimitReader(f, MaxSize+1)) // it may grow meanwhile; Screen looks again
	if err != nil {
		return unreadable(err)
	}
	return File{Path: name, Content: content}, nil
}

// cause takes the path off an error of the file system: callers name it in their own words.
func cause(err error) error {
	var at *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &at):
		return at.Err
	case errors.As(err, &link):
		return link.Err
	default:
		return err
	}
}
