package fault

import (
	"fmt"
	"slices"
	"strings"
)

// DidYouMean returns a hint that names the word nearest to the one that was written, or all of them when none is near.
func DidYouMean(written string, words []string) string {
	const mostCompared, mostListed = 200, 12
	if len(words) > mostCompared {
		return ""
	}
	words = slices.Sorted(slices.Values(words))
	best, bestDistance := "", 1+max(1, min(len(written), longestWord)/3)
	for _, w := range words {
		if d := distance(strings.ToLower(written), strings.ToLower(w)); d < bestDistance {
			best, bestDistance = w, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	switch more := len(words) - mostListed; {
	case len(words) == 0:
		return ""
	case more > 0:
		return fmt.Sprintf("known here: %s and %d more", strings.Join(words[:mostListed], ", "), more)
	default:
		return "known here: " + strings.Join(words, ", ")
	}
}

// longestWord is the longest word, in bytes, that is compared with others.
const longestWord = 64

// distance is the number of inserted, deleted, replaced and swapped neighbouring bytes between two words
// (optimal string alignment). Words that are too long for anybody's typing mistake are simply far apart.
func distance(a, b string) int {
	if len(a) > longestWord || len(b) > longestWord {
		return longestWord
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
