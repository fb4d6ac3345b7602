package detectors

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// A sample is a text with the CPR numbers that are in it.
type sample struct {
	text    string
	numbers []string
}

// score runs the detector over samples and counts: found and there, found and
// not there, there and not found. With confirmed it counts only what is
// confirmed as found.
func score(t *testing.T, samples []sample, confirmed bool) (right, wrong, missed int) {
	t.Helper()
	c := testCPR(t)
	shown := 0
	for _, s := range samples {
		want := map[string]int{}
		for _, n := range s.numbers {
			want[n]++
		}
		for _, h := range c.Find([]byte(s.text)) {
			switch {
			case confirmed && h.Confidence != Confirmed:
			case want[h.Value] > 0:
				want[h.Value]--
				right++
			default:
				wrong++
				if shown++; shown <= 5 {
					t.Logf("wrong: %q: %s %v", MaskText(s.text), h.Confidence, h.Reasons)
				}
			}
		}
		for _, n := range want {
			missed += n
			if n > 0 && shown < 10 {
				shown++
				t.Logf("missed: %q", MaskText(s.text))
			}
		}
	}
	return right, wrong, missed
}

func rates(right, wrong, missed int) (recall, precision, f1 float64) {
	recall = float64(right) / float64(right+missed)
	precision = float64(right) / float64(right+wrong)
	return recall, precision, 2 * recall * precision / (recall + precision)
}

// anyCPR returns a valid number of any year up to now.
func anyCPR(r *rand.Rand) string { return makeCPR(r, 1858, 2025, true) }

func words(r *rand.Rand, n int) string {
	var list []string
	for range n {
		list = append(list, string(anyWord(r)))
	}
	return strings.Join(list, " ")
}

// TestPlainQuality: what offices write every day, and every day's numbers that
// are none. Numbers are made as the test runs.
func TestPlainQuality(t *testing.T) {
	samples := plainSamples()
	recall, precision, _ := rates(score(t, samples, false))
	_, sure, _ := rates(score(t, samples, true))
	t.Logf("recall %.4f, precision %.4f, of the confirmed %.4f", recall, precision, sure)
	if recall < 0.995 || precision < 0.99 || sure < 0.99 {
		t.Errorf("recall %.4f (at least 0.995), precision %.4f and of the confirmed %.4f (at least 0.99)", recall, precision, sure)
	}
}

// plainSamples are the samples of TestPlainQuality, the same in every run.
func plainSamples() []sample {
	r := rand.New(rand.NewPCG(21, 22))
	var samples []sample
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
	for range 6000 {
		s := anyCPR(r)
		text := fmt.Sprintf(settings[r.IntN(len(settings))], forms[r.IntN(len(forms))](s), words(r, 3))
		samples = append(samples, sample{text, []string{s}})
	}
	for range 6000 {
		samples = append(samples, sample{otherNumber(r), nil})
	}
	return samples
}

// otherNumber returns text with a number that is no CPR number.
func otherNumber(r *rand.Rand) string {
	n := fmt.Sprintf("%010d", r.IntN(1e10))
	switch r.IntN(14) {
	case 0:
		return "Fakturanr. " + n + " " + words(r, 3)
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
		return fmt.Sprintf("%s den %02d.%02d.%d kl. %02d.%02d", words(r, 3), 1+r.IntN(28), 1+r.IntN(12), 1950+r.IntN(76), r.IntN(24), r.IntN(60))
	case 9:
		return fmt.Sprintf("sag 2024-%06d, %s", r.IntN(1e6), words(r, 3))
	case 10:
		return fmt.Sprintf("3.%s og %016x", n, r.Uint64())
	case 11:
		return fmt.Sprintf("CVR %08d, P-nr. 10%08d", r.IntN(1e8), r.IntN(1e8))
	case 12:
		return words(r, 3) + " " + n + " " + words(r, 3) // a number of no known kind
	}
	return fmt.Sprintf("tlf. %08d, mobil %08d", r.IntN(1e8), r.IntN(1e8))
}

// TestHardQuality: numbers without check digit, in bad company, in odd forms;
// and others that only just are none.
func TestHardQuality(t *testing.T) {
	samples := hardSamples()
	recall, precision, f1 := rates(score(t, samples, false))
	_, sure, _ := rates(score(t, samples, true))
	t.Logf("recall %.4f, precision %.4f, F1 %.4f; precision of the confirmed %.4f", recall, precision, f1, sure)
	if f1 < 0.95 || sure < 0.99 {
		t.Errorf("F1 %.4f (at least 0.95), precision of the confirmed %.4f (at least 0.99)", f1, sure)
	}
}

// hardSamples are the samples of TestHardQuality, the same in every run.
func hardSamples() []sample {
	r := rand.New(rand.NewPCG(23, 24))
	var samples []sample
	add := func(text string, numbers ...string) { samples = append(samples, sample{text, numbers}) }
	for range 300 {
		s, wrong := anyCPR(r), makeCPR(r, 1900, 2025, false)
		january := strings.Replace(januaryNumber(1960+r.IntN(36)), "-", "", 1)
		lost := "0" + anyCPR(r)[1:]
		for lost[1] == '0' || !valid(lost) {
			lost = "0" + anyCPR(r)[1:]
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
		add("sag "+s[:6]+"."+s[6:]+" "+words(r, 2), s)
		add(words(r, 2)+" "+s[:6]+"\n"+s[6:], s)
		add(fmt.Sprintf("%d;%s;x\n", 1700000000+r.IntN(3e7), s[:6]+"-"+s[6:]), s)
		add(words(r, 2)+s[:6]+"-"+s[6:]+words(r, 2), s)
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
		add(words(r, 2) + " " + wrong[:6] + "-" + wrong[6:])
		add("se " + replacement)
		var series strings.Builder
		for i := range 10 {
			fmt.Fprintf(&series, "%s%02d\n", wrong[:8], i*7)
		}
		add(series.String())
	}
	return samples
}

func valid(s string) bool {
	var tok token
	for i := range tok.digits {
		tok.digits[i] = s[i] - '0'
	}
	_, _, ok := tok.born()
	return ok && modulus11(&tok.digits)
}
