package retention

import (
	"testing"
	"time"
)

func TestParsePeriod(t *testing.T) {
	for in, want := range map[string]Period{
		"P5Y": {Years: 5}, "P6M": {Months: 6}, "P2W": {Weeks: 2}, "P30D": {Days: 30}, "P0D": {},
		"P1Y6M": {Years: 1, Months: 6}, "P1Y2M3W4D": {1, 2, 3, 4}, "P12M": {Months: 12}, "P1000Y": {Years: 1000},
	} {
		got, err := ParsePeriod(in)
		if err != nil || got != want || got.String() != in {
			t.Errorf("%s: %+v written as %s (%v)", in, got, got, err)
		}
	}
	for _, in := range []string{"", "P", "5Y", "p5y", "P5", "PY", "P-5Y", "P5.5Y", "P5Y5Y", "P5D5Y", "PT5H", "P1YT5H", "P1001Y", "P999999D", "P9999999D", "P5Y ", " P5Y", "P5Ø", "P5X"} {
		if p, err := ParsePeriod(in); err == nil {
			t.Errorf("%q was read as %v", in, p)
		}
	}
}

func FuzzParsePeriod(f *testing.F) {
	for _, s := range []string{"P5Y", "P1Y2M3W4D", "P0D", "PT1H", "P0000001Y", "P1000Y1M"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePeriod(s)
		if err != nil {
			return
		}
		if back, err := ParsePeriod(p.String()); err != nil || back != p {
			t.Errorf("%q: %+v written as %s, read as %+v (%v)", s, p, p, back, err)
		}
		d := day{2024, time.February, 29}
		if end, _ := d.plus(p); end.start().Before(d.start()) || end.year > 4100 {
			t.Errorf("%q: %v + %v = %v", s, d, p, end)
		}
	})
}

// TestMonthEnds: a month without the day gives its last one.
func TestMonthEnds(t *testing.T) {
	for _, tt := range []struct {
		from, period, want string
		clipped            bool
	}{
		{"2025-08-31", "P6M", "2026-02-28", true},
		{"2027-08-31", "P6M", "2028-02-29", true},
		{"2024-02-29", "P1Y", "2025-02-28", true},
		{"2024-02-29", "P4Y", "2028-02-29", false},
		{"2096-02-29", "P4Y", "2100-02-28", true}, // 2100 is no leap year
		{"2025-01-31", "P1M", "2025-02-28", true},
		{"2025-01-31", "P1M1D", "2025-03-01", true}, // the months first
		{"2025-11-30", "P3M", "2026-02-28", true},
		{"2025-12-31", "P2M", "2026-02-28", true},
		{"2025-01-15", "P1M", "2025-02-15", false},
		{"2025-12-31", "P1D", "2026-01-01", false},
		{"2025-12-31", "P2W", "2026-01-14", false},
		{"2025-12-31", "P0D", "2025-12-31", false},
	} {
		f, _ := time.Parse(time.DateOnly, tt.from)
		p, err := ParsePeriod(tt.period)
		if err != nil {
			t.Fatal(err)
		}
		y, m, d := f.Date()
		got, clipped := day{y, m, d}.plus(p)
		if s := time.Date(got.year, got.month, got.day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly); s != tt.want || clipped != tt.clipped {
			t.Errorf("%s + %s = %s (clipped %t), want %s", tt.from, tt.period, s, clipped, tt.want)
		}
	}
}

