package writer

import (
	"bytes"
	"path"
	"sort"
	"strings"
)

const (
	ourPrefix = "bumpboat:"
	fluxToken = "$imagepolicy"
	fluxGroup = "image.toolkit.fluxcd.io/"
	crdKind   = "CustomResourceDefinition"
	// rulesFile is the name of the file of rules. Its own text is no manifest.
	rulesFile = "bumpboat.yaml"
)

// candidate says whether a file can name an image or a policy, from its name and its bytes alone: parsing is what costs time. It may
// say yes too often, never no.
func candidate(name string, src []byte) bool {
	if path.Base(name) == rulesFile {
		return false
	}
	seen := look(src)
	switch {
	case seen&clueMarker != 0:
		return true
	case seen&clueImage != 0 || named(name, src):
		return !onlyDefinitions(src)
	default:
		return false
	}
}

// named says whether a file can matter by its name: it deploys others, or the keys around its images do not speak of images.
func named(name string, src []byte) bool {
	base := path.Base(name)
	switch {
	case isKustomizationFile(name), base == "Chart.yaml", strings.HasPrefix(base, "helmfile"), isHelmfile(name), strings.HasPrefix(base, ".argocd-source-"):
		return true
	case strings.HasPrefix(base, "values"): // laid over others, they may say a tag and nothing else
		return bytes.Contains(src, []byte("ag")) || bytes.Contains(src, []byte("igest"))
	default:
		return mayBePipeline(name, base) && pipelineFormat(name) != ""
	}
}

// mayBePipeline spares most files the question of pipelineFormat, which costs more: CI systems have hidden names, or one of these.
func mayBePipeline(name, base string) bool {
	return strings.HasPrefix(name, ".") || strings.Contains(name, "/.") ||
		strings.HasPrefix(base, "action.") || strings.HasPrefix(base, "bitbucket-") || strings.Contains(base, ".gitlab-ci")
}

// documents calls f for each document of a file, with its extent, that of the line `---` before it included. It needs no parser: three
// dashes at the beginning of a line end any document, whatever is open in it.
func documents(src []byte, f func(start, end int, isDefinition bool)) {
	start, definitions, kinds, odd := 0, 0, 0, false
	for at := 0; at < len(src); {
		end := len(src)
		if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		line := src[at:end]
		switch line[0] {
		case '-':
			if at > start && bytes.HasPrefix(line, []byte("---")) && isBlank(line[3:], 1) {
				f(start, at, definitions == 1 && kinds == 1 && !odd)
				start, definitions, kinds, odd = at, 0, 0, false
			}
		case 'k':
			if value, ok := bytes.CutPrefix(line, []byte("kind:")); ok {
				kinds++
				if string(bytes.TrimSpace(value)) == crdKind {
					definitions++
				}
			}
		case '%', '.':
			odd = true // a directive, or an end that is written: what follows is for another document
		}
		at = end
	}
	f(start, len(src), definitions == 1 && kinds == 1 && !odd)
}

// isBlank says whether the first n bytes are white space, as far as there are so many.
func isBlank(text []byte, n int) bool { return len(bytes.TrimSpace(text[:min(n, len(text))])) == 0 }

// onlyDefinitions says whether every document is a CustomResourceDefinition. Those are large and full of schemas
// that speak of images without naming one.
func onlyDefinitions(src []byte) bool {
	only := true
	documents(src, func(start, end int, isDefinition bool) {
		only = only && (isDefinition || isBlank(bytes.TrimPrefix(src[start:end], []byte("---")), end))
	})
	return only
}

// withoutDefinitions returns a text of the same length in which those CustomResourceDefinitions are blank that nobody wrote
// a marker in: what comes with an operator has a megabyte of them beside one Deployment.
func withoutDefinitions(src []byte) []byte {
	if !bytes.Contains(src, []byte(crdKind)) {
		return src
	}
	out := src
	documents(src, func(start, end int, isDefinition bool) {
		if !isDefinition || look(src[start:end])&clueMarker != 0 {
			return
		}
		if &out[0] == &src[0] {
			out = bytes.Clone(src)
		}
		blank(out[start:end])
	})
	return out
}

