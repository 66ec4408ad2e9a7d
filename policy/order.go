package policy

import "time"

// candidate is a tag as an order sees it.
type candidate struct {
	// tag is what the registry has, value what was extracted from it; the same without extraction.
	tag, value string
	shape
	// made is when the image says that it was made, where that is the order.
	made time.Time
}

// order is one way to say which tag is better. It is made once and shared.
type order interface {
	// begin returns how tags are read beside the one in use, which is nil when nothing is in use or when it does not matter. It is
	// called once for each decision.
	begin(now *candidate, offer Offer) reader
	// readCurrent reads the tag in use, which may be looser than what is taken. It returns false when it has no place in the order.
	readCurrent(c *candidate, offer Offer) bool
	// compare orders two candidates by what they mean; 0 when neither is better.
	compare(a, b *candidate) int
}

// reader reads the tags of one decision.
type reader interface {
	// read fills in what is to be known of a tag, and says why it is refused; "" when it is a candidate.
	read(c *candidate) Reason
}

// lateReader is a reader that can judge some candidates only after it has read all tags.
type lateReader interface {
	late(c *candidate) Reason
}
