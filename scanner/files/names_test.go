package files

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"unicode"
	"unicode/utf8"

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
		if got := escape(raw); got != id {
			t.Errorf("escape(%q) = %q, want %q", raw, got, id)
		}
		if got, err := unescape(id); err != nil || got != raw {
			t.Errorf("unescape(%q) = %q, %v, want %q", id, got, err, raw)
		}
	}
	for _, id := range []string{`\`, `\x`, `\x4`, `\x41`, `\xE6`, `\q`, `a\`, "\n", "\xe6", `\xg0`, `\xc3\xa6`} {
		if raw, err := unescape(id); err == nil {
			t.Errorf("unescape(%q) = %q: a second ID for one file", id, raw)
		}
	}
}

// An ID is harmless, survives JSON and leads back to the name, and no two names
// share one.
func FuzzEscape(f *testing.F) {
	for _, s := range scannertest.HostileNames() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id := escape(s)
		if !utf8.ValidString(id) {
			t.Fatalf("escape(%q) = %q is not UTF-8", s, id)
		}
		for _, r := range id {
			if unicode.IsControl(r) {
				t.Fatalf("escape(%q) = %q has a control character", s, id)
			}
		}
		if back, err := unescape(id); err != nil || back != s {
			t.Fatalf("unescape(escape(%q)) = %q, %v", s, back, err)
		}
		b, err := json.Marshal(id)
		if err != nil {
			t.Fatal(err)
		}
		var again string
		if err := json.Unmarshal(b, &again); err != nil || again != id {
			t.Fatalf("%q becomes %q in JSON (%v)", id, again, err)
		}
		if raw, err := unescape(s); err == nil && escape(raw) != s {
			t.Fatalf("%q and %q are IDs of one name", s, escape(raw))
		}
	})
}

// fakeFolder lists names in an order of its own, a new one each time, and some
// of them twice, as network file systems have done.
type fakeFolder struct {
	names []string
}

func (f fakeFolder) each(fn func(entry) bool) error {
	for _, i := range rand.Perm(len(f.names)) {
		for range 1 + rand.IntN(2) {
			if !fn(entry{name: f.names[i]}) {
				return nil
			}
		}
	}
	return nil
}

func (f fakeFolder) stat(string) (stat, error) { return stat{}, nil }
func (f fakeFolder) close() error              { return nil }

// However many names a batch takes, all together they are the sorted listing.
func TestBatches(t *testing.T) {
	for range 300 {
		var f fakeFolder
		for range rand.IntN(200) {
			f.names = append(f.names, fmt.Sprintf("%x", rand.IntN(1000)))
		}
		want := slices.Compact(slices.Sorted(slices.Values(f.names)))
		limit := 1 + rand.IntN(40)
		var got []string
		after, more := "", true
		for more {
			var batch []entry
			var err error
			batch, more, err = nextBatch(context.Background(), f, after, limit)
			if err != nil || len(batch) > limit || cap(batch) > 5*limit+16 {
				t.Fatalf("a batch of %d (room for %d), limit %d, %v", len(batch), cap(batch), limit, err)
			}
			for _, e := range batch {
				got = append(got, e.name)
				after = e.name
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("limit %d: got\n%q\nwant\n%q", limit, got, want)
		}
	}
}
