package writer

// loneVersion is a tag or a digest in Helm values without a name beside it: the values that it is laid over may have one.
type loneVersion struct {
	// way is where its mapping stands in the values.
	way   string
	place *place
}

// inheritNames gives lone versions the names that the values below them have.
func (r *resolution) inheritNames(sheets []*sheet) {
}
