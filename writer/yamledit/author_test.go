package yamledit

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// author writes random documents that use every way to write a scalar, and many ways to write all else.
type author struct {
	*rand.Rand
	out     strings.Builder
	newline string
	// anchors counts those of this document that an alias can repeat.
	anchors int
	// inside says that this is the text of a block.
	inside bool
}

func (a *author) pick(words ...string) string { return words[a.IntN(len(words))] }

// one says yes once in n times.
func (a *author) one(n int) bool { return a.IntN(n) == 0 }

// file returns one or more documents, or JSON.
func (a *author) file() []byte {
	a.newline = a.pick("\n", "\n", "\n", "\r\n", "\r", "\u0085")
	if a.one(20) {
		return []byte(a.pick("", bom) + a.json(3) + a.pick("", a.newline))
	}
	a.out.WriteString(a.pick("", "", "", "%YAML 1.1"+a.newline+"---"+a.newline, "%YAML 1.2 # c"+a.newline+"--- # 🚀"+a.newline))
	for i := range 1 + a.IntN(2) {
		if i > 0 {
			a.out.WriteString(a.pick("---", "--- ", "---"+a.newline+"# only this"+a.newline+"---", "---"+a.newline+"---\t# é") + a.newline)
		}
		a.anchors = 0
		a.out.WriteString(a.pick("", "# head"+a.newline, "# \u2028# \u2029  # c"+a.newline))
		a.block(0, 3)
		a.out.WriteString(a.pick("", "", "# foot"+a.newline))
	}
	text := a.out.String()
	if a.one(5) {
		text = strings.TrimRight(text, "\r\n\u0085")
	}
	return []byte(a.pick("", "", bom) + text)
}

// block writes a mapping or a list; its last line ends with a line break.
func (a *author) block(indent, depth int) {
	list := a.one(3)
	for i := range 1 + a.IntN(3) {
		a.out.WriteString(a.pick("", "", "", a.newline, strings.Repeat(" ", indent)+"# alone 🚀"+a.newline))
		a.out.WriteString(strings.Repeat(" ", indent))
		a.out.WriteString(a.key(list, indent, i))
		wide := indent + 1 + a.IntN(4)
		switch {
		case depth > 0 && a.one(3):
			a.nested(list, indent, wide, depth)
		case a.one(6):
			a.out.WriteString(" " + a.flow(2) + a.pick("", " # flow") + a.newline)
		case a.one(8):
			pad := a.newline + strings.Repeat(" ", wide)
			a.out.WriteString(a.pick(" |", " >-", " |+ # c") + pad + "text # no comment" + pad + "  1.2.3" + a.newline)
		case a.one(7):
			a.text(wide, a.pick("acme/web:1.2.3", "1.10", "a # c", "v1"))
		case a.one(7) && !a.inside:
			a.text(wide, a.inner())
		case a.anchors > 0 && a.one(3):
			fmt.Fprintf(&a.out, " *a%d%s", a.IntN(a.anchors), a.pick("", " # c")+a.newline)
		default:
			a.plain(wide)
		}
	}
}

// key begins an entry. In a block some keys stand twice.
func (a *author) key(list bool, indent, i int) string {
	if list {
		return "-"
	}
	if a.one(30) {
		i = 0
	}
	return fmt.Sprintf(a.pick("k%d:", "image%d:", "日本%d :", "'q%d':", `"x: %d" :`, "? e%d"+a.newline+strings.Repeat(" ", indent)+":"), i)
}

func (a *author) nested(list bool, indent, wide, depth int) {
	a.out.WriteString(a.pick("", "", "", " !local"))
	if !list && a.one(8) {
		fmt.Fprintf(&a.out, " &m%d", a.IntN(100)) // an anchor on a collection
	}
	a.out.WriteString(a.pick("", "", " # nested") + a.newline)
	a.block(max(wide, indent+2), depth-1)
}

// plain writes a scalar with what may stand around it.
func (a *author) plain(indent int) {
	a.out.WriteString(a.pick(" ", "  ", " ", " ", " !!str ", " !x "))
	if a.one(5) {
		fmt.Fprintf(&a.out, "&a%d ", a.anchors)
		a.anchors++
	}
	if a.one(10) {
		a.out.WriteString(a.newline + strings.Repeat(" ", indent))
	}
	a.out.WriteString(a.scalar() + a.pick("", " ", " # c", "\t# bumpboat: x") + a.newline)
}

// text writes lines as a block, with every kind of header.
func (a *author) text(indent int, text string) {
	style := a.pick("|", "|-", "|+", "|", ">", ">-")
	if strings.Contains(text, "\n") {
		style = a.pick("|", "|", "|-", "|+")
	}
	a.out.WriteString(" " + style + a.pick("", "  # c") + a.newline)
	if a.one(5) {
		a.out.WriteString(a.newline)
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); line != "" {
			a.out.WriteString(strings.Repeat(" ", indent) + line)
		}
		a.out.WriteString(a.newline)
	}
	if a.one(5) {
		a.out.WriteString(a.newline)
	}
}

// inner writes a document of its own, for a block.
func (a *author) inner() string {
	in := &author{Rand: a.Rand, newline: "\n", inside: true}
	in.block(0, 2)
	return in.out.String()
}

func (a *author) flow(depth int) string {
	if depth == 0 || a.one(3) {
		return a.scalar()
	}
	var items []string
	list := a.one(2)
	for i := range a.IntN(4) {
		key := fmt.Sprintf(a.pick("k%d: ", `"é%d":`, "'🚀%d' : "), i)
		if list {
			key = ""
		}
		items = append(items, key+a.flow(depth-1))
	}
	text := strings.Join(items, a.pick(",", ", ", " ,  "))
	if list {
		return "[" + text + "]"
	}
	return "{" + text + "}"
}

func (a *author) json(depth int) string {
	if depth == 0 || a.one(4) {
		return a.pick(`"acme/web:1.2.3"`, `"1.10"`, "1.10", "true", "null", `"\u0041\"é"`, `""`, `"日本 🚀"`)
	}
	var items []string
	list := a.one(2)
	for i := range a.IntN(4) {
		key := fmt.Sprintf(a.pick(`"k%d":`, `"é%d" : `), i)
		if list {
			key = ""
		}
		items = append(items, a.pick("", "\n\t", " ")+key+a.json(depth-1))
	}
	text := strings.Join(items, a.pick(",", ", ", " ,")) + a.pick("", "\n")
	if list {
		return "[" + text + "]"
	}
	return "{" + text + "}"
}

func (a *author) scalar() string {
	return a.pick("acme/web:1.2.3", "1.10", "'1.2.3'", `"1.2.3"`, "true", "~", `"\u0041\"é"`, "'it''s'", "日本語", "a b", "a#b", `""`,
		"1e3", "v1@sha256:00", "2024-01-15", "0123", `"a\tb"`, "'{\"json\": [1]}'", "e\u0301🇩🇪", "<<", a.odd())
}

// odd has a character at which only YAML 1.1 breaks the line. In a block that would end its indentation.
func (a *author) odd() string {
	if a.inside {
		return "'x'"
	}
	return a.pick("\"x \u2028 y\"", "'\u2029'")
}
