package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/forge"
)

// maxFile bounds a file: a body of the largest size, and a header with room for comments.
const maxFile = 2 * MaxBody

const (
	fence = "---\n"
	// advice tells whoever opens a file what can be done with it.
	advice = `# A pull request of bumpboat's embedded forge. Decide about it by editing the line "state":
# open, closed (do not propose this again) or merged (after you have merged the head into the base with git).
`
)

// document is one file: a header between two fences, an empty line, and the body.
type document struct {
	header
	body string
}

type header struct {
	Number   int64       `yaml:"number"`
	State    forge.State `yaml:"state"`
	Title    string      `yaml:"title"`
	Head     string      `yaml:"head"`
	Base     string      `yaml:"base"`
	Opened   time.Time   `yaml:"opened"`
	Changed  time.Time   `yaml:"changed"`
	Comments []comment   `yaml:"comments,omitempty"`
}

type comment struct {
	At   time.Time `yaml:"at"`
	Text string    `yaml:"text"`
}

// format is the inverse of parse: the body keeps every byte, and one line break is added at its end as editors do.
func format(d document) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(fence + advice)
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(d.header); err != nil {
		return nil, err
	}
	b.WriteString(fence + "\n" + d.body + "\n")
	return b.Bytes(), nil
}

func parse(text string) (document, error) {
	var d document
	// An editor may have changed the line breaks, the header's included.
	rest, ok := cutLine(text, "---")
	if !ok {
		return d, errors.New(`the first line is not "---"`)
	}
	head, body, ok := cutFence(rest)
	if !ok {
		return d, errors.New(`the header does not end with a line "---"`)
	}
	dec := yaml.NewDecoder(strings.NewReader(head))
	dec.KnownFields(true)
	if err := dec.Decode(&d.header); err != nil {
		return d, fmt.Errorf("reading the header: %w", err)
	}
	body, _ = cutLine(body, "")
	d.body = strings.TrimSuffix(body, "\n")
	return d, d.check()
}

// cutLine removes the line from the beginning of text, with either kind of line break.
func cutLine(text, line string) (string, bool) {
	for _, end := range []string{"\n", "\r\n"} {
		if rest, ok := strings.CutPrefix(text, line+end); ok {
			return rest, true
		}
	}
	return text, false
}

func cutFence(text string) (before, after string, ok bool) {
	for at := 0; at < len(text); {
		if rest, ok := cutLine(text[at:], "---"); ok {
			return text[:at], rest, true
		}
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
	}
	return "", "", false
}

func (d *document) check() error {
	switch d.State {
	case forge.Open, forge.Closed, forge.Merged:
	default:
		return fmt.Errorf("the state is %q, not open, closed or merged", d.State)
	}
	if d.Number < 1 {
		return fmt.Errorf("the number is %d", d.Number)
	}
	return forge.ValidateBranches(d.Head, d.Base)
}

// numberOf reads a file's name: at least four digits and .md.
func numberOf(name string) (int64, bool) {
	digits, ok := strings.CutSuffix(name, ".md")
	if !ok || len(digits) < 4 || len(digits) > 4 && digits[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil && n > 0 && n < math.MaxInt64 && digits[0] != '+'
}

func (f *Forge) read(number int64) (document, error) {
	path := f.path(number)
	doing := "reading " + path
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return document{}, forge.NewError(forge.NotFound, "", fmt.Errorf("reading pull request #%d: there is no %s", number, path))
	}
	if err != nil {
		return document{}, fail(doing, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("it has more than %d bytes", maxFile)
	}
	var d document
	if err == nil {
		d, err = parse(string(text))
	}
	if err == nil && d.Number != number {
		err = fmt.Errorf("its header says number %d", d.Number)
	}
	if err != nil {
		return document{}, forge.NewError(forge.Invalid, "correct the file, or move it out of the folder", fmt.Errorf("%s: %w", doing, err))
	}
	return d, nil
}

// write puts a document into its place as a whole: place is os.Rename to replace a file, or os.Link to fail when there is one.
func (f *Forge) write(d document, place func(from, to string) error) error {
	text, err := format(d)
	if err != nil {
		return err
	}
	if len(text) > maxFile {
		return fmt.Errorf("the file would have more than %d bytes", maxFile)
	}
	temp, err := os.CreateTemp(f.dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // after a rename there is nothing left to remove
	_, err = temp.Write(text)
	if err == nil {
		err = temp.Chmod(0o644)
	}
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	return place(temp.Name(), f.path(d.Number))
}

// fail wraps what the file system says.
func fail(doing string, err error) error {
	kind := forge.Internal
	if errors.Is(err, fs.ErrPermission) {
		kind = forge.Auth
	}
	return forge.NewError(kind, "", fmt.Errorf("%s: %w", doing, err))
}
