package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// ago is the time so long before noon.
func ago(length string) time.Time {
	d, err := time.ParseDuration(length)
	if err != nil {
		panic(err)
	}
	return noon.Add(-d)
}

// seen reads `tag=age` pairs.
func seen(pairs string) map[string]time.Time {
	since := map[string]time.Time{}
	for pair := range strings.FieldsSeq(pairs) {
		tag, age, _ := strings.Cut(pair, "=")
		since[tag] = ago(age)
	}
	return since
}

func TestAge(t *testing.T) {
	const three = "1.0.0 1.1.0 1.2.0"
	for _, tt := range []struct{ name, options, since, want string }{
		{"old enough", "minAge=72h", "1.2.0=100h 1.1.0=200h", "-> 1.2.0"},
		{"just old enough", "minAge=72h", "1.2.0=72h", "-> 1.2.0"},
		{"a nanosecond too young", "minAge=72h", "1.2.0=71h59m59.999999999s 1.1.0=200h", "-> 1.1.0"},
		{"from the future", "minAge=72h", "1.2.0=-1h 1.1.0=200h", "-> 1.1.0"},
		{"all too young", "minAge=72h", "1.2.0=1h 1.1.0=2h", "held age/too-young"},
		{"still settling", "settle=10m", "1.2.0=9m 1.1.0=9m", "held settle/waiting"},
		{"settled", "settle=10m", "1.2.0=10m", "-> 1.2.0"},
		{"the longer one counts: age", "minAge=1h settle=10m", "1.2.0=11m 1.1.0=59m", "held age/too-young"},
		{"the longer one counts: settle", "minAge=10m settle=1h", "1.2.0=11m 1.1.0=59m", "held settle/waiting"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := world{tags: strings.Fields(three), since: seen(tt.since), offer: Offer{Now: noon}}
			d, _ := w.decide(t, "semver:* "+tt.options, "web:1.0.0")
			if got := sketch(d); got != tt.want {
				t.Errorf("got %s (%s), want %s", got, d.Detail, tt.want)
			}
			if d.Outcome == OutcomeHeld && (d.Detail == "" || d.Hint == "") {
				t.Errorf("held without a word: %+v", d)
			}
		})
	}
}

func TestAgeUnknown(t *testing.T) {
	tags := []string{"1.0.0", "1.2.0"}
	d, _ := world{tags: tags, offer: Offer{Now: noon}}.decide(t, "semver:* minAge=1h", "web:1.0.0")
	if got := sketch(d); got != "held age/no-memory" || d.Hint != "give it a memory" {
		t.Errorf("without a memory: got %s, hint %q", got, d.Hint)
	}
	broken := fault.New(fault.Temporary, "", errors.New("500"))
	d, _ = world{tags: tags, since: seen(""), fault: broken, offer: Offer{Now: noon}}.decide(t, "semver:* minAge=1h", "web:1.0.0")
	if got := sketch(d); got != "unknown registry/unavailable" || verdictOf(d, "1.2.0") != ReasonAgeUnknown || !errors.Is(d.Err, broken) {
		t.Errorf("with a fault: got %s, %+v", got, d.Verdicts)
	}
	d, asked := world{tags: tags[:1]}.decide(t, "semver:* minAge=1h", "web:1.0.0")
	if got := sketch(d); got != "stays" || len(asked) != 1 {
		t.Errorf("nothing is better: got %s after %v, want stays after the list alone", got, asked)
	}
}

// A tag that is pushed again has its digest since then, whatever was known of it before.
func TestAgeOfPushedAgain(t *testing.T) {
	w := world{digests: map[string]string{"stable": shaB}, since: seen("stable=100h"), offer: Offer{Now: noon}}
	d, _ := w.decide(t, "digest:stable minAge=72h", "web:stable@"+shaA)
	if d.To.Digest != shaB {
		t.Errorf("an old push: got %s", sketch(d))
	}
	w.since = seen("stable=1h")
	d, _ = w.decide(t, "digest:stable minAge=72h", "web:stable@"+shaA)
	if got := sketch(d); got != "held age/too-young" {
		t.Errorf("a new push: got %s, want held age/too-young", got)
	}
}

