package policy

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// noon is the time at which tests decide.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// nasty makes tags of every form that the grammar knows, and some of none.
type nasty struct{ *rand.Rand }

func newNasty(seed uint64) nasty { return nasty{rand.New(rand.NewPCG(seed, 42))} }

func (r nasty) one(words ...string) string { return words[r.IntN(len(words))] }

func (r nasty) number() string {
	switch r.IntN(12) {
	case 0:
		return "0" + fmt.Sprint(r.IntN(12))
	case 1:
		return r.one("18446744073709551616", "9007199254740993", "9007199254740992", "00", "2024")
	default:
		return fmt.Sprint(r.IntN(12))
	}
}

func (r nasty) version() string {
	parts := []string{r.number()}
	for n := r.IntN(8); len(parts) < 4 && len(parts) <= n; {
		parts = append(parts, r.number())
	}
	return strings.Join(parts, ".")
}

func (r nasty) day() string {
	y, m, d := 2023+r.IntN(3), 1+r.IntN(12), 1+r.IntN(28)
	return fmt.Sprintf(r.one("%d%02d%02d", "%d-%02d-%02d", "%d_%02d_%02d", "%d%02d%02d.1", "%d%02d%02d1030", "%d%02d%02dT103000Z"), y, m, d)
}

func (r nasty) hash() string { return fmt.Sprintf("%07x", r.IntN(0xfffffff)) }

func (r nasty) moment() string { return fmt.Sprint(1_700_000_000 + r.IntN(9)) }

func (r nasty) tag() string {
	switch r.IntN(12) {
	case 0:
		return r.one("latest", "stable", "alpine", "edge-alpine", "v", "main", "_", "sha256-"+shaA[7:]+".sig", "bad tag", r.hash())
	case 1:
		return r.one("", "jammy-", "img_", "RELEASE.") + r.day() + r.one("", "", "-slim", "-rc.1")
	case 2:
		return r.one("main-", "dev-", "") + r.hash() + "-" + r.moment()
	case 3:
		b := make([]byte, 1+r.IntN(8))
		for i := range b {
			b[i] = "0129.-_vabrcT"[r.IntN(13)]
		}
		return string(b)
	}
	return r.one("", "", "", "v", "release-", "jdk-") + r.version() +
		r.one("", "", "", "-rc.1", "-rc.2", "-rc10", "rc9", "b9", "-alpha", ".dev3", "-beta.2", "-pre", "m1") +
		r.one("", "", "", "-alpine", "-alpine3.17", "-alpine3.9", "-debian-11-r9", "-r10", "_12", "-ls99", "-eksbuild.2", "-jre-17", "-1", "-01",
			"-k3s1", "-"+r.day(), "-"+r.moment(), "-"+r.hash(), "-g"+r.hash())
}

// tags makes n tags in families, so that many of them are written alike.
func (r nasty) tags(n int) []string {
	out := make([]string, 0, n)
	for len(out) < n {
		out = append(out, r.tag())
		for range r.IntN(1 + n/3) {
			out = append(out, r.sibling(out[len(out)-1]))
		}
	}
	return out[:n]
}

// sibling returns a tag with some other digit.
func (r nasty) sibling(tag string) string {
	b := []byte(tag)
	for range 8 {
		if i := r.IntN(len(b)); isDigit(b[i]) {
			b[i] = byte('0' + r.IntN(10))
			break
		}
	}
	return string(b)
}

// answers is a world in which the answers about a tag follow from the tag.
func answers(tags []string) world {
	w := world{
		tags: tags, digests: map[string]string{}, since: map[string]time.Time{}, created: map[string]time.Time{},
		platforms: map[string][]string{}, offer: Offer{Now: noon},
	}
	for _, tag := range append([]string{"stable"}, tags...) {
		h := fnv.New32a()
		h.Write([]byte(tag))
		sum := h.Sum(nil)
		w.digests[tag] = fmt.Sprintf("sha256:%064x", sum)
		w.since[tag] = noon.Add(-time.Duration(sum[0]) * time.Hour)
		w.created[tag] = noon.Add(-time.Duration(sum[1]%16) * 24 * time.Hour)
		if sum[1]%16 == 7 {
			w.created[tag] = time.Unix(0, 0)
		}
		w.platforms[tag] = []string{"linux/amd64=" + tag, "linux/arm64/v8=" + tag}[:1+sum[2]%2]
		w.platforms[w.digests[tag]] = w.platforms[tag]
	}
	return w
}

