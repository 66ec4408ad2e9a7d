package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
)

// maxNodes bounds the values of one file, each use of an alias counted.
const maxNodes = 50_000

// decoder fills structs from YAML and collects every problem on the way. Keys come from the yaml tags of the
// fields; what a value may be comes from their jsonschema tags, which the schema is made of too.
type decoder struct {
	src *source
	// env and readFile resolve secrets; they are nil in files that may not have any.
	env      func(string) (string, bool)
	readFile func(string) ([]byte, error)

	problems []Problem
	// values and keys are the nodes by path; broken are the paths that need no further checks, cracked are those
	// with something broken inside.
	values, keys    map[string]*yaml.Node
	broken, cracked map[string]bool
	budget          int
	exhausted       *yaml.Node
}

func newDecoder(path string, data []byte) *decoder {
	return &decoder{
		src: newSource(path, data), budget: maxNodes,
		values: map[string]*yaml.Node{}, keys: map[string]*yaml.Node{},
		broken: map[string]bool{}, cracked: map[string]bool{},
	}
}

// decoded is implemented by types that read themselves. They report through the decoder.
type decoded interface {
	decode(d *decoder, path string, n *yaml.Node)
}

// document decodes the whole file. It returns false when there is nothing that could be checked further.
func (d *decoder) document(out any) bool {
	doc, problem := d.src.parse()
	if problem != nil {
		d.add("", *problem)
		return false
	}
	d.value("", doc, reflect.ValueOf(out).Elem())
	return !d.overspent()
}

// overspent says that the file is too costly to be read, which is its only problem then.
func (d *decoder) overspent() bool {
	if d.exhausted == nil {
		return false
	}
	d.problems = nil
	d.complain("", d.exhausted, "too many values", fmt.Sprintf("a file may have %d, each use of an alias and of what a policy extends counted", maxNodes))
	return true
}

// spend takes values off the budget of the file. The first node that it does not cover is where reading ends.
func (d *decoder) spend(n *yaml.Node, values int) bool {
	if d.budget -= values; d.budget < 0 && d.exhausted == nil {
		d.exhausted = n
	}
	return d.budget >= 0
}

// err returns what is wrong with the file, or nil.
func (d *decoder) err() error {
	if len(d.problems) == 0 {
		return nil
	}
	return tidied(d.problems)
}

// fail reports a problem with the value at path, which needs no further checks then.
func (d *decoder) fail(path string, n *yaml.Node, message, hint string) {
	d.broken[path] = true
	for at, ok := parent(path); ok; at, ok = parent(at) {
		d.cracked[at] = true
	}
	d.complain(path, n, message, hint)
}

// complain reports a problem with a node that belongs to the value at path.
func (d *decoder) complain(path string, n *yaml.Node, message, hint string) {
	d.add(path, d.src.problem(d.src.offset(n), message, hint))
}

func (d *decoder) add(path string, p Problem) {
	p.at = path
	d.problems = append(d.problems, p)
}

// value decodes one node.
func (d *decoder) value(path string, n *yaml.Node, out reflect.Value) {
	d.values[path] = n
	if !d.spend(n, 1) {
		d.broken[path] = true
		return
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if isNull(n) {
		d.fail(path, d.values[path], "no value", "give it one or remove the key")
		return
	}
	switch v := out.Addr().Interface().(type) {
	case decoded:
		v.decode(d, path, n)
	case *policy.Duration:
		d.duration(path, n, v)
	case *policy.Scalar:
		d.plain(path, n, v)
	case *policy.Words:
		d.words(path, n, v)
	default:
		d.kind(path, n, out)
	}
}

// kind decodes a node into a value of no special type.
func (d *decoder) kind(path string, n *yaml.Node, out reflect.Value) {
	switch kind := out.Kind(); {
	case kind == reflect.Pointer:
		v := reflect.New(out.Type().Elem())
		d.value(path, d.values[path], v.Elem())
		out.Set(v)
	case kind == reflect.Struct:
		d.structure(path, n, out)
	case kind == reflect.Map:
		d.mapping(path, n, out)
	case kind == reflect.Slice:
		d.sequence(path, n, out)
	default:
		d.scalar(path, n, out)
	}
}

func (d *decoder) sequence(path string, n *yaml.Node, out reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.wrongType(path, n, out)
		return
	}
	if len(n.Content) > d.budget { // before memory is taken for them
		d.spend(n, len(n.Content))
		return
	}
	list := reflect.MakeSlice(out.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		d.value(index(path, i), item, list.Index(i))
	}
	out.Set(list)
}

