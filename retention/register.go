package retention

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// The event register is imported from CSV files, as personnel and tenancy
// systems write them: comma or semicolon, UTF-8 or Windows-1252, headers in
// Danish or English, dates as 2020-01-31 or 31-01-2020.
//
// Reading is strict, and a file is taken whole or not at all: a selector that
// is lost makes an event about more than was meant, and that erases.

const (
	// maxRegister and maxRegisterRows bound a file of events.
	maxRegister     = 64 << 20
	maxRegisterRows = 1_000_000
	// maxRegisterErrors is how many errors are told of one file.
	maxRegisterErrors = 20
)

// EventKeys turn what a row names persons by into keyed MACs, at once: the
// number and the name themselves are not kept.
type EventKeys struct {
	Subject func(cpr string) string  // ten digits
	Person  func(name string) string // as a text has it
}

// EventRow is a row of a file of events; [EventRow.Events] is what it says.
type EventRow struct {
	Event
	Line int
	// Origin is what the column source or kilde has. Whoever knows the
	// configuration says whether it is a source, which narrows the event, or the
	// system that the fact is from.
	Origin string
}

// Events are what the row says. A name with a folder finds the items there that
// bear it; beside a CPR number it adds those to the items with the number, and
// without a folder it adds nothing that the number does not say better.
func (row EventRow) Events() []Event {
	byNumber, byName := row.Event, row.Event
	byNumber.Person, byName.Subject = "", ""
	switch {
	case row.Person == "":
		return []Event{row.Event}
	case row.Subject == "":
		return []Event{byName}
	case row.Path == "":
		return []Event{byNumber}
	}
	return []Event{byNumber, byName}
}

// eventColumns are the columns of a register, by the names that headers have.
func eventColumns() map[string]string {
	columns := map[string]string{}
	for name, heads := range map[string]string{
		"cpr":     "cpr subject registreret cpr-nr cpr-nr. cprnr cprnr. cpr-nummer cprnummer personnummer",
		"name":    "name navn",
		"mailbox": "mailbox postkasse mail email e-mail",
		"path":    "path sti mappe folder",
		"case":    "case sag sagsnr sagsnr. sagsnummer",
		"event":   "event haendelse",
		"date":    "date dato",
		"source":  "source kilde",
	} {
		for head := range strings.FieldsSeq(heads) {
			columns[head] = name
		}
	}
	return columns
}

// ReadEvents reads a CSV file of events with a header row. name is the file's
// name, for errors, which are joined, one line each: file:line:column and what
// was expected. They quote no number and no name of a person. The file's rows
// are returned only when all of them are good; repeated rows are returned as
// often as they stand there.
//
// A path without wildcards is that item or folder, with all below it.
func ReadEvents(name string, r io.Reader, keys EventKeys) ([]EventRow, error) {
	text, err := registerText(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	text, skipped := withoutSepLine(text)
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord, in.ReuseRecord = -1, true
	head, _, _ := strings.Cut(text, "\n")
	if strings.Contains(head, ";") {
		in.Comma = ';'
	}
	t := &register{name: name, in: in, skipped: skipped, keys: keys}
	return t.read()
}

// registerText reads a file as UTF-8.
func registerText(r io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxRegister+1))
	switch {
	case err != nil:
		return "", err
	case len(data) > maxRegister:
		return "", fmt.Errorf("larger than %d MiB; split it", maxRegister>>20)
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}), bytes.IndexByte(data, 0) >= 0:
		return "", errors.New("neither UTF-8 nor Windows-1252; save it as CSV UTF-8")
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if utf8.Valid(data) {
		return string(data), nil
	}
	data, err = charmap.Windows1252.NewDecoder().Bytes(data)
	return string(data), err
}

// withoutSepLine cuts the line "sep=;" that Excel writes, and says how many
// lines it has cut.
func withoutSepLine(text string) (string, int) {
	line, rest, ok := strings.Cut(text, "\n")
	if ok && strings.HasPrefix(strings.ToLower(line), "sep=") {
		return rest, 1
	}
	return text, 0
}

// register is a file of events that is being read.
type register struct {
	name    string
	in      *csv.Reader
	skipped int // lines before the first that in reads
	keys    EventKeys
	columns []string // what each column is
	errs    []error
	more    int // errors that are not told
}

func (t *register) read() ([]EventRow, error) {
	head, err := t.in.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s: empty; the first row names the columns", t.name)
	case err != nil:
		return nil, t.csvError(err)
	}
	if t.header(head); len(t.errs) > 0 {
		return nil, t.err()
	}
	var rows []EventRow
	for {
		record, err := t.in.Read()
		if errors.Is(err, io.EOF) {
			return rows, t.err()
		}
		if err != nil {
			return nil, errors.Join(t.err(), t.csvError(err))
		}
		if len(rows) == maxRegisterRows {
			return nil, fmt.Errorf("%s: more than %d rows; split it", t.name, maxRegisterRows)
		}
		if row, ok := t.row(record); ok {
			rows = append(rows, row)
		}
		if len(t.errs) > 0 {
			rows = nil
		}
	}
}

// fail notes an error at a column of the record that was read last.
func (t *register) fail(column int, format string, args ...any) {
	if len(t.errs) == maxRegisterErrors {
		t.more++
		return
	}
	line, at := t.in.FieldPos(column)
	t.errs = append(t.errs, fmt.Errorf("%s:%d:%d: %w", t.name, line+t.skipped, at, fmt.Errorf(format, args...)))
}

