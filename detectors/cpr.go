package detectors

import (
	"fmt"
	"sync"
	"time"
)

// The categories of the CPR detector.
const (
	categoryCPR         = "cpr"
	categoryReplacement = "erstatningscpr"
)

const (
	// reachNeighbours is how far, in bytes, the numbers around a number count.
	reachNeighbours = 512
	// reachCPR covers everything that is read: the neighbours with their own
	// length and what touches them, and the column's header.
	reachCPR = reachNeighbours + 2*reachHeader
)

// cpr finds CPR numbers. See the package comment for the rules.
type cpr struct {
	today    int // see dayNumber
	official map[int]bool
	lexicon  *lexicon
	views    sync.Pool // of *view: what they hold is only room, and reasons made before
}

func newCPR(today time.Time) (*cpr, error) {
	official, err := birthDates(firstOfJanuary)
	if err != nil {
		return nil, fmt.Errorf("cpr: %w", err)
	}
	return &cpr{
		today:    dayNumber(today.Year(), int(today.Month()), today.Day()),
		official: official,
		lexicon:  newLexicon(),
	}, nil
}

// Name implements Detector.
func (c *cpr) Name() string { return "cpr" }

// Reach implements Detector.
func (c *cpr) Reach() int { return reachCPR }

// Mask implements Detector.
func (c *cpr) Mask(value string) string { return maskCPR(value) }

// check is what the digits of a number themselves say.
type check uint8

const (
	checkNone        check = iota // no day of birth
	checkMod11                    // the check digit is right
	checkOfficial                 // wrong, but the birth date is on the official list
	checkJanuary                  // wrong, but it is another 1 January since 1960
	checkWrong                    // wrong
	checkReplacement              // day + 60, which has no check digit
)

// A seen token is one with what its own digits say of it.
type seen struct {
	token
	check check
}

// Find implements Detector.
func (c *cpr) Find(text []byte) []Hit { return c.find(text, nil) }

// findIn finds in a window, whose masks it uses if they are made: for itself
// it makes its own, which takes less.
func (c *cpr) findIn(w *window) []Hit { return c.find(w.text, w.blocks) }

func (c *cpr) find(text []byte, laid []block) []Hit {
	v, ok := c.views.Get().(*view)
	if !ok {
		v = &view{cpr: c}
	}
	v.begin(text, laid)
	for more := true; more; {
		v.list, more = v.places.next(v.list[:0])
		for _, i := range v.list {
			if t, ok := parse(text, i); ok {
				v.tokens = append(v.tokens, seen{t, c.check(&t)})
			}
		}
		if more {
			v.weighBefore(v.places.pos - reachNeighbours)
		} else {
			v.weighBefore(len(text) + 1)
		}
	}
	return v.finish()
}

// check asks the digits.
func (c *cpr) check(t *token) check {
	date, replacement, ok := t.born()
	switch {
	case !ok || date > c.today:
		return checkNone
	case replacement:
		return checkReplacement
	case modulus11(&t.digits):
		return checkMod11
	case date%10000 != 101:
		return checkWrong
	case c.official[date]:
		return checkOfficial
	case date >= dayNumber(1960, 1, 1):
		return checkJanuary
	}
	return checkWrong
}

// view is one text being examined.
type view struct {
	cpr    *cpr
	text   []byte
	places starts
	list   []int
	tokens []seen // in order, those that are needed; those before next are weighed
	next   int
	low    int // first token that may be a neighbour of next
	hits   []Hit
	values []byte       // the digits of the hits, ten each
	cache  [16]verdicts // reasons made before: few combinations are common
}

// begin makes the view ready for a text.
func (v *view) begin(text []byte, laid []block) {
	v.text, v.tokens, v.next, v.low = text, v.tokens[:0], 0, 0
	v.places.text, v.places.laid, v.places.pos = text, laid, 0
	v.hits, v.values = nil, v.values[:0]
}

// verdicts is the list of reasons for one combination of evidence.
type verdicts struct {
	key  reasonKey
	list []string
}

// weighBefore weighs the tokens that start before end, which is not less than
// in the call before.
func (v *view) weighBefore(end int) {
	for ; v.next < len(v.tokens) && v.tokens[v.next].start < end; v.next++ {
		if v.tokens[v.next].check != checkNone {
			v.weigh(v.next)
		}
	}
	// Forget the tokens that are out of reach of all to come.
	for v.low < v.next && v.tokens[v.low].start < end-reachNeighbours {
		v.low++
	}
	if v.low > 0 {
		v.tokens = v.tokens[:copy(v.tokens, v.tokens[v.low:])]
		v.next, v.low = v.next-v.low, 0
	}
}

