package writer

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/writer/tree"
)

// allocationFactor is how much more may be allocated than without the race detector.
var allocationFactor uint64 = 1

// TestFindBearsBadInput is about files that nobody writes by hand. Each is either read or skipped with a reason, and costs no more
// memory than told here, all allocations together.
func TestFindBearsBadInput(t *testing.T) {
	const image = "image: nginx:1.2.3\n"
	tests := []struct {
		name, path, content string
		// skipped is why the file is left out, "" when it is read.
		skipped string
		// sites and problems are how many are found in it.
		sites, problems int
		// problem is the reason of all problems but the last.
		problem string
		// mebibytes bounds the memory.
		mebibytes uint64
	}{
		{name: "alias bomb", content: image + bomb("[", "]"), skipped: "", sites: 1, mebibytes: 4},
		{name: "alias bomb of merges", content: podHead + "metadata: &m0 {name: a}\n" + mergeBomb(40) + image, skipped: "", mebibytes: 16},
		{name: "alias in itself", content: image + "a: &a [*a]\n", skipped: "skip/alias-cycle", mebibytes: 1},
		{name: "deep flow", content: image + "a: " + strings.Repeat("[", 20_000), skipped: "skip/too-deep", mebibytes: 64},
		{name: "deep flow that ends", content: image + "a: " + strings.Repeat("{a: ", 20_000) + strings.Repeat("}", 20_000), skipped: "skip/too-deep", mebibytes: 64},
		{name: "deep JSON", path: "a.json", content: `{"image": "nginx:1.2.3", "a": ` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + "}", skipped: "skip/too-deep", mebibytes: 64},
		{name: "deep blocks", content: image + deepBlocks(2_000), skipped: "skip/too-deep", mebibytes: 64},
		{name: "a line of a megabyte", content: image + "a: " + strings.Repeat("x", 1<<20) + "\n", sites: 1, mebibytes: 32},
		{name: "a line of a megabyte with a marker", content: "image: nginx:1.2.3 # bumpboat: semver:^1 -- " + strings.Repeat("x", 1<<20) + "\n", sites: 1, mebibytes: 32},
		{name: "many images on one line", content: "images: [" + strings.Repeat("nginx:1.2.3, ", 20_000) + "]\n", sites: 20_000, mebibytes: 256},
		{name: "many documents", content: strings.Repeat(image+"---\n", 20_000), sites: 20_000, mebibytes: 512},
		{name: "many definitions", content: strings.Repeat("apiVersion: v1\nkind: CustomResourceDefinition\nimage: a:1\n---\n", 20_000) + image, sites: 1, mebibytes: 256},
		{name: "a template of markers", content: "{{ if }}\n" + manyMarkers("# bumpboat: nobody"), problems: maxProblems + 1, problem: reasonUnknownPolicy, mebibytes: 2048},
		{name: "50 MB", content: image + strings.Repeat("#", 50<<20), skipped: tree.ReasonTooLarge, mebibytes: 1},
		{name: "too many nodes", content: image + "a: [" + strings.Repeat("a,", 600_000) + "]\n", skipped: "skip/too-many-nodes", mebibytes: 16},
		{name: "no UTF-8", content: image + "a: \xff\n", skipped: "skip/not-utf8", mebibytes: 1},
		{name: "half a character at the end", content: image + "a: \xc3", skipped: "skip/not-utf8", mebibytes: 1},
		{name: "NUL", content: image + "a: \x00\n", skipped: tree.ReasonBinary, mebibytes: 1},
		{name: "markers that name nothing", content: manyMarkers("# bumpboat: nobody"), sites: 0, problems: maxProblems + 1, problem: reasonUnknownPolicy, mebibytes: 1024},
		{name: "markers of nothing", content: "a: 1\n" + strings.Repeat("# bumpboat: web\n", 100_000), problems: maxProblems + 1, problem: reasonNotAScalar, mebibytes: 128},
		{name: "markers on one line", content: "a: 1 " + strings.Repeat("# bumpboat: web ", 100_000) + "\n", problems: 1, problem: reasonTwoMarkers, mebibytes: 64},
		{name: "near misses on one line", content: "a: 1 " + strings.Repeat("# Bumpboat: web ", 50_000) + "\n", problems: 1, problem: reasonMalformed, mebibytes: 512},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.path == "" {
				tt.path = "a.yaml"
			}
			files := []tree.File{{Path: tt.path, Content: []byte(tt.content)}}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			found := Find(files, everyImage(t))
			runtime.ReadMemStats(&after)
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used >= tt.mebibytes*allocationFactor {
				t.Errorf("%d MiB were allocated, %d are allowed", used, tt.mebibytes*allocationFactor)
			}
			var skipped string
			for _, s := range found.Skipped {
				skipped = s.Reason
				if s.Path != tt.path || s.Detail == "" {
					t.Errorf("skipped without a place: %+v", s)
				}
			}
			if skipped != tt.skipped || len(found.Sites) != tt.sites || len(found.Problems) != tt.problems {
				t.Errorf("skipped %q, %d sites, %d problems; want %q, %d, %d", skipped, len(found.Sites), len(found.Problems), tt.skipped, tt.sites, tt.problems)
			}
			for i, p := range found.Problems {
				if p.Line < 1 || p.Column < 1 || p.Path != tt.path || p.Reason != tt.problem && i < len(found.Problems)-1 {
					t.Fatalf("problem %+v", p)
				}
			}
		})
	}
}

const podHead = "apiVersion: v1\nkind: Pod\n"

// bomb is nine lists, each of nine aliases of the one before: a billion values for who follows them.
func bomb(open, end string) string {
	var b strings.Builder
	b.WriteString("a0: &a0 " + open + "x" + end + "\n")
	for i := range 9 {
		alias := fmt.Sprintf("*a%d", i)
		fmt.Fprintf(&b, "a%d: &a%d %s%s%s\n", i+1, i+1, open, strings.Repeat(alias+", ", 8)+alias, end)
	}
	return b.String()
}

// mergeBomb is maps that merge the one before twice: 2 to the power of depth for who follows them.
func mergeBomb(depth int) string {
	var b strings.Builder
	for i := range depth {
		fmt.Fprintf(&b, "m%d: &m%d {<<: [*m%d, *m%d], k%d: 1}\n", i+1, i+1, i, i, i)
	}
	fmt.Fprintf(&b, "spec: {<<: *m%d}\n", depth)
	return b.String()
}

func deepBlocks(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func manyMarkers(marker string) string {
	var b strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&b, "k%d: 1.0.%d %s\n", i, i, marker)
	}
	return b.String()
}