func (t *register) err() error {
	if t.more > 0 {
		return errors.Join(append(slices.Clone(t.errs), fmt.Errorf("%s: and %d more errors", t.name, t.more))...)
	}
	return errors.Join(t.errs...)
}

// csvError says where the file is no CSV.
func (t *register) csvError(err error) error {
	var at *csv.ParseError
	if errors.As(err, &at) {
		return fmt.Errorf("%s:%d:%d: %w", t.name, at.Line+t.skipped, at.Column, at.Err)
	}
	return fmt.Errorf("%s: %w", t.name, err)
}

// header reads which column is what.
func (t *register) header(head []string) {
	known := eventColumns()
	for i, cell := range head {
		name := danishLetters.Replace(fold(strings.TrimSpace(cell)))
		column, ok := known[name]
		switch {
		case !ok:
			t.fail(i, "no column is called %q; there are cpr, name, mailbox, path, case, event, date and source (cpr, navn, postkasse, sti, sag, hændelse, dato, kilde)", strings.TrimSpace(cell))
		case slices.Contains(t.columns, column):
			t.fail(i, "a second column %s", column)
		}
		t.columns = append(t.columns, column)
	}
	for _, must := range []string{"event", "date"} {
		if !slices.Contains(t.columns, must) {
			t.fail(0, "no column %s", must)
		}
	}
}

// row reads one row. ok is false for an empty one, and for one with an error.
func (t *register) row(record []string) (row EventRow, ok bool) {
	if !slices.ContainsFunc(record, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
		return row, false
	}
	before := len(t.errs) + t.more
	line, _ := t.in.FieldPos(0)
	row.Line = line + t.skipped
	given := map[string]bool{}
	for i, cell := range record {
		cell = strings.TrimSpace(strings.ReplaceAll(cell, "\u00a0", " "))
		if cell == "" {
			continue
		}
		if i >= len(t.columns) {
			t.fail(i, "more cells than the header has columns")
			break
		}
		given[t.columns[i]] = true
		if err := row.set(t.columns[i], cell, t.keys); err != nil {
			t.fail(i, "%w", err)
		}
	}
	for i, column := range t.columns {
		if (column == "event" || column == "date") && !given[column] {
			t.fail(min(i, len(record)-1), "no %s", column)
		}
	}
	if len(t.errs)+t.more == before {
		if err := row.validSelector(); err != nil {
			t.fail(0, "%w", err)
		}
	}
	return row, len(t.errs)+t.more == before
}

// set reads one cell.
func (row *EventRow) set(column, cell string, keys EventKeys) (err error) {
	switch column {
	case "cpr":
		var digits string
		if digits, err = cprDigits(cell); err == nil {
			row.Subject = keys.Subject(digits)
		}
	case "name":
		row.Person = keys.Person(strings.Join(strings.Fields(cell), " "))
	case "mailbox":
		row.Mailbox = cell
	case "path":
		row.Path, err = eventPath(cell)
	case "case":
		row.Case = cell
	case "event":
		row.Name, err = EventName(cell)
	case "date":
		row.Date, err = eventDate(cell)
	case "source":
		row.Origin = cell
	}
	return err
}

// cprDigits reads a CPR number. The error does not quote it.
func cprDigits(cell string) (string, error) {
	digits := strings.NewReplacer("-", "", " ", "").Replace(cell)
	if strings.Trim(digits, "0123456789") != "" {
		return "", errors.New("not a CPR number; expected ten digits")
	}
	switch {
	case len(digits) == 9:
		return "", errors.New("a CPR number of nine digits; has a spreadsheet taken its first 0 away?")
	case len(digits) != 10:
		return "", fmt.Errorf("a CPR number of %d digits; expected ten", len(digits))
	}
	day, month := int(digits[0]-'0')*10+int(digits[1]-'0'), int(digits[2]-'0')*10+int(digits[3]-'0')
	if day > 60 {
		day -= 60 // a replacement number
	}
	if day < 1 || day > 31 || month < 1 || month > 12 {
		return "", errors.New("not a CPR number; its first six digits are no date")
	}
	return digits, nil
}

// eventPath reads a path below a source's root; one without wildcards is that
// item or folder, with all below it.
func eventPath(cell string) (string, error) {
	p := strings.TrimPrefix(strings.ReplaceAll(cell, `\`, "/"), "./")
	p = strings.TrimSuffix(p, "/")
	switch {
	case strings.HasPrefix(p, "/"), len(p) > 1 && p[1] == ':':
		return "", errors.New("expected a path below the source's root, without server, share or drive")
	case slices.Contains(strings.Split(p, "/"), ".."):
		return "", errors.New("expected a path without \"..\" in it")
	case p == "":
		return "", ErrBroadSelector
	case !strings.ContainsAny(p, `*?[{`):
		return p + "/**", nil
	}
	return p, nil
}

// eventDate reads a date, with or without a time of day, which does not count.
func eventDate(cell string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02", "2-1-2006", "2.1.2006"} {
		for _, clock := range []string{"", " 15:04", " 15:04:05", "T15:04:05"} {
			t, err := time.ParseInLocation(layout+clock, cell, copenhagen)
			if err != nil {
				continue
			}
			if t.Year() < 1900 || t.Year() > 2100 {
				return t, fmt.Errorf("the year %d", t.Year())
			}
			return dayOf(t).start(), nil
		}
	}
	return time.Time{}, errors.New("expected a date such as 2020-01-31 or 31-01-2020")
}
