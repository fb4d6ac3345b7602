package extract

import (
	"strings"
	"testing"
)

// headed passes rows (cells split at |) and returns the cells with their labels.
func headed(rows ...string) string {
	var h heads
	var out []string
	for _, row := range rows {
		var cells []string
		for col, cell := range strings.Split(row, "|") {
			if row == "" {
				break
			}
			if l := h.label(col, []byte(cell)); l != nil {
				cells = append(cells, string(l)+"="+cell)
			} else {
				cells = append(cells, cell)
			}
			h.note(col, []byte(cell))
		}
		h.endRow()
		out = append(out, strings.Join(cells, "|"))
	}
	return strings.Join(out, "\n")
}

func TestHeads(t *testing.T) {
	cases := []struct {
		name string
		rows []string
		want string
	}{
		{"first row", []string{"Navn|CPR|By", "Bo|1503705008|Ry"}, "Navn|CPR|By\nBo|CPR=1503705008|Ry"},
		{"title above", []string{"Medlemmer 2024", "", "Navn|CPR|By", "Bo|1503705008|Ry"}, "Medlemmer 2024\n\nNavn|CPR|By\nBo|CPR=1503705008|Ry"},
		{"a row of texts is no new header", []string{"Navn|CPR|By", "Bo||Ry", "Ib|1503705008|Ry"}, "Navn|CPR|By\nBo||Ry\nIb|CPR=1503705008|Ry"},
		{"no header", []string{"Bo|1503705008|Ry"}, "Bo|Bo=1503705008|Ry"},
		{"a form", []string{"Navn|Bo", "CPR-nr.|150370-5008"}, "Navn|Bo\nCPR-nr.|CPR-nr. Bo=150370-5008"},
		{"a number is no header", []string{"010758-5001|Navn", "150370-5008|Bo"}, "010758-5001|Navn\n150370-5008|Bo"},
		{"a second table", []string{"Navn|CPR|By", "Bo|1503705008|Ry", "", "Vare|EAN|Pris", "Ost|5712345678901|9"},
			"Navn|CPR|By\nBo|CPR=1503705008|Ry\n\nVare|EAN|Pris\nOst|EAN=5712345678901|9"},
		{"one column under a title", []string{"Liste", "", "CPR", "107585001"}, "Liste\n\nCPR\nListe CPR=107585001"},
		{"one column, a text in it", []string{"CPR", "ukendt", "107585001"}, "CPR\nukendt\nCPR ukendt=107585001"},
		{"a title in another column", []string{"Liste", "|CPR", "Bo|107585001"}, "Liste\n|CPR\nBo|Bo CPR=107585001"},
		{"two titles over two columns", []string{"Liste", "Borgere", "Navn|CPR|By", "Bo|107585001|Ry"}, "Liste\nBorgere\nNavn|CPR|By\nBo|CPR=107585001|Ry"},
		{"few digits carry nothing", []string{"Navn|Nr|By", "Bo|12345|Ry"}, "Navn|Nr|By\nBo|12345|Ry"},
	}
	for _, c := range cases {
		if got := headed(c.rows...); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}
