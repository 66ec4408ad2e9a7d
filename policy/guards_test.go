package policy

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

func TestGuardsAreCutIn(t *testing.T) {
	no := false
	all := Guards{
		Deny: []string{"-debug$"}, Prerelease: &no, Jump: "minor", Platforms: []string{"linux/amd64"}, MinAge: Duration(24 * time.Hour),
		Settle: Duration(time.Minute), Downgrade: &no, Freeze: []Freeze{{Cron: "0 0 24 12 *", For: Duration(time.Hour)}},
	}
	for _, tt := range []struct{ expr, want string }{
		{"ignore", "ignore"},
		{"semver:^1", `semver:^1 deny=-debug$ prerelease=false jump=minor platforms=linux/amd64 minAge=24h settle=1m freeze="0 0 24 12 * for 1h"`},
		{"digest:stable", `digest:stable deny=-debug$ platforms=linux/amd64 minAge=24h settle=1m freeze="0 0 24 12 * for 1h"`},
		{
			"like-current prerelease=true jump=patch minAge=48h settle=1s downgrade=true platforms=linux/arm64,linux/amd64 deny=-debug$ deny=x",
			`like-current deny=-debug$ deny=x prerelease=false jump=patch platforms=linux/arm64,linux/amd64 minAge=48h settle=1m downgrade=false freeze="0 0 24 12 * for 1h"`,
		},
		{"calver:YYYY.0M jump=major", ""},
		{"numerical", `numerical:asc deny=-debug$ platforms=linux/amd64 minAge=24h settle=1m freeze="0 0 24 12 * for 1h"`},
	} {
		spec, err := Parse(tt.expr)
		if err != nil {
			t.Fatal(err)
		}
		if got := all.Cut(spec); tt.want != "" && got.String() != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.expr, got, tt.want)
		}
	}
}

func TestGuardsCheck(t *testing.T) {
	yes, no := true, false
	for _, tt := range []struct {
		guards Guards
		field  string
	}{
		{Guards{Downgrade: &yes}, "downgrade"},
		{Guards{Prerelease: &yes}, "prerelease"},
		{Guards{Deny: []string{"("}}, "tags.deny[0]"},
		{Guards{Jump: "big"}, "jump"},
		{Guards{Platforms: []string{"amd64"}}, "platforms[0]"},
		{Guards{Freeze: []Freeze{{Cron: "x", For: 1}}}, "freeze[0].cron"},
	} {
		var e *SpecError
		if err := tt.guards.Check(); !errors.As(err, &e) || e.Field != tt.field || e.Hint() == "" {
			t.Errorf("%+v: got %v, want a *SpecError in %s", tt.guards, err, tt.field)
		}
	}
	for _, g := range []Guards{{}, {Downgrade: &no, Prerelease: &no, Jump: "patch", MinAge: 1, Settle: 1, Deny: []string{"x"}, Platforms: []string{"linux/amd64"}}} {
		if err := g.Check(); err != nil {
			t.Errorf("%+v: %v", g, err)
		}
	}
}

// guards makes random guards.
func (r nasty) guards() Guards {
	var g Guards
	no := false
	for _, set := range []func(){
		func() { g.Deny = []string{r.one("9", "^v", "alpine", "[3-7]$")} },
		func() { g.Prerelease = &no },
		func() { g.Jump = r.one("patch", "minor") },
		func() { g.Platforms = []string{r.one("linux/arm64", "linux/amd64")} },
		func() { g.MinAge = Duration(time.Duration(r.IntN(200)) * time.Hour) },
		func() { g.Settle = Duration(time.Duration(r.IntN(200)) * time.Hour) },
		func() { g.Downgrade = &no },
		func() { g.Freeze = []Freeze{{Cron: r.one("0 0 * * *", "0 13 * * *"), For: Duration(13 * time.Hour)}} },
	} {
		if r.IntN(3) == 0 {
			set()
		}
	}
	return g
}

// No policy that has guards picks what they forbid, and to cut them in twice changes nothing.
func TestGuardsHold(t *testing.T) {
	t.Parallel()
	updates := 0
	for seed := range uint64(400) {
		r := newNasty(seed)
		w := answers(r.tags(30))
		w.platforms[shaA] = []string{"linux/amd64=old"}
		spec, err := Parse(r.expression())
		if err != nil {
			t.Fatal(err)
		}
		g := r.guards()
		if err := g.Check(); err != nil {
			t.Fatalf("%+v: %v", g, err)
		}
		cut := g.Cut(spec)
		if again := g.Cut(cut); !reflect.DeepEqual(again, cut) {
			t.Fatalf("%s is %s, and cut again %s", spec, cut, again)
		}
		p, err := Compile(cut)
		if err != nil {
			t.Fatalf("%s with %+v: %v", spec, g, err)
		}
		current := r.image(w.tags)
		d, _ := w.ask(t, p, current)
		if d.Outcome != OutcomeUpdate {
			continue
		}
		updates++
		checkGuards(t, g, spec, current, pickedTag(t, d), w)
	}
	if updates < 25 {
		t.Errorf("only %d updates: nothing was checked", updates)
	}
}

// checkGuards checks a pick against guards with code of its own.
func checkGuards(t *testing.T, g Guards, spec Spec, current Image, picked string, w world) {
	t.Helper()
	fail := func(rule string) {
		t.Helper()
		t.Fatalf("%s with %+v goes from %s to %s, against the guard %s", spec, g, current, picked, rule)
	}
	checkGates(Spec{MinAge: g.MinAge, Settle: g.Settle, Platforms: g.Platforms}, picked, w, fail)
	if picked != current.Tag && !admitted(Spec{Tags: TagFilter{Deny: g.Deny}}, picked) {
		fail("deny")
	}
	if len(g.Freeze) > 0 && g.Freeze[0].Cron == "0 0 * * *" { // until 13:00, and it is noon
		fail("freeze")
	}
	is, was := plainVersion(picked), plainVersion(current.Tag)
	if spec.Semver == "" || is == nil || was == nil || len(was.parts) < 2 || len(spec.Tags.Allow) > 0 {
		return
	}
	if g.Jump != "" && is.part(0).Cmp(was.part(0)) != 0 || g.Jump == "patch" && is.part(1).Cmp(was.part(1)) != 0 {
		fail("jump")
	}
	if g.Downgrade != nil && is.release().cmp(was.release()) < 0 {
		fail("downgrade")
	}
	if g.Prerelease != nil && picked != current.Tag && plainPre.MatchString(is.pre) && spec.Variant == "" {
		fail("prerelease")
	}
}
