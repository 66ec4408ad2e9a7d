package writer

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// binder gives places their policies.
type binder struct {
	rules Rules
	flux  *fluxIndex
	// charts says where charts lie and which versions are locked.
	charts *chartIndex
	// annotations keeps what annotations come to: one problem each, however many containers they govern.
	annotations map[*annotation]binding
	// places and objects are those that strays keep rules off.
	places  map[*place]binding
	objects map[*object]binding
	// sheets are all that are to be bound.
	sheets []*sheet
	// across is what the files say of each other, and added are the places that it adds, by path.
	across *resolution
	added  map[string][]*place
	// bound keeps what governs places before any rule, and early the problems of files that are still to be bound.
	bound map[*place]binding
	early map[string][]Problem
	// problems are those of the file that is being bound.
	problems
}

// newBinder makes a binder for the sheets of a repository. files are all that there are.
func newBinder(rules Rules, sheets []*sheet, files []tree.File) *binder {
	b := &binder{
		rules: rules, flux: newFluxIndex(sheets, rules), charts: newChartIndex(sheets), across: resolve(sheets, files, rules), annotations: map[*annotation]binding{},
		places: map[*place]binding{}, objects: map[*object]binding{}, bound: map[*place]binding{}, early: map[string][]Problem{}, added: map[string][]*place{},
	}
	b.sheets = slices.Clip(sheets)
	for _, p := range b.across.added {
		if b.across.graph.file[p.path] == nil && b.added[p.path] == nil {
			b.sheets = append(b.sheets, &sheet{problems: problems{path: p.path}}) // a ConfigMap that names no image itself
		}
		b.added[p.path] = append(b.added[p.path], p)
	}
	// What keeps rules off a place also keeps off what the place hands on to other files.
	for _, s := range sheets {
		for _, p := range s.strays {
			b.elsewhere(s.path, func() { b.stray(p) })
		}
	}
	return b
}

// binding is what governs a place. With a reason, something was meant to govern it and could not, so nothing farther may.
type binding struct {
	policy      policy.Policy
	name, place string
	source      Source
	// image is the image that the policy is for, "" when it does not say.
	image  string
	reason string
	// bare is the policy for a tag without a place for a digest, nil for the same.
	bare policy.Policy
}

// stray says what is wrong with the marker of a scalar that is no part of an image, and keeps rules off what it was meant for.
func (b *binder) stray(p *place) {
	why := b.marks(p)
	why.policy = nil
	switch {
	case p.within != nil:
		barFirst(b.places, p.within, why)
	case p.object != nil:
		barFirst(b.objects, p.object, why)
	}
}

// barFirst notes why no rule may govern something. The first reason stays.
func barFirst[T comparable](barred map[T]binding, key T, why binding) {
	if _, known := barred[key]; !known {
		barred[key] = why
	}
}

// barred returns why no rule may govern a place, or nothing.
func (b *binder) barred(p *place) binding {
	if p.barred.reason != "" {
		return p.barred
	}
	if why, ok := b.places[p]; ok || p.object == nil || p.format != formatKubernetes {
		return why
	}
	if why := p.object.barred(p.container); why.reason != "" {
		return why
	}
	return b.objects[p.object]
}

// site makes a site of a place, or reports why it is none.
func (b *binder) site(p *place) (Site, bool) {
	bound := b.nearest(p)
	name, ok := b.artifact(p, bound)
	if !ok {
		return Site{}, false
	}
	image, err := p.image(cmp.Or(name, b.across.names[p], bound.image, b.claimedImage(p))) // a lone tag: another file or the policy knows the image
	if err != nil {
		b.invalid(p, bound, err)
		return Site{}, false
	}
	if !p.hasVersion() && len(p.marks) == 0 {
		return Site{}, false // a kustomization entry that renames only, a chart that brings its own tag
	}
	if p.onDemand && !b.asked(p, image) {
		return Site{}, false
	}
	if bound.source == "" {
		bound = b.rule(p, image)
	}
	over := b.across.graph.shadowed(p)
	if over != nil && bound.reason == "" {
		bound.policy, bound.place, bound.reason = nil, "", reasonShadowed
	}
	if bound.policy != nil && !b.check(p, &bound, image) {
		return Site{}, false
	}
	at := p.carrier()
	s := Site{
		Path: p.path, Line: at.Line, Column: at.Column, Format: p.format, Field: at.at.String(), Part: at.part,
		Object: p.object.String(), Container: p.container, Image: image,
		Policy: bound.policy, PolicyName: bound.name, PolicyPlace: bound.place, Source: bound.source, Reason: bound.reason,
		stale: cmp.Or(p.stale, b.across.stale[p]), lock: b.locked(p, bound), addition: p.addition,
	}
	if over != nil {
		s.ShadowedBy = fmt.Sprintf("%s:%d", over.path, over.carrier().Line)
	}
	if len(p.marks) == 0 { // on the line itself a person wrote what is to happen to it
		s.shared, s.block = p.shared, p.block()
	}
	for _, f := range p.fields() {
		if f.part != PartName {
			s.scalars = append(s.scalars, scalar{
				part: f.part, start: f.Start, anchor: f.anchor, line: f.Line, column: f.Column, field: f.at.String(), value: f.Value, spelling: f.spelling,
			})
		}
	}
	return s, true
}

