// Package samples makes labelled text: Danish prose, letters, forms and tables
// with personal data in them, and what is none. The detectors and the formats
// are measured on it (docs/quality.md). Numbers are made as a test runs, with
// rules of this package's own, so that nobody's is written down and no detector
// is measured with its own ruler. The same seed makes the same text.
package samples

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// The control characters of package extract: see there.
const (
	cellEnd   = "\x1e"
	headerEnd = "\x1f"
)

// Rand returns the source of randomness of a set.
func Rand(set uint64) *rand.Rand { return rand.New(rand.NewPCG(set, 2026)) }

// CPR returns ten digits: the number of somebody born in one of the years
// from–to (within 1858–2057), with the right check digit or without.
func CPR(r *rand.Rand, from, to int, checked bool) string {
	first := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC)
	days := int(time.Date(to+1, 1, 1, 0, 0, 0, 0, time.UTC).Sub(first).Hours() / 24)
	for {
		day := first.AddDate(0, 0, r.IntN(days))
		s := fmt.Sprintf("%s%d%03d", day.Format("020106"), century(r, day.Year()), r.IntN(1000))
		if Checked(s) == checked {
			return s
		}
	}
}

// AnyCPR returns a number of any year up to now, with the right check digit.
func AnyCPR(r *rand.Rand) string { return CPR(r, 1858, 2025, true) }

// January returns a number of somebody born on 1 January of a year, without
// check digit: the date for which the CPR office has run out of numbers.
func January(r *rand.Rand, year int) string {
	for {
		if s := fmt.Sprintf("0101%02d%d%03d", year%100, century(r, year), r.IntN(1000)); !Checked(s) {
			return s
		}
	}
}

// century returns a seventh digit that goes with a year of birth.
func century(r *rand.Rand, year int) int {
	yy := year % 100
	switch {
	case year < 1900: // 1858–1899
		return 5 + r.IntN(4)
	case year < 2000 && yy >= 37:
		return []int{0, 1, 2, 3, 4, 9}[r.IntN(6)]
	case year < 2000:
		return r.IntN(4)
	case yy <= 36:
		return 4 + r.IntN(6)
	}
	return 5 + r.IntN(4)
}

// Checked reports whether ten digits pass modulus 11.
func Checked(s string) bool {
	sum := 0
	for i, weight := range [...]int{4, 3, 2, 7, 6, 5, 4, 3, 2, 1} {
		sum += weight * int(s[i]-'0')
	}
	return sum%11 == 0
}

// digits returns n digits, the first of them one of first.
func digits(r *rand.Rand, n int, first string) string {
	s := string(first[r.IntN(len(first))])
	for len(s) < n {
		s += string(rune('0' + r.IntN(10)))
	}
	return s
}

// card returns a payment card's number that begins with prefix: Luhn.
func card(r *rand.Rand, prefix string) string {
	s := prefix + digits(r, 15-len(prefix), "0123456789")
	sum := 0
	for i := range s {
		d := int(s[i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return s + strconv.Itoa((10-sum%10)%10)
}

// danishIBAN returns an account number with the right check digits.
func danishIBAN(r *rand.Rand) string {
	account := digits(r, 14, "0123456789")
	rest := 0
	for _, c := range account + "132000" { // D is 13, K is 20
		rest = (rest*10 + int(c-'0')) % 97
	}
	return fmt.Sprintf("DK%02d%s", 98-rest, account)
}

func pairsOf(s string) string { return s[:2] + " " + s[2:4] + " " + s[4:6] + " " + s[6:] }

func foursOf(s string) string {
	var parts []string
	for len(s) > 4 {
		parts, s = append(parts, s[:4]), s[4:]
	}
	return strings.Join(append(parts, s), " ")
}

func pick(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

// prose are the words of an office's letters.
const prose = `og at det er en til på med for de af den ikke der et har vi som om
borgeren kommunen ansøgning sagsbehandler afgørelse vedrørende udbetaling møde skole forældre støtte
efter ifølge serviceloven paragraf bevilling hjælpemiddel lægen oplyser fremsendes hermed kopi brev
venlig hilsen forvaltningen ældre pleje bolig indsats plan opfølgning familie børn unge voksne
telefonisk henvendelse aftalt tidspunkt dagsorden referat beslutning økonomi budget regnskab år måned`

var proseWords = strings.Fields(prose)

// Words returns n words of prose.
func Words(r *rand.Rand, n int) string {
	var list []string
	for range n {
		list = append(list, pick(r, proseWords...))
	}
	return strings.Join(list, " ")
}
