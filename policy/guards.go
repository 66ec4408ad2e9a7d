package policy

import "slices"

// Guards are limits that are cut into every policy and that no policy can loosen.
type Guards struct {
	// Deny refuses every tag that one of its patterns matches.
	Deny []string `json:"deny,omitempty" yaml:"deny,omitempty" jsonschema:"minItems=1"`
	// Prerelease can only be false: no policy may take a pre-release.
	Prerelease *bool `json:"prerelease,omitempty" yaml:"prerelease,omitempty"`
	// Jump is the largest step: patch, minor or major.
	Jump string `json:"jump,omitempty" yaml:"jump,omitempty" jsonschema:"enum=patch,enum=minor,enum=major"`
	// Platforms must all be in every image that is taken.
	Platforms []string `json:"platforms,omitempty" yaml:"platforms,omitempty" jsonschema:"minItems=1"`
	// MinAge is how long every tag must have had its digest.
	MinAge Duration `json:"minAge,omitempty" yaml:"minAge,omitempty"`
	// Settle is how long every index must have stood still.
	Settle Duration `json:"settle,omitempty" yaml:"settle,omitempty"`
	// Downgrade can only be false: no policy may go down.
	Downgrade *bool `json:"downgrade,omitempty" yaml:"downgrade,omitempty"`
	// Freeze are windows of time in which nothing is changed.
	Freeze []Freeze `json:"freeze,omitempty" yaml:"freeze,omitempty" jsonschema:"minItems=1"`
}

// Check says what is wrong with the guards, as a *SpecError.
func (g Guards) Check() error {
	for field, value := range map[string]*bool{"downgrade": g.Downgrade, "prerelease": g.Prerelease} {
		if value != nil && *value {
			return &SpecError{Field: field, Message: "a guard cannot allow anything", HintText: "write false, or remove the key"}
		}
	}
	_, err := Compile(g.Cut(Spec{Semver: "*", Prerelease: "true"}))
	return err
}

// Cut returns the spec with the guards in it. Where both limit the same, the stricter one counts. An order that has no use for a
// guard, such as a jump among dates, goes without it.
func (g Guards) Cut(s Spec) Spec {
	if s.Ignore {
		return s
	}
	s.Tags.Deny = union(s.Tags.Deny, g.Deny)
	s.Platforms = union(s.Platforms, g.Platforms)
	s.MinAge, s.Settle = max(s.MinAge, g.MinAge), max(s.Settle, g.Settle)
	s.Freeze = union(s.Freeze, g.Freeze)
	if g.Downgrade != nil && s.Downgrade != nil {
		s.Downgrade = g.Downgrade
	}
	if s.has("jump") && g.Jump != "" && (s.Jump == "" || slices.Index(jumps, g.Jump) < slices.Index(jumps, s.Jump)) {
		s.Jump = g.Jump
	}
	if s.has("prerelease") && g.Prerelease != nil {
		s.Prerelease = "false"
	}
	return s
}

// jumps are the steps from the smallest to the largest.
var jumps = []string{"patch", "minor", "major"}

// union returns a with what of b is not in it.
func union[T comparable](a, b []T) []T {
	out := slices.Clone(a)
	for _, v := range b {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
