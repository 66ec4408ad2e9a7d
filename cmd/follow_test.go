package cmd

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer"
)

// follows is a policy that follows a glob and is never asked.
type follows string

func (f follows) Decide(policy.Image, policy.Offer) (policy.Decision, []policy.Need) {
	panic("a site that waits for itself is not asked")
}

func (f follows) String() string         { return "semver:* follow=" + string(f) }
func (f follows) Follows() policy.Follow { return policy.Follow{Path: string(f)} }

// site reads `path image` or `path image glob`.
func site(t *testing.T, text string) writer.Site {
	t.Helper()
	words := strings.Fields(text)
	image, err := policy.ParseImage(words[1])
	if err != nil {
		t.Fatal(err)
	}
	s := writer.Site{Path: words[0], Line: 3, Column: 5, Image: image}
	if len(words) > 2 {
		s.Policy = follows(words[2])
	}
	return s
}

func TestHoldCircles(t *testing.T) {
	tests := []struct {
		name  string
		sites []string
		held  []string
	}{
		{"a stage before", []string{"dev/a.yaml web:1", "prod/a.yaml web:1 dev/**"}, nil},
		{"itself", []string{"dev/a.yaml web:1", "prod/a.yaml web:1 **"}, []string{"prod/a.yaml"}},
		{"each other", []string{"a.yaml web:1 b.yaml", "b.yaml web:1 a.yaml", "c.yaml web:1 a.yaml"}, []string{"a.yaml", "b.yaml"}},
		{"three", []string{"a.yaml web:1 b.yaml", "b.yaml web:1 {c,x}.yaml", "c.yaml web:1 a.yaml"}, []string{"a.yaml", "b.yaml", "c.yaml"}},
		{"two circles with one between", []string{
			"a.yaml web:1 b.yaml", "b.yaml web:1 a.yaml", "m.yaml web:1 b.yaml", "x.yaml web:1 {y,m}.yaml", "y.yaml web:1 x.yaml",
		}, []string{"a.yaml", "b.yaml", "x.yaml", "y.yaml"}},
		{"another image", []string{"a.yaml web:1 b.yaml", "b.yaml api:1 a.yaml"}, nil},
		{"another name of one image", []string{"a.yaml web:1 b.yaml", "b.yaml docker.io/library/web:1 a.yaml"}, []string{"a.yaml", "b.yaml"}},
		{"a chain", []string{"a.yaml web:1 b.yaml", "b.yaml web:1 c.yaml", "c.yaml web:1"}, nil},
		{"one glob in and out of the files that it matches", []string{"dev/a.yaml web:1 dev/**", "prod/a.yaml web:1 dev/**"}, []string{"dev/a.yaml"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var sites []writer.Site
			for _, text := range tt.sites {
				sites = append(sites, site(t, text))
			}
			r := newReport("env")
			r.holdCircles(sites)
			var held []string
			for _, s := range sites {
				if inCircle(s) {
					held = append(held, s.Path)
				}
			}
			if diff := cmp.Diff(tt.held, held); diff != "" {
				t.Errorf("held (-want +got):\n%s", diff)
			}
			if len(r.Errors) != len(tt.held) {
				t.Fatalf("%d errors for %d sites", len(r.Errors), len(tt.held))
			}
			for i, e := range r.Errors {
				if e.Path != tt.held[i] || e.Line != 3 || e.Column != 5 || e.Kind != "invalid" || e.Reason != "follow/cycle" || e.Hint == "" {
					t.Errorf("%+v", e)
				}
			}
		})
	}
}

// A held site is not asked, and neither is its decision taken from a site that shares image and policy with it.
func TestHeldInACircle(t *testing.T) {
	sites := []writer.Site{site(t, "dev/a.yaml web:1 dev/**"), site(t, "prod/a.yaml web:1 dev/**")}
	newReport("env").holdCircles(sites)
	all := func(writer.Site) bool { return true }
	if asked := subjectsOf(sites[:1], all); len(asked) != 0 {
		t.Errorf("asked: %+v", asked)
	}
	subjects := subjectsOf(sites, all)
	if len(subjects) != 1 {
		t.Fatalf("%d subjects, want that of prod", len(subjects))
	}
	decisions := map[subjectKey]policy.Decision{subjects[0].key(): {Outcome: policy.OutcomeUpdate}}
	if d := decisionFor(sites[0], decisions); d.Outcome != policy.OutcomeHeld || d.Reason != policy.ReasonFollowCycle || d.Policy != "semver:* follow=dev/**" {
		t.Errorf("%+v", d)
	}
	if updates := updatesOf(sites, decisions); len(updates) != 1 || updates[0].Site.Path != "prod/a.yaml" {
		t.Errorf("%+v", updates)
	}
}

// Circles are held against a search from every node.
func TestCirclesAreThoseThatASearchFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		next := make([][]int, 1+random.IntN(8))
		for i := range next {
			for j := range next {
				if i != j && random.IntN(4) == 0 {
					next[i] = append(next[i], j)
				}
			}
		}
		want := make([]bool, len(next))
		for i := range next {
			want[i] = leadsTo(next, i, i, map[int]bool{})
		}
		if got := circles(next); !slices.Equal(got, want) {
			t.Fatalf("%v: %v, want %v", next, got, want)
		}
	}
}

func leadsTo(next [][]int, from, to int, seen map[int]bool) bool {
	return slices.ContainsFunc(next[from], func(at int) bool {
		if at == to {
			return true
		}
		if seen[at] {
			return false
		}
		seen[at] = true
		return leadsTo(next, at, to, seen)
	})
}

func TestFollow(t *testing.T) {
	sites := []writer.Site{
		site(t, "prod/a.yaml ghcr.io/acme/web:1.4.2 dev/*"),
		site(t, "dev/a.yaml ghcr.io/acme/web:1.5.0@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
		site(t, "dev/b.yaml ghcr.io/acme/web:1.6.0"),
		site(t, "dev/deep/a.yaml ghcr.io/acme/web:1.7.0"),
		site(t, "dev/a.yaml ghcr.io/acme/api:1.8.0"),
		site(t, "dev/a.yaml ghcr.io/acme/web"),
	}
	since := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	subjects := subjectsOf(sites, func(writer.Site) bool { return true })
	follow(subjects, sites, since)
	want := []policy.Running{
		{
			Version: policy.Version{Tag: "1.5.0", Digest: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
			Since:   since, Place: "dev/a.yaml:3",
		},
		{Version: policy.Version{Tag: "1.6.0"}, Since: since, Place: "dev/b.yaml:3"},
	}
	if diff := cmp.Diff(want, subjects[0].running); diff != "" || len(subjects) != 1 {
		t.Errorf("%d subjects; running (-want +got):\n%s", len(subjects), diff)
	}
}
