package imap

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/sletdk/slet/internal/testenv"
)

// TestLargeMessage reads 200 MB in 64 MB of memory, byte for byte, in order and
// anywhere.
func TestLargeMessage(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	line := strings.Repeat("0123456789abcde", 5)
	var b bytes.Buffer
	b.WriteString("Subject: Stor\r\n\r\n")
	for i := 0; b.Len() < 200<<20; i++ {
		b.WriteString(line[i%15 : i%15+60])
		b.WriteString("\r\n")
	}
	want, size := sha256.Sum256(b.Bytes()), int64(b.Len())
	middle := bytes.Clone(b.Bytes()[100<<20+7 : 100<<20+107])
	d.Deliver(t, account, "", b.Bytes(), received())
	b = bytes.Buffer{}
	runtime.GC()

	s := source(t, config(d))
	f, err := s.Open(context.Background(), all(t, s)[0])
	must(t, err)
	defer f.Close()
	peak := uint64(0)
	h := sha256.New()
	buf := make([]byte, 1<<20)
	var mem runtime.MemStats
	for r := io.NewSectionReader(f, 0, f.Size()); ; {
		n, err := r.Read(buf)
		h.Write(buf[:n])
		runtime.ReadMemStats(&mem)
		peak = max(peak, mem.HeapAlloc)
		if err == io.EOF {
			break
		}
		must(t, err)
	}
	if f.Size() != size || [32]byte(h.Sum(nil)) != want {
		t.Errorf("%d bytes, want %d, or they are others", f.Size(), size)
	}
	if peak > 64<<20 {
		t.Errorf("%d MB of memory", peak>>20)
	}
	t.Logf("%d MB of heap at most", peak>>20)
	got := make([]byte, 100)
	if _, err := f.ReadAt(got, 100<<20+7); err != nil || !bytes.Equal(got, middle) {
		t.Errorf("in the middle %q, %v; want %q", got, err, middle)
	}
	if n, err := f.ReadAt(got, size-3); n != 3 || err != io.EOF {
		t.Errorf("over the end: %d, %v", n, err)
	}
	must(t, f.Recheck())

	// Nothing of it lies on a disk of ours.
	list, err := os.ReadDir(os.TempDir())
	must(t, err)
	for _, e := range list {
		if strings.Contains(e.Name(), "slet") && strings.Contains(e.Name(), "imap") {
			t.Errorf("a temporary file: %s", e.Name())
		}
	}
}

// TestWrongSize: servers that store mail in another form only estimate its
// size. What counts is what comes.
func TestWrongSize(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	small, large := mail("Sag", text(100)), mail("Sag", text(60000))
	d.Deliver(t, account, "Sager", small, received())
	d.Deliver(t, account, "Sager", large, received())
	p := newProxy(t, d.Address)
	for _, digit := range []string{"1", "9"} { // too little, too much
		p.set(func(r *rules) {
			r.toClient = func(b []byte) ([]byte, verdict) {
				for i := 0; ; {
					j := bytes.Index(b[i:], []byte("RFC822.SIZE "))
					if j < 0 || i+j+13 > len(b) {
						return b, goOn
					}
					i += j + 12
					if digit == "1" || b[i] > '2' {
						b[i] = digit[0]
					}
				}
			}
		})
		cfg := config(d)
		cfg.Address = p.address
		s := source(t, cfg)
		for i, it := range all(t, s) {
			want := [][]byte{small, large}[i]
			if it.Size == int64(len(want)) {
				t.Fatalf("the size %d was not made wrong", it.Size)
			}
			if b, err := read(s, it); err != nil || !bytes.Equal(b, want) {
				t.Errorf("said to be %d bytes: %d bytes, %v; want %d", it.Size, len(b), err, len(want))
			}
		}
	}
}
