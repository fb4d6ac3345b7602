package erase_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// The simulation of a CCTV storage: store, schedule, decisions, plans and runs
// are the real ones; the storage, its eraser and the clock are make-believe.

// clip is a recording on the make-believe storage.
type clip struct {
	camera      string
	begin, done time.Time // it grows until then
	seen        string    // version that the last scan saw
}

// building is a storage with cameras, and the installation that watches it.
type building struct {
	t   testing.TB
	rng *rand.Rand

	source   string
	schedule *retention.Schedule
	period   time.Duration // the schedule's maximum
	margin   time.Duration
	step     time.Duration // between two sweeps

	now     time.Time     // the true time
	skew    time.Duration // how far slet's clock is off
	booted  time.Time     // when the computer was started
	clips   map[string]*clip
	cameras []*cam
	holds   []retention.Hold
	calm    int // something happens in one step of so many
	faults  int // one erasure in so many fails; 0 is none
	notice  erase.Notice

	dir   string
	store *store.Store
	log   *audit.Log

	erasing func() // is called after each erasure
	warned  bool   // the last sweep said that something waits
	byHand  map[string]bool
	erased  int
	waited  int
	sweeps  int
	history []string
}

// cam is a camera that records every interval while it is on.
type cam struct {
	name     string
	interval time.Duration
	length   time.Duration
	next     time.Time
	off      time.Time // silent until then
}

// fastDir is a folder in memory where there is one: what is simulated is time,
// not disks.
func fastDir(t testing.TB) string {
	if dir, err := os.MkdirTemp("/dev/shm", "slet-sim-"); err == nil {
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		return dir
	}
	return t.TempDir()
}

func (b *building) open() {
	b.t.Helper()
	var err error
	if b.store, err = store.Open(b.t.Context(), "sqlite:"+filepath.Join(b.dir, "slet.db")); err != nil {
		b.t.Fatal(err)
	}
	if b.log, err = audit.Open(filepath.Join(b.dir, "audit.jsonl")); err != nil {
		b.t.Fatal(err)
	}
}