// add adds a hit.
func (v *view) add(e *evidence, confidence Confidence) {
	if v.hits == nil {
		// One hit is seldom alone; this saves most of the growing.
		v.hits = make([]Hit, 0, 8+min(len(v.text)/4096, 1<<16))
	}
	category := categoryCPR
	if e.check == checkReplacement {
		category = categoryReplacement
	}
	for _, d := range e.token.digits {
		v.values = append(v.values, '0'+d)
	}
	key := e.key()
	slot := &v.cache[(int(e.shape)+3*int(e.check))&15]
	if slot.list == nil || slot.key != key {
		*slot = verdicts{key, e.reasons()}
	}
	v.hits = append(v.hits, Hit{Start: e.start, End: e.end, Category: category, Confidence: confidence,
		Reasons: slot.list[:len(slot.list):len(slot.list)]})
}

// finish returns the hits, and the view for the next text. A view of which the
// detector panicked is not used again.
func (v *view) finish() []Hit {
	values, hits := string(v.values), v.hits
	for i := range hits {
		hits[i].Value = values[i*10 : i*10+10]
	}
	v.text, v.places.text, v.places.laid, v.hits = nil, nil, nil, nil
	v.cpr.views.Put(v)
	return hits
}

// evidence is all that is known of a number before it is judged.
type evidence struct {
	*seen
	context
	surroundings
	neighbours
	epoch, pNumber bool
}

// weigh judges token k.
func (v *view) weigh(k int) {
	t := &v.tokens[k]
	e := evidence{seen: t, surroundings: lookAround(v.text, &t.token)}
	if e.never {
		return
	}
	v.cpr.lexicon.around(v.text, &t.token, &e.context)
	if e.uncounted() {
		return
	}
	e.neighbours = v.neighbours(k)
	if t.shape == shapeBare {
		e.epoch, e.pNumber = inEpochRange(&t.digits), inPNumberRange(&t.digits)
	}
	if confidence := e.judge(); confidence != "" {
		v.add(&e, confidence)
	}
}

// uncounted reports whether the number is written in a way that counts only
// with a label.
func (e *evidence) uncounted() bool {
	switch {
	case e.amount || e.money && e.plain():
		return e.label == nil || e.amount && e.used
	case e.shape == shapeNine:
		return !e.header
	case e.shape == shapeOdd:
		return e.label == nil
	case e.shape == shapeCells:
		return e.label == nil || e.check != checkMod11 && e.check != checkOfficial || e.digits > 0
	}
	return false
}

// judge returns the confidence that the evidence gives, empty for none. The
// package comment has the same as a table.
func (e *evidence) judge() Confidence {
	if e.check == checkReplacement {
		return e.judgeReplacement()
	}
	if e.label != nil && (e.amount || e.shape == shapeOdd || e.shape == shapeCells) {
		return Possible
	}
	if e.label != nil {
		// A label beats everything that only speaks against a number.
		if e.check == checkMod11 || e.check == checkOfficial {
			return Confirmed
		}
		return Possible
	}
	switch points := e.digitPoints() + e.shapePoints() + e.wordPoints() + e.contraPoints(); {
	case points >= 3 && (e.check == checkMod11 || e.check == checkOfficial && e.person != nil):
		return Confirmed
	case points >= 1 || e.atLeastPossible():
		return Possible
	}
	return ""
}

// atLeastPossible reports whether nothing that was weighed may silence the
// number: its check digit is right, and neither is it part of something with
// more digits, nor does its own label name another kind of number in so many
// words, nor may it be one of a series of times or P numbers.
func (e *evidence) atLeastPossible() bool {
	if e.check != checkMod11 || e.digits > 1 {
		return false
	}
	switch e.shape {
	case shapeHyphen, shapeSplit:
		return true
	case shapeBare, shapeBlank, shapeSlash:
		return e.digits == 0 && !(e.clock && e.epoch) && !(e.series && (e.epoch || e.pNumber)) &&
			(e.other == nil || e.other.kind == kindWeak || !e.named)
	}
	return false
}

// judgeReplacement judges a number with day + 60, which counts only with
// something that speaks for it.
func (e *evidence) judgeReplacement() Confidence {
	switch {
	case e.label != nil && e.direct && !e.amount && e.shape != shapeOdd:
		return Confirmed
	case e.label != nil:
		return Possible
	case e.person != nil && e.other == nil && e.near == nil && e.shape == shapeHyphen && e.digits == 0:
		return Possible
	}
	return ""
}

func (e *evidence) digitPoints() int {
	switch e.check {
	case checkMod11:
		return 3
	case checkOfficial:
		return 1
	case checkJanuary:
		return -1
	}
	return -2
}

func (e *evidence) shapePoints() int {
	switch e.shape {
	case shapeHyphen, shapeSplit:
		return 1
	case shapeDot, shapeLoose:
		return -1
	case shapeDated:
		return -3
	}
	return 0
}

