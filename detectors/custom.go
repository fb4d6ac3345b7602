package detectors

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// ErrCustom says that a rule of the user's cannot be used. The error names the
// rule.
var ErrCustom = errors.New("custom rule")

// Custom is a rule of the user's own: words, an expression, or both.
type Custom struct {
	// Name names the rule in reasons and errors: letters, digits, - and _.
	Name string
	// Category is that of the hits; empty means "custom".
	Category string
	// Words are whole words or phrases, up to 64 bytes; case does not count.
	// With * at the end the word may go on, with * at both ends it may stand
	// within another. A word that does not begin with a letter is looked for
	// as written.
	Words []string
	// Expression is a regular expression in Go's syntax (RE2). It sees the
	// text within 256 bytes of the literal and no more: what it matches
	// further away is cut or not found.
	Expression string
	// Literal is a text without which Expression cannot match, as written
	// (case counts). It is what makes looking for it fast. Empty means the
	// longest one that is plain to see in the expression; if there is none of
	// three bytes, it is an error.
	Literal string
}

const (
	// reachExpression is how far from the literal an expression sees.
	reachExpression = 256
	maxLiteral      = 64
	minLiteral      = 3
	reachCustom     = 2*reachExpression + 2*maxLiteral
)

// custom finds what the user's own rules say. Hits of two rules may overlap.
type custom struct {
	table *wordTable
	rules []customRule
}

// customRule is a rule, checked.
type customRule struct {
	category string
	reasons  []string
	re       *regexp.Regexp // nil if there are words only
	literal  []byte
	anchored bool // the expression asks what is beside the match
	written  [][]byte
}

// newCustom checks the rules and returns them with their words for the table.
func newCustom(rules []Custom) (*custom, []word, error) {
	c := &custom{}
	var words []word
	seen := map[string]bool{}
	for i := range rules {
		r := &rules[i]
		if r.Name == "" || strings.Trim(strings.ToLower(r.Name), "abcdefghijklmnopqrstuvwxyzæøå0123456789-_") != "" {
			return nil, nil, fmt.Errorf("%w %q: the name is to be of letters, digits, - and _", ErrCustom, r.Name)
		}
		if seen[r.Name] {
			return nil, nil, fmt.Errorf("%w %q: the name is there twice", ErrCustom, r.Name)
		}
		seen[r.Name] = true
		rule, list, err := newCustomRule(r, int32(i))
		if err != nil {
			return nil, nil, fmt.Errorf("%w %q: %w", ErrCustom, r.Name, err)
		}
		c.rules, words = append(c.rules, rule), append(words, list...)
	}
	return c, words, nil
}

func newCustomRule(r *Custom, id int32) (customRule, []word, error) {
	rule := customRule{category: r.Category, reasons: []string{codeCustom.of(r.Name)}}
	if rule.category == "" {
		rule.category = "custom"
	}
	if len(r.Words) == 0 && r.Expression == "" {
		return rule, nil, errors.New("neither words nor an expression")
	}
	var words []word
	for _, text := range r.Words {
		w := word{text: strings.ToLower(strings.TrimSpace(text)), class: wordCustom, id: id}
		if s, ok := strings.CutSuffix(w.text, "*"); ok {
			w.text, w.prefix = s, true
			if s, ok := strings.CutPrefix(s, "*"); ok {
				w.text, w.prefix, w.inner = s, false, true
			}
		}
		if w.text != "" && !w.prefix && !w.inner && w.firstRun() == 0 {
			if len(w.text) > maxLiteral {
				return rule, nil, fmt.Errorf("word %q is longer than %d bytes", text, maxLiteral)
			}
			rule.written = append(rule.written, []byte(strings.TrimSpace(text)))
			continue
		}
		if err := w.check(); err != nil {
			return rule, nil, err
		}
		words = append(words, w)
	}
	if r.Expression == "" {
		if r.Literal != "" {
			return rule, nil, errors.New("a literal without an expression")
		}
		return rule, words, nil
	}
	return rule, words, rule.compile(r)
}

