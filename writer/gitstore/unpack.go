package gitstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

// maxGuess is the most that is set aside on the word of a size in a pack. More is set aside as it arrives.
const maxGuess = 1 << 20

// unpack reads a pack into o. go-git's parser trusts the sizes in a pack and keeps whole objects before a storage
// is asked, so that a small pack can exhaust memory; here every size is paid for from o's budget first.
func unpack(r io.Reader, o *objects) error {
	sc := packfile.NewScanner(r)
	_, n, err := sc.Header()
	if err != nil {
		return fmt.Errorf("reading the header of a pack: %w", err)
	}
	u := &unpacker{objects: o, at: map[int64]plumbing.Hash{}, waiting: map[baseKey][]delta{}}
	for i := range n {
		if err := u.next(sc); err != nil {
			return fmt.Errorf("reading object %d of %d of a pack: %w", i+1, n, err)
		}
	}
	if _, err := sc.Checksum(); err != nil {
		return fmt.Errorf("checking a pack: %w", err)
	}
	if len(u.waiting) > 0 {
		return fmt.Errorf("pack has differences to objects that it lacks: %w", errMissing)
	}
	return nil
}

// baseKey names the base of a delta in one of the two ways that packs have.
type baseKey struct {
	hash   plumbing.Hash
	offset int64
}

type delta struct {
	offset int64
	data   []byte
}

// unpacker resolves deltas as soon as their base is there, in whichever order a server sends them.
type unpacker struct {
	objects *objects
	at      map[int64]plumbing.Hash
	waiting map[baseKey][]delta
}

func (u *unpacker) next(sc *packfile.Scanner) error {
	h, err := sc.NextObjectHeader()
	if err != nil {
		return err
	}
	content, err := u.inflate(sc, h.Length)
	if err != nil {
		return err
	}
	switch h.Type {
	case plumbing.CommitObject, plumbing.TreeObject, plumbing.BlobObject, plumbing.TagObject:
		return u.done(h.Offset, h.Type, content)
	case plumbing.OFSDeltaObject:
		base, ok := u.at[h.OffsetReference]
		return u.delta(delta{h.Offset, content}, baseKey{offset: h.OffsetReference}, base, ok)
	case plumbing.REFDeltaObject:
		_, ok := u.objects.held[h.Reference]
		return u.delta(delta{h.Offset, content}, baseKey{hash: h.Reference}, h.Reference, ok)
	default:
		return fmt.Errorf("unknown type %d", h.Type)
	}
}

func (u *unpacker) inflate(sc *packfile.Scanner, size int64) ([]byte, error) {
	if err := u.objects.spend(size + overhead); err != nil {
		return nil, err
	}
	buf := bytes.NewBuffer(make([]byte, 0, min(size, maxGuess)))
	n, _, err := sc.NextObject(buf)
	if err != nil {
		return nil, err
	}
	if n != size {
		return nil, fmt.Errorf("%d bytes where %d were announced", n, size)
	}
	return buf.Bytes(), nil
}

// delta resolves a delta, or keeps it until its base arrives.
func (u *unpacker) delta(d delta, key baseKey, base plumbing.Hash, ok bool) error {
	if !ok {
		u.waiting[key] = append(u.waiting[key], d)
		return nil
	}
	kind, content, err := u.apply(d, base)
	if err != nil {
		return err
	}
	return u.done(d.offset, kind, content)
}

func (u *unpacker) apply(d delta, base plumbing.Hash) (plumbing.ObjectType, []byte, error) {
	from := u.objects.held[base]
	size, err := targetSize(d.data)
	if err != nil {
		return 0, nil, err
	}
	if err := u.objects.spend(size + overhead); err != nil {
		return 0, nil, err
	}
	content, err := packfile.PatchDelta(from.content, d.data)
	if err != nil {
		return 0, nil, err
	}
	return from.kind, content, nil
}

// done keeps a whole object and everything that waited for it. It does not recurse: chains can be long.
func (u *unpacker) done(offset int64, kind plumbing.ObjectType, content []byte) error {
	type whole struct {
		offset  int64
		kind    plumbing.ObjectType
		content []byte
	}
	for todo := []whole{{offset, kind, content}}; len(todo) > 0; {
		w := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		h := u.objects.put(w.kind, w.content)
		u.at[w.offset] = h
		for _, key := range []baseKey{{offset: w.offset}, {hash: h}} {
			ready := u.waiting[key]
			delete(u.waiting, key)
			for _, d := range ready {
				kind, content, err := u.apply(d, h)
				if err != nil {
					return err
				}
				todo = append(todo, whole{d.offset, kind, content})
			}
		}
	}
	return nil
}

// targetSize reads the second number of a delta: how large its result says it is. PatchDelta holds it to that.
func targetSize(data []byte) (int64, error) {
	_, n := binary.Uvarint(data)
	if n <= 0 {
		return 0, packfile.ErrInvalidDelta
	}
	size, n := binary.Uvarint(data[n:])
	if n <= 0 || size > 1<<40 {
		return 0, packfile.ErrInvalidDelta
	}
	return int64(size), nil
}
