package scanner_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/scannertest"
)

func TestEscape(t *testing.T) {
	for raw, id := range map[string]string{
		"Personale/Ærø – 2019.docx": "Personale/Ærø – 2019.docx",
		"A\u030aben":                "A\u030aben", // an ID keeps the very letters
		"100% løn":                  "100% løn",
		`a\b`:                       `a\\b`,
		`\x41`:                      `\\x41`,
		"linje\nskift":              `linje\x0askift`,
		"latin1-\xe6":               `latin1-\xe6`,
		"\u202egpj.exe":             `\xe2\x80\xaegpj.exe`,
		"\x7f\u0085":                `\x7f\xc2\x85`,
		"\ufffd":                    "\ufffd",
		"😀":                         "😀",
	} {
		if got := scanner.EscapePath(raw); got != id {
			t.Errorf("scanner.EscapePath(%q) = %q, want %q", raw, got, id)
		}
		if got, err := scanner.UnescapePath(id); err != nil || got != raw {
			t.Errorf("scanner.UnescapePath(%q) = %q, %v, want %q", id, got, err, raw)
		}
	}
	for _, id := range []string{`\`, `\x`, `\x4`, `\x41`, `\xE6`, `\q`, `a\`, "\n", "\xe6", `\xg0`, `\xc3\xa6`} {
		if raw, err := scanner.UnescapePath(id); err == nil {
			t.Errorf("scanner.UnescapePath(%q) = %q: a second ID for one file", id, raw)
		}
	}
}

// An ID is harmless, survives JSON and leads back to the name, and no two names
// share one.
func FuzzEscape(f *testing.F) {
	for _, s := range scannertest.HostileNames() {
		f.Add(s)
	}
	for _, s := range []string{"a/b", `a\b`, `\x41`, "æøå", "a\u030a", "linje\nskift", "\xff", "\u202egpj", `\\`, `\x`, "PRQSRQ~J/x", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id := scanner.EscapePath(s)
		if !utf8.ValidString(id) {
			t.Fatalf("scanner.EscapePath(%q) = %q is not UTF-8", s, id)
		}
		for _, r := range id {
			if unicode.IsControl(r) {
				t.Fatalf("scanner.EscapePath(%q) = %q has a control character", s, id)
			}
		}
		if back, err := scanner.UnescapePath(id); err != nil || back != s {
			t.Fatalf("scanner.UnescapePath(scanner.EscapePath(%q)) = %q, %v", s, back, err)
		}
		b, err := json.Marshal(id)
		if err != nil {
			t.Fatal(err)
		}
		var again string
		if err := json.Unmarshal(b, &again); err != nil || again != id {
			t.Fatalf("%q becomes %q in JSON (%v)", id, again, err)
		}
		if bare := strings.ReplaceAll(id, `\`, ""); scanner.EscapePath(bare) != bare {
			t.Fatalf("%q is written as %q, which holds what should be escaped", s, id)
		}
		if raw, err := scanner.UnescapePath(s); err == nil && scanner.EscapePath(raw) != s {
			t.Fatalf("%q and %q are IDs of one name", s, scanner.EscapePath(raw))
		}
	})
}
