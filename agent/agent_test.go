package agent

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/extract"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// fakeSource is a source in memory whose places and items can fail in every way
// that a real one does. Real sources are held to package scannertest; this one
// shows what the agent makes of them.
type fakeSource struct {
	items   []fakeItem
	gaps    []*scanner.Gap
	skips   []*scanner.Skip
	walkErr error // ends the walk after the items
	opened  atomic.Int64
	onOpen  func()
}

type fakeItem struct {
	path, text string
	version    string
	openErr    error
	readErr    error
	recheckErr error
}

func (s *fakeSource) Name() string { return "fake" }
func (s *fakeSource) Close() error { return nil }

func (s *fakeSource) Partitions(context.Context) ([]scanner.Partition, error) {
	return []scanner.Partition{{ID: "all"}}, nil
}

func (s *fakeSource) Walk(ctx context.Context, _ scanner.Partition) iter.Seq2[scanner.Item, error] {
	return func(yield func(scanner.Item, error) bool) {
		for _, g := range s.gaps {
			if !yield(scanner.Item{}, g) {
				return
			}
		}
		for _, k := range s.skips {
			if !yield(scanner.Item{}, k) {
				return
			}
		}
		for _, it := range s.items {
			if err := ctx.Err(); err != nil {
				yield(scanner.Item{}, err)
				return
			}
			if !yield(scanner.Item{Source: "fake", ID: it.path, Path: it.path, Kind: scanner.KindFile, Size: int64(len(it.text)), Version: it.version}, nil) {
				return
			}
		}
		if s.walkErr != nil {
			yield(scanner.Item{}, s.walkErr)
		}
	}
}

func (s *fakeSource) Open(_ context.Context, it scanner.Item) (scanner.File, error) {
	s.opened.Add(1)
	if s.onOpen != nil {
		s.onOpen()
	}
	i := slices.IndexFunc(s.items, func(f fakeItem) bool { return f.path == it.ID })
	if i < 0 {
		return nil, fmt.Errorf("open %s: %w", it.ID, scanner.ErrGone)
	}
	f := s.items[i]
	if f.openErr != nil {
		return nil, f.openErr
	}
	return &fakeFile{bytes.NewReader([]byte(f.text)), f}, nil
}

type fakeFile struct {
	*bytes.Reader
	it fakeItem
}

func (f *fakeFile) ReadAt(p []byte, off int64) (int, error) {
	if f.it.readErr != nil && off == 0 {
		return 0, f.it.readErr
	}
	return f.Reader.ReadAt(p, off)
}
func (f *fakeFile) Close() error   { return nil }
func (f *fakeFile) Recheck() error { return f.it.recheckErr }

// fakeKeys are keyed names without a secret, for tests only.
type fakeKeys struct{}

func (fakeKeys) Ref(source, id string) string {
	sum := sha256.Sum256([]byte(source + "\x00" + id))
	return "i" + hex.EncodeToString(sum[:6])
}
func (fakeKeys) Content(sum [32]byte) string { return "c" + hex.EncodeToString(sum[:8]) }

func newScanner(t *testing.T) *Scanner {
	t.Helper()
	st, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "slet.db"))
	if err != nil {
		t.Fatal(err)
	}
	engine, err := detectors.New(detectors.Options{
		Subject: func(cpr string) string { return "p" + cpr[:6] },
		Key:     func(detector, value string) string { return "v" + value[:6] },
	})
	if err != nil {
		t.Fatal(err)
	}
	x := extract.New(extract.Options{})
	t.Cleanup(func() {
		if err := errors.Join(x.Close(), st.Close()); err != nil {
			t.Error(err)
		}
	})
	return &Scanner{
		Looker: Looker{Extractor: x, Detectors: engine},
		Store:  st, Keys: fakeKeys{}, Now: time.Now, Workers: 4,
	}
}

func findings(t *testing.T, s *Scanner) map[string]store.Finding {
	t.Helper()
	all := map[string]store.Finding{}
	for f, err := range s.Store.Findings(t.Context(), store.Filter{WithMatches: true, WithGaps: true}) {
		if err != nil {
			t.Fatal(err)
		}
		all[f.Item.Path] = f
	}
	return all
}

