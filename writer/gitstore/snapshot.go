package gitstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/bumpboat/bumpboat/writer/tree"
)

// Why a file of a repository is left out.
const (
	// ReasonSymlink is a symbolic link, which is never followed.
	ReasonSymlink = "skip/symlink"
	// ReasonSubmodule is another repository at a place of this one.
	ReasonSubmodule = "skip/submodule"
	// ReasonUnsafePath is a name that could lead somewhere else.
	ReasonUnsafePath = "skip/unsafe-path"
)

// Snapshot is a branch of a repository at one commit. It is not safe for concurrent use.
type Snapshot struct {
	// Branch is the short name of the branch that was read.
	Branch string
	// Commit is its tip in hexadecimal.
	Commit string
	// When is the committer date of the tip; zero when the commit has none that makes sense.
	When time.Time
	// Files are the wanted regular files, sorted by path. Files with equal content share it: it is not to be changed.
	Files []tree.File
	// Skipped are the wanted names that are no regular files, all submodules, and all names that are unsafe.
	Skipped []tree.Skipped

	remote  *Remote
	conn    connection
	objects *objects
	refs    refs
	tip     plumbing.Hash
	root    plumbing.Hash
}

// query says what to bring: either the last commits of a tip with their trees, or certain blobs.
type query struct {
	// tip is the commit to begin at, depth how many generations of commits to bring.
	tip   plumbing.Hash
	depth int
	// base is a commit that is held with its trees but without its parents, so that only what differs from it need
	// be sent; zero for none.
	base plumbing.Hash
	// content asks for the blobs of tip as well.
	content bool
	// blobs are wanted on their own.
	blobs []plumbing.Hash
}

// Snapshot reads the files of a branch for which want answers true; branch "" is the one that HEAD means, and
// want nil wants everything. Where the server can, only commits, trees and the wanted content are transferred.
func (r *Remote) Snapshot(ctx context.Context, branch string, want func(path string) bool) (*Snapshot, error) {
	ctx, cancel := r.within(ctx)
	defer cancel()
	doing := "reading " + r.String()
	if branch != "" {
		doing = fmt.Sprintf("reading branch %s of %s", branch, r)
	}
	s, err := r.snapshot(ctx, branch, want)
	if err != nil {
		return nil, r.fault(ctx, doing, err)
	}
	return s, nil
}

func (r *Remote) snapshot(ctx context.Context, branch string, want func(path string) bool) (*Snapshot, error) {
	if branch != "" {
		if err := checkBranch(branch); err != nil {
			return nil, err
		}
	}
	s := &Snapshot{remote: r, conn: r.connect(), objects: newObjects(r.maxBytes)}
	var err error
	if s.refs, err = s.conn.refs(ctx); err != nil {
		return nil, err
	}
	if s.Branch, s.tip, err = s.refs.find(branch); err != nil {
		return nil, err
	}
	s.Commit = s.tip.String()
	if err := s.conn.load(ctx, s.objects, query{tip: s.tip, depth: 1}); err != nil {
		return nil, err
	}
	c, err := s.objects.commit(s.tip)
	if err != nil {
		return nil, err
	}
	s.root, s.When = c.tree, c.when
	wanted, err := s.list(want)
	if err != nil {
		return nil, err
	}
	return s, s.fill(ctx, wanted)
}

// list walks the trees and returns the hashes of the wanted files, in the order of Files.
func (s *Snapshot) list(want func(path string) bool) ([]plumbing.Hash, error) {
	type file struct {
		path string
		hash plumbing.Hash
	}
	var files []file
	err := s.objects.walker().files(s.root, "", func(path string, e entry, unsafe string) {
		switch {
		case unsafe != "":
			s.Skipped = append(s.Skipped, tree.Skipped{Path: path, Reason: ReasonUnsafePath, Detail: unsafe})
		case e.is(typeGitlink):
			s.Skipped = append(s.Skipped, tree.Skipped{Path: path, Reason: ReasonSubmodule, Detail: "submodules are not entered"})
		case want != nil && !want(path):
		case e.is(typeSymlink):
			s.Skipped = append(s.Skipped, tree.Skipped{Path: path, Reason: ReasonSymlink, Detail: "symbolic links are not followed"})
		case e.is(typeFile):
			files = append(files, file{path, e.hash})
		default:
			s.Skipped = append(s.Skipped, tree.Skipped{Path: path, Reason: ReasonUnsafePath, Detail: fmt.Sprintf("unknown file mode %o", e.mode)})
		}
	})
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.path, b.path) })
	hashes := make([]plumbing.Hash, len(files))
	s.Files = make([]tree.File, len(files))
	for i, f := range files {
		hashes[i] = f.hash
		s.Files[i] = tree.File{Path: f.path, Blob: f.hash.String()}
	}
	return hashes, err
}

// fill brings the content of Files, whose blobs are wanted, and lets go of all other content.
func (s *Snapshot) fill(ctx context.Context, wanted []plumbing.Hash) error {
	if lacking := s.lacking(wanted); len(lacking) > 0 {
		err := s.conn.load(ctx, s.objects, query{blobs: lacking})
		if err != nil && !errors.Is(err, errRefused) {
			return err
		}
		if len(s.lacking(lacking)) > 0 {
			// The server does not hand out blobs by their hash, whatever it advertised.
			if err := s.conn.load(ctx, s.objects, query{tip: s.tip, depth: 1, content: true}); err != nil {
				return err
			}
		}
	}
	for i, h := range wanted {
		content, err := s.objects.get(plumbing.BlobObject, h)
		if err != nil {
			return fmt.Errorf("content of %s: %w", s.Files[i].Path, err)
		}
		s.Files[i].Content = content
	}
	for h, o := range s.objects.held {
		if o.kind == plumbing.BlobObject {
			delete(s.objects.held, h)
		}
	}
	return nil
}

func (s *Snapshot) lacking(wanted []plumbing.Hash) []plumbing.Hash {
	var lacking []plumbing.Hash
	asked := map[plumbing.Hash]bool{}
	for _, h := range wanted {
		if !asked[h] && !s.objects.has(h) {
			asked[h] = true
			lacking = append(lacking, h)
		}
	}
	return lacking
}

// Branches returns the branches of the repository and their tips as they were at the snapshot, moved by what was
// proposed since.
func (s *Snapshot) Branches() map[string]string {
	branches := make(map[string]string, len(s.refs.heads))
	for name, h := range s.refs.heads {
		branches[name] = h.String()
	}
	return branches
}

// file returns the file at path, or nil.
func (s *Snapshot) file(path string) *tree.File {
	i, ok := slices.BinarySearchFunc(s.Files, path, func(f tree.File, path string) int { return strings.Compare(f.Path, path) })
	if !ok {
		return nil
	}
	return &s.Files[i]
}