// compile checks the expression and finds its literal.
func (c *customRule) compile(r *Custom) error {
	re, err := regexp.Compile(r.Expression)
	if err != nil {
		return fmt.Errorf("expression: %w", err)
	}
	tree, err := syntax.Parse(r.Expression, syntax.Perl)
	if err != nil {
		return fmt.Errorf("expression: %w", err)
	}
	if re.MatchString("") {
		return errors.New("the expression matches the empty text")
	}
	if has(tree, syntax.OpBeginText) || has(tree, syntax.OpEndText) {
		return errors.New(`the expression asks for the start or the end of the text, which is cut anywhere; (?m) makes ^ and $ those of a line`)
	}
	literal := r.Literal
	if literal == "" {
		if literal = longestLiteral(tree.Simplify()); len(literal) < minLiteral {
			return fmt.Errorf("no literal of %d bytes is plain to see in the expression: give one that every match has in it", minLiteral)
		}
	}
	if len(literal) > maxLiteral {
		literal = literal[:maxLiteral]
	}
	c.re, c.literal = re, []byte(literal)
	c.anchored = has(tree, syntax.OpBeginLine) || has(tree, syntax.OpEndLine) || has(tree, syntax.OpWordBoundary) || has(tree, syntax.OpNoWordBoundary)
	return nil
}

// has reports whether an expression has an operation.
func has(re *syntax.Regexp, op syntax.Op) bool {
	return re.Op == op || slices.ContainsFunc(re.Sub, func(s *syntax.Regexp) bool { return has(s, op) })
}

// longestLiteral returns the longest text that every match has in it, as far
// as is plain to see.
func longestLiteral(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return ""
		}
		return string(re.Rune)
	case syntax.OpCapture, syntax.OpPlus:
		return longestLiteral(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return longestLiteral(re.Sub[0])
		}
	case syntax.OpConcat:
		best := ""
		for _, s := range re.Sub {
			if l := longestLiteral(s); len(l) > len(best) {
				best = l
			}
		}
		return best
	}
	return ""
}

// Name implements Detector.
func (*custom) Name() string { return "custom" }

// Reach implements Detector.
func (*custom) Reach() int { return reachCustom }

// Mask implements Detector: the first character stays.
func (*custom) Mask(value string) string { return firstRune(value) + bullets }

// Find implements Detector.
func (c *custom) Find(text []byte) []Hit { return c.findIn(newWindow(c.table, text)) }

func (c *custom) findIn(w *window) []Hit {
	if len(c.rules) == 0 {
		return nil
	}
	w.look()
	var hits hitList
	for _, ev := range w.words[wordCustom] {
		end := ev.end // of the word that the rule's begins
		for end < len(w.text) && end-ev.end < maxWordText && isLetterByte(w.text, end) {
			end++
		}
		hits = append(hits, c.rules[ev.id].hit(w.text, ev.start, end))
	}
	for i := range c.rules {
		r := &c.rules[i]
		for _, written := range r.written {
			eachText(w.text, written, func(i int) {
				if wordBefore(w.text, i) == 0 && !wordAt(w.text, i+len(written)) {
					hits = append(hits, r.hit(w.text, i, i+len(written)))
				}
			})
		}
		if r.re != nil {
			eachText(w.text, r.literal, func(i int) { hits.add(r.match(w.text, i)) })
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return a.Start - b.Start })
	return hits
}

// eachText calls f with every place of s in text.
func eachText(text, s []byte, f func(i int)) {
	for i := 0; ; i++ {
		n := bytes.Index(text[i:], s)
		if n < 0 {
			return
		}
		i += n
		f(i)
	}
}

// match returns the match of the expression around the literal at i, unless it
// has the literal before that too.
func (c *customRule) match(text []byte, i int) (Hit, bool) {
	from, to := max(0, i-reachExpression), min(len(text), i+len(c.literal)+reachExpression)
	near := text[from:to]
	at := i - from
	for _, m := range c.re.FindAllIndex(near, -1) {
		switch {
		case m[1] < at+len(c.literal):
			continue // before it
		case m[0] > at || bytes.Index(near[m[0]:m[1]], c.literal) != at-m[0]:
			return Hit{}, false
		case c.anchored && (m[0] == 0 && from > 0 || m[1] == len(near) && to < len(text)):
			return Hit{}, false // what is beside it is out of sight
		}
		return c.hit(text, from+m[0], from+m[1]), true
	}
	return Hit{}, false
}

// hit makes a hit of what the rule has found.
func (c *customRule) hit(text []byte, start, end int) Hit {
	return Hit{Start: start, End: end, Value: string(text[start:end]), Category: c.category, Confidence: Confirmed, Reasons: c.reasons}
}
