package scanner

import (
	"context"
	"io"
	"time"
)

// Indexer is a [Dater] of recorders that write into a ring of files: each file
// holds many recordings, none of its own dates says of when, and a list beside
// the files does. Nothing in a ring is ever an item of its own, because nothing
// in it may be erased behind the recorder's back; what its list says is evidence
// of whether the recorder erases in time.
type Indexer interface {
	// Index reads the list that an item is; nil when it is none. What cannot be
	// read of it, or is not as it should be, is among the ring's gaps, and what
	// could be read counts all the same. It reads all of f, in pieces.
	Index(ctx context.Context, it Item, f io.ReaderAt, size int64) (*Ring, error)
}

// Ring is what the list of a ring of files says.
type Ring struct {
	// Hours are the recordings, by camera and by the hour in which they begin.
	Hours []RingHour
	// Clock is what the times of the list were found to be.
	Clock RingClock
	// Gaps are what could not be read or is not understood.
	Gaps []Gap
}

// RingHour is what one camera began to record within one hour.
type RingHour struct {
	Camera      string
	First, Last time.Time // the first and the last beginning
	End         time.Time // the latest end
	N           int64     // recordings
	Bytes       int64
	// Locked is how many recordings the recorder will not write over, of the files whose
	// first recording began within the hour. Which ones a list does not say.
	Locked int64
}

// RingClock is what the times in a list are, by comparison with the moment at
// which the list was last written.
type RingClock string

// The clocks.
const (
	ClockUTC       RingClock = "utc"       // as they should be
	ClockLocal     RingClock = "local"     // what the camera showed; they were converted
	ClockUncertain RingClock = "uncertain" // neither fits: read as UTC, which may be some hours off
)