func TestPlatforms(t *testing.T) {
	for _, tt := range []struct {
		wanted, has string
		ok          bool
	}{
		{"linux/amd64", "linux/amd64", true},
		{"linux/amd64", "linux/arm64", false},
		{"linux/amd64", "windows/amd64", false},
		{"linux/amd64", "", false},
		{"linux/amd64,linux/arm64", "linux/amd64", false},
		{"linux/amd64,linux/arm64", "linux/arm64 linux/s390x linux/amd64", true},
		{"linux/arm64", "linux/arm64/v8", true},
		{"linux/arm64/v8", "linux/arm64", true},
		{"linux/arm64/v8", "linux/arm64/v9", false},
		{"linux/arm64/v9", "linux/arm64", false},
		{"linux/arm", "linux/arm/v6", true},
		{"linux/arm/v6", "linux/arm/v6", true},
		{"linux/arm/v6", "linux/arm/v7", false},
		{"linux/arm/v7", "linux/arm/v6", false},
		{"linux/arm/v7", "linux/arm", true},
		{"linux/arm/v6", "linux/arm", false},
		{"linux/amd64/v1", "linux/amd64", true},
		{"linux/amd64/v3", "linux/amd64", false},
		{"linux/amd64", "linux/amd64/v3", true},
		{"linux/386", "linux/amd64", false},
		{"linux/ppc64le", "linux/ppc64le", true},
		{"linux/riscv64/x", "linux/riscv64", false},
		{"linux/amd64", "unknown/unknown", false},
	} {
		w := world{tags: []string{"1", "2"}, platforms: map[string][]string{"2": strings.Fields(tt.has)}}
		d, _ := w.decide(t, "like-current platforms="+tt.wanted, "web:1")
		want := "held platform/missing"
		if tt.ok {
			want = "-> 2"
		}
		if got := sketch(d); got != want {
			t.Errorf("wanted %s, there is %q: got %s, want %s", tt.wanted, tt.has, got, want)
		}
	}
}

func TestPlatformsOfTheNextBest(t *testing.T) {
	w := world{
		tags:      []string{"1.0.0", "1.1.0", "1.2.0", "1.3.0"},
		platforms: map[string][]string{"1.3.0": {"linux/amd64"}, "1.2.0": {"linux/amd64", "linux/arm64"}},
	}
	d, asked := w.decide(t, "semver:* platforms=linux/arm64", "web:1.0.0")
	if got := sketch(d); got != "-> 1.2.0" || verdictOf(d, "1.3.0") != ReasonPlatform || verdictOf(d, "1.1.0") != ReasonNotAsked {
		t.Errorf("got %s, %+v", got, d.Verdicts)
	}
	if len(asked) != 3 {
		t.Errorf("asked %v, want the list and the platforms of two tags", asked)
	}
	down := fault.New(fault.Temporary, "", errors.New("503"))
	d, _ = world{tags: w.tags, fault: down}.decide(t, "semver:* platforms=linux/arm64", "web:1.0.0")
	if got := sketch(d); got != "unknown registry/unavailable" || verdictOf(d, "1.3.0") != ReasonPlatformUnknown {
		t.Errorf("a best one that cannot be looked at: got %s, %+v", got, d.Verdicts)
	}
	delete(w.platforms, "1.3.0")
	d, _ = w.decide(t, "semver:* platforms=linux/arm64", "web:1.0.0")
	if got := sketch(d); got != "-> 1.2.0" || verdictOf(d, "1.3.0") != ReasonPlatformUnknown {
		t.Errorf("a best one that is listed and gone: got %s, %+v", got, d.Verdicts)
	}
	d, _ = world{tags: w.tags}.decide(t, "semver:* platforms=linux/arm64", "web:1.0.0")
	if got := sketch(d); got != "unknown registry/not-found" {
		t.Errorf("all that are better are gone: got %s, %+v", got, d.Verdicts)
	}
}

