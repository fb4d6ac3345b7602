package report

import (
	"strings"
	"testing"
)

// TestRecordingsAreNotCalledClean: a report on recordings says that nobody looked
// at the pictures, in either language; one without them does not.
func TestRecordingsAreNotCalledClean(t *testing.T) {
	for lang, want := range map[Lang]string{Danish: "Hvad billederne viser, er ikke undersøgt", English: "What the pictures show has not been examined"} {
		for _, kind := range []string{"cctv", "files"} {
			r := sample()
			r.Lang = lang
			r.Sources = append(r.Sources, Source{Name: "kameraer", Type: kind})
			var b strings.Builder
			if err := HTML(&b, r); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(b.String(), want); got != (kind == "cctv") {
				t.Errorf("%s, a source of %s: the sentence is there: %t", lang, kind, got)
			}
		}
	}
}
