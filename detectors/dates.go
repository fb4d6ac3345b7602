package detectors

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
)

// firstOfJanuary is the official list of birth dates with numbers that do not
// pass modulus 11. The file names its source and date.
//
//go:embed first_of_january.txt
var firstOfJanuary string

// birthDates parses a list like firstOfJanuary into days (see dayNumber).
func birthDates(list string) (map[int]bool, error) {
	dates := make(map[int]bool)
	for n, line := range strings.Split(list, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		t, err := time.Parse("02-01-2006", line)
		if err != nil {
			return nil, fmt.Errorf("list of birth dates, line %d: %w", n+1, err)
		}
		dates[dayNumber(t.Year(), int(t.Month()), t.Day())] = true
	}
	return dates, nil
}

// dayNumber orders calendar days: YYYYMMDD.
func dayNumber(year, month, day int) int { return year*10000 + month*100 + day }

// birthYear returns the year of birth that the seventh digit and the two-digit
// year of a CPR number stand for, by the table of the CPR office:
//
//	7th digit   year 00–36   37–57   58–99
//	0–3         19xx         19xx    19xx
//	4, 9        20xx         19xx    19xx
//	5–8         20xx         20xx    18xx
func birthYear(seventh, yy int) int {
	switch {
	case seventh <= 3:
		return 1900 + yy
	case seventh == 4 || seventh == 9:
		if yy <= 36 {
			return 2000 + yy
		}
		return 1900 + yy
	case yy <= 57:
		return 2000 + yy
	}
	return 1800 + yy
}

// modulus11 reports whether ten digits pass the check of the CPR office:
// weighted 4 3 2 7 6 5 4 3 2 1, they sum to a multiple of 11.
func modulus11(d *[10]byte) bool {
	sum := 4*int(d[0]) + 3*int(d[1]) + 2*int(d[2]) + 7*int(d[3]) + 6*int(d[4]) +
		5*int(d[5]) + 4*int(d[6]) + 3*int(d[7]) + 2*int(d[8]) + int(d[9])
	return sum%11 == 0
}

// replacementDays is what is added to the day of birth in a replacement number
// (erstatningspersonnummer), which regional systems give to people who have no
// CPR number: days 61–91.
// https://www.cpr.dk/cpr-systemet/erstatningspersonnummer-i-eksterne-systemer
const replacementDays = 60

// born returns the day of birth that a token stands for (see dayNumber) and
// whether it is a replacement number; ok is false if there is no such day.
func (t *token) born() (date int, replacement, ok bool) {
	d := &t.digits
	day, month, yy := int(d[0])*10+int(d[1]), int(d[2])*10+int(d[3]), int(d[4])*10+int(d[5])
	if day > replacementDays {
		day, replacement = day-replacementDays, true
	}
	if day < 1 || day > 31 || month < 1 || month > 12 {
		return 0, false, false
	}
	year := birthYear(int(d[6]), yy)
	if day > daysIn(month, year) || t.year != 0 && t.year != year {
		return 0, false, false
	}
	return dayNumber(year, month, day), replacement, true
}

func daysIn(month, year int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}
