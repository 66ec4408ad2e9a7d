package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"

	"github.com/bumpboat/bumpboat/policy"
)

// update says that golden files are to be written instead of compared.
func update() bool { return os.Getenv("BUMPBOAT_UPDATE_GOLDEN") == "1" }

// generate makes the schema of a file from its struct: keys from the yaml tags, limits from the jsonschema tags,
// descriptions from the comments.
func generate(t *testing.T, v any, title string) []byte {
	t.Helper()
	comments := jsonschema.Reflector{}
	for _, dir := range []string{"./", "../policy"} {
		if err := comments.AddGoComments("github.com/bumpboat/bumpboat/config", dir); err != nil {
			t.Fatal(err)
		}
	}
	r := jsonschema.Reflector{
		FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true, ExpandedStruct: true, Anonymous: true,
		LookupComment: func(typ reflect.Type, field string) string { return describe(comments.CommentMap, typ, field) },
	}
	r.Mapper = func(typ reflect.Type) *jsonschema.Schema {
		switch typ {
		case reflect.TypeFor[Duration]():
			return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`}
		case reflect.TypeFor[policy.Scalar]():
			return &jsonschema.Schema{OneOf: types("string", "number", "boolean")}
		case reflect.TypeFor[policy.Words]():
			list := &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "string", Pattern: "^[^,]+$"}, MinItems: one()}
			return &jsonschema.Schema{OneOf: append(types("boolean"), &jsonschema.Schema{Type: "string", MinLength: one()}, list)}
		case reflect.TypeFor[TestTag]():
			return &jsonschema.Schema{OneOf: append(types("string", "number", "boolean"), inline(r, writtenTag{}))}
		case reflect.TypeFor[Secret]():
			s := inline(r, secretForm{})
			s.MinProperties, s.MaxProperties = one(), one()
			return s
		}
		return nil
	}
	s := r.Reflect(v)
	s.Title = title
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// inline returns the schema of a struct to stand where it is used.
func inline(r jsonschema.Reflector, v any) *jsonschema.Schema {
	r.ExpandedStruct, r.DoNotReference = false, true
	s := r.Reflect(v)
	s.Version = ""
	return s
}

// types returns a schema for each of the types.
func types(names ...string) []*jsonschema.Schema {
	var out []*jsonschema.Schema
	for _, name := range names {
		out = append(out, &jsonschema.Schema{Type: name})
	}
	return out
}

func one() *uint64 { return new(uint64(1)) }

// describe returns the comment of a field with the key in the place of the Go name.
func describe(comments map[string]string, typ reflect.Type, field string) string {
	if typ == reflect.TypeFor[writtenTag]() {
		typ = reflect.TypeFor[TestTag]()
	}
	name := typ.PkgPath() + "." + typ.Name()
	if field == "" {
		return ""
	}
	text := strings.Join(strings.Fields(comments[name+"."+field]), " ")
	f, ok := typ.FieldByName(field)
	if key, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); ok && strings.HasPrefix(strings.ReplaceAll(text, ",", " "), field+" ") {
		text = key + strings.TrimPrefix(text, field)
	}
	return text
}

func TestSchema(t *testing.T) {
	for kind, want := range map[string][]byte{
		"environment": generate(t, Environment{}, "bumpboat.yaml"),
		"operator":    generate(t, Operator{}, "bumpboat's config.yaml"),
	} {
		if update() {
			if err := os.WriteFile("schema/"+kind+".json", want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := Schema(kind)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("schema/%s.json is not what the structs say: run BUMPBOAT_UPDATE_GOLDEN=1 go test ./config", kind)
		}
	}
	if _, err := Schema("unknown"); err == nil {
		t.Error("no error for an unknown kind")
	}
}

// TestSchemaCoversEveryKey fails when a key that the decoder reads lacks a description in the schema.
func TestSchemaCoversEveryKey(t *testing.T) {
	if update() {
		t.Skip("the schemas are compiled in before they are written")
	}
	for _, kind := range []string{"environment", "operator"} {
		data, err := Schema(kind)
		if err != nil {
			t.Fatal(err)
		}
		var s any
		if err := json.Unmarshal(data, &s); err != nil {
			t.Fatal(err)
		}
		described(t, kind, s)
	}
}

func described(t *testing.T, at string, v any) {
	if list, ok := v.([]any); ok {
		for i, item := range list {
			described(t, fmt.Sprintf("%s[%d]", at, i), item)
		}
	}
	m, ok := v.(map[string]any)
	if !ok {
		return
	}
	if properties, ok := m["properties"].(map[string]any); ok {
		for key, p := range properties {
			if p.(map[string]any)["description"] == nil {
				t.Errorf("%s.%s has no description", at, key)
			}
		}
		if m["additionalProperties"] != false {
			t.Errorf("%s admits unknown keys", at)
		}
	}
	for key, child := range m {
		described(t, at+"."+key, child)
	}
}
