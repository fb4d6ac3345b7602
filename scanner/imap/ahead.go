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
	// maxFlights is how many fetches are under way at most before anybody needs
	// them: the server can work on the next while one comes in.
	maxFlights = 2
	maxStride  = 8 // messages that openings may be out of order
	// inARow is how long an open folder is taken as it is while its messages
	// are asked for one stretch after the other: opening a large one is dear.
	inARow   = time.Second
	maxKnown = 500_000
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
	last     imap.UID // up to which the last fetch went
	window   int
	used     time.Time
}

// flight is a fetch under way.
type flight struct {
	done  chan struct{}
	bytes int64 // that are expected
}

type held struct {
	body
	at time.Time
	// mark: whoever takes this one fetches the next few before going on, while
	// others take the rest.
	mark bool
}

// ahead is the memory of what was walked and of what was fetched unasked.
type ahead struct {
	mu      sync.Mutex
	rows    map[string]*row
	known   int // messages in all rows
	flights map[key]*flight
	held    map[key]held
	bytes   int64 // of what is held
	coming  int64 // bytes of the fetches under way
	flying  int   // fetches under way
	most    int   // at which nobody begins one that is not wanted yet
	buffers buffers
}

func newAhead(most int) *ahead {
	return &ahead{most: most, rows: map[string]*row{}, flights: map[key]*flight{}, held: map[key]held{}}
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
	if i := r.from(uid); i < len(r.metas) && r.metas[i].uid == uid {
		return i
	}
	return -1
}

// from is the index of the first message that has this UID or a higher one.
func (r *row) from(uid imap.UID) int {
	i, _ := slices.BinarySearchFunc(r.metas, uid, func(m meta, uid imap.UID) int { return cmp.Compare(m.uid, uid) })
	return i
}

// plan says which messages to fetch for the one that is opened, and how many
// bytes that will be. The caller holds the lock.
func (a *ahead) plan(at string, m message, size int64) (uids []imap.UID, bytes int64) {
	r := a.rows[at]
	if r == nil || r.validity != m.validity || r.find(m.uid) < 0 {
		return []imap.UID{m.uid}, size
	}
	r.used = time.Now()
	i, from := r.find(m.uid), r.from(r.last+1)
	if r.last == 0 || i < from || i-from > maxStride {
		r.window, r.last = 1, m.uid
		return []imap.UID{m.uid}, size
	}
	return a.next(at, r, i)
}

// next plans the next stretch of a row, up to the message of index i at least
// if that is not negative. The caller holds the lock.
func (a *ahead) next(at string, r *row, i int) (uids []imap.UID, bytes int64) {
	r.window = min(2*r.window, maxWindow)
	a.expire()
	room := min(maxBatch, maxHeld-a.bytes-a.coming)
	n := r.from(r.last + 1)
	for ; n < len(r.metas) && (len(uids) < r.window || n <= i); n++ {
		next := r.metas[n]
		k := key{at, next.uid}
		_, flying := a.flights[k]
		_, there := a.held[k]
		full := bytes+next.size > room
		if n > i && full && next.size <= maxAhead {
			break // another stretch, when there is room
		}
		if n != i && (flying || there || full || next.size > maxAhead) {
			continue
		}
		uids, bytes = append(uids, next.uid), bytes+next.size
		r.last = next.uid
	}
	return uids, bytes
}

// expire drops what nobody came for. The caller holds the lock.
func (a *ahead) expire() {
	for k, h := range a.held {
		if time.Since(h.at) > maxAge {
			a.drop(k)
			a.buffers.put(h.content)
		}
	}
}

func (a *ahead) drop(k key) (held, bool) {
	h, ok := a.held[k]
	if ok {
		delete(a.held, k)
		a.bytes -= int64(cap(h.content))
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
			var uids []imap.UID
			var expect int64
			if h.mark {
				uids, expect = a.more(at, m)
			}
			if len(uids) == 0 {
				a.mu.Unlock()
				return h.body, nil
			}
			f := a.begin(at, uids, expect)
			a.mu.Unlock()
			_, _ = s.fly(ctx, f, m, 0, uids, expect) // whoever opens them meets the error
			return h.body, nil
		}
		if f := a.flights[k]; f != nil {
			// Whoever could only wait fetches the next few meanwhile.
			if uids, expect := a.more(at, m); len(uids) > 0 {
				own := a.begin(at, uids, expect)
				a.mu.Unlock()
				_, _ = s.fly(ctx, own, m, 0, uids, expect)
				continue
			}
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
		f := a.begin(at, uids, expect)
		a.mu.Unlock()
		return s.fly(ctx, f, m, m.uid, uids, expect)
	}
}

// more plans another fetch ahead in the row of m, if there is anything to fetch
// and not too much under way. The caller holds the lock.
func (a *ahead) more(at string, m message) (uids []imap.UID, bytes int64) {
	if r := a.rows[at]; r != nil && r.validity == m.validity && a.flying < a.most {
		return a.next(at, r, -1)
	}
	return nil, 0
}

// begin announces a fetch. The caller holds the lock.
func (a *ahead) begin(at string, uids []imap.UID, bytes int64) *flight {
	f := &flight{done: make(chan struct{}), bytes: bytes}
	a.flying++
	a.coming += bytes
	for _, uid := range uids {
		a.flights[key{at, uid}] = f
	}
	return f
}

// land keeps what a fetch brought for others than wanted, and ends it.
func (a *ahead) land(f *flight, at string, uids []imap.UID, wanted imap.UID, got map[imap.UID]body) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.flying--
	a.coming -= f.bytes
	for i, uid := range uids {
		k := key{at, uid}
		delete(a.flights, k)
		if b, ok := got[uid]; ok && uid != wanted {
			a.held[k] = held{b, time.Now(), len(uids) > 4 && i == len(uids)/4}
			a.bytes += int64(cap(b.content))
		}
	}
	close(f.done)
}

// fly carries out a planned fetch from the folder of m, keeps what came along
// for others, and returns what was wanted, if that is not 0.
func (s *Source) fly(ctx context.Context, f *flight, m message, wanted imap.UID, uids []imap.UID, expect int64) (body, error) {
	var got map[imap.UID]body
	defer func() { s.ahead.land(f, m.place.id(), uids, wanted, got) }()
	var fresh time.Duration
	if len(uids) > 1 {
		fresh = inARow
	}
	err := s.with(ctx, m.place, func(c *conn) error {
		err := c.open(ctx, m.folder, m.validity, false, fresh)
		if err != nil {
			return err
		}
		got, err = c.bodies(ctx, imap.UIDSetNum(uids...), expect, &s.ahead.buffers)
		var no *imap.Error
		if errors.As(err, &no) && len(uids) > 1 && wanted != 0 {
			// One message that cannot be read spoils the fetch of all.
			got, err = c.bodies(ctx, imap.UIDSetNum(wanted), expect, &s.ahead.buffers)
		}
		if err != nil || wanted == 0 {
			return err
		}
		if _, ok := got[wanted]; ok {
			return nil
		}
		return c.missing(ctx, wanted)
	})
	if err != nil {
		return body{}, err
	}
	return got[wanted], nil
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
