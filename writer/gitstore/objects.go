package gitstore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	gitobject "github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// overhead is what an object costs besides its content. Without it a pack of millions of empty objects would be free.
const overhead = 256

var (
	errMissing  = errors.New("object not found")
	errTooLarge = errors.New("more data than allowed")
)

// object is one Git object without its header.
type object struct {
	kind    plumbing.ObjectType
	content []byte
}

// objects holds the objects that were read or made, by the hash of what they really contain. Where disk is set,
// what is not held is read from there.
type objects struct {
	held map[plumbing.Hash]object
	disk storer.EncodedObjectStorer
	// left is how many bytes may still be added in this operation.
	left int64
}

func newObjects(limit int64) *objects {
	return &objects{held: map[plumbing.Hash]object{}, left: limit}
}

// spend takes n bytes from what is left.
func (o *objects) spend(n int64) error {
	if n < 0 || n > o.left {
		return errTooLarge
	}
	o.left -= n
	return nil
}

// put keeps an object under the hash of its content, which is thereby verified.
func (o *objects) put(kind plumbing.ObjectType, content []byte) plumbing.Hash {
	h := plumbing.ComputeHash(kind, content)
	o.held[h] = object{kind: kind, content: content}
	return h
}

// has says whether an object is held or on disk.
func (o *objects) has(h plumbing.Hash) bool {
	if _, ok := o.held[h]; ok {
		return true
	}
	return o.disk != nil && o.disk.HasEncodedObject(h) == nil
}

// get returns the content of an object, or errMissing. It is not to be changed.
func (o *objects) get(kind plumbing.ObjectType, h plumbing.Hash) ([]byte, error) {
	held, ok := o.held[h]
	switch {
	case ok && held.kind != kind:
		return nil, fmt.Errorf("object %s is a %s where a %s is expected", h, held.kind, kind)
	case ok:
		return held.content, nil
	case o.disk == nil:
		return nil, fmt.Errorf("%s %s: %w", kind, h, errMissing)
	}
	return o.read(kind, h)
}

func (o *objects) read(kind plumbing.ObjectType, h plumbing.Hash) (_ []byte, err error) {
	size, err := o.disk.EncodedObjectSize(h)
	if err == nil {
		err = o.spend(size + overhead)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", kind, h, missing(err))
	}
	obj, err := o.disk.EncodedObject(kind, h)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", kind, h, missing(err))
	}
	r, err := obj.Reader()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", kind, h, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	content, err := io.ReadAll(io.LimitReader(r, size+1))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", kind, h, err)
	}
	if plumbing.ComputeHash(kind, content) != h {
		return nil, fmt.Errorf("%s %s is damaged: its content has another hash", kind, h)
	}
	return content, nil
}

func missing(err error) error {
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return errMissing
	}
	return err
}

// commit is what we need of a commit object.
type commit struct {
	tree    plumbing.Hash
	parents []plumbing.Hash
	when    time.Time
	message string
}

func (o *objects) commit(h plumbing.Hash) (commit, error) {
	raw, err := o.get(plumbing.CommitObject, h)
	if err != nil {
		return commit{}, err
	}
	return parseCommit(raw)
}

func parseCommit(raw []byte) (commit, error) {
	var mem plumbing.MemoryObject
	mem.SetType(plumbing.CommitObject)
	if _, err := io.Copy(&mem, bytes.NewReader(raw)); err != nil {
		return commit{}, err
	}
	var c gitobject.Commit
	if err := c.Decode(&mem); err != nil {
		return commit{}, fmt.Errorf("commit %s: %w", mem.Hash(), err)
	}
	when := c.Committer.When
	if y := when.Year(); y < 1970 || y > 9999 {
		when = time.Time{} // a date that JSON and people cannot read is as good as none
	}
	return commit{tree: c.TreeHash, parents: c.ParentHashes, when: when, message: c.Message}, nil
}
