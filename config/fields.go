package config

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fieldpath"
)

// Field is a value of a file that a rule names by its path, for images that are not found by themselves.
type Field struct {
	// Path leads to the value within its document: spec.runner.image, images[0].tag, images[*].tag; a key with other characters than a plain one is written in double quotes.
	Path string `json:"path" yaml:"path" jsonschema:"required,example=runner.version"`
	// Image is the image repository that the value is a part of; what stands beside it or the policy says it unless given.
	Image string `json:"image,omitempty" yaml:"image,omitempty"`
	// Part is what the value holds: image (a whole reference), name, tag or digest; image unless given.
	Part string `json:"part,omitempty" yaml:"part,omitempty" jsonschema:"enum=image,enum=name,enum=tag,enum=digest"`
}

// checkFields reports what is wrong with the fields of a rule.
func (d *decoder) checkFields(at string, fields []Field) {
	if len(fields) > mostItems {
		d.report(at, fmt.Sprintf("a list of %d", len(fields)), fmt.Sprintf("at most %d: [*] stands for all items of a list", mostItems))
		return
	}
	versions := 0
	for i, f := range fields {
		here := index(at, i)
		if f.Part != "name" {
			versions++
		}
		if bad, ok := errors.AsType[*fieldpath.Error](pathError(f.Path)); ok && f.Path != "" {
			d.reportWithin(join(here, "path"), bad.Column-1, bad.Message, bad.HintText)
		}
		if slices.ContainsFunc(fields[:i], func(other Field) bool { return other.Path == f.Path }) {
			d.report(join(here, "path"), "a path that is there already", "name each value once")
		}
		if f.Image == "" {
			continue
		}
		if image, err := policy.ParseImage(f.Image); err != nil || image.Tag != "" || image.Digest != "" {
			d.report(join(here, "image"), "not the name of an image repository", "for example ghcr.io/acme/web, without tag and digest")
		}
	}
	if versions == 0 && len(fields) > 0 {
		d.report(at, "fields that hold only names, in which there is nothing to move", "add the field with the tag or the digest")
	}
}

func pathError(path string) error {
	_, err := fieldpath.Parse(path)
	return err
}
