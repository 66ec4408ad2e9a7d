package writer

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/writer/tree"
	"github.com/bumpboat/bumpboat/writer/yamledit"
)

// sheet is what one file says, whatever the other files and the rules are: it depends on nothing but the file. Nothing may change
// it, its places or their objects once the file is read, because sheets are kept and shared.
type sheet struct {
	problems
	places []*place
	// strays are marked scalars that are no part of an image.
	strays       []*place
	policies     []fluxPolicy
	repositories []fluxRepository
	charts
	// matched says of each field of each claim whether it is there.
	matched [][]bool
	deploying
}

// problems are those of one file.
type problems struct {
	path string
	list []Problem
}

// maxProblems is how many problems of one file are listed. A file with more was generated, or wants to drown the others.
const maxProblems = 100

// add lists a problem, up to maxProblems.
func (s *problems) add(p Problem) {
	p.Path = s.path
	switch n := len(s.list); {
	case n < maxProblems:
		s.list = append(s.list, p)
	case n == maxProblems:
		s.list = append(s.list, Problem{
			Path: s.path, Line: p.Line, Column: p.Column, Reason: reasonMoreProblems, Message: "more problems in this file",
			Hint: "mend the first ones and look again",
		})
	}
}

// reader reads one file into a sheet.
type reader struct {
	sheet *sheet
	src   []byte
	file  *yamledit.File
	lines lines

	// raw are the comments that look like markers, and used those that a scalar took.
	raw  []rawMarker
	used map[int]bool
	// above holds Flux's markers that are alone on their line, by that line.
	above map[int]rawMarker
	// slots says which part of which place a scalar is.
	slots map[*yaml.Node]slot
	// placed holds the annotations that stand where they count.
	placed map[*yaml.Node]bool
	// groups joins marked scalars of one mapping.
	groups map[groupKey]*place
	loose  []loosePlace
	// rivals counts the marked tags of one mapping that have no marked digest.
	rivals map[*yaml.Node]int
	// parameters are tags in parameters of Helm whose image another file names, by where they start.
	parameters map[int]*place
	// byLine finds places by the lines of their scalars.
	byLine map[int][]*place
	// around finds the place whose mapping a node is: a container, an entry of kustomize, an image of values.
	around map[*yaml.Node]*place
	// digests are those of mappings in which a tag stands.
	digests map[*yaml.Node]map[string][]besideDigest
	// texted are the documents in the texts of blocks in which images are found.
	texted map[*yaml.Node][]*yaml.Node
	// repeated counts the nodes that were read with aliases followed.
	repeated int
	// aliased are the nodes that an alias repeats.
	aliased map[*yaml.Node]bool
	// whole are the objects inside of others that are still to be read, and inner those that were.
	whole []spot
	inner map[*yaml.Node]*object
	// objects are those of the file, when rules claim fields in it.
	objects map[*yaml.Node]*object
	// containers and workloads are where those are that rules can govern.
	containers, workloads []extent
	// texts are the scalars in which a `#` is no comment.
	texts []textSpan
}

type slot struct {
	place *place
	part  Part
}

// spot is a node and the way to it.
type spot struct {
	node *yaml.Node
	at   *trail
}

// textSpan is the extent of a scalar with quotes or a block of text.
type textSpan struct {
	span
	block bool
}

// readFile reads one file, and what rules claim in it. At most one of the results is set: files that cannot name an image have
// neither.
func readFile(f tree.File, claims []claim) (*sheet, *tree.Skipped) {
	if reason, detail := tree.Screen(f); reason != "" {
		return nil, &tree.Skipped{Path: f.Path, Reason: reason, Detail: detail}
	}
	if !candidate(f.Path, f.Content) && !canMatch(claims, f.Content) {
		return nil, nil
	}
	parsed, err := yamledit.Parse(withoutDefinitions(f.Content))
	if err != nil {
		return notYAML(f, err)
	}
	r := &reader{
		sheet: &sheet{problems: problems{path: f.Path}}, src: f.Content, file: parsed, raw: rawMarkers(f.Content),
		used: map[int]bool{}, above: map[int]rawMarker{}, slots: map[*yaml.Node]slot{}, placed: map[*yaml.Node]bool{},
		groups: map[groupKey]*place{}, rivals: map[*yaml.Node]int{},
		aliased: map[*yaml.Node]bool{}, around: map[*yaml.Node]*place{},
	}
	if len(claims) > 0 {
		r.objects = map[*yaml.Node]*object{}
	}
	if len(r.raw) > 0 {
		r.lines = newLines(f.Content)
	}
	for _, raw := range r.raw {
		if raw.alone && bytes.Contains(r.src[raw.start:raw.end], []byte(fluxToken)) {
			line, _ := r.lines.position(raw.start)
			r.above[line] = raw
		}
	}
	for _, doc := range parsed.Docs {
		r.findAliases(doc)
		r.top(doc, nil)
	}
	if r.repeated > maxRepeated {
		return nil, &tree.Skipped{
			Path: f.Path, Reason: string(yamledit.ReasonTooMany), Detail: fmt.Sprintf("aliases repeat more than %d values", maxRepeated),
		}
	}
	r.claim(claims)
	r.settle()
	r.leftovers()
	return r.sheet, nil
}

