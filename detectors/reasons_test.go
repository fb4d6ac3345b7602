package detectors

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestExplain: every reason has a sentence in both languages, and every
// sentence's reason is given for some text.
func TestExplain(t *testing.T) {
	given := map[string]bool{}
	collect := func(text []byte) {
		for _, h := range testCPR(t).Find(text) {
			if len(h.Reasons) == 0 {
				t.Fatalf("%q: a hit without reasons", text)
			}
			for _, reason := range h.Reasons {
				name, word, hasWord := strings.Cut(reason, ":")
				given[name] = true
				english, danish := Explain(reason)
				if english == "" || danish == "" || english == danish {
					t.Fatalf("%q is not explained", reason)
				}
				if hasWord && (!strings.Contains(english, word) || !strings.Contains(danish, word)) || strings.Contains(english+danish, "%") {
					t.Fatalf("%q: %q, %q", reason, english, danish)
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(19, 20))
	for range 3000 {
		collect(randomText(r, 300))
	}
	for _, text := range []string{"se 150370.5008", "xy2902885008", "150370-\n5008", "cpr " + januaryNumber(1961),
		"0107585001\n1503705008\n2412995018\n2902885008\n", strings.Repeat("9912345678 9912345679 ", 5) + "290288-5008", "faktura 150370-5008",
		"CPR\x1f107585001\x1e", "CPR\x1f150370\x1e5008\x1e", "cpr 1503705008,50"} {
		collect([]byte(text))
	}
	var series strings.Builder
	for serial := range 40 { // 5 March 1870, one after the other
		series.WriteString("cpr 050370" + string([]byte{'5', '0', '0' + byte(serial/10), '0' + byte(serial%10)}) + "\n")
	}
	collect([]byte(series.String()))
	for !given[string(codePNumber)] { // born on the 10th of a month
		if s := makeCPR(r, 1858, 1899, true); strings.HasPrefix(s, "10") {
			collect([]byte("nu " + s))
		}
	}
	for _, e := range explanations {
		if !given[string(e.code)] {
			t.Errorf("no text of this test gives %q", e.code)
		}
	}
	if english, danish := Explain("no-such-reason"); english != "" || danish != "" {
		t.Error("what is no reason is explained")
	}
}
