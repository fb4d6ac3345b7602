package extract

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klippa-app/go-pdfium/requests"
)

// TestSandboxSeesNoFiles: PDFium cannot open a file of this machine, not even
// one that we name to it.
func TestSandboxSeesNoFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(path, simplePDF("Borger 150370-5008"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := startPDFium(workerOptions(t).Cache, false)
	if err != nil {
		t.Fatal(err)
	}
	defer p.pool.Close()
	if _, err := p.api.OpenDocument(&requests.OpenDocument{FilePath: &path}); err == nil {
		t.Error("the sandbox has opened a file")
	}
}

// sandboxBomb is a document whose attachment unpacks to more than the sandbox
// has.
func sandboxBomb(t testing.TB) []byte {
	f := newPDFFile()
	f.page(pdfText("Borger 150370-5008"), "")
	var z bytes.Buffer
	w, err := zlib.NewWriterLevel(&z, zlib.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range pdfiumPages >> 4 {
		_, _ = w.Write(zeros)
	}
	_ = w.Close()
	entry := f.plain("/Type/EmbeddedFile/Filter/FlateDecode", z.String())
	spec := f.add(fmt.Sprintf("<</Type/Filespec/F(bombe.bin)/UF(bombe.bin)/EF<</F %d 0 R>>>>", entry))
	f.catalog = fmt.Sprintf("/Names<</EmbeddedFiles<</Names[(bombe.bin) %d 0 R]>>>>", spec)
	return f.bytes()
}

// TestSandboxMemory: content that fills the sandbox's memory costs itself: the
// rest of the document has been received, and the next one is read.
func TestSandboxMemory(t *testing.T) {
	if underRace {
		t.Skip("the race detector needs more memory than a worker may have")
	}
	x := New(workerOptions(t))
	defer x.Close()
	c := extractWith(t, x, "x.pdf", sandboxBomb(t))
	if !c.has("1503705008") {
		t.Errorf("the page is lost: %q", c.text())
	}
	if got := c.reasons(); len(got) == 0 || !strings.HasPrefix(got[0], "vedhæftning bombe.bin: ") {
		t.Errorf("gaps %v, want one for the attachment", c.gaps)
	}
	if len(x.pool.idle) != 0 {
		t.Error("a worker whose sandbox crashed is kept")
	}
	if c := extractWith(t, x, "x.pdf", simplePDF("Borger 150370-5008")); !c.has("1503705008") || len(c.gaps) > 0 {
		t.Errorf("the next document: %q, %v", c.text(), c.gaps)
	}
}

// TestPDFPagesThatFail: pages that are not there are gaps, each, up to a number
// after which the rest is one.
func TestPDFPagesThatFail(t *testing.T) {
	data := simplePDF("Borger 150370-5008")
	for _, count := range []string{"3", "2000000000"} {
		c := extractBytes(t, "x.pdf", bytes.Replace(data, []byte("/Count 1/"), []byte("/Count "+count+"/"), 1), workerOptions(t))
		if !c.has("1503705008") {
			t.Errorf("count %s: the page that is there is lost: %q", count, c.text())
		}
		if len(c.gaps) > maxBadPages+3 || count == "3" && len(c.gaps) != 2 {
			t.Errorf("count %s: gaps %v", count, c.gaps)
		}
	}
}

// TestPDFMany: documents one after the other in one worker do not mix.
func TestPDFMany(t *testing.T) {
	x := New(workerOptions(t))
	defer x.Close()
	docs := [][]byte{simplePDF("den ene"), hiddenPDF(), fixture(t, "kodeord-aes256.pdf"), simplePDF("den anden")[:200], fixture(t, "chromium.pdf")}
	var first []string
	for round := range 3 {
		var all []string
		for _, d := range docs {
			c := extractWith(t, x, "x.pdf", d)
			all = append(all, c.text(), fmt.Sprint(c.gaps))
		}
		if round == 0 {
			first = all
		} else if !slices.Equal(first, all) {
			t.Errorf("round %d: %q, first %q", round, all, first)
		}
	}
}
