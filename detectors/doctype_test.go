package detectors

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// typeOf gives an item with its path to a stream, in pieces of the sizes given.
func typeOf(t testing.TB, e *Engine, path, text string, sizes ...int) (string, []string) {
	t.Helper()
	s := e.Stream(func(Match) {})
	if path != "" {
		if err := errors.Join(s.Part(WhereName, false), s.Text([]byte(strings.ReplaceAll(path, "/", "\x1e")))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Part("", true); err != nil {
		t.Fatal(err)
	}
	for k := 0; len(text) > 0; k++ {
		n := min(len(text), sizes[k%len(sizes)])
		if err := s.Text([]byte(text[:n])); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
	if name, evidence := s.DocumentType(); name != "" || evidence != nil {
		t.Errorf("before Close: %s %v", name, evidence)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return s.DocumentType()
}

func TestDocumentType(t *testing.T) {
	e := testEngine(t, Options{})
	filler := strings.Repeat("Almindelig tekst om vind og vejr. ", 60)
	for _, tc := range []struct{ path, text, want, evidence string }{
		{"Rekruttering/CV_Jens.pdf", "Jens\nErhvervserfaring", "cv", "name:cv title:erhvervserfaring"},
		{"a/b.docx", "Curriculum vitae\nErhvervserfaring: tømrer", "cv", "title:curriculum vitae title:erhvervserfaring"},
		{"a/b.docx", "Curriculum vitae", "", ""},
		{"a/cvr-udtræk.docx", "Erhvervserfaring", "", ""},
		{"MUS-samtale 2024.docx", "", "mus", "name:mus"},
		{"museum.docx", "", "", ""},
		{"Ansøgning om job.docx", "", "ansoegning", "name:ansøgning"},
		{"ansoegning.docx", "", "ansoegning", "name:ansøgning"},
		{"Ansøgninger/brev.docx", "Hej", "", ""},
		{"x.docx", "Ansættelseskontrakt\nmellem A og B. Tiltrædelse 1. maj. Opsigelsesvarsel efter funktionærloven.", "ansaettelseskontrakt", ""},
		{"x.docx", filler + "Lønseddel, a-skat, AM-bidrag", "", ""},
		{"x.docx", filler + "Lønseddel, a-skat, AM-bidrag, feriepenge", "loenseddel", ""},
		{"x.docx", "Lønseddel for maj: A-skat, AM-bidrag", "loenseddel", ""},
		{"x.pdf", "Straffeattest\nIngen anførsler", "straffeattest", ""},
		{"x.pdf", "Medarbejderen skal vise en straffeattest.", "", ""},
		{"samtale.docx", "", "", ""}, {"samtale.m4a", "", "lydoptagelse", "ext:m4a name:samtale"}, {"01 sang.MP3", "", "lydoptagelse", "ext:mp3"},
		{"Retningslinje for personalemapper.docx", "Slettefrist for ansættelseskontrakt: tiltrædelse, opsigelsesvarsel", "politik_vejledning", ""},
		{"Databehandleraftale.pdf", "Instruks fra den dataansvarlige til underdatabehandler om straffeattest", "databehandleraftale", ""},
		{"Lejekontrakt.pdf", "Lejekontrakt. Indskud og depositum. Slettefrist og datatilsynet, se bilag.", "lejekontrakt", ""},
		{"opslag.docx", "Kære beboere\nHusordenen gælder også i kælderen. Aconto varme og indskud står på opkrævningen.", "", ""},
		{"brev.docx", "Jf. din lejekontrakt skal du give adgang til lejligheden. Husordenen er vedlagt.", "", ""},
		{"brev.docx", "Lejeaftale\nmellem udlejer og lejer. Lejemålets adresse: Nygade 3. Aconto vand: 200 kr.", "lejekontrakt", ""},
		{"intranet.docx", "Sådan anmelder du\nAlle ulykker skal i EASY, som Arbejdsmarkedets Erhvervssikring (AES) driver.", "", ""},
		{"easy recipes.docx", "Quick and easy", "", ""},
		{"brev.docx", "Arbejdsmarkedets Erhvervssikring\nVi har behandlet din sag. Dit varige mén er fastsat. Ménerstatning udbetales den 1. maj.", "arbejdsskade", ""},
		{"notat.docx", "Den tilskadekomne faldt fra en stige. Skadens art: brud. Ulykkesdato: 3. maj.", "arbejdsskade", ""},
		{"", "Husordensklage: støjgener fra nabo", "husordensklage", ""},
		{"x.docx", "vedr. stilling som pædagog. Stillingsopslaget på jeres side", "ansoegning", ""},
	} {
		name, evidence := typeOf(t, e, tc.path, tc.text, len(tc.text)+1)
		if name != tc.want || tc.evidence != "" && strings.Join(evidence, " ") != tc.evidence || (name == "") != (evidence == nil) {
			t.Errorf("%q %.60q: %q %q, want %q %q", tc.path, tc.text, name, evidence, tc.want, tc.evidence)
		}
	}
}

// TestDocumentTypeParts: only the first part counts as the name, titles are
// counted over all parts, and nothing reaches out of a part.
func TestDocumentTypeParts(t *testing.T) {
	e := testEngine(t, Options{})
	of := func(parts ...string) string {
		s := e.Stream(func(Match) {})
		for i := 0; i < len(parts); i += 2 {
			if err := errors.Join(s.Part(parts[i], false), s.Text([]byte(parts[i+1]))); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		name, _ := s.DocumentType()
		return name
	}
	filler := strings.Repeat("ord ", 300)
	for _, tc := range []struct {
		parts []string
		want  string
	}{
		{[]string{WhereName, "CV.pdf"}, "cv"},
		{[]string{"side 1", "x", WhereName, "CV.pdf"}, ""},
		{[]string{WhereName, "erhvervserfaring, kompetencer og kørekort.txt"}, ""},
		{[]string{"side 1", "Straffeattest", "side 2", "rigspolitiet"}, "straffeattest"},
		{[]string{"side 1", filler, "side 2", "Straffeattest rigspolitiet"}, ""},
		{[]string{"side 1", "skriftlig", "side 2", "advarsel, partshøring"}, ""},
	} {
		if got := of(tc.parts...); got != tc.want {
			t.Errorf("%.80q: %q, want %q", tc.parts, got, tc.want)
		}
	}
	off := testEngine(t, Options{Disabled: []string{"document_type"}})
	if name, _ := typeOf(t, off, "CV.pdf", "curriculum vitae", 10); name != "" {
		t.Errorf("turned off: %q", name)
	}
}

// TestDocumentTypeWindows: the type does not depend on windows or pieces.
func TestDocumentTypeWindows(t *testing.T) {
	r := rand.New(rand.NewPCG(51, 52))
	p := testParts(t, Options{})
	few := slices.DeleteFunc(allBut(t, "email"), func(name string) bool { return name == documentTypes }) // short reach
	for range 150 {
		var b strings.Builder
		for range r.IntN(6) {
			b.WriteString(strings.Repeat("tekst ", r.IntN(300)))
			b.WriteString(p.typist.telltales[r.IntN(len(p.typist.telltales))].text + ". ")
		}
		name, evidence := typeOf(t, testEngine(t, Options{Window: b.Len() + 1}), "dir/fil.docx", b.String(), b.Len()+1)
		cut := testEngine(t, Options{Window: 1 + r.IntN(200), Disabled: few})
		if n, ev := typeOf(t, cut, "dir/fil.docx", b.String(), 1+r.IntN(500), 1); n != name || !slices.Equal(ev, evidence) {
			t.Fatalf("%q: %q %q through windows, %q %q at once", b.String(), n, ev, name, evidence)
		}
	}
}

func TestDocumentTypes(t *testing.T) {
	names := DocumentTypes()
	for _, want := range []string{"ansaettelseskontrakt", "mus", "opsigelse_advarsel", "cv", "politik_vejledning", "lydoptagelse"} {
		if !slices.Contains(names, want) {
			t.Errorf("%q is not among %q", want, names)
		}
	}
	if len(names) < 25 {
		t.Errorf("only %d types", len(names))
	}
}

// TestNameIsBounded: a path of any length is kept to a limit.
func TestNameIsBounded(t *testing.T) {
	s := testEngine(t, Options{}).Stream(func(Match) {})
	if err := errors.Join(s.Part(WhereName, false), s.Text(make([]byte, 1<<20)), s.Text(make([]byte, 1<<20))); err != nil {
		t.Fatal(err)
	}
	if len(s.types.name) > maxName {
		t.Errorf("%d bytes are kept", len(s.types.name))
	}
}