func TestFreeze(t *testing.T) {
	const friday = `freeze="0 16 * * 5 for 64h in Europe/Berlin"` // until Monday 08:00
	for _, tt := range []struct {
		name, options, now string
		frozen             bool
	}{
		{"before", friday, "2026-01-16T14:59:59Z", false},
		{"the first instant", friday, "2026-01-16T15:00:00Z", true},
		{"the last second", friday, "2026-01-19T06:59:59Z", true},
		{"the end", friday, "2026-01-19T07:00:00Z", false},
		{"in summer", friday, "2026-07-17T14:00:00Z", true},
		{"in summer, before", friday, "2026-07-17T13:59:59Z", false},
		{"over the change to summer time, 64 hours are 64 hours", friday, "2026-03-30T06:59:59Z", true},
		{"over the change to summer time, the end", friday, "2026-03-30T07:00:00Z", false},
		{"over the change to winter time", friday, "2026-10-26T05:59:59Z", true},
		{"over the change to winter time, the end", friday, "2026-10-26T06:00:00Z", false},
		{"an hour that comes twice: the first", `freeze="30 2 * * * for 15m in Europe/Berlin"`, "2026-10-25T00:40:00Z", true},
		{"an hour that comes twice: the second", `freeze="30 2 * * * for 15m in Europe/Berlin"`, "2026-10-25T01:40:00Z", true},
		// cron skips what the clock skips, so on that day the window does not begin at all.
		{"an hour that does not come", `freeze="30 2 * * * for 2h in Europe/Berlin"`, "2026-03-29T01:45:00Z", false},
		{"UTC unless given", `freeze="0 16 * * 5 for 1h"`, "2026-01-16T16:30:00Z", true},
		{"UTC unless given, Berlin's time is none", `freeze="0 16 * * 5 for 1h"`, "2026-01-16T15:30:00Z", false},
		{"one window after the other", `freeze="0 * * * * for 30m"`, "2026-01-16T15:29:59Z", true},
		{"between two windows", `freeze="0 * * * * for 30m"`, "2026-01-16T15:30:00Z", false},
		{"windows that overlap", `freeze="0 * * * * for 90m"`, "2026-01-16T15:59:59Z", true},
		{"the second of two", friday + ` freeze="0 0 24 12 * for 240h"`, "2026-12-28T00:00:00Z", true},
		{"neither of two", friday + ` freeze="0 0 24 12 * for 240h"`, "2026-12-23T00:00:00Z", false},
		{"a nickname of cron", `freeze="@daily for 1h"`, "2026-01-16T00:30:00Z", true},
		{"a year of minutes", `freeze="* * * * * for 8784h"`, "2026-01-16T00:30:30Z", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			d, _ := world{tags: []string{"1", "2"}, offer: Offer{Now: now}}.decide(t, "like-current "+tt.options, "web:1")
			want := "-> 2"
			if tt.frozen {
				want = "held freeze/active"
			}
			if got := sketch(d); got != want {
				t.Errorf("got %s (%s), want %s", got, d.Detail, want)
			}
		})
	}
}

// The end that is told is that of the last window that is open.
func TestFreezeEnds(t *testing.T) {
	for _, tt := range []struct{ now, until string }{
		{"2026-01-16T15:00:00Z", "frozen until 2026-01-16 17:30 CET"},
		{"2026-01-16T15:59:59Z", "frozen until 2026-01-16 17:30 CET"},
		{"2026-01-16T16:00:00Z", "frozen until 2026-01-16 18:30 CET"},
	} {
		now, _ := time.Parse(time.RFC3339, tt.now)
		d, _ := world{tags: []string{"1", "2"}, offer: Offer{Now: now}}.decide(t, `like-current freeze="0 * * * * for 90m in Europe/Berlin"`, "web:1")
		if d.Detail != tt.until {
			t.Errorf("at %s: got %q, want %q", tt.now, d.Detail, tt.until)
		}
	}
}

func TestFrozenAsksNothing(t *testing.T) {
	_, asked := world{tags: []string{"1", "2"}, offer: Offer{Now: noon}}.decide(t, `like-current freeze="0 * * * * for 90m" minAge=1h platforms=linux/amd64 pin=digest`, "web:1")
	if len(asked) != 1 {
		t.Errorf("asked %v, want the list alone", asked)
	}
}

func TestFollow(t *testing.T) {
	running := func(pairs string) (out []Running) {
		for pair := range strings.FieldsSeq(pairs) {
			tag, age, known := strings.Cut(pair, "=")
			r := Running{Version: Version{Tag: tag}, Place: "dev/web.yaml:7"}
			if known {
				r.Since = ago(age)
			}
			out = append(out, r)
		}
		return out
	}
	for _, tt := range []struct{ name, follow, running, want string }{
		{"nobody runs anything", "dev/**", "", "held follow/not-running"},
		{"nobody runs the best", "dev/**", "1.1.0", "-> 1.1.0"},
		{"nobody runs anything better", "dev/**", "1.0.0", "held follow/not-running"},
		{"one of several runs it", "dev/**", "1.0.0 1.2.0", "-> 1.2.0"},
		{"long enough", "dev/** for 24h", "1.2.0=24h", "-> 1.2.0"},
		{"not long enough", "dev/** for 24h", "1.2.0=23h59m59s", "held follow/too-young"},
		{"not long enough, but another is", "dev/** for 24h", "1.2.0=1h 1.2.0=30h", "-> 1.2.0"},
		{"the next best, long enough", "dev/** for 24h", "1.2.0=1h 1.1.0=30h", "-> 1.1.0"},
		{"nobody knows how long", "dev/** for 24h", "1.2.0", "held follow/no-history"},
		{"no matter how long", "dev/**", "1.2.0", "-> 1.2.0"},
		{"one is young and of the other nobody knows", "dev/** for 24h", "1.2.0 1.2.0=1h", "held follow/too-young"},
		{"the other way round", "dev/** for 24h", "1.2.0=1h 1.2.0", "held follow/too-young"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := world{tags: []string{"1.0.0", "1.1.0", "1.2.0"}, offer: Offer{Now: noon, Running: running(tt.running)}}
			d, _ := w.decide(t, fmt.Sprintf("semver:* follow=%q", tt.follow), "web:1.0.0")
			if got := sketch(d); got != tt.want {
				t.Errorf("got %s (%s), want %s", got, d.Detail, tt.want)
			}
			if nobody := "no file that dev/** matches names this image"; (d.Detail == nobody) != (tt.running == "") {
				t.Errorf("got %q of %q", d.Detail, tt.running)
			}
		})
	}
}

