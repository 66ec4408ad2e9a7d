package policy

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// choice is one line of a table: what is chosen among some tags.
type choice struct {
	name, expr, current, tags string
	// want is `-> VERSION`, `stays`, or an outcome and a reason.
	want string
}

// sketch writes what a decision comes to in the notation of choice.
func sketch(d Decision) string {
	switch {
	case d.Outcome == OutcomeUpdate:
		return "-> " + d.To.String()
	case d.Outcome == OutcomeCurrent && d.Reason == ReasonCurrent && d.To == d.From:
		return "stays"
	default:
		return strings.TrimSpace(string(d.Outcome) + " " + string(d.Reason) + " " + d.To.String())
	}
}

// run decides every line with the tag in use among the tags, in the order in which they are given and backwards.
func run(t *testing.T, choices []choice) {
	t.Helper()
	for _, c := range choices {
		t.Run(c.name, func(t *testing.T) {
			img, err := ParseImage("web:" + c.current)
			if err != nil {
				t.Fatal(err)
			}
			tags := append([]string{img.Tag}, strings.Fields(c.tags)...)
			for range 2 {
				d, _ := world{tags: tags}.decide(t, c.expr, img.String())
				if got := sketch(d); got != c.want {
					t.Errorf("%s at %s with %s: got %s (%s), want %s\n%+v", c.expr, c.current, c.tags, got, d.Detail, c.want, d.Verdicts)
				}
				slices.Reverse(tags)
			}
		})
	}
}

