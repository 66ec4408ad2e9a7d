package writer

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

// leftovers reports the markers that belong to no scalar: a person wrote them, so their having no effect is never silent.
func (r *reader) leftovers() {
	// `initContainers` may stand before `containers`, or behind.
	byFirst := func(a, b extent) int { return cmp.Compare(a.first, b.first) }
	slices.SortStableFunc(r.containers, byFirst)
	slices.SortStableFunc(r.workloads, byFirst) // and objects inside of others are read behind them
	for _, raw := range r.raw {
		if r.used[raw.start] {
			continue
		}
		p := Problem{
			Reason: reasonNotAScalar, Message: "a marker with no value on its line that it could belong to",
			Hint: "put it at the end of the line of the value; a map, a list or an alias cannot have one",
		}
		if raw.near {
			right, _ := nearMarker(r.src[raw.start:raw.end], raw.alone)
			p.Reason, p.Message, p.Hint = reasonMalformed, malformed, cmp.Or(right, hintForms)
		}
		if before := r.src[:raw.start]; len(before) > 0 && strings.IndexByte(" \t\r\n", before[len(before)-1]) < 0 {
			p.Reason, p.Message, p.Hint = reasonMalformed, malformed, "put a space before the #"
		}
		in := r.textAround(raw.start)
		if in != nil {
			if !in.block || raw.near {
				continue // a `#` inside quotes is text, and a script may speak of anything
			}
			p.Message = "a marker inside a block of text, which is not looked into"
			p.Hint = "move it to a value of its own, or take the marker away"
		}
		p.Line, p.Column = r.lines.position(raw.start)
		r.problem(p)
		if blocked := r.block(p); in == nil && (!blocked || !raw.alone) {
			r.barAround(p)
		}
	}
}

// block keeps the hands off the places on the line of a marker that belongs to nothing, or else on the line below: what a
// person wrote there was meant for them, and something farther away must not govern them instead. It says whether there are any.
func (r *reader) block(p Problem) bool {
	if r.byLine == nil {
		r.byLine = map[int][]*place{}
		for _, known := range r.sheet.places {
			for _, f := range known.fields() {
				r.byLine[f.Line] = append(r.byLine[f.Line], known)
			}
		}
	}
	meant := r.byLine[p.Line]
	if len(meant) == 0 {
		meant = r.byLine[p.Line+1]
	}
	for _, known := range meant {
		known.blocked = p.Reason
	}
	return len(meant) > 0
}

// extent is that of a container or of a workload, in lines.
type extent struct {
	first, last int
	place       *place
	object      *object
}

func extentOf(n *yaml.Node, p *place, o *object) extent {
	b := extent{first: n.Line, last: n.Line, place: p, object: o}
	for len(n.Content) > 0 {
		n = n.Content[len(n.Content)-1]
		b.last = max(b.last, n.Line)
	}
	return b
}

// barAround keeps rules off the container in which a marker stands that belongs to nothing, or else off the workload.
func (r *reader) barAround(p Problem) {
	why := binding{source: SourceMarker, reason: p.Reason}
	if b, ok := extentAt(r.containers, p.Line); ok {
		b.place.bar(why)
	} else if b, ok := extentAt(r.workloads, p.Line); ok {
		b.object.bar("", why)
	}
}

// extentAt returns the one that a line is part of. They are apart from each other and in order.
func extentAt(extents []extent, line int) (extent, bool) {
	i := sort.Search(len(extents), func(i int) bool { return extents[i].first > line }) - 1
	if i < 0 || extents[i].last < line {
		return extent{}, false
	}
	return extents[i], true
}

func (r *reader) textAround(offset int) *textSpan {
	i := sort.Search(len(r.texts), func(i int) bool { return r.texts[i].end > offset })
	if i == len(r.texts) || r.texts[i].start > offset {
		return nil
	}
	return &r.texts[i]
}
