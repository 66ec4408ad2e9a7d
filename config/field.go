package config

import (
	"math"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// field is what the tags of a struct field say.
type field struct {
	index            int
	key              string
	required         bool
	example          string
	enum             []string
	minimum, maximum int64
	minItems         int
}

// fieldsOf reads the tags of a struct: the key from yaml, the rest from jsonschema.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		key, _, _ := strings.Cut(tag.Get("yaml"), ",")
		if key == "-" || key == "" {
			continue
		}
		f := field{index: i, key: key, minimum: math.MinInt32, maximum: math.MaxInt32}
		for rule := range strings.SplitSeq(tag.Get("jsonschema"), ",") {
			name, value, _ := strings.Cut(rule, "=")
			number, _ := strconv.ParseInt(value, 10, 64)
			switch name {
			case "required":
				f.required = true
			case "example":
				f.example = value
			case "enum":
				f.enum = append(f.enum, value)
			case "minimum":
				f.minimum = number
			case "maximum":
				f.maximum = number
			case "minItems":
				f.minItems = int(number)
			}
		}
		out = append(out, f)
	}
	return out
}

func keysOf(fields []field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}

// typeName says what a value should be, in the words of the file and not of Go.
func typeName(v reflect.Value) string {
	switch kind := v.Kind(); {
	case kind == reflect.String:
		return "text"
	case kind == reflect.Bool:
		return "true or false"
	case kind == reflect.Slice:
		return "a list"
	case kind == reflect.Struct || kind == reflect.Map:
		return "a mapping"
	default:
		return "a whole number"
	}
}

// nodeName says what a node is.
func nodeName(n *yaml.Node) string {
	switch n.ShortTag() {
	case "!!map":
		return "a mapping"
	case "!!seq":
		return "a list"
	case "!!str":
		return "text"
	case "!!bool":
		return "true or false"
	case "!!int", "!!float":
		return "a number"
	case "!!null":
		return "nothing"
	case "!!timestamp":
		return "a date"
	default:
		return "something else"
	}
}