// check looks for what makes a policy unusable for this very place. It returns false when the place is no site at all.
func (b *binder) check(p *place, bound *binding, image policy.Image) bool {
	if bound.source == SourceFlux {
		if want := (policy.Image{Name: bound.image}).Repository(); image.Repository() != want {
			b.refuse(p, bound, &markerError{
				reason:  reasonFluxMismatch,
				message: fmt.Sprintf("the line names %s and the policy %s is for %s", quoted(image.Repository()), bound.name, quoted(want)),
				hint:    "mark the line with the policy of its own image, or write the other image there first",
			})
			return true
		}
	}
	if bound.source == SourceRule && p.said != "" && p.writtenName() != "" && !sameRepository(p.said, p.writtenName()) {
		b.refuse(p, bound, &markerError{
			reason:  reasonRuleMismatch,
			message: fmt.Sprintf("the rule at %s says %s, and the image is %s", bound.place, quoted(p.said), quoted(p.writtenName())),
			hint:    "leave image out of the field: the name is known here",
		})
		return true
	}
	if len(p.marks) == 0 || p.hasVersion() || p.tag != nil || p.digest != nil {
		return true
	}
	if bound.source != SourceFlux { // Flux marks the name apart from the tag; the name never changes
		b.refuse(p, bound, &markerError{
			reason: reasonNoVersion, message: fmt.Sprintf("%s has neither tag nor digest here that could be moved", quoted(image.Name)),
			hint: "write a tag beside it (kustomize: newTag) and mark that",
		})
	}
	return false
}

// refuse reports a marker that cannot be used and takes the policy away.
func (b *binder) refuse(p *place, bound *binding, err *markerError) {
	problem := Problem{Reason: err.reason, Message: err.message, Hint: err.hint}
	if len(p.marks) > 0 {
		problem.Line, problem.Column = p.marks[0].line, p.marks[0].column
	} else {
		problem.Line, problem.Column = p.carrier().Line, p.carrier().Column
	}
	b.add(problem)
	*bound = binding{source: bound.source, name: bound.name, reason: err.reason}
}

// invalid reports a reference that is none, if somebody wants it to be kept up to date. What a template or a
// substitution fills in is nobody's mistake, unless it is marked.
func (b *binder) invalid(p *place, bound binding, err error) {
	governed := bound.policy != nil && bound.policy.String() != "ignore"
	if len(p.marks) == 0 && bound.source == "" && !p.templated() {
		governed = b.ruleGoverns(p)
	}
	if !governed || b.across.followed[p] {
		return
	}
	reason, message, hint := reasonImageInvalid, err.Error(), "write a reference such as ghcr.io/acme/web:1.4.2, or take the policy away"
	if p.templated() {
		reason, message = reasonSubstituted, quoted(p.carrier().Value)+" is filled in later, and the place of its version was not found"
		hint = "put the marker on the line that holds the version, with image= if nothing beside it says the image"
	}
	if p.whole == nil && p.nameText() == "" && bound.image == "" {
		reason, message = reasonNoImage, "nothing says which image this is a part of"
		hint = "add it to the marker: image=ghcr.io/acme/web, or to the named policy"
		if len(p.claims) > 0 {
			reason, hint = reasonRuleNoImage, "add it to the field of the rule: image: ghcr.io/acme/web, or to the named policy"
		}
	}
	at := p.carrier()
	b.add(Problem{Line: at.Line, Column: at.Column, Reason: reason, Message: clip(message, 300), Hint: hint})
}

// ruleGoverns says whether a rule other than ignore is for the place, whatever its image is.
func (b *binder) ruleGoverns(p *place) bool {
	rules := b.rules.at(p.path).Rules
	for i := range rules {
		if rule := &rules[i]; len(rule.Match.Images) == 0 && rule.matchesPlace(p) {
			return rule.Policy != nil && rule.Policy.String() != "ignore"
		}
	}
	return false
}

// bind returns what the nearest of marker and annotation says.
func (b *binder) bind(p *place) binding {
	switch {
	case p.blocked != "":
		return binding{source: SourceMarker, reason: p.blocked}
	case len(p.marks) > 0:
		return b.marks(p)
	}
	if p.object == nil || p.format != formatKubernetes || p.onDemand {
		return binding{}
	}
	if a := p.object.annotationFor(p.container); a != nil {
		return b.annotation(a, b.rules.at(p.path))
	}
	return binding{}
}

// rule returns the first rule that matches.
func (b *binder) rule(p *place, image policy.Image) binding {
	rules := b.rules.at(p.path).Rules
	for i := range rules {
		rule := &rules[i]
		if p.onDemand && !rule.Match.isExplicit() {
			continue
		}
		if rule.matches(p, image) {
			return binding{policy: rule.Policy, name: rule.Name, place: rule.place(), source: SourceRule}
		}
	}
	return binding{}
}

