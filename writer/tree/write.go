package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// WriteDir gives each changed file below root its new content and keeps its mode. Each file is replaced at once: a reader
// sees the old content or the new. Before the first is written, all are compared with what the changes expect; a file that
// is another by now is an error of kind conflict, and nothing is written. The error names the file.
func WriteDir(root string, changes []Change) error {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return fmt.Errorf("opening %s: %w", root, cause(err))
	}
	defer dir.Close()
	for _, c := range changes {
		if err := unchanged(dir, c); err != nil {
			return fmt.Errorf("writing %s: %w", c.Path, cause(err))
		}
	}
	for _, c := range changes {
		if err := replace(dir, c.Path, c.New); err != nil {
			return fmt.Errorf("writing %s: %w", c.Path, cause(err))
		}
	}
	return nil
}

// unchanged says whether a file still is what the change was made for.
func unchanged(dir *os.Root, c Change) error {
	if err := noLinks(dir, c.Path); err != nil {
		return err
	}
	f, err := dir.Open(c.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	now, err := io.ReadAll(io.LimitReader(f, int64(len(c.Old))+1))
	if err != nil {
		return err
	}
	if !bytes.Equal(now, c.Old) {
		return fault.New(fault.Conflict, "look at the new content and run again", errors.New("the file was changed meanwhile"))
	}
	return nil
}

// noLinks refuses a path that is no regular file, or that leads through a symbolic link.
func noLinks(dir *os.Root, name string) error {
	if !fs.ValidPath(name) || name == "." {
		return fault.New(fault.Invalid, "", errors.New("no path below the directory"))
	}
	info, err := dir.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.Conflict, "run again", errors.New("the file is gone"))
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fault.New(fault.Invalid, "", errors.New("not a regular file"))
	}
	for above := path.Dir(name); above != "."; above = path.Dir(above) {
		info, err := dir.Lstat(above)
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fault.New(fault.Invalid, "", fmt.Errorf("%s is a symbolic link", above))
		}
	}
	return nil
}

// replace writes a file beside the old one and renames it. It is not synced to disk: Git is what a crash of the machine is
// mended from.
func replace(dir *os.Root, name string, content []byte) error {
	info, err := dir.Lstat(name)
	if err != nil {
		return err
	}
	f, temporary, err := create(dir, name)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	// The mode for new files does not apply: the umask would change it.
	err = errors.Join(err, f.Chmod(info.Mode().Perm()), f.Close())
	if err == nil {
		err = dir.Rename(temporary, name)
	}
	if err != nil {
		return errors.Join(err, dir.Remove(temporary))
	}
	return nil
}

// create makes an empty file in the directory of name, under a name that is not wanted and not taken.
func create(dir *os.Root, name string) (*os.File, string, error) {
	const tries = 100
	for i := 0; ; i++ {
		temporary := path.Join(path.Dir(name), fmt.Sprintf(".%s.bumpboat-%d", path.Base(name), i))
		f, err := dir.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil || !errors.Is(err, fs.ErrExist) || i == tries {
			return f, temporary, err
		}
	}
}
