package writer

import (
	"bytes"
	"path"
	"sort"
)

const (
	ourPrefix = "bumpboat:"
	fluxToken = "$imagepolicy"
	fluxGroup = "image.toolkit.fluxcd.io/"
	crdKind   = "CustomResourceDefinition"
	// rulesFile is the name of the file of rules. Its own text is no manifest.
	rulesFile = "bumpboat.yaml"
)

// candidate says whether a file can name an image or a policy, from its bytes alone: parsing is what costs time.
func candidate(name string, src []byte) bool {
	switch {
	case path.Base(name) == rulesFile:
		return false
	case mentions(src), pipelineFormat(name) != "", isKustomizationFile(name):
		return true
	case deploysOthers(src) && !onlyDefinitions(src):
		return true
	case bytes.Contains(src, []byte(fluxGroup)) && !onlyDefinitions(src):
		return true
	case isLock(name), isArgoSource(name):
		return true
	default:
		return (hasImageKey(src) || hasRelease(src)) && !onlyDefinitions(src)
	}
}

// deploysOthers says whether a file can hold an object of Flux or Argo CD that deploys other files.
func deploysOthers(src []byte) bool {
	return bytes.Contains(src, []byte(fluxKustomizeGroup)) || bytes.Contains(src, []byte(argoGroup+"/v1alpha1"))
}

// imageEndings are what may follow `image` in a key that names one: `ImageUri` and `ImageIdentifier` of CloudFormation, `imageName` of
// custom resources, `web_image_name` of Ansible.
var imageEndings = []string{"s", "Uri", "Identifier", "Name", "_name", "_repository", "_repo"}

// hasRelease says whether something of Helm, Flux or Argo CD is there that can name an image or a chart under other keys.
func hasRelease(src []byte) bool {
	for _, token := range []string{ociScheme, "repoURL", "helm.toolkit.fluxcd.io", "epository:", "mageTag", "mageVersion"} {
		if bytes.Contains(src, []byte(token)) {
			return true
		}
	}
	return false
}

// hasImageKey says whether something like `image:`, `"images" :` or `webImage:` is there.
func hasImageKey(src []byte) bool {
	for {
		i := bytes.Index(src, []byte("mage"))
		if i < 0 {
			return false
		}
		before := i > 0 && (src[i-1] == 'i' || src[i-1] == 'I')
		src = src[i+len("mage"):]
		rest := src
		for _, ending := range imageEndings {
			if after, ok := bytes.CutPrefix(src, []byte(ending)); ok {
				rest = after
				break
			}
		}
		rest = bytes.TrimLeft(rest, `"'`)
		rest = bytes.TrimLeft(rest, " \t")
		if before && len(rest) > 0 && rest[0] == ':' {
			return true
		}
	}
}

// onlyDefinitions says whether every document is a CustomResourceDefinition. Those are large and full of schemas
// that speak of images without naming one.
func onlyDefinitions(src []byte) bool {
	kinds, definitions := 0, 0
	for line := range bytes.Lines(src) {
		value, ok := bytes.CutPrefix(line, []byte("kind:"))
		if !ok {
			continue
		}
		kinds++
		if string(bytes.TrimSpace(value)) == crdKind {
			definitions++
		}
	}
	return kinds > 0 && kinds == definitions
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
	if !mentions(src) {
		return nil
	}
	var out []rawMarker
	for start := 0; start < len(src); {
		end := lineEnd(src, start)
		out = append(out, rawMarkersOfLine(src, start, end)...)
		start = end + 1
	}
	return out
}

func rawMarkersOfLine(src []byte, start, end int) []rawMarker {
	line := src[start:end]
	if !mentions(line) {
		return nil
	}
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

// comments cuts a line at every `#` that begins it or follows white space, and leaves out what stands before the first.
func comments(line []byte) []span {
	var out []span
	for i, c := range line {
		if c != '#' || i > 0 && line[i-1] != ' ' && line[i-1] != '\t' {
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
