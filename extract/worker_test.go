package extract

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"
)

// The test binary is its own worker: started with one of these arguments it
// serves, or misbehaves as a worker can that hostile content has taken over.
const (
	workerArg  = "worker-process"
	badArg     = "bad-worker"
	parentArg  = "parent-of-a-worker"
	cacheInTmp = "slet-test-cache" // compiled code, shared by the tests of a machine
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case workerArg:
			if err := ServeWorker(os.Stdin, os.Stdout); err != nil {
				os.Exit(1)
			}
			os.Exit(0)
		case badArg:
			misbehave(os.Args[2])
			os.Exit(0)
		case parentArg:
			parentOfWorker()
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

// workerOptions are options with this test binary as the worker.
func workerOptions(t testing.TB) Options {
	t.Helper()
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("%s-%d", cacheInTmp, os.Geteuid()))
	if err := CheckCache(dir); err != nil {
		dir = t.TempDir()
	}
	return Options{Worker: []string{os.Args[0], workerArg}, Cache: dir}
}

// misbehave is a worker gone wrong.
func misbehave(how string) {
	in := newFrameReader(os.Stdin)
	if how == "dead at start" {
		return
	}
	for {
		if _, _, err := in.next(); err != nil {
			return
		}
		_ = writeFrame(os.Stdout, framePart, []byte("side 1"))
		_ = writeFrame(os.Stdout, frameText, []byte("150370-5008 er modtaget\n"))
		switch how {
		case "hang":
			for spin := 0; ; spin++ {
				if spin < 0 {
					spin = 0
				}
			}
		case "sleep":
			time.Sleep(time.Hour)
		case "crash":
			panic("a bug")
		case "exit":
			return
		case "garbage":
			fmt.Print("Segmentation fault (core dumped)")
			time.Sleep(time.Hour)
		case "large frame":
			_, _ = os.Stdout.Write([]byte{byte(frameText), 0xff, 0xff, 0xff, 0xff})
			time.Sleep(time.Hour)
		case "cut frame":
			_, _ = os.Stdout.Write([]byte{byte(frameText), 0, 0, 0, 9, 'x'})
			return
		case "outside read":
			_ = writeFrame(os.Stdout, frameRead, []byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9})
			time.Sleep(time.Hour)
		case "endless gaps":
			for writeMessage(os.Stdout, frameGap, gapMessage{"x", "corrupt", "y"}) == nil {
			}
		case "endless text":
			text := bytes.Repeat([]byte("tekst "), 1000)
			for writeFrame(os.Stdout, frameText, text) == nil {
			}
		case "asks and never listens":
			for writeFrame(os.Stdout, frameRead, make([]byte, 12)) == nil {
			}
		}
		_ = writeMessage(os.Stdout, frameEnd, endMessage{})
	}
}

// parentOfWorker starts a hanging worker, prints its process number and waits
// to be killed.
func parentOfWorker() {
	w, err := startWorker([]string{os.Args[0], badArg, "hang"})
	if err != nil {
		os.Exit(1)
	}
	_ = writeMessage(w.in, frameJob, jobMessage{})
	for range 2 { // it works, and will not notice a broken pipe
		if _, _, err := w.frames.next(); err != nil {
			os.Exit(1)
		}
	}
	fmt.Println(w.cmd.Process.Pid)
	time.Sleep(time.Hour)
}

// tinyPDF is what the bad workers are given.
var tinyPDF = []byte("%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n")

func extractTimed(t *testing.T, o Options, data []byte) (*collector, time.Duration) {
	t.Helper()
	x := New(o)
	defer x.Close()
	c := &collector{}
	start := time.Now()
	if err := x.Extract(context.Background(), "x.pdf", bytes.NewReader(data), int64(len(data)), c); err != nil {
		t.Fatal(err)
	}
	return c, time.Since(start)
}

// TestWorkerGoneWrong: whatever a worker does, the document ends with what was
// received and a gap, in time, and the next one is read by a new worker.
func TestWorkerGoneWrong(t *testing.T) {
	for _, tt := range []struct{ how, gap string }{
		{"hang", ": timeout"},
		{"sleep", ": timeout"},
		{"asks and never listens", ": timeout"},
		{"crash", ": corrupt"},
		{"exit", ": corrupt"},
		{"garbage", ": corrupt"},
		{"large frame", ": corrupt"},
		{"cut frame", ": corrupt"},
		{"outside read", ": corrupt"},
		{"endless text", ": too_large"},
	} {
		t.Run(tt.how, func(t *testing.T) {
			o := Options{Worker: []string{os.Args[0], badArg, tt.how}, Limits: Limits{Time: 20 * time.Second, Total: 1 << 20}}
			if tt.gap == ": timeout" {
				o.Limits.Time = time.Second
			}
			x := New(o)
			defer x.Close()
			for range 2 {
				c := &collector{}
				start := time.Now()
				if err := x.Extract(context.Background(), "x.pdf", bytes.NewReader(tinyPDF), int64(len(tinyPDF)), c); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took > 10*time.Second {
					t.Errorf("took %s", took)
				}
				if !c.has("1503705008") {
					t.Errorf("what was received is lost: %q", c.text())
				}
				if got := c.reasons(); len(got) != 1 || got[0] != tt.gap {
					t.Errorf("gaps %v, want one, %q", c.gaps, tt.gap)
				}
			}
			if n := len(x.pool.idle); n != 0 {
				t.Errorf("%d bad workers are kept", n)
			}
		})
	}
}

