package detectors

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/quality.md")

// making is how positives of a detector are made: a text and the value that
// is to be found in it.
type making func(r *rand.Rand) (text, value string)

func digits(r *rand.Rand, n int, first string) string {
	s := string(first[r.IntN(len(first))])
	for len(s) < n {
		s += string(rune('0' + r.IntN(10)))
	}
	return s
}

func pick(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

// capital gives a word a capital.
func capital(s string) string {
	list := []rune(s)
	return strings.ToUpper(string(list[0])) + string(list[1:])
}

func someName(r *rand.Rand) string {
	given, last := strings.Fields(givenNames), strings.Fields(surnames)
	name := capital(given[r.IntN(len(given))])
	if r.IntN(3) == 0 {
		name += " " + capital(last[r.IntN(len(last))])
	}
	return name + " " + capital(last[r.IntN(len(last))])
}

func someStreet(r *rand.Rand) string {
	return pick(r, "Storegade", "Solsikkevej", "Ny Vestergade", "Bøgebakken", "Strandvejen", "Rosenallé", "Torvet", "Åparken") + " " + strconv.Itoa(1+r.IntN(199))
}

func someTown(r *rand.Rand) string {
	return strconv.Itoa(1000+r.IntN(8990)) + " " + pick(r, "Aarhus C", "Odense", "København Ø", "Hvidovre", "Ærøskøbing")
}

func pairsOf(s string) string { return s[:2] + " " + s[2:4] + " " + s[4:6] + " " + s[6:] }

func foursOf(s string) string {
	var parts []string
	for len(s) > 4 {
		parts, s = append(parts, s[:4]), s[4:]
	}
	return strings.Join(append(parts, s), " ")
}

// luhnNumber returns a card number that begins with prefix.
func luhnNumber(r *rand.Rand, prefix string) string {
	s := prefix + digits(r, 15-len(prefix), "0123456789")
	for c := '0'; c <= '9'; c++ {
		if luhn([]byte(s + string(c))) {
			return s + string(c)
		}
	}
	return ""
}

func danishIBAN(r *rand.Rand) string {
	account := digits(r, 14, "0123456789")
	for check := 2; check < 99; check++ {
		if s := fmt.Sprintf("DK%02d%s", check, account); mod97(s) {
			return s
		}
	}
	return ""
}

// makings are how the positives of each detector are made, in the forms that
// letters, tables and forms have.
var makings = []struct {
	detector string
	marks    []string // of everyday numbers that are its own
	make     making
}{
	{"person", nil, func(r *rand.Rand) (string, string) {
		name := someName(r)
		switch r.IntN(4) {
		case 0:
			return fmt.Sprintf("%s\n%s\n%s\n\n%s", name, someStreet(r), someTown(r), words(r, 5)), name
		case 1:
			return fmt.Sprintf("%s %s, %s, %s %s", words(r, 3), name, someStreet(r), someTown(r), words(r, 3)), name
		case 2:
			return fmt.Sprintf("%s, født %d. %s 18%d", name, 1+r.IntN(28), pick(r, "januar", "marts", "oktober"), 58+r.IntN(42)), name
		}
		return fmt.Sprintf("%s;%s;%s\n", name, someStreet(r), someTown(r)), name
	}},
	{"bank_account", []string{"kontonr"}, func(r *rand.Rand) (string, string) {
		bank, number := digits(r, 4, "1234567890"), digits(r, 7+r.IntN(4), "123456789")
		return fmt.Sprintf(pick(r, "Reg.nr. %s kontonr. %s", "reg. %s, konto: %s", "kontonummer %s %s", "NemKonto: %s-%s", "Kontonr\x1f%s %s\x1e", "bankoplysninger: reg.nr. %s, kontonr. %s"), bank, number), bank + "-" + number
	}},
	{"iban", []string{"IBAN"}, func(r *rand.Rand) (string, string) {
		s := danishIBAN(r)
		shown := s
		if r.IntN(2) == 0 {
			shown = foursOf(s)
		}
		return pick(r, "IBAN: ", "iban-nr. ", words(r, 2)+" ", "") + shown + pick(r, "", ", "+words(r, 2)), s
	}},
	{"payment_card", nil, func(r *rand.Rand) (string, string) {
		s := luhnNumber(r, pick(r, "4571", "5019", "5413", "4", "2720"))
		switch r.IntN(3) {
		case 0:
			return words(r, 3) + " " + foursOf(s) + " " + words(r, 3), s
		case 1:
			return pick(r, "Dankort ", "Visa: ", "kortnr. ") + s, s
		}
		return words(r, 2) + " " + s + " " + words(r, 2), s
	}},
	{"passport", nil, func(r *rand.Rand) (string, string) {
		s := digits(r, 9, "123")
		return pick(r, "pasnr. ", "Pasnummer: ", "Pas nr. ", "passport no. ", "Pasnr\x1f") + s, s
	}},
	{"driving_licence", nil, func(r *rand.Rand) (string, string) {
		s := digits(r, 8, "123")
		return pick(r, "kørekortnr. ", "Kørekort nr.: ", "kørekort: ", "koerekortnummer ", "Kørekortnummer\x1f") + s, s
	}},
	{"phone", []string{"+45", "tlf"}, func(r *rand.Rand) (string, string) {
		s := digits(r, 8, "23456789")
		switch r.IntN(4) {
		case 0:
			return pick(r, "+45 ", "+45", "(+45) ") + pick(r, s, pairsOf(s)), "+45" + s
		case 1:
			return words(r, 3) + " " + pairsOf(s) + " " + words(r, 3), s
		}
		return pick(r, "tlf. ", "Tlf.: ", "mobil ", "Telefon\x1f", "telefonnummer: ") + pick(r, s, pairsOf(s), s[:4]+" "+s[4:]), s
	}},
	{"email", nil, func(r *rand.Rand) (string, string) {
		s := pick(r, "jens.hansen", "mette-s", "x.y+z", "søren", "ib") + strconv.Itoa(r.IntN(99)) + "@" + pick(r, "example.dk", "mail.example.com", "blåbær.dk")
		return pick(r, "mail: ", "<", words(r, 2)+" ", "mailto:") + s + pick(r, ".", ">", "", " "+words(r, 2)), s
	}},
	{"licence_plate", nil, func(r *rand.Rand) (string, string) {
		s := pick(r, "AB", "XY", "CD", "BZ") + digits(r, 5, "123456789")
		switch r.IntN(3) {
		case 0:
			return "bilen " + s[:2] + " " + s[2:4] + " " + s[4:] + " " + words(r, 2), s
		case 1:
			return pick(r, "nummerplade ", "reg.nr. ", "registreringsnummer: ") + s, s
		}
		return pick(r, "nummerplade ", "køretøj: ") + s[:2] + " " + s[2:4] + " " + s[4:], s
	}},
}

// caseLine is a text about a person with a term of the lexicon, and the
// term's category.
func caseLine(r *rand.Rand, l *lexiconData) (text, category string) {
	t := &l.terms[r.IntN(len(l.terms))]
	for t.strength < 2 || len(t.with) > 0 {
		t = &l.terms[r.IntN(len(l.terms))]
	}
	s := oldCPR(r)
	who := []string{"cpr " + s[:6] + "-" + s[6:], someName(r) + ", født 3. marts 1870", someName(r) + ", " + someStreet(r) + ", " + someTown(r)}[r.IntN(3)]
	text = pick(r, "Vedr. "+who+". "+words(r, 8)+" TERM "+words(r, 6)+".", who+": TERM, "+words(r, 10), who+";TERM;"+words(r, 2)+"\n")
	text = strings.ReplaceAll(text, "handleplan", "plan") // a term among the words of the prose
	return strings.Replace(text, "TERM", t.text, 1), l.categories[t.category]
}

// row is a line of the table.
type row struct {
	name                  string
	right, wrong, missed  int
	sureRight, sureWrong  int
	minRecall, minPrecise float64
}

// count adds the hits of one text to a row.
func (w *row) count(hits []Hit, want string, value func(Hit) string) {
	found := false
	for _, h := range hits {
		ok := want != "" && value(h) == want
		if ok && !found {
			w.right++
		}
		found = found || ok
		if h.Confidence == Confirmed && ok {
			w.sureRight++
		}
		if !ok {
			w.wrong++
			if h.Confidence == Confirmed {
				w.sureWrong++
			}
		}
	}
	if want != "" && !found {
		w.missed++
	}
}

func ratio(a, b int) float64 {
	if a+b == 0 {
		return 1
	}
	return float64(a) / float64(a+b)
}

func (w *row) line() string {
	return fmt.Sprintf("| %s | %d | %.3f | %.3f | %.3f |", w.name, w.right+w.missed, ratio(w.right, w.missed), ratio(w.right, w.wrong), ratio(w.sureRight, w.sureWrong))
}

const samplesOfKind = 1500

// qualityOfOthers measures every detector but cpr, on its own positives and on
// the positives of all others, everyday numbers and prose.
func qualityOfOthers(t *testing.T) []row {
	p := testParts(t, Options{})
	var rows []row
	for i, own := range makings {
		r := rand.New(rand.NewPCG(61, uint64(i)))
		d := p.detector(t, own.detector)
		w := row{name: own.detector, minRecall: 0.97, minPrecise: 0.97}
		for range samplesOfKind {
			text, value := own.make(r)
			w.count(d.Find([]byte(text)), value, func(h Hit) string { return h.Value })
			other := makings[r.IntN(len(makings))]
			if other.detector != own.detector {
				text, _ := other.make(r)
				w.count(d.Find([]byte(text)), "", nil)
			}
			if text := otherNumber(r); !slices.ContainsFunc(own.marks, func(m string) bool { return strings.Contains(text, m) }) {
				w.count(d.Find([]byte(text)), "", nil)
			}
			w.count(d.Find([]byte(words(r, 12))), "", nil)
		}
		rows = append(rows, w)
	}
	r := rand.New(rand.NewPCG(63, 64))
	d, w := p.detector(t, "lexicon"), row{name: "lexicon", minRecall: 0.97, minPrecise: 0.97}
	var guidance []string
	for _, name := range []string{"privatlivspolitik", "slettepolitik", "vejledning", "pensum", "bekendtgørelse", "referat", "fortegnelse"} {
		guidance = append(guidance, guidanceTexts[name])
	}
	for range samplesOfKind {
		text, category := caseLine(r, p.lexicon)
		w.count(d.Find([]byte(text)), category, func(h Hit) string { return h.Category })
		w.count(d.Find([]byte(words(r, 4)+"\n"+guidance[r.IntN(len(guidance))]+"\n"+words(r, 9))), "", nil)
		w.count(d.Find([]byte(fmt.Sprintf("%s %s %s", words(r, 8), p.lexicon.terms[r.IntN(len(p.lexicon.terms))].text, words(r, 8)))), "", nil)
	}
	return append(rows, w)
}

// qualityOfCPR measures the CPR detector by written form, and on the plain and
// the hard samples.
func qualityOfCPR(t *testing.T) []row {
	c := testCPR(t)
	forms := []struct{ name, format string }{
		{"150370-5008", "%s-%s"}, {"1503705008", "%s%s"}, {"150370 5008", "%s %s"}, {"150370 – 5008, any dash", "%s–%s"}, {"no-break space", "%s\u00a0%s"}, {"soft hyphen", "%s\u00ad%s"},
		{"150370/5008", "%s/%s"}, {"150370.5008", "%s.%s"}, {"150370 - 5008", "%s - %s"}, {"hyphen, line break", "%s-\n%s"}, {"line break", "%s\n%s"}, {"tab", "%s\t%s"}, {"150370_5008", "%s_%s"},
	}
	var rows []row
	for i, f := range forms {
		r := rand.New(rand.NewPCG(65, uint64(i)))
		w := row{name: "cpr: " + f.name, minRecall: 0.995, minPrecise: 0.99}
		for range 600 {
			s := anyCPR(r)
			shown := fmt.Sprintf(f.format, s[:6], s[6:])
			text := fmt.Sprintf(pick(r, "cpr. %s, %s", "Navn: Ib Bo\nCPR-nr.: %s\n%s", "CPR\x1f%s\x1e%s\x1e", "borger %s %s", "%s %s"), shown, words(r, 3))
			w.count(c.Find([]byte(text)), s, func(h Hit) string { return h.Value })
			w.count(c.Find([]byte(otherNumber(r))), "", nil)
		}
		rows = append(rows, w)
	}
	for _, set := range []struct {
		name    string
		samples []sample
	}{{"cpr: all plain samples", plainSamples()}, {"cpr: hard samples", hardSamples()}} {
		w := row{name: set.name, minRecall: 0.95, minPrecise: 0.9} // their own tests have the bars
		w.right, w.wrong, w.missed = score(t, set.samples, false)
		w.sureRight, w.sureWrong, _ = score(t, set.samples, true)
		rows = append(rows, w)
	}
	return rows
}

// TestQuality holds every detector to its bars, and docs/quality.md to what is
// measured. -update rewrites the table.
func TestQuality(t *testing.T) {
	var table []string
	for _, w := range append(qualityOfCPR(t), qualityOfOthers(t)...) {
		if recall, precision := ratio(w.right, w.missed), ratio(w.right, w.wrong); recall < w.minRecall || precision < w.minPrecise {
			t.Errorf("%s: recall %.4f (at least %.3f), precision %.4f (at least %.3f)", w.name, recall, w.minRecall, precision, w.minPrecise)
		}
		table = append(table, w.line())
	}
	file := filepath.Join("..", "docs", "quality.md")
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- measured -->\n", "<!-- end -->"
	head, rest, ok1 := strings.Cut(string(old), begin)
	was, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no table between its marks", file)
	}
	now := "| detector, form | positives | recall | precision | precision of the confirmed |\n|---|--:|--:|--:|--:|\n" + strings.Join(table, "\n") + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(head+begin+now+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !alike(was, now) {
		t.Errorf("docs/quality.md is not what is measured: go test ./detectors -run Quality -update\n%s", now)
	}
}

// alike reports whether two tables have the same rows and, to a hundredth, the
// same numbers.
func alike(a, b string) bool {
	number := regexp.MustCompile(`\d\.\d{3}`)
	x, y := number.FindAllString(a, -1), number.FindAllString(b, -1)
	if number.ReplaceAllString(a, "#") != number.ReplaceAllString(b, "#") {
		return false
	}
	for i := range x {
		m, _ := strconv.ParseFloat(x[i], 64)
		n, _ := strconv.ParseFloat(y[i], 64)
		if m-n > 0.01 || n-m > 0.01 {
			return false
		}
	}
	return true
}
