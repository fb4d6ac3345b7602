package extract

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
)

// numberFormat is as much of a spreadsheet's number format as changes which
// digits a person sees: zeros that fill up a number, characters between its
// digits, dates. Thousands separators, decimals and currencies are left away;
// the number itself is what is looked for.
type numberFormat struct {
	// pattern has a '0' or '#' for each digit, and literal bytes between them;
	// empty for the plain number. digits counts its placeholders.
	pattern []formatToken
	date    bool
}

type formatToken struct {
	digit   byte // '0', '#' or 0 for a literal
	literal string
}

// maxFormat is how much of a format is looked at.
const maxFormat = 256

// parseNumberFormat understands a format code such as 000000\-0000.
func parseNumberFormat(code string) numberFormat {
	code = code[:min(len(code), maxFormat)]
	var f numberFormat
	zeros, literals := 0, false
	add := func(lit string) {
		f.pattern = append(f.pattern, formatToken{literal: lit})
		literals = true
	}
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case ';': // the formats of negative numbers, zero and text follow
			i = len(code)
		case '"':
			n := strings.IndexByte(code[i+1:], '"')
			if n < 0 {
				n = len(code) - i - 1
			}
			add(code[i+1 : i+1+n])
			i += n + 1
		case '\\', '!':
			if i++; i < len(code) {
				add(code[i : i+1])
			}
		case '_', '*': // a gap of some width
			i++
		case '[':
			n := strings.IndexByte(code[i:], ']')
			if n < 0 {
				return numberFormat{}
			}
			if in := strings.ToLower(code[i+1 : i+n]); strings.Trim(in, "hms") == "" {
				f.date = true
			}
			i += n
		case '0', '#', '?':
			if c == '0' {
				zeros++
			}
			f.pattern = append(f.pattern, formatToken{digit: c})
		case 'y', 'Y', 'm', 'M', 'd', 'D', 'h', 'H', 's', 'S':
			f.date = true
		case '.', ',', '%', 'E', 'e', '@':
			f.pattern, zeros = nil, 0
			if c == '@' || c == '.' || c == '%' || c == 'E' || c == 'e' {
				if !f.date && !isDateRest(code[i:]) {
					return numberFormat{}
				}
			}
		case 'G', 'g':
			if len(code)-i >= 7 && strings.EqualFold(code[i:i+7], "general") {
				return numberFormat{}
			}
		case '-', ' ', '/', '(', ')', ':', '+':
			add(code[i : i+1])
		default:
			add(code[i : i+1])
		}
	}
	if f.date {
		return numberFormat{date: true}
	}
	if zeros < 2 && !literals || len(f.pattern) == 0 || zeros == 0 {
		return numberFormat{}
	}
	return f
}

// isDateRest reports whether what follows in a format makes it a date's.
func isDateRest(rest string) bool { return strings.ContainsAny(rest, "yYdDhH") }

// builtinFormat is the format of a built-in number, which files do not spell out.
func builtinFormat(id int) numberFormat {
	if id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58 {
		return numberFormat{date: true}
	}
	return numberFormat{}
}

// append writes a number, given as a file gives it, in the format.
func (f numberFormat) append(dst, value []byte, date1904 bool) []byte {
	plain := plainNumber(value)
	switch {
	case f.date:
		return appendDate(dst, plain, date1904)
	case len(f.pattern) > 0 && digitsUpTo(plain, maxDigits+1) == len(plain) && len(plain) <= maxDigits:
		return f.fill(dst, plain)
	}
	return append(dst, plain...)
}

// maxDigits is how many digits a spreadsheet's number has at most.
const maxDigits = 15

// fill puts the digits of a whole number in their places, from the right.
func (f numberFormat) fill(dst, digits []byte) []byte {
	places := 0
	for _, t := range f.pattern {
		if t.digit != 0 {
			places++
		}
	}
	first := true
	for _, t := range f.pattern {
		if t.digit == 0 {
			dst = append(dst, t.literal...)
			continue
		}
		if first && len(digits) > places { // digits without a place of their own
			n := len(digits) - places
			dst = append(dst, digits[:n]...)
			digits = digits[n:]
		}
		first = false
		switch {
		case places <= len(digits):
			dst = append(dst, digits[len(digits)-places])
		case t.digit == '0':
			dst = append(dst, '0')
		}
		places--
	}
	return dst
}

// plainNumber writes a number without an exponent: 1.503705008E9 is
// 1503705008. What is no such number stays as it is.
func plainNumber(value []byte) []byte {
	if bytes.IndexByte(value, 'E') < 0 && bytes.IndexByte(value, 'e') < 0 && bytes.IndexByte(value, '.') < 0 {
		return value
	}
	v, err := strconv.ParseFloat(string(bytes.TrimSpace(value)), 64)
	if err != nil {
		return value
	}
	return appendFloat(nil, v)
}

// appendFloat writes a number with the digits that a spreadsheet keeps of it.
func appendFloat(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) >= 1e15 {
		return strconv.AppendFloat(dst, v, 'g', -1, 64)
	}
	if v == math.Trunc(v) {
		return strconv.AppendInt(dst, int64(v), 10)
	}
	// Fifteen digits are what it shows; the sixteenth is noise.
	whole := len(strconv.FormatInt(int64(math.Abs(v)), 10))
	s := strconv.FormatFloat(v, 'f', max(0, maxDigits-whole), 64)
	if strings.IndexByte(s, '.') >= 0 {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return append(dst, s...)
}

// appendDate writes a date's serial number as a date; one that is none stays a
// number.
func appendDate(dst, plain []byte, date1904 bool) []byte {
	v, err := strconv.ParseFloat(string(plain), 64)
	if err != nil || v < 1 || v >= 2958466 { // the year 10000
		return append(dst, plain...)
	}
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if date1904 {
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return epoch.AddDate(0, 0, int(v)).AppendFormat(dst, "2006-01-02")
}

// readCellStyles reads the number formats of the cell styles of a styles part.
func readCellStyles(x *xmlReader) []numberFormat {
	codes := map[int]numberFormat{}
	var formats []numberFormat
	inCells := false
	for kind := x.next(); kind != xmlEOF; kind = x.next() {
		name := string(x.name)
		switch {
		case name == "cellXfs":
			inCells = kind == xmlStart
		case kind != xmlStart || len(formats) >= 1<<16 || len(codes) >= 1<<16:
		case name == "numFmt":
			codes[x.attrInt("numFmtId", -1)] = parseNumberFormat(string(x.attr("formatCode")))
		case name == "xf" && inCells:
			id := x.attrInt("numFmtId", 0)
			f, ok := codes[id]
			if !ok {
				f = builtinFormat(id)
			}
			formats = append(formats, f)
		}
	}
	return formats
}