// Each line is a place where a library for versions, used as it is, takes a wrong tag.
func TestHazardsOfVersionLibraries(t *testing.T) {
	run(t, []choice{
		{"a commit of digits is no version", "semver:*", "1.0.0", "1234567", "stays"},
		{"a day is no version", "semver:*", "1.0.0", "20240115", "stays"},
		{"a number with a zero is no version", "semver:*", "1.0.0", "012", "stays"},
		{"a day in use says nothing of versions", "semver:*", "20240115", "20240116 1.0.0", "held current/unreadable"},
		{"fewer parts only when asked for", "semver:* precision=2", "1.24", "1.25 1.25.1 20240115", "-> 1.25"},
		{"any number of parts when asked for", "semver:* precision=any", "1.24.0", "1.25 v1.26", "-> 1.25"},
		{"a day with dashes is no pre-release of 2024", "semver:*", "1.0.0", "2024-01-15", "stays"},
		{"nor with any precision", "semver:* precision=any prerelease=true", "1.0.0", "2024-01-15", "stays"},
		{"a day with dashes by its layout", "calver:YYYY-0M-0D", "2024-01-15", "2024-02-01 2023-12-31 2024-13-01", "-> 2024-02-01"},
		{"a leading zero is written back: date", "semver:*", "2023.12.01", "2024.01.15", "-> 2024.01.15"},
		{"a leading zero is written back: month", "calver:YY.0M", "22.04", "24.04 23.10", "-> 24.04"},
		{"a leading zero is written back: patch", "semver:^1", "1.2.02", "1.2.03", "-> 1.2.03"},
		{"four parts are no semantic version", "semver:*", "1.2.3", "1.2.3.4", "stays"},
		{"four parts compare by like-current", "like-current", "1.2.3.4", "1.2.3.5 1.2.3.10 1.2.3.9", "-> 1.2.3.10"},
		{"a big V is no v", "semver:*", "1.2.3", "V1.2.4", "stays"},
		{"a word before the version is none", "semver:*", "1.2.3", "release-1.2.4", "stays"},
		{"a word before the version is extracted", "semver:* allow=^release-(?P<v>.+)$ extract=$v", "release-1.2.3", "release-1.2.4 1.9.0", "-> release-1.2.4"},
		{"an x is no number", "semver:*", "1.2.3", "1.3.x", "stays"},
		{"an underscore is no plus", "semver:*", "1.2.3", "1.2.4_x", "stays"},
		// The number right after a version counts builds of it (22.0.5-1), so it is no pre-release, but it is a number of any length.
		{"a suffix longer than a machine word", "semver:*", "1.2.3-9", "1.2.3-99999999999999999999 1.2.3-10", "-> 1.2.3-99999999999999999999"},
		{"a part longer than a machine word", "semver:*", "1.0.0", "18446744073709551616.0.0", "stays"},
		{"the part is just as long as a machine word", "semver:*", "1.0.0", "18446744073709551615.0.0", "stays"},
		{"rc.10 is above rc.2", "semver:>=1.0.0-0", "1.0.0-rc.2", "1.0.0-rc.10", "-> 1.0.0-rc.10"},
		{"rc10 is above rc9", "semver:>=1.0.0-0", "1.0.0-rc9", "1.0.0-rc10 1.0.0-rc2", "-> 1.0.0-rc10"},
		{"rc9 is below rc10", "semver:>=1.0.0-0", "1.0.0-rc10", "1.0.0-rc9 1.0.0-rc2", "stays"},
		{"the variant's own version is kept", "semver:*", "1.2.3-alpine3.9", "1.2.3-alpine3.19 1.2.4-alpine3.19", "stays"},
		{"the variant's own version moves when told", "semver:* variant=alpine", "1.2.3-alpine3.9", "1.2.3-alpine3.19", "-> 1.2.3-alpine3.19"},
		{"a variant is no pre-release", "semver:^1", "1.2.2-alpine", "1.2.3-alpine 1.2.4", "-> 1.2.3-alpine"},
		{"a variant is not taken for the release", "semver:^1", "1.2.2", "1.2.3-alpine", "stays"},
		{"equal versions are no update: prefix", "semver:^1", "1.2.3", "v1.2.3", "stays"},
		{"equal versions are no update: parts", "semver:^1 precision=any", "1.2.0", "1.2", "stays"},
		{"a plus is in no tag", "semver:^1", "1.2.3", "1.2.4+x", "stays"},
		{"a pre-release is in no plain range", "semver:>=1.0.0", "1.0.0", "1.2.3-rc.1", "stays"},
		{"a pre-release is in a range that names one", "semver:>=1.0.0-0", "1.0.0", "1.2.3-rc.1", "-> 1.2.3-rc.1"},
		{"no range at all means no pre-releases", "semver:*", "1.0.0", "1.2.3-rc.1", "stays"},
		{"never down", "semver:^1", "2.0.0", "1.9.0", "held downgrade/held"},
		{"down when told", "semver:^1 downgrade=true", "2.0.0", "1.9.0", "-> 1.9.0"},
		{"latest is no version: semver", "semver:*", "latest", "1.0.0", "held current/unreadable"},
		{"latest is no version: like-current", "like-current", "latest", "1.0.0", "held current/unreadable"},
		{"latest is never offered", "like-current", "1.0.0", "latest", "stays"},
		{"days with words, as numbers of one width", `numerical allow=^(?P<d>\d{8})-[a-z]+$ extract=$d`, "20240115-abc", "20240201-xyz 202403-abc 2024030100-abc", "-> 20240201-xyz"},
		// Numbers are numbers, whatever their width: a day of six digits is not refused, it is low. The layout refuses it.
		{"days of another width are low", `numerical allow=^(?P<d>\d+)-[a-z]+$ extract=$d`, "20240115-abc", "240301-abc", "stays"},
		{"days of another width do not have the layout", "calver:YYYY0M0D variant=any", "20240115-abc", "240301-abc 2024030100-abc 20240201-xyz", "-> 20240201-xyz"},
		{"a hash is no order, the time is", `numerical allow=^main-[0-9a-f]+-(?P<t>\d+)$ extract=$t`, "main-fff123-1700000000", "main-abc123-1700000001 main-fff999-1600000000", "-> main-abc123-1700000001"},
	})
}

func TestHazardRefusalsHaveReasons(t *testing.T) {
	tags := []string{
		"1.0.0", "1234567", "012", "2024-01-15", "1.2.3.4", "V1.2.3", "release-1.2.3", "1.2.x", "1.2.3_x", "18446744073709551616.0.0",
		"1.2.3+x", "1.2.3-rc.1", "1.2.3-alpine", "v1.2.3", "1.2.3-99999999999999999999",
	}
	d, _ := world{tags: tags}.decide(t, "semver:*", "web:1.0.0")
	for tag, want := range map[string]Reason{
		"1234567": ReasonNotVersion, "012": ReasonNotVersion, "2024-01-15": ReasonNotVersion, "1.2.3.4": ReasonNotVersion,
		"V1.2.3": ReasonNotVersion, "release-1.2.3": ReasonNotVersion, "1.2.x": ReasonNotVersion, "1.2.3_x": ReasonNotVersion,
		"18446744073709551616.0.0": ReasonNotVersion, "1.2.3+x": ReasonMalformed, "1.2.3-rc.1": ReasonPrerelease,
		"1.2.3-alpine": ReasonVariant, "v1.2.3": ReasonPrefix, "1.2.3-99999999999999999999": ReasonVariant,
	} {
		if got := verdictOf(d, tag); got != want {
			t.Errorf("%s: got %s, want %s", tag, got, want)
		}
	}
}

