// Command cut reduces GitHub's OpenAPI description to the operations that the fake answers, what they refer to, and what a
// validator reads. The README beside the result says how to run it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// operations are all that forge/github asks for.
func operations() map[string][]string {
	return map[string][]string{
		"/repos/{owner}/{repo}/pulls":                          {"get", "post"},
		"/repos/{owner}/{repo}/pulls/{pull_number}":            {"get", "patch"},
		"/repos/{owner}/{repo}/issues/{issue_number}/comments": {"post"},
	}
}

type object = map[string]any

func main() {
	in := flag.String("in", "", "the whole description, api.github.com.json")
	out := flag.String("out", "", "where to write what is left of it")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(in, out string) error {
	text, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	var whole object
	if err := json.Unmarshal(text, &whole); err != nil {
		return fmt.Errorf("parsing %s: %w", in, err)
	}
	part, err := cut(whole)
	if err != nil {
		return err
	}
	text, err = json.MarshalIndent(part, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(text, '\n'), 0o644)
}

func cut(whole object) (object, error) {
	paths, components := object{}, object{}
	part := object{"openapi": whole["openapi"], "info": whole["info"], "paths": paths, "components": components}
	for path, methods := range operations() {
		from, ok := whole["paths"].(object)[path].(object)
		if !ok {
			return nil, fmt.Errorf("there is no path %s", path)
		}
		kept := object{}
		for _, m := range methods {
			kept[m] = slim(from[m], false)
		}
		paths[path] = kept
	}
	// What the kept parts refer to is kept too, until nothing new turns up.
	for todo := refs(paths); len(todo) > 0; {
		ref := todo[0]
		todo = todo[1:]
		kind, name, _ := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/")
		all, _ := whole["components"].(object)[kind].(object)
		value, ok := all[name]
		if !ok {
			return nil, fmt.Errorf("there is no %s", ref)
		}
		if components[kind] == nil {
			components[kind] = object{}
		}
		kept := components[kind].(object)
		if kept[name] == nil {
			kept[name] = slim(value, false)
			todo = append(todo, refs(kept[name])...)
		}
	}
	return part, nil
}

// slim drops what is for people, and GitHub's and Octokit's extensions. The keys of a map of names are never words of
// OpenAPI: a repository has a property called description.
func slim(v any, names bool) any {
	switch v := v.(type) {
	case object:
		kept := object{}
		for k, child := range v {
			if !names && forPeople(k, v) {
				continue
			}
			kept[k] = slim(child, !names && (k == "properties" || k == "responses" || k == "headers"))
		}
		return kept
	case []any:
		for i := range v {
			v[i] = slim(v[i], false)
		}
	}
	return v
}

func forPeople(key string, in object) bool {
	switch key {
	case "example", "examples", "externalDocs", "summary", "tags", "operationId", "title":
		return true
	case "description":
		// A response must have one.
		return in["content"] == nil && in["headers"] == nil && in["type"] != nil || in["schema"] != nil || in["operationId"] != nil
	}
	return strings.HasPrefix(key, "x-")
}

func refs(v any) []string {
	var found []string
	switch v := v.(type) {
	case object:
		if ref, ok := v["$ref"].(string); ok {
			found = append(found, ref)
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			found = append(found, refs(v[k])...)
		}
	case []any:
		for _, child := range v {
			found = append(found, refs(child)...)
		}
	}
	return found
}
