package policy

import (
	"slices"
	"strings"
)

// shape is a tag taken apart into words and fields. It is the grammar of tags: two tags are written alike when their forms are
// equal, and then their fields are compared one by one.
//
//	v1.27.3-eksbuild.2               v<version> -eksbuild. <number>
//	17.0.1_12-jre-alpine             <version> _<number> -jre-alpine
//	3.11.0b9-slim                    <version> <pre-release> -slim
//	main-1a2b3c4-1700000000          main- <hash> - <time>
//	RELEASE.2023-11-01T18-37-25Z     RELEASE. <date>
//	18.16.0-alpine3.17               <version> -alpine3.17
type shape struct {
	// prefix is the form of what stands before the version, `v` included.
	prefix string
	// core is the version: digits with dots between. "" when the tag has none.
	core string
	// pre is the pre-release, from its word to its last number; "" for a release.
	pre string
	// rest are the other ordered fields in the order in which they are written: dates, times, revisions, builds.
	rest []string
	// own are the versions of what the image is built on, as 3.17 in alpine3.17. They are part of the form, too.
	own []string
	// form is the tag with marks in place of the fields, and without the pre-release.
	form []byte
	// variant is the words behind the version, or all where there is none, without numbers and joined with dashes: jre-alpine.
	variant []byte
	// exact says that the tag names one build, by a date, a time or a build number, and so does not float.
	exact bool
}

// The marks that stand in a form for fields. No tag has such bytes.
const (
	markVersion = 1 + iota
	markNumber
	markHash
	markDate
	markTime
)

// reset empties a shape and keeps its memory.
func (s *shape) reset() {
	*s = shape{rest: s.rest[:0], own: s.own[:0], form: s.form[:0], variant: s.variant[:0]}
}

// fields returns a copy of what is compared, which shares no memory with s.
func (s *shape) fields() shape {
	return shape{prefix: s.prefix, core: s.core, pre: s.pre, rest: slices.Clone(s.rest), own: slices.Clone(s.own), exact: s.exact}
}

// ordered says whether there is anything to compare tags of this shape by.
func (s *shape) ordered() bool { return s.core != "" || len(s.rest) > 0 }

// parts returns how many parts the version has.
func (s *shape) parts() int {
	if s.core == "" {
		return 0
	}
	return strings.Count(s.core, ".") + 1
}

// token is what the parser saw last.
type token int

const (
	tokenNone token = iota
	tokenWord
	tokenVersion
	tokenNumber
	tokenPre
	tokenHash
)

// shaper takes one tag apart. It reads every byte a bounded number of times.
type shaper struct {
	*shape
	text string
	// at is the place of the next byte, sep the separator before it that is not in the form yet; 0 for none.
	at  int
	sep byte
	// last is the token before, word its text when it is a word.
	last token
	word string
	// attached says that nothing separates the next token from the last.
	attached bool
	preStart int
	dated    bool
}

// parse takes a tag apart into s. Anything that is a string can be taken apart.
func (s *shape) parse(tag string) {
	s.reset()
	p := shaper{shape: s, text: tag}
	p.run()
}

// parseSuffix takes apart what follows a version that ends at n, where another grammar has read the version.
func (s *shape) parseSuffix(tag string, n int) {
	s.reset()
	s.form = append(s.form, markVersion)
	s.core = tag[:n]
	p := shaper{shape: s, text: tag, at: n, last: tokenVersion}
	p.run()
}

func (p *shaper) run() {
	for p.at < len(p.text) {
		c := p.text[p.at]
		p.attached = p.at > 0 && !isSeparator(p.text[p.at-1])
		switch {
		case isSeparator(c):
			p.flush()
			p.sep = c
			p.at++
		case !p.attached && p.hash():
		case isDigit(c):
			p.digits()
		case isLetter(c):
			p.letters()
		default: // no tag has others, but what is extracted from one may
			p.flush()
			p.form = append(p.form, c)
			p.at++
			p.last = tokenNone
		}
	}
	p.flush()
}

// flush writes the separator that waits into the form.
func (p *shaper) flush() {
	if p.sep != 0 {
		p.form = append(p.form, p.sep)
		p.sep = 0
	}
}

// mark takes n bytes as a field.
func (p *shaper) mark(mark byte, n int, seen token) {
	p.flush()
	p.form = append(p.form, mark)
	p.at += n
	p.last = seen
}

// literal takes n bytes as they are.
func (p *shaper) literal(n int, seen token) {
	p.flush()
	p.form = append(p.form, p.text[p.at:p.at+n]...)
	p.at += n
	p.last = seen
}

