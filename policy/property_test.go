package policy

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The registry's order of tags must never matter: not for the pick, not for a verdict.
func TestDecisionsIgnoreListOrder(t *testing.T) {
	t.Parallel()
	for i, expr := range orders {
		r := newNasty(uint64(i))
		w := answers(r.tags(9))
		p, current := mustCompile(t, expr), r.image(w.tags)
		offer := w.everything("stable", current.Digest, w.digests[current.Tag], w.digests["stable"])
		want, needs := p.Decide(current, offer)
		if len(needs) > 0 {
			t.Fatalf("%s at %s needs %v", expr, current, needs)
		}
		for range 1000 {
			r.Shuffle(len(offer.Tags), func(i, j int) { offer.Tags[i], offer.Tags[j] = offer.Tags[j], offer.Tags[i] })
			if got, _ := p.Decide(current, offer); !reflect.DeepEqual(got, want) {
				t.Fatalf("%s at %s, shuffled to %v: got %+v, want %+v", expr, current, offer.Tags, got, want)
			}
		}
	}
}

// Every order is total: of two different tags one is above the other, and above is transitive.
func TestOrdersAreTotal(t *testing.T) {
	t.Parallel()
	compared := map[string]int{}
	for seed := range uint64(1500) {
		r := newNasty(seed)
		tags := r.tags(40)
		expr := orders[seed%uint64(len(orders))]
		p, now, best := accepted(t, expr, r.image(tags).Tag, answers(tags))
		if len(best) < 3 {
			continue
		}
		compared[expr]++
		for range 30 {
			a, b, c := best[r.IntN(len(best))], best[r.IntN(len(best))], best[r.IntN(len(best))]
			checkTriple(t, expr, func(a, b *candidate) int { return p.total(a, b, now) }, a, b, c)
		}
	}
	if len(compared) < len(orders)-3 {
		t.Errorf("only some orders had tags to compare: %v", compared)
	}
}

// Shapes are ordered whatever they are made of, also those that no policy would let meet.
func TestShapesAreOrdered(t *testing.T) {
	t.Parallel()
	r := newNasty(7)
	all := make([]*candidate, 600)
	for i := range all {
		all[i] = &candidate{tag: r.tag()}
		all[i].value = all[i].tag
		all[i].parse(all[i].tag)
	}
	for _, floating := range []bool{false, true} {
		compare := func(a, b *candidate) int {
			if c := compareShapes(&a.shape, &b.shape, floating); c != 0 {
				return c
			}
			return cmpSpelling(a.tag, b.tag)
		}
		for range 30_000 {
			checkTriple(t, "shapes", compare, all[r.IntN(len(all))], all[r.IntN(len(all))], all[r.IntN(len(all))])
		}
	}
}

func checkTriple(t *testing.T, expr string, compare func(a, b *candidate) int, a, b, c *candidate) {
	t.Helper()
	ab, ba, bc, ac := compare(a, b), compare(b, a), compare(b, c), compare(a, c)
	switch {
	case ab != -ba:
		t.Fatalf("%s: %s against %s is %d, the other way round %d", expr, a.tag, b.tag, ab, ba)
	case (ab == 0) != (a.tag == b.tag):
		t.Fatalf("%s: %s against %s is %d", expr, a.tag, b.tag, ab)
	case ab > 0 && bc > 0 && ac <= 0:
		t.Fatalf("%s: %s is above %s, and that above %s, but %s is not above %s", expr, a.tag, b.tag, c.tag, a.tag, c.tag)
	}
}

// What is picked satisfies its own policy, is not lower than what is in use, and is where the policy stays.
func TestPicksKeepTheirPolicy(t *testing.T) {
	t.Parallel()
	updates := map[string]int{}
	for seed := range uint64(500) {
		r := newNasty(seed)
		w := answers(r.tags(20 + r.IntN(30)))
		expr := r.expression()
		current := r.image(w.tags)
		w.digests[""], w.platforms[shaA] = "", []string{"linux/amd64=old"}
		p := mustCompile(t, expr)
		d, _ := w.ask(t, p, current)
		checkConsistent(t, expr, current, d)
		if d.Outcome != OutcomeUpdate {
			continue
		}
		order, _, _ := strings.Cut(expr, ":")
		order, _, _ = strings.Cut(order, " ")
		updates[order]++
		to := Image{Name: current.Name, Tag: d.To.Tag, Digest: d.To.Digest}
		picked := pickedTag(t, d)
		checkPick(t, p, current, picked, w)
		again, _ := w.ask(t, p, to)
		if again.Outcome == OutcomeUpdate && strings.Contains(expr, "like-current variant") {
			// Where the form may change, it is the one of the tag in use that says how many parts compare: a tag that names one build lets more
			// of them in. So a second step may follow, upwards, and then no other.
			to.Tag, to.Digest = again.To.Tag, again.To.Digest
			again, _ = w.ask(t, p, to)
		}
		if again.Outcome != OutcomeCurrent && !held(again) {
			t.Fatalf("seed %d: %s goes from %s to %s, and then to %s (%s)\n%v", seed, expr, current, to, sketch(again), again.Detail, w.tags)
		}
	}
	if len(updates) < 7 {
		t.Errorf("only these orders ever updated anything: %v", slices.Collect(maps.Keys(updates)))
	}
}