// claimedImage returns the image of the policy which a rule gives to the fields that it names, or "".
func (b *binder) claimedImage(p *place) string {
	if len(p.claims) == 0 {
		return ""
	}
	rules := b.rules.at(p.path).Rules
	for i := range rules {
		if rule := &rules[i]; rule.names(p) && rule.matchesPlace(p) {
			return rule.Image
		}
	}
	return ""
}

// asked says whether anybody wants a place to be a site that is none by itself.
func (b *binder) asked(p *place, image policy.Image) bool {
	return len(p.marks) > 0 || p.blocked != "" || b.rule(p, image).source != ""
}

// marks binds all markers of a place. They must agree; one that is in error keeps the hands off the whole place.
func (b *binder) marks(p *place) binding {
	var first binding
	for i, m := range p.marks {
		bound, err := b.mark(p, m)
		if err == nil && i > 0 && !first.agrees(bound) {
			err = &markerError{reason: reasonConflict, message: "two markers give one image different policies", hint: "give all parts of an image the same policy"}
		}
		if err != nil {
			b.add(Problem{Line: m.line, Column: m.column + err.at, Reason: err.reason, Message: err.message, Hint: err.hint})
			bound.policy, bound.reason = nil, err.reason
			return bound
		}
		if i == 0 {
			first = bound
		}
	}
	return first
}

func (b binding) agrees(other binding) bool {
	return b.source == other.source && b.name == other.name && b.policy.String() == other.policy.String()
}

// mark binds one marker.
func (b *binder) mark(p *place, m mark) (binding, *markerError) {
	rules := b.rules.at(p.path)
	bound := binding{source: SourceMarker, name: m.name}
	if m.flux {
		bound.source = SourceFlux
	}
	if m.err != nil {
		return bound, m.err
	}
	if m.name != "" && !m.flux {
		var err *markerError
		if bound.policy, err = rules.named(m.name); err != nil {
			return bound, err
		}
		bound.image = rules.Images[m.name]
	}
	switch {
	case m.late != nil:
		return bound, m.late
	case m.part != "" && m.part != m.on:
		return bound, &markerError{
			reason: reasonWrongPart, message: fmt.Sprintf("the marker says %s, and the value is the %s", m.part, m.on),
			hint: "mark a whole reference without a part, a tag with :tag, a digest with :digest",
		}
	case m.image != "" && p.writtenName() != "" && !sameRepository(m.image, p.writtenName()):
		return bound, &markerError{
			reason: reasonImageMismatch, message: fmt.Sprintf("the marker says %s, and the image is %s", quoted(m.image), quoted(p.writtenName())),
			hint: "leave image= out: the name is known here",
		}
	case m.flux:
		found := b.flux.bind(m.name, p.path)
		bound.policy, bound.bare, bound.image, bound.place = found.policy, found.bare, found.image, found.place
		if p.whole == nil && p.digest == nil {
			bound.policy = found.bare // a tag without a place for a digest
		}
		return bound, found.err
	case m.expr != "":
		var err *markerError
		if bound.policy, bound.image, err = rules.expression(m.expr); err != nil {
			err.at += m.exprAt
		}
		return bound, err
	default:
		return bound, nil
	}
}

func sameRepository(a, b string) bool {
	image, err := policy.ParseImage(a)
	return err == nil && image.Repository() == (policy.Image{Name: b}).Repository()
}

// named returns a named policy.
func (r Rules) named(name string) (policy.Policy, *markerError) {
	if p, ok := r.Policies[name]; ok {
		return p, nil
	}
	known := append(keysOf(r.Policies), policy.Orders()...)
	return nil, &markerError{reason: reasonUnknownPolicy, message: "no policy is called " + quoted(name), hint: fault.DidYouMean(name, known)}
}

// annotation binds an annotation: a named policy or an expression, never a part.
func (b *binder) annotation(a *annotation, rules Rules) binding {
	if known, ok := b.annotations[a]; ok {
		return known
	}
	bound := binding{source: SourceAnnotation}
	m, err := readOurs(a.text)
	if err == nil {
		bound.name = m.name
		if m.name != "" {
			bound.policy, err = rules.named(m.name)
		} else {
			bound.policy, _, err = rules.expression(m.expr)
		}
	}
	if err == nil && (m.part != "" || m.image != "" || m.late != nil) {
		err = &markerError{
			reason: reasonBadExpression, message: "an annotation is for whole images, so nothing may follow the policy",
			hint: "write NAME, semver:^1.4, digest:stable or ignore",
		}
	}
	if err != nil {
		reason := reasonAnnotationBad
		if err.reason == reasonUnknownPolicy {
			reason = reasonAnnotationUnknown
		}
		b.add(Problem{Line: a.line, Column: a.column, Reason: reason, Message: err.message, Hint: err.hint})
		bound.policy, bound.reason = nil, reason
	}
	b.annotations[a] = bound
	return bound
}
