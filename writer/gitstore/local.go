package gitstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// cached is how much of a local repository's objects is kept in memory between reads.
const cached = 16 * cache.MiByte

// local is a bare repository on this machine. It is opened anew for each step, because git may repack it at any time.
type local struct{ dir string }

var (
	errNoRepository = errors.New("there is no Git repository")
	errNotBare      = errors.New("it is not a bare repository")
	errObjectFormat = errors.New("its object format is not SHA-1")
	errLocked       = errors.New("the branch is locked by another process")
	errRefFormat    = errors.New("its references are not kept as files")
)

func (l *local) open() (*filesystem.Storage, error) {
	for _, name := range []string{"HEAD", "objects", "refs"} {
		if _, err := os.Stat(filepath.Join(l.dir, name)); err != nil {
			if _, worktree := os.Stat(filepath.Join(l.dir, ".git")); worktree == nil {
				return nil, errNotBare
			}
			return nil, fmt.Errorf("%w: %w", errNoRepository, err)
		}
	}
	dir, err := filepath.Abs(l.dir)
	if err != nil {
		return nil, err
	}
	s := filesystem.NewStorage(osfs.New(dir, osfs.WithBoundOS()), cache.NewObjectLRU(cached))
	config, err := s.Config()
	if err != nil {
		return nil, fmt.Errorf("reading its config: %w", err)
	}
	extensions := config.Raw.Section("extensions")
	if f := extensions.Option("objectformat"); f != "" && f != "sha1" {
		return nil, errObjectFormat
	}
	if f := extensions.Option("refstorage"); f != "" && f != "files" {
		return nil, errRefFormat
	}
	return s, nil
}

func (l *local) refs(ctx context.Context) (refs, error) {
	out := refs{heads: map[string]plumbing.Hash{}}
	if err := ctx.Err(); err != nil {
		return out, err
	}
	s, err := l.open()
	if err != nil {
		return out, err
	}
	all, err := s.IterReferences()
	if err != nil {
		return out, fmt.Errorf("listing its references: %w", err)
	}
	err = all.ForEach(func(ref *plumbing.Reference) error {
		if name := shortName(ref.Name().String()); name != "" && ref.Type() == plumbing.HashReference {
			out.heads[name] = ref.Hash()
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("listing its references: %w", err)
	}
	if head, err := s.Reference(plumbing.HEAD); err == nil && head.Type() == plumbing.SymbolicReference {
		out.head = shortName(head.Target().String())
	} else if err == nil {
		out.head = guessHead(out.heads, head.Hash())
	}
	return out, nil
}

func (l *local) load(ctx context.Context, o *objects, _ query) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s, err := l.open()
	if err != nil {
		return err
	}
	o.disk = s
	return nil
}

func (l *local) push(ctx context.Context, u update) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s, err := l.open()
	if err != nil {
		return err
	}
	for _, o := range u.objects {
		if _, err := o.store(s); err != nil {
			return fmt.Errorf("writing object %s: %w", o.hash, err)
		}
	}
	return l.move(s, u)
}

// move is git's own protocol for a loose reference: the lock file is made exclusively, the old value compared
// under the lock, and the lock file renamed into place. go-git's CheckAndSetReference neither shares that lock
// with a running git nor can it ask that the reference does not exist yet.
func (l *local) move(s storer.ReferenceStorer, u update) (err error) {
	root, err := os.OpenRoot(l.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	name := u.ref().String()
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	lock, err := root.OpenFile(name+".lock", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %w", errLocked, err)
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, root.Remove(name+".lock"))
		}
	}()
	_, err = lock.WriteString(u.new.String() + "\n")
	if err = errors.Join(err, lock.Sync(), lock.Close()); err != nil {
		return err
	}
	if now, err := current(s, u.ref()); err != nil || now != u.old {
		return errors.Join(errMoved, err)
	}
	if u.old.IsZero() {
		// Git leaves empty directories behind when it deletes branches below one of this name.
		if info, err := root.Stat(name); err == nil && info.IsDir() {
			if err := root.Remove(name); err != nil {
				return err
			}
		}
	}
	return root.Rename(name+".lock", name)
}

// current returns what a reference says now; zero when it does not exist.
func current(s storer.ReferenceStorer, name plumbing.ReferenceName) (plumbing.Hash, error) {
	ref, err := s.Reference(name)
	switch {
	case errors.Is(err, plumbing.ErrReferenceNotFound):
		return plumbing.ZeroHash, nil
	case err != nil && strings.Contains(err.Error(), "is a directory"):
		return plumbing.ZeroHash, nil
	case err != nil:
		return plumbing.ZeroHash, err
	}
	return ref.Hash(), nil
}
