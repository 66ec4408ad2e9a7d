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

// ReadDir returns the wanted regular files below root, and what was left out, both sorted by path. It follows no
// symbolic link below root and enters no submodule. Only a root that cannot be read at all is an error.
func ReadDir(root string) (files []File, skipped []Skipped, err error) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, nil, fmt.Errorf("opening %s: %w", root, cause(err))
	}
	defer dir.Close()
	r := reader{root: dir}
	if err := fs.WalkDir(dir.FS(), ".", r.visit); err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", root, cause(err))
	}
	slices.SortFunc(r.files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortFunc(r.skipped, func(a, b Skipped) int { return cmp.Compare(a.Path, b.Path) })
	return r.files, r.skipped, nil
}

// reader collects what a walk meets.
type reader struct {
	root    *os.Root
	files   []File
	skipped []Skipped
}

func (r *reader) skip(name, reason, detail string) {
	r.skipped = append(r.skipped, Skipped{Path: name, Reason: reason, Detail: detail})
}

// visit is a fs.WalkDirFunc.
func (r *reader) visit(name string, entry fs.DirEntry, err error) error {
	switch {
	case err != nil && name == ".":
		return err
	case err != nil:
		r.skip(name, ReasonUnreadable, cause(err).Error())
		return nil
	case entry.IsDir():
		return r.enter(name)
	case entry.Type()&fs.ModeSymlink != 0:
		r.link(name)
	case !Wanted(name):
	case !entry.Type().IsRegular():
		r.skip(name, ReasonNotRegular, "")
	default:
		r.read(name)
	}
	return nil
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
		r.skip(name, ReasonSubmodule, "a Git repository of its own")
		return fs.SkipDir
	}
	return nil
}

// link names a symbolic link that hides something wanted: by its name, or because it leads to a directory of this tree.
func (r *reader) link(name string) {
	if Wanted(name) {
		r.skip(name, ReasonSymlink, "")
		return
	}
	if info, err := r.root.Stat(name); err == nil && info.IsDir() {
		r.skip(name, ReasonSymlink, "a link to a directory")
	}
}

// read reads one regular file, unless it is too large to be looked at.
func (r *reader) read(name string) {
	f, err := r.root.Open(name)
	if err != nil {
		r.skip(name, ReasonUnreadable, cause(err).Error())
		return
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		r.skip(name, ReasonUnreadable, cause(err).Error())
		return
	case info.Size() > MaxSize:
		r.skip(name, ReasonTooLarge, tooLarge(info.Size()))
		return
	}
	content, err := io.ReadAll(io.LimitReader(f, MaxSize+1)) // it may grow meanwhile; Screen looks again
	if err != nil {
		r.skip(name, ReasonUnreadable, cause(err).Error())
		return
	}
	r.files = append(r.files, File{Path: name, Content: content})
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
