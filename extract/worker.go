package extract

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"

	"github.com/sletdk/slet/scanner"
)

// workers is the pool of worker processes. There are as many as there are
// documents being read in one at the same time: the caller's limit is the
// pool's. Idle ones wait for the next document.
type workers struct {
	command []string
	cache   string

	mu     sync.Mutex
	idle   []*worker
	closed bool
}

func newWorkers(opts Options) *workers {
	cache := opts.Cache
	if CheckCache(cache) != nil {
		cache = "" // slower, and safe; `slet check` tells
	}
	return &workers{command: opts.Worker, cache: cache}
}

// errNoWorker means that worker processes are not configured.
var errNoWorker = errors.New("no worker process is configured")

// get returns an idle worker, or starts one.
func (p *workers) get() (w *worker, used bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch n := len(p.idle); {
	case p.closed:
		return nil, false, errors.New("the extractor is closed")
	case len(p.command) == 0:
		return nil, false, errNoWorker
	case n > 0:
		w, p.idle = p.idle[n-1], p.idle[:n-1]
		return w, true, nil
	}
	w, err = startWorker(p.command)
	return w, false, err
}

// put takes back a worker that has ended its job in order.
func (p *workers) put(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		w.end()
		return
	}
	p.idle = append(p.idle, w)
}

// close ends the idle workers, and those at work as they come back.
func (p *workers) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, w := range p.idle {
		w.end()
	}
	p.idle = nil
	return nil
}

// worker is a running worker process.
type worker struct {
	cmd    *exec.Cmd
	in     *os.File // to the worker
	out    *os.File // from it
	frames *frameReader
	answer []byte // for frameData

	mu     sync.Mutex
	reaped bool // its process number may be another's by now
}

// startWorker starts a worker process: no environment, the pipes as its only
// open files, a process group of its own, and on Linux killed with its parent.
func startWorker(command []string) (*worker, error) {
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("worker: %w", err), childIn.Close(), in.Close())
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout = childIn, childOut
	cmd.Env = []string{
		"GOTRACEBACK=none", // a trace may quote content
		"GOMAXPROCS=1",     // it does one thing at a time; more only costs CPU
	}
	cmd.SysProcAttr = ownGroup()
	err = cmd.Start()
	_, _ = childIn.Close(), childOut.Close()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("worker: %w", err), in.Close(), out.Close())
	}
	return &worker{cmd: cmd, in: in, out: out, frames: newFrameReader(out)}, nil
}

// kill kills the worker's process group. It may be called at any time, by
// anybody, more than once; reading from the worker then fails.
func (w *worker) kill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.reaped {
		killGroup(w.cmd.Process)
	}
}

// end kills the worker, waits until it is gone, and tells how it went.
func (w *worker) end() string {
	w.kill()
	_, _ = w.in.Close(), w.out.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.cmd.Wait()
	w.reaped = true
	return w.cmd.ProcessState.String()
}

// errWorker means that a worker broke off: it crashed, was killed by a limit of
// its own, or talked nonsense.
var errWorker = errors.New("the reading process broke off")

// inWorker has d read in a worker process. What was received before the worker
// broke off has been passed on. A job whose time is over has its worker killed.
func (d *doc) inWorker(m jobMessage) error {
	pool := d.x.pool
	m.Size, m.Cache, m.Parts, m.Name = d.size, pool.cache, d.limits.Parts, string(clip(cleanName(m.Name), maxPlace))
	if d.working++; d.working > maxWorking {
		d.working--
		return unreadable(scanner.TooLarge, "more than %d packed files inside each other", maxWorking)
	}
	defer func() { d.working-- }()
	for {
		w, used, err := pool.get()
		if err != nil {
			return unreadable(scanner.Unsupported, "%w", err)
		}
		stop := context.AfterFunc(d.ctx, w.kill)
		s := &session{d: d, w: w}
		err = s.run(m)
		switch {
		case !stop() || err != nil:
			how := w.end()
			if lost := d.alive(); lost != nil {
				return lost
			}
			if used && !s.begun {
				continue // it died while idle, which is not this document's doing
			}
			if errors.Is(err, errWorker) {
				err = fmt.Errorf("%w (%s)", err, how)
			}
			return err
		case s.end.Retire:
			w.end()
		default:
			pool.put(w)
		}
		return d.alive()
	}
}

// maxWorking is how many workers one item may keep busy at a time: an archive
// inside an archive inside an archive, and a PDF in that.
const maxWorking = 4

// session is one job in a worker.
type session struct {
	d     *doc
	w     *worker
	begun bool // the worker has answered
	part  bool // a part has begun
	end   endMessage
}

// run sends the job and passes on what comes back, until the end.
func (s *session) run(m jobMessage) error {
	defer func() {
		if v := recover(); v != nil { // the job makes it a gap; the worker must not stay
			s.w.end()
			panic(v)
		}
	}()
	if err := writeMessage(s.w.in, frameJob, m); err != nil {
		return fmt.Errorf("%w: %w", errWorker, err)
	}
	for {
		kind, data, err := s.next()
		if err != nil {
			return err
		}
		if kind == frameEnd {
			err := readMessage(kind, data, &s.end)
			if n := s.end.Pictures; n > 0 && s.d.album != nil {
				s.d.album.addMany(n, scanner.Unsupported, errNoOCR)
			}
			return s.malformed(err)
		}
		if err := s.pass(kind, data); err != nil {
			return err
		}
	}
}

// next returns the next frame that is not a request for content: those are
// answered.
func (s *session) next() (frameKind, []byte, error) {
	for {
		kind, data, err := s.w.frames.next()
		if err != nil {
			return 0, nil, s.malformed(err)
		}
		s.begun = true
		if kind != frameRead {
			return kind, data, nil
		}
		if err := s.sendContent(data); err != nil {
			return 0, nil, err
		}
	}
}

