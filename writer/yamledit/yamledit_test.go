package yamledit

import (
	"errors"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// marked splits a text of which one token stands between ‹ and ›.
func marked(t testing.TB, text string) (before, token, after string) {
	t.Helper()
	before, rest, ok1 := strings.Cut(text, "‹")
	token, after, ok2 := strings.Cut(rest, "›")
	if !ok1 || !ok2 {
		t.Fatalf("no token is marked in %q", text)
	}
	return before, token, after
}

func TestApply(t *testing.T) {
	for _, c := range []struct {
		name, src string // the token stands between ‹ and ›
		from, to  string
		want      string // the new token
	}{
		{"plain", "image: ‹acme/web:1.2.3›\n", "acme/web:1.2.3", "acme/web:1.2.4", "acme/web:1.2.4"},
		{"no final newline", "tag: ‹1.2.3›", "1.2.3", "1.2.4", "1.2.4"},
		{"longer", "a: [‹x›, y] # c\nb: z", "x", "registry.example:5000/a/b:v1@sha256:00", "registry.example:5000/a/b:v1@sha256:00"},
		{"space around", "a:    ‹1.2.3›   \t \nb: 1\n", "1.2.3", "1.2.4", "1.2.4"},
		{"CRLF", "a: 1\r\ntag: ‹1.2.3› # c\r\nb: 1\r\n", "1.2.3", "1.2.4", "1.2.4"},
		{"lone CR", "a: 1\rtag: ‹1.2.3›\rb: 1", "1.2.3", "1.2.4", "1.2.4"},
		{"mixed breaks", "a: 1\r\nb: 2\rc: ‹x›\n\r\nd: 1", "x", "z", "z"},
		{"NEL, LS and PS in comments", "a: 1 # \u0085# \u2028# \u2029\nb: ‹x› # c\n", "x", "z", "z"},
		{"LS inside quotes", "a: \"\u2028\"\nb: ‹x›\n", "x", "z", "z"},
		{"byte order mark", "\uFEFFtag: ‹1.2.3›\n", "1.2.3", "1.2.4", "1.2.4"},
		{"byte order mark and directive", "\uFEFF%YAML 1.2\n---\ntag: ‹1.2.3›\n", "1.2.3", "1.2.4", "1.2.4"},
		{"wide characters before", "{日本語: é, 🚀: ‹v1›}\n", "v1", "v2", "v2"},
		{"tab before a comment", "tag: ‹1.2.3›\t# c\n", "1.2.3", "1.2.4", "1.2.4"},
		{"value on the next line", "tag:\n  # why\n  ‹1.2.3›\n", "1.2.3", "1.2.4", "1.2.4"},
		{"anchor", "tag: &t ‹1.2.3›\n", "1.2.3", "1.2.4", "1.2.4"},
		{"tag", "tag: !!str ‹1.2.3›\n", "1.2.3", "1.2.4", "1.2.4"},
		{"long tag", "tag: !<tag:yaml.org,2002:str> ‹1.2.3›\n", "1.2.3", "1.2.4", "1.2.4"},
		{"non-specific tag", "tag: ! ‹'1'›\n", "1", "2", "'2'"},
		{"tag and anchor and next line", "tag: !!str &t\n    # &x !y\n    ‹'1.2.3'› # c\n", "1.2.3", "1.2.4", "'1.2.4'"},
		{"explicit key", "? a\n: ‹x›\n? b\n", "x", "z", "z"},
		{"top level", "‹x›", "x", "z", "z"},
		{"top level of a later document", "--- a\n--- ‹x›\n...\n", "x", "z", "z"},
		{"empty documents", "---\n---\n# only this\n---\na: ‹x›\n---\n", "x", "z", "z"},
		{"list in list", "- - a\n  - ‹x›\n- b\n", "x", "z", "z"},
		{"list at the indentation of its key", "a:\n- x: 1\n  y: ‹x›\n", "x", "z", "z"},
		{"merged mapping", "a: &a\n  i: ‹x›\nb:\n  <<: *a\n", "x", "z", "z"},
		{"anchor that nobody uses again", "a: &a ‹x›\nb: &a y\nc: *a\n", "x", "z", "z"},
		{"custom tags around", "a: !vault |\n  00\nb: !Sub ${x}\nc: ‹x›\n", "x", "z", "z"},
		{"custom tag on the collection", "a: !Foo\n  b: ‹x›\n", "x", "z", "z"},
		{"%YAML in text", "%YAML 1.2 # c\n---\na: |\n  %YAML 1.2\nb: ‹x›\n", "x", "z", "z"},
		{"any version", "%YAML 2.0\n---\na: ‹x›\n", "x", "z", "z"},
		{"a long version", "%YAML\t1.10 # c\n%TAG !e! tag:e,1:\n---\na: ‹x›\n", "x", "z", "z"},
		{"a megabyte on one line", "{a: [" + strings.Repeat("b, ", 350_000) + "‹x›]}\n", "x", "z", "z"},
		{"an alias bomb", bomb(20) + "last: ‹x›\n", "x", "z", "z"},
		{"second document with a directive", "a: 1\n... # end\n%YAML 1.2\n---\nb: ‹x›\n", "x", "z", "z"},
		{"a key twice elsewhere", "a:\n  k: 1\n  k: 2\nb: ‹x›\n", "x", "z", "z"},
		{"block scalars around", "a: |2-\n    x\n   y\n\nb: ‹x›\nc: >\n x\n  # y\n # no comment\n", "x", "z", "z"},
		{"spaces inside", "a: ‹b c› # d\n", "b c", "e", "e"},

		{"single quotes", "tag: ‹'1.2.3'› # c\n", "1.2.3", "1.2.4", "'1.2.4'"},
		{"double quotes", "tag: ‹\"1.2.3\"›\n", "1.2.3", "1.2.4", "\"1.2.4\""},
		{"quotes inside quotes", "a: ‹'it''s'›\n", "it's", `he's "it"`, `'he''s "it"'`},
		{"escapes", `a: ‹"\u0041\"\x42\\"›` + "\n", `A"B\`, `C"\D'`, `"C\"\\D'"`},
		{"hash inside quotes", "a: ‹\"b # c\"› # d\n", "b # c", "e", "\"e\""},

		{"float stays text", "tag: ‹1.10› # c\n", "1.10", "1.20", `"1.20"`},
		{"float to version", "tag: ‹1.10›\n", "1.10", "1.2.3", "1.2.3"},
		{"integer", "tag: ‹20240115›\n", "20240115", "20240116", `"20240116"`},
		{"date", "tag: ‹2024-01-15›\n", "2024-01-15", "2024-01-16", `"2024-01-16"`},
		{"word of YAML 1.1", "tag: ‹stable›\n", "stable", "on", `"on"`},
		{"one letter of YAML 1.1", "tag: ‹stable›\n", "stable", "y", `"y"`},
		{"null as a word", "tag: ‹stable›\n", "stable", "null", `"null"`},
		{"boolean before", "tag: ‹true›\n", "true", "v1", "v1"},
		{"exponent", "tag: ‹abc1234›\n", "abc1234", "12e4567", `"12e4567"`},
		{"short hash", "tag: ‹abc1234›\n", "abc1234", "1e2b345", "1e2b345"},
		{"octal", "tag: ‹abc›\n", "abc", "0123", `"0123"`},
		{"base 60", "a: ‹x›\n", "x", "12:30", `"12:30"`},
		{"underscores", "tag: ‹x›\n", "x", "1_000", `"1_000"`},
		{"empty", "tag: ‹x›\n", "x", "", `""`},
		{"colon at the end", "tag: ‹x›\n", "x", "y:", `"y:"`},
		{"comment inside", "tag: ‹x›\n", "x", "y #z", `"y #z"`},
		{"braces", "tag: ‹x›\n", "x", "{y}", `"{y}"`},
		{"mark of a document", "‹x›\n", "x", "---", `"---"`},

		{"in a block", "a: |\n  b: ‹1.10›\n  c: 1\n", "1.10", "1.20", `"1.20"`},
		{"in a block, quotes", "a:\r\n  d: |-2\r\n      b: ‹'1.10'› # c\r\n      c: 1\r\n", "1.10", "1.20", `'1.20'`},
		{"in a block, flow", "a: |\n\n  {é: 1, c: ‹1.10›}\n\nb: 1\n", "1.10", "1.20", `"1.20"`},

		{"flow mapping", "{a: 1, tag: ‹1.2.3›, b: 2} # c\n", "1.2.3", "1.2.4", "1.2.4"},
		{"flow list", "[a,‹x›,b]\n", "x", "z", "z"},
		{"flow needs quotes", "[a,‹x›,b]\n", "x", "z,z", `"z,z"`},
		{"JSON", "{\n\t\"tag\": ‹\"1.2.3\"›,\n\t\"b\": [true]\n}", "1.2.3", "1.2.4", `"1.2.4"`},
		{"JSON without white space", `{"a":{"tag":‹"1.2.3"›},"b":1}`, "1.2.3", "1.2.4", `"1.2.4"`},
		{"JSON number", `{"tag": ‹1.10›}`, "1.10", "v1", `"v1"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, token, after := marked(t, c.src)
			src := before + token + after
			got, err := Apply([]byte(src), []Edit{{Start: len(before), From: c.from, To: c.to}})
			if err != nil {
				t.Fatal(err)
			}
			if want := before + c.want + after; string(got) != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	for _, c := range []struct {
		name, src string // the token stands between ‹ and ›
		from, to  string
		want      Reason
	}{
		{"another value", "a: ‹x›\n", "z", "y", ReasonChanged},
		{"another value of a key", "‹a›: x\n", "z", "y", ReasonChanged},
		{"the middle of a value", "a: x‹yz›\n", "yz", "y", ReasonNotFound},
		{"before the first", "‹›\na: x\n", "a", "y", ReasonNotFound},
		{"behind the last", "a: x‹›", "x", "y", ReasonNotFound},
		{"an anchor", "a: ‹&b› x\n", "x", "y", ReasonNotFound},
		{"an alias alone", "a: &b x\nc: ‹*b›\n", "x", "y", ReasonAlias},
		{"an alias of another value", "a: &b x\nc: ‹*b›\n", "z", "y", ReasonChanged},
		{"an alias of a mapping", "a: &b {x: y}\nc: ‹*b›\n", "", "y", ReasonNotFound},
		{"a comment", "a: x # ‹x›\n", "x", "y", ReasonNotFound},
		{"an empty value", "a: ‹›\nb: x\n", "", "y", ReasonNotFound},
		{"a mapping", "a: ‹{›b: c}\n", "", "y", ReasonNotFound},
		{"before the text of a block", "a: |\n ‹› x: y\n", "x", "y", ReasonNotFound},
		{"the middle of a value in a block", "a: |\n  x: y‹y›\n", "y", "z", ReasonNotFound},
		{"no YAML in the block", "a: |\n  x: ]‹y›\n", "y", "z", ReasonNotFound},
		{"inside a folded text", "a: >\n  x: ‹y›\n", "y", "z", ReasonNotFound},
		{"inside a text in quotes", "a: 'x: ‹y›'\n", "y", "z", ReasonNotFound},
		{"a block in a block", "a: |\n  b: |\n    x: ‹y›\n", "y", "z", ReasonNested},
		{"a block that an alias repeats", "a: &a |\n  x: ‹y›\nb: *a\n", "y", "z", ReasonAlias},
		{"a block with a tag of its own", "a: !x |\n  x: ‹y›\n", "y", "z", ReasonNotText},
		{"a block that is a key", "? |\n  x: ‹y›\n: 1\n", "y", "z", ReasonKey},
		{"a block below a key twice", "a: |\n  x: ‹y›\na: 1\n", "y", "z", ReasonDuplicateKey},
		{"a key twice in the block", "a: |\n  x: ‹y›\n  x: 1\n", "y", "z", ReasonDuplicateKey},
		{"an alias in the block", "a: |\n  x: &b ‹y›\n  z: *b\n", "y", "z", ReasonAlias},
		{"a comment in the block", "a: |\n  x: y # ‹y›\n", "y", "z", ReasonNotFound},
		{"a key", "‹a›: x\n", "a", "b", ReasonKey},
		{"a flow key", "{‹a›: x}\n", "a", "b", ReasonKey},
		{"null", "a: ‹~›\n", "~", "y", ReasonNotText},
		{"a merge key", "a: &a {b: c}\nd: {‹<<›: *a}\n", "<<", "y", ReasonKey},
		{"a merge key as a value", "a: ‹<<›\n", "<<", "y", ReasonNotText},
		{"a tag of its own", "a: !Sub ‹x›\n", "x", "y", ReasonNotText},
		{"an explicit float", "a: !!float ‹1.1›\n", "1.1", "1.2", ReasonNotText},
		{"binary", "a: !!binary ‹aGk=›\n", "aGk=", "aGs=", ReasonNotText},
		{"an anchor with an alias", "a: &b ‹x›\nc: *b\n", "x", "y", ReasonAlias},
		{"an anchor with an alias as a key", "a: &b ‹x›\n*b : c\n", "x", "y", ReasonAlias},
		{"a literal", "a: ‹|›\n  x\n  y\n", "x\ny", "y", ReasonBlockScalar},
		{"a literal with an empty line above", "a: ‹|›\n\n  x\n", "\nx", "y", ReasonBlockScalar},
		{"a literal with a space behind", "a: ‹|›\n  x \n", "x ", "y", ReasonBlockScalar},
		{"a literal without text", "a: ‹|+›\n\n", "", "y", ReasonBlockScalar},
		{"a folded text", "a: ‹>-›\n  x\n  y\n", "x y", "y", ReasonBlockScalar},
		{"nothing in a literal", "a: ‹|›\n  x\n", "x", "", ReasonBadValue},
		{"a space in front in a literal", "a: ‹|›\n  x\n", "x", " y", ReasonBadValue},
		{"plain over two lines", "a: ‹x›\n  y\n", "x y", "z", ReasonMultiLine},
		{"double quotes over two lines", "a: ‹\"x\n  y\"›\n", "x y", "z", ReasonMultiLine},
		{"an escaped line break", "a: ‹\"x\\\n  y\"›\n", "xy", "z", ReasonMultiLine},
		{"single quotes over two lines", "a: ‹'x\r\n  y'›\n", "x y", "z", ReasonMultiLine},
		{"a key twice", "a: ‹x›\na: y\n", "x", "z", ReasonDuplicateKey},
		{"a key twice, spelled differently", "1: ‹x›\n\"1\": y\n", "x", "z", ReasonDuplicateKey},
		{"a key twice above", "a:\n  b: {c: ‹x›}\na: {}\n", "x", "z", ReasonDuplicateKey},
		{"a line break in the new value", "a: ‹\"x\"›\n", "x", "y\nz", ReasonBadValue},
		{"a control character in the new value", "a: ‹x›\n", "x", "y\x1b[0m", ReasonBadValue},
		{"LS in the new value", "a: ‹x›\n", "x", "y\u2028", ReasonBadValue},
		{"no UTF-8 in the new value", "a: ‹x›\n", "x", "y\xff", ReasonBadValue},
		// A mapping of one line can be a key as long as it ends within 1024 characters: this edit would break the file.
		{"a key that becomes too long", "{a: ‹x›}: y\n", "x", strings.Repeat("z", 1100), ReasonProof},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, token, after := marked(t, c.src)
			src := []byte(before + token + after)
			got, err := Apply(src, []Edit{{Start: len(before), From: c.from, To: c.to}})
			var refusal *Refusal
			if got != nil || !errors.As(err, &refusal) || refusal.Reason != c.want || refusal.Detail == "" {
				t.Fatalf("got %q, %#v, want %s", got, err, c.want)
			}
			if refusal.Line == 0 && c.want != ReasonProof {
				t.Errorf("no place: %v", err)
			}
		})
	}
}

func TestApplySeveral(t *testing.T) {
	src := []byte("a: [x, y, x]\nb: x\n")
	edits := []Edit{{16, "x", "long-value"}, {10, "x", ""}, {4, "x", "1.10"}}
	got, err := Apply(src, edits)
	if want := "a: [\"1.10\", y, \"\"]\nb: long-value\n"; err != nil || string(got) != want {
		t.Fatalf("%q %v", got, err)
	}
	if edits[0].Start != 16 || string(src) != "a: [x, y, x]\nb: x\n" {
		t.Error("the arguments were changed")
	}
	var refusal *Refusal
	if _, err := Apply(src, []Edit{{16, "x", "z"}, {4, "x", "y"}, {7, "x", "z"}}); !errors.As(err, &refusal) || refusal.Reason != ReasonChanged || refusal.Column != 8 {
		t.Errorf("one of several: %v", err)
	}
	if _, err := Apply(src, []Edit{{16, "x", "y"}, {16, "x", "y"}}); !errors.As(err, &refusal) || refusal.Reason != ReasonOverlap || refusal.Line != 2 {
		t.Errorf("twice the same: %v", err)
	}
	for _, start := range []int{-1, len(src), len(src) + 1} {
		if _, err := Apply(src, []Edit{{start, "x", "y"}}); !errors.As(err, &refusal) || refusal.Reason != ReasonNotFound {
			t.Errorf("at %d: %v", start, err)
		}
	}
}

func TestApplyNothing(t *testing.T) {
	src := []byte("tag: 1.10\n")
	for _, edits := range [][]Edit{nil, {{5, "1.10", "1.10"}}} {
		got, err := Apply(src, edits)
		if err != nil || string(got) != string(src) {
			t.Errorf("%v: %q %v", edits, got, err)
		}
		if len(got) > 0 && &got[0] == &src[0] {
			t.Error("the result shares memory with the source")
		}
	}
	var refusal *Refusal
	if _, err := Apply(src, []Edit{{5, "1.11", "1.11"}}); !errors.As(err, &refusal) || refusal.Reason != ReasonChanged {
		t.Errorf("%v", err)
	}
}

func TestErrors(t *testing.T) {
	_, broken := Apply([]byte("a: [\n"), []Edit{{0, "a", "b"}})
	_, changed := Apply([]byte("a: b\n"), []Edit{{3, "x", "b"}})
	_, twice := Apply([]byte("a: b\na: c\n"), []Edit{{3, "b", "d"}})
	var parse *ParseError
	if !errors.As(broken, &parse) || fault.KindOf(broken) != fault.Invalid {
		t.Errorf("%v", broken)
	}
	if fault.KindOf(changed) != fault.Conflict || fault.HintOf(changed) == "" || changed.Error() != "line 1, column 4: the value is not what was read before" {
		t.Errorf("%v", changed)
	}
	if fault.KindOf(twice) != fault.Invalid || fault.HintOf(twice) == "" {
		t.Errorf("%v", twice)
	}
}

func TestEveryReasonOfARefusalHasAHint(t *testing.T) {
	for _, reason := range []Reason{
		ReasonNotFound, ReasonChanged, ReasonOverlap, ReasonKey, ReasonNotText, ReasonAlias, ReasonBlockScalar, ReasonMultiLine,
		ReasonDuplicateKey, ReasonBadValue, ReasonProof,
	} {
		if (&Refusal{Reason: reason}).Hint() == "" {
			t.Errorf("%s has no hint", reason)
		}
	}
}
