package policy

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// made reads `tag=day` pairs into dates; a tag without a day has none.
func made(pairs string) (tags []string, created map[string]time.Time) {
	created = map[string]time.Time{}
	for pair := range strings.FieldsSeq(pairs) {
		tag, day, dated := strings.Cut(pair, "=")
		tags = append(tags, tag)
		if dated {
			created[tag], _ = time.Parse(time.DateOnly, day)
		}
	}
	return tags, created
}

func TestNewest(t *testing.T) {
	for _, tt := range []struct{ name, expr, current, tags, want string }{
		{"the one made last", "newest", "web:a", "a=2024-01-01 c=2024-02-01 b=2024-03-01", "-> b"},
		{"is in use", "newest", "web:b", "a=2024-01-01 b=2024-03-01", "stays"},
		{"versions do not count", "newest", "web:1.1.0", "1.1.0=2024-01-01 1.0.9=2024-03-01", "-> 1.0.9"},
		{"two were made last", "newest", "web:a", "a=2024-01-01 b=2024-03-01 c=2024-03-01", "held newest/tie"},
		{"two were made last, and one before", "newest", "web:a", "a=2024-01-01 b=2024-03-01 c=2024-03-01 d=2024-02-01", "held newest/tie"},
		{"three were made last", "newest", "web:a", "a=2024-01-01 b=2024-03-01 c=2024-03-01 d=2024-03-01", "held newest/tie"},
		{"one of the two is left out", "newest deny=^c$", "web:a", "a=2024-01-01 b=2024-03-01 c=2024-03-01", "-> b"},
		{"another was made with the one in use", "newest", "web:b", "a=2024-01-01 b=2024-03-01 c=2024-03-01", "stays"},
		{"before 2000 is no date", "newest", "web:a", "a=2024-01-01 b=1999-12-31 c=1970-01-01", "stays"},
		{"2000 is one", "newest", "web:a", "a=2000-01-01 b=2000-01-02", "-> b"},
		{"the one in use has no date", "newest", "web:a", "a=1970-01-01 b=2024-03-01", "held current/unreadable"},
		{"it may go down then", "newest downgrade=true", "web:a", "a=1970-01-01 b=2024-03-01", "-> b"},
		{"the one in use is gone", "newest", "web:a", "a b=2024-03-01", "held current/unreadable"},
		{"another is gone", "newest", "web:a", "a=2024-01-01 b c=2024-02-01", "-> c"},
		{"down when told and refused", "newest deny=^b$ downgrade=true", "web:b", "a=2024-01-01 b=2024-03-01", "-> a"},
		{"not down", "newest deny=^b$", "web:b", "a=2024-01-01 b=2024-03-01", "held downgrade/held"},
		{"nothing is in use", "newest", "web", "a=2024-01-01", "held current/unreadable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tags, created := made(tt.tags)
			d, _ := world{tags: tags, created: created}.decide(t, tt.expr, tt.current)
			if got := sketch(d); got != tt.want {
				t.Errorf("got %s (%s), want %s", got, d.Detail, tt.want)
			}
		})
	}
}

func TestNewestVerdicts(t *testing.T) {
	tags, created := made("a=2024-01-01 b=2024-03-01 c=2024-03-01 d=1980-01-01 e sha256-" + shaA[7:] + "=2025-01-01")
	d, asked := world{tags: tags, created: created}.decide(t, "newest", "web:a")
	for tag, want := range map[string]Reason{
		"b": ReasonNewestTie, "c": ReasonNewestTie, "d": ReasonNewestDate, "e": ReasonCreatedUnknown, "sha256-" + shaA[7:]: ReasonArtifact,
	} {
		if got := verdictOf(d, tag); got != want {
			t.Errorf("%s: got %s, want %s", tag, got, want)
		}
	}
	if len(asked) != 6 { // the list, and the dates of all but the signature
		t.Errorf("asked for %v", asked)
	}
}

func TestNewestAsksForFew(t *testing.T) {
	var tags []string
	created := map[string]time.Time{}
	for i := range mostDates {
		tags = append(tags, fmt.Sprintf("t%03d", i))
		created[tags[i]] = noon.Add(time.Duration(i) * time.Hour)
	}
	d, asked := world{tags: tags, created: created}.decide(t, "newest", "web:t000")
	if got := sketch(d); got != "-> t199" || len(asked) != mostDates+1 {
		t.Errorf("%d tags: got %s after %d questions, want -> t199", mostDates, got, len(asked))
	}
	d, asked = world{tags: append(tags, "more"), created: created}.decide(t, "newest", "web:t000")
	if got := sketch(d); got != "held newest/too-many" || len(asked) != 1 || d.Hint == "" {
		t.Errorf("one more: got %s after %d questions, want held newest/too-many after 1", got, len(asked))
	}
	d, _ = world{tags: append(tags, "more"), created: created}.decide(t, "newest allow=^t", "web:t000")
	if got := sketch(d); got != "-> t199" {
		t.Errorf("one more that is left out: got %s, want -> t199", got)
	}
}

func TestNewestFault(t *testing.T) {
	tags, _ := made("a b")
	broken := fault.New(fault.RateLimited, "wait", errors.New("429"))
	d, _ := world{tags: tags, fault: broken}.decide(t, "newest", "web:a")
	if got := sketch(d); got != "unknown registry/rate-limited" || d.Hint != "wait" {
		t.Errorf("got %s, hint %q, want unknown registry/rate-limited", got, d.Hint)
	}
}
