// Package agent runs the pipeline: it walks sources, carries each item from
// open to record, and is the only place in slet that starts goroutines.
//
// One goroutine carries one item all the way ([Scanner.carry], [Looker.Item]):
// open, hash, name, extract, detect, recheck, record. An errgroup with a limit
// gives back-pressure to the walk. Detectors run one after the other inside a
// window, so that what is found never depends on scheduling.
//
// The package never imports erase: scanning has no means to destroy.
package agent

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// Scanner looks at sources and records what it finds.
type Scanner struct {
	Looker
	Store *store.Store
	Keys  Keys
	Now   func() time.Time
	// Workers is how many items are carried at once, at least 1.
	Workers int
	// Walkers is how many partitions are walked at once; 0 is one.
	Walkers int
	// Full examines every item, also those that have not changed.
	Full bool
	// AcceptLoss believes a scan that has lost most of a source ([ErrLost]).
	AcceptLoss bool
	// Progress, when not nil, is told how the scan goes. With CountFirst it is
	// told too how much there is to do: the source is then walked twice, which
	// is for those where a walk costs little.
	Progress   Progress
	CountFirst bool
}

// Keys are the installation's keyed names; see config.Key.
type Keys interface {
	Ref(source, id string) string
	Content(sum [32]byte) string
}

// Progress is told how a scan goes, from several goroutines.
type Progress interface {
	// Total says how much there is to do, once, as soon as it is known.
	Total(items, bytes int64)
	// Done says that one more item of that size has been dealt with.
	Done(bytes int64)
}

// counts are the totals of a running scan.
type counts struct {
	seen, scanned, unchanged, skipped, failed atomic.Int64
	gaps, private, bytes, findings            atomic.Int64
}

func (c *counts) totals() store.Totals {
	return store.Totals{
		Seen: c.seen.Load(), Scanned: c.scanned.Load(), Unchanged: c.unchanged.Load(),
		Skipped: c.skipped.Load(), Failed: c.failed.Load(), Gaps: c.gaps.Load(),
		PrivateFolders: c.private.Load(), Bytes: c.bytes.Load(), Findings: c.findings.Load(),
	}
}

// scan is one running scan.
type scan struct {
	*Scanner
	src        scanner.Source
	sourceType string
	record     *store.Scan
	counts     counts
	// fleeting: what is gone or changes while it is looked at calls attention
	// to itself again, and is not recorded.
	fleeting bool
}

// Scan walks every partition of src and records every item. The totals are
// valid also when err is not nil; then the scan is recorded as incomplete and
// nothing that it did not see is taken to be gone.
func (s *Scanner) Scan(ctx context.Context, src scanner.Source, sourceType string) (store.Totals, error) {
	record, err := s.Store.BeginScan(ctx, src.Name(), s.Now())
	if err != nil {
		return store.Totals{}, fmt.Errorf("start the scan of %s: %w", src.Name(), err)
	}
	sc := &scan{Scanner: s, src: src, sourceType: sourceType, record: record}
	if err := sc.recall(ctx); err != nil {
		return store.Totals{}, errors.Join(err, record.Abort())
	}
	walkErr := sc.run(ctx)
	t := sc.counts.totals()
	if walkErr == nil {
		walkErr = sc.doubtLoss(ctx)
	}
	// What was seen is recorded also when the scan was stopped: the next one
	// need not look at it again.
	if err := record.Finish(context.WithoutCancel(ctx), s.Now(), walkErr == nil, t); err != nil {
		return t, errors.Join(walkErr, fmt.Errorf("record the scan of %s: %w", src.Name(), err))
	}
	return t, walkErr
}

// ErrLost: a source has lost all of its items, or more than half of many, since
// the last scan. A share that is not mounted, or another one mounted in its
// place, looks like that; so nothing is taken to be gone.
var ErrLost = errors.New("is the share mounted? Nothing was taken out of the inventory; if they are really gone, say so with slet scan --accept-loss")

// doubtFrom is how many items may be missing before half of them is too many.
const doubtFrom = 20

// doubtLoss doubts a walk that did not meet what is known to be there.
func (sc *scan) doubtLoss(ctx context.Context) error {
	if sc.AcceptLoss {
		return nil
	}
	unseen, all, err := sc.record.Unseen(ctx)
	if err != nil {
		return err
	}
	if unseen > 0 && (unseen == all || unseen > doubtFrom && unseen > all/2) {
		return fmt.Errorf("source %s: %d of %d items are not there any more: %w", sc.src.Name(), unseen, all, ErrLost)
	}
	return nil
}