func (b *building) close() {
	if err := errors.Join(b.store.Close(), b.log.Close()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *building) fatalf(format string, args ...any) {
	b.t.Helper()
	last := b.history[max(0, len(b.history)-40):]
	b.t.Fatalf("%s: "+format+"\n%s", append(append([]any{b.now.Format(time.RFC3339)}, args...), strings.Join(last, "\n"))...)
}

func (b *building) did(format string, args ...any) {
	b.history = append(b.history, b.now.Format("2006-01-02 15:04 ")+fmt.Sprintf(format, args...))
}

func (b *building) clock() time.Time { return b.now.Add(b.skew) }

func (b *building) runner() *erase.Runner {
	return &erase.Runner{
		Deps: erase.Deps{
			Store: b.store, Log: b.log, Schedule: b.schedule, Now: b.clock, Actor: "sim",
			Uptime: func() (string, time.Duration) { return b.booted.String(), b.now.Sub(b.booted) },
			MAC:    func(sum [32]byte) string { return hex.EncodeToString(sum[:]) }, Mask: func(s string) string { return s }, Notice: b.notice,
		},
		Erasers: map[string]erase.Eraser{b.source: b}, Enforce: true,
		Brakes: erase.Brakes{MaxPercent: 50, PercentFrom: 20},
	}
}

// record lets the cameras record up to now.
func (b *building) record() {
	for _, c := range b.cameras {
		for !c.next.After(b.now) {
			at := c.next
			c.next = at.Add(c.interval)
			if at.Before(c.off) {
				continue
			}
			b.clips[fmt.Sprintf("%s/%s.mp4", c.name, at.UTC().Format("20060102-150405"))] = &clip{camera: c.name, begin: at, done: at.Add(c.length)}
		}
	}
}

// item is a clip as the storage shows it at the true time.
func (b *building) item(path string) scanner.Item {
	c := b.clips[path]
	written := b.now
	if written.After(c.done) {
		written = c.done
	}
	size := int64(written.Sub(c.begin)/time.Minute) + 1
	return scanner.Item{
		Source: b.source, ID: path, Path: path, Kind: scanner.KindRecording, Size: size, Links: 1,
		Modified: written, Recorded: c.begin, End: c.begin.Add(written.Sub(c.begin)), Camera: c.camera, Dated: "name",
		Version: fmt.Sprintf("%d:%d", size, written.UnixNano()),
	}
}

func (b *building) content(path string) string {
	it := b.item(path)
	return strings.Repeat("v", int(it.Size%1000)) + it.Path
}

// scan records what there is, as agent does; a whole crawl also notices what
// is gone.
func (b *building) scan(whole bool) {
	b.t.Helper()
	must := func(err error) {
		b.t.Helper()
		if err != nil {
			b.fatalf("scan: %v", err)
		}
	}
	ctx := b.t.Context()
	sc, err := b.store.BeginScan(ctx, b.source, b.clock())
	must(err)
	for _, path := range b.paths() {
		it, ref := b.item(path), "i"+hash(b.source + path)[:12]
		c := b.clips[path]
		if c.seen == it.Version {
			if whole {
				must(sc.Unchanged(ctx, ref, b.clock()))
			}
			continue
		}
		c.seen = it.Version
		content := b.content(path)
		it.Size = int64(len(content))
		must(sc.Record(ctx, store.Finding{
			Ref: ref, Item: it, SourceType: "cctv", ContentMAC: b.mac(content),
			Fingerprint: "sim", FirstSeen: b.clock(), LastSeen: b.clock(), Examined: b.clock(),
		}))
	}
	must(sc.Finish(ctx, b.clock(), whole, store.Totals{Seen: int64(len(b.clips))}))
}

func (b *building) mac(content string) string {
	sum, _, err := scanner.Sample(b.t.Context(), strings.NewReader(content), int64(len(content)))
	if err != nil {
		b.fatalf("%v", err)
	}
	return hex.EncodeToString(sum[:])
}

func (b *building) paths() []string {
	paths := make([]string, 0, len(b.clips))
	for p := range b.clips {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Take implements erase.Eraser.
func (b *building) Take(_ context.Context, it scanner.Item) (erase.Target, error) {
	if b.clips[it.Path] == nil {
		return nil, scanner.ErrGone
	}
	if b.item(it.Path).Version != it.Version {
		return nil, scanner.ErrChanged
	}
	content := b.content(it.Path)
	return &take{ReaderAt: strings.NewReader(content), b: b, path: it.Path, size: int64(len(content))}, nil
}

// Resume implements erase.Eraser.
func (b *building) Resume(context.Context, erase.Warrant) (erase.Remains, erase.Receipt, error) {
	return erase.Untouched, erase.Receipt{}, nil
}

// take is a clip taken in hand.
type take struct {
	io.ReaderAt
	b    *building
	path string
	size int64
}

func (k *take) Size() int64  { return k.size }
func (k *take) Close() error { return nil }

// Erase takes the clip away, and holds slet to what it promises.
func (k *take) Erase(_ context.Context, w erase.Warrant) (erase.Receipt, error) {
	b := k.b
	if b.faults > 0 && b.rng.IntN(b.faults) == 0 {
		return erase.Receipt{}, fmt.Errorf("%w: the storage is busy", erase.ErrUntouched)
	}
	b.mayGo(k.path)
	r := erase.Receipt{Method: "sim", Assurance: erase.Overwritten, Bytes: k.size}
	if err := w.Destroyed(r); err != nil {
		return r, err
	}
	delete(b.clips, k.path)
	b.erased++
	if b.erasing != nil {
		b.erasing()
	}
	return r, nil
}

// mayGo fails the simulation if the clip must not be erased now.
func (b *building) mayGo(path string) {
	b.t.Helper()
	c := b.clips[path]
	// What the clock may be off before slet notices is erased early by as much.
	if early := c.begin.Add(b.period - b.margin).Sub(b.now); early > b.tolerance() {
		b.fatalf("%s is erased %s before its time", path, early)
	}
	if b.now.Before(c.done) {
		b.fatalf("%s is erased while it is being written", path)
	}
	if h := b.heldBy(c); h != "" {
		b.fatalf("%s is erased, and held by %s", path, h)
	}
	newest := true
	for _, other := range b.clips {
		newest = newest && (other.camera != c.camera || !other.begin.After(c.begin))
	}
	if newest && !b.byHand[path] {
		b.fatalf("%s is erased, the newest of its camera, and nobody said yes to that", path)
	}
}

// tolerance is how far a jump of the clock may make an erasure early: less than
// that is not noticed.
func (b *building) tolerance() time.Duration { return 3*time.Hour + b.step }

func (b *building) heldBy(c *clip) string {
	for _, h := range b.holds {
		if (h.Camera == "" || h.Camera == c.camera) && !c.begin.After(h.To) && !c.done.Before(h.From) {
			return h.ID
		}
	}
	return ""
}