// TestInstants: the sum is on the clock of Copenhagen.
func TestInstants(t *testing.T) {
	for _, tt := range []struct{ from, period, want, note string }{
		{"2026-01-15T12:00:00+01:00", "P6M", "2026-07-15T12:00:00+02:00", ""},          // winter to summer: same hour
		{"2026-03-28T12:00:00+01:00", "P1D", "2026-03-29T12:00:00+02:00", ""},          // 23 hours
		{"2026-10-24T12:00:00+02:00", "P1D", "2026-10-25T12:00:00+01:00", ""},          // 25 hours
		{"2026-03-28T02:30:00+01:00", "P1D", "2026-03-29T03:30:00+02:00", NoteGap},     // 02:30 does not exist
		{"2026-03-28T01:59:59+01:00", "P1D", "2026-03-29T01:59:59+01:00", ""},          // just before
		{"2026-03-28T03:00:00+01:00", "P1D", "2026-03-29T03:00:00+02:00", ""},          // just after
		{"2026-10-24T02:30:00+02:00", "P1D", "2026-10-25T02:30:00+01:00", NoteTwice},   // 02:30 comes twice
		{"2026-10-24T02:00:00+02:00", "P1D", "2026-10-25T02:00:00+01:00", NoteTwice},   // its first moment
		{"2026-10-24T03:00:00+02:00", "P1D", "2026-10-25T03:00:00+01:00", ""},          // just after
		{"2026-10-24T01:59:59+02:00", "P1D", "2026-10-25T01:59:59+02:00", ""},          // just before
		{"2026-10-25T02:30:00+02:00", "P0D", "2026-10-25T02:30:00+02:00", ""},          // no time at all stays where it is
		{"2025-12-31T23:30:00Z", "P1D", "2026-01-02T00:30:00+01:00", ""},               // it was already the 1st here
		{"2025-08-31T23:59:59+02:00", "P6M", "2026-02-28T23:59:59+01:00", NoteClipped}, // last second of the last day
	} {
		from, err := time.Parse(time.RFC3339, tt.from)
		if err != nil {
			t.Fatal(err)
		}
		p, err := ParsePeriod(tt.period)
		if err != nil {
			t.Fatal(err)
		}
		got, note := addInstant(from, p)
		if got.Format(time.RFC3339) != tt.want || note != tt.note {
			t.Errorf("%s + %s = %s (%q), want %s (%q)", tt.from, tt.period, got.Format(time.RFC3339), note, tt.want, tt.note)
		}
	}
}

// TestWall: over every quarter of an hour of 2026, the instant shows the very
// clock that was asked for, or there is none.
func TestWall(t *testing.T) {
	for d := (day{2026, time.January, 1}); d.year == 2026; d = d.plusDays(1) {
		for q := range 96 {
			got, note := wall(d, q*900, 0)
			h, m, s := got.Clock()
			shown := dayOf(got) == d && h*3600+m*60+s == q*900
			if shown == (note == NoteGap) {
				t.Fatalf("%v quarter %d: %v (%q)", d, q, got, note)
			}
			// The later instant: an hour on, the clock does not show the same again.
			if again := got.Add(time.Hour); shown && again.Format("02 15:04") == got.Format("02 15:04") {
				t.Fatalf("%v quarter %d: %v is the first of two", d, q, got)
			}
		}
	}
}

func TestFiscalYear(t *testing.T) {
	for _, tt := range []struct{ end, date, want string }{
		{"12-31", "2020-01-15", "2020-12-31"}, {"12-31", "2020-12-31", "2020-12-31"}, {"12-31", "2021-01-01", "2021-12-31"},
		{"06-30", "2020-06-30", "2020-06-30"}, {"06-30", "2020-07-01", "2021-06-30"},
		{"02-29", "2023-02-28", "2023-02-28"}, {"02-29", "2024-02-28", "2024-02-29"}, {"02-29", "2023-03-01", "2024-02-29"},
	} {
		md, err := ParseMonthDay(tt.end)
		if err != nil {
			t.Fatal(err)
		}
		d, _ := time.ParseInLocation(time.DateOnly, tt.date, copenhagen)
		if got := md.onOrAfter(dayOf(d)).start().Format(time.DateOnly); got != tt.want || md.String() != tt.end {
			t.Errorf("year to %s, %s: %s, want %s", md, tt.date, got, tt.want)
		}
	}
	for _, s := range []string{"", "12-32", "02-30", "1-1", "12-31-", "31-12", "12/31"} {
		if md, err := ParseMonthDay(s); err == nil {
			t.Errorf("%q was read as %v", s, md)
		}
	}
}

