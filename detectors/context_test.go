package detectors

import "testing"

// TestTerms holds the lexicon to what find takes for granted, and finds every
// term through its shortcuts.
func TestTerms(t *testing.T) {
	l := newLexicon()
	for _, term := range terms {
		if len(term.stem) < 3 && term.match == matchStart {
			t.Errorf("%q: a stem of two letters must be a whole word", term.stem)
		}
		if string(lower(nil, []byte(term.stem))) != term.stem {
			t.Errorf("%q is not lower case", term.stem)
		}
		e := l.find([]byte(term.stem), term.match == matchNumber)
		if e == nil {
			t.Errorf("%q is not found", term.stem)
		}
	}
	for word, want := range map[string]kind{
		"CPR": kindLabel, "cprnr": kindLabel, "borgerCPR": kindLabel, "PERSONNUMMER": kindLabel, "FØDSELSNR": kindLabel,
		"Fakturanummeret": kindThing, "slutfaktura": kindThing, "bankkonto": kindStrong, "Salgsordre": kindThing, "konto": kindStrong,
		"kontor": kindNone, "kontoret": kindNone, "telefonisk": kindNone, "elevator": kindNone, "mobilitet": kindNone, "varm": kindNone,
		"Medlemsnr": kindWeak, "tilbudsnummer": kindWeak, "medlem": kindPerson, "BØRN": kindPerson, "og": kindNone, "x": kindNone,
		"nr": kindNumber, "ernæring": kindNone,
	} {
		got := kindNone
		if e := l.find([]byte(word), false); e != nil {
			got = e.kind
		}
		if got != want {
			t.Errorf("%q: kind %d, want %d", word, got, want)
		}
	}
}
