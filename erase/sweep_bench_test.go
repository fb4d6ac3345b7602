package erase_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// BenchmarkSweepDecisions decides about 1,000,000 recordings of 20 cameras, of
// which about 1,400 are due; SLET_BENCH_RECORDINGS changes how many there are.
func BenchmarkSweepDecisions(b *testing.B) {
	n := 1_000_000
	if s := os.Getenv("SLET_BENCH_RECORDINGS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	w := newBuilding(b, 1, "tv", simStart, 30, time.Hour, 12*time.Hour)
	w.dir = fastDir(b)
	w.open()
	defer w.close()
	sc, err := w.store.BeginScan(b.Context(), "tv", w.now)
	w.must(err)
	const cameras = 20
	each := n / cameras
	span := 30 * 24 * time.Hour / time.Duration(each)
	for i := range n {
		begin := w.now.Add(-29*24*time.Hour - 13*time.Hour + span*time.Duration(i/cameras))
		path := fmt.Sprintf("kam%d/%09d.mp4", i%cameras, i/cameras)
		w.must(sc.Record(b.Context(), store.Finding{
			Ref: fmt.Sprintf("i%012x", i), SourceType: "cctv", ContentMAC: "m", Fingerprint: "f", FirstSeen: begin, LastSeen: w.now, Examined: begin,
			Item: scanner.Item{
				Source: "tv", ID: path, Path: path, Kind: scanner.KindRecording, Size: 1 << 20, Links: 1, Modified: begin.Add(span),
				Recorded: begin, End: begin.Add(span), Camera: fmt.Sprint("kam", i%cameras), Dated: "name", Version: "v",
			},
		}))
	}
	w.must(sc.Finish(b.Context(), w.now, true, store.Totals{Seen: int64(n)}))
	due := 0
	for b.Loop() {
		s, err := erase.Select(b.Context(), w.runner().Deps, "tv")
		w.must(err)
		due = s.Items
	}
	b.ReportMetric(float64(due), "due")
}
