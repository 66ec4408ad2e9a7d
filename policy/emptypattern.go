package policy

import "regexp/syntax"

// canMatchTag says whether some tag can match a pattern. It walks over the states of the pattern's automaton with the characters
// that tags are made of, so `a^b` and `^v ` are found out.
func canMatchTag(pattern string) bool {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return false
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return false
	}
	w := walker{prog: prog, seen: map[state]bool{}}
	for _, begin := range []neighbour{nothing, wordChar, otherChar} { // a match begins anywhere in a tag
		for _, next := range []neighbour{nothing, wordChar, otherChar} {
			if begin != nothing || next != nothing { // no tag is empty
				w.visit(state{uint32(prog.Start), begin, next})
			}
		}
	}
	return w.matched
}

// neighbour is what stands beside a place in a tag, as far as ^, $ and \b ask.
type neighbour int

const (
	nothing neighbour = iota
	wordChar
	otherChar
)

// sample are the characters that stand for what is beside.
var sample = map[neighbour]rune{nothing: -1, wordChar: 'a', otherChar: '-'}

// state is a place in the program, with what stands before it, and what the next character has to be.
type state struct {
	pc           uint32
	before, next neighbour
}

type walker struct {
	prog    *syntax.Prog
	seen    map[state]bool
	matched bool
}

func (w *walker) visit(s state) {
	todo := []state{s}
	for len(todo) > 0 && !w.matched {
		s, todo = todo[len(todo)-1], todo[:len(todo)-1]
		if w.seen[s] {
			continue
		}
		w.seen[s] = true
		todo = append(todo, w.step(s)...)
	}
}

// step returns the states that follow from one.
func (w *walker) step(s state) []state {
	to := func(pc uint32) state { return state{pc, s.before, s.next} }
	switch i := &w.prog.Inst[s.pc]; i.Op {
	case syntax.InstMatch:
		w.matched = true
	case syntax.InstAlt, syntax.InstAltMatch:
		return []state{to(i.Out), to(i.Arg)}
	case syntax.InstCapture, syntax.InstNop:
		return []state{to(i.Out)}
	case syntax.InstEmptyWidth:
		if holds := syntax.EmptyOpContext(sample[s.before], sample[s.next]); syntax.EmptyOp(i.Arg)&^holds == 0 {
			return []state{to(i.Out)}
		}
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		var out []state
		if s.next != nothing && takes(i, s.next) {
			for _, next := range []neighbour{nothing, wordChar, otherChar} {
				out = append(out, state{i.Out, s.next, next})
			}
		}
		return out
	case syntax.InstFail:
	}
	return nil
}

// takes says whether an instruction takes some character of tags that is of a kind.
func takes(i *syntax.Inst, kind neighbour) bool {
	characters := "-."
	if kind == wordChar {
		characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
	}
	for _, c := range characters {
		if i.MatchRune(c) {
			return true
		}
	}
	return false
}
