package policy

import (
	"fmt"
	"time"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// mostDates is how many tags are asked for their dates: each costs requests, at every pass.
const mostDates = 200

// newestOrder takes the image that says that it was made last. Many build tools write no date, or the same one into every image
// (1970, 1980), so dates before 2000 are none, and the newest is not taken when another one says the same.
type newestOrder struct{}

func (o newestOrder) begin(_ *candidate, offer Offer) reader { return newestReader{offer} }

func (o newestOrder) readCurrent(c *candidate, offer Offer) bool {
	return newestReader{offer}.read(c) == ""
}

func (o newestOrder) compare(a, b *candidate) int { return a.made.Compare(b.made) }

type newestReader struct{ offer Offer }

func (r newestReader) read(c *candidate) Reason {
	made := r.offer.Created[c.tag]
	switch {
	case made.Err != nil:
		return ReasonCreatedUnknown
	case made.Value.Before(firstDate):
		return ReasonNewestDate
	}
	c.made = made.Value
	return ""
}

// FirstDate is the earliest time that can be that of a build. Builds that are meant to be reproducible write an earlier one:
// https://github.com/GoogleContainerTools/jib 1970, buildpacks 1980.
func FirstDate() time.Time { return firstDate }

var firstDate = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// dated makes sure that the dates of all tags that pass the filters are known, and of the one in use. It returns false when the
// decision cannot go on.
func (p *chooser) dated(d Decision, current Image, offer Offer, tags []string) (Decision, []Need, bool) {
	if _, ordered := p.order.(newestOrder); !ordered {
		return d, nil, true
	}
	var wanted []string
	if current.Tag != "" {
		wanted = append(wanted, current.Tag)
	}
	for _, tag := range tags {
		if _, reason := p.filter.admit(tag); reason == "" && tag != current.Tag {
			wanted = append(wanted, tag)
		}
	}
	if len(wanted) > mostDates {
		d.Outcome, d.Reason = OutcomeHeld, ReasonNewestMany
		d.Detail = fmt.Sprintf("%d tags pass the filters, and at most %d are asked for their dates", len(wanted), mostDates)
		d.Hint = "narrow them with tags.allow, or choose an order that needs no dates"
		return d, nil, false
	}
	var needs []Need
	for _, tag := range wanted {
		made, asked := offer.Created[tag]
		switch {
		case !asked:
			needs = append(needs, Need{Repository: current.Repository(), Fact: FactCreated, Tag: tag})
		case made.Err != nil && fault.KindOf(made.Err) != fault.NotFound:
			return unknown(d, registryReason(made.Err), made.Err), nil, false
		}
	}
	return d, needs, len(needs) == 0
}
