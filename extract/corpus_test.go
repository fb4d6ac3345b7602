package extract

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/sletdk/slet/scanner"
)

// corpusGaps are the files of the shared corpus that have gaps, with the reason
// that is to be given. All others have none.
var corpusGaps = map[string]scanner.Reason{
	"Arkiv/laast.zip":     scanner.Encrypted,
	"Arkiv/bombe.zip":     scanner.TooLarge,
	"Sager/oedelagt.docx": scanner.Corrupt,
	"Pdf/afkortet.pdf":    scanner.Corrupt,
	"Scan/side.png":       scanner.Unsupported,
}

// corpusElsewhere are files whose expectation is met by another package: a
// number that is in the name of the file only.
var corpusElsewhere = map[string]bool{"Sager/120170-8709 boernesag.txt": true}

func TestCorpus(t *testing.T) {
	root := filepath.Join("..", "testdata", "corpus")
	manifest, err := os.ReadFile(filepath.Join(root, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(manifest))
	for lines.Scan() {
		var want struct {
			Path, Kind string
			Expect     []string
		}
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		if want.Kind == "private" {
			continue // nobody opens them
		}
		t.Run(want.Path, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(root, "files", filepath.FromSlash(want.Path)))
			if err != nil {
				t.Fatal(err)
			}
			c := extractBytes(t, path.Base(want.Path), data, workerOptions(t))
			wantGap := corpusGaps[want.Path]
			if want.Kind == "unreadable" && wantGap == "" {
				t.Errorf("say which gap is expected of %s", want.Path)
			}
			switch {
			case wantGap == "" && len(c.gaps) > 0:
				t.Errorf("gaps: %v", c.gaps)
			case wantGap != "" && (len(c.gaps) != 1 || c.gaps[0].Reason != wantGap):
				t.Errorf("gaps %v, want one: %s", c.reasons(), wantGap)
			}
			if wantGap == scanner.Unsupported || corpusElsewhere[want.Path] {
				return
			}
			for _, digits := range want.Expect {
				if !c.has(digits) {
					t.Errorf("a number of the manifest is not in the text: %q", c.text())
				}
			}
		})
	}
}
