package imap

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// FuzzNames: every name can be written, and comes back; and there is no second
// way to write it.
func FuzzNames(f *testing.F) {
	f.Add("Løn & ferie", "L&APg-n &- ferie")
	f.Add("Privat", "&AFAAcgBpAHYAYQB0-")
	f.Add("😀", "&2D3eAA-")
	f.Add("", "&APg-&APg-")
	f.Fuzz(func(t *testing.T, name, raw string) {
		if utf8.ValidString(name) {
			if back, ok := decodeName(encodeName(name)); !ok || back != name {
				t.Errorf("%q is written %q, which is %q", name, encodeName(name), back)
			}
			if w := encodeName(name); w != testenv.ModifiedUTF7(name) || strings.IndexFunc(w, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
				t.Errorf("%q is written %q", name, w)
			}
		}
		if name, ok := decodeName(raw); ok && encodeName(name) != raw {
			t.Errorf("%q is another way to write %q", raw, name)
		}
	})
}

// garbledNames are names of folders that are not as names are written. Some
// would be a private folder to a reader who takes it less exactly.
func garbledNames() []string {
	return []string{"L&APg", "&AFAAcgBpAHYAYQB0-", "&APg-&APg-", "a&b", "&2AA-", "Priv\xe6t", "&//8", "L&APh-"}
}

func TestGarbledNames(t *testing.T) {
	for _, raw := range garbledNames() {
		if name, ok := decodeName(raw); ok {
			t.Errorf("%q is %q", raw, name)
		}
	}
}

// TestGarbledFolders: a folder whose name cannot be read is a gap, is not
// opened, and costs no other folder.
func TestGarbledFolders(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{Rawlog: true})
	d.Deliver(t, account, "Sager", mail("Sag", "åben"), received())
	p := newProxy(t, d.Address)
	// Dovecot hides such folders; other servers do not.
	added := ""
	for _, raw := range garbledNames() {
		added += "* LIST (\\HasNoChildren) \"/\" \"" + raw + "\"\r\n"
	}
	p.set(func(r *rules) {
		r.toClient = func(b []byte) ([]byte, verdict) {
			return []byte(strings.Replace(string(b), "* LIST ", added+"* LIST ", 1)), goOn
		}
	})
	cfg := config(d)
	cfg.Address = p.address
	items, gaps, _, err := crawl(t, source(t, cfg))
	must(t, err)
	if len(items) != 1 || !strings.Contains(items[0].Path, "Sager") {
		t.Errorf("items %v", items)
	}
	seen := map[string]int{}
	for _, g := range gaps {
		if seen[g.Path]++; !errors.Is(g, errName) || g.Reason != scanner.Unsupported || !utf8.ValidString(g.Path) {
			t.Errorf("gap %+v", g)
		}
	}
	// One at the top for each, and one below Sager (where the proxy puts them too)
	// only for those that lie there.
	if len(seen) != len(garbledNames()) || len(gaps) != len(seen) {
		t.Errorf("gaps %v, want one for each of %d folders", gaps, len(garbledNames()))
	}
	for line := range strings.Lines(d.Commands(t)) {
		for _, raw := range garbledNames() {
			if strings.Contains(line, `"`+raw) {
				t.Errorf("%s", line)
			}
		}
	}
}

// TestUnreadableOnDisk: what a real server makes of a folder with such a name
// costs no other folder either.
func TestUnreadableOnDisk(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	d.Deliver(t, account, "Sager", mail("Sag", "åben"), received())
	d.Deliver(t, account, "Andet", mail("Sag", "lukket"), received())
	must(t, os.Rename(d.Folder(account, "Andet"), filepath.Join(filepath.Dir(d.Folder(account, "Andet")), "L&APg")))
	items, _, _, err := crawl(t, source(t, config(d)))
	must(t, err)
	if len(items) != 1 || !strings.Contains(items[0].Path, "Sager") {
		t.Errorf("items %v", items)
	}
}