// What a digest policy follows is the digest, whatever the tag is called there.
func TestFollowOfDigests(t *testing.T) {
	for _, tt := range []struct {
		name    string
		running Version
		want    string
	}{
		{"runs it", Version{"stable", shaB}, "-> " + Version{"stable", shaB}.String()},
		{"runs it by digest alone", Version{"", shaB}, "-> " + Version{"stable", shaB}.String()},
		{"runs another one", Version{"stable", shaA}, "held follow/not-running"},
		{"nobody knows which", Version{"stable", ""}, "held follow/not-running"},
	} {
		w := world{digests: map[string]string{"stable": shaB}, offer: Offer{Running: []Running{{Version: tt.running}}}}
		d, _ := w.decide(t, "digest:stable follow=dev/**", "web:stable@"+shaA)
		if got := sketch(d); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestFollows(t *testing.T) {
	for expr, want := range map[string]Follow{
		"semver:*":                               {},
		`semver:* follow="dev/** for 24h"`:       {Path: "dev/**", For: Duration(24 * time.Hour)},
		"digest:stable follow=dev/**":            {Path: "dev/**"},
		"like-current follow=a{b,c}/[d-f]?.yaml": {Path: "a{b,c}/[d-f]?.yaml"},
	} {
		if f, ok := mustCompile(t, expr).(Follower); !ok || f.Follows() != want {
			t.Errorf("%s: got %v", expr, f)
		}
	}
}

// What changes beside the tag is held back like a new tag.
func TestGatesOfWhatStays(t *testing.T) {
	const always = `freeze="0 * * * * for 2h"`
	for _, tt := range []struct{ name, options, current, want string }{
		{"a moved tag", "moved=follow", "web:1@" + shaA, "-> 1@" + shaB[:19]},
		{"a moved tag in a freeze", "moved=follow " + always, "web:1@" + shaA, "held freeze/active"},
		{"a moved tag too young", "moved=follow minAge=3h", "web:1@" + shaA, "held age/too-young"},
		{"a moved tag old enough", "moved=follow minAge=2h", "web:1@" + shaA, "-> 1@" + shaB[:19]},
		{"a moved tag that settles", "moved=follow settle=3h", "web:1@" + shaA, "held settle/waiting"},
		{"a moved tag that lost a platform", "moved=follow platforms=linux/arm64", "web:1@" + shaA, "held platform/missing"},
		{"a moved tag that nobody runs", "moved=follow follow=dev/**", "web:1@" + shaA, "held follow/not-running"},
		{"a digest is added", "pin=digest", "web:1", "-> 1@" + shaB[:19]},
		{"a digest is added in a freeze", "pin=digest " + always, "web:1", "held freeze/active"},
		{"a digest is added too young", "pin=digest minAge=3h", "web:1", "held age/too-young"},
		{"a digest is added to what runs", "pin=digest follow=dev/**", "web:1", "-> 1@" + shaB[:19]},
		{"a digest is dropped", "pin=tag", "web:1@" + shaA, "-> 1"},
		{"a digest is dropped in a freeze", "pin=tag " + always, "web:1@" + shaA, "held freeze/active"},
		{"nothing changes in a freeze", always, "web:1@" + shaA, "stays"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := world{
				tags: []string{"1"}, digests: map[string]string{"1": shaB}, since: seen("1=2h"), platforms: map[string][]string{"1": {"linux/amd64"}},
				offer: Offer{Now: noon, Running: []Running{{Version: Version{Tag: "1"}}}},
			}
			d, _ := w.decide(t, "like-current "+tt.options, tt.current)
			if got := sketch(d); got != tt.want {
				t.Errorf("got %s (%s), want %s", got, d.Detail, tt.want)
			}
			if d.Outcome == OutcomeHeld && verdictOf(d, "1") != d.Reason {
				t.Errorf("the verdict on the tag is %s, the decision %s", verdictOf(d, "1"), d.Reason)
			}
		})
	}
}

// asks returns what was asked after the list, as `fact tag`.
func asks(needs []Need) (out []string) {
	for _, n := range needs {
		if n.Fact != FactTags {
			out = append(out, strings.TrimSpace(string(n.Fact)+" "+n.Tag))
		}
	}
	return out
}

// What costs requests is asked about the best tag first, and about the next one only when that one does not pass.
func TestLaziness(t *testing.T) {
	for _, tt := range []struct{ name, options, since, has, want string }{
		{"nothing is needed", "", "", "", ""},
		{"the best passes", "minAge=1h", "1.3.0=2h", "", "since 1.3.0"},
		{"the third passes", "minAge=1h", "1.3.0=1m 1.2.0=1m 1.1.0=2h", "", "since 1.3.0, since 1.2.0, since 1.1.0"},
		{"age comes before platforms", "minAge=1h platforms=linux/amd64", "1.3.0=1m 1.2.0=2h", "1.2.0", "since 1.3.0, since 1.2.0, platforms 1.2.0"},
		{"the digest comes last, of the pick alone", "minAge=1h pin=digest", "1.3.0=1m 1.2.0=2h", "", "since 1.3.0, since 1.2.0, digest 1.2.0"},
		{"nothing passes, and the one in use is not asked about", "minAge=1h", "1.3.0=1m 1.2.0=1m 1.1.0=1m", "", "since 1.3.0, since 1.2.0, since 1.1.0"},
		{"what is denied is not asked about", "minAge=1h deny=1.3", "1.2.0=2h", "", "since 1.2.0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := world{
				tags: []string{"1.0.0", "1.1.0", "1.2.0", "1.3.0", "0.9.0"}, since: seen(tt.since), platforms: map[string][]string{},
				digests: map[string]string{"1.2.0": shaA}, offer: Offer{Now: noon},
			}
			for tag := range strings.FieldsSeq(tt.has) {
				w.platforms[tag] = []string{"linux/amd64"}
			}
			_, asked := w.decide(t, "semver:* "+tt.options, "web:1.0.0")
			if got := strings.Join(asks(asked), ", "); got != tt.want {
				t.Errorf("asked %s, want %s", got, tt.want)
			}
		})
	}
}

