package main

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A property that is called like a word of OpenAPI stays, the word itself goes; what is referred to comes along.
func TestCut(t *testing.T) {
	operation := `{"description": "d", "operationId": "o", "x-github": {}, "parameters": [{"name": "page", "description": "d", "schema": {"type": "integer"}}],
		"responses": {"200": {"description": "kept", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/a"}, "examples": {"e": {"$ref": "#/components/examples/e"}}}}}}}`
	path := func(methods string) string { return `{` + methods + `}` }
	whole := `{"openapi": "3.0.3", "info": {"title": "t"}, "servers": [{}], "paths": {
		"/repos/{owner}/{repo}/pulls": ` + path(`"get": `+operation+`, "post": `+operation) + `,
		"/repos/{owner}/{repo}/pulls/{pull_number}": ` + path(`"get": `+operation+`, "patch": `+operation) + `,
		"/repos/{owner}/{repo}/issues/{issue_number}/comments": ` + path(`"post": `+operation) + `,
		"/other": {}},
		"components": {"schemas": {
			"a": {"type": "object", "title": "A", "description": "d", "properties": {"description": {"type": "string", "example": 1}, "title": {"$ref": "#/components/schemas/b"}}},
			"b": {"type": "string", "x-y": 1}, "c": {}}, "examples": {"e": {}}}}`
	var in object
	if err := json.Unmarshal([]byte(whole), &in); err != nil {
		t.Fatal(err)
	}
	out, err := cut(in)
	if err != nil {
		t.Fatal(err)
	}
	want := object{"schemas": object{
		"a": object{"type": "object", "properties": object{"description": object{"type": "string"}, "title": object{"$ref": "#/components/schemas/b"}}},
		"b": object{"type": "string"},
	}}
	if d := cmp.Diff(want, out["components"]); d != "" {
		t.Errorf("components (-want +got):\n%s", d)
	}
	paths := out["paths"].(object)
	response := paths["/repos/{owner}/{repo}/pulls"].(object)["get"].(object)
	want = object{
		"parameters": []any{object{"name": "page", "schema": object{"type": "integer"}}},
		"responses": object{"200": object{"description": "kept", "content": object{"application/json": object{
			"schema": object{"$ref": "#/components/schemas/a"},
		}}}},
	}
	if d := cmp.Diff(want, response); d != "" {
		t.Errorf("an operation (-want +got):\n%s", d)
	}
	if len(paths) != len(operations()) {
		t.Errorf("%d paths are left, want %d", len(paths), len(operations()))
	}
}