func (d *decoder) mapping(path string, n *yaml.Node, out reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.wrongType(path, n, out)
		return
	}
	out.Set(reflect.MakeMap(out.Type()))
	for _, p := range d.pairs(path, n) {
		at := entry(path, p.key.Value)
		d.keys[at] = p.key
		v := reflect.New(out.Type().Elem()).Elem()
		d.value(at, p.value, v)
		out.SetMapIndex(reflect.ValueOf(p.key.Value), v)
	}
}

func (d *decoder) structure(path string, n *yaml.Node, out reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.wrongType(path, n, out)
		return
	}
	fields := fieldsOf(out.Type())
	var written []string
	for _, p := range d.pairs(path, n) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == p.key.Value })
		at := join(path, p.key.Value)
		if i < 0 {
			d.fail(at, p.key, fmt.Sprintf("unknown key %q", short(p.key.Value)), fault.DidYouMean(p.key.Value, keysOf(fields)))
			continue
		}
		d.keys[at] = p.key
		written = append(written, p.key.Value)
		v := out.Field(fields[i].index)
		d.value(at, p.value, v)
		if !d.broken[at] {
			d.constraints(at, fields[i], v)
		}
	}
	for _, f := range fields {
		if f.required && !slices.Contains(written, f.key) {
			d.broken[join(path, f.key)] = true
			d.complain(path, n, "missing key "+f.key, "add "+f.key+": "+f.example)
		}
	}
}

// oneOf is the hint for a value of a small set: a guess may be worse than the list.
func oneOf(words []string) string { return "one of " + strings.Join(words, ", ") }

// constraints checks what the field's tags say of a value that has the right type.
func (d *decoder) constraints(path string, f field, v reflect.Value) {
	n := d.values[path]
	switch kind := v.Kind(); {
	case kind == reflect.String:
		if f.required && v.Len() == 0 {
			d.fail(path, n, f.key+" is empty", "for example "+f.key+": "+f.example)
		} else if len(f.enum) > 0 && !slices.Contains(f.enum, v.String()) {
			d.fail(path, n, fmt.Sprintf("unknown %s %q", f.key, short(v.String())), oneOf(f.enum))
		}
	case kind == reflect.Int:
		if v.Int() < f.minimum || v.Int() > f.maximum {
			d.fail(path, n, fmt.Sprintf("%s is %d", f.key, v.Int()), fmt.Sprintf("from %d to %d", f.minimum, f.maximum))
		}
	case kind == reflect.Slice && v.Len() < f.minItems:
		d.fail(path, n, f.key+" is an empty list, which nothing matches", "name something or remove the key")
	}
}

func (d *decoder) scalar(path string, n *yaml.Node, out reflect.Value) {
	tag := n.ShortTag()
	switch {
	case n.Kind != yaml.ScalarNode:
	case out.Kind() == reflect.String && tag == "!!str":
		out.SetString(n.Value)
		return
	case out.Kind() == reflect.Bool && tag == "!!bool":
		out.SetBool(strings.EqualFold(n.Value, "true"))
		return
	case out.Kind() == reflect.Int && tag == "!!int":
		if i, err := strconv.ParseInt(n.Value, 10, 32); err == nil {
			out.SetInt(i)
			return
		}
		d.fail(path, d.values[path], "not a number that can be used here", "write a plain decimal number")
		return
	}
	d.wrongType(path, n, out)
}

// wrongType reports a value of another type, without quoting it: it may be a secret in the wrong place.
func (d *decoder) wrongType(path string, n *yaml.Node, out reflect.Value) {
	hint := ""
	switch {
	case out.Kind() == reflect.String && n.Kind == yaml.ScalarNode:
		hint = "put it in quotes"
	case out.Kind() == reflect.Bool:
		hint = "write true or false"
	case out.Kind() == reflect.Slice && n.Kind == yaml.ScalarNode:
		hint = "put it in brackets: [ ]"
	case n.Kind == yaml.ScalarNode && (out.Kind() == reflect.Struct || out.Kind() == reflect.Map):
		hint = "write {key: value}"
	}
	d.fail(path, d.values[path], "expected "+typeName(out)+", found "+nodeName(n), hint)
}

// index, entry and join build the paths under which values are remembered.
func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
func entry(path, key string) string   { return path + "[" + strconv.Quote(key) + "]" }
func join(path, key string) string    { return strings.TrimPrefix(path+"."+key, ".") }
func parent(path string) (up string, ok bool) { // of a path that these built
	i := strings.LastIndexAny(path, ".[")
	if i < 0 {
		return "", path != ""
	}
	return path[:i], true
}

// short cuts what a message quotes.
func short(s string) string { return cut(s, 80) }

// cut returns at most a number of characters.
func cut(s string, longest int) string {
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}
