package policy

import (
	"fmt"
	"testing"
)

// manyTags makes tags in the mix that registries have: releases, variants, pre-releases, builds, dates and commits.
func manyTags(n int) []string {
	tags := make([]string, 0, n)
	for i := 0; len(tags) < n; i++ {
		version := fmt.Sprintf("%d.%d.%d", i/2000+1, i/50%40, i%50)
		tags = append(tags, version, version+"-alpine3.19", fmt.Sprintf("%s-rc.%d", version, i%9), fmt.Sprintf("%s-debian-12-r%d", version, i%30),
			fmt.Sprintf("2024%02d%02d.%d", i%12+1, i%28+1, i), fmt.Sprintf("main-%07x-%d", i*7919%0xfffffff, 1_700_000_000+i))
	}
	return tags[:n]
}

func BenchmarkDecide(b *testing.B) {
	for _, bb := range []struct{ expr, current string }{
		{"semver:^1", "1.1.1"},
		{"like-current", "1.1.1"},
		{"like-current", "main-1a2b3c4-1700000000"},
		{"calver:YYYY0M0D.MICRO", "20240101.0"},
		{"alphabetical", "1.1.1"},
		{"semver:^1 allow=^[0-9.]+$", "1.1.1"},
	} {
		for _, n := range []int{10_000, 200_000} {
			tags := manyTags(n)
			p := mustCompile(b, bb.expr)
			b.Run(fmt.Sprintf("%s/%s/%d", bb.expr, bb.current, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					p.Decide(Image{Name: "web", Tag: bb.current}, Offer{Listed: true, Complete: true, Tags: tags})
				}
			})
		}
	}
}
