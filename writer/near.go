package writer

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/bumpboat/bumpboat/policy"
)

var (
	// nearColon is our name as a word, with its colon: not as the end of the name of an image.
	nearColon = regexp.MustCompile(`(?i)(?:^|[^\w./@-])bumpboat[ \t]*:`)
	// nearStart is our name at the beginning, and the word behind it.
	nearStart = regexp.MustCompile(`(?i)^bumpboat[ \t:]+([a-z-]+)`)
)

// nearMarker says whether a comment is no marker and was most likely meant for one; right is the form to write. One that is
// alone on its line is text for people unless it goes on as a marker does.
func nearMarker(comment []byte, alone bool) (right string, near bool) {
	text := string(bytes.Trim(comment, "# \t"))
	if nearFlux(text) {
		return hintFlux, true
	}
	rest, first := "", nearStart.FindStringSubmatchIndex(text)
	at := nearColon.FindStringIndex(text)
	switch {
	case first != nil && (isOrder(text[first[2]:first[3]]) || strings.HasPrefix(text[first[3]:], "=")):
		rest = strings.ToLower(text[first[2]:first[3]]) + text[first[3]:]
	case at != nil && !alone:
		rest = strings.TrimSpace(text[at[1]:])
	default:
		return "", false
	}
	if rest == "" {
		return hintForms, true
	}
	return "write exactly # " + ourPrefix + " " + clip(rest, 80), true
}

// isOrder says whether a word begins an expression.
func isOrder(word string) bool {
	word = strings.ToLower(word)
	switch Part(word) {
	case PartImage, PartName, PartTag:
		return false
	case PartDigest:
		return true // an order, too
	default:
		return policy.IsReservedName(word)
	}
}

// nearFlux says whether a comment is Flux's form but for the spelling of its key.
func nearFlux(text string) bool {
	if !strings.HasPrefix(text, "{") {
		return false
	}
	var fields map[string]any
	if json.Unmarshal([]byte(text), &fields) != nil || len(fields) != 1 {
		return false
	}
	for key := range fields {
		return key != fluxToken && strings.EqualFold(key, fluxToken)
	}
	return false
}
