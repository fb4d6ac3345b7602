package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/retention"
)

// mask is an error as it may be shown, logged and stored.
func (c *cli) mask(err error) string {
	return detectors.MaskText(strings.Join(strings.Fields(err.Error()), " "))
}

// table prints rows in columns.
func (c *cli) table(header string, rows func(row func(cells ...any))) error {
	w := tabwriter.NewWriter(c.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, strings.ReplaceAll(header, " ", "\t"))
	n := 0
	rows(func(cells ...any) {
		if n++; n%tableRows == 0 { // a table without end is aligned piece by piece
			_ = w.Flush() // a write that fails fails again at the end
		}
		for i, cell := range cells {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, oneLine(fmt.Sprint(cell)))
		}
		fmt.Fprintln(w)
	})
	return w.Flush()
}

// tableRows is how many rows of a table are aligned together.
const tableRows = 5_000

// oneLine keeps what a file is called from moving the cursor or starting a line.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u202e' {
			return '�'
		}
		return r
	}, s)
}

func byteSize(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n)/unit, 0
	for v >= unit && i < 4 {
		v, i = v/unit, i+1
	}
	return fmt.Sprintf("%.1f %s", v, []string{"KiB", "MiB", "GiB", "TiB", "PiB"}[i])
}

// day prints a date as it is in Copenhagen, where the rules count; an unknown
// one is a dash.
func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(retention.Zone()).Format(time.DateOnly)
}

// orDash prints an empty value visibly.
func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// plural says "1 item" and "2 items".
func plural[N int | int64](n N, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
