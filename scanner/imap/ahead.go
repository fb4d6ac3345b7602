package imap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/sletdk/slet/scanner"
)

// A fetch of one message costs as many round trips as one of a hundred. Items
// are mostly opened in the order of the walk, so whoever opens one fetches the
// next few along, and more of them the longer it goes on; the next openings
// find them in memory. Nobody fetches what is not going to be opened: an
// unchanged folder's messages never are, and the row breaks.

// Bounds of what is kept.
const (
	maxWhole  = 2 << 20   // a larger message is read in parts
	maxAhead  = 512 << 10 // a larger message is not fetched unasked
	maxWindow = 100       // messages in one fetch
	maxBatch  = 4 << 20   // bytes in one fetch
	maxHeld   = 16 << 20  // bytes fetched and not yet opened
	maxAge    = 20 * time.Second
	maxStride = 8 // messages that openings may be out of order
	maxKnown  = 500_000
)

// key names a message within the source.
type key struct {
	at  string // place.id
	uid imap.UID
}

// row is what the walk has seen of one folder: its messages in order, none of
// them private.
type row struct {
	validity uint32
	metas    []meta
	next     imap.UID // the first that the last fetch left
	window   int
	used     time.Time
}

// flight is a fetch under way.
type flight struct{ done chan struct{} }

type held struct {
	body
	at time.Time
}

// ahead is the memory of what was walked and of what was fetched unasked.
type ahead struct {
	mu      sync.Mutex
	rows    map[string]*row
	known   int // messages in all rows
	flights map[key]*flight
	held    map[key]held
	bytes   int64 // of what is held
}

func newAhead() *ahead {
	return &ahead{rows: map[string]*row{}, flights: map[key]*flight{}, held: map[key]held{}}
}

// learn remembers a stretch of a folder that was walked.
func (a *ahead) learn(at string, validity uint32, metas []meta) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.rows[at]
	if r == nil || r.validity != validity {
		a.forget(at)
		r = &row{validity: validity}
		a.rows[at] = r
	}
	r.used = time.Now()
	a.known -= len(r.metas)
	inOrder := len(r.metas) == 0 || len(metas) > 0 && metas[0].uid > r.metas[len(r.metas)-1].uid
	r.metas = append(r.metas, metas...)
	if !inOrder { // a second walk
		slices.SortStableFunc(r.metas, func(x, y meta) int { return cmp.Compare(x.uid, y.uid) })
		r.metas = slices.CompactFunc(r.metas, func(x, y meta) bool { return x.uid == y.uid })
	}
	a.known += len(r.metas)
	for a.known > maxKnown && len(a.rows) > 1 {
		oldest := ""
		for name, r := range a.rows {
			if name != at && (oldest == "" || r.used.Before(a.rows[oldest].used)) {
				oldest = name
			}
		}
		a.forget(oldest)
	}
}

func (a *ahead) forget(at string) {
	if r := a.rows[at]; r != nil {
		a.known -= len(r.metas)
		delete(a.rows, at)
	}
}

// walked reports whether this process has walked the message, and so knows
// that it is not private.
func (a *ahead) walked(m message) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.rows[m.place.id()]
	return r != nil && r.validity == m.validity && r.find(m.uid) >= 0
}

func (r *row) find(uid imap.UID) int {
	i, ok := slices.BinarySearchFunc(r.metas, uid, func(m meta, uid imap.UID) int { return cmp.Compare(m.uid, uid) })
	if !ok {
		return -1
	}
	return i
}