// Tags that compare equal must not be chosen by the place that they have in the list.
func TestHazardEqualVersionsInAnyOrder(t *testing.T) {
	t.Parallel()
	tags := []string{"1.2.3", "v1.2.3", "1.2.03", "1.2", "1.2.0", "1.2.3+x"}
	for _, c := range []struct{ expr, current, want string }{
		{"semver:* precision=any", "1.2.0", "-> 1.2.3"},
		{"semver:* precision=any", "1.2", "-> 1.2.3"},
		{"semver:* precision=any", "v1.2.3", "stays"},
		{"semver:* precision=any", "1.2.03", "stays"},
		{"like-current", "1.2.0", "-> 1.2.3"},
		{"like-current precision=more", "1.2", "-> 1.2.3"},
	} {
		p, current := mustCompile(t, c.expr), Image{Name: "web", Tag: c.current}
		permute(tags, len(tags), func() {
			d, _ := p.Decide(current, Offer{Listed: true, Tags: tags})
			if got := sketch(d); got != c.want {
				t.Fatalf("%s at %s with %v: got %s, want %s", c.expr, c.current, tags, got, c.want)
			}
		})
	}
}

// permute calls f with the first n elements in every order.
func permute(s []string, n int, f func()) {
	if n <= 1 {
		f()
		return
	}
	for i := range n {
		s[i], s[n-1] = s[n-1], s[i]
		permute(s, n-1, f)
		s[i], s[n-1] = s[n-1], s[i]
	}
}

func TestHazardEmptyRange(t *testing.T) {
	for _, text := range []string{" ", "\t", ">2 <1", "^1 ^2", "<0.0.0-0"} {
		var e *SpecError
		if _, err := Compile(Spec{Semver: text}); !errors.As(err, &e) || e.Field != "semver" || e.Hint() == "" {
			t.Errorf("the range %q: %v, want a *SpecError in semver with a hint", text, err)
		}
	}
	var e *ExprError
	if _, err := Parse(`semver:""`); !errors.As(err, &e) || !strings.Contains(e.Hint(), "semver:*") {
		t.Errorf("the empty range: %v, want an error whose hint names semver:*", err)
	}
	mustCompile(t, "semver:*")
}

func TestHazardCurrentTagIsGone(t *testing.T) {
	for _, expr := range []string{"semver:^1", "like-current", `numerical allow=^1\.(?P<n>\d+) extract=$n`, "alphabetical", "calver:MAJOR.MINOR.MICRO"} {
		d, _ := world{tags: []string{"1.4.0", "1.5.0"}}.decide(t, expr, "web:1.3.0")
		if got := sketch(d); got != "unknown tags/current-missing" || d.Err == nil || d.Hint == "" {
			t.Errorf("%s: got %s, err %v, hint %q; want unknown, with an error and a hint", expr, got, d.Err, d.Hint)
		}
		// A list that shrank is the scanner's to notice. Here it shows as a list that lacks the tag in use, unless the list is known to be exact.
		d, _ = world{tags: []string{"1.4.0", "1.5.0"}, offer: Offer{Complete: true}}.decide(t, expr, "web:1.3.0")
		if got := sketch(d); got != "-> 1.5.0" {
			t.Errorf("%s with an exact list: got %s, want -> 1.5.0", expr, got)
		}
	}
}

func TestHazardMovedTag(t *testing.T) {
	for _, tt := range []struct{ option, want string }{
		{"", "stays"},
		{" moved=ignore", "stays"},
		{" moved=hold", "held digest/moved"},
		{" moved=follow", "-> " + Version{"1.0.0", shaB}.String()},
	} {
		w := world{tags: []string{"1.0.0"}, digests: map[string]string{"1.0.0": shaB}}
		d, _ := w.decide(t, "semver:^1"+tt.option, "web:1.0.0@"+shaA)
		if got := sketch(d); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.option, got, tt.want)
		}
	}
}

