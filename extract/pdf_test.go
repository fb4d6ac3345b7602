package extract

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func corpusFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "corpus", "files", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPDFCorpus(t *testing.T) {
	for _, tt := range []struct {
		file    string
		numbers []string
		gaps    []string
	}{
		{"Office/brev_pdf.pdf", []string{"0109838578", "2006815157"}, nil},
		{"Pdf/ejerkode.pdf", []string{"1409778425"}, nil},
		{"Pdf/afkortet.pdf", nil, []string{": corrupt"}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			c := extractBytes(t, tt.file, corpusFile(t, tt.file), workerOptions(t))
			for _, n := range tt.numbers {
				if !c.has(n) {
					t.Errorf("%s is not in the text: %q", n, c.text())
				}
			}
			for _, g := range tt.gaps {
				if !slices.Contains(c.reasons(), g) {
					t.Errorf("gaps %q, want %q", c.reasons(), g)
				}
			}
			if tt.gaps == nil && len(c.gaps) > 0 {
				t.Errorf("gaps %v, want none", c.gaps)
			}
			t.Logf("%q %q %v", c.places(), c.text(), c.gaps)
		})
	}
}
