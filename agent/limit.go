package agent

import (
	"context"
	"math"
	"time"

	"golang.org/x/time/rate"

	"github.com/sletdk/slet/scanner"
)

// Rate is the most that is asked of a source; 0 is no limit.
type Rate struct {
	Items float64 // opened per second
	Bytes int64   // read per second
}

// Limit holds the examination of items to a rate, over all that examine items
// of one source. What is not opened, since it has not changed, costs nothing.
// A nil Limit does not limit. In a burst it lets through what a second may have.
type Limit struct {
	items, bytes *rate.Limiter

	now   func() time.Time
	sleep func(context.Context, time.Duration) error
}

// NewLimit returns a limit, nil for a rate that is none.
func NewLimit(r Rate) *Limit {
	if r.Items <= 0 && r.Bytes <= 0 {
		return nil
	}
	l := &Limit{now: time.Now, sleep: pause}
	if r.Items > 0 {
		l.items = rate.NewLimiter(rate.Limit(r.Items), int(math.Ceil(r.Items)))
	}
	if r.Bytes > 0 {
		l.bytes = rate.NewLimiter(rate.Limit(r.Bytes), int(min(r.Bytes, math.MaxInt)))
	}
	return l
}

// pause sleeps, or returns why it could not go on sleeping.
func pause(ctx context.Context, d time.Duration) error {
	if !sleep(ctx, d) {
		return ctx.Err()
	}
	return nil
}

// open opens an item when its turn comes, and has it read in turn.
func (l *Limit) open(ctx context.Context, src scanner.Source, it scanner.Item) (scanner.File, error) {
	if l == nil {
		return src.Open(ctx, it)
	}
	if err := l.take(ctx, l.items, 1); err != nil {
		return nil, err
	}
	f, err := src.Open(ctx, it)
	if err != nil {
		return nil, err
	}
	return &limited{File: f, limit: l, ctx: ctx, size: f.Size()}, nil
}

// take waits until n are allowed.
func (l *Limit) take(ctx context.Context, of *rate.Limiter, n int64) error {
	for of != nil && n > 0 {
		some := min(n, int64(of.Burst()))
		now := l.now()
		if d := of.ReserveN(now, int(some)).DelayFrom(now); d > 0 {
			if err := l.sleep(ctx, d); err != nil {
				return err
			}
		}
		n -= some
	}
	return nil
}

// limited is a file whose bytes are paid for once: what has been read before
// the farthest byte is most likely in a cache, and hashing and extracting read
// all twice.
type limited struct {
	scanner.File
	limit *Limit
	ctx   context.Context
	size  int64
	paid  int64 // the farthest byte that was paid for; one goroutine reads
}

func (f *limited) ReadAt(p []byte, off int64) (int, error) {
	if end := min(off+int64(len(p)), f.size); end > f.paid {
		if err := f.limit.take(f.ctx, f.limit.bytes, end-max(f.paid, off)); err != nil {
			return 0, err
		}
		f.paid = end
	}
	return f.File.ReadAt(p, off)
}