// notYAML reads a template line by line, or says why the file is left out.
func notYAML(f tree.File, err error) (*sheet, *tree.Skipped) {
	if isText(f) {
		if s := readText(f); s != nil {
			return s, nil
		}
	}
	return nil, unreadable(f, err)
}

// unreadable says why a file was left out. A Helm template is no YAML before it is rendered.
func unreadable(f tree.File, err error) *tree.Skipped {
	if bytes.Contains(f.Content, []byte("{{")) {
		return &tree.Skipped{Path: f.Path, Reason: reasonTemplate, Detail: "a template that is no YAML as it stands"}
	}
	parse, ok := errors.AsType[*yamledit.ParseError](err)
	if !ok {
		return &tree.Skipped{Path: f.Path, Reason: string(yamledit.ReasonSyntax), Detail: err.Error()}
	}
	detail := parse.Detail
	if parse.Line > 0 {
		detail = fmt.Sprintf("line %d: %s", parse.Line, detail)
	}
	return &tree.Skipped{Path: f.Path, Reason: string(parse.Reason), Detail: detail}
}

func (r *reader) problem(p Problem) { r.sheet.add(p) }

// top reads a document, or one object of a list.
func (r *reader) top(n *yaml.Node, at *trail) {
	if items := listItems(n); items != nil {
		for i, item := range items.Content {
			r.top(item, at.entry(n, "items").item(items, i))
		}
		return
	}
	o := r.object(n)
	if r.objects != nil {
		r.objects[n] = o
	}
	r.deploys(n, at, o)
	if !r.ask(n, at, o) && isValues(r.sheet.path) {
		like := place{path: r.sheet.path, format: formatHelm, object: o}
		r.values(n, at, like)
		r.layer(n, at, like, nil)
	}
	r.askInner()
	if len(r.raw) > 0 || bytes.Contains(r.src, []byte(policyAnnotation)) {
		r.walk(n, at, o)
	}
}

// ask asks the finders. It returns false when none of them knows what the document is.
func (r *reader) ask(n *yaml.Node, at *trail, o *object) bool {
	return slices.ContainsFunc(finders, func(find finder) bool { return find(r, n, at, o) })
}

// askInner asks the finders about the objects inside of others, which may have more inside.
func (r *reader) askInner() {
	for len(r.whole) > 0 {
		n, at := r.whole[0].node, r.whole[0].at
		r.whole = r.whole[1:]
		if items := listItems(n); items != nil {
			for i, item := range items.Content {
				r.whole = append(r.whole, spot{item, at.entry(n, "items").item(items, i)})
			}
			continue
		}
		o := r.object(n)
		if r.inner == nil {
			r.inner = map[*yaml.Node]*object{}
		}
		r.inner[n] = o
		r.ask(n, at, o)
	}
}

// isValues says whether a file that is no object can be Helm values. Those of CI systems speak of images, too, and never are.
func isValues(name string) bool {
	for dir := range strings.SplitSeq(path.Dir(name), "/") {
		if dir == ".github" || dir == ".gitlab" || dir == ".circleci" {
			return false
		}
	}
	ext := path.Ext(name)
	return (ext == ".yaml" || ext == ".yml") && path.Base(name) != ".gitlab-ci.yml"
}

// findAliases notes what aliases repeat.
func (r *reader) findAliases(n *yaml.Node) {
	if n.Alias != nil {
		r.aliased[n.Alias] = true
	}
	for _, child := range n.Content {
		r.findAliases(child)
	}
}

// walk looks at everything below n for markers and annotations.
func (r *reader) walk(n *yaml.Node, at *trail, o *object) {
	switch n.Kind {
	case yaml.MappingNode:
		if inner := r.inner[n]; inner != nil {
			o = inner
		}
		entries(n, func(key string, value *yaml.Node) {
			here := at.entry(n, key)
			if isPolicyAnnotation(key) && !r.placed[value] {
				r.misplaced(key, value, o)
			}
			r.walk(value, here, o)
		})
	case yaml.SequenceNode:
		for i, item := range n.Content {
			r.walk(item, at.item(n, i), o)
		}
	case yaml.ScalarNode:
		docs, isText := r.texted[n]
		for _, doc := range docs {
			r.walk(doc, at, o)
		}
		if len(r.raw) > 0 && !isText {
			r.scalar(n, at, o)
		}
	case yaml.AliasNode:
		if _, known := r.slots[n]; known && len(r.raw) > 0 {
			r.scalar(n, at, o)
		}
	case yaml.DocumentNode:
	}
}

// misplaced reports an annotation that is not on the metadata of an object, and keeps rules off what it was meant for.
func (r *reader) misplaced(key string, n *yaml.Node, o *object) {
	p := Problem{
		Reason:  reasonMisplaced,
		Message: "the annotation " + policyAnnotation + " counts only on the object's own metadata",
		Hint:    "move it to metadata.annotations at the top of the object",
	}
	p.Line, p.Column = r.position(n)
	r.problem(p)
	o.bar(annotatedContainer(key), binding{source: SourceAnnotation, reason: reasonMisplaced})
}
