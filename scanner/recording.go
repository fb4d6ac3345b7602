package scanner

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// What a recording's time was read from, as [Item].Dated says it, best first.
const (
	DatedName      = "name"       // the file's own name and path, by the recorder's layout
	DatedSidecar   = "sidecar"    // a file that the recorder wrote beside it
	DatedContainer = "container"  // the video file's header
	DatedFolder    = "folder"     // a day folder only
	DatedModified  = "modified"   // when the file was last written: uncertain
	DatedFirstSeen = "first_seen" // when slet first saw it: nothing better can be believed
)

// Dater is a [Source] of recordings. A walk tells of a recording what its path
// tells, which costs nothing; Date completes that with what only the opened
// file tells, and is asked once for each version of it.
type Dater interface {
	// Date returns the item with its times, what they rest on, and any doubt
	// about them. It reads some kilobytes of f at most, whatever the file's
	// size. What cannot be read is no error: an item keeps the times it has.
	Date(ctx context.Context, it Item, f io.ReaderAt, size int64) Item
	// Fingerprint names what Date and the walk judge by: when it changes,
	// every recording is judged anew.
	Fingerprint() string
}

// Samples of a recording: the whole of a small one, and of a larger one its
// head, its tail and pieces between them, 1 MiB in all.
const (
	sampleWhole  = 1 << 20
	sampleEdge   = 256 << 10
	samplePiece  = 64 << 10
	samplePieces = 8
)

// Sample is the content hash of a recording: SHA-256 over its size and at most
// 1 MiB of it, in ten places that the size decides. It stands in for the hash of
// the whole, because video is judged by its time and is too large to be read
// twice: a version (identity, size, time stamps) and a sample that agree mean
// the same recording. It returns how many bytes were read.
//
// A change between the sampled places that leaves size and all time stamps as
// they were is not noticed. Overwriting in order from the beginning, as an
// erasure does, is.
func Sample(ctx context.Context, r io.ReaderAt, size int64) (sum [sha256.Size]byte, n int64, err error) {
	h := sha256.New()
	h.Write([]byte("slet recording sample 1\x00"))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(size)))
	buf := make([]byte, min(max(size, 0), sampleEdge))
	for _, p := range samplePlaces(size) {
		for off, end := p[0], p[1]; off < end; {
			if err := ctx.Err(); err != nil {
				return sum, n, err
			}
			k, err := r.ReadAt(buf[:min(int64(len(buf)), end-off)], off)
			h.Write(buf[:k])
			off, n = off+int64(k), n+int64(k)
			if err != nil && (!errors.Is(err, io.EOF) || off < end) {
				return sum, n, fmt.Errorf("at byte %d of %d: %w", off, size, err)
			}
		}
	}
	return [sha256.Size]byte(h.Sum(nil)), n, nil
}

// samplePlaces are the parts that are read of a recording, as [from, to).
func samplePlaces(size int64) [][2]int64 {
	if size <= sampleWhole {
		return [][2]int64{{0, max(size, 0)}}
	}
	places := [][2]int64{{0, sampleEdge}}
	const first = int64(sampleEdge)
	room := size - 2*sampleEdge - samplePiece // where a piece can begin, from first on
	for i := range int64(samplePieces) {
		at := first + room/samplePieces*i
		places = append(places, [2]int64{at, at + samplePiece})
	}
	return append(places, [2]int64{size - sampleEdge, size})
}
