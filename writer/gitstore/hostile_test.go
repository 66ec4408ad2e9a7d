package gitstore

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// packed is one object as it stands in a pack.
type packed struct {
	kind plumbing.ObjectType
	// announced is the size in the header; -1 for the true one.
	announced int64
	base      plumbing.Hash
	back      int
	content   []byte
}

// makePack writes a pack, also one that no honest server would.
func makePack(count int, objects ...packed) []byte {
	var b bytes.Buffer
	b.WriteString("PACK")
	b.Write(binary.BigEndian.AppendUint32(nil, 2))
	b.Write(binary.BigEndian.AppendUint32(nil, uint32(count)))
	var starts []int
	for i, o := range objects {
		starts = append(starts, b.Len())
		size := o.announced
		if size < 0 {
			size = int64(len(o.content))
		}
		c := byte(o.kind)<<4 | byte(size&15)
		for size >>= 4; size > 0; size >>= 7 {
			b.WriteByte(c | 0x80)
			c = byte(size & 0x7f)
		}
		b.WriteByte(c)
		switch o.kind {
		case plumbing.REFDeltaObject:
			b.Write(o.base[:])
		case plumbing.OFSDeltaObject:
			b.Write(backwards(starts[i] - starts[i-o.back]))
		default:
		}
		z := zlib.NewWriter(&b)
		_, _ = z.Write(o.content)
		_ = z.Close()
	}
	sum := sha1.Sum(b.Bytes())
	return append(b.Bytes(), sum[:]...)
}

// backwards encodes the distance of an offset delta.
func backwards(n int) []byte {
	out := []byte{byte(n & 0x7f)}
	for n >>= 7; n > 0; n >>= 7 {
		n--
		out = slices.Insert(out, 0, byte(n&0x7f|0x80))
	}
	return out
}

// copies is a delta that repeats the whole of a base of that size so many times.
func copies(size, times int) []byte {
	d := binary.AppendUvarint(nil, uint64(size))
	d = binary.AppendUvarint(d, uint64(size*times))
	for range times {
		d = append(d, 0x90, byte(size))
	}
	return d
}

func blob(s string) packed {
	return packed{kind: plumbing.BlobObject, announced: -1, content: []byte(s)}
}

