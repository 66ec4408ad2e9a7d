// Package fieldpath owns the paths by which rules name values inside of YAML and JSON documents, such as
// `spec.runner.image` or `images[*]."app.kubernetes.io/tag"`. It refuses to know documents.
package fieldpath

import (
	"fmt"
	"strconv"
	"strings"
)

// All is the index of a step into every item of a list.
const All = -1

// mostSteps bounds how deep a path leads.
const mostSteps = 64

// Step leads from a mapping to the entry of a key, or from a list to an item.
type Step struct {
	// Key is the key of the entry. It counts when Item is false.
	Key string
	// Item says that the step leads into a list: to the item at Index, from 0, or to All of them.
	Item  bool
	Index int
}

// Error says what is wrong with a path, and at which byte, from 1.
type Error struct {
	Message, HintText string
	Column            int
}

func (e *Error) Error() string { return e.Message }

// Hint returns the next step for a person.
func (e *Error) Hint() string { return e.HintText }

// Parse reads a path: keys with dots between them, `[0]` or `[*]` behind them for items of lists, and double quotes around
// a key that has other characters than a plain one. The error is an *Error.
func Parse(path string) ([]Step, error) {
	p := parser{text: path}
	for first := true; p.at < len(path); first = false {
		if err := p.step(first); err != nil {
			return nil, err
		}
		if len(p.steps) > mostSteps {
			return nil, p.bad(p.at, fmt.Sprintf("more than %d steps", mostSteps), "")
		}
	}
	if len(p.steps) == 0 {
		return nil, p.bad(0, "an empty path", example)
	}
	return p.steps, nil
}

const (
	example = `for example spec.runner.image, images[0].tag or images[*].tag`
	// special are the characters that a key without quotes cannot have.
	special = ".[]\"\\* \t\r\n"
)

// parser is a path and how far it was read.
type parser struct {
	text  string
	at    int
	steps []Step
}

func (p *parser) bad(at int, message, hint string) *Error {
	return &Error{Message: message, HintText: hint, Column: at + 1}
}

// step reads one step. All keys but the first have a dot before them.
func (p *parser) step(first bool) error {
	switch {
	case p.text[p.at] == '[':
		return p.item()
	case !first && p.text[p.at] != '.':
		return p.bad(p.at, "a key without a dot before it", example)
	case !first:
		p.at++
	}
	return p.key()
}

func (p *parser) key() error {
	rest := p.text[p.at:]
	if strings.HasPrefix(rest, `"`) {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return p.bad(p.at, "a quote that does not end", "")
		}
		key, err := strconv.Unquote(quoted)
		if err != nil {
			return p.bad(p.at, "a quote that cannot be read", "")
		}
		p.at += len(quoted)
		p.steps = append(p.steps, Step{Key: key})
		return nil
	}
	end := strings.IndexAny(rest, special)
	switch {
	case end < 0:
		end = len(rest)
	case rest[end] == '*':
		return p.bad(p.at+end, "a * outside of brackets", "[*] stands for all items of a list; a key that has a * needs double quotes")
	case rest[end] != '.' && rest[end] != '[':
		return p.bad(p.at+end, fmt.Sprintf("%q in a key", rest[end:end+1]), "put the key in double quotes")
	}
	if end == 0 {
		return p.bad(p.at, "a key is missing", example)
	}
	p.steps = append(p.steps, Step{Key: rest[:end]})
	p.at += end
	return nil
}

func (p *parser) item() error {
	inside, _, closed := strings.Cut(p.text[p.at+1:], "]")
	if !closed {
		return p.bad(p.at, "a [ without its ]", example)
	}
	step := Step{Item: true, Index: All}
	if inside != "*" {
		n, err := strconv.ParseUint(inside, 10, 31)
		if err != nil {
			return p.bad(p.at+1, fmt.Sprintf("[%s] is no item of a list", clip(inside)), "write a number from 0, or * for all items")
		}
		step.Index = int(n)
	}
	p.steps = append(p.steps, step)
	p.at += len(inside) + len("[]")
	return nil
}

// clip bounds what a message quotes.
func clip(s string) string {
	const longest = 40
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}
