package extract

import (
	"strings"
	"testing"
)

// visible writes a sink's text readably: | for the end of a cell, = for the end
// of a header.
func visible(s string) string {
	return strings.NewReplacer("\x1e", "|", "\x1f", "=").Replace(s)
}

func TestCSV(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"semicolons and a header": {
			"Navn;CPR;Adresse\nBo;150370-5008;Gade 1\nIb;1503705008;Gade 2\n",
			"Navn|CPR|Adresse|\nBo|CPR=150370-5008|Gade 1|\nIb|CPR=1503705008|Gade 2|\n",
		},
		"tabs, CRLF": {
			"Navn\tCPR-nr\r\nBo\t150370-5008\r\n",
			"Navn|CPR-nr|\nBo|CPR-nr=150370-5008|\n",
		},
		"commas": {
			"navn,cpr\nBo,150370-5008\nIb,150370-5008\n",
			"navn|cpr|\nBo|cpr=150370-5008|\nIb|cpr=150370-5008|\n",
		},
		"quotes, line breaks inside": {
			"navn;note\nBo;\"a \"\"b\"\"; c\nog 150370-5008\"\nIb;x\n",
			"navn|note|\nBo|note=a \"b\"; c\nog 150370-5008|\nIb|x|\n",
		},
		"a quotation mark that is never closed": {
			"navn;cpr\nBo;\"x\n" + strings.Repeat("Ib;150370-5008\n", 2000),
			"navn|cpr|\nBo|x\n|" + strings.Repeat("Ib|cpr=150370-5008|\n", 2000),
		},
		"a quotation mark inside a cell": {
			"navn;cpr\nBo \"Bob\" B;150370-5008\n",
			"navn|cpr|\nBo \"Bob\" B|cpr=150370-5008|\n",
		},
		"Excel's line": {
			"sep=,\nnavn,cpr\nBo,150370-5008\n",
			"\nnavn|cpr|\nBo|cpr=150370-5008|\n",
		},
		"no line break at the end": {
			"navn;cpr\nBo;150370-5008",
			"navn|cpr|\nBo|cpr=150370-5008|",
		},
		"two cells do not make a number": {
			"a;b\n150370;5008\n1;2\n",
			"a|b|\na=150370|5008|\n1|2|\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := extractBytes(t, "x", []byte(tt.in))
			if got := visible(c.text()); len(c.gaps) > 0 || name != "a quotation mark that is never closed" && got != tt.want {
				t.Errorf("gave\n%s gaps %v, want\n%s", got, c.gaps, tt.want)
			}
			if strings.Count(c.text(), "\n") != strings.Count(tt.in, "\n") {
				t.Errorf("%d line breaks became %d: the line numbers are wrong", strings.Count(tt.in, "\n"), strings.Count(c.text(), "\n"))
			}
			if got, want := strings.Count(c.text(), "150370-5008"), strings.Count(tt.in, "150370-5008"); got != want {
				t.Errorf("%d numbers of %d", got, want)
			}
		})
	}
}

func TestCSVMarksTheColumn(t *testing.T) {
	c := extractBytes(t, "x", []byte("Navn;CPR-nummer;Tlf\nBo;150370-5008;\nIb;010758-5001;12 34 56 78\n"))
	if got := c.place(t, "010758-5001"); got != "kolonne CPR-nummer" {
		t.Errorf("the number is at %q", got)
	}
	if got := c.place(t, "12 34 56 78"); got != "kolonne Tlf" {
		t.Errorf("the phone number is at %q", got)
	}
	if got := c.place(t, "Ib"); got != "" {
		t.Errorf("a name is at %q", got)
	}
}

// TestProseIsNoTable: cutting a text into cells would part labels from numbers.
func TestProseIsNoTable(t *testing.T) {
	for _, in := range []string{
		"Kære Anne, vi har, som aftalt, modtaget dit cpr, 150370-5008.\nMed venlig hilsen, Bo\nTak, og på gensyn.\n",
		"Sagen drejer sig om cpr; 150370-5008.\nDer er ikke mere.\nHilsen Bo\n",
		"navn: Bo, cpr 150370-5008\n",
		"{ not json; really\n; or } is it\n",
	} {
		if c := extractBytes(t, "x.csv", []byte(in)); c.text() != in || len(c.gaps) != 0 {
			t.Errorf("gave %q, %v", visible(c.text()), c.gaps)
		}
	}
}

func TestCSVInUTF16AndLongCells(t *testing.T) {
	long := strings.Repeat("ord ", 5000)
	in := "navn;cpr;note\nBo;1;2\nIb;3;4\nBo;150370-5008;" + long + "\nIb;010758-5001;x\n"
	c := extractBytes(t, "x", append([]byte(bomUTF16LE), toUTF16(in, le)...))
	want := "navn|cpr|note|\nBo|1|2|\nIb|3|4|\nBo|cpr=150370-5008|" + long + "|\nIb|cpr=010758-5001|x|\n"
	if got := visible(c.text()); got != want {
		t.Errorf("gave %.200q", got)
	}
}

// TestTitlesAndColumns: the header is found below a title, and in a table of one
// column.
func TestTitlesAndColumns(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"one column":             {"CPR\n107585001\n", "CPR|\nCPR=107585001|\n"},
		"one column, quoted":     {"\"CPR\"\r\n\"107585001\"\r\n\"150370-5008\"", "CPR|\nCPR=107585001|\nCPR=150370-5008|"},
		"one column and a title": {"Liste over borgere\n\nCPR\n107585001\n\n150370 5008\n", "Liste over borgere|\n\nCPR|\nListe over borgere CPR=107585001|\n\nListe over borgere CPR=150370 5008|\n"},
		"a title over a table":   {"Liste over borgere\n\nNavn;CPR\nBo;107585001\n", "Liste over borgere|\n\nNavn|CPR|\nBo|CPR=107585001|\n"},
		"two titles, commas":     {"Liste\nBorgere\nnavn,cpr\nBo,107585001\nIb,107585001\n", "Liste|\nBorgere|\nnavn|cpr|\nBo|cpr=107585001|\nIb|cpr=107585001|\n"},
		"a letter is no table":   {"Kære Bo\nRing 12345678\nIb\n", "Kære Bo\nRing 12345678\nIb\n"},
		"numbers without header": {"107585001\n150370-5008\n", "107585001\n150370-5008\n"},
		"a number in the title":  {"cpr 150370-5008.\n150370-5008\n", "cpr 150370-5008.\n150370-5008\n"},
		"a number, then text":    {"CPR\n150370-5008\nhej\n", "CPR\n150370-5008\nhej\n"},
	} {
		c := extractBytes(t, "x", []byte(tt.in))
		if got := visible(strings.ReplaceAll(c.text(), "\r", "")); got != tt.want || len(c.gaps) > 0 {
			t.Errorf("%s: gave\n%s gaps %v, want\n%s", name, got, c.gaps, tt.want)
		}
	}
}
