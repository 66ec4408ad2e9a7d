package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// redacted is all that is ever printed of a secret.
const redacted = "<secret>"

// maxSecret bounds a secret: a larger file is certainly the wrong one.
const maxSecret = 64 << 10

// Secret is a credential, written as {env: NAME} or {file: PATH} and never inline. Every printed form of it is
// redacted; Reveal is the only way to its value. The zero Secret is no secret.
type Secret struct {
	// value is behind a pointer so that printing a struct that hides a Secret in an unexported field, where fmt
	// cannot call the methods below, shows an address.
	value *string
	// source is the key it was written with, env or file, and name what stood there.
	source, name string
}

// secretForm is how a secret is written; the schema is made of it.
type secretForm struct {
	Env  string `yaml:"env,omitempty" jsonschema:"description=env is the name of an environment variable that holds the secret."`
	File string `yaml:"file,omitempty" jsonschema:"description=file holds the secret and nothing else; a relative path starts at the directory of this file."`
}

// Reveal returns the secret itself, or "" when there is none.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero says that there is no secret.
func (s Secret) IsZero() bool { return s.value == nil && s.source == "" }

// String returns `<secret>`, or "" for the zero Secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return redacted
}

// GoString is the redacted form for %#v.
func (s Secret) GoString() string { return s.String() }

// Format is the redacted form for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, s.String()) }

// LogValue is the redacted form for logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is the redacted form for encoders of text, JSON object keys among them.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON is the redacted form for JSON.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// MarshalYAML is the way the secret was written, which says where it is and not what it is.
func (s Secret) MarshalYAML() (any, error) {
	if s.IsZero() {
		return nil, nil
	}
	text := func(value string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value} }
	return &yaml.Node{
		Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle, LineComment: redacted,
		Content: []*yaml.Node{text(s.source), text(s.name)},
	}, nil
}

var (
	envName      = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	envReference = regexp.MustCompile(`^\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))$`)
)

// decode reads {env: NAME} or {file: PATH} and fetches the value. No problem ever quotes what stands inline.
func (s *Secret) decode(d *decoder, path string, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		hint := "write {env: NAME} or {file: PATH}"
		if m := envReference.FindStringSubmatch(n.Value); m != nil {
			hint = "write {env: " + m[1] + m[2] + "}"
		}
		d.fail(path, d.values[path], "a secret cannot stand in the file", hint)
		return
	}
	var form secretForm
	before := len(d.problems)
	d.structure(path, n, reflect.ValueOf(&form).Elem())
	if len(d.problems) > before {
		d.broken[path] = true
		return
	}
	switch {
	case (form.Env == "") == (form.File == ""):
		d.fail(path, d.values[path], "expected one of env and file", "write {env: NAME} or {file: PATH}")
	case form.Env != "":
		*s = Secret{source: "env", name: form.Env}
		s.fetchEnv(d, join(path, "env"))
	default:
		*s = Secret{source: "file", name: d.relative(form.File)}
		s.fetchFile(d, join(path, "file"))
	}
}

func (s *Secret) fetchEnv(d *decoder, path string) {
	if !envName.MatchString(s.name) {
		d.fail(path, d.values[path], "not the name of an environment variable", "a secret cannot stand in the file: put it into a variable and name that")
		return
	}
	value, ok := d.env(s.name)
	if !ok {
		d.fail(path, d.values[path], "environment variable "+short(s.name)+" is not set", "set it, or read the secret from a file with {file: PATH}")
		return
	}
	s.keep(d, path, value)
}

func (s *Secret) fetchFile(d *decoder, path string) {
	data, err := d.readFile(s.name)
	if err != nil {
		d.fail(path, d.values[path], unreadable(s.name, err), "a relative path starts at the directory of the configuration file")
		return
	}
	if len(data) > maxSecret {
		d.fail(path, d.values[path], fmt.Sprintf("file %s has %d bytes, too many for a secret", short(s.name), len(data)), "")
		return
	}
	s.keep(d, path, strings.TrimRight(string(data), "\r\n"))
}

// keep takes the value unless it cannot be a credential: control characters would break headers apart.
func (s *Secret) keep(d *decoder, path, value string) {
	switch {
	case strings.TrimSpace(value) == "":
		d.fail(path, d.values[path], "the secret in "+short(s.name)+" is empty", "")
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
		d.fail(path, d.values[path], "the secret in "+short(s.name)+" has line breaks or control characters", "it must be one line of text")
	default:
		s.value = &value
	}
}

// unreadable says why a file cannot be read, without repeating its name.
func unreadable(name string, err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "file " + short(name) + " does not exist"
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return "file " + short(name) + " cannot be read: " + err.Error()
}

// relative returns a path that was written relative to the configuration file.
func (d *decoder) relative(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(d.src.path), path)
}
