package config

import (
	"embed"
	"fmt"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// schemas are generated from the structs of this package, by TestSchema.
//
//go:embed schema/*.json
var schemas embed.FS

// Schema returns the JSON Schema of a file: "environment" (bumpboat.yaml) or "operator" (config.yaml).
func Schema(kind string) ([]byte, error) {
	switch kind {
	case "environment", "operator":
		return schemas.ReadFile("schema/" + kind + ".json")
	default:
		return nil, fault.New(fault.Invalid, "there are schemas for environment and operator", fmt.Errorf("no schema for %q", kind))
	}
}
