package gitstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/storage/memory"
)

// afterPush is how long it may take to find out what became of a push that failed.
const afterPush = 20 * time.Second

// update moves one branch from old to new; old is zero when the branch must not exist.
type update struct {
	branch   string
	old, new plumbing.Hash
	objects  []newObject
}

func (u update) ref() plumbing.ReferenceName { return plumbing.ReferenceName(headPrefix + u.branch) }

var (
	// errMoved is a branch that is no longer where it was seen.
	errMoved = errors.New("the branch was moved by somebody else")
	// errNoAnswer is a push of which nobody knows whether it was taken.
	errNoAnswer = errors.New("the server did not say what became of the push")
)

// declined is a push that the server read and did not take.
type declined struct {
	reason string
	// remarks is what a hook said about it.
	remarks string
}

func (d *declined) Error() string {
	text := "the server declined the push: " + d.reason
	if d.remarks != "" {
		text += " (" + d.remarks + ")"
	}
	return text
}

// push pushes, and if that fails finds out what became of it: the answer can be lost although the push was
// accepted, and a refusal means one thing if the branch moved and another if it did not.
func (s *Snapshot) push(ctx context.Context, u update) error {
	err := s.conn.push(ctx, u)
	if err == nil {
		return nil
	}
	// Also when ctx has ended, which can be what made the push fail.
	again, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(afterPush, s.remote.timeout))
	defer cancel()
	now, refsErr := s.conn.refs(again)
	switch {
	case refsErr != nil:
		return err
	case now.heads[u.branch] == u.new:
		return nil
	case now.heads[u.branch] != u.old:
		return fmt.Errorf("%w (%w)", errMoved, err)
	}
	return err
}

// pack writes the objects of an update as a pack without deltas.
func (u update) pack() (*bytes.Buffer, error) {
	store := memory.NewStorage()
	hashes := make([]plumbing.Hash, len(u.objects))
	for i, o := range u.objects {
		h, err := o.store(store)
		if err != nil {
			return nil, err
		}
		hashes[i] = h
	}
	var b bytes.Buffer
	if _, err := packfile.NewEncoder(&b, store, false).Encode(hashes, 0); err != nil {
		return nil, fmt.Errorf("packing %d objects: %w", len(hashes), err)
	}
	return &b, nil
}

// objectWriter is the part of go-git's storage that takes an object.
type objectWriter interface {
	NewEncodedObject() plumbing.EncodedObject
	SetEncodedObject(plumbing.EncodedObject) (plumbing.Hash, error)
}

func (o newObject) store(into objectWriter) (plumbing.Hash, error) {
	enc := into.NewEncodedObject()
	enc.SetType(o.kind)
	enc.SetSize(int64(len(o.content)))
	w, err := enc.Writer()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	_, err = w.Write(o.content)
	if err = errors.Join(err, w.Close()); err != nil {
		return plumbing.ZeroHash, err
	}
	h, err := into.SetEncodedObject(enc)
	if err == nil && h != o.hash {
		err = fmt.Errorf("object %s was stored as %s", o.hash, h)
	}
	return h, err
}