// plan says which messages to fetch for the one that is opened, and how many
// bytes that will be. The caller holds the lock.
func (a *ahead) plan(at string, m message, size int64) (uids []imap.UID, bytes int64) {
	alone := []imap.UID{m.uid}
	r := a.rows[at]
	if r == nil || r.validity != m.validity {
		return alone, size
	}
	i := r.find(m.uid)
	if i < 0 {
		return alone, size
	}
	r.used = time.Now()
	from := i
	if n := r.find(r.next); n >= 0 && i >= n && i-n <= maxStride {
		r.window, from = min(2*r.window, maxWindow), n
	} else {
		r.window = 1
	}
	a.expire()
	room := min(maxBatch, maxHeld-a.bytes)
	for ; from < len(r.metas) && (len(uids) < r.window || from <= i); from++ {
		next := r.metas[from]
		k := key{at, next.uid}
		_, flying := a.flights[k]
		_, there := a.held[k]
		if next.uid != m.uid && (flying || there || next.size > maxAhead || bytes+next.size > room) {
			continue
		}
		uids, bytes = append(uids, next.uid), bytes+next.size
	}
	r.next = 0
	if from < len(r.metas) {
		r.next = r.metas[from].uid
	}
	return uids, bytes
}

// expire drops what nobody came for. The caller holds the lock.
func (a *ahead) expire() {
	for k, h := range a.held {
		if time.Since(h.at) > maxAge {
			a.drop(k)
		}
	}
}

func (a *ahead) drop(k key) (held, bool) {
	h, ok := a.held[k]
	if ok {
		delete(a.held, k)
		a.bytes -= int64(len(h.content))
	}
	return h, ok
}

// body returns the content of a message: from memory when it was fetched along
// with another, else by a fetch that takes others along.
func (s *Source) body(ctx context.Context, m message, size int64) (body, error) {
	a, at := s.ahead, m.place.id()
	k := key{at, m.uid}
	alone := false
	for {
		a.mu.Lock()
		if h, ok := a.drop(k); ok && time.Since(h.at) <= maxAge {
			a.mu.Unlock()
			return h.body, nil
		}
		if f := a.flights[k]; f != nil {
			a.mu.Unlock()
			select {
			case <-f.done:
				alone = true // if it did not bring this one: fetch it, and it only
				continue
			case <-ctx.Done():
				return body{}, ctx.Err()
			}
		}
		uids, expect := []imap.UID{m.uid}, size
		if !alone {
			uids, expect = a.plan(at, m, size)
		}
		f := &flight{done: make(chan struct{})}
		for _, uid := range uids {
			a.flights[key{at, uid}] = f
		}
		a.mu.Unlock()
		return s.fly(ctx, f, m, uids, expect)
	}
}

// fly carries out a planned fetch, keeps what came along for others, and
// returns what was asked for.
func (s *Source) fly(ctx context.Context, f *flight, m message, uids []imap.UID, expect int64) (body, error) {
	a, at := s.ahead, m.place.id()
	var got map[imap.UID]body
	defer func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, uid := range uids {
			k := key{at, uid}
			delete(a.flights, k)
			if b, ok := got[uid]; ok && uid != m.uid {
				a.held[k] = held{b, time.Now()}
				a.bytes += int64(len(b.content))
			}
		}
		close(f.done)
	}()
	err := s.with(ctx, m.place, func(c *conn) error {
		err := c.open(ctx, m.folder, m.validity, false, 0)
		if err != nil {
			return err
		}
		got, err = c.bodies(ctx, imap.UIDSetNum(uids...), expect)
		var no *imap.Error
		if errors.As(err, &no) && len(uids) > 1 {
			// One message that cannot be read spoils the fetch of all.
			got, err = c.bodies(ctx, imap.UIDSetNum(m.uid), expect)
		}
		if err != nil {
			return err
		}
		if _, ok := got[m.uid]; ok {
			return nil
		}
		return c.missing(ctx, m.uid)
	})
	if err != nil {
		return body{}, err
	}
	return got[m.uid], nil
}

// missing says what it means that a message did not come.
func (c *conn) missing(ctx context.Context, uid imap.UID) error {
	left, err := c.search(ctx, imap.UIDSetNum(uid))
	switch {
	case err != nil:
		return err
	case slices.Contains(left, uid):
		return fmt.Errorf("%w: the message is there, and does not come", errAnswer)
	}
	return scanner.ErrGone
}
