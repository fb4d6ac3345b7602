package extract

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"unicode/utf8"

	"github.com/sletdk/slet/scanner"
)

const (
	// A worker retires after so many jobs, seconds of CPU or bytes of memory:
	// whatever leaks in the sandbox goes with it. A new one starts in about
	// 0.1 s when the compiled code is cached.
	workerJobs     = 1000
	workerCPULimit = 600
	workerMemory   = 320 << 20

	// unpackMemory is how much more memory unpacking an archive may take.
	unpackMemory = 320 << 20

	workerSoftLimit = 128 << 20 // bytes, beyond which memory is collected eagerly

	// blockSize and blocks are the cache of content in a worker: 16 MiB.
	blockSize = maxRead
	blocks    = 64
)

// ServeWorker is the main loop of a worker process: it reads jobs from r and
// writes what it finds to w until r ends, and returns what broke the connection,
// if something did. It limits the process's resources for good, so it is to be
// called by a process of its own (the hidden worker command) with the pipes
// that it was started with; nothing else may write to w.
func ServeWorker(r io.Reader, w io.Writer) error {
	if err := confine(); err != nil {
		return err
	}
	// The sandbox's memory grows by being copied. Above this the copies left
	// behind are collected at once.
	debug.SetMemoryLimit(workerSoftLimit)
	s := &server{in: newFrameReader(r), out: bufio.NewWriterSize(w, maxText+16)}
	for {
		kind, data, err := s.in.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("worker: %w", err)
		}
		var m jobMessage
		if kind != frameJob {
			return fmt.Errorf("worker: %w: kind %c instead of a job", errFrame, kind)
		}
		if err := readMessage(kind, data, &m); err != nil {
			return fmt.Errorf("worker: %w", err)
		}
		if err := s.serve(m); err != nil {
			return fmt.Errorf("worker: %w", err)
		}
	}
}

// server is the worker's side of the protocol. It is the sink of what a job
// reads.
type server struct {
	in   *frameReader
	out  *bufio.Writer
	jobs int

	pictures int // of the present job that were not read

	pdf *pdfium // started by the first job that needs it
}

// serve does one job. The error means that the connection is broken; what is
// wrong with the content is a gap.
func (s *server) serve(m jobMessage) error {
	s.jobs++
	content := &remote{s: s, size: m.Size}
	s.pictures = 0
	crashed, err := s.read(m, content)
	content.block = [blocks][]byte{} // go-pdfium never forgets a reader
	if content.broken != nil {
		return content.broken
	}
	if err != nil {
		return err
	}
	cpu, peak := usage()
	end := endMessage{Retire: crashed || s.jobs >= workerJobs || cpu > workerCPULimit || peak > workerMemory, Pictures: s.pictures}
	if err := writeMessage(s.out, frameEnd, end); err != nil {
		return err
	}
	return s.out.Flush()
}

// read reads the content in the way that the job says, and reports whether the
// reader is not to be used again.
func (s *server) read(m jobMessage, content *remote) (crashed bool, err error) {
	switch m.Reader {
	case readerXZ, readerZstd, readerSevenZip, readerRAR, readerPST:
		defer limitData(unpackMemory)()
		return false, s.unpack(m, content)
	case readerLight:
		return false, readLight(content, m.Size, s)
	case readerPDFium:
		if s.pdf == nil {
			if s.pdf, err = startPDFium(m.Cache, m.Images); err != nil {
				s.Gap("", scanner.Unsupported, fmt.Errorf("the PDF reader cannot start: %w", err))
				return true, nil
			}
		}
		p := &pdfReader{pdfium: s.pdf, out: s, content: content, size: m.Size, images: m.Images}
		err = p.read()
		s.pictures = p.unseen
		return p.crashed, err
	}
	return true, fmt.Errorf("%w: reader %q", errFrame, m.Reader)
}

// Part begins a part. What came before is sent at once: if the next part
// crashes this process, it has been received.
func (s *server) Part(where string, _ bool) error {
	if err := writeFrame(s.out, framePart, clip(where, maxPlace)); err != nil {
		return err
	}
	return s.out.Flush()
}