func TestGlobs(t *testing.T) {
	for _, tt := range []struct {
		glob, path string
		want       bool
	}{
		{"**/Personale/**", "Personale/a.txt", true},
		{"**/Personale/**", "HR/PERSONALE/2020/a.txt", true}, // case
		{"**/Ansøgninger/**", "HR/Anso\u0308gninger/cv.pdf", false},
		{"**/Årsregnskab/**", "A\u030arsregnskab/x", true}, // NFD on the share
		{"**/A\u030arsregnskab/**", "ÅRSREGNSKAB/x", true}, // NFD in the schedule
		{"**/Personale/**", "Personalegoder/a.txt", false},
		{"*.pdf", "a/b.pdf", false}, // one folder
		{"**/*.{pdf,docx}", "a/B.DOCX", true},
		{"HR/*", "HR/a/b", false},
		{"**", "a", true},
		{"?", "a", true},
		{"**/x?z*/**", "a/xyz-1/b", true},
		{"[ab]cde", "bcde", true},
		{"{lang,b}/**", "b/c", true},
	} {
		it := &item{path: fold(tt.path), Facts: &Facts{}}
		m := Match{Path: []string{tt.glob}}
		if got := m.place(it); got != tt.want || matchFolded(fold(tt.glob), it.path) != tt.want {
			t.Errorf("%s on %s: %t", tt.glob, tt.path, got)
		}
	}
}

// TestHoldPaths: a hold errs on the side of keeping.
func TestHoldPaths(t *testing.T) {
	for _, tt := range []struct {
		hold, path string
		want       bool
	}{
		{"", "a", true},
		{"a/b/**", "a/b", true}, {"a/b/**", "a/b/c/d", true}, {"a/b/**", "a/bc", false},
		{"a/b", "a/b", true}, {"a/b", "a/b/c/d", true}, {"A/B/", "a/b/c", true}, {"/a/b", "a/b/c", true}, {"a/b", "a/bc", false},
		{`a\b`, "a/b/c", true}, {`a\**`, "a/x/y", true},
		{"Sag [lukket]", "Sag [lukket]/x", true}, {"Sag [lukket", "andet", true}, {"**/*.pdf", "a/b.PDF", true},
		{"*/2020", "HR/2020/x/y", true}, {"**", "a", true},
	} {
		h := Hold{Path: tt.hold}
		if got := h.place(&item{path: fold(tt.path), Facts: &Facts{}}); got != tt.want {
			t.Errorf("hold on %q, %q: %t", tt.hold, tt.path, got)
		}
	}
}

// TestOver: a period of days is over at the end of its last day in Copenhagen,
// whatever the time of its first and whatever the clocks do.
func TestOver(t *testing.T) {
	for _, c := range []struct {
		at   string
		p    Period
		want string
	}{
		{"2026-12-07T06:00:00Z", Period{Days: 14}, "2026-12-22T00:00:00+01:00"},
		{"2026-12-06T23:30:00Z", Period{Days: 14}, "2026-12-22T00:00:00+01:00"}, // the 7th in Copenhagen
		{"2026-10-20T12:00:00Z", Period{Weeks: 1}, "2026-10-28T00:00:00+01:00"}, // over the change of October
		{"2026-01-31T12:00:00Z", Period{Months: 1}, "2026-03-01T00:00:00+01:00"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := Over(at, c.p).Format(time.RFC3339); got != c.want {
			t.Errorf("%s and %v: %s, want %s", c.at, c.p, got, c.want)
		}
		if got := StartOfDay(at); Over(got, c.p) != Over(at, c.p) || got.After(at) || at.Sub(got) > 25*time.Hour {
			t.Errorf("the day of %s began at %s", c.at, got)
		}
	}
}