// held says whether a decision leaves all as it is because of what the first decision knew already: a gate holds what is better, the
// newest say the same, or there is no tag any more by which to judge.
func held(d Decision) bool {
	return d.Outcome == OutcomeHeld && slices.Contains([]Reason{
		ReasonTooYoung, ReasonSettling, ReasonPlatform, ReasonNewestTie, ReasonCurrentUnreadable,
	}, d.Reason)
}

// pickedTag returns the tag that a decision picked.
func pickedTag(t *testing.T, d Decision) string {
	t.Helper()
	var picked []string
	for _, v := range d.Verdicts {
		if v.Reason == ReasonPicked {
			picked = append(picked, v.Tag)
		}
	}
	if len(picked) == 0 && d.To.Tag == d.From.Tag { // it stays although its policy refuses it, in another form
		return d.To.Tag
	}
	if len(picked) != 1 || d.To.Tag != "" && d.To.Tag != picked[0] {
		t.Fatalf("picked %v, to %s: %+v", picked, d.To, d)
	}
	return picked[0]
}

// checkConsistent checks what is so for every decision.
func checkConsistent(t *testing.T, expr string, current Image, d Decision) {
	t.Helper()
	bad := ""
	seen := map[string]bool{}
	for _, v := range d.Verdicts {
		if seen[v.Tag] || v.Reason == "" {
			bad = "a verdict twice, or without a reason"
		}
		if taken := v.Reason == ReasonPicked || v.Reason == ReasonLower || v.Reason == ReasonNotAsked; taken && !v.Accepted {
			bad = "taken but not accepted: " + v.Tag
		}
		if stays := d.Outcome == OutcomeCurrent || d.Outcome == OutcomeUpdate; stays && v.Reason == ReasonPicked && d.To.Tag != "" && v.Tag != d.To.Tag {
			bad = "another one is picked: " + v.Tag
		}
		seen[v.Tag] = true
	}
	from := Version{current.Tag, current.Digest}
	switch {
	case d.From != from || d.Image != current.String() || d.Reason == "":
		bad = "what was found is not told"
	case d.Outcome == OutcomeUpdate && (d.To == from || d.To == Version{}):
		bad = "an update to nothing"
	case d.Outcome == OutcomeCurrent && d.To != from:
		bad = "current, and something else chosen"
	case d.Outcome != OutcomeUpdate && d.Outcome != OutcomeCurrent && d.To != Version{}:
		bad = "something chosen, and not an update"
	case (d.Outcome == OutcomeUnknown) != (d.Err != nil):
		bad = "unknown without an error, or the other way round"
	}
	if bad != "" {
		t.Fatalf("%s at %s: %s: %+v", expr, current, bad, d)
	}
}

// Decide is a pure function: it gives the same answer to all who ask at once, and leaves its arguments alone.
func TestDecideIsPure(t *testing.T) {
	for seed := range uint64(100) {
		r := newNasty(seed)
		w := answers(r.tags(30))
		expr, current := r.expression(), r.image(w.tags)
		p := mustCompile(t, expr)
		offer := w.everything("stable", shaA, current.Digest)
		offer.Explain, offer.All = seed%2 == 0, seed%3 == 0
		before := offer
		before.Tags, before.Since, before.Platforms = slices.Clone(offer.Tags), maps.Clone(offer.Since), maps.Clone(offer.Platforms)
		want, wantNeeds := p.Decide(current, offer)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if got, needs := p.Decide(current, offer); !reflect.DeepEqual(got, want) || !reflect.DeepEqual(needs, wantNeeds) {
					t.Errorf("%s at %s: got %+v, %v and then %+v, %v", expr, current, want, wantNeeds, got, needs)
				}
			})
		}
		group.Wait()
		if !reflect.DeepEqual(offer, before) {
			t.Fatalf("%s changed its arguments", expr)
		}
	}
}
