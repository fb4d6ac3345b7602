package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// day is a fixed moment; nothing here depends on the clock.
var day = time.Date(2026, 3, 14, 15, 9, 26, 535897932, time.UTC)

// eachEngine runs a test on each engine; dsn is that of an empty database.
func eachEngine(t *testing.T, f func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, sqliteDSN(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, testenv.Postgres(t)) })
}

func sqliteDSN(t *testing.T) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "slet.db")
}

// engines runs a test on an open empty database of each engine.
func engines(t *testing.T, f func(t *testing.T, s *Store)) {
	t.Helper()
	eachEngine(t, func(t *testing.T, dsn string) { f(t, openTest(t, dsn)) })
}

func openTest(t *testing.T, dsn string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// finding is item n of source, with nothing found in it.
func finding(source string, n int) Finding {
	id := fmt.Sprintf("Sager/%06d.txt", n)
	return Finding{
		Ref:        fmt.Sprintf("i%s%06x", source, n),
		Item:       scanner.Item{Source: source, ID: id, Path: id, Kind: scanner.KindFile, Size: int64(n), Version: "v1"},
		SourceType: "files", Fingerprint: "fp", LastSeen: day, FirstSeen: day, Examined: day,
	}
}

// rich is a finding with every field set, and names that are no text.
func rich() Finding {
	return Finding{
		Ref: "i0123456789ab",
		Item: scanner.Item{
			Source: "s", ID: "a/\xff\xfe\x01.txt", Path: "a/ÿ\xff.txt", Kind: scanner.KindMessage, Size: 1 << 40, Links: 3,
			Created: day, Modified: day.Add(time.Nanosecond), Received: time.Unix(0, 0).UTC(), Recorded: day.AddDate(-40, 0, 0),
			Mailbox: "anna@example.dk", Version: "1:2:\x00:3",
			Camera: "Indgang \xff", End: day.AddDate(-40, 0, 0).Add(time.Second), Dated: "container", Doubt: "name and container differ", Owner: "KOMMUNE\\hanne",
		},
		SourceType: "files", DocumentType: "mus", CopyKeys: []string{"k1", "k2"},
		Matches: []detectors.Match{
			{Detector: "cpr", Category: "cpr", Where: "side 3", Start: 1 << 33, Value: "010758-••••", Confidence: detectors.Confirmed, Reasons: []string{"mod11", "label:cpr-nr"}, Subject: "p2"},
			{Detector: "cpr", Category: "cpr", Where: "Ark1!B7", Value: "150370-••••", Confidence: detectors.Possible, Subject: "p1"},
			{Detector: "helbred", Category: "art9", Value: "diagnose", Confidence: detectors.Possible, Reasons: []string{"near:læge"}},
		},
		Gaps: []scanner.Gap{
			{Path: "a/ÿ\xff.txt", Where: "vedhæftning x.zip", Reason: scanner.Encrypted, Err: errors.New("needs a password")},
			{Path: "a/ÿ\xff.txt", Where: "side 9", Reason: scanner.Corrupt, Err: errors.New("bad stream")},
		},
		Failed: true, ContentMAC: "c0ffee", Fingerprint: "fp", FirstSeen: day, LastSeen: day.Add(time.Hour), Examined: day.Add(time.Minute),
	}
}

// sameError compares the causes of gaps by their text: that is what is stored.
var sameError = cmp.Comparer(func(a, b error) bool { return fmt.Sprint(a) == fmt.Sprint(b) })

func diffFindings(want, got any) string {
	return cmp.Diff(want, got, sameError, cmpopts.IgnoreUnexported(detectors.Match{}), cmpopts.EquateEmpty())
}

// record scans source and records the findings; complete ends the scan as such.
func record(t *testing.T, s *Store, source string, complete bool, findings ...Finding) {
	t.Helper()
	sc := begin(t, s, source)
	for _, f := range findings {
		if err := sc.Record(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	finish(t, sc, complete)
}

func begin(t *testing.T, s *Store, source string) *Scan {
	t.Helper()
	sc, err := s.BeginScan(t.Context(), source, day)
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

func finish(t *testing.T, sc *Scan, complete bool) {
	t.Helper()
	if err := sc.Finish(t.Context(), day.Add(time.Hour), complete, Totals{Seen: 1, Scanned: 2, Unchanged: 3, Skipped: 4, Failed: 5, Gaps: 6, PrivateFolders: 7, Bytes: 8, Findings: 9}); err != nil {
		t.Fatal(err)
	}
}

// all returns the findings for a filter.
func all(t *testing.T, s *Store, filter Filter) []Finding {
	t.Helper()
	var list []Finding
	for f, err := range s.Findings(t.Context(), filter) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, f)
	}
	return list
}

func refs(list []Finding) []string {
	var out []string
	for _, f := range list {
		out = append(out, f.Ref)
	}
	return out
}

// wantErr fails unless err wraps the sentinel and is one line.
func wantErr(t *testing.T, err, sentinel error) {
	t.Helper()
	if !errors.Is(err, sentinel) {
		t.Errorf("error is %v, want one that wraps %q", err, sentinel)
	}
	if err != nil && slices.ContainsFunc([]rune(err.Error()), func(r rune) bool { return r == '\n' || r == '\r' }) {
		t.Errorf("error has more than one line: %q", err)
	}
}

func TestFindingRoundTrip(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		f := rich()
		record(t, s, "s", true, f)
		want := f
		want.Counts = []Count{
			{"cpr", "cpr", detectors.Confirmed, 1}, {"cpr", "cpr", detectors.Possible, 1}, {"helbred", "art9", detectors.Possible, 1},
		}
		want.Subjects = []string{"p1", "p2"}
		want.GapCounts = map[scanner.Reason]int64{scanner.Encrypted: 1, scanner.Corrupt: 1}
		got, err := s.Finding(t.Context(), f.Ref)
		if err != nil {
			t.Fatal(err)
		}
		if d := diffFindings(want, got); d != "" {
			t.Errorf("Finding (-want +got):\n%s", d)
		}
		want.CopyKeys = nil // of one finding only
		if d := diffFindings([]Finding{want}, all(t, s, Filter{WithMatches: true, WithGaps: true})); d != "" {
			t.Errorf("Findings (-want +got):\n%s", d)
		}
		want.Matches, want.Gaps = nil, nil
		if d := diffFindings([]Finding{want}, all(t, s, Filter{})); d != "" {
			t.Errorf("Findings without the lists (-want +got):\n%s", d)
		}
	})
}

func TestScanRoundTrip(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		sc := begin(t, s, "s")
		if list, err := s.Scans(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("a scan that runs is listed: %v, %v", list, err)
		}
		finish(t, sc, true)
		want := []ScanRecord{{
			ID: sc.ID(), Source: "s", Started: day, Finished: day.Add(time.Hour), Complete: true,
			Totals: Totals{Seen: 1, Scanned: 2, Unchanged: 3, Skipped: 4, Failed: 5, Gaps: 6, PrivateFolders: 7, Bytes: 8, Findings: 9},
		}}
		got, err := s.Scans(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("Scans (-want +got):\n%s", d)
		}
	})
}