// Where nobody remembers anything each of thousands may have to be asked about: that must not take a round for each.
func TestManyRefusedTakeFewRounds(t *testing.T) {
	offer := Offer{Listed: true, Complete: true, Now: noon, Since: map[string]Time{}}
	for i := range 1500 {
		offer.Tags = append(offer.Tags, fmt.Sprintf("1.0.%d", i))
	}
	p := mustCompile(t, "semver:* minAge=1h")
	for rounds := 1; rounds <= 40; rounds++ {
		d, needs := p.Decide(Image{Name: "web", Tag: "1.0.0"}, offer)
		if len(needs) == 0 {
			if got := sketch(d); got != "held age/no-memory" {
				t.Errorf("got %s, want held age/no-memory", got)
			}
			return
		}
		for _, n := range needs {
			offer.Since[n.Tag] = Time{Err: ErrNoMemory}
		}
	}
	t.Errorf("not decided after 40 rounds, with %d of 1500 asked about", len(offer.Since))
}

func TestAllAsksAboutAll(t *testing.T) {
	w := world{
		tags: []string{"1.0.0", "1.1.0", "1.2.0", "1.3.0", "0.9.0"}, since: seen("1.3.0=1m 1.2.0=2h 1.1.0=1m"),
		offer: Offer{Now: noon, All: true},
	}
	d, asked := w.decide(t, "semver:* minAge=1h", "web:1.0.0")
	if got := sketch(d); got != "-> 1.2.0" {
		t.Errorf("got %s, want -> 1.2.0 as without All", got)
	}
	got := asks(asked)
	if slices.Sort(got); !slices.Equal(got, []string{"since 1.1.0", "since 1.2.0", "since 1.3.0"}) {
		t.Errorf("asked %v, want all that is better than the one in use", got)
	}
	for tag, want := range map[string]Reason{"1.3.0": ReasonTooYoung, "1.2.0": ReasonPicked, "1.1.0": ReasonTooYoung, "1.0.0": ReasonLower} {
		if got := verdictOf(d, tag); got != want {
			t.Errorf("%s: got %s, want %s", tag, got, want)
		}
	}
}