// TestWorkerManyGaps: a worker that never ends its gaps is ended with the time.
func TestWorkerManyGaps(t *testing.T) {
	o := Options{Worker: []string{os.Args[0], badArg, "endless gaps"}, Limits: Limits{Time: time.Second}}
	c, took := extractTimed(t, o, tinyPDF)
	if took > 10*time.Second || len(c.gaps) > maxGaps+2 {
		t.Errorf("%d gaps in %s", len(c.gaps), took)
	}
}

// TestWorkerThatCannotStart: a missing program is a gap for the document that
// needs it, with the program's name.
func TestWorkerThatCannotStart(t *testing.T) {
	for name, command := range map[string][]string{
		"not there":      {"/nowhere/slet", "worker"},
		"not configured": nil,
	} {
		c, _ := extractTimed(t, Options{Worker: command}, tinyPDF)
		if got := c.reasons(); len(got) != 1 || got[0] != ": unsupported" {
			t.Errorf("%s: gaps %v", name, c.gaps)
		}
	}
	o := Options{Worker: []string{os.Args[0], badArg, "dead at start"}}
	c, took := extractTimed(t, o, tinyPDF)
	if got := c.reasons(); len(got) != 1 || got[0] != ": corrupt" || took > 10*time.Second {
		t.Errorf("dead at start: gaps %v after %s", c.gaps, took)
	}
}

// TestWorkerCancelled: the caller's cancellation ends the worker at once and is
// the error.
func TestWorkerCancelled(t *testing.T) {
	x := New(Options{Worker: []string{os.Args[0], badArg, "hang"}})
	defer x.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := x.Extract(ctx, "x.pdf", bytes.NewReader(tinyPDF), int64(len(tinyPDF)), &collector{})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
}

// brokenSink fails at the first text.
type brokenSink struct{ collector }

var errSink = errors.New("the disk is full")

func (*brokenSink) Text([]byte) error { return errSink }

// TestWorkerSinkError: the sink's error ends the extraction as it is.
func TestWorkerSinkError(t *testing.T) {
	x := New(workerOptions(t))
	defer x.Close()
	data := simplePDF("tekst")
	if err := x.Extract(context.Background(), "x.pdf", bytes.NewReader(data), int64(len(data)), &brokenSink{}); err != errSink {
		t.Errorf("%v, want the sink's error", err)
	}
	if c := extractWith(t, x, "x.pdf", data); !strings.Contains(c.text(), "tekst") {
		t.Errorf("the next document: %q, %v", c.text(), c.gaps)
	}
}

// badReader fails behind an offset.
type badReader struct {
	data []byte
	from int64
}

func (r badReader) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > r.from {
		return 0, errors.New("input/output error")
	}
	return copy(p, r.data[off:]), nil
}

// TestWorkerReadError: bytes that cannot be read are a gap of that reason, not
// a broken document.
func TestWorkerReadError(t *testing.T) {
	x := New(workerOptions(t))
	defer x.Close()
	f := newPDFFile()
	f.page(pdfText("tekst"), "")
	f.plain("", strings.Repeat("x", 1<<20))
	data := f.bytes()
	c := &collector{}
	if err := x.Extract(context.Background(), "x.pdf", badReader{data, 500_000}, int64(len(data)), c); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(c.reasons(), ": io") {
		t.Errorf("gaps %v, want io", c.gaps)
	}
}

