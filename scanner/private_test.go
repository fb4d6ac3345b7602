package scanner

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The markers as the facts on Danish practice list them.
var (
	listedExact = []string{
		"privat", "private", "personlig", "personligt", "personlige", "privat mappe", "privatmappe",
		"mit private", "privat post", "privat mail", "privat - må ikke åbnes",
	}
	listedPrefix  = []string{"privat ", "privat-", "privat_", "privat.", "_privat", "- privat", "privat("}
	listedSubject = []string{"privat:", "privat -", "[privat]", "(privat)", "privat "}
	listedNot     = []string{
		"privatøkonomi", "privatadresse", "privatskole", "privatperson", "privatlivspolitik", "privatisering",
		"privatkunde",
	}
)

func TestPrivate(t *testing.T) {
	private := []string{
		"Privat", "PRIVAT", "pRiVaT", "Privat ", "  Privat", "Privat.", "Privat. . ", "Privat\u00a0", "\u00a0Privat\u2003",
		"\ufeffPrivat", "Pri\u200bvat", "Pri\u00advat", "Privat\n", "Privat\t", "\u202ePrivat", "Ｐｒｉｖａｔ", "ＰＲＩＶＡＴ　",
		"Privat\xa0", "Priv\xadat", "Privat\xff\xa0", "privat\ufffd",
		"01 Privat", "1. Privat", "01_Privat", "1) Privat", "(1) Privat", "2.3 Privat", "07 - Privat", "7Privat",
		"Privat (2)", "Privat (12)", "Privat2", "Privat 2019", "Privat - Kopi", "Privat - kopi (2)", "Privat – Kopi", "Privat - Copy",
		"Kopi af Privat", "Kopi af Personligt", "Personligt - Kopi", "Personligt (2)", "01 Personlige", "PERSONLIGT.", "Private - Copy (3)",
		"[Privat]", "(privat)", "{Privat}", "#privat", "!Privat", "~privat", "@Privat", "🔒 Privat", "Privat🔒", "Privat!", "Privat, Hanne",
		"Privat/", "privat™", "privat…", "privat²", "Privat+arbejde", "Privat & familie", "Privat'",
		"Hanne - Privat", "Hanne_privat", "Hannes privat", "HR (privat)", "Jens - Privat - 2019", "Personligt (Hanne)", "Private - Hanne",
		"Privat mapper", "privat-jens", "Mine private", "Mit personlige", "Mit\u00a0private", "mine \t private",
		"Privat - må ikke åbnes", norm.NFD.String("Privat - må ikke åbnes"), norm.NFD.String("privat æøå"),
	}
	private = append(private, listedExact...)
	for _, p := range listedPrefix {
		private = append(private, p, p+"x", p+"Jens Hansen", strings.ToUpper(p)+"ÆØÅ")
	}
	for _, name := range private {
		if !Private(name) {
			t.Errorf("Private(%q) = false: it would be opened", name)
		}
	}

	open := []string{
		"", " ", ".", "...", "\u200b", "Arbejde", "Priva", "privatt", "Privata", "deprivat", "uprivat", "Private leverandører", "Private institutioner",
		"private equity", "Personale", "Personligeoplysninger", "Personligheder", "Personlighedstest", "Personlig udvikling", "Personligtegn",
		"privatrettslig", "Privatlæge", "01 Privatøkonomi", "Privatøkonomi (2)", "Privatøkonomi - Kopi", "Erhverv", "Privatliv", "Kopi af Privatøkonomi",
		"Ø", "Løn", "Privat\xf8konomi", "2019", "(2)", "- Kopi", "Kopi", "kopi kopi", "Privatkunder 2019", "Offentlig-privatisering", "semiprivat",
		norm.NFD.String("Privatøkonomi"), norm.NFD.String("privatåbning"),
	}
	for _, name := range append(open, listedNot...) {
		for _, form := range []string{name, strings.ToUpper(name), strings.ToUpper(name[:min(1, len(name))]) + name[min(1, len(name)):]} {
			if Private(form) {
				t.Errorf("Private(%q) = true: it would not be examined", form)
			}
		}
	}
}