// blank empties a document. The dashes before it and all lines stay.
func blank(document []byte) {
	rest := bytes.TrimPrefix(document, []byte("---"))
	for i, c := range rest {
		if c != '\n' && c != '\r' {
			rest[i] = ' '
		}
	}
}

// rawMarker is something that looks like a marker in the bytes of a file, whether or not a scalar goes with it.
type rawMarker struct {
	// start is the offset of its `#`, end that of the end of the line.
	start, end int
	// near says that it is none as it stands.
	near bool
	// alone says that nothing but white space stands before it on its line.
	alone bool
}

// rawMarkers returns every comment that begins like a marker or was meant for one, in the order of the file. A marker behind another comment
// counts, except on a line that is a comment as a whole: that is a manifest commented out.
func rawMarkers(src []byte) []rawMarker {
	var out []rawMarker
	from := 0 // what is before was looked at
	screen.each(src, func(c clue, at int) bool {
		if at < from || c.tells(src, at)&clueMarker == 0 {
			return true
		}
		start := bytes.LastIndexAny(src[:at], "\r\n") + 1
		end := lineEnd(src, at)
		out = append(out, rawMarkersOfLine(src, start, end)...)
		from = end
		return true
	})
	return out
}

func rawMarkersOfLine(src []byte, start, end int) []rawMarker {
	line := src[start:end]
	commentedOut := bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("#"))
	var out []rawMarker
	for _, c := range comments(line) {
		alone := len(bytes.Trim(line[:c.start], "# \t")) == 0
		if commentedOut && !alone {
			continue
		}
		near := false
		if !looksLikeMarker(line[c.start:c.end], alone) {
			if _, near = nearMarker(line[c.start:c.end], alone); !near {
				continue
			}
		}
		out = append(out, rawMarker{start: start + c.start, end: end, alone: alone, near: near})
	}
	return out
}

// endings stand before a `#` that begins a comment: white space, and the last character of a value, after which YAML wants white
// space and its parsers do not.
const endings = " \t\"']}"

// comments cuts a line at every `#` that begins it or follows the end of a value, and leaves out what stands before the first.
func comments(line []byte) []span {
	var out []span
	for i, c := range line {
		if c != '#' || i > 0 && strings.IndexByte(endings, line[i-1]) < 0 {
			continue
		}
		if len(out) > 0 {
			out[len(out)-1].end = i
		}
		out = append(out, span{i, len(line)})
	}
	return out
}

// looksLikeMarker says whether a comment begins like a marker of ours, or has Flux's in it; one that is alone on its
// line must begin with it, because people write about markers, too.
func looksLikeMarker(comment []byte, alone bool) bool {
	text := bytes.TrimLeft(comment, "# \t")
	if bytes.HasPrefix(text, []byte(ourPrefix)) {
		return true
	}
	return bytes.Contains(text, []byte(fluxToken)) && (!alone || bytes.HasPrefix(text, []byte("{")))
}

// lineEnd returns the offset of the line break at or after start, or the end of src. A lone CR breaks lines too.
func lineEnd(src []byte, start int) int {
	if i := bytes.IndexAny(src[start:], "\r\n"); i >= 0 {
		return start + i
	}
	return len(src)
}

// lines finds the line and column of byte offsets.
type lines struct {
	starts []int
}

func newLines(src []byte) lines {
	starts := []int{0}
	if bytes.HasPrefix(src, []byte("\uFEFF")) {
		starts[0] = len("\uFEFF") // an editor does not show it, so it is no column
	}
	for i, c := range src {
		if c == '\n' || c == '\r' && (i+1 == len(src) || src[i+1] != '\n') {
			starts = append(starts, i+1)
		}
	}
	return lines{starts: starts}
}

// position counts from 1, columns in bytes.
func (l lines) position(offset int) (line, column int) {
	line = sort.Search(len(l.starts), func(i int) bool { return l.starts[i] > offset })
	return line, offset - l.starts[line-1] + 1
}
