package yamledit

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	sigs "sigs.k8s.io/yaml"
)

// written returns the token that says value in place of n. It keeps quotes as they are; text without quotes stays so only
// if every reader takes it for the same text.
func written(n *yaml.Node, inFlow bool, value string) string {
	switch {
	case n.Style&yaml.SingleQuotedStyle != 0:
		return "'" + strings.ReplaceAll(value, "'", "''") + "'"
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return doubleQuoted(value)
	case inFlow && n.ShortTag() != strTag:
		return doubleQuoted(value) // it may be JSON, where text without quotes is an error
	case plain(value):
		return value
	default:
		return doubleQuoted(value)
	}
}

const strTag = "!!str"

// doubleQuoted escapes what both YAML and JSON want escaped in a text without control characters.
func doubleQuoted(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// writable says whether a value can be written on one line as it is.
func writable(value string) bool {
	if !utf8.ValidString(value) {
		return false
	}
	return !strings.ContainsFunc(value, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Noncharacter_Code_Point, r) || lineBreak(r) || string(r) == bom
	})
}

// number is what some reader takes for one: decimals however large, and YAML 1.1's base of 60.
var number = regexp.MustCompile(`^[0-9][0-9_]*((:[0-5]?[0-9])+)?(\.[0-9_]*)?([eE][-+]?[0-9]+)?$`)

// plain says whether text without quotes reads as the same text, anywhere. Kubernetes and Helm decode with
// sigs.k8s.io/yaml, which knows more words and numbers than YAML 1.2.
func plain(value string) bool {
	if !plainCharacters(value) || number.MatchString(value) {
		return false
	}
	if strings.Contains(value, "/") {
		return true // no number, date or word of any reader has a slash, and to ask them takes long
	}
	doc := []byte("v: " + value + "\n")
	var ours, theirs struct{ V any }
	if yaml.Unmarshal(doc, &ours) != nil || sigs.Unmarshal(doc, &theirs) != nil {
		return false
	}
	return ours.V == value && theirs.V == value
}

// plainCharacters is stricter than YAML. It lets pass what images, tags and digests are made of.
func plainCharacters(value string) bool {
	if value == "" || !letterOrDigit(rune(value[0])) && !strings.ContainsRune("_./", rune(value[0])) || value[len(value)-1] == ':' {
		return false
	}
	return !strings.ContainsFunc(value, func(r rune) bool { return !letterOrDigit(r) && !strings.ContainsRune("_./:@+-=", r) })
}

func letterOrDigit(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}
