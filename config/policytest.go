package config

import (
	"reflect"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/policy"
)

// PolicyTest is what a policy must answer in one case.
type PolicyTest struct {
	// Name says what the case is about.
	Name string `json:"name,omitempty" yaml:"name,omitempty"`
	// Policy is the name of a policy or an expression such as semver:^1.4.
	Policy string `json:"policy" yaml:"policy" jsonschema:"required,example=web"`
	// Image is the image repository; any unless given.
	Image string `json:"image,omitempty" yaml:"image,omitempty"`
	// Current is what stands in Git: a tag, tag@digest or a digest.
	Current policy.Scalar `json:"current" yaml:"current" jsonschema:"required,example=1.4.2"`
	// Tags are all tags of the repository.
	Tags []TestTag `json:"tags" yaml:"tags" jsonschema:"required,example=[1.5.0]"`
	// Now is the time at which is decided, such as 2026-11-21T08:00:00Z; the time of the check unless given.
	Now policy.Scalar `json:"now,omitempty" yaml:"now,omitempty"`
	// Expect is what must stand in Git afterwards (a tag, tag@digest or a digest), or the reason of the decision.
	Expect policy.Scalar `json:"expect" yaml:"expect" jsonschema:"required,example=1.5.0"`
	// Line and Column are where the test begins in its file, from 1.
	Line   int `json:"-" yaml:"-"`
	Column int `json:"-" yaml:"-"`
}

// TestTag is one tag in a test of a policy, and what its registry knows of it. A tag alone may be written as it is.
type TestTag struct {
	// Tag is the tag.
	Tag policy.Scalar `json:"tag" yaml:"tag" jsonschema:"required,example=1.5.0"`
	// Digest is what it points to: sha256: and 64 hexadecimal digits.
	Digest string `json:"digest,omitempty" yaml:"digest,omitempty"`
	// Created is when it was made and first seen, such as 2026-11-21T08:00:00Z.
	Created policy.Scalar `json:"created,omitempty" yaml:"created,omitempty"`
	// Platforms are what it can run on, such as linux/amd64.
	Platforms []string `json:"platforms,omitempty" yaml:"platforms,omitempty"`
}

// writtenTag is a TestTag that is written as a mapping.
type writtenTag TestTag

func (t *TestTag) decode(d *decoder, path string, n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		d.structure(path, n, reflect.ValueOf((*writtenTag)(t)).Elem())
		return
	}
	d.plain(path, n, &t.Tag)
}

// MarshalYAML is the shortest form that reads back to the same.
func (t TestTag) MarshalYAML() (any, error) {
	if t.Digest == "" && t.Created == "" && len(t.Platforms) == 0 {
		return t.Tag, nil
	}
	return writtenTag(t), nil
}

// checkTest checks what a test says about its policy. The rest is checked when it runs.
func (e *Environment) checkTest(d *decoder, at string, t PolicyTest) {
	e.checkPolicyText(d, join(at, "policy"), t.Policy)
	if _, err := time.Parse(time.RFC3339, string(t.Now)); t.Now != "" && err != nil {
		d.report(join(at, "now"), "not a time", "for example 2026-11-21T08:00:00Z")
	}
}
