package extract

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/sletdk/slet/scanner"
)

var le = binary.LittleEndian

// allocatedBy returns how many bytes f allocates.
func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func toUTF16(s string, order binary.AppendByteOrder) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

func TestTextInEveryEncoding(t *testing.T) {
	const s = "Vi har på fødselsdagen modtaget Åses brev, cpr 150370-5008.\r\nÆbler – ikke pærer.\r\n"
	cp1252, err := charmap.Windows1252.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	dos := strings.ReplaceAll(s, "–", "-")
	cp865, err := charmap.CodePage865.NewEncoder().String(dos)
	if err != nil {
		t.Fatal(err)
	}
	cp850, err := charmap.CodePage850.NewEncoder().String(dos)
	if err != nil {
		t.Fatal(err)
	}
	be := binary.BigEndian
	for name, tt := range map[string]struct{ in, want string }{
		"UTF-8":                 {s, s},
		"UTF-8 with BOM":        {bomUTF8 + s, s},
		"Windows-1252":          {cp1252, s},
		"code page 865":         {cp865, dos},
		"code page 850":         {cp850, dos},
		"UTF-16LE with BOM":     {bomUTF16LE + string(toUTF16(s, le)), s},
		"UTF-16BE with BOM":     {bomUTF16BE + string(toUTF16(s, be)), s},
		"UTF-16LE":              {string(toUTF16(s, le)), s},
		"UTF-16BE":              {string(toUTF16(s, be)), s},
		"both in one file":      {s + cp1252, s + s},
		"coloured log":          {"\x1b[31mfejl\x1b[0m 150370-5008\n", "\x1b[31mfejl\x1b[0m 150370-5008\n"},
		"a few zeros":           {s + "\x00" + s, s + "\x00" + s},
		"unwritten end of log":  {s + strings.Repeat("\x00", 300), s + strings.Repeat("\x00", 300)},
		"end mark of DOS":       {s + "\x1a", s + "\x1a"},
		"our separators in it":  {s + "150370\x1e-\x1f5008", s + "150370 - 5008"},
		"one line, no newline":  {"150370-5008", "150370-5008"},
		"one letter":            {"x", "x"},
		"UTF-16LE, emoji":       {bomUTF16LE + string(toUTF16("😀 150370-5008", le)), "😀 150370-5008"},
		"UTF-16LE, half a pair": {bomUTF16LE + "a\x00\x3d\xd8b\x00", "a\ufffdb"},
	} {
		t.Run(name, func(t *testing.T) {
			c := extractBytes(t, "x", []byte(tt.in))
			if c.text() != tt.want || len(c.gaps) != 0 {
				t.Errorf("gave %q, gaps %v\nwant %q", c.text(), c.gaps, tt.want)
			}
			if len(c.parts) != 1 || !c.parts[0].byLine || c.parts[0].where != "" {
				t.Errorf("parts: %+v", c.parts)
			}
		})
	}
}

// noise is content that looks like no text: as compressed data does.
func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestBinaryIsNeverTextInSilence: what does not look like text is a gap, and its
// readable runs are examined all the same.
func TestBinaryIsNeverTextInSilence(t *testing.T) {
	be := binary.BigEndian
	n := string(noise(3000))
	for name, in := range map[string]string{
		"8-bit":                 n + "\x00\x01Fødselsnr 150370-5008\x00\x02" + n,
		"UTF-16LE, even offset": n + "\x00\x01" + string(toUTF16("Fødselsnr 150370-5008", le)) + "\x00\x00" + n,
		"UTF-16LE, odd offset":  n + "\x01" + string(toUTF16("Fødselsnr 150370-5008", le)) + "\x00\x00" + n,
		"UTF-16BE":              n + "\x01\x02" + string(toUTF16("Fødselsnr 150370-5008", be)) + "\x01\x01" + n,
		"UTF-16BE, to the last": n + "\x01\x02" + string(toUTF16("Fødselsnr 150370-5008", be)) + "\xffx" + n,
		"behind 70 kB of text":  strings.Repeat("Dette er en tekst.\n", 4000) + n + strings.Repeat("\x00\x01\x02\x03", 20000) + "150370-5008\x01",
		"across the change":     strings.Repeat("x", textChunk-6) + "150370" + "-5008\x00\x01" + strings.Repeat("\x01\x02\x03\x80\xff", 20000),
		"before text again":     strings.Repeat("a", textChunk) + strings.Repeat("\x01\x02\xff\x80", textChunk/4-1) + "1503" + "70-5008 er igen tekst. " + strings.Repeat("b", textChunk),
		"a program":             "MZ\x90\x00\x03\x00\x00\x00" + n + "\x00cpr 150370-5008\x00",
		"EBCDIC and then some":  strings.Repeat("\xd5\x81\xa5\x95\x40", 50) + " 150370-5008 ",
	} {
		t.Run(name, func(t *testing.T) {
			c := extractBytes(t, "x.txt", []byte(in))
			if got := c.reasons(); len(got) != 1 || got[0] != ": unsupported" {
				t.Errorf("gaps: %v", c.gaps)
			}
			if !c.has("1503705008") {
				t.Errorf("the number is not in %.300q", c.text())
			}
		})
	}
}

