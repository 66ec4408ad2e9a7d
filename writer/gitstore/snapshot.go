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

// Snapshot reads the files of a branch that are selected; branch "" is the one that HEAD means, and no selection selects
// everything. Where the server can, only commits, trees and the selected content are transferred.
func (r *Remote) Snapshot(ctx context.Context, branch string, selection *tree.Selection) (*Snapshot, error) {
	ctx, cancel := r.within(ctx)
	defer cancel()
	doing := "reading " + r.String()
	if branch != "" {
		doing = fmt.Sprintf("reading branch %s of %s", branch, r)
	}
	s, err := r.snapshot(ctx, branch, selection)
	if err != nil {
		return nil, r.fault(ctx, doing, err)
	}
	return s, nil
}

func (r *Remote) snapshot(ctx context.Context, branch string, selection *tree.Selection) (*Snapshot, error) {
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
	if selection == nil {
		selection = &tree.Selection{Want: func(string) bool { return true }}
	}
	all, err := s.list(*selection)
	if err != nil {
		return nil, err
	}
	filter, err := s.filter(ctx, *selection, all)
	if err != nil {
		return nil, err
	}
	if s.Files, err = s.fill(ctx, s.choose(all, filter)); err != nil {
		return nil, err
	}
	s.forgetContent()
	return s, nil
}

// listed is what stands at one path of the tree that is no directory.
type listed struct {
	path string
	entry
	unsafe string
}

// list walks the trees, and returns what can matter, sorted by path.
func (s *Snapshot) list(selection tree.Selection) ([]listed, error) {
	var all []listed
	err := s.objects.walker().files(s.root, "", func(path string, e entry, unsafe string) {
		if unsafe != "" || e.is(typeGitlink) || selection.Considers(path) {
			all = append(all, listed{path, e, unsafe})
		}
	})
	slices.SortFunc(all, func(a, b listed) int { return strings.Compare(a.path, b.path) })
	return all, err
}

// filter reads the files that say which others are selected.
func (s *Snapshot) filter(ctx context.Context, selection tree.Selection, all []listed) (*tree.Filter, error) {
	var first []listed
	var unread []string
	for _, l := range all {
		switch {
		case l.unsafe != "" || !selection.First(l.path):
		case l.is(typeFile):
			first = append(first, l)
		default:
			unread = append(unread, l.path)
		}
	}
	files, err := s.fill(ctx, first)
	if err != nil {
		return nil, err
	}
	filter, skipped := selection.Filter(files, unread)
	s.Skipped = append(s.Skipped, skipped...)
	return filter, nil
}

// choose returns the selected files, and notes what else would have been.
func (s *Snapshot) choose(all []listed, filter *tree.Filter) (wanted []listed) {
	skip := func(path, reason, detail string) {
		s.Skipped = append(s.Skipped, tree.Skipped{Path: path, Reason: reason, Detail: detail})
	}
	for _, l := range all {
		switch {
		case l.unsafe != "":
			skip(l.path, ReasonUnsafePath, l.unsafe)
		case l.is(typeGitlink):
			if !filter.Ignores(l.path, false) {
				skip(l.path, ReasonSubmodule, "submodules are not entered")
			}
		case !filter.Wants(l.path):
		case l.is(typeSymlink):
			skip(l.path, ReasonSymlink, "symbolic links are not followed")
		case l.is(typeFile):
			wanted = append(wanted, l)
		default:
			skip(l.path, ReasonUnsafePath, fmt.Sprintf("unknown file mode %o", l.mode))
		}
	}
	return wanted
}

// fill brings the content of files.
func (s *Snapshot) fill(ctx context.Context, wanted []listed) ([]tree.File, error) {
	hashes := make([]plumbing.Hash, len(wanted))
	for i, l := range wanted {
		hashes[i] = l.hash
	}
	if lacking := s.lacking(hashes); len(lacking) > 0 {
		err := s.conn.load(ctx, s.objects, query{blobs: lacking})
		if err != nil && !errors.Is(err, errRefused) {
			return nil, err
		}
		if len(s.lacking(lacking)) > 0 {
			// The server does not hand out blobs by their hash, whatever it advertised.
			if err := s.conn.load(ctx, s.objects, query{tip: s.tip, depth: 1, content: true}); err != nil {
				return nil, err
			}
		}
	}
	files := make([]tree.File, len(wanted))
	for i, l := range wanted {
		content, err := s.objects.get(plumbing.BlobObject, l.hash)
		if err != nil {
			return nil, fmt.Errorf("content of %s: %w", l.path, err)
		}
		files[i] = tree.File{Path: l.path, Blob: l.hash.String(), Content: content}
	}
	return files, nil
}

// forgetContent lets go of all content but that of Files.
func (s *Snapshot) forgetContent() {
	for h, o := range s.objects.held {
		if o.kind == plumbing.BlobObject {
			delete(s.objects.held, h)
		}
	}
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
