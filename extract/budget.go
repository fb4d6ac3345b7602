package extract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sletdk/slet/scanner"
)

const (
	// maxHeld is how much content of containers' entries one item may hold in
	// memory, all levels together. Larger entries are passed through as a
	// stream if their format can be read front to back.
	maxHeld = 64 << 20
	// ratioFrom is how much has to be unpacked before the ratio counts: small
	// things may be packed as well as they like.
	ratioFrom = 16 << 20
	// textPerByte is how much text a byte of the item itself may become
	// before the excess counts as unpacking: €, one byte in Windows-1252, is
	// three in UTF-8, and a header may stand before a cell.
	textPerByte = 4
)

// errTime is the cause of a job's context being over.
var errTime = errors.New("took too long")

// withDefaults returns l with every zero field replaced by its default.
func (l Limits) withDefaults() Limits {
	l.Size = orDefault(l.Size, 2<<30)
	l.Total = orDefault(l.Total, 1<<30)
	l.Ratio = orDefault(l.Ratio, 200)
	l.Depth = orDefault(l.Depth, 8)
	l.Parts = orDefault(l.Parts, 100_000)
	l.Time = orDefault(l.Time, 2*time.Minute)
	return l
}

func orDefault[T int | int64 | time.Duration](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}

// budget counts what one item has used of its limits.
type budget struct {
	limits   Limits
	size     int64 // of the item
	unpacked int64
	text     int64
	held     int64
	parts    int
	working  int // worker processes that are busy with it
}

// overItem records that the item as a whole went over a limit: nothing more of
// it is read, and the job ends with one gap for the item.
func (j *job) overItem(where string, reason scanner.Reason, format string, args ...any) error {
	if j.over == nil {
		at := ""
		if where != "" {
			at = " (at " + where + ")"
		}
		j.over = unreadable(reason, "%w%s; what follows was not examined", fmt.Errorf(format, args...), at)
	}
	return j.over
}

// alive returns the error with which the job has to end now, if any: the
// sink's, the context's, or a limit of the whole item. Formats call it (or
// something that calls it: reading and writing do) in every loop.
func (j *job) alive() error {
	if j.lost != nil {
		return j.lost
	}
	if j.over != nil {
		return j.over
	}
	if j.ctx.Err() == nil {
		return nil
	}
	if errors.Is(context.Cause(j.ctx), errTime) {
		return j.overItem("", scanner.Timeout, "%w: more than %s", errTime, j.limits.Time)
	}
	j.lost = j.ctx.Err()
	return j.lost
}

// countText counts n bytes of text that a format wrote.
func (j *job) countText(n int) error {
	j.text += int64(n)
	if j.text > j.limits.Total+textPerByte*j.size {
		return j.overItem("", scanner.TooLarge, "becomes more than %d bytes of text", j.limits.Total+textPerByte*j.size)
	}
	return j.alive()
}

// countPart counts an entry of a container.
func (j *job) countPart(d *doc) error {
	j.parts++
	if j.parts > j.limits.Parts {
		return j.overItem(d.where, scanner.TooLarge, "has more than %d entries", j.limits.Parts)
	}
	return j.alive()
}

// unpack returns r, into which packed bytes are being unpacked, with the budget
// counting along. Every decompressor's output goes through it. Reading beyond
// the ratio fails with an error that becomes a gap for this entry, reading
// beyond the total with one that ends the item. The total is beyond the item's
// own size: an archive that does not pack is not a bomb, however large it is.
func (d *doc) unpack(r io.Reader, packed int64) io.Reader {
	return &unpacking{d: d, at: d.where, r: r, packed: packed}
}

// living reads r as long as the job is to go on.
type living struct {
	j *job
	r io.Reader
}

func (l living) Read(p []byte) (int, error) {
	if err := l.j.alive(); err != nil {
		return 0, err
	}
	return l.r.Read(p)
}

type unpacking struct {
	d         *doc
	at        string // place of what is unpacked
	r         io.Reader
	packed, n int64
}

func (u *unpacking) Read(p []byte) (int, error) {
	if err := u.d.alive(); err != nil {
		return 0, err
	}
	n, err := u.r.Read(p)
	u.n += int64(n)
	j := u.d.job
	j.unpacked += int64(n)
	if limit := j.limits.Total + j.size; j.unpacked > limit {
		return 0, j.overItem(u.at, scanner.TooLarge, "unpacks to more than %d bytes", limit)
	}
	if u.n > ratioFrom && u.n/max(u.packed, 1) >= j.limits.Ratio {
		return 0, unreadable(scanner.TooLarge, "unpacks to more than %d times its size", j.limits.Ratio)
	}
	return n, err
}
