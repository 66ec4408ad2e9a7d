package config

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// YAML returns the file with all that was read, in a form that LoadEnvironment reads back.
func (e Environment) YAML() []byte { return marshal(e) }

// YAML returns the configuration with all its values, in a form that LoadOperator reads back. Secrets are shown by
// where they come from.
func (o Operator) YAML() []byte { return marshal(o) }

// marshal cannot fail on the types of this package: their own methods return no errors, and bytes.Buffer takes everything.
func marshal(v any) []byte {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(v); err != nil {
		return []byte("# " + err.Error() + "\n")
	}
	return b.Bytes()
}
