package writer

import (
	"bytes"
	"errors"
	"path"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/writer/lineedit"
	"github.com/bumpboat/bumpboat/writer/tree"
	"github.com/bumpboat/bumpboat/writer/yamledit"
)

// isText says whether a file that is no YAML may be read line by line: a template, or a file of another kind. YAML that is
// broken is left alone as a whole, because nobody can say what its lines mean.
func isText(f tree.File) bool {
	switch path.Ext(f.Path) {
	case ".yaml", ".yml", ".json":
		return bytes.Contains(f.Content, []byte("{{"))
	default:
		return !isKustomizationFile(f.Path)
	}
}

// readText reads a text in which nothing but a marker says what a line is: its value is that of the line. The result is nil
// when no value is marked.
func readText(f tree.File) *sheet {
	r := &reader{
		sheet: &sheet{problems: problems{path: f.Path}}, src: f.Content, raw: rawMarkers(f.Content), lines: newLines(f.Content),
		used: map[int]bool{}, slots: map[*yaml.Node]slot{}, groups: map[groupKey]*place{}, rivals: map[*yaml.Node]int{},
	}
	t := textReader{reader: r, text: lineedit.Read(f.Content)}
	marked := false
	for _, raw := range r.raw {
		if !raw.alone {
			marked = true
			t.marked(raw)
		}
	}
	if !marked {
		return nil
	}
	r.settle()
	for _, p := range r.sheet.places {
		p.format = formatText
	}
	r.leftovers()
	return r.sheet
}

// textReader reads the marked lines of a text.
type textReader struct {
	*reader
	text *lineedit.Text
	// mapping stands for the lines one below the other that begin in the same column; last is the line that was read before.
	mapping *yaml.Node
	last    lineedit.Value
	// seen is the line that was looked at last: two markers on one line are one mistake.
	seen int
}

// marked makes a place of a line with a marker.
func (t *textReader) marked(raw rawMarker) {
	line, _ := t.lines.position(raw.start)
	if line == t.seen {
		return
	}
	t.seen = line
	v, err := t.text.At(raw.start)
	if refusal, ok := errors.AsType[*yamledit.Refusal](err); ok {
		if refusal.Reason == yamledit.ReasonNotText {
			t.used[raw.start] = true
			t.problem(Problem{
				Line: refusal.Line, Column: refusal.Column, Reason: reasonSubstituted, Message: refusal.Detail,
				Hint: "put the marker on the line that holds the version, with image= if nothing beside it says the image",
			})
		}
		return // else it is left over
	}
	found, ok := t.markFor(v.Scalar, nil)
	if !ok {
		return
	}
	if t.mapping == nil || v.Line != t.last.Line+1 || v.Indent != t.last.Indent {
		t.mapping = &yaml.Node{Kind: yaml.MappingNode}
	}
	t.last = v
	var top *trail
	key := v.Key
	if key == "" {
		key = "-"
	}
	t.addLoose(&yaml.Node{Kind: yaml.ScalarNode}, v.Scalar, top.entry(t.mapping, key), &object{}, found)
}
