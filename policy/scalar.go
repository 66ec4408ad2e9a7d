package policy

import (
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time, written as `90s`, `5m` or `1h30m`.
type Duration time.Duration

// Duration returns it as the standard library's type.
func (t Duration) Duration() time.Duration { return time.Duration(t) }

// String returns the duration as a person would write it: 72h and not 72h0m0s.
func (t Duration) String() string {
	s := t.Duration().String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText is the written form, for JSON and YAML.
func (t Duration) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Scalar is text that YAML may also write as a number or as true or false.
type Scalar string

// MarshalYAML writes a whole number as one, and quotes what else YAML would read as no text.
func (s Scalar) MarshalYAML() (any, error) {
	if n, err := strconv.Atoi(string(s)); err == nil && strconv.Itoa(n) == string(s) {
		return n, nil
	}
	return string(s), nil
}

// Words is a Scalar or a list of words; a list is kept with commas between.
type Words string

// MarshalYAML writes true and false as such, and everything else as a list.
func (w Words) MarshalYAML() (any, error) {
	if w == "true" || w == "false" {
		return w == "true", nil
	}
	return strings.Split(string(w), ","), nil
}
