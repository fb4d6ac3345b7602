package scanner_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/sletdk/slet/scanner"
)

// TestSample: any change of size, head, tail or of a sampled place between them
// shows, of a small recording any change at all; and never is more than 1 MiB
// and a little read.
func TestSample(t *testing.T) {
	for _, size := range []int{0, 1, 1000, 1 << 20, 1<<20 + 1, 3 << 20, 16<<20 + 7} {
		content := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
		want, n, err := scanner.Sample(t.Context(), bytes.NewReader(content), int64(size))
		if err != nil || n > 1<<20+128<<10 || size <= 1<<20 && n != int64(size) {
			t.Errorf("%d bytes: %d read, %v", size, n, err)
		}
		if again, _, _ := scanner.Sample(t.Context(), bytes.NewReader(content), int64(size)); again != want {
			t.Errorf("%d bytes: two samples differ", size)
		}
		places := []int{0, size / 2, size - 1}
		if size > 1<<20 {
			places = []int{0, 256<<10 - 1, size - 1, size - 256<<10, 256 << 10}
		}
		for _, at := range places {
			if at < 0 || at >= size {
				continue
			}
			content[at]++
			if got, _, _ := scanner.Sample(t.Context(), bytes.NewReader(content), int64(size)); got == want {
				t.Errorf("%d bytes: a change at %d does not show", size, at)
			}
			content[at]--
		}
		if got, _, _ := scanner.Sample(t.Context(), bytes.NewReader(append(content, 'x')), int64(size)+1); got == want {
			t.Errorf("%d bytes: one more does not show", size)
		}
	}
	// Two of the same bytes everywhere, one longer than the other.
	a, _, _ := scanner.Sample(t.Context(), zeros{}, 16<<20)
	b, _, _ := scanner.Sample(t.Context(), zeros{}, 17<<20)
	if a == b {
		t.Error("the size does not show")
	}
	if _, _, err := scanner.Sample(t.Context(), bytes.NewReader([]byte("kort")), 100); err == nil {
		t.Error("a recording that is shorter than it was is sampled without an error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := scanner.Sample(ctx, bytes.NewReader([]byte("kort")), 4); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// zeros is a file of nothing but zeros.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }
