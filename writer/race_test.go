//go:build race

package writer

// The race detector throws pooled memory away at random, so that more is allocated.
func init() { allocationFactor = 8 }
