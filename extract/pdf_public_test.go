package extract

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
)

// publicPDFs are the test files that come with our PDF libraries' modules:
// broken, circular, encrypted and ordinary ones.
func publicPDFs(t *testing.T) (files []string) {
	t.Helper()
	out, err := exec.Command(testenv.Program(t, "go"), "list", "-m", "-f", "{{.Dir}}",
		"github.com/klippa-app/go-pdfium", "github.com/ledongthuc/pdf").Output()
	if err != nil {
		testenv.Missing(t, "the modules' files: %v", err)
	}
	for dir := range strings.Lines(string(out)) {
		for _, pattern := range []string{"*/*.pdf", "*/*/*.pdf"} {
			found, err := filepath.Glob(filepath.Join(strings.TrimSpace(dir), filepath.FromSlash(pattern)))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, found...)
		}
	}
	if len(files) < 100 {
		t.Fatalf("only %d files", len(files))
	}
	return files
}

// TestPDFPublic reads every public test file in both ways. Nothing crashes or
// hangs, nothing without text is passed over in silence, and PDFium finds every
// number that poppler finds.
func TestPDFPublic(t *testing.T) {
	files := publicPDFs(t)
	poppler, _ := exec.LookPath("pdftotext")
	number := regexp.MustCompile(`[0-9]{4,}`)
	for _, mode := range []string{"full", "light"} {
		o := workerOptions(t)
		o.PDF, o.Limits.Time = mode, 30*time.Second
		x := New(o)
		defer x.Close()
		found, missed := 0, 0
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c := extractWith(t, x, file, data)
			for _, g := range c.gaps {
				if strings.Contains(g.Err.Error(), errWorker.Error()) || strings.Contains(g.Err.Error(), errTime.Error()) || strings.Contains(g.Err.Error(), errCrash.Error()) {
					t.Errorf("%s, %s: %v", mode, filepath.Base(file), g.Err)
				}
			}
			if len(data) > 0 && len(c.parts) == 0 && len(c.gaps) == 0 {
				t.Errorf("%s, %s: neither text nor a gap", mode, filepath.Base(file))
			}
			if poppler == "" || mode == "light" {
				continue
			}
			out, _ := exec.Command(poppler, file, "-").Output()
			for _, n := range number.FindAllString(string(out), -1) {
				if strings.Contains(c.text(), n) {
					found++
				} else {
					missed++
					t.Logf("%s: %s is missed", filepath.Base(file), n)
				}
			}
		}
		if missed*100 > found {
			t.Errorf("%d numbers of poppler's are found, %d are missed", found, missed)
		}
		t.Logf("%s: %d files, %d numbers, %d missed", mode, len(files), found, missed)
	}
}
