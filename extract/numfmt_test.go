package extract

import "testing"

func TestNumberFormat(t *testing.T) {
	cases := []struct{ code, value, want string }{
		{"0000000000", "150370500", "0150370500"},
		{"0000000000", "1503705008", "1503705008"},
		{`000000\-0000`, "107585001", "010758-5001"},
		{"000000-0000", "1503705008", "150370-5008"},
		{`000000"-"0000`, "107585001", "010758-5001"},
		{`00\-00\-00\-0000`, "107585001", "01-07-58-5001"},
		{`000000\ 0000`, "1503705008", "150370 5008"},
		{`000000\-0000;;;@`, "1503705008", "150370-5008"},
		{`[Red]000000\-0000`, "107585001", "010758-5001"},
		{`[$-406]000000\-0000`, "107585001", "010758-5001"},
		{"000000-0000", "99150370500", "9915037-0500"}, // more digits than places
		{"######0000", "42", "0042"},
		{"General", "1.503705008E9", "1503705008"},
		{"General", "1503705008", "1503705008"},
		{"", "1.5037050080000000E+9", "1503705008"},
		{"0", "150370500", "150370500"},
		{"#,##0", "1503705008", "1503705008"},
		{"#,##0.00", "1503705008.5", "1503705008.5"},
		{"0.00E+00", "1503705008", "1503705008"},
		{"@", "150370500", "150370500"},
		{`0" kr."`, "1503705008", "1503705008 kr."},
		{"000000-0000", "1503705008.5", "1503705008.5"}, // not whole
		{"000000-0000", "-15", "-15"},
		{"dd-mm-yyyy", "45366", "2024-03-15"},
		{"dd-mm-yyyy", "45366.75", "2024-03-15"},
		{"dd.mm.yyyy", "45366", "2024-03-15"},
		{`d\. mmmm yyyy`, "45366", "2024-03-15"},
		{"[h]:mm:ss", "45366", "2024-03-15"},
		{"dd-mm-yyyy", "1503705008", "1503705008"}, // shown as ####: still the number
		{"0000000000", "abc", "abc"},
		{"General", "0.1", "0.1"},
		{"General", "1503705008.0000002", "1503705008"},
		{"General", "1E+300", "1e+300"},
		{"[", "15", "15"},
		{`"`, "15", "15"},
		{`\`, "15", "15"},
	}
	for _, c := range cases {
		if got := string(parseNumberFormat(c.code).append(nil, []byte(c.value), false)); got != c.want {
			t.Errorf("%q of %s: %q, want %q", c.code, c.value, got, c.want)
		}
	}
	if got := string(builtinFormat(14).append(nil, []byte("43904"), true)); got != "2024-03-15" {
		t.Errorf("a date of the 1904 system: %s", got)
	}
}

func TestStripMarginCodes(t *testing.T) {
	cases := map[string]string{
		`&L&"Arial,Fed"&12 150370-5008&Rside &P`: " 150370-5008\nside ",
		`&C&K01+000CPR && navn`:                  "CPR & navn",
		`&12`:                                    "",
		`a&`:                                     "a&",
	}
	for in, want := range cases {
		if got := string(stripMarginCodes([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestCellName(t *testing.T) {
	for _, c := range []struct {
		row, col int
		want     string
	}{{0, 0, "A1"}, {6, 1, "B7"}, {9, 25, "Z10"}, {0, 26, "AA1"}, {0, 701, "ZZ1"}, {0, 702, "AAA1"}, {1048575, 16383, "XFD1048576"}} {
		if got := cellName(c.row, c.col); got != c.want {
			t.Errorf("%d, %d: %s, want %s", c.row, c.col, got, c.want)
		}
	}
}
