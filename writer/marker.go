package writer

import (
	"encoding/json"
	"strings"

	"github.com/bumpboat/bumpboat/policy"
)

// marker is the text of one marker, read but not yet looked up.
type marker struct {
	// flux says that it has Flux's form; name is `namespace:name` then.
	flux bool
	// name is a named policy; "" when the marker has an expression.
	name string
	// expr is the expression, and exprAt where it begins in the comment, in bytes. Options that are the marker's
	// own are blanked out of it, so that columns stay true.
	expr   string
	exprAt int
	// part is what the scalar holds, "" when the marker does not say.
	part Part
	// image is the name of the image, for a scalar that nothing else tells it of.
	image string
	// late is what is wrong behind the name of the policy. It counts once there is such a policy: before that, the
	// name is what to correct.
	late *markerError
}

// markerError is what is wrong with the text of a marker.
type markerError struct {
	reason, message, hint string
	// at is where in the comment, in bytes.
	at int
}

func (e *markerError) Error() string { return e.reason + ": " + e.message }

const (
	hintForms = "write # bumpboat: NAME, NAME:tag, semver:^1.4, digest:stable or ignore; text for people goes after ` -- `"
	hintParts = "the parts are image, name, tag and digest"
)

// readMarker reads the comment behind a value, from its first `#` to the end of the line. ok is false when it is
// no marker at all.
func readMarker(comment string) (m marker, ok bool, err *markerError) {
	first, count := -1, 0
	for _, c := range comments([]byte(comment)) {
		if !looksLikeMarker([]byte(comment[c.start:c.end]), false) {
			continue
		}
		if count++; count == 1 {
			first = c.start
		}
	}
	if count == 0 {
		return readNear(comment)
	}
	if count > 1 {
		return marker{}, true, &markerError{reason: reasonTwoMarkers, message: "two markers on one line", hint: "leave one of them: a line has one policy"}
	}
	at := len(comment) - len(strings.TrimLeft(comment, "# \t"))
	if first > at {
		return marker{}, true, &markerError{reason: reasonNotFirst, message: "a marker behind another comment", hint: "put the marker first; text for people goes after ` -- `", at: first}
	}
	body := comment[at:]
	if !strings.HasPrefix(body, ourPrefix) {
		m, err = readFlux(strings.TrimSpace(body))
		return m, true, err
	}
	shift := at + len(ourPrefix)
	m, err = readOurs(body[len(ourPrefix):])
	m.exprAt += shift
	for _, e := range []*markerError{err, m.late} {
		if e != nil {
			e.at += shift
		}
	}
	return m, true, err
}

// readNear reports what was meant for a marker.
func readNear(comment string) (m marker, ok bool, err *markerError) {
	for _, c := range comments([]byte(comment)) {
		if right, near := nearMarker([]byte(comment[c.start:c.end]), false); near {
			return marker{}, true, &markerError{reason: reasonMalformed, message: malformed, hint: right, at: c.start}
		}
	}
	return marker{}, false, nil
}

// malformed says what a near miss is.
const malformed = "a comment that looks like a marker and is none"

// readOurs reads what stands after `bumpboat:`.
func readOurs(text string) (marker, *markerError) {
	text = forMachines(text)
	m := marker{exprAt: len(text) - len(strings.TrimLeft(text, " \t"))}
	body := []byte(strings.TrimSpace(text))
	for _, w := range splitWords(string(body)) {
		word := string(body[w.start:w.end])
		key, value, isOption := strings.Cut(word, "=")
		if w.start == 0 || !isOption || key != "image" && key != "part" {
			continue
		}
		if err := m.option(key, value, m.exprAt+w.start); err != nil {
			return m, err
		}
		copy(body[w.start:w.end], strings.Repeat(" ", w.end-w.start))
	}
	return m.subject(strings.TrimRight(string(body), " \t"))
}

// subject reads the named policy or the expression.
func (m marker) subject(body string) (marker, *markerError) {
	first, rest, _ := strings.Cut(body, " ")
	name, part, hasPart := strings.Cut(first, ":")
	switch {
	case name == "":
		return m, &markerError{reason: reasonBadExpression, message: "a marker without a policy", hint: hintForms, at: m.exprAt}
	case policy.IsReservedName(name) || strings.Contains(name, "="): // an option may come first: extends=web jump=minor
		m.expr = body
		return m, nil
	}
	m.name = name
	if hasPart {
		m.late = m.setPart(part, m.exprAt+len(name)+1)
	}
	if rest = strings.TrimSpace(rest); rest != "" && m.late == nil {
		m.late = &markerError{
			reason: reasonBadExpression, message: quoted(rest) + " after the named policy " + quoted(name),
			hint: "a named policy takes no options but part= and image=: extends=NAME changes it; text for people goes after ` -- `", at: m.exprAt + len(first),
		}
	}
	return m, nil
}

func (m *marker) option(key, value string, at int) *markerError {
	if key == "part" {
		return m.setPart(value, at+len("part="))
	}
	if _, err := policy.ParseImage(value); err != nil {
		return &markerError{reason: reasonBadExpression, message: quoted(value) + " is no image", hint: "for example image=ghcr.io/acme/web", at: at}
	}
	m.image = value
	return nil
}

func (m *marker) setPart(part string, at int) *markerError {
	switch Part(part) {
	case PartImage, PartName, PartTag, PartDigest:
		m.part = Part(part)
		return nil
	default:
		return &markerError{reason: reasonBadExpression, message: quoted(part) + " is no part of an image", hint: hintParts, at: at}
	}
}

// forMachines cuts off the text for people, which begins at ` -- ` outside of quotes.
func forMachines(text string) string {
	quoted := false
	for i := range len(text) {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(text[i:]+" ", " -- "):
			return text[:i]
		}
	}
	return text
}

// span is a range of bytes.
type span struct{ start, end int }

// splitWords cuts a text at white space outside of quotes.
func splitWords(text string) []span {
	var out []span
	quoted, start := false, -1
	for i := range len(text) {
		space := text[i] == ' ' || text[i] == '\t'
		switch {
		case space && !quoted && start >= 0:
			out = append(out, span{start, i})
			start = -1
		case !space && start < 0:
			start = i
		}
		if text[i] == '"' {
			quoted = !quoted
		}
	}
	if start >= 0 {
		out = append(out, span{start, len(text)})
	}
	return out
}

const hintFlux = `write # {"$imagepolicy": "NAMESPACE:NAME"}, with :tag, :name or :digest after the name for one part`

// readFlux reads Flux's form: the whole comment is one JSON object whose values are strings.
func readFlux(body string) (marker, *markerError) {
	bad := func(message string) (marker, *markerError) {
		return marker{flux: true}, &markerError{reason: reasonFluxMarker, message: message, hint: hintFlux}
	}
	var fields map[string]string
	if err := json.Unmarshal([]byte(body), &fields); err != nil {
		return bad("the comment is not one JSON object of strings")
	}
	value, ok := fields[fluxToken]
	if !ok {
		return bad("no key " + fluxToken)
	}
	words := strings.Split(value, ":")
	if len(words) < 2 || len(words) > 3 || words[0] == "" || words[1] == "" {
		return bad(quoted(value) + " is not NAMESPACE:NAME")
	}
	m := marker{flux: true, name: words[0] + ":" + words[1], part: PartImage}
	if len(words) == 2 {
		return m, nil
	}
	switch part := Part(words[2]); part {
	case PartTag, PartName, PartDigest:
		m.part = part
		return m, nil
	default:
		return bad(quoted(words[2]) + " is no part that Flux knows")
	}
}
