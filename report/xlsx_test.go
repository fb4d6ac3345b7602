package report

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/sletdk/slet/internal/testenv"
)

// sheets writes out a workbook as a reader sees it: sheet by sheet, cell by
// cell, with what is not text marked.
func sheets(t *testing.T, b []byte) string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out strings.Builder
	for _, name := range f.GetSheetList() {
		fmt.Fprintf(&out, "== %s\n", name)
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for j := range row {
				cell, err := excelize.CoordinatesToCellName(j+1, i+1)
				if err != nil {
					t.Fatal(err)
				}
				if formula, err := f.GetCellFormula(name, cell); err != nil || formula != "" {
					t.Errorf("%s %s is a formula: %s (%v)", name, cell, formula, err)
				}
				kind, err := f.GetCellType(name, cell)
				if err != nil {
					t.Fatal(err)
				}
				if kind == excelize.CellTypeNumber || kind == excelize.CellTypeUnset && row[j] != "" {
					row[j] = "#" + row[j]
				}
			}
			fmt.Fprintln(&out, strings.Join(row, " | "))
		}
	}
	return out.String()
}

// TestWorkbook holds the workbook to its golden file, in both languages.
func TestWorkbook(t *testing.T) {
	for _, lang := range []Lang{Danish, English} {
		r := sample()
		r.Lang = lang
		var b bytes.Buffer
		if err := XLSX(&b, r); err != nil {
			t.Fatal(err)
		}
		golden(t, "workbook."+string(lang)+".txt", []byte(sheets(t, b.Bytes())))
	}
}

// TestWorkbookInLibreOffice: another program reads what was written, the dates
// as dates.
func TestWorkbookInLibreOffice(t *testing.T) {
	soffice := testenv.Program(t, "soffice")
	dir := t.TempDir()
	var b bytes.Buffer
	if err := XLSX(&b, sample()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "rapport.xlsx")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	// 59: semicolon, 34: quotes, 76: UTF-8, -1: every sheet to a file of its own.
	cmd := exec.CommandContext(t.Context(), soffice, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless",
		"--convert-to", `csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,true,false,false,-1`, "--outdir", dir, file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	items, err := os.ReadFile(filepath.Join(dir, "rapport-Elementer.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Ansøgninger/gammel.docx", "02-12-2025", "02-06-2026", "=1+1.zip", "<script>alert(1)</script>"} {
		if !strings.Contains(string(items), want) {
			t.Errorf("%q is not in what LibreOffice reads:\n%s", want, items)
		}
	}
}

// TestWorkbookSaysWhenASheetIsFull: rows that do not fit are not silently gone.
func TestWorkbookSaysWhenASheetIsFull(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	b := &book{file: f}
	l, err := b.list("Elementer", column{"Element", 10})
	if err != nil {
		t.Fatal(err)
	}
	l.rows = maxSheetRows - 1
	for range 3 {
		if err := l.row("x"); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.end(); err != nil {
		t.Fatal(err)
	}
	last, err := f.GetCellValue("Elementer", fmt.Sprintf("A%d", maxSheetRows+2))
	if err != nil || !strings.Contains(last, "CSV") {
		t.Errorf("the last row: %q (%v)", last, err)
	}
}

// TestEverySentenceHasEnglish: the workbook and the page are whole in both
// languages, and no translation is left of a sentence that is gone.
func TestEverySentenceHasEnglish(t *testing.T) {
	used := map[string]bool{}
	for file, pattern := range map[string]string{
		"xlsx.go":               `(?:sayf?|list)\("([^"]+)"|column\{"([^"]+)"|\{"([^"]+)", (?:r\.|seen|examined|skipped|failed|gaps|private|held|mode)`,
		"report.html.tmpl":      `\btf? "([^"]+)"`,
		"certificate.html.tmpl": `\btf? "([^"]+)"`,
		"html.go":               `Label: "([^"]+)"`,
		"forecast.go":           `sayf?\("([^"]+)"`,
		"data.go":               `"([a-zæøå ]+)",`,
		"cctv.go":               `sayf?\("([^"]+)"`,
		"period.go":             `(?:sayf?|list)\("([^"]+)"|column\{"([^"]+)"`,
	} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(b), -1) {
			for _, s := range m[1:] {
				if s != "" && english[s] == "" {
					t.Errorf("%s: %q has no English", file, s)
				}
				used[s] = true
			}
		}
	}
	for danish := range english {
		if !used[danish] {
			t.Errorf("%q is translated and nowhere used", danish)
		}
	}
}