func TestUnpackDeltas(t *testing.T) {
	base := blob("abcdef")
	h := plumbing.ComputeHash(plumbing.BlobObject, base.content)
	ref := packed{kind: plumbing.REFDeltaObject, announced: -1, base: h, content: copies(6, 2)}
	ofs := packed{kind: plumbing.OFSDeltaObject, announced: -1, back: 1, content: copies(6, 2)}
	onRef := packed{kind: plumbing.OFSDeltaObject, announced: -1, back: 1, content: copies(12, 3)}
	for name, pack := range map[string][]byte{
		"reference":           makePack(2, base, ref),
		"reference, reversed": makePack(2, ref, base),
		"offset":              makePack(2, base, ofs),
		"chain":               makePack(3, base, ofs, onRef),
		"chain that waits":    makePack(3, ref, onRef, base),
	} {
		o := newObjects(1 << 20)
		if err := unpack(bytes.NewReader(pack), o); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := o.get(plumbing.BlobObject, plumbing.ComputeHash(plumbing.BlobObject, []byte("abcdefabcdef"))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnpackRefuses(t *testing.T) {
	zeros := strings.Repeat("0", 1<<20)
	h := plumbing.ComputeHash(plumbing.BlobObject, []byte(strings.Repeat("x", 200)))
	bomb := packed{kind: plumbing.REFDeltaObject, announced: -1, base: h, content: copies(200, 20_000)}
	huge := packed{kind: plumbing.BlobObject, announced: 10 << 30, content: []byte("x")}
	good := makePack(1, blob("x"))
	flipped := slices.Clone(good)
	flipped[len(flipped)-1] ^= 1
	cases := map[string]struct {
		pack []byte
		want string
	}{
		"inflates to too much":      {makePack(1, blob(zeros)), errTooLarge.Error()},
		"announces too much":        {makePack(1, huge), errTooLarge.Error()},
		"delta to too much":         {makePack(2, blob(strings.Repeat("x", 200)), bomb), errTooLarge.Error()},
		"delta that waits, too":     {makePack(2, bomb, blob(strings.Repeat("x", 200))), errTooLarge.Error()},
		"more than announced":       {makePack(1, packed{kind: plumbing.BlobObject, announced: 1, content: []byte("xyz")}), "exceeds"},
		"less than announced":       {makePack(1, packed{kind: plumbing.BlobObject, announced: 5, content: []byte("xyz")}), "announced"},
		"more objects than there":   {makePack(1<<31, blob("x")), "object 2 of"},
		"empty objects without end": {makePack(1000, slices.Repeat([]packed{blob("")}, 1000)...), errTooLarge.Error()},
		"base is missing":           {makePack(1, packed{kind: plumbing.REFDeltaObject, announced: -1, base: h, content: copies(6, 2)}), "lacks"},
		"delta of itself":           {makePack(1, packed{kind: plumbing.OFSDeltaObject, announced: -1, content: copies(6, 2)}), "offset"},
		"damaged":                   {flipped, "checksum"},
		"cut off":                   {good[:len(good)-30], "EOF"},
		"empty":                     {nil, "empty"},
		"text":                      {[]byte("<html>"), "signature"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := unpack(bytes.NewReader(c.pack), newObjects(100<<10))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// rawTree writes a tree object from lines of mode, name and hash.
func rawTree(entries ...entry) []byte {
	var b []byte
	for _, e := range entries {
		b = fmt.Appendf(b, "%o %s\x00%s", e.mode, e.name, e.hash[:])
	}
	return b
}

func TestWalkStopsInATreeOfTrees(t *testing.T) {
	o := newObjects(1 << 20)
	h := o.put(plumbing.BlobObject, nil)
	h = o.put(plumbing.TreeObject, rawTree(entry{mode: 0o100644, name: "x.yaml", hash: h}))
	// Thirty levels of ten names each, in thirty objects.
	for range 30 {
		var entries []entry
		for i := range 10 {
			entries = append(entries, entry{mode: typeDir, name: fmt.Sprint(i), hash: h})
		}
		h = o.put(plumbing.TreeObject, rawTree(entries...))
	}
	if err := o.walker().files(h, "", func(string, entry, string) {}); !errors.Is(err, errTooMany) {
		t.Errorf("%v, want %v", err, errTooMany)
	}
	for range 3000 {
		h = o.put(plumbing.TreeObject, rawTree(entry{mode: typeDir, name: "d", hash: h}))
	}
	if err := o.walker().files(h, "", func(string, entry, string) {}); !errors.Is(err, errTooMany) {
		t.Errorf("deep: %v, want %v", err, errTooMany)
	}
}

func TestParseTreeRefuses(t *testing.T) {
	x := entry{mode: 0o100644, name: "x"}
	for name, raw := range map[string][]byte{
		"twice":        rawTree(x, x),
		"out of order": rawTree(x, entry{mode: 0o100644, name: "a"}),
		"no mode":      []byte(" x\x00" + strings.Repeat("h", 20)),
		"no octal":     []byte("10064x x\x00" + strings.Repeat("h", 20)),
		"long mode":    []byte("100000000644 x\x00" + strings.Repeat("h", 20)),
		"no end":       []byte("100644 x"),
		"short hash":   []byte("100644 x\x00" + strings.Repeat("h", 19)),
	} {
		if entries, err := parseTree(raw); err == nil {
			t.Errorf("%s: %v", name, entries)
		}
	}
}

func TestUnsafeNames(t *testing.T) {
	for _, name := range []string{"", ".", "..", ".git", ".GiT", ".git.", ".git ", ".git::$INDEX_ALLOCATION", "git~1", "GIT~1", ".g\u200cit", "a/b", `a\b`, "a\x00b", "a\nb", "\xff"} {
		if unsafeName(name) == "" {
			t.Errorf("%q passes", name)
		}
	}
	for _, name := range []string{"a", ".github", ".gitignore", "git", "...", "a b", "ü.yaml", "git~2"} {
		if why := unsafeName(name); why != "" {
			t.Errorf("%q: %s", name, why)
		}
	}
}

func TestCheckBranch(t *testing.T) {
	for _, name := range []string{"main", "bumpboat/web-1.4", "release/v1", "a/b/c", "ü"} {
		if err := checkBranch(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{
		"", "HEAD", "-x", "../../x", "a..b", "a.lock", "a.lock/b", "/a", "a/", "a//b", ".a", "a/.b", "a.", "a b", "a~b", "a^b", "a:b", "a?b", "a*b",
		"a[b", `a\b`, "a@{b", "@", "a\x00b", "a\nb", "a\x7fb", "\xff", strings.Repeat("a", 300),
	} {
		if err := checkBranch(name); fault.KindOf(err) != fault.Invalid || err == nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestGuessHead(t *testing.T) {
	a, b := plumbing.NewHash("aa"), plumbing.NewHash("bb")
	heads := map[string]plumbing.Hash{"dev": a, "master": a, "other": b}
	if got := guessHead(heads, a); got != "master" {
		t.Errorf("%q, want master", got)
	}
	if got := guessHead(heads, b); got != "other" {
		t.Errorf("%q, want other", got)
	}
	if got := guessHead(heads, plumbing.ZeroHash); got != "" {
		t.Errorf("%q, want none", got)
	}
}

func TestOursNeedsExactTrailers(t *testing.T) {
	o := newObjects(1 << 20)
	x, y, z := o.put(plumbing.BlobObject, []byte("x")), o.put(plumbing.BlobObject, []byte("y")), o.put(plumbing.BlobObject, []byte("z"))
	of := func(a, b plumbing.Hash) plumbing.Hash {
		return o.put(plumbing.TreeObject, rawTree(entry{mode: 0o100644, name: "a", hash: a}, entry{mode: 0o100644, name: "b", hash: b}))
	}
	commit := func(tree plumbing.Hash, message string, parents ...plumbing.Hash) plumbing.Hash {
		raw := fmt.Sprintf("tree %s\n", tree)
		for _, p := range parents {
			raw += fmt.Sprintf("parent %s\n", p)
		}
		return o.put(plumbing.CommitObject, []byte(raw+"author A <a> 1 +0000\ncommitter A <a> 1 +0000\n\n"+message))
	}
	ax := FileChange{Path: "a", Old: x.String(), New: y.String()}
	bx := FileChange{Path: "b", Old: x.String(), New: y.String()}
	base, now := commit(of(x, x), "base"), commit(of(x, x), "base now")
	theirs := commit(of(x, x), "a person's", base)
	orphan := plumbing.NewHash(strings.Repeat("a", 40))
	on := func(base plumbing.Hash, files ...FileChange) string {
		return "subject\n\n" + Trailers{Base: base.String(), Files: files}.String()
	}
	says := func(files ...FileChange) string { return on(base, files...) }
	other := commit(of(z, x), "base")
	cases := map[string]struct {
		tip     plumbing.Hash
		ours    bool
		missing bool
	}{
		"one file":              {tip: commit(of(y, x), says(ax), base), ours: true},
		"two files":             {tip: commit(of(y, y), says(bx, ax), base), ours: true},
		"on base of now":        {tip: commit(of(y, x), says(ax), now), ours: true},
		"on a person's commit":  {tip: commit(of(y, x), says(ax), theirs)},
		"does not say its base": {tip: commit(of(y, x), "subject\n\n"+Trailers{Files: []FileChange{ax}}.String(), now)},
		"a trailer too many":    {tip: commit(of(y, x), says(ax, bx), base)},
		"a file too many":       {tip: commit(of(y, y), says(ax), base)},
		"other new content":     {tip: commit(of(z, x), says(ax), base)},
		"other old content":     {tip: commit(of(y, x), on(other, ax), other)},
		"no change, no trailer": {tip: commit(of(x, x), "subject\n\nbody\n", base)},
		"two parents":           {tip: commit(of(y, x), says(ax), base, base)},
		"no parent":             {tip: commit(of(y, x), says(ax))},
		"parent is missing":     {tip: commit(of(y, x), on(orphan, ax), orphan), missing: true},
		"tip is missing":        {tip: orphan, missing: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v, err := (&Snapshot{objects: o, tip: now}).ours(c.tip)
			if v.Ours != c.ours || errors.Is(err, errMissing) != c.missing || err != nil && !c.missing {
				t.Errorf("%+v, %v", v, err)
			}
			if !c.ours && !c.missing && v.Why == "" {
				t.Error("it does not say why")
			}
		})
	}
}

func TestRewriteTouchesNothingElse(t *testing.T) {
	o := newObjects(1 << 20)
	x, y := o.put(plumbing.BlobObject, []byte("x")), o.put(plumbing.BlobObject, []byte("y"))
	inner := rawTree(entry{mode: 0o100755, name: "a", hash: x}, entry{mode: 0o100664, name: "b", hash: x})
	root := rawTree(entry{mode: 0o100644, name: "a", hash: x}, entry{mode: typeDir, name: "a", hash: o.put(plumbing.TreeObject, inner)}, entry{mode: typeGitlink, name: "m", hash: x})
	h, made, err := o.rewrite(o.put(plumbing.TreeObject, root), map[string]plumbing.Hash{"a/a": y})
	if err != nil || len(made) != 2 || made[1] != h {
		t.Fatalf("%s, %v, %v", h, made, err)
	}
	want := bytes.Replace(inner, x[:], y[:], 1)
	if got := o.held[made[0]].content; !bytes.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	if got := o.held[h].content; len(got) != len(root) || !bytes.HasPrefix(got, []byte("100644 a\x00"+string(x[:])+"40000 a\x00"+string(made[0][:]))) {
		t.Errorf("%q", got)
	}
	for _, path := range []string{"nope", "a/nope", "m", "m/x"} {
		if _, _, err := o.rewrite(o.put(plumbing.TreeObject, root), map[string]plumbing.Hash{path: y}); err == nil {
			t.Errorf("%s was changed", path)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	h := plumbing.ComputeHash(plumbing.BlobObject, []byte("abcdef"))
	f.Add(makePack(1, blob("x")))
	f.Add(makePack(2, blob("abcdef"), packed{kind: plumbing.OFSDeltaObject, announced: -1, back: 1, content: copies(6, 2)}))
	f.Add(makePack(2, packed{kind: plumbing.REFDeltaObject, announced: -1, base: h, content: copies(6, 2)}, blob("abcdef")))
	f.Fuzz(func(t *testing.T, pack []byte) {
		o := newObjects(1 << 20)
		_ = unpack(bytes.NewReader(pack), o)
		if o.left < 0 {
			t.Error("more was unpacked than allowed")
		}
		for h, object := range o.held {
			if plumbing.ComputeHash(object.kind, object.content) != h {
				t.Errorf("object %s has other content", h)
			}
		}
	})
}

func FuzzParseTree(f *testing.F) {
	f.Add(rawTree(entry{mode: 0o100644, name: "a"}, entry{mode: typeDir, name: "a"}, entry{mode: typeSymlink, name: "z"}))
	f.Add([]byte("100664 a\x00" + strings.Repeat("h", 20)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		entries, err := parseTree(raw)
		if err != nil {
			return
		}
		for _, e := range entries {
			if !bytes.Equal(raw[e.at:e.at+hashSize], e.hash[:]) {
				t.Errorf("hash of %q is not at %d", e.name, e.at)
			}
		}
	})
}

func FuzzParseCommit(f *testing.F) {
	f.Add([]byte("tree " + strings.Repeat("a", 40) + "\nparent " + strings.Repeat("b", 40) + "\nauthor A <a> 1 +0000\ncommitter A <a> 99999999999999 +9999\n\nsubject\n"))
	f.Add([]byte("tree " + strings.Repeat("a", 40) + "\ngpgsig -----BEGIN\n x\n\n\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := parseCommit(raw)
		if err != nil {
			return
		}
		if _, err := c.when.MarshalJSON(); err != nil {
			t.Error(err)
		}
	})
}
