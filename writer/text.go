package writer

import (
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// clip cuts a text to at most n bytes, at the end of a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// quoted quotes foreign text for a message, and keeps it short.
func quoted(s string) string { return strconv.Quote(clip(s, 80)) }

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