// Mark names a place; an error shows at the next write.
func (s *server) Mark(place string) { _ = writeFrame(s.out, frameMark, clip(place, maxPlace)) }

// Text sends text, in frames that do not cut a letter.
func (s *server) Text(b []byte) error {
	for len(b) > 0 {
		n := min(len(b), maxText)
		for n < len(b) && n > maxText-utf8.UTFMax && !utf8.RuneStart(b[n]) {
			n--
		}
		if err := writeFrame(s.out, frameText, b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// Gap sends a gap; an error shows at the next write.
func (s *server) Gap(where string, reason scanner.Reason, err error) {
	_ = writeMessage(s.out, frameGap, gapMessage{string(clip(where, maxPlace)), string(reason), string(clip(err.Error(), maxPlace))})
}

// blob sends an attachment or the image of a page.
func (s *server) blob(kind, name string, data []byte) error {
	if err := writeMessage(s.out, frameBlob, blobMessage{Kind: kind, Name: string(clip(name, maxPlace))}); err != nil {
		return err
	}
	for len(data) > 0 {
		n := min(len(data), maxText)
		if err := writeFrame(s.out, frameBytes, data[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return writeFrame(s.out, frameBlobEnd, nil)
}

// clip is at most n bytes of s.
func clip(s string, n int) []byte { return []byte(s[:min(len(s), n)]) }

// remote is the content of the document, which slet has: it is asked for in
// blocks, so that a document of any size is read in bounded memory.
type remote struct {
	s      *server
	size   int64
	at     int64 // of Read
	block  [blocks][]byte
	number [blocks]int64 // of the block in a slot, plus one
	broken error         // the connection
}

// errContent means that slet could not read the content.
var errContent = errors.New("the content cannot be read")

// get returns the block with a number.
func (r *remote) get(number int64) ([]byte, error) {
	slot := number % blocks
	if r.number[slot] == number+1 {
		return r.block[slot], nil
	}
	if r.broken != nil {
		return nil, r.broken
	}
	var request [12]byte
	binary.BigEndian.PutUint64(request[:], uint64(number*blockSize))
	want := min(blockSize, r.size-number*blockSize)
	binary.BigEndian.PutUint32(request[8:], uint32(want))
	data, err := r.ask(request[:])
	if err != nil {
		r.broken = err
		return nil, err
	}
	if int64(len(data)) != want {
		return nil, errContent
	}
	r.block[slot] = append(r.block[slot][:0], data...)
	r.number[slot] = number + 1
	return r.block[slot], nil
}

// ask sends a request and waits for the answer.
func (r *remote) ask(request []byte) ([]byte, error) {
	if err := writeFrame(r.s.out, frameRead, request); err != nil {
		return nil, err
	}
	if err := r.s.out.Flush(); err != nil {
		return nil, err
	}
	kind, data, err := r.s.in.next()
	if err != nil {
		return nil, err
	}
	if kind != frameData {
		return nil, fmt.Errorf("%w: kind %c instead of content", errFrame, kind)
	}
	return data, nil
}

// ReadAt reads the content at an offset.
func (r *remote) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) {
		if off >= r.size {
			return n, io.EOF
		}
		b, err := r.get(off / blockSize)
		if err != nil {
			return n, err
		}
		m := copy(p[n:], b[off%blockSize:])
		n, off = n+m, off+int64(m)
	}
	return n, nil
}

// Read fills p, unlike most: the PDF reader takes less for an error.
func (r *remote) Read(p []byte) (int, error) {
	n, err := r.ReadAt(p, r.at)
	r.at += int64(n)
	return n, err
}

// Seek sets where Read goes on.
func (r *remote) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += r.at
	case io.SeekEnd:
		off += r.size
	}
	if off < 0 {
		return r.at, errors.New("seek before the beginning")
	}
	r.at = off
	return off, nil
}