// run hands every item of the source to a goroutine of its own, never more than
// Workers at once. When asked to, it counts beside the walk how much
// there is to do, so that the time left can be told.
func (sc *scan) run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(max(sc.Workers, 1))
	watch, stop := context.WithCancel(ctx)
	defer stop()
	var counting errgroup.Group
	if sc.Progress != nil && sc.CountFirst {
		counting.Go(func() error { sc.count(watch); return nil })
	}
	walkErr := WalkMany(gctx, sc.src, sc.Walkers, Visitor{
		Item: func(it scanner.Item) error {
			sc.counts.seen.Add(1)
			g.Go(func() error { return sc.carry(gctx, it) })
			return nil
		},
		Gap: func(gap *scanner.Gap) error {
			sc.counts.gaps.Add(1)
			return sc.record.Gap(gctx, scanner.Gap{Path: gap.Path, Where: gap.Where, Reason: gap.Reason, Err: masked(gap.Err)})
		},
		Skip: func(s *scanner.Skip) error {
			sc.skip(s)
			return nil
		},
		Mark: func(m *scanner.Mark) error { sc.record.Mark(m.Place, sc.Fingerprint()+" "+m.Value); return nil },
	})
	err := g.Wait()
	stop()
	_ = counting.Wait() // it returns no error
	if err != nil {
		return err // of a worker; it ended the walk through gctx
	}
	return walkErr
}

// count tells Progress how much there is to do. Where the walk meets an error
// the total stays unknown: the scan's own walk meets the same error and
// reports it.
func (sc *scan) count(ctx context.Context) {
	var items, bytes int64
	err := Walk(ctx, sc.src, Visitor{Item: func(it scanner.Item) error {
		items, bytes = items+1, bytes+it.Size
		return nil
	}})
	if err == nil {
		sc.Progress.Total(items, bytes)
	}
}

// skip counts what was left alone: items as items, private folders as folders.
func (sc *scan) skip(s *scanner.Skip) {
	switch {
	case s.Folder && s.Why == scanner.SkipPrivate:
		sc.counts.private.Add(1)
	case !s.Folder:
		sc.counts.seen.Add(1)
		sc.counts.skipped.Add(1)
	}
}

// carry takes one item from walked to recorded. Its error ends the scan: it is
// the store's or the context's, never the item's.
func (sc *scan) carry(ctx context.Context, it scanner.Item) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if sc.Progress != nil {
		defer sc.Progress.Done(it.Size)
	}
	ref := sc.Keys.Ref(it.Source, it.ID)
	known, ok, err := sc.record.Known(ctx, ref)
	if err != nil {
		return err
	}
	if ok && !sc.Full && sc.upToDate(known, it) {
		sc.counts.unchanged.Add(1)
		return sc.record.Unchanged(ctx, ref, sc.Now())
	}
	judgements, err := sc.Store.FalsePositives(ctx, ref)
	if err != nil {
		return err
	}
	found := store.NewJudged(judgements)
	look, fail := sc.Item(ctx, sc.src, it, found)
	if err := ctx.Err(); err != nil {
		return err // what was half looked at is not recorded
	}
	if fail != nil && sc.fleeting && (errors.Is(fail, scanner.ErrChanged) || errors.Is(fail, scanner.ErrGone)) {
		return nil
	}
	if fail != nil {
		found = store.NewJudged(nil)
		found.Gap(*fail)
	}
	return sc.keep(ctx, ref, look.Item, look, &found.Collector, fail != nil)
}

// keep counts and records what examining an item gave.
func (sc *scan) keep(ctx context.Context, ref string, it scanner.Item, look Look, found *store.Collector, failed bool) error {
	now := sc.Now()
	f := store.Finding{
		Ref: ref, Item: it, SourceType: sc.sourceType, DocumentType: look.DocumentType, Failed: failed,
		Fingerprint: sc.fingerprint(it), FirstSeen: now, LastSeen: now, Examined: now,
	}
	if !failed {
		f.Ring = look.Ring
	}
	found.Into(&f)
	c := &sc.counts
	if failed {
		c.failed.Add(1)
	} else {
		c.scanned.Add(1)
		f.ContentMAC = sc.Keys.Content(look.Sum)
		for _, sum := range look.Copies {
			f.CopyKeys = append(f.CopyKeys, sc.Keys.Content(sum))
		}
	}
	if f.MatchCount() > 0 {
		c.findings.Add(1)
	}
	c.bytes.Add(look.Bytes)
	for _, n := range f.GapCounts {
		c.gaps.Add(n)
	}
	return sc.record.Record(ctx, f)
}

// upToDate reports whether an item that was examined before need not be opened.
// Whatever could not be examined is tried again in every scan.
func (sc *scan) upToDate(k store.Known, it scanner.Item) bool {
	return k.Version == it.Version && k.Fingerprint == sc.fingerprint(it) && k.Gaps == 0 && !k.Failed
}

// Fingerprint names what looked: when it changes, everything is looked at anew.
func (s *Scanner) Fingerprint() string {
	return s.Extractor.Fingerprint() + "/" + s.Detectors.Fingerprint()
}
