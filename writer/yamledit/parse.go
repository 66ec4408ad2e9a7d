package yamledit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxDepth bounds how deep nodes nest. Kubernetes manifests stay below 50; a recursion over nodes is safe with this.
const maxDepth = 1000

// File is a YAML or JSON file that was read whole. It is not changed by its methods.
type File struct {
	// Docs are the top nodes of the documents that have one, in order. Their lines count through the whole file.
	Docs []*yaml.Node

	src  []byte
	at   *index
	tops []*yaml.Node // every document, as a DocumentNode
}

// Parse reads all documents of a YAML or JSON file. The error is a *ParseError. The file keeps src: it must not be
// changed after.
func Parse(src []byte) (*File, error) {
	at, illegal := newIndex(src)
	if illegal != nil {
		return nil, illegal
	}
	// The parser would count the byte order mark as a column.
	tops, err := decode(withVersion(src[at.lines[0]:]))
	if err != nil {
		return nil, syntaxError(err)
	}
	f := &File{src: src, at: at, tops: tops}
	c := checker{open: map[*yaml.Node]struct{}{}}
	for _, top := range tops {
		if err := c.check(top, 0); err != nil {
			err.Line, err.Column = f.position(err.Line, err.Column)
			return nil, err
		}
	}
	f.Docs = contents(tops)
	return f, nil
}

// decode parses all documents, or none.
func decode(src []byte) (tops []*yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the parser gave up: %v", p)
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(src))
	for {
		n := new(yaml.Node)
		switch err := d.Decode(n); {
		case errors.Is(err, io.EOF):
			return tops, nil
		case err != nil:
			return nil, err
		}
		tops = append(tops, n)
	}
}

// parserProblems are complaints that the parser gives with a line that is one too low: it corrects only the scanner's.
var parserProblems = [...]string{
	"did not find expected key", "did not find expected '-'", "did not find expected ',' or", "did not find expected node content",
	"did not find expected <document start>",
}

// syntaxError makes a ParseError of what the parser says: `yaml: line 3: did not find expected key`.
func syntaxError(err error) *ParseError {
	e := &ParseError{Reason: ReasonSyntax, Detail: strings.TrimPrefix(err.Error(), "yaml: ")}
	if rest, ok := strings.CutPrefix(e.Detail, "line "); ok {
		number, text, _ := strings.Cut(rest, ": ")
		if line, err := strconv.Atoi(number); err == nil {
			e.Line, e.Detail = line, text
		}
	}
	for _, problem := range parserProblems {
		if e.Line > 0 && strings.HasPrefix(e.Detail, problem) {
			e.Line++
		}
	}
	if strings.HasPrefix(e.Detail, "exceeded max depth") {
		e.Reason = ReasonTooDeep
	}
	return e
}

// checker refuses what would make a walk over the nodes dangerous.
type checker struct {
	// open are the anchored nodes around the current one.
	open map[*yaml.Node]struct{}
}

// check returns an error with a position of the parser.
func (c *checker) check(n *yaml.Node, depth int) *ParseError {
	if depth > maxDepth {
		return &ParseError{Reason: ReasonTooDeep, Line: n.Line, Column: n.Column, Detail: fmt.Sprintf("nested deeper than %d levels", maxDepth)}
	}
	if _, inside := c.open[n.Alias]; inside {
		return &ParseError{Reason: ReasonAliasCycle, Line: n.Line, Column: n.Column, Detail: "the alias *" + n.Value + " stands inside of what it repeats"}
	}
	if n.Anchor != "" {
		c.open[n] = struct{}{}
		defer delete(c.open, n)
	}
	for _, child := range n.Content {
		if err := c.check(child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// position translates a position of the parser.
func (f *File) position(line, column int) (int, int) {
	offset, ok := f.at.offset(f.src, line, column)
	if !ok {
		return 0, 0
	}
	return f.at.position(offset)
}

// empty says whether a node has no text in the file, as the value in `key:`.
func empty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style&^yaml.TaggedStyle == 0
}

// withVersion returns src with every `%YAML` directive saying 1.1, the only version that the parser lets pass. Its rules are
// those of 1.2 in all that matters here, and no byte moves.
func withVersion(src []byte) []byte {
	const directive = "%YAML"
	if !bytes.Contains(src, []byte(directive)) {
		return src
	}
	out := bytes.Clone(src)
	head := true // a directive counts only before the first node of a document
	for rest := out; len(rest) > 0; {
		end := bytes.IndexAny(rest, "\r\n") + 1
		if end == 0 {
			end = len(rest)
		}
		line := rest[:end]
		rest = rest[end:]
		text := bytes.TrimSpace(line)
		switch {
		case bytes.HasPrefix(line, []byte("...")) && (len(text) == 3 || line[3] == ' ' || line[3] == '\t'):
			head = true
		case !head, len(text) == 0, text[0] == '#':
		case line[0] != '%':
			head = false
		case bytes.HasPrefix(line, []byte(directive)):
			lowerVersion(line[len(directive):])
		}
	}
	return out
}

// lowerVersion writes 1.1, and spaces, over the version in place.
func lowerVersion(line []byte) {
	version := bytes.TrimLeft(line, " \t")
	digits := len(version) - len(bytes.TrimLeft(version, "0123456789."))
	if len(version) == len(line) || digits < len("1.1") || bytes.Count(version[:digits], []byte(".")) != 1 {
		return // what the parser finds wrong is wrong
	}
	copy(version, "1.1"+strings.Repeat(" ", digits-len("1.1")))
}
