package extract

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// officeCase is one line of testdata/office/manifest.jsonl.
type officeCase struct {
	Path   string   `json:"path"`
	Expect []string `json:"expect"` // ten digits, each in the text in some written form
	Kind   string   `json:"kind"`   // positive, negative, or unreadable with the gap's reason as note
	Note   string   `json:"note"`
}

func officeCases(t testing.TB, manifest string) []officeCase {
	t.Helper()
	f, err := os.Open(manifest)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []officeCase
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var c officeCase
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

// numbersIn returns the ten-digit numbers in text, however they are written, and
// every longer run of digits, which would be two things glued together.
var anyNumber = regexp.MustCompile(`[0-9]{6}[-\x{2011}\x{ad} ]?[0-9]{4,}`)

func numbersIn(text string) []string {
	var all []string
	for _, n := range anyNumber.FindAllString(text, -1) {
		n = strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, n)
		if !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all
}

// TestOfficeCorpus holds the documents of the shared corpus to what is said of
// them.
func TestOfficeCorpus(t *testing.T) {
	root := filepath.Join("..", "testdata", "corpus")
	n := 0
	for _, c := range officeCases(t, filepath.Join(root, "manifest.jsonl")) {
		if !strings.HasPrefix(c.Path, "Office/") || strings.HasSuffix(c.Path, ".pdf") || strings.HasSuffix(c.Path, ".rtf") {
			continue
		}
		n++
		t.Run(c.Path, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(root, "files", c.Path))
			if err != nil {
				t.Fatal(err)
			}
			got := extractBytes(t, c.Path, data)
			for _, want := range c.Expect {
				if !got.has(want) {
					t.Errorf("%s is missing; text: %q", want, got.text())
				}
			}
			if len(got.gaps) > 0 {
				t.Errorf("gaps: %v", got.gaps)
			}
		})
	}
	if n < 7 {
		t.Errorf("only %d documents in the corpus", n)
	}
}

// packedDate is the date of the comment in brev.rtf as RTF packs it (\atndate, a
// negative number). It stands in the file, and the reader passes over no text.
const packedDate = "1480390016"

// TestOfficeDocuments reads real documents, written by LibreOffice, with numbers
// in every place that an office document has. All of them are found, and nothing
// else that looks like one: no two things are glued together.
func TestOfficeDocuments(t *testing.T) {
	root := filepath.Join("testdata", "office")
	for _, c := range officeCases(t, filepath.Join(root, "manifest.jsonl")) {
		t.Run(c.Path, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(root, c.Path))
			if err != nil {
				t.Fatal(err)
			}
			got := extractBytes(t, c.Path, data)
			if c.Kind == "unreadable" {
				if !slices.Contains(got.reasons(), ": "+c.Note) {
					t.Errorf("gaps %q, want %q", got.reasons(), c.Note)
				}
				return
			}
			for _, want := range c.Expect {
				if !got.has(want) {
					t.Errorf("%s is missing", want)
				}
			}
			for _, n := range numbersIn(got.text()) {
				if c.Path == "brev.rtf" && n == packedDate {
					continue
				}
				if !slices.Contains(c.Expect, n) {
					t.Errorf("%s is in the text, and not in the document", n)
				}
			}
			if len(got.gaps) > 0 {
				t.Errorf("gaps: %v", got.gaps)
			}
			if t.Failed() || testing.Verbose() {
				for _, p := range got.parts {
					t.Logf("%q: %q", p.where, p.text)
				}
			}
		})
	}
}
