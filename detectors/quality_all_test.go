package detectors

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sletdk/slet/internal/samples"
)

var update = flag.Bool("update", false, "rewrite docs/quality.md")

// caseLine is a text about a person with a term of the lexicon, and the
// term's category.
func caseLine(r *rand.Rand, l *lexiconData) (text, category string) {
	t := &l.terms[r.IntN(len(l.terms))]
	for t.strength < 2 || len(t.with) > 0 {
		t = &l.terms[r.IntN(len(l.terms))]
	}
	s := oldCPR(r)
	who := []string{"cpr " + s[:6] + "-" + s[6:], samples.Name(r) + ", født 3. marts 1870", samples.Name(r) + ", " + samples.Street(r) + ", " + samples.Town(r)}[r.IntN(3)]
	text = pickOf(r, "Vedr. "+who+". "+samples.Words(r, 8)+" TERM "+samples.Words(r, 6)+".", who+": TERM, "+samples.Words(r, 10), who+";TERM;"+samples.Words(r, 2)+"\n")
	text = strings.ReplaceAll(text, "handleplan", "plan") // a term among the words of the prose
	return strings.Replace(text, "TERM", t.text, 1), l.categories[t.category]
}

func pickOf(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

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
	makings := samples.Makings()
	var rows []row
	for i, own := range makings {
		r := rand.New(rand.NewPCG(61, uint64(i)))
		d := p.detector(t, own.Detector)
		w := row{name: own.Detector, minRecall: 0.97, minPrecise: 0.97}
		for range samplesOfKind {
			text, value := own.Make(r)
			w.count(d.Find([]byte(text)), value, func(h Hit) string { return h.Value })
			other := makings[r.IntN(len(makings))]
			if other.Detector != own.Detector {
				text, _ := other.Make(r)
				w.count(d.Find([]byte(text)), "", nil)
			}
			if text := samples.OtherNumber(r); !slices.ContainsFunc(own.Own, func(m string) bool { return strings.Contains(text, m) }) {
				w.count(d.Find([]byte(text)), "", nil)
			}
			w.count(d.Find([]byte(samples.Words(r, 12))), "", nil)
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
		w.count(d.Find([]byte(samples.Words(r, 4)+"\n"+guidance[r.IntN(len(guidance))]+"\n"+samples.Words(r, 9))), "", nil)
		w.count(d.Find([]byte(fmt.Sprintf("%s %s %s", samples.Words(r, 8), p.lexicon.terms[r.IntN(len(p.lexicon.terms))].text, samples.Words(r, 8)))), "", nil)
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
			s := samples.AnyCPR(r)
			shown := fmt.Sprintf(f.format, s[:6], s[6:])
			text := fmt.Sprintf(pickOf(r, "cpr. %s, %s", "Navn: Ib Bo\nCPR-nr.: %s\n%s", "CPR\x1f%s\x1e%s\x1e", "borger %s %s", "%s %s"), shown, samples.Words(r, 3))
			w.count(c.Find([]byte(text)), s, func(h Hit) string { return h.Value })
			w.count(c.Find([]byte(samples.OtherNumber(r))), "", nil)
		}
		rows = append(rows, w)
	}
	for _, set := range []struct {
		name string
		list []samples.Sample
	}{{"cpr: all plain samples", samples.PlainCPR(plainRounds)}, {"cpr: hard samples", samples.HardCPR(hardRounds)}} {
		w := row{name: set.name, minRecall: 0.95, minPrecise: 0.9} // their own tests have the bars
		w.right, w.wrong, w.missed = score(t, set.list, false)
		w.sureRight, w.sureWrong, _ = score(t, set.list, true)
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
	keep(t, "measured", "| detector, form | positives | recall | precision | precision of the confirmed |\n|---|--:|--:|--:|--:|\n"+strings.Join(table, "\n")+"\n")
}

// keep holds a table of docs/quality.md to what is measured.
func keep(t *testing.T, name, table string) {
	t.Helper()
	if err := samples.Keep(filepath.Join("..", "docs", "quality.md"), name, table, *update); err != nil {
		t.Error(err)
	}
}

// TestQualityOfNames measures names, common ones and such as no list has, in
// ten places each, beside what has addresses and dates and is nobody.
func TestQualityOfNames(t *testing.T) {
	given, last := strings.Fields(givenNames), strings.Fields(surnames)
	for name := range samples.RareNames {
		if words := strings.Fields(strings.ToLower(name)); slices.Contains(given, words[0]) || slices.Contains(last, words[len(words)-1]) && !strings.HasSuffix(name, "sen") {
			t.Errorf("%s is in the lists: the rare names must be made of others", name)
		}
	}
	d := testParts(t, Options{}).detector(t, "person")
	table := "| names | positives | recall | precision |\n|---|--:|--:|--:|\n"
	for i, set := range []struct {
		name      string
		make      func(*rand.Rand) string
		minRecall float64
	}{{"common", samples.Name, 0.99}, {"in no list", samples.RareName, 0.85}} {
		r := samples.Rand(uint64(80 + i))
		w := row{name: set.name}
		for k := range samplesOfKind {
			name := set.make(r)
			w.count(d.Find([]byte(samples.InPlace(r, name, k%samples.NamePlaces))), name, func(h Hit) string { return h.Value })
			w.count(d.Find([]byte(samples.NoPerson(r))), "", nil)
		}
		recall, precision := ratio(w.right, w.missed), ratio(w.right, w.wrong)
		if recall < set.minRecall || precision < 0.97 {
			t.Errorf("%s: recall %.4f (at least %.2f), precision %.4f (at least 0.97)", set.name, recall, set.minRecall, precision)
		}
		table += fmt.Sprintf("| %s | %d | %.3f | %.3f |\n", set.name, w.right+w.missed, recall, precision)
	}
	keep(t, "names", table)
}

// TestQualityOfTypes measures the document types.
func TestQualityOfTypes(t *testing.T) {
	e := testEngine(t, Options{})
	right, wrong, missed := map[string]int{}, map[string]int{}, map[string]int{}
	negative := []string{"", "databehandleraftale", "politik_vejledning"}
	for _, doc := range samples.Documents(60) {
		got, evidence := typeOf(t, e, doc.Path, doc.Text, len(doc.Text)+1)
		if slices.Contains(negative, got) {
			got = ""
		}
		if got == doc.Type {
			right[got]++
			continue
		}
		missed[doc.Type]++
		if wrong[got]++; wrong[got] <= 2 || missed[doc.Type] <= 2 {
			t.Logf("%q, not %q: %s: %.300q %q", got, doc.Type, doc.Path, doc.Text, evidence)
		}
	}
	table := "| document type | documents | recall | precision |\n|---|--:|--:|--:|\n"
	var all row
	for _, name := range append(samples.TypesMade(), "") {
		if name == "" {
			table += fmt.Sprintf("| none of these | %d | %.3f | %.3f |\n", right[name]+missed[name], ratio(right[name], missed[name]), ratio(right[name], wrong[name]))
			continue
		}
		all.right, all.wrong, all.missed = all.right+right[name], all.wrong+wrong[name], all.missed+missed[name]
		if recall := ratio(right[name], missed[name]); recall < 0.95 {
			t.Errorf("%s: recall %.3f (at least 0.95)", name, recall)
		}
		table += fmt.Sprintf("| %s | %d | %.3f | %.3f |\n", name, right[name]+missed[name], ratio(right[name], missed[name]), ratio(right[name], wrong[name]))
	}
	if precision := ratio(all.right, all.wrong); precision < 0.9 {
		t.Errorf("all types: precision %.3f (at least 0.9)", precision)
	}
	table += fmt.Sprintf("| **all types** | %d | %.3f | %.3f |\n", all.right+all.missed, ratio(all.right, all.missed), ratio(all.right, all.wrong))
	keep(t, "types", table)
}