// hash takes a commit hash: seven or more hexadecimal digits, both among them unless the g of git describe says what it is. Seven
// or forty decimal digits beside a date or a time are one, too.
func (p *shaper) hash() bool {
	n, digits, letters := 0, 0, 0
	rest := p.text[p.at:]
	if len(rest) > 1 && rest[0] == 'g' && isHex(rest[1]) {
		rest = rest[1:]
		n, letters = 1, 1
	}
	for i := 0; i < len(rest) && !isSeparator(rest[i]); i++ {
		switch c := rest[i]; {
		case isDigit(c):
			digits++
		case isHex(c):
			letters++
		default:
			return false
		}
	}
	switch length := digits + letters - n; {
	case length < 7 || length > 64 || digits == 0 && (n == 0 || p.last != tokenNumber):
		return false
	case letters == 0 && (length != 7 && length != 40 || !hasMoment(p.text)):
		return false
	case dateLength(p.text[p.at:]) > 0:
		return false
	}
	p.mark(markHash, digits+letters, tokenHash)
	return true
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' }

// letters takes a word.
func (p *shaper) letters() {
	n := 1
	for p.at+n < len(p.text) && isLetter(p.text[p.at+n]) {
		n++
	}
	if strings.HasPrefix(p.text[p.at:], "k3s") {
		n = 3
	}
	word := p.text[p.at : p.at+n]
	next := p.at+n < len(p.text) && isDigit(p.text[p.at+n])
	if p.isPrerelease(word, next) {
		if p.pre == "" {
			p.preStart = p.at
		}
		p.sep = 0
		p.at += n
		p.pre, p.last = p.text[p.preStart:p.at], tokenPre
		return
	}
	p.word = word
	if counts := next && (revisionWords[strings.ToLower(word)] || strings.EqualFold(word, "v")); !counts {
		if len(p.variant) > 0 {
			p.variant = append(p.variant, '-')
		}
		p.variant = append(p.variant, word...)
	}
	p.literal(n, tokenWord)
}

// isPrerelease says whether a word begins the pre-release of the version, or goes on with it.
func (p *shaper) isPrerelease(word string, digitNext bool) bool {
	if p.core == "" && !p.dated || p.pre != "" && p.last != tokenPre {
		return false
	}
	word = strings.ToLower(word)
	afterVersion := p.last == tokenVersion || p.last == tokenPre
	return prereleaseWords[word] || (afterVersion || p.last == tokenNumber) && channelWords[word] || afterVersion && digitNext && prereleaseLetters[word]
}

// digits takes a number, a date or a version.
func (p *shaper) digits() {
	if n := dateLength(p.text[p.at:]); n > 0 && p.last != tokenPre {
		p.date(n)
		return
	}
	n, parts := numberLength(p.text[p.at:])
	number := p.text[p.at : p.at+n]
	switch {
	case p.last == tokenPre:
		p.sep = 0
		p.at += n
		p.pre = p.text[p.preStart:p.at]
	case parts == 1 && isMoment(number):
		p.rest = append(p.rest, number)
		p.exact, p.dated = true, true
		p.mark(markTime, n, tokenNumber)
	case p.isVersion(parts):
		p.flush()
		if p.prefix = p.text[:p.at]; string(p.form) != p.prefix { // a date or a hash is in it
			p.prefix = string(p.form)
		}
		p.core, p.variant = number, p.variant[:0]
		p.mark(markVersion, n, tokenVersion)
	case p.isOwn():
		p.own = append(p.own, number)
		p.literal(n, tokenWord)
	default:
		p.exact = p.exact || p.last == tokenVersion && p.sep == '_' || hasMoment(number)
		p.rest = append(p.rest, number)
		p.mark(markNumber, n, tokenNumber)
	}
}

// isVersion says whether a number is the version of the image.
func (p *shaper) isVersion(parts int) bool {
	word := strings.ToLower(p.word)
	switch {
	case p.core != "":
		return false
	case p.last != tokenWord:
		return !p.dated || parts > 1
	case !p.attached:
		return !systemWords[word] && !(p.dated && parts == 1 && revisionWords[word])
	case word == "v":
		return p.at == 1 || isSeparator(p.text[p.at-2])
	default:
		return parts > 1 && !systemWords[word]
	}
}

// isOwn says whether a number is the version of what the image is built on.
func (p *shaper) isOwn() bool {
	word := strings.ToLower(p.word)
	switch {
	case p.last != tokenWord:
		return false
	case !p.attached:
		return systemWords[word] || componentWords[word] && p.core != ""
	case word == "v":
		return !isSeparator(p.text[p.at-2])
	default:
		return !revisionWords[word]
	}
}

// date takes a date of n bytes, and the number of the build on that day.
func (p *shaper) date(n int) {
	p.flush()
	for _, c := range []byte(p.text[p.at : p.at+n]) {
		if isDigit(c) {
			c = markDate
		}
		p.form = append(p.form, c)
	}
	build := "0"
	date := p.text[p.at : p.at+n]
	p.at += n
	if rest := p.text[p.at:]; len(rest) > 1 && rest[0] == '.' && isDigit(rest[1]) {
		if n, parts := numberLength(rest[1:]); parts == 1 {
			build = rest[1 : 1+n]
			p.at += 1 + n
		}
	}
	p.rest = append(p.rest, date, build)
	p.exact, p.dated, p.last = true, true, tokenNumber
}

// numberLength measures digits with single dots between.
func numberLength(s string) (n, parts int) {
	for n < len(s) && (isDigit(s[n]) || s[n] == '.' && n+1 < len(s) && isDigit(s[n+1])) {
		if s[n] == '.' {
			parts++
		}
		n++
	}
	return n, parts + 1
}

// isMoment says whether a number is a Unix time in seconds or milliseconds, from 2001 to 2033.
func isMoment(number string) bool {
	return (len(number) == 10 || len(number) == 13) && number[0] == '1'
}

// hasMoment says whether there is a date or a time in a tag.
func hasMoment(tag string) bool {
	for i := 0; i < len(tag); i++ {
		if !isDigit(tag[i]) {
			continue
		}
		if dateLength(tag[i:]) > 0 {
			return true
		}
		n := 1
		for i+n < len(tag) && isDigit(tag[i+n]) {
			n++
		}
		if isMoment(tag[i : i+n]) {
			return true
		}
		i += n
	}
	return false
}
