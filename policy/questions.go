package policy

import (
	"cmp"
	"errors"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// questions are what the gates are asked about the candidates that are better than the tag in use, which come best first.
type questions struct {
	*chooser
	current Image
	offer   Offer
	better  []*candidate
	// frozen is what the freeze windows say, the same of all.
	frozen answer
}

// batchShare is how many refused candidates make the next question one larger. Each question reads the whole list again, so
// asking one by one until thousands are refused would take the square of that.
const batchShare = 4

// needs returns what has to be found out about some of the candidates.
func (q *questions) needs(from, to int) []Need {
	var needs []Need
	for i := from; i < min(to, len(q.better)); i++ {
		needs = append(needs, q.ask(i).needs...)
	}
	return needs
}

// ask asks the gates about one candidate.
func (q *questions) ask(at int) answer {
	if tie := q.tie(at); tie.stops() {
		return tie
	}
	if q.frozen.stops() {
		return q.frozen
	}
	return q.gates.askThawed(q.current, Version{Tag: q.better[at].tag}, q.offer)
}

// tie refuses a candidate whose neighbour is as good, by their dates.
func (q *questions) tie(at int) answer {
	if _, dated := q.order.(newestOrder); !dated {
		return answer{}
	}
	c := q.better[at]
	for _, other := range q.better[max(at-1, 0):min(at+2, len(q.better))] {
		if other != c && q.order.compare(c, other) == 0 {
			return answer{
				reason: ReasonNewestTie, detail: c.tag + " and " + other.tag + " say that they were made at the same moment",
				hint: "leave all but one of them out with tags.allow or tags.deny",
			}
		}
	}
	return answer{}
}

// result is what the gates say of all candidates together.
type result struct {
	// picked is the first that passes, -1 for none.
	picked int
	// held is the answer about the best that is held; the zero answer for none.
	held answer
	// failed says why nothing can be chosen: one that is better could not be looked at, or all of them are gone.
	failed error
	needs  []Need
}

// run asks about the candidates, best first, until one passes, and writes their verdicts. When the best two were made at the same
// moment nobody can say which is newer, so none is taken.
func (q *questions) run(verdicts []Verdict) result {
	r := result{picked: -1}
	var lost error
	for i, c := range q.better {
		done := r.picked >= 0 || r.held.reason == ReasonNewestTie
		if done && !q.offer.All {
			verdicts[i].Reason = q.gates.unasked()
			if tie := q.tie(i); tie.stops() {
				verdicts[i] = Verdict{Tag: c.tag, Reason: tie.reason, Detail: tie.detail}
			}
			continue
		}
		a := q.ask(i)
		if len(a.needs) > 0 {
			return result{needs: q.needs(i, i+1+i/batchShare)}
		}
		if a.reason != "" {
			verdicts[i] = Verdict{Tag: c.tag, Reason: a.reason, Detail: a.detail}
		}
		switch {
		case a.err != nil:
			verdicts[i].Detail = a.err.Error()
			if !gone(a.err) && !done {
				return result{failed: a.err}
			}
			lost = cmp.Or(lost, a.err)
		case a.reason != "" && r.held.reason == "":
			r.held = a
		case a.reason == "" && !done:
			r.picked, verdicts[i].Reason = i, ReasonPicked
		}
	}
	if r.picked < 0 && r.held.reason == "" {
		r.failed = lost
	}
	return r
}

// gone says whether a registry that answers says that there is no such image: a tag that a list still has after it was deleted. A
// --tags file that does not speak of it says nothing.
func gone(err error) bool {
	return fault.KindOf(err) == fault.NotFound && !errors.Is(err, ErrNotInTagsFile)
}