func TestPrivatePath(t *testing.T) {
	for path, want := range map[string]bool{
		"":                            false,
		"Privat":                      false, // an item's own name
		"Privat.txt":                  false,
		"a/privat - brev.docx":        false,
		"Privat/":                     true,
		"Privat/a.txt":                true,
		"a/b/PRIVAT /c/d.txt":         true,
		"a/Privatøkonomi/d.txt":       false,
		"a/Privatøkonomi/01 Privat/d": true,
		`a/Privat\xa0/d.txt`:          true, // as package files writes a Latin-1 name
		`a/Privat\x0a/d.txt`:          true,
		"/Privat/a":                   true,
		"a//b":                        false,
		"a/Private/Privatskole/x.txt": true,
		"a/Personlig udvikling/x.txt": false,
	} {
		if got := PrivatePath(path); got != want {
			t.Errorf("PrivatePath(%q) = %v, want %v", path, got, want)
		}
	}
}

func TestPrivateSubject(t *testing.T) {
	private := []string{
		"Privat", "PRIVAT!", "Privat: frokost", "SV: Privat: frokost", "Re: SV: VS: privat - frokost", "RE[2]: Privat", "Fwd: [Privat] x", "[Ekstern] Privat: x",
		"  Privat", "(Privat) x", "**Privat** x", "privat\u00a0x", "Personligt: x", "Private: x", "Ｐｒｉｖａｔ: x", "Private", "Sv : Privat",
	}
	for _, p := range listedSubject {
		private = append(private, p, p+"x", strings.ToUpper(p)+" Frokost", "SV: "+p+" x")
	}
	for _, s := range private {
		if !PrivateSubject(s) {
			t.Errorf("PrivateSubject(%q) = false: it would be opened", s)
		}
	}
	for _, s := range append([]string{
		"", "Frokost", "Tilbud fra privathospital", "Private equity", "Personlig samtale", "Re: ", "[Ekstern] Privatøkonomi", "Retur: vare", "Svar på privat mail",
		"Om privat brug", "[Ekstern]", "[privatskole] møde",
	}, listedNot...) {
		if PrivateSubject(s) {
			t.Errorf("PrivateSubject(%q) = true: it would not be examined", s)
		}
	}
}

func TestPrivateSensitivity(t *testing.T) {
	for header, want := range map[string]bool{
		"Personal": true, "Private": true, "private": true, " PERSONAL ": true, "\tPrivate\r\n": true, "Private (set by user)": true, `"Private"`: true,
		"Privat": true, "Private; x=y": true,
		"": false, "Normal": false, "Company-Confidential": false, "Privateer": false, "None": false,
	} {
		if got := PrivateSensitivity(header); got != want {
			t.Errorf("PrivateSensitivity(%q) = %v, want %v", header, got, want)
		}
	}
}

// The answer may not depend on how a name happens to be spelled by the system
// that stored it.
func FuzzPrivate(f *testing.F) {
	for _, list := range [][]string{listedExact, listedPrefix, listedSubject, listedNot} {
		for _, s := range list {
			f.Add(s)
		}
	}
	for _, s := range []string{"01 Privat - Kopi (2)", "Privat\xa0\xff", "ﬁﬂ privat", "İ privat ı", "privatß", "privatẞ", "ΣςΣ privat", "privat\u0345", "Hanne - Privat", "ŉprivat"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if strings.Contains(name, "\ufffd") {
			return
		}
		want := Private(name)
		same := map[string]string{
			"trailing blank":   name + " ",
			"trailing dots":    name + "..",
			"trailing NBSP":    name + "\u00a0",
			"leading blank":    "\t " + name,
			"byte order mark":  "\ufeff" + name,
			"zero width space": name + "\u200b",
		}
		if isValid(name) {
			same["upper case"] = strings.ToUpper(name)
			same["lower case"] = strings.ToLower(name)
			same["title case"] = strings.Map(unicode.ToTitle, name)
			same["NFC"] = norm.NFC.String(name)
			same["NFD"] = norm.NFD.String(name)
		}
		for how, s := range same {
			if got := Private(s); got != want {
				t.Errorf("Private(%q) = %v, but with %s Private(%q) = %v", name, want, how, s, got)
			}
		}
		if want && !PrivatePath("a/"+strings.ReplaceAll(name, "/", "")+"/b.txt") && !strings.Contains(name, "/") {
			t.Errorf("Private(%q), but not in a path", name)
		}
		PrivateSubject(name)
		PrivateSensitivity(name)
	})
}

func isValid(s string) bool { return strings.ToValidUTF8(s, "") == s }

func BenchmarkPrivate(b *testing.B) {
	for b.Loop() {
		Private("Sagsakter 2019 – Ærø")
	}
}
