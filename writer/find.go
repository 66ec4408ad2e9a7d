package writer

import (
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/bumpboat/bumpboat/writer/tree"
)

// Finder finds sites. The zero value works; one with a cache reads only files that changed since the last time.
type Finder struct {
	// Cache keeps what files say from one Find to the next; nil keeps nothing.
	Cache Cache
}

// Find is that of a Finder without a cache.
func Find(files []tree.File, rules Rules) Found { return Finder{}.Find(files, rules) }

// Find returns every site of a repository with the policy that governs it, the files that were left out, and what is
// written for bumpboat without having an effect. It depends on nothing but its arguments, and never fails: a file that
// cannot be read is skipped with a reason, and the others are read.
func (f Finder) Find(files []tree.File, rules Rules) Found {
	found := Found{Sites: []Site{}, Skipped: []tree.Skipped{}, Problems: []Problem{}}
	var sheets []*sheet
	var reached reaches
	for _, r := range f.readAll(files, rules) {
		reached.add(r.by, r.sheet)
		switch {
		case r.skipped != nil:
			found.Skipped = append(found.Skipped, *r.skipped)
		case r.sheet != nil:
			sheets = append(sheets, r.sheet)
		}
	}
	// What is found is large and sorted by path: this moves pointers instead.
	slices.SortFunc(sheets, func(a, b *sheet) int { return strings.Compare(a.path, b.path) })
	// A marker may name an ImagePolicy of any file, so binding comes after all files are read.
	b := newBinder(rules, sheets, files)
	for _, s := range b.sheets {
		found.Sites = append(found.Sites, b.bindSheet(s)...)
		found.Problems = append(found.Problems, b.list...)
	}
	found.Problems = append(found.Problems, reached.problems()...)
	found.sort()
	return found
}

// reading is a page, and the rules that made claims on its file.
type reading struct {
	Page
	by []*Rule
}

// readAll reads the files, as many at a time as there are processors, and returns what they say in their order.
func (f Finder) readAll(files []tree.File, rules Rules) []reading {
	readings := make([]reading, len(files))
	var next atomic.Int64
	var group errgroup.Group
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		group.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(files) {
					return nil
				}
				claims, by := rules.at(files[i].Path).claims(files[i].Path)
				readings[i] = reading{f.read(files[i], claims), by}
			}
		})
	}
	_ = group.Wait() // nothing there returns an error
	return readings
}

// read reads one file, or takes what was kept of it. A file of a directory has no name for its content, and is read anew.
func (f Finder) read(file tree.File, claims []claim) Page {
	key := PageKey{Path: file.Path, Blob: file.Blob, Claims: claimsKey(claims)}
	keep := f.Cache != nil && file.Blob != ""
	if keep {
		if page, ok := f.Cache.Get(key); ok {
			return page
		}
	}
	var page Page
	if page.sheet, page.skipped = readFile(file, claims); page.sheet != nil {
		page.sheet.release()
	}
	if keep {
		f.Cache.Put(key, page)
	}
	return page
}