func TestHazardLatestByDigest(t *testing.T) {
	d, _ := world{digests: map[string]string{"latest": shaB}}.decide(t, "digest:latest", "web:latest@"+shaA)
	if want := (Version{"latest", shaB}); d.Outcome != OutcomeUpdate || d.To != want {
		t.Errorf("got %s, want -> %s", sketch(d), want)
	}
}

// Each line is a pick that a bot of wide use gets wrong, or that its authors wrote a workaround for.
func TestHazardsOfTagHeuristics(t *testing.T) {
	run(t, []choice{
		{"a candidate is offered its release", "like-current", "1.0.0-rc.1", "1.0.0 1.1.0-rc.1", "-> 1.0.0"},
		{"a candidate is offered later releases", "like-current", "2.0.0-rc1", "2.0.0 2.0.1", "-> 2.0.1"},
		{"b10 is above b9", "like-current", "3.11.0b9", "3.11.0b10", "-> 3.11.0b10"},
		{"b9 is below b10", "like-current", "3.11.0b10", "3.11.0b9", "stays"},
		{"the v is part of the form", "like-current", "1.0.0", "v1.3.0 1.2.0", "-> 1.2.0"},
		{"days have no largest step", "like-current", "20230101", "20230315 20240102", "-> 20240102"},
		{"builds have no largest step", "like-current", "101", "110 999 1001", "-> 1001"},
		{"the system's version is a choice: kept", "like-current", "18.16.0-alpine3.17", "18.17.0-alpine3.18 18.16.1-alpine3.17", "-> 18.16.1-alpine3.17"},
		{"the system's version is a choice: named", "like-current variant=alpine", "18.16.0-alpine3.17", "18.17.0-alpine3.18 18.18.0-bullseye", "-> 18.17.0-alpine3.18"},
		{"the system's version is a choice: any", "like-current variant=any", "18.16.0-alpine3.17", "18.17.0-alpine3.18 18.18.0-bullseye", "-> 18.18.0-bullseye"},
		{"a revision behind a system", "like-current", "15.2.0-debian-11-r9", "15.3.0-debian-11-r2 15.2.0-debian-11-r10", "-> 15.3.0-debian-11-r2"},
		{"r10 is above r9", "like-current", "15.2.0-debian-11-r9", "15.2.0-debian-11-r10 15.2.0-debian-11-r2", "-> 15.2.0-debian-11-r10"},
		{"ls102 is above ls100", "like-current", "1.32.0-ls100", "1.32.1-ls102 1.32.0-ls99", "-> 1.32.1-ls102"},
		{"ls100 is above ls99", "like-current", "1.32.0-ls99", "1.32.0-ls100", "-> 1.32.0-ls100"},
		{"a build of a distribution of Kubernetes", "like-current", "v1.27.3-eksbuild.2", "v1.28.1-eksbuild.1 v1.27.3-eksbuild.10", "-> v1.28.1-eksbuild.1"},
		{"a build after an underscore", "like-current", "17.0.1_12-jre-alpine", "17.0.10_7-jre-alpine 17.0.2_8-jdk-alpine 17.0.9_9-jre", "-> 17.0.10_7-jre-alpine"},
		{"a time behind a hash", "like-current", "main-1a2b3c4-1700000000", "main-0a2b3c4-1700000001 main-fa2b3c4-1600000000 dev-1a2b3c4-1800000000", "-> main-0a2b3c4-1700000001"},
		{
			"a moment behind a word", "like-current", "RELEASE.2023-11-01T18-37-25Z",
			"RELEASE.2023-11-15T20-43-25Z RELEASE.2023-11-01T01-57-10Z RELEASE.2024-01-01T00-00-00Z.fips",
			"-> RELEASE.2023-11-15T20-43-25Z",
		},
		{"a day behind a name", "like-current", "jammy-20230624", "jammy-20230804 lunar-20230905 jammy", "-> jammy-20230804"},
		{"a name before the version", "like-current", "postgresql-v1.37.0", "postgresql-v1.38.0 sqlite-v1.39.0 v1.40.0", "-> postgresql-v1.38.0"},
		{"a commit is no version", "like-current", "1a2b3c4", "2b3c4d5 1.0.0 fffffff", "held current/unreadable"},
		{"a long commit is no version", "like-current", "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", "fa2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", "held current/unreadable"},
		{"a day with dashes is a day", "like-current", "2024-01-01", "2024-01-15 2023-12-31 2024", "-> 2024-01-15"},
		{"numbers above 2^53 are exact", "like-current", "9007199254740992", "9007199254740993", "-> 9007199254740993"},
		{"and so as numbers", "numerical", "9007199254740992", "9007199254740993", "-> 9007199254740993"},
		{"a number is no day", "like-current", "3", "20240202 4", "-> 4"},
		{"four parts", "like-current", "1.2.3.4", "1.2.3.10 1.3", "-> 1.2.3.10"},
		{"the dot of a suffix is a dot", "like-current", "1.2.3-foo.bar", "1.2.4-fooxbar", "stays"},
		{"commits among versions", "like-current", "1.0.0", "a1b2c3d deadbee 1234567", "stays"},
		{"fewer parts are above, so they are not offered", "like-current", "2.1.1", "2.1 2", "stays"},
		{"more parts when told", "like-current precision=more", "2.1", "2.1.1 2.2.5 3", "-> 2.2.5"},
		{"pre-releases only of the version in use", "like-current", "1.0.0-rc.1", "1.0.0-rc.2 1.1.0-rc.9", "-> 1.0.0-rc.2"},
		{"releases of Java with long support", "like-current allow=^(8|11|17|21|25)[.-]", "17.0.9-jdk", "21.0.1-jdk 22.0.1-jdk", "-> 21.0.1-jdk"},
		{"even releases of Node.js", `like-current allow=^(18|20|22)\.`, "18.19.0", "20.10.0 21.5.0", "-> 20.10.0"},
		{"security releases of Grafana", "like-current", "10.1.5", "10.1.5-security-01 10.1.6", "-> 10.1.6"},
		{"dates of Alpine edge are no version", "like-current", "3.18.4", "20230901 3.18.5 edge", "-> 3.18.5"},
		{"k3s", "like-current", "v1.27.3-k3s1", "v1.27.3-k3s2 v1.27.4-k3s1 v1.27.5-rc1-k3s1", "-> v1.27.4-k3s1"},
		{"rke2", "like-current", "v1.27.3-rke2r1", "v1.27.4-rke2r1 v1.27.3-rke2r2", "-> v1.27.4-rke2r1"},
		{"redhat", "like-current", "8.8-1072.1697626218", "8.9-1029 8.8-1072.1697626219 8.9-1030.1706791207", "-> 8.9-1030.1706791207"},
		{"ubuntu by name and day", "like-current", "focal-20230801", "focal-20230901 jammy-20231001 22.04", "-> focal-20230901"},
		{"ubuntu by year", "like-current", "22.04", "22.10 24.04 jammy", "-> 24.04"},
		{"bitnami moves on", "like-current", "16.1.0-debian-11-r25", "16.2.0-debian-11-r1 16.2.0-debian-12-r5 16.2.0", "-> 16.2.0-debian-11-r1"},
		{"liberica", "like-current", "jdk-17.0.8-7-cds", "jdk-17.0.9-11-cds jdk-17.0.9-11", "-> jdk-17.0.9-11-cds"},
		{"clamav", "like-current", "1.2.0-12", "1.2.0-13 1.2.1-2 1.2.1-2_base", "-> 1.2.1-2"},
	})
}

// The words that say "before the release", after each separator and after none, with their numbers in the order of numbers.
func TestHazardPrereleaseWords(t *testing.T) {
	for word := range strings.FieldsSeq("alpha beta rc dev pre nightly snapshot canary") {
		for _, sep := range []string{"-", ".", ""} {
			nine, ten := "1.2.3"+sep+word+"9", "1.2.3"+sep+word+"10"
			run(t, []choice{
				{nine + " below ten", "like-current", nine, ten, "-> " + ten},
				{nine + " below its release", "like-current", nine, ten + " 1.2.3", "-> 1.2.3"},
				{nine + " not offered", "like-current", "1.2.2", nine, "stays"},
				{nine + " offered when asked for", "like-current prerelease=" + word, "1.2.2", nine + " " + ten, "-> " + ten},
			})
		}
	}
}
