package writer

import (
	"regexp"
	"strings"
)

// Flux fills in `${NAME}` and `${NAME:=default}`, Argo CD's ApplicationSet `{{name}}` and `{{.name}}`.
var (
	fluxVariable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)(?::?[-=][^{}]*)?\}`)
	setVariable  = regexp.MustCompile(`\{\{-?\s*\.?([A-Za-z_][A-Za-z0-9_.-]*)\s*-?\}\}`)
)

// template is a reference that is filled in later, in its parts.
type template struct {
	place             *place
	name, tag, digest string
	form              *regexp.Regexp
	// whole, tagFrom and digestFrom are the variables that hold exactly these parts, or "".
	whole, tagFrom, digestFrom string
	// fixed says that the name has no variables, and is one.
	fixed bool
}

// readTemplate cuts the text of a reference before it is filled in.
func readTemplate(p *place) template {
	t := template{place: p, form: fluxVariable}
	if p.whole != nil {
		t.name, t.tag, t.digest = cutReference(p.whole.value())
	} else {
		t.name, t.tag, t.digest = p.nameText(), p.tag.value(), p.digest.value()
	}
	if strings.Contains(t.name+t.tag+t.digest, "{{") {
		t.form = setVariable
	}
	t.tagFrom, t.digestFrom = t.variable(t.tag), t.variable(t.digest)
	if t.tag+t.digest == "" {
		t.whole = t.variable(t.name)
	}
	t.fixed = isName(t.name)
	return t
}

// variable returns the name of the variable that a text is, or "" for any other text.
func (t template) variable(text string) string {
	if m := t.form.FindStringSubmatch(text); m != nil && m[0] == text {
		return m[1]
	}
	return ""
}

// cutReference cuts a reference at its digest and its tag. What stands in braces belongs together.
func cutReference(s string) (name, tag, digest string) {
	depth := 0
	for i := len(s) - 1; i >= 0; i-- {
		switch c := s[i]; {
		case c == '}':
			depth++
		case c == '{':
			depth--
		case depth > 0:
		case c == '@' && digest == "":
			s, digest = s[:i], s[i+1:]
		case c == ':':
			return s[:i], s[i+1:], digest
		case c == '/':
			return s, "", digest
		}
	}
	return s, "", digest
}

// expand fills variables into the name. It returns false when the result is no name.
func (t template) expand(scope variables) (string, bool) {
	if t.fixed {
		return t.name, true
	}
	missing := false
	name := t.form.ReplaceAllStringFunc(t.name, func(text string) string {
		if value := scope[t.form.FindStringSubmatch(text)[1]]; value != nil {
			return value.Value
		}
		missing = true
		return text
	})
	return name, !missing && isName(name)
}
