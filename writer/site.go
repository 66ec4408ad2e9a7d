// Package writer owns the place of images in an environment repository: it finds the sites and the policies that
// govern them, turns decisions into edits, groups edits into changes and writes the text of commits and pull
// requests. It refuses to choose versions, to talk to registries and to do any I/O.
package writer

import (
	"cmp"
	"slices"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// Part is which part of an image reference a scalar holds. The set is closed.
type Part string

// The parts of a reference, as markers name them.
const (
	// PartImage is a whole reference: `ghcr.io/acme/web:1.4.2`.
	PartImage Part = "image"
	// PartName is the name without tag and digest.
	PartName Part = "name"
	// PartTag is the tag, or `tag@digest` in one scalar.
	PartTag Part = "tag"
	// PartDigest is the digest.
	PartDigest Part = "digest"
)

// Source is where the policy of a site came from. The set is closed; "" means that there is none.
type Source string

// The sources of policies, nearest first.
const (
	// SourceMarker is a `# bumpboat:` comment on the line.
	SourceMarker Source = "marker"
	// SourceAnnotation is an annotation of the workload.
	SourceAnnotation Source = "annotation"
	// SourceFlux is an ImagePolicy that a marker on the line names.
	SourceFlux Source = "flux"
	// SourceRule is a rule of bumpboat.yaml.
	SourceRule Source = "rule"
)

// The formats of sites.
const (
	formatKubernetes = "kubernetes"
	formatKustomize  = "kustomize"
	formatHelm       = "helm-values"
	formatYAML       = "yaml"
	formatText       = "text"
	formatVariable   = "variable"
	formatArgo       = "argocd"
	formatChart      = "chart"
	formatOCI        = "oci-artifact"
)

// Site is one place that names an image. It may consist of several scalars (registry, repository, tag, digest);
// position, field and part are those of the scalar that carries the version.
type Site struct {
	Path string `json:"path"`
	// Line and Column count from 1, columns in bytes, at the start of the scalar.
	Line   int `json:"line"`
	Column int `json:"column"`
	// Format is the kind of place, as docs/places.md lists them: `kubernetes`, `kustomize`, `helm-values`, … or `yaml` for any other
	// marked scalar.
	Format string `json:"format"`
	// Field is the dotted path within its document: `spec.template.spec.containers[0].image`.
	Field string `json:"field"`
	Part  Part   `json:"part"`
	// Object is `Kind/namespace/name` of the object around it, the namespace empty when it is not written; "" for none.
	Object    string `json:"object,omitempty"`
	Container string `json:"container,omitempty"`
	// Image is the reference as written, joined from its parts.
	Image policy.Image `json:"-"`
	// Policy governs the site; nil means that it is unmanaged.
	Policy policy.Policy `json:"-"`
	// PolicyName is the name by which the policy was asked for: a named policy, or `namespace:name` of an
	// ImagePolicy; "" when an expression was written in its place.
	PolicyName string `json:"policyName,omitempty"`
	// PolicyPlace is where a policy that is not written at the site itself is written: `bumpboat.yaml:12`; or "".
	PolicyPlace string `json:"policyPlace,omitempty"`
	// Source is where the policy came from. It is also set when a source was there and could not be used; the
	// Reason says so then, and the policy is nil.
	Source Source `json:"source,omitempty"`
	// Reason is the reason of the Problem that keeps the site unmanaged, or "".
	Reason string `json:"reason,omitempty"`
	// ShadowedBy is one of the places that replace the version in all that deploys this site, such as
	// `overlays/prod/kustomization.yaml:7`; or "".
	ShadowedBy string `json:"shadowedBy,omitempty"`

	// scalars are what an edit replaces.
	scalars []scalar
	// stale is a field with a digest that no edit can write, shared the anchor through which a change would reach other places;
	// block a field written as a block of text without a marker; "" for none.
	stale, shared, block string
	// addition is what an edit adds, when there is nothing yet that it could replace; or nil.
	addition *addition
	// lock is a lock file that has to follow, and "" for none.
	lock string
}

// scalar is one token of a site that holds some of the version.
type scalar struct {
	part         Part
	start        int
	anchor       int
	line, column int
	field, value string
	spelling
}

// Problem is something in a file that a person meant to have an effect and that has none, or not the one meant.
type Problem struct {
	Path   string `json:"path"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	// Reason is a slash name such as `marker/unknown-policy`.
	Reason  string `json:"reason"`
	Message string `json:"message"`
	// Hint is the next step for a person, or "".
	Hint string `json:"hint,omitempty"`
}

// The reasons of problems, and of files that are skipped.
const (
	reasonBadExpression     = "marker/bad-expression"
	reasonUnknownPolicy     = "marker/unknown-policy"
	reasonNoImage           = "marker/no-image"
	reasonNoPart            = "marker/no-part"
	reasonWrongPart         = "marker/wrong-part"
	reasonNoVersion         = "marker/no-version"
	reasonNotAScalar        = "marker/not-a-scalar"
	reasonMalformed         = "marker/malformed"
	reasonNotFirst          = "marker/not-first"
	reasonTwoMarkers        = "marker/two-on-a-line"
	reasonConflict          = "marker/conflict"
	reasonImageMismatch     = "marker/image-mismatch"
	reasonNotLocated        = "image/not-located"
	reasonUnknownContainer  = "annotation/unknown-container"
	reasonNoContainer       = "annotation/no-container"
	reasonMisplaced         = "annotation/misplaced"
	reasonUnknownKey        = "annotation/unknown-key"
	reasonAnnotationBad     = "annotation/bad-expression"
	reasonAnnotationUnknown = "annotation/unknown-policy"
	reasonFluxMarker        = "flux/bad-marker"
	reasonFluxUnknown       = "flux/unknown-policy"
	reasonFluxUnsupported   = "flux/unsupported-policy"
	reasonFluxInvalid       = "flux/invalid-policy"
	reasonFluxAmbiguous     = "flux/ambiguous-policy"
	reasonFluxMismatch      = "flux/image-mismatch"
	reasonImageInvalid      = "image/invalid"
	reasonChartRange        = "chart/range"
	reasonChartLock         = "chart/lock"
	reasonMoreProblems      = "file/more-problems"
	reasonTemplate          = "skip/template"
	reasonNoField           = "rule/no-field"
	reasonRuleNoImage       = "rule/no-image"
	reasonRuleMismatch      = "rule/image-mismatch"
	reasonRuleNotScalar     = "rule/not-a-scalar"
	reasonShadowed          = "skip/shadowed"
	reasonSubstituted       = "image/substituted"
	reasonTwoImages         = "image/two-names"
	reasonInheritedConflict = "overlay/conflict"
	reasonTooManyOverlays   = "overlay/too-many"
)

// Found is what there is in an environment repository. Every list is sorted by path, line and column.
type Found struct {
	Sites    []Site         `json:"sites"`
	Skipped  []tree.Skipped `json:"skipped"`
	Problems []Problem      `json:"problems"`
}

func (f *Found) sort() {
	slices.SortStableFunc(f.Sites, func(a, b Site) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	slices.SortStableFunc(f.Skipped, func(a, b tree.Skipped) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortStableFunc(f.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Reason, b.Reason))
	})
}
