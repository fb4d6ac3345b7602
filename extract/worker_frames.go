package extract

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// frameKind is the first byte of a frame between slet and a worker process.
//
// A frame is its kind, the length of its data in four bytes, most significant
// first, and the data. slet sends a job and answers what the worker asks for;
// everything else comes from the worker, in the order of the document. A worker
// that parses hostile content is itself not trusted: every kind has a largest
// size, and whatever does not fit ends the worker.
type frameKind byte

const (
	// To the worker.
	frameJob  frameKind = 'J' // jobMessage as JSON
	frameData frameKind = 'D' // the bytes asked for; fewer at the end or on an error

	// From the worker.
	frameRead    frameKind = 'R' // offset, 8 bytes, and length, 4 bytes, of content
	framePart    frameKind = 'P' // where
	frameMark    frameKind = 'M' // place
	frameText    frameKind = 'T' // UTF-8
	frameGap     frameKind = 'G' // gapMessage as JSON
	frameBlob    frameKind = 'A' // blobMessage as JSON: an attachment or image begins
	frameBytes   frameKind = 'B' // its bytes
	frameBlobEnd frameKind = 'C' // and its end, with a gapMessage as JSON if it is not whole
	frameEnd     frameKind = 'E' // endMessage as JSON: the job is done
)

const (
	maxText  = 64 << 10  // bytes in a text or blob frame
	maxRead  = 256 << 10 // bytes of content in one answer
	maxPlace = 1 << 10   // bytes in a place
)

// maxFrame is the largest size of a frame's data; 0 for what is not a kind.
func maxFrame(k frameKind) int {
	switch k {
	case frameText, frameBytes:
		return maxText
	case frameData:
		return maxRead
	case framePart, frameMark:
		return maxPlace
	case frameJob, frameGap, frameBlob, frameBlobEnd:
		return 8 << 10
	case frameRead:
		return 12
	case frameEnd:
		return 256
	}
	return 0
}

// errFrame means that what came through the pipe is not the protocol.
var errFrame = errors.New("not a frame")

// frameReader reads frames.
type frameReader struct {
	r   *bufio.Reader
	buf []byte
}

func newFrameReader(r io.Reader) *frameReader {
	return &frameReader{r: bufio.NewReaderSize(r, maxText)}
}

// next returns the next frame; data is valid until the next call. The error is
// io.EOF between two frames, and wraps errFrame for what is no frame.
func (f *frameReader) next() (frameKind, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(f.r, head[:]); err != nil {
		return 0, nil, err
	}
	kind, n := frameKind(head[0]), int64(binary.BigEndian.Uint32(head[1:]))
	limit := int64(maxFrame(kind))
	if limit == 0 {
		return 0, nil, fmt.Errorf("%w: kind %#x", errFrame, head[0])
	}
	if n > limit {
		return 0, nil, fmt.Errorf("%w: %d bytes of kind %c, the limit is %d", errFrame, n, kind, limit)
	}
	if int64(cap(f.buf)) < n {
		f.buf = make([]byte, limit)
	}
	data := f.buf[:n]
	if _, err := io.ReadFull(f.r, data); err != nil {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return kind, data, nil
}

// writeFrame writes one frame.
func writeFrame(w io.Writer, kind frameKind, data []byte) error {
	if len(data) > maxFrame(kind) {
		return fmt.Errorf("%w: %d bytes of kind %c to be sent", errFrame, len(data), kind)
	}
	var head [5]byte
	head[0] = byte(kind)
	binary.BigEndian.PutUint32(head[1:], uint32(len(data)))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(data)
	return err
}

// writeMessage writes a frame whose data is JSON.
func writeMessage(w io.Writer, kind frameKind, message any) error {
	data, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("frame %c: %w", kind, err)
	}
	return writeFrame(w, kind, data)
}

// readMessage reads a frame's JSON.
func readMessage(kind frameKind, data []byte, message any) error {
	if err := json.Unmarshal(data, message); err != nil {
		return fmt.Errorf("%w: kind %c: %w", errFrame, kind, err)
	}
	return nil
}

// jobMessage tells a worker what to read.
type jobMessage struct {
	Reader string // which format, and how: see readerPDFium and its like
	Size   int64  // bytes of content, which the worker asks for as it needs them
	Images bool   // send pages without text as images, for OCR
	Cache  string // see Options.Cache; already checked
	Parts  int    // how many entries of an archive to send at most
	Name   string // of what is packed, for what is one document without a name
}

// gapMessage is a gap that the worker records.
type gapMessage struct {
	Where, Reason, Err string
}

// The kinds of blob.
const (
	blobAttachment = "attachment"
	blobPage       = "page"    // an image of a page, as PNG
	blobPicture    = "picture" // an image on a page, as PNG
	blobEntry      = "entry"   // an entry of an archive
)

// blobMessage begins a blob.
type blobMessage struct {
	Kind   string
	Name   string // the attachment's name, the page's place
	Packed int64  // of an entry: the bytes that it is unpacked from
	As     string // the format that an entry is known to have; "" is by content
}

// endMessage ends a job.
type endMessage struct {
	// Retire means that the worker wants no more jobs: it has grown, or its
	// reader crashed inside its sandbox.
	Retire bool
	// Pictures is how many pictures were not read because OCR is off.
	Pictures int
}
