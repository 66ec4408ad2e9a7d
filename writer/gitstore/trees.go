package gitstore

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	// maxEntries bounds one walk. A few objects can describe a tree of billions of files by naming each other often.
	maxEntries = 2_000_000
	// maxPath is PATH_MAX of Linux.
	maxPath  = 4096
	hashSize = len(plumbing.ZeroHash)

	typeMask    = 0o170000
	typeDir     = 0o040000
	typeFile    = 0o100000
	typeSymlink = 0o120000
	typeGitlink = 0o160000
)

var errTooMany = errors.New("more entries than allowed")

// entry is one line of a tree object.
type entry struct {
	name string
	mode uint32
	hash plumbing.Hash
	// at is where the hash stands in the raw tree.
	at int
}

func (e entry) is(kind uint32) bool { return e.mode&typeMask == kind }

// sortName is what Git orders entries by: directories as if their name ended in a slash.
func (e entry) sortName() string {
	if e.is(typeDir) {
		return e.name + "/"
	}
	return e.name
}

// parseTree reads a raw tree. go-git's decoder is not used because it makes modes canonical, and we must write
// back every entry that we do not change exactly as it was.
func parseTree(raw []byte) ([]entry, error) {
	var entries []entry
	last := ""
	for at := 0; at < len(raw); {
		e, next, err := parseEntry(raw, at)
		if err != nil {
			return nil, err
		}
		name := e.sortName()
		if len(entries) > 0 && name <= last {
			return nil, fmt.Errorf("entry %q of a tree is out of order or there twice", e.name)
		}
		last = name
		entries = append(entries, e)
		at = next
	}
	return entries, nil
}

func parseEntry(raw []byte, at int) (entry, int, error) {
	space := bytes.IndexByte(raw[at:], ' ')
	if space < 1 || space > 7 {
		return entry{}, 0, errors.New("entry of a tree has no mode")
	}
	var e entry
	for _, c := range raw[at : at+space] {
		if c < '0' || c > '7' {
			return entry{}, 0, errors.New("entry of a tree has a mode that is not octal")
		}
		e.mode = e.mode<<3 | uint32(c-'0')
	}
	at += space + 1
	end := bytes.IndexByte(raw[at:], 0)
	if end < 0 || len(raw)-at-end-1 < hashSize {
		return entry{}, 0, errors.New("entry of a tree is cut off")
	}
	e.name = string(raw[at : at+end])
	e.at = at + end + 1
	copy(e.hash[:], raw[e.at:])
	return e, e.at + hashSize, nil
}

func (o *objects) tree(h plumbing.Hash) ([]entry, error) {
	raw, err := o.get(plumbing.TreeObject, h)
	if err != nil {
		return nil, err
	}
	entries, err := parseTree(raw)
	if err != nil {
		return nil, fmt.Errorf("tree %s: %w", h, err)
	}
	return entries, nil
}

// walker goes through trees and stops before they become too much.
type walker struct {
	objects *objects
	left    int
}

func (o *objects) walker() *walker { return &walker{objects: o, left: maxEntries} }

func (w *walker) count(path string) error {
	if w.left--; w.left < 0 || len(path) > maxPath {
		return errTooMany
	}
	return nil
}

// files calls visit with everything below a tree that is no directory, and with unsafe entries, which are not entered.
func (w *walker) files(tree plumbing.Hash, dir string, visit func(path string, e entry, unsafe string)) error {
	entries, err := w.objects.tree(tree)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := dir + e.name
		if err := w.count(path); err != nil {
			return err
		}
		unsafe := unsafeName(e.name)
		if unsafe != "" || !e.is(typeDir) {
			visit(path, e, unsafe)
			continue
		}
		if err := w.files(e.hash, path+"/", visit); err != nil {
			return err
		}
	}
	return nil
}

// errOther is a difference between two trees that is not new content for a regular file.
var errOther = errors.New("adds, removes or retypes something")

