package policy

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/policy/fault"
)

const (
	shaA = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	shaB = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func mustCompile(t testing.TB, expr string) Policy {
	t.Helper()
	spec, err := Parse(expr)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// world is what a registry, a memory and the repository know.
type world struct {
	tags      []string
	digests   map[string]string
	since     map[string]time.Time
	created   map[string]time.Time
	platforms map[string][]string // by tag or digest
	fault     error               // the answer to what costs requests
	offer     Offer               // the rest
}

// decide decides as ask does, by an expression.
func (w world) decide(t testing.TB, expr, current string) (Decision, []Need) {
	t.Helper()
	img, err := ParseImage(current)
	if err != nil {
		t.Fatal(err)
	}
	return w.ask(t, mustCompile(t, expr), img)
}

// ask answers every need of a policy until its decision is final, and returns what had to be found out.
func (w world) ask(t testing.TB, p Policy, img Image) (Decision, []Need) {
	t.Helper()
	offer := w.offer
	offer.Digests, offer.Since, offer.Created, offer.Platforms = map[string]Digest{}, map[string]Time{}, map[string]Time{}, map[string]Platforms{}
	var asked []Need
	for range 500 {
		d, needs := p.Decide(img, offer)
		if len(needs) == 0 {
			return d, asked
		}
		for _, n := range needs {
			if n.Repository != img.Repository() || slices.Contains(asked, n) {
				t.Fatalf("a need for %+v, after %+v", n, asked)
			}
			asked = append(asked, n)
			w.answer(n, &offer)
		}
	}
	t.Fatal("the policy never stops asking")
	return Decision{}, nil
}

func (w world) answer(n Need, offer *Offer) {
	var notFound error = fault.New(fault.NotFound, "", errors.New("no such tag"))
	if w.fault != nil {
		notFound = w.fault
	}
	switch n.Fact {
	case FactTags:
		offer.Listed, offer.Tags = true, w.tags
	case FactDigest:
		offer.Digests[n.Tag] = Digest{Value: w.digests[n.Tag]}
		if w.digests[n.Tag] == "" {
			offer.Digests[n.Tag] = Digest{Err: notFound}
		}
	case FactSince:
		offer.Since[n.Tag] = Time{Value: w.since[n.Tag]}
		if w.since == nil {
			offer.Since[n.Tag] = Time{Err: fault.New(fault.NotFound, "give it a memory", ErrNoMemory)}
		} else if w.since[n.Tag].IsZero() {
			offer.Since[n.Tag] = Time{Err: notFound}
		}
	case FactCreated:
		offer.Created[n.Tag] = Time{Value: w.created[n.Tag]}
		if w.created[n.Tag].IsZero() {
			offer.Created[n.Tag] = Time{Err: notFound}
		}
	case FactPlatforms:
		has := Platforms{Err: notFound}
		if names, ok := w.platforms[n.Tag]; ok {
			has.Err = nil
			for _, name := range names { // `os/architecture=content`
				name, content, _ := strings.Cut(name, "=")
				has.List = append(has.List, Platform{Name: name, Digest: content})
			}
		}
		offer.Platforms[n.Tag] = has
	}
}

// decide decides where only tags and digests matter.
func decide(t testing.TB, expr, current string, tags []string, digests map[string]string) Decision {
	t.Helper()
	d, _ := world{tags: tags, digests: digests, offer: Offer{Explain: true}}.decide(t, expr, current)
	return d
}

func TestSemver(t *testing.T) {
	tests := []struct {
		name, expr, current, tags string
		outcome                   Outcome
		reason                    Reason
		to                        string
	}{
		{"newer in range", "semver:^1.4", "web:1.4.2", "1.4.2 1.5.0 2.0.0", OutcomeUpdate, ReasonPicked, "1.5.0"},
		{"numbers, not text", "semver:^1", "web:1.9.0", "1.9.0 1.10.0 1.9.9", OutcomeUpdate, ReasonPicked, "1.10.0"},
		{"already the best", "semver:^1.4", "web:1.5.0", "1.4.2 1.5.0 2.0.0", OutcomeCurrent, ReasonCurrent, "1.5.0"},
		{"never down", "semver:~1.2", "web:1.4.9", "1.2.9 1.4.9", OutcomeHeld, ReasonDowngrade, ""},
		{"current is denied", "semver:^1 deny=^1\\.4", "web:1.4.9", "1.2.9 1.4.9", OutcomeHeld, ReasonDowngrade, ""},
		{"nothing in range", "semver:^9", "web:1.4.9", "1.2.9 1.4.9", OutcomeNone, ReasonNoMatch, ""},
		{"current not listed", "semver:^1", "web:1.4.9", "1.5.0", OutcomeUnknown, ReasonCurrentMissing, ""},
		{"no tags at all", "semver:^1", "web:1.4.9", "", OutcomeUnknown, ReasonCurrentMissing, ""},
		{"latest is no version", "semver:^1", "web:latest", "latest 1.5.0", OutcomeHeld, ReasonCurrentUnreadable, ""},
		{"a digest alone is no version", "semver:^1", "web@" + shaA, "1.5.0", OutcomeHeld, ReasonCurrentUnreadable, ""},
		{"no tag means latest", "semver:^1", "web", "1.5.0 1.4.0", OutcomeHeld, ReasonCurrentUnreadable, ""},
		{"pre-releases stay out", "semver:^1", "web:1.4.0", "1.4.0 1.5.0-rc.1 1.5.0-beta", OutcomeCurrent, ReasonCurrent, "1.4.0"},
		{"pre-releases when asked for", "semver:>=1.0.0-0", "web:1.4.0", "1.4.0 1.5.0-rc.2 1.5.0-rc.10", OutcomeUpdate, ReasonPicked, "1.5.0-rc.10"},
		{"a pre-release is offered its release", "semver:>=1.0.0-0", "web:1.0.0-rc.1", "1.0.0-rc.1 1.0.0", OutcomeUpdate, ReasonPicked, "1.0.0"},
		{"the v prefix is kept off", "semver:^1", "web:1.0.0", "1.0.0 v1.3.0 1.2.0", OutcomeUpdate, ReasonPicked, "1.2.0"},
		{"the v prefix is kept on", "semver:^1", "web:v1.0.0", "v1.0.0 v1.3.0 1.4.0", OutcomeUpdate, ReasonPicked, "v1.3.0"},
		{"the variant is kept", "semver:^1", "web:1.0.0-alpine", "1.0.0-alpine 1.3.0 1.2.0-alpine 1.4.0-alpine3.19", OutcomeUpdate, ReasonPicked, "1.2.0-alpine"},
		{"no variant when there was none", "semver:^1", "web:1.0.0", "1.0.0 1.3.0-alpine", OutcomeCurrent, ReasonCurrent, "1.0.0"},
		{"a pre-release of a variant", "semver:>=1.0.0-0", "web:1.0.0-rc.1-alpine", "1.0.0-rc.1-alpine 1.0.0-alpine 1.0.0", OutcomeUpdate, ReasonPicked, "1.0.0-alpine"},
		{"dates and builds are no versions", "semver:*", "web:1.0.0", "1.0.0 20240115 1234567 012 2024-01-15 1.2", OutcomeCurrent, ReasonCurrent, "1.0.0"},
		{"written back as the registry spells it", "semver:*", "web:2023.12.01", "2023.12.01 2024.01.15", OutcomeUpdate, ReasonPicked, "2024.01.15"},
		{"equal versions are no update", "semver:*", "web:1.2.03", "1.2.03 1.2.3", OutcomeCurrent, ReasonCurrent, "1.2.03"},
		{"two parts now, three offered", "semver:^1", "web:1.25", "1.25 1.27.3 1.28", OutcomeUpdate, ReasonPicked, "1.27.3"},
		{"more digits than a machine word", "semver:*", "web:1.0.0", "1.0.0 18446744073709551616.0.0", OutcomeCurrent, ReasonCurrent, "1.0.0"},
		{"signatures are no images", "semver:*", "web:1.0.0", "1.0.0 sha256-" + shaA[7:] + ".sig sha256-" + shaA[7:], OutcomeCurrent, ReasonCurrent, "1.0.0"},
		{"allow", "semver:* allow=^1\\.", "web:1.0.0", "1.0.0 1.1.0 2.0.0", OutcomeUpdate, ReasonPicked, "1.1.0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := decide(t, tt.expr, tt.current, strings.Fields(tt.tags), nil)
			if d.Outcome != tt.outcome || d.Reason != tt.reason || d.To.Tag != tt.to {
				t.Errorf("got %s %s %q (%s), want %s %s %q", d.Outcome, d.Reason, d.To.Tag, d.Detail, tt.outcome, tt.reason, tt.to)
			}
		})
	}
}

func TestSemverAnew(t *testing.T) {
	p := mustCompile(t, "semver:^1")
	d, _ := p.Decide(Image{Name: "web"}, Offer{Listed: true, Anew: true, Tags: []string{"1.4.0", "v1.5.0", "1.3.0-alpine", "2.0.0"}})
	if d.Outcome != OutcomeUpdate || d.To.Tag != "v1.5.0" {
		t.Errorf("got %s %q, want the highest, however it is written", d.Outcome, d.To.Tag)
	}
}

func TestSemverVerdicts(t *testing.T) {
	tags := []string{
		"1.4.2", "1.5.0", "1.4.9", "2.0.0", "1.6.0-rc.1", "v1.7.0", "1.5.0-alpine", "latest", "1.5.1-debug",
		"sha256-" + shaA[7:] + ".sig", "bad tag",
	}
	d := decide(t, "semver:^1.4 deny=-debug$", "web:1.4.2", tags, nil)
	want := []Verdict{
		{"1.5.0", true, ReasonPicked, ""},
		{"1.4.9", true, ReasonLower, ""},
		{"1.4.2", true, ReasonLower, ""},
		{"1.5.0-alpine", false, ReasonVariant, "not written like 1.4.2"},
		{"1.5.1-debug", false, ReasonDenied, "matches -debug$"},
		{"1.6.0-rc.1", false, ReasonPrerelease, ""},
		{"2.0.0", false, ReasonOutOfRange, "not in ^1.4"},
		{"bad tag", false, ReasonMalformed, ""},
		{"latest", false, ReasonNotVersion, ""},
		{"sha256-" + shaA[7:] + ".sig", false, ReasonArtifact, ""},
		{"v1.7.0", false, ReasonPrefix, "not written like 1.4.2"},
	}
	if !reflect.DeepEqual(d.Verdicts, want) {
		t.Errorf("got %+v\nwant %+v", d.Verdicts, want)
	}
}

func TestSemverDigestMovesAlong(t *testing.T) {
	tags := []string{"1.4.2", "1.5.0"}
	d := decide(t, "semver:^1", "web:1.4.2@"+shaA, tags, map[string]string{"1.5.0": shaB})
	if want := (Version{"1.5.0", shaB}); d.Outcome != OutcomeUpdate || d.To != want {
		t.Errorf("got %s to %v, want update to %v", d.Outcome, d.To, want)
	}
	d = decide(t, "semver:^1", "web:1.4.2@"+shaA, tags, nil)
	if d.Outcome != OutcomeUnknown || d.To != (Version{}) || d.Verdicts[0].Reason != ReasonDigestUnknown {
		t.Errorf("a tag without a digest: got %+v, want unknown and nothing chosen", d)
	}
}

func TestDigest(t *testing.T) {
	digests := map[string]string{"stable": shaB}
	tests := []struct {
		name, current string
		digests       map[string]string
		outcome       Outcome
		to            Version
	}{
		{"moved", "web:stable@" + shaA, digests, OutcomeUpdate, Version{"stable", shaB}},
		{"same", "web:stable@" + shaB, digests, OutcomeCurrent, Version{"stable", shaB}},
		{"first digest", "web:stable", digests, OutcomeUpdate, Version{"stable", shaB}},
		{"no tag and no digest", "web", digests, OutcomeUpdate, Version{"stable", shaB}},
		{"digest only stays so", "web@" + shaA, digests, OutcomeUpdate, Version{"", shaB}},
		{"other tag", "web:1.0@" + shaA, digests, OutcomeUpdate, Version{"stable", shaB}},
		{"not found", "web:stable@" + shaA, nil, OutcomeUnknown, Version{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := decide(t, "digest:stable", tt.current, nil, tt.digests)
			if d.Outcome != tt.outcome || d.To != tt.to {
				t.Errorf("got %s %v, want %s %v", d.Outcome, d.To, tt.outcome, tt.to)
			}
		})
	}
}

func TestDigestHeedsItsFilter(t *testing.T) {
	d := decide(t, "digest:stable deny=^stable$", "web:stable@"+shaA, nil, map[string]string{"stable": shaB})
	want := []Verdict{{"stable", false, ReasonDenied, ""}}
	if d.Outcome != OutcomeNone || d.To != (Version{}) || !reflect.DeepEqual(d.Verdicts, want) {
		t.Errorf("got %+v, want none and %+v", d, want)
	}
}

func TestDigestNeedsNoList(t *testing.T) {
	_, needs := mustCompile(t, "digest:stable").Decide(Image{Name: "web", Tag: "stable"}, Offer{})
	if want := []Need{{"docker.io/library/web", FactDigest, "stable"}}; !reflect.DeepEqual(needs, want) {
		t.Errorf("got %+v, want %+v", needs, want)
	}
}

func TestUnknownFromFaults(t *testing.T) {
	tests := []struct {
		err    error
		reason Reason
	}{
		{fault.New(fault.Auth, "log in", errors.New("401")), ReasonRegistryAuth},
		{fault.New(fault.NotFound, "", errors.New("404")), ReasonRegistryNotFound},
		{fault.New(fault.RateLimited, "", errors.New("429")), ReasonRegistryRateLimited},
		{fault.New(fault.Temporary, "", errors.New("500")), ReasonRegistry},
		{errors.New("what"), ReasonRegistry},
		{fault.New(fault.NotFound, "", ErrNotInTagsFile), ReasonNotListed},
	}
	for _, tt := range tests {
		d, needs := mustCompile(t, "semver:^1").Decide(Image{Name: "web", Tag: "1.0.0"}, Offer{TagsErr: tt.err})
		if len(needs) > 0 || d.Outcome != OutcomeUnknown || d.Reason != tt.reason || d.To != (Version{}) || !errors.Is(d.Err, tt.err) {
			t.Errorf("%v: got %+v, want unknown %s", tt.err, d, tt.reason)
		}
	}
}

func TestIgnore(t *testing.T) {
	d := decide(t, "ignore", "web:1.0.0", nil, nil)
	if d.Outcome != OutcomeIgnored || d.Reason != ReasonIgnore {
		t.Errorf("got %+v", d)
	}
}

// The order of the registry's answer must not matter.
func TestSemverIgnoresListOrder(t *testing.T) {
	tags := strings.Fields("1.4.2 v1.4.2 1.4.02 01.4.2 1.5.0 1.5.00 v1.5.0 1.5.0-rc.1 1.5.0-alpine 2.0.0 latest 1.4.2")
	rng := rand.New(rand.NewPCG(1, 2))
	for _, current := range []string{"web:1.4.2", "web:latest"} {
		first := decide(t, "semver:>=1.0.0-0", current, slices.Clone(tags), nil)
		for range 100 {
			rng.Shuffle(len(tags), func(i, j int) { tags[i], tags[j] = tags[j], tags[i] })
			if d := decide(t, "semver:>=1.0.0-0", current, tags, nil); !reflect.DeepEqual(d, first) {
				t.Fatalf("shuffled to %v: got %+v, want %+v", tags, d, first)
			}
		}
	}
}
