package extract

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sletdk/slet/scanner"
)

// archiveOf makes a zip file of names and contents, in turn.
func archiveOf(t testing.TB, namesAndContents ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(namesAndContents); i += 2 {
		f, err := w.Create(namesAndContents[i])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, namesAndContents[i+1])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipOf(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	w.Write(data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarOf(t testing.TB, namesAndContents ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(namesAndContents); i += 2 {
		h := &tar.Header{Name: namesAndContents[i], Size: int64(len(namesAndContents[i+1])), Mode: 0o600}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, namesAndContents[i+1])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bzip2Note is "cpr 150370-5008\n", as bzip2 packs it.
const bzip2Note = "QlpoOTFBWSZTWVMD5ZoAAAbZgAAQQAJqwAgAUAAgADEDQNAgAyA6iUe2wGDveLuSKcKEgpgfLNA="

func TestArchives(t *testing.T) {
	bz, err := base64.StdEncoding.DecodeString(bzip2Note)
	if err != nil {
		t.Fatal(err)
	}
	inner := archiveOf(t, "c.csv", "navn;cpr\nBo;150370-5008\n")
	for name, tt := range map[string]struct {
		in    []byte
		place string
	}{
		"zip":                 {archiveOf(t, "mappe/a.txt", "cpr 150370-5008"), "mappe/a.txt"},
		"zip in zip":          {archiveOf(t, "b.zip", string(inner)), "b.zip › c.csv"},
		"tar":                 {tarOf(t, "mappe/", "", "mappe/a.txt", "cpr 150370-5008"), "mappe/a.txt"},
		"gzip":                {gzipOf(t, []byte("cpr 150370-5008")), "x"},
		"two members of gzip": {append(gzipOf(t, []byte("cpr 150370-")), gzipOf(t, []byte("5008"))...), "x"},
		"tar.gz":              {gzipOf(t, tarOf(t, "a.txt", "cpr 150370-5008")), "x › a.txt"},
		"bzip2":               {bz, "indhold"},
		"mail in zip":         {archiveOf(t, "m.eml", mailHead+"\nhej\n"), "m.eml › mailens hoved"},
	} {
		t.Run(name, func(t *testing.T) {
			c := extractBytes(t, "x.gz", tt.in)
			if len(c.gaps) != 0 || !writtenForm("1503705008").MatchString(c.part(t, tt.place)) {
				t.Errorf("%q, gaps %v", c.text(), c.gaps)
			}
		})
	}
}

func TestNamesInArchives(t *testing.T) {
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	gz.Name = "150370-5008.txt"
	gz.Write([]byte("x"))
	gz.Close()
	for name, in := range map[string][]byte{
		"zip":  archiveOf(t, "sager/150370-5008/a.txt", "x"),
		"tar":  tarOf(t, "sager/150370-5008/", "", "x", "y"),
		"gzip": b.Bytes(),
	} {
		if c := extractBytes(t, "x", in); !strings.Contains(c.part(t, "navne i indholdet"), "150370-5008") {
			t.Errorf("%s: %q", name, c.text())
		}
	}
	c := extractBytes(t, "x", archiveOf(t, "a\x1e\n\xff\u202e"+strings.Repeat("b", 400), "150370-5008"))
	for _, p := range c.places() {
		if strings.ContainsAny(p, "\x1e\n") || !utf8.ValidString(p) || len(p) > maxName+10 {
			t.Errorf("place %q", p)
		}
	}
}

// TestArchivesWrong: what cannot be unpacked is a gap with the entry's name, and
// the other entries are read.
func TestArchivesWrong(t *testing.T) {
	good := "cpr 150370-5008"
	text := strings.Repeat("noget tekst der fylder lidt\n", 100)
	whole := archiveOf(t, "foer.txt", good, "laast.txt", "hemmeligt", "efter.txt", "cpr 010758-5001 "+text)
	locked := bytes.Clone(whole)
	for _, magic := range []string{"PK\x03\x04", "PK\x01\x02"} { // the second entry of each kind
		i := bytes.Index(locked, []byte(magic)) + 4
		i += bytes.Index(locked[i:], []byte(magic))
		locked[i+map[string]int{"PK\x03\x04": 6, "PK\x01\x02": 8}[magic]] |= 1
	}
	method := bytes.Clone(whole)
	i := bytes.LastIndex(method, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint16(method[i+10:], 99)
	flipped := archiveOf(t, "a.txt", good+text, "b.txt", good)
	flipped[bytes.Index(flipped, []byte("a.txt"))+5+20] ^= 0xff
	gz := gzipOf(t, []byte(good+string(noise(5000))))
	for name, tt := range map[string]struct {
		in   []byte
		gaps string
		has  []string
	}{
		"encrypted entry":     {locked, "laast.txt: encrypted", []string{"1503705008", "0107585001"}},
		"unknown method":      {method, "efter.txt: unsupported", []string{"1503705008"}},
		"broken entry":        {flipped, "a.txt: corrupt", []string{"1503705008"}},
		"directory is gone":   {whole[:bytes.Index(whole, []byte("PK\x01\x02"))], ": corrupt", []string{"1503705008", "0107585001"}},
		"half of a zip":       {whole[:bytes.Index(whole, []byte("laast"))], ": corrupt", []string{"1503705008"}},
		"half of a gzip":      {gz[:len(gz)/2], "x: corrupt", []string{"1503705008"}},
		"half of a tar":       {tarOf(t, "a", good, "b", text)[:1600], "b: corrupt; : corrupt", []string{"1503705008"}},
		"tar, broken header":  {append(tarOf(t, "a", good)[:1024], bytes.Repeat([]byte("rod"), 400)...), ": corrupt", []string{"1503705008"}},
		"behind a program":    {append([]byte("MZ\x00\x01\x02\x03"), archiveOf(t, "a.txt", "cpr 150370-5008")...), ": unsupported", []string{"1503705008"}},
		"behind a tar":        {append(tarOf(t, "a.txt", good), "\x01\x02cpr 010758-5001\x03"...), ": corrupt", []string{"1503705008", "0107585001"}},
		"two tars":            {append(tarOf(t, "a.txt", "x"), tarOf(t, "b.txt", good)...), ": corrupt", []string{"1503705008"}},
		"only a signature":    {[]byte("PK\x03\x04 not a zip at all"), ": corrupt", nil},
		"gzip, only a header": {[]byte("\x1f\x8b\x08\x00\x00"), ": corrupt", nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := extractBytes(t, "x.gz", tt.in)
			if got := strings.Join(c.reasons(), "; "); got != tt.gaps {
				t.Errorf("gaps %v, want %q", c.gaps, tt.gaps)
			}
			for _, digits := range tt.has {
				if !c.has(digits) {
					t.Errorf("%s is not in %.300q", digits, c.text())
				}
			}
		})
	}
}

// TestLargeEntries: an entry that is too large to be held is passed through if
// it can be read front to back, also through two layers, and is a gap if not.
func TestLargeEntries(t *testing.T) {
	long := strings.Repeat("Dette er en linje uden noget af interesse i.\n", 20000) + "cpr 150370-5008\n"
	for name, tt := range map[string]struct {
		in   []byte
		gaps string
	}{
		"text":   {[]byte(long), ""},
		"tar.gz": {gzipOf(t, tarOf(t, "log.txt", long, "a.txt", "cpr 010758-5001")), ""},
		"tar":    {tarOf(t, "a.txt", strings.Repeat("x", 1000), "log.txt", long), ""},
		"csv":    {[]byte("navn;cpr\nBo;010758-5001\n" + strings.Repeat("navn;12\n", 20000) + "Ib;150370-5008\n"), ""},
		"html":   {[]byte("<html>" + strings.Repeat("<p>navn", 40000) + "<p>150370-5008"), ""},
		"json":   {[]byte("[" + strings.Repeat(`"navn", `, 40000) + `"150370-5008"]`), ""},
		"xml":    {[]byte("<?xml version='1.0'?><a>" + strings.Repeat("<navn>x</navn>", 40000) + "<cpr>150370-5008</cpr></a>"), ""},
		"rtf":    {[]byte(`{\rtf1 ` + strings.Repeat("navn", 40000) + " 150370-5008}"), ""},
		"mail":   {crlf(mailHead + "Content-Type: multipart/mixed; boundary=x\n\n--x\n\n" + long + "\n--x--\n"), ""},
		"mbox":   {[]byte("From bo@b.example Mon Mar  6 10:00:00 2017\nFrom: bo@b.example\nSubject: et\n\n" + long), ""},
		"zip":    {archiveOf(t, "a.bin", string(noise(300000)), "log.txt", long), "stor: too_large"},
		"binary": {append(noise(300000), "\x00cpr 150370-5008\x00"...), "stor: unsupported"},
	} {
		t.Run(name, func(t *testing.T) {
			j := testJob(t)
			c := j.sink.to.(*collector)
			// As if the containers around it held nearly all that may be held.
			j.held = maxHeld - textChunk
			d := &doc{job: j, size: j.size}
			if err := d.entry(entry{name: "stor", r: bytes.NewReader(tt.in), packed: int64(len(tt.in))}); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(c.reasons(), "; "); got != tt.gaps {
				t.Errorf("gaps %v, want %q", c.gaps, tt.gaps)
			}
			if name != "zip" && !c.has("1503705008") {
				t.Errorf("the number at the end is not in the text: %.100q", c.text())
			}
			if j.held != maxHeld-textChunk {
				t.Errorf("%d bytes are held", j.held)
			}
		})
	}
}

// TestBrokenArchiveIsNoBrokenDisk: an archive whose directory leads nowhere is
// corrupt, which a new run does not mend; only reading can fail with io.
func TestBrokenArchiveIsNoBrokenDisk(t *testing.T) {
	whole := archiveOf(t, "a.txt", strings.Repeat("150370-5008 ", 100), "b.txt", "x")
	for from := range len(whole) - 10 {
		for _, g := range extractBytes(t, "a.zip", slices.Concat(whole[:from], whole[from+10:])).gaps {
			if g.Reason == scanner.IO {
				t.Fatalf("without the bytes from %d: %v", from, g)
			}
		}
	}
}