// malformed wraps an error of the protocol: the worker is to be ended.
func (s *session) malformed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errWorker, err)
}

// sendContent answers a request for content. Where the content cannot be read
// the answer is short, and the job knows of the error.
func (s *session) sendContent(request []byte) error {
	if len(request) != 12 {
		return s.malformed(errFrame)
	}
	off, n := int64(binary.BigEndian.Uint64(request)), int64(binary.BigEndian.Uint32(request[8:]))
	if off < 0 || off > s.d.size || n > maxRead {
		return s.malformed(errFrame)
	}
	if s.w.answer == nil {
		s.w.answer = make([]byte, maxRead)
	}
	got, err := s.d.r.ReadAt(s.w.answer[:min(n, s.d.size-off)], off)
	if lost := s.d.alive(); lost != nil {
		return lost
	}
	if err != nil && err != io.EOF {
		got = 0
	}
	if err := writeFrame(s.w.in, frameData, s.w.answer[:got]); err != nil {
		return s.malformed(err)
	}
	return nil
}

// pass passes a frame on to the document's sink.
func (s *session) pass(kind frameKind, data []byte) error {
	switch kind {
	case framePart:
		s.part = true
		return s.d.part(cleanName(string(data)), false)
	case frameMark:
		if !s.part {
			return s.malformed(errFrame)
		}
		s.d.sink.Mark(cleanName(string(data)))
		return s.d.alive()
	case frameText:
		if !s.part {
			return s.malformed(errFrame)
		}
		return s.d.sink.Text([]byte(strings.ToValidUTF8(string(data), "\uFFFD")))
	case frameGap:
		var g gapMessage
		if err := readMessage(kind, data, &g); err != nil {
			return s.malformed(err)
		}
		reason, why := knownReason(g.Reason), errors.New(cleanName(g.Err))
		if reason == scanner.Corrupt && s.d.io != nil {
			reason, why = scanner.IO, s.d.io // the worker has seen fewer bytes than there are
		}
		s.d.gap(cleanName(g.Where), reason, why)
		return s.d.alive()
	case frameBlob:
		var b blobMessage
		if err := readMessage(kind, data, &b); err != nil {
			return s.malformed(err)
		}
		return s.blob(b)
	}
	return s.malformed(fmt.Errorf("%w: unexpected kind %c", errFrame, kind))
}

// knownReason is the reason for a gap as a worker gave it.
func knownReason(s string) scanner.Reason {
	switch r := scanner.Reason(s); r {
	case scanner.Encrypted, scanner.TooLarge, scanner.Timeout, scanner.Unsupported, scanner.Denied, scanner.IO:
		return r
	}
	return scanner.Corrupt
}

// blob passes an attachment on as a document of its own, or a page's image to
// OCR, and reads on to the blob's end.
func (s *session) blob(b blobMessage) error {
	r := &blobReader{s: s}
	var err error
	switch b.Kind {
	case blobAttachment:
		err = s.d.childFrom("vedhæftning "+b.Name, r, s.d.size)
	case blobPicture:
		err = s.d.childFrom(b.Name, r, s.d.size)
	case blobEntry:
		e := entry{name: b.Name, r: r, packed: s.d.size}
		if b.Packed > 0 {
			e.packed = min(b.Packed, e.packed)
		}
		if b.As == "html" || b.As == "rtf" {
			e.as = b.As
		}
		err = s.d.entry(e)
	case blobPage:
		where := cleanName(b.Name)
		if err = s.d.part(where, false); err == nil {
			err = s.d.ocrText(where, r)
		}
	default:
		return s.malformed(errFrame)
	}
	if r.broken != nil {
		return r.broken
	}
	if err != nil {
		return err
	}
	// What its reader left is unpacked all the same, and counts.
	if _, err = io.Copy(io.Discard, s.d.unpack(r, s.d.size)); err != nil && r.fail == nil {
		return cmpErr(r.broken, s.d.alive(), unreadable(reasonOf(err), "what follows was not examined: %w", err))
	}
	return s.d.alive()
}

// blobReader reads a blob's bytes.
type blobReader struct {
	s      *session
	left   []byte
	done   bool
	fail   error // what the worker could not read of it
	broken error // the session is over
}

func (r *blobReader) Read(p []byte) (int, error) {
	for len(r.left) == 0 {
		if r.broken != nil {
			return 0, r.broken
		}
		if r.fail != nil {
			return 0, r.fail
		}
		if r.done {
			return 0, io.EOF
		}
		kind, data, err := r.s.next()
		switch {
		case err != nil:
			r.broken = err
		case kind == frameBytes:
			r.left = data
		case kind == frameBlobEnd:
			r.done = true
			if len(data) > 0 {
				var g gapMessage
				if err := readMessage(kind, data, &g); err != nil {
					r.broken = r.s.malformed(err)
				}
				r.fail = unreadable(knownReason(g.Reason), "%s", cleanName(g.Err))
			}
		default:
			r.broken = r.s.malformed(fmt.Errorf("%w: kind %c inside a blob", errFrame, kind))
		}
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

// CheckCache tells what is wrong with a folder as [Options.Cache]: nil if
// compiled code can be kept there safely. It is created, mode 0700, if it does
// not exist. A folder that somebody else owns or can write to is not used:
// what lies there is run.
func CheckCache(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	st, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	if !st.IsDir() {
		return fmt.Errorf("cache: %s is not a folder", dir)
	}
	return checkOwner(dir, st)
}