// everything is the offer in which all is known, so that no policy needs to ask.
func (w world) everything(others ...string) Offer {
	offer := w.offer
	offer.Digests, offer.Since, offer.Created, offer.Platforms = map[string]Digest{}, map[string]Time{}, map[string]Time{}, map[string]Platforms{}
	w.answer(Need{Fact: FactTags}, &offer)
	for _, tag := range append(others, w.tags...) {
		for _, fact := range []Fact{FactDigest, FactSince, FactCreated, FactPlatforms} {
			w.answer(Need{Fact: fact, Tag: tag}, &offer)
		}
	}
	return offer
}

// orders are policies of every order, with all that the orders treat differently.
var orders = []string{
	"semver:*", "semver:>=1.0.0-0", `semver:">=1 <8" precision=any`, "semver:* variant=any prerelease=true", "semver:* variant=alpine precision=more",
	"calver:YYYY0M0D variant=any", "calver:YYYY-0M-0D", "calver:MAJOR.MINOR.MICRO prerelease=true", "calver:vMAJOR.MINOR variant=any",
	"numerical", "numerical:desc", `numerical allow=-(?P<t>\d+)$ extract=$t`, `numerical:desc allow=(\d+)\.(\d+) extract=$2.$1`,
	"alphabetical", "alphabetical:desc", `alphabetical allow=^(\w)\D*\d extract=$1`,
	"newest", "newest deny=^v", "digest:stable",
	"like-current", "like-current variant=any", "like-current variant=any precision=any", "like-current precision=more prerelease=rc,beta",
	"like-current variant=alpine", "like-current prerelease=true", `like-current allow=^\D*(\d.*)$ extract=$1`,
}

// options are what the gates and the filters around an order add.
var options = []string{
	"", "", "downgrade=true", "minAge=72h", "settle=24h", "platforms=linux/arm64", "platforms=linux/amd64,linux/arm64/v8 minAge=24h",
	"deny=9", "deny=^v deny=alpine", "pin=digest", "pin=tag", "moved=follow", "moved=hold pin=digest",
}

// expression returns a random policy that compiles.
func (r nasty) expression() string {
	for {
		expr := strings.TrimSpace(strings.Join([]string{r.one(orders...), r.one(options...), r.one(options...)}, " "))
		if spec, err := Parse(expr); err == nil {
			if strings.HasPrefix(expr, "semver") || strings.HasPrefix(expr, "like") {
				expr += r.one("", "", " jump=patch", " jump=minor", " within=<5")
			}
			if _, err := Compile(spec); err == nil {
				return expr
			}
		}
	}
}

// image returns a reference in one of the forms that are found, to one of some tags.
func (r nasty) image(tags []string) Image {
	img := Image{Name: "web"}
	for img.Tag == "" {
		if tag := tags[r.IntN(len(tags))]; validTag(tag) {
			img.Tag = tag
		}
	}
	switch r.IntN(6) {
	case 0:
		img.Digest = answers([]string{img.Tag}).digests[img.Tag]
	case 1:
		img.Digest = shaA
	case 2:
		if r.IntN(4) == 0 {
			img = Image{Name: "web", Digest: shaA}
		}
	}
	return img
}

// accepted returns the candidates of a policy beside the tag in use, best first; nothing when nobody can read that.
func accepted(t *testing.T, expr, current string, w world) (p *chooser, now *candidate, best []*candidate) {
	t.Helper()
	p, ok := mustCompile(t, expr).(*chooser)
	if !ok {
		return nil, nil, nil
	}
	offer := w.offer
	offer.Created = map[string]Time{}
	for tag, made := range w.created {
		offer.Created[tag] = Time{Value: made}
	}
	now = &candidate{tag: current, value: p.filter.value(current)}
	if now.value == "" || !p.order.readCurrent(now, offer) {
		if p.spec.LikeCurrent {
			return p, nil, nil
		}
		now = nil
	}
	tags := slices.Compact(slices.Sorted(slices.Values(w.tags)))
	best, _ = p.judge(tags, now, offer)
	return p, now, best
}
