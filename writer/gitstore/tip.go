package gitstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// Tip is where a branch stands, and whose commit is there.
type Tip struct {
	// Commit is the tip in hexadecimal, "" when the branch does not exist.
	Commit string
	// Ours says that it is one commit of bumpboat that nobody touched.
	Ours bool
	// Why says for people why an existing tip is not ours; "" otherwise.
	Why string
	// Trailers are those of a tip that is ours.
	Trailers Trailers
}

// Tip reads the tip of a branch and says whose it is. A branch that does not exist is nobody's.
func (s *Snapshot) Tip(ctx context.Context, branch string) (Tip, error) {
	ctx, cancel := s.begin(ctx)
	defer cancel()
	h, ok := s.refs.heads[branch]
	if !ok {
		return Tip{}, nil
	}
	tip, err := s.judge(ctx, h)
	if err != nil {
		return Tip{}, s.remote.fault(ctx, fmt.Sprintf("reading branch %s of %s", branch, s.remote), err)
	}
	return tip, nil
}

// judge reads a tip and decides whose it is.
func (s *Snapshot) judge(ctx context.Context, tip plumbing.Hash) (Tip, error) {
	v, err := s.ours(tip)
	if !errors.Is(err, errMissing) {
		return v, err
	}
	// First by the difference to what is held, then, should a server have left out too much, as a whole.
	for _, base := range []plumbing.Hash{s.tip, plumbing.ZeroHash} {
		if base == tip {
			continue
		}
		if err = s.conn.load(ctx, s.objects, query{tip: tip, depth: 2, base: base}); err == nil {
			v, err = s.ours(tip)
		}
		if !errors.Is(err, errMissing) {
			return v, err
		}
	}
	return v, err
}

// ours decides from the objects that are held: a tip is ours if its one parent is a commit of base and it differs
// from that by exactly the files that its trailers name, whatever its author says. That a parent is of base is known
// of the one that the trailers name and of base's present tip; any other can be a commit that exists nowhere else,
// and that moving the branch would lose. It fails with errMissing when objects are not there.
func (s *Snapshot) ours(tip plumbing.Hash) (Tip, error) {
	c, err := s.objects.commit(tip)
	if err != nil {
		return Tip{}, err
	}
	if len(c.parents) != 1 {
		return notOurs(tip, "has %d parents", len(c.parents)), nil
	}
	trailers, err := ParseTrailers(c.message)
	if err != nil || len(trailers.Files) == 0 || trailers.Base == "" {
		return notOurs(tip, "does not have bumpboat's trailers"), nil
	}
	on := c.parents[0]
	if on.String() != trailers.Base && on != s.tip {
		return notOurs(tip, "was put on top of commit %s, which is not the one that its trailers name", on.String()[:12]), nil
	}
	parent, err := s.objects.commit(on)
	if err != nil {
		return Tip{}, err
	}
	changes, err := s.objects.walker().diff(parent.tree, c.tree, "")
	if errors.Is(err, errOther) {
		return notOurs(tip, "%v that its trailers do not name", errOther), nil
	}
	if err != nil {
		return Tip{}, err
	}
	slices.SortFunc(changes, func(a, b FileChange) int { return strings.Compare(a.Path, b.Path) })
	if !slices.Equal(changes, trailers.Files) {
		return notOurs(tip, "has other changes than its trailers name"), nil
	}
	return Tip{Commit: tip.String(), Ours: true, Trailers: trailers}, nil
}

// notOurs is a tip of somebody else; the words go on after `commit abc…`.
func notOurs(tip plumbing.Hash, format string, args ...any) Tip {
	return Tip{Commit: tip.String(), Why: fmt.Sprintf("commit %s ", tip.String()[:12]) + fmt.Sprintf(format, args...)}
}

// begin starts an operation on a snapshot, with its own time and its own allowance of bytes.
func (s *Snapshot) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	s.objects.left = s.remote.maxBytes
	return s.remote.within(ctx)
}
