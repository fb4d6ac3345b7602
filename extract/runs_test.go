package extract

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strconv"
	"testing"
)

// slowRuns is scan without passing over anything.
func slowRuns(b []byte) []byte {
	var s runs
	var dst []byte
	for _, c := range b {
		dst = s.scanNarrow(dst, c)
		dst = s.scanWide(dst, c)
		s.last = c
	}
	return s.flush(dst)
}

// checkRuns holds scan, in pieces of any size, to slowRuns.
func checkRuns(t *testing.T, b []byte, piece int) {
	t.Helper()
	var s runs
	var got []byte
	for i := 0; i < len(b); i += piece {
		got = s.scan(got, b[i:min(i+piece, len(b))])
	}
	if got = s.flush(got); !bytes.Equal(got, slowRuns(b)) {
		t.Fatalf("%q in pieces of %d: %q, want %q", b, piece, got, slowRuns(b))
	}
}

func FuzzRuns(f *testing.F) {
	f.Add([]byte("\x00\x00150370-5008\x01\n\xc3\xa6\xf8abcd\x00"), 3)
	f.Add([]byte("\x001\x005\x000\x003\x007\x000\x00-\x005\x000\x000\x008\xff"), 64)
	f.Fuzz(func(t *testing.T, b []byte, piece int) { checkRuns(t, b, max(piece&0xff, 1)) })
}

// TestRunsPassOverNothing: what is passed over holds no run, in content of
// which much could be one.
func TestRunsPassOverNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	alphabet := []byte("\x00\x00\x00\x00\x001503705008ab-\n\xc3\xa6\xe6\xa4\x80\x01\xff")
	for range 20000 {
		b := make([]byte, r.IntN(80))
		for i := range b {
			b[i] = alphabet[r.IntN(len(alphabet))]
		}
		checkRuns(t, b, 1+r.IntN(40))
	}
	for _, number := range []string{"150370-5008", "1\x005\x000\x003\x007\x000\x00-\x005\x000\x000\x008\x00"} {
		for at := range 100 {
			b := append(append(make([]byte, at), number...), make([]byte, 50)...)
			var s runs
			if got := s.scan(nil, b); !bytes.Contains(got, []byte("150370-5008")) {
				t.Fatalf("the number at %d is lost: %q", at, got)
			}
		}
	}
}

// BenchmarkRuns measures the safety net over content without text.
func BenchmarkRuns(b *testing.B) {
	random := make([]byte, 16<<20)
	r := rand.New(rand.NewPCG(43, 44))
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	for _, c := range []struct {
		name string
		data []byte
	}{{"zeros", make([]byte, 16<<20)}, {"random", random}, {"numbers", bytes.Repeat([]byte(strconv.Itoa(123456)+"\x00\x00"), 2<<20)}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.data)))
			buf := make([]byte, textChunk)
			var out []byte
			for b.Loop() {
				var s runs
				for in := bytes.NewReader(c.data); ; {
					n, err := in.Read(buf)
					if err == io.EOF {
						break
					}
					out = s.scan(out[:0], buf[:n])
				}
			}
		})
	}
}
