package writer

import (
	"bytes"
	"fmt"
	"syscall"
	"testing"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// BenchmarkScreen looks at the bytes of all files of an estate, as is done before any is parsed.
func BenchmarkScreen(b *testing.B) {
	e := newEstate(1)
	b.ReportAllocs()
	b.SetBytes(int64(e.size))
	before := processorTime(b)
	defer func() { b.ReportMetric((processorTime(b)-before)/float64(b.N), "cpu-s/op") }()
	for b.Loop() {
		candidates := 0
		for _, f := range e.files {
			if reason, detail := tree.Screen(f); reason != "" {
				b.Fatal(f.Path, detail)
			}
			if candidate(f.Path, f.Content) {
				candidates++
			}
		}
		if candidates != len(e.due) {
			b.Fatalf("%d files would be parsed, and %d name images", candidates, len(e.due))
		}
	}
}

// BenchmarkNothingDue finds all images of an estate, and decides that each is current.
func BenchmarkNothingDue(b *testing.B) {
	eachEstate(b, func(b *testing.B, e *estate) {
		rules := everyImage(b)
		for b.Loop() {
			if updates := decideEstate(Find(e.files, rules), oldVersion); len(updates) != 0 {
				b.Fatalf("%d updates", len(updates))
			}
		}
	})
}

// BenchmarkAllDue finds, edits and proves every image of an estate.
func BenchmarkAllDue(b *testing.B) {
	eachEstate(b, func(b *testing.B, e *estate) {
		rules := everyImage(b)
		for b.Loop() {
			updates := decideEstate(Find(e.files, rules), newVersion)
			changes, refused := Apply(updates, e.files)
			if len(updates) != e.lines || len(refused) != 0 || len(changes) != len(e.due) {
				b.Fatalf("%d updates, %d refused, %d files", len(updates), len(refused), len(changes))
			}
			for _, c := range changes {
				if !bytes.Equal(c.New, e.due[c.Path]) {
					b.Fatalf("%s is not exact:\n%s", c.Path, c.New)
				}
			}
		}
	})
}

// BenchmarkTenChanged finds all images of an estate again after ten of its files changed.
func BenchmarkTenChanged(b *testing.B) {
	eachEstate(b, func(b *testing.B, e *estate) {
		rules, finder := everyImage(b), Finder{Cache: NewMemory(64 << 20)}
		sites := len(finder.Find(e.files, rules).Sites)
		for pass := 0; b.Loop(); pass++ {
			for i := range e.files[:10] {
				e.files[i].Blob = fmt.Sprintf("%d of pass %d", i, pass)
			}
			if n := len(finder.Find(e.files, rules).Sites); n != sites {
				b.Fatalf("%d sites instead of %d", n, sites)
			}
		}
	})
}

// eachEstate measures with 5,000 files and with 50,000, and adds the processor time to what is reported.
func eachEstate(b *testing.B, measure func(*testing.B, *estate)) {
	for _, units := range []int{1, 10} {
		b.Run(fmt.Sprintf("%d files", units*estateFiles), func(b *testing.B) {
			e := newEstate(units)
			b.ReportAllocs()
			b.SetBytes(int64(e.size))
			before := processorTime(b)
			measure(b, e)
			b.ReportMetric((processorTime(b)-before)/float64(b.N), "cpu-s/op")
		})
	}
}

// processorTime is that of the process, user and system, in seconds.
func processorTime(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// decideEstate stands for policies that all choose one version.
func decideEstate(found Found, version string) []Update {
	var updates []Update
	for _, s := range found.Sites {
		if s.Policy != nil && s.Image.Tag != version {
			updates = append(updates, Update{Site: s, Decision: policy.Decision{To: policy.Version{Tag: version}}})
		}
	}
	return updates
}

// TestEstate holds what the benchmarks measure at one size, so that it is tested when no benchmark is run.
func TestEstate(t *testing.T) {
	e := newEstate(1)
	if len(e.files) != 5000 || len(e.due) != 831 || e.lines != 983 || e.size < 7_600_000 || e.size > 7_800_000 {
		t.Fatalf("%d files of %d bytes, %d with %d lines of images", len(e.files), e.size, len(e.due), e.lines)
	}
	updates := decideEstate(Find(e.files, everyImage(t)), newVersion)
	changes, refused := Apply(updates, e.files)
	if len(updates) != 983 || len(refused) != 0 || len(changes) != 831 {
		t.Fatalf("%d updates, refused %v, %d files", len(updates), refused, len(changes))
	}
	for _, c := range changes {
		if !bytes.Equal(c.New, e.due[c.Path]) {
			t.Errorf("%s is not exact:\n%s", c.Path, c.New)
		}
	}
}
