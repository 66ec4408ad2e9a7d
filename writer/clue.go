package writer

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// clues are what a look at the bytes of a file can tell.
type clues uint8

const (
	// clueImage: an image may be named here, or another file be deployed that names one.
	clueImage clues = 1 << iota
	// clueMarker: somebody may have written to us.
	clueMarker
)

// clue is a text that matters. A finder that knows a file by something new adds one here, or a name to named.
type clue struct {
	// window is four bytes of it, rare ones in manifests: those are searched for.
	window string
	// tells looks at what stands around a window.
	tells func(src []byte, at int) clues
}

// screen is all clues. An image is most often below a key that has the word in it; the others are for where it is not.
var screen = newClueIndex([]clue{
	{"mage", imageAt},
	{"MAGE", func(src []byte, at int) clues { return when(around(src, at, "$I", "MAGE"), clueMarker) }},
	{"boat", bumpAt},
	{"Boat", bumpAt},
	{"BOAT", bumpAt},
	// Values have `repository` beside `tag`, and below a key such as `web`.
	{"posi", func(src []byte, at int) clues {
		return when(around(src, at, "e", "pository") && isKey(src[at+8:]), clueImage)
	}},
	{"i://", func(src []byte, at int) clues { return when(around(src, at, "oc", "i://"), clueImage) }},
	{"r://", func(src []byte, at int) clues { return when(around(src, at, "docke", "r://"), clueImage) }},
	// What deploys other files, and says of them which charts they are or what is filled in.
	{"mize", func(src []byte, at int) clues { return when(around(src, at, "kusto", "mize.config.k8s.io"), clueImage) }},
	{"uxcd", func(src []byte, at int) clues { return when(around(src, at, "toolkit.fl", "uxcd.io"), clueImage) }},
	{"oj.i", func(src []byte, at int) clues { return when(around(src, at, "argopr", "oj.io"), clueImage) }},
})

func when(seen bool, c clues) clues {
	if seen {
		return c
	}
	return 0
}

// around says whether before ends, and after begins, at an offset.
func around(src []byte, at int, before, after string) bool {
	return at >= len(before) && string(src[at-len(before):at]) == before && len(src) >= at+len(after) && string(src[at:at+len(after)]) == after
}

// imageAt knows `image:`, `"images" :`, `webImageTag:`, parameters called `image.tag` and `images[0].tag`, and the key of Flux's markers.
func imageAt(src []byte, at int) clues {
	if at == 0 || src[at-1] != 'i' && src[at-1] != 'I' {
		return 0
	}
	found := when(at > 1 && src[at-2] == '$', clueMarker)
	rest := src[at+len("mage"):]
	if bytes.HasPrefix(rest, []byte("Pull")) { // imagePullSecrets of a ServiceAccount
		return found
	}
	end := 0
	for end < len(rest) && inKey(rest[end]) {
		end++
	}
	parameter := end+1 < len(rest) && (rest[end] == '.' && isLetter(rest[end+1]) || rest[end] == '[')
	return found | when(parameter || isKey(rest[end:]), clueImage)
}

// bumpAt knows our name, as markers and annotations have it.
func bumpAt(src []byte, at int) clues {
	return when(at >= 4 && bytes.EqualFold(src[at-4:at], []byte("bump")), clueMarker)
}

func inKey(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' || c == '_' || c == '-' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// isKey says whether a key ends here: a colon follows, perhaps behind a quote and blanks.
func isKey(rest []byte) bool {
	for i, c := range rest {
		switch c {
		case ':':
			return true
		case '"', '\'', ' ', '\t':
		default:
			return false
		}
		if i > 16 { // nobody aligns colons so far
			return false
		}
	}
	return false
}

// look returns all clues in a text.
func look(src []byte) clues {
	var seen clues
	screen.each(src, func(c clue, at int) bool {
		seen |= c.tells(src, at)
		return seen != clueImage|clueMarker
	})
	return seen
}

// clueIndex finds the windows of clues in one pass that looks at every third byte only: whichever it meets of the three pairs of
// neighbours in a window gives it away.
type clueIndex struct {
	// group says for a pair of bytes which of the groups it begins to search in; 0 is for the many that are in no window.
	group  [1 << 16]uint8
	groups [][]pairOf
}

// pairOf is a pair of bytes as part of a window.
type pairOf struct {
	clue
	number uint32
	offset int
}

func newClueIndex(all []clue) *clueIndex {
	x := &clueIndex{groups: [][]pairOf{nil}}
	for _, c := range all {
		window := []byte(c.window)
		for offset := range len(window) - 1 {
			pair := binary.LittleEndian.Uint16(window[offset:])
			if x.group[pair] == 0 {
				x.group[pair] = uint8(len(x.groups))
				x.groups = append(x.groups, nil)
			}
			g := x.group[pair]
			x.groups[g] = append(slices.Clip(x.groups[g]), pairOf{clue: c, number: binary.LittleEndian.Uint32(window), offset: offset})
		}
	}
	return x
}

// each calls f with every window and where it begins, in the order of the text, until f returns false.
func (x *clueIndex) each(src []byte, f func(c clue, at int) bool) {
	const stride = 3
	i := 0
	for ; i+2*stride < len(src); i += 2 * stride { // two at once, because there is seldom anything
		pairs := src[i : i+2*stride]
		if x.group[binary.LittleEndian.Uint16(pairs)]|x.group[binary.LittleEndian.Uint16(pairs[stride:])] == 0 {
			continue
		}
		if !x.meet(src, i, f) || !x.meet(src, i+stride, f) {
			return
		}
	}
	for ; i+1 < len(src); i += stride {
		if !x.meet(src, i, f) {
			return
		}
	}
}

// meet calls f with the windows that the pair at i is part of. It returns false when f does.
func (x *clueIndex) meet(src []byte, i int, f func(c clue, at int) bool) bool {
	for _, p := range x.groups[x.group[binary.LittleEndian.Uint16(src[i:])]] {
		at := i - p.offset
		if at < 0 || at+4 > len(src) || binary.LittleEndian.Uint32(src[at:]) != p.number {
			continue
		}
		if !f(p.clue, at) {
			return false
		}
	}
	return true
}