// TestEveryItemEndsInOnePlace: whatever happens to an item, it is counted
// exactly once, and what could not be examined is a gap in the store.
func TestEveryItemEndsInOnePlace(t *testing.T) {
	s := newScanner(t)
	src := &fakeSource{
		items: []fakeItem{
			{path: "fund.txt", text: "CPR 150370-5008", version: "1"},
			{path: "ren.txt", text: "ingen", version: "1"},
			{path: "naegtet.txt", version: "1", openErr: &fs.PathError{Op: "open", Path: "naegtet.txt", Err: fs.ErrPermission}},
			{path: "fejl.txt", text: "CPR 150370-5008", version: "1", readErr: errors.New("input/output error")},
			{path: "skiftet.txt", text: "CPR 150370-5008", version: "1", recheckErr: fmt.Errorf("while reading: %w", scanner.ErrChanged)},
			{path: "væk.txt", version: "1", openErr: fmt.Errorf("open: %w", scanner.ErrGone)},
			{path: "laast.zip", text: "PK\x03\x04 afbrudt", version: "1"},
		},
		gaps: []*scanner.Gap{{Path: "lukket", Reason: scanner.Denied, Err: fs.ErrPermission}},
		skips: []*scanner.Skip{
			{Why: scanner.SkipPrivate, Folder: true}, {Name: "link", Why: scanner.SkipLink}, {Name: "gammelt", Why: scanner.SkipExcluded, Folder: true},
		},
	}
	got, err := s.Scan(t.Context(), src, "files")
	if err != nil {
		t.Fatal(err)
	}
	want := store.Totals{Seen: 8, Scanned: 3, Skipped: 1, Failed: 4, Gaps: 6, PrivateFolders: 1, Findings: 1, Bytes: got.Bytes}
	if got != want {
		t.Errorf("totals\n got %+v\nwant %+v", got, want)
	}
	if got.Seen != got.Scanned+got.Unchanged+got.Skipped+got.Failed {
		t.Errorf("the counts do not add up: %+v", got)
	}
	all := findings(t, s)
	for path, reason := range map[string]scanner.Reason{
		"naegtet.txt": scanner.Denied, "fejl.txt": scanner.IO, "skiftet.txt": scanner.IO, "væk.txt": scanner.IO, "laast.zip": scanner.Corrupt,
	} {
		f := all[path]
		if len(f.Gaps) != 1 || f.Gaps[0].Reason != reason {
			t.Errorf("%s: gaps %v, want one that says %s", path, f.Gaps, reason)
		}
		if failed := path != "laast.zip"; f.Failed != failed {
			t.Errorf("%s: failed is %t", path, f.Failed)
		}
		if f.Failed && (len(f.Matches) > 0 || f.ContentMAC != "") {
			t.Errorf("%s failed, and yet what was read of it counts: %+v", path, f)
		}
	}
	if f := all["fund.txt"]; len(f.Matches) != 1 || f.Failed || f.ContentMAC == "" || len(f.Subjects) != 1 {
		t.Errorf("fund.txt: %+v", f)
	}
	places, err := s.Store.PlaceGaps(t.Context(), "fake")
	if err != nil || len(places) != 1 || places[0].Reason != scanner.Denied {
		t.Errorf("place gaps %v, %v", places, err)
	}
}

