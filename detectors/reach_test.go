package detectors

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// otherPieces are what the detectors look for, and what lies near it.
var otherPieces = []string{"Jens Peter Hansen", "Mette Sørensen", "Anne-Marie Holm", "Ib ", "Xenia de Silva", "Navn: ", "Kære ", "Łukasz B. Wójcik, ", "Hotel Nord", "8000 Aarhus;", "Storegade 12, 8000 Aarhus C", "Solsikkevej 3", "2650 Hvidovre", "født 15. marts 1870", "f. 15.03.1870",
	"fødselsdato:", "tlf. ", "Telefon\x1f", "mobil ", "20 12 34 56", "+45 20123456", "0045 20 12 34 56", "20123456", "ib@example.dk", "info@example.dk", "@", "+", "IBAN ", "DK50 0040 0440 1162 43",
	"DK5000400440116243", "kort ", "Visa 4556 7375 8689 9855", "4556737586899855", "kontonr. ", "reg.nr. 1234 ", "0012345678", "konto ", "Pasnr. 204567891", "kørekortnr. ", "12345678", "AB 12 345",
	"nummerplade AB12345", "cpr 150370-5008", "150370-5008", "290288-5008", "1503705008", "sygemeldt", "depression", "angst", "diagnose", "medlem af 3F", "underretning", "barn", "anbragt", "straffeattest",
	"slettefrist", "behandlingsgrundlag", "retningslinje", "artikel", "opbevares", "hemmelig", "Projekt Nordlys", "SAG-2024/17", "SAG-", "xx", ". ", "\n", ";", "\x1e", "\x1f", ", ", "  ", "-", "\u00a0", "»", "“"}

// otherText is random text of those pieces.
func otherText(r *rand.Rand, n int) []byte {
	var b strings.Builder
	for b.Len() < n {
		s := otherPieces[r.IntN(len(otherPieces))]
		if r.IntN(15) == 0 {
			s = s[:r.IntN(len(s)+1)]
		}
		b.WriteString(s)
		for range r.IntN(3) {
			b.WriteByte(' ')
		}
		if r.IntN(40) == 0 {
			b.WriteString(strings.Repeat("ord ", r.IntN(120)))
		}
	}
	return []byte(b.String())
}

// ownRules are custom rules of the tests.
var ownRules = []Custom{
	{Name: "nordlys", Words: []string{"Projekt Nordlys", "hemmelig*", "*gade*", "12345678"}},
	{Name: "sag", Category: "sag", Expression: `SAG-\d{4}/\d+`},
	{Name: "bred", Expression: `\b\w*cpr [^;]*`, Literal: "cpr "},
}

// checkReach holds a detector to its contract: whether there is a hit at i
// depends only on text[i-Reach : i+Reach].
func checkReach(t *testing.T, d Detector, text []byte, from, to int) {
	t.Helper()
	within := func(hits []Hit, shift int) []string {
		var list []string
		for _, h := range hits {
			at := h.Start + shift
			if (at >= from+d.Reach() || from == 0) && (at < to-d.Reach() || to == len(text)) && at >= from && at < to {
				list = append(list, fmt.Sprint(at, h.End+shift, h.Value, h.Category, h.Confidence, h.Reasons))
			}
		}
		return list
	}
	hits := d.Find(text)
	if !slices.IsSortedFunc(hits, func(a, b Hit) int { return a.Start - b.Start }) {
		t.Fatalf("%s: %q: not in order", d.Name(), text)
	}
	for _, h := range hits {
		if h.Start < 0 || h.End <= h.Start || h.End > len(text) || len(h.Reasons) == 0 || h.Category == "" || h.Confidence != Confirmed && h.Confidence != Possible {
			t.Fatalf("%s: %q: hit %+v", d.Name(), text, h)
		}
	}
	whole, cut := within(hits, 0), within(d.Find(text[from:to]), from)
	if !slices.Equal(whole, cut) {
		t.Fatalf("%s: %q cut to %d:%d\ncut   %s\nwhole %s", d.Name(), text, from, to, strings.Join(cut, "\n      "), strings.Join(whole, "\n      "))
	}
}

func TestReach(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	both := []*parts{testParts(t, Options{Custom: ownRules}), testParts(t, Options{})} // with the whole table, and sparse
	for i := range 600 {
		p := both[i%2]
		text := otherText(r, 200+r.IntN(9000))
		for _, d := range p.detectors {
			from := r.IntN(len(text))
			checkReach(t, d.Detector, text, from, from+r.IntN(len(text)-from+1))
		}
	}
}

func FuzzReach(f *testing.F) {
	p := testParts(f, Options{Custom: ownRules})
	r := rand.New(rand.NewPCG(43, 44))
	for i := range 20 {
		f.Add(otherText(r, 6000), uint16(i*100), uint16(i*50))
	}
	f.Fuzz(func(t *testing.T, text []byte, from, less uint16) {
		a := min(int(from), len(text))
		for _, d := range p.detectors {
			checkReach(t, d.Detector, text, a, max(a, len(text)-int(less)))
		}
	})
}
