package samples

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A Sample is a text with the CPR numbers that are in it. U+001E ends a cell of
// a table, U+001F stands between its header and it.
type Sample struct {
	Text    string
	Numbers []string // ten digits each
}

// PlainCPR are n samples of what offices write every day, and as many of every
// day's numbers that are none.
func PlainCPR(n int) []Sample {
	r := Rand(21)
	var list []Sample
	forms := []func(s string) string{
		func(s string) string { return s[:6] + "-" + s[6:] },
		func(s string) string { return s[:6] + "–" + s[6:] },
		func(s string) string { return s[:6] + " " + s[6:] },
		func(s string) string { return s[:6] + "\u00a0" + s[6:] },
		func(s string) string { return s[:6] + "-\n" + s[6:] },
		func(s string) string { return s[:2] + "." + s[2:4] + "." + s[4:6] + "-" + s[6:] },
		func(s string) string { return s },
	}
	settings := []string{"cpr. %s, %s", "%[2]s %[1]s %[2]s", "Navn: Ib Bo\nCPR-nr.: %s\n%s", "%[2]s (%[1]s)", "CPR\x1f%s\x1e%s\x1e", "Ib Bo;%s;%s", "sag_%s_%s.pdf", "CPR%s %s"}
	for range n {
		s := AnyCPR(r)
		text := fmt.Sprintf(settings[r.IntN(len(settings))], forms[r.IntN(len(forms))](s), Words(r, 3))
		list = append(list, Sample{text, []string{s}})
	}
	for range n {
		list = append(list, Sample{OtherNumber(r), nil})
	}
	return list
}

// OtherNumber returns text with a number that is no CPR number.
func OtherNumber(r *rand.Rand) string {
	n := fmt.Sprintf("%010d", r.IntN(1e10))
	switch r.IntN(14) {
	case 0:
		return "Fakturanr. " + n + " " + Words(r, 3)
	case 1:
		return "reg.nr. " + n[:4] + " kontonr. " + n
	case 2:
		return "ordrenr. " + n
	case 3:
		return fmt.Sprintf("EAN 57980%08d", r.IntN(1e8))
	case 4:
		return "IBAN DK" + n[:2] + n + n[:4]
	case 5:
		return fmt.Sprintf("%s,%02d kr", n, r.IntN(100))
	case 6:
		return fmt.Sprintf("+45 %02d %02d %02d %02d", r.IntN(100), r.IntN(100), r.IntN(100), r.IntN(100))
	case 7:
		return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<16), r.IntN(1<<16), r.Uint64()>>16)
	case 8:
		return fmt.Sprintf("%s den %02d.%02d.%d kl. %02d.%02d", Words(r, 3), 1+r.IntN(28), 1+r.IntN(12), 1950+r.IntN(76), r.IntN(24), r.IntN(60))
	case 9:
		return fmt.Sprintf("sag 2024-%06d, %s", r.IntN(1e6), Words(r, 3))
	case 10:
		return fmt.Sprintf("3.%s og %016x", n, r.Uint64())
	case 11:
		return fmt.Sprintf("CVR %08d, P-nr. 10%08d", r.IntN(1e8), r.IntN(1e8))
	case 12:
		return Words(r, 3) + " " + n + " " + Words(r, 3) // a number of no known kind
	}
	return fmt.Sprintf("tlf. %08d, mobil %08d", r.IntN(1e8), r.IntN(1e8))
}

// HardCPR are n rounds of 26 samples: numbers without check digit, in bad
// company, in odd forms; and others that only just are none.
func HardCPR(n int) []Sample {
	r := Rand(23)
	var list []Sample
	add := func(text string, numbers ...string) { list = append(list, Sample{text, numbers}) }
	for range n {
		s, wrong := AnyCPR(r), CPR(r, 1900, 2025, false)
		january := January(r, 1960+r.IntN(36))
		lost := "0" + CPR(r, 1858, 2025, true)[1:]
		for lost[1] == '0' || !Checked(lost) {
			lost = "0" + AnyCPR(r)[1:]
		}
		replacement := string(s[0]+6) + s[1:]
		add("faktura, moms, konto, EAN: cpr "+s, s)
		add("Fakturaen er sendt til "+s[:6]+"-"+s[6:]+", ordrenr. 12345", s)
		add("cpr-nr. "+wrong[:6]+"-"+wrong[6:], wrong)
		add("Personnummer\x1f"+wrong+"\x1e", wrong)
		add("cpr "+january, january)
		add("født "+january[:6]+"-"+january[6:], january)
		add("CPR\x1f"+lost[1:]+"\x1e", lost)
		add("erstatningscpr "+replacement, replacement)
		add("sag "+s[:6]+"."+s[6:]+" "+Words(r, 2), s)
		add(Words(r, 2)+" "+s[:6]+"\n"+s[6:], s)
		add(fmt.Sprintf("%d;%s;x\n", 1700000000+r.IntN(3e7), s[:6]+"-"+s[6:]), s)
		add(Words(r, 2)+s[:6]+"-"+s[6:]+Words(r, 2), s)
		add(strings.Repeat(fmt.Sprintf("99%08d\n", r.IntN(1e8)), 8)+s[:6]+"-"+s[6:], s)

		// No numbers: right in all but their label or what they are part of.
		add("Fakturanr. " + s)
		add("kontonr. " + s[:4] + " " + s)
		add("ordre\x1f" + s + "\x1e")
		add(s + ",50 kr")
		add("+45 " + s)
		add("2." + s)
		add("{\"timestamp\": " + fmt.Sprint(1701000000+r.IntN(11999999)) + "}")
		add("P-nr. 10" + s[2:])
		add("ab" + s + "ef")
		add(wrong)
		add(Words(r, 2) + " " + wrong[:6] + "-" + wrong[6:])
		add("se " + replacement)
		var series strings.Builder
		for i := range 10 {
			fmt.Fprintf(&series, "%s%02d\n", wrong[:8], i*7)
		}
		add(series.String())
	}
	return list
}