// TestWorkerReuse: documents one after the other share one worker, documents at
// the same time have one each, and Close ends them all.
func TestWorkerReuse(t *testing.T) {
	x := New(workerOptions(t))
	data := simplePDF("Borger 150370-5008")
	pids := map[int]bool{}
	for range 5 {
		if c := extractWith(t, x, "x.pdf", data); !c.has("1503705008") {
			t.Fatalf("%q %v", c.text(), c.gaps)
		}
		for _, w := range x.pool.idle {
			pids[w.cmd.Process.Pid] = true
		}
	}
	if len(pids) != 1 {
		t.Errorf("%d workers for documents one after the other", len(pids))
	}
	var g errgroup.Group
	for range 3 {
		g.Go(func() error {
			c := &collector{}
			err := x.Extract(context.Background(), "x.pdf", bytes.NewReader(data), int64(len(data)), c)
			if err == nil && !c.has("1503705008") {
				err = fmt.Errorf("%q %v", c.text(), c.gaps)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	idle := slices.Clone(x.pool.idle)
	if len(idle) < 1 || len(idle) > 3 {
		t.Errorf("%d workers for three at the same time", len(idle))
	}
	x.Close()
	for _, w := range idle {
		if w.cmd.ProcessState == nil || !w.reaped {
			t.Error("a worker is left after Close")
		}
	}
	if c := extractWith(t, x, "x.pdf", data); len(c.gaps) != 1 {
		t.Errorf("after Close: %v", c.gaps)
	}
}

// TestWorkerDiesIdle: a worker that was killed while it waited costs nothing.
func TestWorkerDiesIdle(t *testing.T) {
	x := New(workerOptions(t))
	defer x.Close()
	data := simplePDF("Borger 150370-5008")
	extractWith(t, x, "x.pdf", data)
	x.pool.idle[0].kill()
	if c := extractWith(t, x, "x.pdf", data); !c.has("1503705008") || len(c.gaps) > 0 {
		t.Errorf("%q %v", c.text(), c.gaps)
	}
}

// TestCheckCache: code is not loaded from a folder that others can write to.
func TestCheckCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "cache")
	if err := CheckCache(dir); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(dir)
	if err != nil || st.Mode().Perm()&0o077 != 0 {
		t.Errorf("made with mode %v, %v", st.Mode(), err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	open := t.TempDir()
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{"a file": file, "a link": link, "open to others": open} {
		if CheckCache(bad) == nil {
			t.Errorf("%s is accepted", name)
		}
		if got := newWorkers(Options{Cache: bad}).cache; got != "" {
			t.Errorf("%s is used", name)
		}
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, 12345, 12345); err != nil {
			t.Fatal(err)
		}
		if CheckCache(dir) == nil {
			t.Error("another user's folder is accepted")
		}
	}
}

// TestFrames: what is written is read, and nothing larger than its kind allows.
func TestFrames(t *testing.T) {
	var b bytes.Buffer
	for _, kind := range []frameKind{frameJob, frameData, frameRead, framePart, frameMark, frameText, frameGap, frameBlob, frameBytes, frameBlobEnd, frameEnd} {
		want := bytes.Repeat([]byte("x"), maxFrame(kind))
		if err := writeFrame(&b, kind, want); err != nil {
			t.Fatal(err)
		}
		if err := writeFrame(io.Discard, kind, append(want, 'x')); !errors.Is(err, errFrame) {
			t.Errorf("%c: %d bytes are written", kind, len(want)+1)
		}
		k, got, err := newFrameReader(&b).next()
		if err != nil || k != kind || !bytes.Equal(got, want) {
			t.Errorf("%c: read %c, %d bytes, %v", kind, k, len(got), err)
		}
		b.Reset()
		b.Write([]byte{byte(kind), 0, 16, 0, 0})
		if _, _, err := newFrameReader(&b).next(); !errors.Is(err, errFrame) {
			t.Errorf("%c: a megabyte is accepted: %v", kind, err)
		}
		b.Reset()
	}
}

// TestServerText: text is cut between letters, and arrives whole.
func TestServerText(t *testing.T) {
	want := strings.Repeat("blåbærgrød €", 20_000)
	for skip := range 3 {
		var b bytes.Buffer
		s := &server{out: bufio.NewWriter(&b)}
		if err := s.Text([]byte(want[skip:])); err != nil {
			t.Fatal(err)
		}
		s.out.Flush()
		var got strings.Builder
		for r := newFrameReader(&b); ; {
			_, data, err := r.next()
			if err == io.EOF {
				break
			}
			if err != nil || !utf8.Valid(data) {
				t.Fatalf("%v, or a cut letter", err)
			}
			got.Write(data)
		}
		if got.String() != want[skip:] {
			t.Error("the text has changed on its way")
		}
	}
}

// FuzzFrames: no bytes make the reader of frames panic, give more than a kind's
// largest size, or give a frame that cannot be written again.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("T\x00\x00\x00\x05hejsaE\x00\x00\x00\x02{}"))
	f.Add([]byte("T\xff\xff\xff\xff"))
	f.Add([]byte("R\x00\x00\x00\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newFrameReader(bytes.NewReader(data))
		var again bytes.Buffer
		for {
			kind, body, err := r.next()
			if err != nil {
				break
			}
			if len(body) > maxFrame(kind) {
				t.Fatalf("%d bytes of kind %c", len(body), kind)
			}
			if err := writeFrame(&again, kind, body); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.HasPrefix(data, again.Bytes()) {
			t.Fatal("frames read are not the frames that were there")
		}
	})
}