// diff returns the files whose content differs. It fails with errOther at any other difference.
func (w *walker) diff(a, b plumbing.Hash, dir string) ([]FileChange, error) {
	before, err := w.objects.tree(a)
	if err != nil {
		return nil, err
	}
	after, err := w.objects.tree(b)
	if err != nil {
		return nil, err
	}
	if len(before) != len(after) {
		return nil, errOther
	}
	var changes []FileChange
	for i, x := range before {
		y := after[i]
		path := dir + x.name
		if err := w.count(path); err != nil {
			return nil, err
		}
		if x.name != y.name || x.mode != y.mode {
			return nil, errOther
		}
		if x.hash == y.hash {
			continue
		}
		switch {
		case x.is(typeFile):
			changes = append(changes, FileChange{Path: path, Old: x.hash.String(), New: y.hash.String()})
		case x.is(typeDir):
			below, err := w.diff(x.hash, y.hash, path+"/")
			if err != nil {
				return nil, err
			}
			changes = append(changes, below...)
		default:
			return nil, errOther
		}
	}
	return changes, nil
}

// rewrite puts new blobs in the place of old ones below a tree and returns the new tree and those below it that
// are new. Only the twenty bytes of each changed hash differ from what was there.
func (o *objects) rewrite(tree plumbing.Hash, blobs map[string]plumbing.Hash) (plumbing.Hash, []plumbing.Hash, error) {
	raw, err := o.get(plumbing.TreeObject, tree)
	if err != nil {
		return plumbing.ZeroHash, nil, err
	}
	entries, err := parseTree(raw)
	if err != nil {
		return plumbing.ZeroHash, nil, fmt.Errorf("tree %s: %w", tree, err)
	}
	below := map[string]map[string]plumbing.Hash{}
	for path, blob := range blobs {
		dir, rest, nested := strings.Cut(path, "/")
		if !nested {
			continue
		}
		if below[dir] == nil {
			below[dir] = map[string]plumbing.Hash{}
		}
		below[dir][rest] = blob
	}
	raw, found := slices.Clone(raw), 0
	var made []plumbing.Hash
	for _, e := range entries {
		replacement, isFile := blobs[e.name]
		isFile = isFile && e.is(typeFile)
		if inner := below[e.name]; inner != nil && e.is(typeDir) {
			var trees []plumbing.Hash
			if replacement, trees, err = o.rewrite(e.hash, inner); err != nil {
				return plumbing.ZeroHash, nil, err
			}
			made = append(made, trees...)
			found += len(inner)
		} else if isFile {
			found++
		} else {
			continue
		}
		copy(raw[e.at:], replacement[:])
	}
	if found != len(blobs) {
		return plumbing.ZeroHash, nil, fmt.Errorf("tree %s lacks a file that is to be changed", tree)
	}
	h := o.put(plumbing.TreeObject, raw)
	return h, append(made, h), nil
}

// unsafeName says why an entry must not be used as part of a path, or "". Besides what Git itself refuses, it
// refuses what other systems would take for `.git`, and what cannot be told in a trailer or on a terminal.
func unsafeName(name string) string {
	switch {
	case name == "":
		return "empty name"
	case name == "." || name == "..":
		return "name that leads out of the directory"
	case strings.ContainsAny(name, `/\`):
		return "separator in a name"
	case !utf8.ValidString(name):
		return "name is not UTF-8"
	case strings.ContainsFunc(name, isControl):
		return "control character in a name"
	case isDotGit(name):
		return "name of Git's own directory"
	}
	return ""
}

// isDotGit folds a name as HFS+ and NTFS do: code points that are ignored, case, trailing dots and spaces, streams
// (git's own path.c and utf8.c do the same).
func isDotGit(name string) bool {
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 0x200c && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x206a && r <= 0x206f, r == 0xfeff:
			return -1
		}
		return r
	}, name)
	name, _, _ = strings.Cut(name, ":")
	name = strings.ToLower(strings.TrimRight(name, " ."))
	return name == ".git" || name == "git~1"
}