func (e *evidence) wordPoints() int {
	points := 0
	if e.person != nil || e.list {
		points += 2
	}
	switch {
	case e.other != nil && e.other.kind != kindWeak:
		points -= 3
	case e.other != nil:
		points -= 2
	case e.near != nil:
		points--
	}
	if e.clock && e.epoch {
		points -= 3
	}
	return points
}

// contraPoints is what the neighbourhood takes away. The company of other
// numbers alone never takes away the last point: it may make a number possible
// that would be confirmed, but it does not silence it. Only a number that by
// itself may be Unix seconds or a P number, and stands in a series of such, is
// one of them.
func (e *evidence) contraPoints() int {
	points := -2 * e.digits
	if (e.epoch || e.pNumber) && !e.list {
		points--
	}
	if e.glued {
		points--
	}
	company := 0
	switch {
	case e.series && (e.epoch || e.pNumber):
		return points - 3
	case e.series:
		company = 3
	case e.dense:
		company = 2
	}
	if left := e.digitPoints() + e.shapePoints() + e.wordPoints() + points; left > 1 {
		points -= min(company, left-1)
	}
	return points
}

// inEpochRange reports whether ten digits are also a time between 2010 and
// 2030 in Unix seconds.
func inEpochRange(d *[10]byte) bool {
	n := fourDigits(d[:4])
	return n >= 1262 && n <= 1893
}

// inPNumberRange reports whether ten digits are in the range from which
// P numbers are issued.
func inPNumberRange(d *[10]byte) bool {
	n := fourDigits(d[:4])
	return n >= 1001 && n <= 1031
}

// reasonKey is what the reasons depend on.
type reasonKey struct {
	label, person, other, near *entry
	check                      check
	shape                      shape
	header                     bool
	flags                      [8]bool // see flagCodes
}

// flagCodes are the codes of the flags of a reasonKey.
var flagCodes = [8]code{codeAmount, codeDigits, codeGlued, codeList, codeDense, codeSeries, codeEpoch, codePNumber}

func (e *evidence) key() reasonKey {
	return reasonKey{e.label, e.person, e.other, e.near, e.check, e.shape, e.header,
		[8]bool{e.amount, e.digits > 0, e.glued, e.list, e.dense, e.series, e.epoch, e.pNumber}}
}

// reasons returns the codes of the evidence, most telling first.
func (e *evidence) reasons() []string {
	list := make([]string, 0, 4)
	switch {
	case e.label != nil && e.header:
		list = append(list, e.label.header)
	case e.label != nil:
		list = append(list, e.label.label)
	}
	list = append(list, string(e.checkCode()))
	if e.shape == shapeNine {
		list = append(list, string(codeLostZero))
	}
	if e.person != nil {
		list = append(list, e.person.person)
	}
	switch e.shape {
	case shapeHyphen:
		list = append(list, string(codeHyphen))
	case shapeBare:
		list = append(list, string(codeBare))
	case shapeSplit:
		list = append(list, string(codeSplit))
	case shapeDot, shapeLoose, shapeDated, shapeOdd:
		list = append(list, string(codeLoose))
	case shapeCells:
		list = append(list, string(codeCells))
	}
	if e.other != nil {
		list = append(list, e.other.other)
	}
	if e.near != nil {
		list = append(list, e.near.near)
	}
	for i, set := range e.key().flags {
		if set {
			list = append(list, string(flagCodes[i]))
		}
	}
	return list
}

func (e *evidence) checkCode() code {
	switch e.check {
	case checkMod11:
		return codeMod11
	case checkOfficial:
		return codeOfficial
	case checkJanuary:
		return codeJanuary
	case checkReplacement:
		return codeReplacement
	}
	return codeNoMod11
}

// neighbours is what the other numbers within reachNeighbours bytes say.
type neighbours struct {
	list   bool // they are CPR numbers
	dense  bool // they are many, and most are not CPR numbers
	series bool // several begin like this one and are not CPR numbers
}

// neighbours counts the tokens around token k.
func (v *view) neighbours(k int) neighbours {
	t := &v.tokens[k]
	for v.tokens[v.low].start < t.start-reachNeighbours {
		v.low++
	}
	all, good, alike, alikeGood := 0, 0, 0, 0
	for i := v.low; i < len(v.tokens) && v.tokens[i].start <= t.start+reachNeighbours; i++ {
		n := &v.tokens[i]
		if i == k || n.shape == shapeDated || n.shape == shapeOdd || n.shape == shapeCells || n.digits == t.digits {
			continue // the same number again says nothing new
		}
		valid := n.check == checkMod11 || n.check == checkOfficial
		all++
		if valid {
			good++
		}
		if [4]byte(n.digits[:4]) == [4]byte(t.digits[:4]) {
			alike++
			if valid {
				alikeGood++
			}
		}
	}
	return neighbours{
		list:   all >= 3 && good*4 >= all*3,
		dense:  all >= 4 && good*4 < all,
		series: t.shape == shapeBare && alike >= 3 && alikeGood*4 <= alike,
	}
}
