package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/sletdk/slet/scanner"
)

// exact is a string that must come back byte for byte: names given by others,
// which may hold bytes that are no text. PostgreSQL refuses such bytes in
// TEXT, so the column is BYTEA.
type exact string

// Value implements driver.Valuer.
func (e exact) Value() (driver.Value, error) { return []byte(e), nil }

// Scan implements sql.Scanner.
func (e *exact) Scan(v any) error {
	switch v := v.(type) {
	case []byte:
		*e = exact(v)
	case string:
		*e = exact(v)
	default:
		return fmt.Errorf("cannot read %T as a name", v)
	}
	return nil
}

// text is text for people: bytes that are no text become U+FFFD, because
// PostgreSQL refuses them (and NUL) in TEXT.
type text string

// Value implements driver.Valuer.
func (t text) Value() (driver.Value, error) {
	s := strings.ToValidUTF8(string(t), "\uFFFD")
	return strings.ReplaceAll(s, "\x00", "\uFFFD"), nil
}

// moment is a time as nanoseconds since 1970, NULL when zero. Times outside
// the years 1678 to 2262 (a FILETIME of zero is the year 1601) are clamped:
// they stay as implausible as they were.
type moment time.Time

// Value implements driver.Valuer.
func (m moment) Value() (driver.Value, error) {
	t := time.Time(m)
	switch {
	case t.IsZero():
		return nil, nil
	case t.Before(time.Unix(0, math.MinInt64)):
		return int64(math.MinInt64), nil
	case t.After(time.Unix(0, math.MaxInt64)):
		return int64(math.MaxInt64), nil
	}
	return t.UnixNano(), nil
}

// Scan implements sql.Scanner. Times come back in UTC.
func (m *moment) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*m = moment{}
	case int64:
		*m = moment(time.Unix(0, v).UTC())
	default:
		return fmt.Errorf("cannot read %T as a time", v)
	}
	return nil
}

// flag is a bool as 0 or 1.
type flag bool

// Value implements driver.Valuer.
func (f flag) Value() (driver.Value, error) {
	if f {
		return int64(1), nil
	}
	return int64(0), nil
}

// Scan implements sql.Scanner.
func (f *flag) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("cannot read %T as a flag", v)
	}
	*f = n != 0
	return nil
}

// asJSON stores *v as JSON text. encoding/json escapes NUL and replaces bytes
// that are no text, so the result always fits a TEXT column.
type asJSON[T any] struct{ v *T }

func jsonOf[T any](v *T) asJSON[T] { return asJSON[T]{v} }

// Value implements driver.Valuer.
func (j asJSON[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(j.v)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return string(b), nil
}

// Scan implements sql.Scanner.
func (j asJSON[T]) Scan(v any) error {
	var b []byte
	switch v := v.(type) {
	case []byte:
		b = v
	case string:
		b = []byte(v)
	default:
		return fmt.Errorf("cannot read %T as JSON", v)
	}
	if err := json.Unmarshal(b, j.v); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return nil
}

// alikeJSON reads JSON into *v, and remembers what it has read: the counts of
// one row are mostly those of another. What it hands out is shared by rows, and
// not to be written into.
type alikeJSON[T any] struct {
	v     *T
	known map[string]T
}

func alike[T any](v *T) *alikeJSON[T] { return &alikeJSON[T]{v, map[string]T{}} }

// maxAlike bounds what is remembered.
const maxAlike = 4096

// Scan implements sql.Scanner.
func (a *alikeJSON[T]) Scan(v any) error {
	var key string
	switch v := v.(type) {
	case []byte:
		key = string(v)
	case string:
		key = v
	default:
		return fmt.Errorf("cannot read %T as JSON", v)
	}
	known, ok := a.known[key]
	if !ok {
		if err := json.Unmarshal([]byte(key), &known); err != nil {
			return fmt.Errorf("decode: %w", err)
		}
		if len(a.known) == maxAlike {
			clear(a.known)
		}
		a.known[key] = known
	}
	*a.v = known
	return nil
}

// maybe is text that may be NULL, which is "".
type maybe string

// Scan implements sql.Scanner.
func (m *maybe) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*m = ""
	case string:
		*m = maybe(v)
	case []byte:
		*m = maybe(v)
	default:
		return fmt.Errorf("cannot read %T as text", v)
	}
	return nil
}

// texts are values as arguments.
func texts(values []string) []any {
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = text(v)
	}
	return args
}

// itemColumns are the columns of a scanner.Item, in the order of itemArgs and
// itemDest.
const itemColumns = "source, id, path, kind, size, links, created, modified, received, recorded, mailbox, version, " +
	"camera, ended, dated, doubt, owner"

func itemArgs(it scanner.Item) []any {
	return []any{
		text(it.Source), exact(it.ID), exact(it.Path), text(it.Kind), it.Size, it.Links,
		moment(it.Created), moment(it.Modified), moment(it.Received), moment(it.Recorded),
		exact(it.Mailbox), exact(it.Version),
		exact(it.Camera), moment(it.End), text(it.Dated), text(it.Doubt), text(it.Owner),
	}
}

func itemDest(it *scanner.Item) []any {
	return []any{
		&it.Source, (*exact)(&it.ID), (*exact)(&it.Path), &it.Kind, &it.Size, &it.Links,
		(*moment)(&it.Created), (*moment)(&it.Modified), (*moment)(&it.Received), (*moment)(&it.Recorded),
		(*exact)(&it.Mailbox), (*exact)(&it.Version),
		(*exact)(&it.Camera), (*moment)(&it.End), &it.Dated, &it.Doubt, &it.Owner,
	}
}

// marks returns n placeholders: "?, ?, ?".
func marks(n int) string {
	return strings.TrimSuffix(strings.Repeat("?, ", n), ", ")
}
