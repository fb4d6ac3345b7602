package detectors

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func testParts(t testing.TB, opts Options) *parts {
	t.Helper()
	opts.Today = today
	p, err := assemble(&opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// naiveWords finds the words of a table by trying each at every byte. It knows
// nothing of keys, masks and hashes.
func naiveWords(table *wordTable, text []byte) [wordClasses][]event {
	var found [wordClasses][]event
	for i := range text {
		if !isLetterByte(text, i) {
			continue
		}
		if i == 0 || !isLetterByte(text, i-1) {
			var longest [wordClasses]*word
			var ends [wordClasses]int
			for k := range table.words {
				w := &table.words[k]
				if end := w.at(text, i); end >= 0 && startsAlike(text, i, w) && (longest[w.class] == nil || len(w.text) > len(longest[w.class].text)) {
					longest[w.class], ends[w.class] = w, end
				}
			}
			for class, w := range longest {
				if w != nil {
					found[class] = append(found[class], event{i, ends[class], w.id})
				}
			}
			continue
		}
		start := i
		for start > 0 && isLetterByte(text, start-1) {
			start--
		}
		n := start
		for n < len(text) && n < start+64 && isLetterByte(text, n) {
			n++
		}
		if n-start < minCompound || i+table.inner.least > n {
			continue
		}
		for k := range table.words {
			if w := &table.words[k]; w.inner {
				if end := w.at(text, i); end == i+len(w.text) && (len(found[w.class]) == 0 || found[w.class][len(found[w.class])-1].start != i) {
					found[w.class] = append(found[w.class], event{i, end, w.id})
				}
			}
		}
	}
	return found
}

// startsAlike reports whether the run of letters at i is as long as the word's
// own, or both are at least as long as the filter looks: what keeps "a-kasse"
// from starting in "abe".
func startsAlike(text []byte, i int, w *word) bool {
	n := i
	for n < len(text) && isLetterByte(text, n) {
		n++
	}
	return min(n-i, wordKey) == min(w.firstRun(), wordKey)
}

// wordPieces are what random texts are made of: words of the table, cut and
// spoilt, and what lies between words.
func wordPieces(table *wordTable) []string {
	list := []string{" ", " ", " ", " ", "\n", "-", "-\n", "\u00a0", "\u00ad", "»", "«", "–", "“", ".", ", ", ";", "\x1e", "\x1f", "1", "42", "§ ", "a", "e", "S", "ing", "er", "Æ", "ø", "å", "Å", "\u030a", "be",
		"\xe2", "\xc2", "\xc3", "\x80", "日本", "sygeme\u00adldt", "syge-\nmeldt", "SYGEMELDT", "Lægeerklæring", "LÆGEERKLÆRING", "laegeerklaering", "pa\u030avirkede", "langtidssygemeldt"}
	for i := 0; i < len(table.words); i += 7 {
		w := table.words[i].text
		list = append(list, w, strings.ToUpper(w), w+" ", strings.ToUpper(w[:1])+w[1:])
	}
	return list
}

func randomWords(r *rand.Rand, list []string, n int) []byte {
	var b strings.Builder
	for b.Len() < n {
		s := list[r.IntN(len(list))]
		switch r.IntN(12) {
		case 0:
			s = s[:r.IntN(len(s)+1)]
		case 1:
			k := r.IntN(len(s) + 1)
			s = s[:k] + string(rune('a'+r.IntN(26))) + s[k:]
		}
		b.WriteString(s)
		if r.IntN(2) == 0 {
			b.WriteByte(' ')
		}
	}
	return []byte(b.String())
}

func compareWords(t *testing.T, table *wordTable, text []byte) {
	t.Helper()
	w := newWindow(table, text)
	w.look()
	compareEvents(t, text, naiveWords(table, text), w)
	from := len(text) / 3
	for from > 0 && from < len(text) && isLetterByte(text, from-1) {
		from++ // not in the middle of a word
	}
	for i := range w.words {
		w.words[i] = nil
	}
	w.lookIn(table, from, 2*from) // to may be past the end
	want := naiveWords(table, text)
	for i := range want {
		want[i] = between(want[i], from, 2*from)
	}
	// A word that starts within is looked through to its end.
	for i := range w.words {
		w.words[i] = between(w.words[i], from, 2*from)
	}
	compareEvents(t, text, want, w)
}

func compareEvents(t *testing.T, text []byte, want [wordClasses][]event, w *window) {
	t.Helper()
	for class := range want {
		if !slices.Equal(w.words[class], want[class]) {
			t.Fatalf("%q: class %d: found %s, want %s", text, class, showEvents(text, w.words[class]), showEvents(text, want[class]))
		}
	}
}

func showEvents(text []byte, list []event) string {
	var b strings.Builder
	for _, e := range list {
		fmt.Fprintf(&b, "%d:%q(%d) ", e.start, text[e.start:e.end], e.id)
	}
	return b.String()
}

// testTables are the tables that the detectors use.
func testTables(t testing.TB) []*wordTable {
	p := testParts(t, Options{Custom: []Custom{{Name: "egne", Words: []string{"Projekt Nordlys", "hemmelig*", "*kasse*", "*sygemeld*"}}}})
	return []*wordTable{p.table, p.typist.table, p.detector(t, "lexicon").(*sensitive).terms}
}

func TestWordTable(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	for _, table := range testTables(t) {
		list := wordPieces(table)
		for range 100 {
			compareWords(t, table, randomWords(r, list, r.IntN(700)))
		}
	}
}

func FuzzWordTable(f *testing.F) {
	r := rand.New(rand.NewPCG(33, 34))
	tables := testTables(f)
	for i := range 30 {
		f.Add(randomWords(r, wordPieces(tables[i%3]), 300))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, table := range tables {
			compareWords(t, table, text)
		}
	})
}

// naiveMasks is blockAt byte by byte.
func naiveMasks(text []byte, i int) block {
	var b block
	for k := i; k < min(i+64, len(text)); k++ {
		if isLetterByte(text, k) {
			b.letters |= 1 << (k - i)
		}
		if text[k]-'0' < 10 {
			b.digits |= 1 << (k - i)
		}
	}
	return b
}

func TestMasks(t *testing.T) {
	var all []byte
	for b := range 256 {
		all = append(all, byte(b))
	}
	r := rand.New(rand.NewPCG(35, 36))
	for range 3000 {
		text := make([]byte, r.IntN(300))
		for i := range text {
			text[i] = all[r.IntN(256)]
			if r.IntN(3) == 0 {
				text[i] = "\xc2\xe2\x80\xc3aZ0@[`{"[r.IntN(11)]
			}
		}
		for i := 0; i < len(text)+64; i += 64 {
			got, want := blockAt(text, i, true), naiveMasks(text, i)
			if got != want {
				t.Fatalf("%q at %d: %x, want %x", text, i, got, want)
			}
			if k := blockAt(text, i, false); k != got && (k.digits != 0 || want.digits&(want.digits>>1) != 0) {
				t.Fatalf("%q at %d: %x, want %x or no digits that stand alone", text, i, k, want)
			}
		}
	}
}

// TestWords: which spellings of a term are found, and which are not.
func TestWords(t *testing.T) {
	p := testParts(t, Options{})
	for _, tc := range []struct {
		text string
		want string
	}{
		{"Hun er sygemeldt.", "sygemeld"}, {"SYGEMELDT", "sygemeld"}, {"langtidssygemeldt", "sygemeld"}, {"Sygemeldingsskema", "sygemeld"},
		{"en lægeerklæring", "lægeerklæring"}, {"LÆGEERKLÆRINGER", "lægeerklæring"}, {"laegeerklaering", "lægeerklæring"}, {"vurderet til varigt mén", "varigt mén"},
		{"varigt me\u0301n", "varigt mén"}, {"varigt\u00a0mén", "varigt mén"}, {"varigt\nmén", "varigt mén"}, {"»hiv«", "hiv"}, {"hiv-positiv", "hiv"},
		{"hiver", ""}, {"arkiv", ""}, {"sygemel-\ndt", "sygemeld"}, {"sygemel\u00addt", "sygemeld"}, {"bekræfter", ""}, {"brystkræft", "brystkræft"},
		{"medlem af 3F", "medlem af 3f"}, {"medlem af 3fa", ""}, {"moské", "moské"}, {"moskeen", "moské"}, {"anbragt,", "anbragt"}, {"anbragte", ""}, {"“adhd”", "adhd"}, {"a-kasse", "a-kasse"},
	} {
		w := newWindow(p.table, []byte(tc.text))
		w.lookIn(p.detector(t, "lexicon").(*sensitive).terms, 0, len(tc.text))
		var got []string
		for _, ev := range w.words[wordTerm] {
			got = append(got, p.lexicon.terms[ev.id].text)
		}
		if strings.Join(got, ",") != tc.want {
			t.Errorf("%q: %q, want %q", tc.text, got, tc.want)
		}
	}
}

// TestLookInFromTheMiddleOfAWord: what is left of a word at the edge of a block
// is no word.
func TestLookInFromTheMiddleOfAWord(t *testing.T) {
	p := testParts(t, Options{})
	terms := p.detector(t, "lexicon").(*sensitive).terms
	for before, want := range map[string]int{"ark": 0, "en ": 1} {
		w := newWindow(p.table, []byte(strings.Repeat(".", 64-len(before))+before+"hiv."))
		w.lookIn(terms, 64, len(w.text))
		if got := len(w.words[wordTerm]); got != want {
			t.Errorf("%d terms after %q, want %d", got, before, want)
		}
	}
}