// TestFailuresAreTriedAgain: only what was examined without a gap, in this very
// version and by these very detectors, is left alone by the next scan.
func TestFailuresAreTriedAgain(t *testing.T) {
	s := newScanner(t)
	src := &fakeSource{items: []fakeItem{
		{path: "ok.txt", text: "x", version: "1"},
		{path: "fejl.txt", text: "x", version: "1", openErr: errors.New("server gone")},
		{path: "gab.zip", text: "PK\x03\x04 afbrudt", version: "1"},
		{path: "ny.txt", text: "x", version: "1"},
	}}
	scan := func(want store.Totals) {
		t.Helper()
		got, err := s.Scan(t.Context(), src, "files")
		if err != nil {
			t.Fatal(err)
		}
		got.Bytes, got.Gaps = 0, 0
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	scan(store.Totals{Seen: 4, Scanned: 3, Failed: 1})
	src.items[3].version = "2"
	scan(store.Totals{Seen: 4, Scanned: 2, Unchanged: 1, Failed: 1})
	src.items[1].openErr = nil
	scan(store.Totals{Seen: 4, Scanned: 2, Unchanged: 2})
	s.Extractor = extract.New(extract.Options{PDF: "light"})
	scan(store.Totals{Seen: 4, Scanned: 4})
	s.Full = true
	scan(store.Totals{Seen: 4, Scanned: 4})
}

// TestBrokenWalkLosesNothing: a walk that ends early takes nothing out of the
// inventory, and says so.
func TestBrokenWalkLosesNothing(t *testing.T) {
	s := newScanner(t)
	src := &fakeSource{items: []fakeItem{{path: "a", text: "CPR 150370-5008", version: "1"}, {path: "b", text: "x", version: "1"}}}
	if _, err := s.Scan(t.Context(), src, "files"); err != nil {
		t.Fatal(err)
	}
	src.items, src.walkErr = src.items[:1], errors.New("connection lost")
	if _, err := s.Scan(t.Context(), src, "files"); err == nil || !strings.Contains(err.Error(), "connection lost") {
		t.Errorf("error %v, want the walk's", err)
	}
	if all := findings(t, s); len(all) != 2 {
		t.Errorf("%d items in the inventory after a broken walk, want 2", len(all))
	}
	src.walkErr = nil
	if _, err := s.Scan(t.Context(), src, "files"); err != nil {
		t.Fatal(err)
	}
	if all := findings(t, s); len(all) != 1 {
		t.Errorf("%d items in the inventory after a whole walk, want 1", len(all))
	}
}

// TestLossIsDoubted: a share that is not mounted looks like an empty folder, or
// like what lies below the mount point. Nothing is taken to be gone then, until
// somebody says that it is.
func TestLossIsDoubted(t *testing.T) {
	s := newScanner(t)
	src := &fakeSource{}
	scan := func(want error, left int) {
		t.Helper()
		if _, err := s.Scan(t.Context(), src, "files"); !errors.Is(err, want) {
			t.Errorf("error %v, want %v", err, want)
		}
		if all := findings(t, s); len(all) != left {
			t.Errorf("%d items in the inventory, want %d", len(all), left)
		}
	}
	scan(nil, 0)
	for i := range 60 {
		src.items = append(src.items, fakeItem{path: fmt.Sprintf("%02d", i), text: "x", version: "1"})
	}
	all := src.items
	scan(nil, 60)
	src.items = nil
	scan(ErrLost, 60)
	src.items = []fakeItem{{path: "læsmig.txt", text: "monter drevet her", version: "1"}}
	scan(ErrLost, 61)
	src.items = all[:50]
	scan(nil, 50)
	src.items = all[:5]
	scan(ErrLost, 50)
	s.AcceptLoss = true
	scan(nil, 5)
}

// TestGapKeepsItsItems: what lies at or below a place that could not be looked
// into is not taken to be gone; what lies beside it is.
func TestGapKeepsItsItems(t *testing.T) {
	s := newScanner(t)
	src := &fakeSource{}
	for _, p := range []string{"a/x", "a/b/y", "a.txt", "a0", "b/z", "c"} {
		src.items = append(src.items, fakeItem{path: p, text: "x", version: "1"})
	}
	if _, err := s.Scan(t.Context(), src, "files"); err != nil {
		t.Fatal(err)
	}
	src.items = src.items[4:5]
	src.gaps = []*scanner.Gap{{Path: "a", Reason: scanner.Denied, Err: fs.ErrPermission}}
	if _, err := s.Scan(t.Context(), src, "files"); err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(findings(t, s)))
	if want := []string{"a/b/y", "a/x", "b/z"}; !slices.Equal(got, want) {
		t.Errorf("the inventory holds %v, want %v", got, want)
	}
}

// TestFalsePositiveSurvives: what a person judged to be no personal data stays
// away through every later scan, in that item only, until it is taken back.
func TestFalsePositiveSurvives(t *testing.T) {
	s := newScanner(t)
	src := &fakeSource{items: []fakeItem{
		{path: "a", text: "CPR 150370-5008 og CPR 010758-5001", version: "1"}, {path: "b", text: "CPR 150370-5008", version: "1"},
	}}
	scan := func(a, b int) {
		t.Helper()
		if _, err := s.Scan(t.Context(), src, "files"); err != nil {
			t.Fatal(err)
		}
		all := findings(t, s)
		if len(all["a"].Matches) != a || len(all["a"].Subjects) != a || len(all["b"].Matches) != b {
			t.Errorf("%d and %d matches, want %d and %d", len(all["a"].Matches), len(all["b"].Matches), a, b)
		}
	}
	scan(2, 1)
	m := findings(t, s)["a"].Matches[0]
	judged := store.FalsePositive{Ref: fakeKeys{}.Ref("fake", "a"), Detector: m.Detector, Key: m.Key, Value: m.Value, Person: "DPO", Judged: time.Now()}
	if err := s.Store.AddFalsePositive(t.Context(), judged); err != nil {
		t.Fatal(err)
	}
	scan(1, 1)
	s.Full = true
	scan(1, 1)
	src.items[0].version = "2"
	scan(1, 1)
	s.Full = false
	if err := s.Store.RemoveFalsePositive(t.Context(), judged.Ref, judged.Detector, judged.Key); err != nil {
		t.Fatal(err)
	}
	scan(2, 1)
}

