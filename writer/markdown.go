package writer

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Paths, names of objects and policies come from the repository and tags from the registry: whoever writes them must
// not be able to speak through a pull request. Nothing of theirs is formatted, hidden, reordered or acted on.

// visible replaces what cannot be seen or changes how the rest is seen: control characters, line breaks, bidirectional overrides, zero-width
// characters, bytes that are not UTF-8.
func visible(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == ' ' || unicode.IsPrint(r):
			b.WriteString(s[:size])
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[size:]
	}
	return b.String()
}

// code writes foreign text as a code span that is safe in a table: forges look for mentions, references and HTML
// everywhere but there.
func code(s string) string {
	if s == "" {
		return ""
	}
	var b strings.Builder
	var last rune
	for _, r := range visible(clip(s, 300)) {
		switch {
		case r == '`':
			b.WriteString(`\x60`)
		case r == '|' && last == '\\':
			b.WriteString(`\x7c`) // not every reader of tables agrees what `\\|` is
		case r == '|':
			b.WriteString(`\|`)
		default:
			b.WriteRune(r)
		}
		last = r
	}
	return "`" + b.String() + "`"
}

// plain writes foreign text for a title or a commit message, where there are no code spans. A zero-width space keeps
// `@team`, `#12`, `!12` and `GH-12` from meaning anything to a forge.
func plain(s string) string {
	s = visible(clip(s, 300))
	var b strings.Builder
	for i, r := range s {
		b.WriteRune(r)
		if (r == '@' || r == '#' || r == '!' || r == '-') && refers(s, i) {
			b.WriteRune('\u200b')
		}
	}
	return b.String()
}

// refers says whether a forge may read a mention or a reference at byte i.
func refers(s string, i int) bool {
	if i+1 == len(s) {
		return false
	}
	digit := s[i+1] >= '0' && s[i+1] <= '9'
	switch s[i] {
	case '@':
		return i == 0 || !isWord(s[i-1])
	case '#', '!':
		return digit
	default:
		return digit && i >= 2 && strings.EqualFold(s[i-2:i], "GH")
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}
