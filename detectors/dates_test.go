package detectors

import (
	"testing"
	"time"
)

// TestBirthYear has the whole table of the CPR office, written out year by
// year and digit by digit.
func TestBirthYear(t *testing.T) {
	for yy := range 100 {
		for seventh := range 10 {
			var want int
			switch seventh {
			case 0, 1, 2, 3:
				want = 1900 + yy
			case 4, 9:
				want = 1900 + yy
				if yy < 37 {
					want = 2000 + yy
				}
			case 5, 6, 7, 8:
				want = 1800 + yy
				if yy < 58 {
					want = 2000 + yy
				}
			}
			if got := birthYear(seventh, yy); got != want {
				t.Errorf("seventh digit %d, year %02d: %d, want %d", seventh, yy, got, want)
			}
		}
	}
	for _, tc := range [][3]int{{9, 37, 1937}, {9, 36, 2036}, {4, 37, 1937}, {4, 36, 2036}, {5, 57, 2057}, {5, 58, 1858}, {8, 99, 1899}, {3, 99, 1999}} {
		if got := birthYear(tc[0], tc[1]); got != tc[2] {
			t.Errorf("seventh digit %d, year %02d: %d, want %d", tc[0], tc[1], got, tc[2])
		}
	}
}

// TestBorn compares every day, month, year and seventh digit with the
// standard library's calendar.
func TestBorn(t *testing.T) {
	for n := range 1000000 {
		for seventh := range 10 {
			var tok token
			for i, v := 5, n; i >= 0; i, v = i-1, v/10 {
				tok.digits[i] = byte(v % 10)
			}
			tok.digits[6] = byte(seventh)
			day, month, year := n/10000, n/100%100, birthYear(seventh, n%100)
			replacement := day > 60
			if replacement {
				day -= 60
			}
			want := day >= 1 && day <= 31 && month >= 1 && month <= 12
			if want && day > 28 {
				want = time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() == day
			}
			date, rep, ok := tok.born()
			if ok != want || ok && (date != dayNumber(year, month, day) || rep != replacement) {
				t.Fatalf("%06d, seventh digit %d: %d %t %t", n, seventh, date, rep, ok)
			}
		}
	}
}

func TestModulus11(t *testing.T) {
	digits := func(s string) *[10]byte {
		var d [10]byte
		for i := range d {
			d[i] = s[i] - '0'
		}
		return &d
	}
	for _, s := range []string{"0107585001", "1503705008", "2412995018", "2902885008"} {
		if !modulus11(digits(s)) {
			t.Errorf("%s does not pass", s)
		}
		// The check finds every single wrong digit and every swap of two
		// different neighbours.
		for i := range 10 {
			for d := range byte(10) {
				wrong := *digits(s)
				if wrong[i] == d {
					continue
				}
				wrong[i] = d
				if modulus11(&wrong) {
					t.Errorf("%s passes with digit %d changed to %d", s, i, d)
				}
			}
			if i > 0 {
				wrong := *digits(s)
				wrong[i-1], wrong[i] = wrong[i], wrong[i-1]
				if wrong[i] != wrong[i-1] && modulus11(&wrong) {
					t.Errorf("%s passes with digits %d and %d swapped", s, i-1, i)
				}
			}
		}
	}
}