// TestStopsWhenAsked: cancelling ends the scan with the context's error;
// nothing half looked at is recorded.
func TestStopsWhenAsked(t *testing.T) {
	s := newScanner(t)
	s.Workers = 1
	src := &fakeSource{}
	for i := range 1000 {
		src.items = append(src.items, fakeItem{path: fmt.Sprintf("%04d", i), text: "CPR 150370-5008", version: "1"})
	}
	ctx, cancel := context.WithCancel(t.Context())
	src.onOpen = func() {
		if src.opened.Load() == 10 {
			cancel()
		}
	}
	if _, err := s.Scan(ctx, src, "files"); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	if n := src.opened.Load(); n > 20 {
		t.Errorf("%d items were opened after the cancellation at the tenth", n)
	}
	for path, f := range findings(t, s) {
		if f.Failed || len(f.Matches) != 1 {
			t.Errorf("%s was recorded half looked at: %+v", path, f)
		}
	}
}

// TestWorkersAreBounded: never more items are carried at once than were asked for.
func TestWorkersAreBounded(t *testing.T) {
	s := newScanner(t)
	s.Workers = 3
	var mu sync.Mutex
	var now, most int
	src := &fakeSource{}
	for i := range 50 {
		src.items = append(src.items, fakeItem{path: fmt.Sprint(i), text: "x", version: "1"})
	}
	src.onOpen = func() {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		time.Sleep(time.Millisecond)
		mu.Lock()
		now--
		mu.Unlock()
	}
	if _, err := s.Scan(t.Context(), src, "files"); err != nil {
		t.Fatal(err)
	}
	if most > 3 || most < 2 {
		t.Errorf("%d items were carried at once, want 3 at most and more than 1", most)
	}
}

// TestNothingPersonalInGaps: errors quote paths and content; what is stored of
// them is masked.
func TestNothingPersonalInGaps(t *testing.T) {
	s := newScanner(t)
	src := &fakeSource{
		items: []fakeItem{{path: "120170-8709.txt", version: "1", openErr: errors.New("open 120170-8709.txt: broken")}},
		gaps:  []*scanner.Gap{{Path: "mappe", Reason: scanner.IO, Err: errors.New("list 120170-8709: broken")}},
	}
	if _, err := s.Scan(t.Context(), src, "files"); err != nil {
		t.Fatal(err)
	}
	places, err := s.Store.PlaceGaps(t.Context(), "fake")
	if err != nil {
		t.Fatal(err)
	}
	gaps := slices.Concat(places, findings(t, s)["120170-8709.txt"].Gaps)
	if len(gaps) != 2 {
		t.Fatalf("%d gaps, want 2", len(gaps))
	}
	for _, g := range gaps {
		if strings.Contains(g.Err.Error(), "8709") {
			t.Errorf("a stored error carries a number: %v", g.Err)
		}
	}
}

// TestPanicCostsTheItem: a parser or detector that panics costs its item, and
// what the panic said, which may quote content, is not repeated.
func TestPanicCostsTheItem(t *testing.T) {
	s := newScanner(t)
	var parsed store.Collector
	if _, err := s.Text(t.Context(), "a", panickingReader{}, 100, &parsed); err != nil {
		t.Errorf("a panic while reading: %v, want a gap", err)
	}
	var f store.Finding
	if parsed.Into(&f); len(f.Gaps) == 0 || strings.Contains(f.Gaps[0].Err.Error(), "5008") {
		t.Errorf("a panic while reading gave the gaps %v, want one that quotes nothing", f.Gaps)
	}
	var c store.Collector
	_, err := s.Text(t.Context(), "a", strings.NewReader("CPR 150370-5008"), 15, panickingResults{&c})
	if err == nil || !strings.Contains(err.Error(), "panic in") || strings.Contains(err.Error(), "150370") {
		t.Errorf("error %v, want one that names the function and quotes nothing", err)
	}
}

type panickingReader struct{}

func (panickingReader) ReadAt([]byte, int64) (int, error) { panic("150370-5008") }

type panickingResults struct{ *store.Collector }

func (panickingResults) Match(detectors.Match) { panic("150370-5008") }

// TestProgress: everything that is counted beforehand is reported as done.
func TestProgress(t *testing.T) {
	s := newScanner(t)
	src := &fakeSource{}
	for i := range 20 {
		src.items = append(src.items, fakeItem{path: fmt.Sprint(i), text: "tekst", version: "1"})
	}
	var p watching
	s.Progress, s.CountFirst = &p, true
	if _, err := s.Scan(t.Context(), src, "files"); err != nil {
		t.Fatal(err)
	}
	if p.done.Load() != 20 || p.bytes.Load() != 100 {
		t.Errorf("%d items and %d bytes were reported as done, want 20 and 100", p.done.Load(), p.bytes.Load())
	}
	if items := p.items.Load(); items != 0 && items != 20 { // the count may lose the race against so short a scan
		t.Errorf("%d items were counted, want 20", items)
	}
}

type watching struct{ items, done, bytes atomic.Int64 }

func (w *watching) Total(items, _ int64) { w.items.Store(items) }
func (w *watching) Done(bytes int64)     { w.done.Add(1); w.bytes.Add(bytes) }