func TestMediaIsToldByKind(t *testing.T) {
	for head, want := range map[string]string{
		"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR": "image",
		"\xff\xd8\xff\xe0\x00\x10JFIF\x00":      "image",
		"II*\x00\x08\x00\x00\x00\x01\x00\x02":   "image",
		"\x00\x00\x00\x18ftypheic\x00\x00\x00":  "HEIC",
		"RIFF\x00\x00\x01\x00WEBPVP8 \x00\x01":  "WebP",
		"\x00\x00\x00\x20ftypisom\x00\x00\x02":  "video",
		"ID3\x03\x00\x00\x00\x00\x00\x01\x02":   "sound",
		"\x7fELF\x02\x01\x01\x00\x00\x00\x00":   "program",
		"wOF2\x00\x01\x00\x00\x00\x01\x02\x03":  "font",
	} {
		c := extractBytes(t, "x", []byte(head))
		if got := c.reasons(); len(got) != 1 || got[0] != ": unsupported" || !strings.Contains(c.gaps[0].Err.Error(), want) {
			t.Errorf("%q: gaps %v, want one that says %q", head, c.gaps, want)
		}
	}
	for text, want := range map[string]int{"MZ er initialer, 150370-5008": 0, "true\n": 0, "ID3 er et format\n": 0} {
		if c := extractBytes(t, "x", []byte(text)); len(c.gaps) != want || c.text() != text {
			t.Errorf("%q is text, and gave %v", text, c.gaps)
		}
	}
	c := extractBytes(t, "x", []byte("-----BEGIN PGP MESSAGE-----\n\nhQEMA\n"))
	if got := c.reasons(); len(got) != 1 || got[0] != ": encrypted" {
		t.Errorf("a PGP message: %v", got)
	}
}

// TestChunksChangeNothing: the text does not depend on where reading was cut,
// for every way in which it can be cut.
func TestChunksChangeNothing(t *testing.T) {
	const unit = "På 150370-5008 æøå – 😀 €\r\n"
	cp1252, _ := charmap.Windows1252.NewEncoder().String(strings.ReplaceAll(unit, "😀", ""))
	for name, in := range map[string][]byte{
		"UTF-8":    []byte(strings.Repeat(unit, 9000)),
		"1252":     []byte(strings.Repeat(cp1252, 9000)),
		"mixed":    []byte(strings.Repeat(unit+cp1252, 5000)),
		"UTF-16LE": append([]byte(bomUTF16LE), toUTF16(strings.Repeat(unit, 9000), binary.LittleEndian)...),
		"UTF-16BE": toUTF16(strings.Repeat(unit, 9000), binary.BigEndian),
	} {
		for shift := range 4 {
			in := in[:len(in)-shift*2]
			want := extractBytes(t, "x", in).text()
			j := testJob(t)
			d := &doc{job: j, size: int64(len(in)), head: in[:headSize]}
			dec := d.decode(iotest.OneByteReader(bytes.NewReader(in)), d.head, "")
			got, err := io.ReadAll(dec)
			if err != nil || string(got) != want {
				t.Errorf("%s: byte by byte gave another text (%v)", name, err)
			}
			if n := strings.Count(want, "150370-5008"); n < 8999 {
				t.Errorf("%s: %d numbers", name, n)
			}
			if i := strings.IndexRune(want, utf8.RuneError); i >= 0 && i < len(want)-10 {
				t.Errorf("%s: a broken character at %d", name, i)
			}
		}
	}
}

// testJob is a job without an item, for the parts of a format.
func testJob(t testing.TB) *job {
	x := New(Options{})
	t.Cleanup(func() { x.Close() })
	j := &job{x: x, ctx: context.Background(), budget: budget{limits: x.opts.Limits, size: 1 << 30}}
	j.sink = &guard{j: j, to: &collector{}}
	return j
}

// endless is text that goes on: what a log of gigabytes is to the reader.
type endless struct{ unit []byte }

func (e endless) ReadAt(p []byte, off int64) (int, error) {
	for n := 0; n < len(p); {
		n += copy(p[n:], e.unit[(off+int64(n))%int64(len(e.unit)):])
	}
	return len(p), nil
}

// countingSink counts what it is given.
type countingSink struct {
	bytes, numbers int64
	gaps           []string
}

func (s *countingSink) Part(string, bool) error { return nil }
func (s *countingSink) Mark(string)             {}
func (s *countingSink) Text(b []byte) error {
	s.bytes += int64(len(b))
	s.numbers += int64(bytes.Count(b, []byte("150370-5008")))
	return nil
}
func (s *countingSink) Gap(where string, reason scanner.Reason, err error) {
	s.gaps = append(s.gaps, where+": "+string(reason))
}

// TestLargeTextIsPassedThrough: a text of any size takes a constant amount of
// memory.
func TestLargeTextIsPassedThrough(t *testing.T) {
	const size = 300 << 20
	unit := []byte(strings.Repeat("Sagen om 150370-5008 er afsluttet i år.\n", 400))
	x := New(Options{})
	defer x.Close()
	var s countingSink
	allocated := allocatedBy(func() {
		if err := x.Extract(context.Background(), "log.txt", endless{unit}, size, &s); err != nil {
			t.Fatal(err)
		}
	})
	if s.bytes != size || len(s.gaps) != 0 {
		t.Errorf("%d bytes of %d, gaps %v", s.bytes, int64(size), s.gaps)
	}
	if allocated > 4<<20 {
		t.Errorf("%d bytes were allocated", allocated)
	}
}

// TestPrintable8 compares with the obvious, for every byte at every place.
func TestPrintable8(t *testing.T) {
	for i := range 8 {
		for c := range 256 {
			for _, other := range []byte{' ', '~', 0x7f, 0x80, 0xff, 0, 0x1f} {
				b := bytes.Repeat([]byte{other}, 8)
				b[i] = byte(c)
				want := c >= 0x20 && c < 0x7f && other >= 0x20 && other < 0x7f
				if got := printable8(binary.LittleEndian.Uint64(b)); got && !want || !got && want {
					t.Fatalf("%x: %t", b, got)
				}
			}
		}
	}
}
