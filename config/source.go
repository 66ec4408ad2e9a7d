package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxSize bounds a configuration file: the parser takes many times that in memory, and files from Git are foreign.
const maxSize = 1 << 20

// source is a file and where its lines begin.
type source struct {
	path string
	data []byte
	// parsed holds the starts of lines as the YAML parser counts them, shown as a text editor does.
	parsed, shown []int
}

func newSource(path string, data []byte) *source {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	return &source{path: path, data: data, parsed: lineStarts(data, true), shown: lineStarts(data, false)}
}

// lineStarts returns the offset of the first byte of each line. YAML 1.1 (section 5.4) also breaks lines at
// NEL, LS and PS, which no editor and no compiler does.
func lineStarts(data []byte, yamlBreaks bool) []int {
	starts := []int{0}
	for i := 0; i < len(data); i++ {
		size := 0
		switch {
		case data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n':
			size = 2
		case data[i] == '\n', data[i] == '\r':
			size = 1
		case yamlBreaks && bytes.HasPrefix(data[i:], []byte("\u0085")):
			size = 2
		case yamlBreaks && (bytes.HasPrefix(data[i:], []byte("\u2028")) || bytes.HasPrefix(data[i:], []byte("\u2029"))):
			size = 3
		}
		if size > 0 {
			starts = append(starts, i+size)
			i += size - 1
		}
	}
	return starts
}

// offset returns the byte at which a node begins. The parser counts columns in characters.
func (s *source) offset(n *yaml.Node) int {
	line := min(max(n.Line, 1), len(s.parsed))
	i := s.parsed[line-1]
	for range n.Column - 1 {
		if i >= len(s.data) {
			break
		}
		_, size := utf8.DecodeRune(s.data[i:])
		i += size
	}
	return i
}

// place returns the line and the column, in bytes, of an offset.
func (s *source) place(offset int) (line, column int) {
	i, found := slices.BinarySearch(s.shown, offset)
	if !found {
		i--
	}
	return i + 1, offset - s.shown[i] + 1
}

// within returns the offset of a byte of a scalar's value, or of the scalar when the value is not written
// byte by byte (escapes, folded lines, anchors).
func (s *source) within(n *yaml.Node, byteOfValue int) int {
	start := s.offset(n)
	text := start
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		text++
	}
	if byteOfValue < 0 || text > len(s.data) || !bytes.HasPrefix(s.data[text:], []byte(n.Value)) {
		return start
	}
	return text + min(byteOfValue, len(n.Value))
}

func (s *source) problem(offset int, message, hint string) Problem {
	line, column := s.place(offset)
	return Problem{Path: s.path, Line: line, Column: column, Message: message, Hint: hint}
}

// parse reads the one document of the file, or says why there is none.
func (s *source) parse() (doc *yaml.Node, problem *Problem) {
	// The parser is known to be sound only up to the files that it has seen: a panic on a foreign one is a broken file.
	defer func() {
		if r := recover(); r != nil {
			p := s.problem(0, "the YAML parser gave up on this file", "simplify it")
			doc, problem = nil, &p
		}
	}()
	fail := func(offset int, message, hint string) (*yaml.Node, *Problem) {
		p := s.problem(offset, message, hint)
		return nil, &p
	}
	if len(s.data) > maxSize {
		return fail(0, fmt.Sprintf("file of %d bytes; at most %d are read", len(s.data), maxSize), "")
	}
	if i := invalidUTF8(s.data); i >= 0 {
		return fail(i, "not UTF-8", "save the file as UTF-8")
	}
	const begin = "begin with the line apiVersion: " + APIVersion
	decoder := yaml.NewDecoder(bytes.NewReader(s.data))
	var first, second yaml.Node
	if err := decoder.Decode(&first); errors.Is(err, io.EOF) {
		return fail(0, "empty file", begin)
	} else if err != nil {
		return nil, s.syntax(err)
	}
	if err := decoder.Decode(&second); err == nil {
		return fail(s.offset(&second), "second document", "one file holds one document: remove what begins at ---")
	} else if !errors.Is(err, io.EOF) {
		return nil, s.syntax(err)
	}
	if len(first.Content) == 0 || isNull(first.Content[0]) {
		return fail(0, "empty file", begin)
	}
	return first.Content[0], nil
}

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return -1
}

var (
	syntaxLine    = regexp.MustCompile(`^line (\d+): `)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
	// parserMessage matches the errors of the parser proper; its lines count from 0, those of its scanner from 1.
	parserMessage = regexp.MustCompile(`^(did not find expected (',' or |'-' indicator|<|key$|node content)|found (duplicate|incompatible|undefined))`)
)

// syntax turns an error of the parser into a problem. The parser gives a line at most.
func (s *source) syntax(err error) *Problem {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line, hint := 1, ""
	if m := syntaxLine.FindStringSubmatch(message); m != nil {
		message = message[len(m[0]):]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
		if parserMessage.MatchString(message) {
			line++
		}
	}
	offset := s.parsed[min(max(line, 1), len(s.parsed))-1]
	if m := unknownAnchor.FindStringSubmatch(message); m != nil {
		// Not quoted: what looks like an alias may be a secret that begins with `*`.
		message, hint = "an alias of nothing", "quote a value that begins with *"
		offset = max(offset, bytes.Index(s.data, []byte("*"+m[1])))
	}
	p := s.problem(offset, "not YAML: "+message, hint)
	return &p
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }
