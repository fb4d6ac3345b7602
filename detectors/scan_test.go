package detectors

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// slowTokens is parse at every byte of the text: what starts must not lose.
func slowTokens(text []byte) []token {
	var list []token
	for i := range text {
		if _, _, ok := digitAt(text, i); !ok {
			continue
		}
		if t, ok := parse(text, i); ok {
			list = append(list, t)
		}
	}
	return list
}

// fastTokens finds with masks of its own, or with those of a window.
func fastTokens(text []byte, laid []block) []token {
	var list []token
	s := starts{text: text, laid: laid}
	for more := true; more; {
		var places []int
		places, more = s.next(nil)
		for _, i := range places {
			if t, ok := parse(text, i); ok {
				list = append(list, t)
			}
		}
	}
	return list
}

// reference finds the plain forms in the most obvious way, from a description
// and not from the code: runs of digits, and what is between them.
func reference(text string) []string {
	type run struct {
		digits     string
		start, end int
	}
	var runs []run
	for i := 0; i < len(text); {
		j := i
		for j < len(text) && text[j] >= '0' && text[j] <= '9' {
			j++
		}
		if j > i {
			runs = append(runs, run{text[i:j], i, j})
			i = j
		} else {
			i++
		}
	}
	separators := []string{"-", " ", "/", ".", "\t", " - ", "–", "‑", "−", "\u00a0", "\u00ad", "-\n", "-\r\n", "\n"}
	var found []string
	for k, r := range runs {
		if len(r.digits) == 10 {
			found = append(found, r.digits)
		}
		if (len(r.digits) == 6 || len(r.digits) == 8) && k+1 < len(runs) && len(runs[k+1].digits) == 4 &&
			slices.Contains(separators, text[r.end:runs[k+1].start]) {
			found = append(found, r.digits+runs[k+1].digits)
		}
	}
	return found
}

// plainTokens is the part of tokens that reference knows.
func plainTokens(text string, tokens []token) []string {
	var found []string
	for _, t := range tokens {
		written := text[t.start:t.end]
		if strings.Contains(written, "\xef") || written[2]-'0' >= 10 || t.shape == shapeNine {
			continue
		}
		n := 6
		if t.year != 0 || written[6]-'0' < 10 && written[7]-'0' < 10 && t.shape != shapeBare {
			n = 8
		}
		if t.shape == shapeBare {
			found = append(found, written)
			continue
		}
		sep := written[n : len(written)-4]
		if slices.Contains([]string{"-", " ", "/", ".", "\t", " - ", "–", "‑", "−", "\u00a0", "\u00ad", "-\n", "-\r\n", "\n"}, sep) {
			found = append(found, written[:n]+written[len(written)-4:])
		}
	}
	return found
}

// laidOut returns the masks of a window on text.
func laidOut(text []byte) []block {
	w := newWindow(nil, text)
	w.layOut()
	return w.blocks
}

func checkScanner(t *testing.T, text []byte) {
	t.Helper()
	fast, slow := fastTokens(text, nil), slowTokens(text)
	if !slices.Equal(fast, slow) {
		t.Fatalf("%q:\nfast %v\nslow %v", text, fast, slow)
	}
	if shared := fastTokens(text, laidOut(text)); !slices.Equal(shared, slow) {
		t.Fatalf("%q:\nby the masks of the window %v\nslow %v", text, shared, slow)
	}
	for i := 1; i < len(fast); i++ {
		if fast[i].start < fast[i-1].end {
			t.Fatalf("%q: tokens overlap: %v %v", text, fast[i-1], fast[i])
		}
	}
	if hasWideDigit(text) || bytes.IndexByte(text, '%') >= 0 {
		return
	}
	if got, want := plainTokens(string(text), fast), reference(string(text)); !slices.Equal(got, want) {
		t.Fatalf("%q:\ngot  %q\nwant %q", text, got, want)
	}
}

// pieces are what texts near a CPR number are made of.
var pieces = []string{"150370-5008", "1503705008", "150370 5008", "15.03.70-5008", "15.03.1870-5008", "15031870-5008", "107585001",
	"150370", "5008", "15", "03", "1870", "1", "12", "123", "-", "–", "\u00ad", "\u00a0", " ", " ", ".", "/", ",", "\t", "\n", "\r\n", "_", ":", "+45 ", "|", "%", "%20", "%2D", "20", "--",
	"CPR-nr", "cpr ", "faktura ", "konto ", "født ", "nr.", "kr", "ord og æøå ", "x", "ef", "１５０３７０－５００８", "１", "５００８", "\x1e", "\x1f", "CPR\x1f", "999999-9999", "9912345678",
	"290288-5008", "2902885008", "0107585001", "750370-5008", januaryNumber(1990), januaryNumber(1961)}

func randomText(r *rand.Rand, n int) []byte {
	var b bytes.Buffer
	for b.Len() < n {
		if r.IntN(4) == 0 {
			b.Write(bytes.Repeat([]byte("x"), r.IntN(70)))
			b.WriteByte(' ')
		}
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.Bytes()
}

func TestStarts(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 3000 {
		checkScanner(t, randomText(r, r.IntN(400)))
	}
	// Around the seams of blocks and chunks.
	for _, number := range []string{"150370-5008", "1503705008", "15.03.70-5008", "15.03.1870 - 5008", "15031870–5008", "１５０３７０－５００８"} {
		for _, edge := range []int{0, 64, 128, scanChunk, 2 * scanChunk} {
			for shift := -60; shift <= 60; shift++ {
				if edge+shift < 0 {
					continue
				}
				text := bytes.Repeat([]byte("x"), edge+shift)
				for _, tail := range []string{"", " ", strings.Repeat("y", 63), strings.Repeat("y", 200)} {
					all := append(append(slices.Clone(text), number...), tail...)
					for _, laid := range [][]block{nil, laidOut(all)} {
						if got := fastTokens(all, laid); len(got) != 1 || got[0].start != edge+shift {
							t.Fatalf("%q at %d, %d bytes after, %d masks: %v", number, edge+shift, len(tail), len(laid), got)
						}
					}
				}
			}
		}
	}
}

func FuzzStarts(f *testing.F) {
	for _, p := range pieces {
		f.Add([]byte(p))
	}
	f.Add([]byte(strings.Join(pieces, " ")))
	f.Fuzz(func(t *testing.T, text []byte) { checkScanner(t, text) })
}

func TestDigitMask(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 2000 {
		var b [64]byte
		for i := range b {
			b[i] = byte(r.IntN(256))
			if r.IntN(2) == 0 {
				b[i] = "/0123456789:"[r.IntN(12)]
			}
		}
		got := digitMask(&b)
		for i, c := range b {
			if want := c >= '0' && c <= '9'; want != (got>>i&1 == 1) {
				t.Fatalf("byte %d, %q: %t", i, c, !want)
			}
		}
	}
}
