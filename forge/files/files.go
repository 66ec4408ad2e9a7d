// Package files is a forge without a server: each pull request is a Markdown file that people read and decide about in an
// editor. It refuses to know the Git repository that it belongs to.
package files

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bumpboat/bumpboat/forge"
)

const (
	// MaxBody is the longest body in bytes.
	MaxBody = 1_000_000
	// maxFiles bounds what is read for one question.
	maxFiles = 10_000
)

// Options says where the files are.
type Options struct {
	// Dir holds the files. It is made when the first pull request is opened.
	Dir string
	// Now is the clock; nil for the real one.
	Now func() time.Time
}

// Forge is the pull requests of one directory. Several processes may use the same directory.
type Forge struct {
	dir string
	now func() time.Time
}

var (
	_ forge.Forge       = (*Forge)(nil)
	_ forge.Lister      = (*Forge)(nil)
	_ forge.BodyLimiter = (*Forge)(nil)
)

// New checks the options. It touches no file.
func New(o Options) (*Forge, error) {
	if o.Dir == "" {
		return nil, forge.NewError(forge.Invalid, "", errors.New("the directory of the pull requests is missing"))
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fail("finding the directory of the pull requests", err)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Forge{dir: dir, now: o.Now}, nil
}

// MaxBody implements forge.BodyLimiter.
func (f *Forge) MaxBody() int { return MaxBody }

// Find implements forge.Forge.
func (f *Forge) Find(_ context.Context, head, base string) ([]forge.PullRequest, error) {
	if err := forge.ValidateBranches(head, base); err != nil {
		return nil, err
	}
	return f.list(func(p forge.PullRequest) bool { return p.Head == head && p.Base == base })
}

// ListOpen implements forge.Lister.
func (f *Forge) ListOpen(_ context.Context, prefix string) ([]forge.PullRequest, error) {
	return f.list(func(p forge.PullRequest) bool { return p.State == forge.Open && strings.HasPrefix(p.Head, prefix) })
}

func (f *Forge) list(keep func(forge.PullRequest) bool) ([]forge.PullRequest, error) {
	numbers, err := f.numbers()
	if err != nil {
		return nil, err
	}
	var found []forge.PullRequest
	for _, n := range numbers {
		d, err := f.read(n)
		if err != nil {
			return nil, err
		}
		if p := f.pull(d); keep(p) {
			found = append(found, p)
		}
	}
	return found, nil
}

// Open implements forge.Forge. The number is taken by creating its file, which only one of several callers can; the one
// that comes second looks again, so that it finds what the first has opened.
func (f *Forge) Open(ctx context.Context, p forge.Proposal) (forge.PullRequest, error) {
	doing := fmt.Sprintf("opening a pull request of %s into %s", p.Head, p.Base)
	if err := p.Validate(MaxBody); err != nil {
		return forge.PullRequest{}, err
	}
	if err := os.MkdirAll(f.dir, 0o777); err != nil {
		return forge.PullRequest{}, fail(doing, err)
	}
	for {
		if err := ctx.Err(); err != nil {
			return forge.PullRequest{}, fail(doing, err)
		}
		numbers, err := f.numbers()
		if err != nil {
			return forge.PullRequest{}, err
		}
		there, err := f.list(func(o forge.PullRequest) bool {
			return o.State == forge.Open && o.Head == p.Head && o.Base == p.Base
		})
		if err != nil {
			return forge.PullRequest{}, err
		}
		if len(there) > 0 {
			return there[0], nil
		}
		d := document{header: header{
			Number: next(numbers), State: forge.Open, Title: p.Title, Head: p.Head, Base: p.Base, Opened: f.time(), Changed: f.time(),
		}, body: p.Body}
		err = f.write(d, os.Link)
		if err == nil {
			return f.pull(d), nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return forge.PullRequest{}, fail(doing, err)
		}
	}
}

func next(numbers []int64) int64 {
	if len(numbers) == 0 {
		return 1
	}
	return numbers[0] + 1
}

// Update implements forge.Forge.
func (f *Forge) Update(_ context.Context, number int64, p forge.Proposal) (forge.PullRequest, error) {
	if err := p.Validate(MaxBody); err != nil {
		return forge.PullRequest{}, err
	}
	d, err := f.read(number)
	if err != nil {
		return forge.PullRequest{}, err
	}
	d.Title, d.body, d.Changed = p.Title, p.Body, f.time()
	if err := f.write(d, os.Rename); err != nil {
		return forge.PullRequest{}, fail(fmt.Sprintf("updating pull request #%d", number), err)
	}
	return f.pull(d), nil
}

// Close implements forge.Forge.
func (f *Forge) Close(_ context.Context, number int64, why string) error {
	d, err := f.read(number)
	if err != nil || d.State != forge.Open {
		return err
	}
	d.State, d.Changed = forge.Closed, f.time()
	if why != "" {
		d.Comments = append(d.Comments, comment{At: f.time(), Text: why})
	}
	if err := f.write(d, os.Rename); err != nil {
		return fail(fmt.Sprintf("closing pull request #%d", number), err)
	}
	return nil
}

func (f *Forge) time() time.Time { return f.now().UTC().Truncate(time.Second) }

func (f *Forge) path(number int64) string {
	return filepath.Join(f.dir, fmt.Sprintf("%04d.md", number))
}

func (f *Forge) pull(d document) forge.PullRequest {
	path := filepath.ToSlash(f.path(d.Number))
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/… on Windows
	}
	address := url.URL{Scheme: "file", Path: path}
	return forge.PullRequest{
		Number: d.Number, URL: address.String(), Title: d.Title, Body: d.body, State: d.State, Head: d.Head, Base: d.Base,
	}
}

// numbers returns the numbers of the pull requests, the newest first. Other files, such as an editor's copies, are not ours.
func (f *Forge) numbers() ([]int64, error) {
	const doing = "listing pull requests"
	entries, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // nothing was ever opened
	}
	if err != nil {
		return nil, fail(doing, err)
	}
	if len(entries) > maxFiles {
		return nil, fail(doing, fmt.Errorf("%s holds more than %d files", f.dir, maxFiles))
	}
	var numbers []int64
	for _, e := range entries {
		if n, ok := numberOf(e.Name()); ok {
			numbers = append(numbers, n)
		}
	}
	slices.SortFunc(numbers, func(a, b int64) int { return cmp.Compare(b, a) })
	return numbers, nil
}
