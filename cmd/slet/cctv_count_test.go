package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/cctvgen"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// tvSchedule is that of most organisations: recordings go after 30 days, and
// there are rules about other things that recordings could be.
const tvSchedule = `version: test-1
rules:
  - {id: TV, match: {source_type: [cctv]}, trigger: recorded, delete_after: P30D, action: erase}
  - {id: SPOOL, match: {path: ["**/*.spl"]}, trigger: modified, delete_after: P1D, action: erase}
  - {id: CV, match: {document_type: [cv]}, trigger: modified, delete_after: P6M, action: erase}
  - {id: PERS, match: {path: ["**/Personale/**"]}, trigger: "event:fratraedelse", delete_after: P5Y, keep_until: {trigger: "event:fratraedelse", period: P5Y}, action: erase}
`

// cctvHouse is an installation with one source of recordings.
type cctvHouse struct {
	dir string
}

func newCCTVHouse(t testing.TB, layout string, files []cctvgen.File) cctvHouse {
	t.Helper()
	dir := t.TempDir()
	h := cctvHouse{dir}
	if err := cctvgen.Write(filepath.Join(dir, "kameraer"), files, nil); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"slet.yaml":     "sources: [{name: tv, type: cctv, path: kameraer, cctv: {layout: " + layout + "}}]\n",
		"schedule.yaml": tvSchedule,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func (h cctvHouse) slet(t testing.TB, want int, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), append([]string{"--config", filepath.Join(h.dir, "slet.yaml")}, args...), strings.NewReader(""), &out, &errs); code != want {
		t.Fatalf("slet %s ended with %d, want %d:\n%s%s", strings.Join(args, " "), code, want, out.String(), errs.String())
	}
	return out.String()
}

func (h cctvHouse) status(t testing.TB, want int) map[string]report.CameraStatus {
	t.Helper()
	all := map[string]report.CameraStatus{}
	dec := json.NewDecoder(strings.NewReader(h.slet(t, want, "--json", "cctv", "status")))
	for dec.More() {
		var c report.CameraStatus
		if err := dec.Decode(&c); err != nil {
			t.Fatal(err)
		}
		if _, twice := all[c.Camera]; twice {
			t.Errorf("camera %q is told of twice", c.Camera)
		}
		all[c.Camera] = c
	}
	return all
}

// ring is what a camera with a ring has left: a segment an hour for days up to
// now, with two days without any.
func ring(now time.Time, days int, locked uint16) []cctvgen.File {
	var files []cctvgen.RingFile
	var newest time.Time
	out := []cctvgen.File{{Path: "hal/info.bin", Modified: now.AddDate(0, 0, -days), Content: "bin"}}
	for d := days; d > 0; d-- {
		if d == 5 || d == 6 {
			continue
		}
		f := cctvgen.RingFile{Channel: 1}
		if d == days {
			f.Locked = locked
		}
		for hour := range 24 {
			begin := now.Add(time.Duration(-24*d+hour) * time.Hour)
			newest = begin.Add(50 * time.Minute)
			f.Segments = append(f.Segments, cctvgen.RingSegment{Begin: begin, End: newest, To: 1000})
		}
		// Its own date says nothing: the file was filled in advance long ago.
		out = append(out, cctvgen.File{Path: fmt.Sprintf("hal/datadir0/hiv%05d.mp4", len(files)), Modified: now.AddDate(0, 0, -90), Content: "bin"})
		files = append(files, f)
	}
	return append(out, cctvgen.File{Path: "hal/datadir0/index00.bin", Modified: newest, Data: cctvgen.RingIndex(files, nil)})
}

// TestRingStatus: of a ring, its own list says what is overdue; nothing of it is
// ever planned, and a list that cannot be read is never taken to be in order.
func TestRingStatus(t *testing.T) {
	at := now().Truncate(time.Hour)
	tree := ring(at, 40, 2)
	h := newCCTVHouse(t, "auto", tree)
	h.slet(t, 0, "scan")
	c := h.status(t, 3)["hal"]
	// 40 days less two, of which those beyond 30 days are over, to the hour.
	if c.Recordings != 38*24 || c.Bytes != 38*24*1000 || c.Over < 10*24 || c.Over > 10*24+2 || c.OverBytes != int64(c.Over)*1000 || c.InDoubt != 0 ||
		c.Locked != 2 || !c.Ring || c.Unread || c.Unclear || c.Orphans != 0 || len(c.Gaps) != 1 || !c.Oldest.Equal(at.AddDate(0, 0, 0).Add(-40*24*time.Hour)) {
		t.Errorf("%+v", c)
	}
	if text := h.slet(t, 3, "cctv", "status"); !strings.Contains(text, "ring") || !strings.Contains(text, at.Add(-40*24*time.Hour).In(retention.Zone()).Format("2006-01-02")) {
		t.Errorf("the table does not tell:\n%s", text)
	}
	h.slet(t, 0, "plan")
	if plans := h.slet(t, 0, "--json", "plans"); plans != "" {
		t.Errorf("something of a ring was planned: %s", plans)
	}

	// The list is damaged: what can be read of it counts, and so do the files.
	last := tree[len(tree)-1]
	last.Data = last.Data[:len(last.Data)-20480]
	if err := cctvgen.Write(filepath.Join(h.dir, "kameraer"), []cctvgen.File{last}, nil); err != nil {
		t.Fatal(err)
	}
	h.slet(t, 3, "scan")
	if c := h.status(t, 3)["hal"]; !c.Unread || c.Over < 10*24+38 || c.InDoubt < 38 || c.Locked != 2 {
		t.Errorf("with a damaged list: %+v", c)
	}
	// Of a list that is not read whole nobody can say that all is in order, young
	// as all is that it tells of.
	young := ring(at, 3, 0)
	for i := range young {
		young[i].Modified = at
	}
	last = young[len(young)-1]
	last.Data = last.Data[:len(last.Data)-20480]
	y := newCCTVHouse(t, "auto", append(young[:len(young)-1:len(young)-1], last))
	y.slet(t, 3, "scan")
	if c := y.status(t, 3)["hal"]; !c.Unread || c.Over != 0 {
		t.Errorf("a damaged list of young recordings: %+v", c)
	}
	// There is none at all.
	if err := os.Remove(filepath.Join(h.dir, "kameraer", "hal", "datadir0", "index00.bin")); err != nil {
		t.Fatal(err)
	}
	h.slet(t, 0, "scan")
	if c := h.status(t, 3)["hal"]; c.Ring || c.InDoubt < 38 || c.Orphans < 38 {
		t.Errorf("without a list: %+v", c)
	}
}

// TestForgottenRecordings: what a recorder's own erasing does not see is seen
// here, and told of: exports, snapshots, previews and thumbnails, recordings of a
// camera that has another name now, and what nobody knows.
func TestForgottenRecordings(t *testing.T) {
	at := now().Truncate(time.Hour)
	old, young := at.Add(-40*24*time.Hour), at.Add(-2*24*time.Hour)
	frigate := func(camera string, from time.Time, n int) []cctvgen.File {
		tree, err := cctvgen.Tree("frigate", cctvgen.Options{Cameras: []string{camera}, From: from, To: from.Add(time.Duration(n-1) * time.Minute), Every: time.Minute, Length: 50 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		return tree
	}
	local := func(t time.Time) string { return t.In(retention.Zone()).Format("20060102_150405") }
	files := slices.Concat(frigate("hal", young, 4), frigate("gammelt_navn", old, 3), []cctvgen.File{
		{Path: fmt.Sprintf("exports/hal_%s-%s_x1y2z3.mp4", local(old), local(old.Add(time.Minute))), Modified: old, Content: "mp4", Stamp: old},
		{Path: fmt.Sprintf("clips/hal-%d.123456-a1b2c3.jpg", old.Unix()), Modified: old, Content: "jpg"},
		{Path: fmt.Sprintf("clips/hal-%d.123456-a1b2c3-clean.webp", old.Unix()), Modified: old, Content: "webp"},
		{Path: fmt.Sprintf("clips/previews/hal/%d.1-%d.2.mp4", old.Unix(), old.Unix()+3600), Modified: old, Content: "mp4", Stamp: old},
		{Path: fmt.Sprintf("clips/thumbs/hal/%d.123456-a1b2c3.webp", old.Unix()), Modified: old, Content: "webp"},
		{Path: fmt.Sprintf("clips/review/thumb-hal-%d.123456-a1b2c3.webp", old.Unix()), Modified: old, Content: "webp"},
		{Path: "exports/til politiet.mp4", Modified: old, Content: "mp4"},
		{Path: "gemt/hal.avi", Modified: old, Content: "avi"},
	})
	h := newCCTVHouse(t, "frigate", files)
	h.slet(t, 0, "scan")
	all := h.status(t, 3)
	if c := all["hal"]; c.Over != 6 || c.InDoubt != 0 || c.Recordings != 10 {
		t.Errorf("hal: %+v", c)
	}
	if c := all["gammelt_navn"]; c.Over != 3 || c.SilentSince == nil {
		t.Errorf("the camera that has another name now: %+v", c)
	}
	if c := all[""]; c.Over != 2 || c.Orphans != 2 || c.InDoubt != 2 {
		t.Errorf("what nobody knows: %+v", c)
	}
	list := h.slet(t, 3, "--json", "cctv", "overdue")
	for _, f := range files {
		if told := strings.Contains(list, `"path":"`+f.Path+`"`); told == f.Begin.Equal(young) && !strings.Contains(f.Path, "recordings/") || !told && f.Modified.Before(young) {
			t.Errorf("%s is in the list: %t\n%s", f.Path, told, list)
		}
	}
	if n := strings.Count(list, "\n"); n != 11 {
		t.Errorf("%d are listed, want 11:\n%s", n, list)
	}
}

// TestStatusCountsTogether: counting by the hour gives what asking about every
// recording gives, whatever the recordings, the holds and the schedule.
func TestStatusCountsTogether(t *testing.T) {
	h := newCCTVHouse(t, "motioneye", nil)
	h.slet(t, 0, "hold", "list") // makes the store
	c := &cli{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, configPath: filepath.Join(h.dir, "slet.yaml")}
	a, err := c.openApp(t.Context(), writing)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	r := rand.New(rand.NewPCG(7, 7))
	edge := now().AddDate(0, 0, -30)
	var list []store.Finding
	for i := range 3000 {
		begin := edge.Add(time.Duration(r.IntN(72*60)-36*60) * time.Minute)
		f := cameraFinding(i, fmt.Sprint("kam", r.IntN(3)), begin, begin.Add(time.Minute))
		switch r.IntN(30) {
		case 0:
			f.Item.Doubt = "who knows"
		case 1, 6, 7, 8, 9, 10, 11, 12:
			f.Item.Dated = scanner.DatedModified
		case 2:
			f.Item.Path = "Personale/" + f.Item.Path
		case 3:
			f.DocumentType = "cv"
		case 4:
			f.Item.Recorded, f.Item.Dated, f.FirstSeen = time.Time{}, "", begin
		case 5:
			f.Item.Camera = ""
		}
		list = append(list, f)
	}
	recordAll(t, a.store, list)
	for i, hold := range []retention.Hold{
		{}, // none
		{Camera: "kam1", From: edge.Add(-3 * time.Hour), To: edge.Add(-2 * time.Hour)},
		{Source: "tv", Path: "kam2/*7.mp4"},
		{Camera: "kam0"},
		{From: edge.Add(-90 * time.Minute)},
	} {
		if i > 0 {
			hold.ID, hold.Reason, hold.Created = fmt.Sprint("H", i), "sag", now()
			if err := a.store.AddHold(t.Context(), hold); err != nil {
				t.Fatal(err)
			}
		}
		counted, one := counts(t, a, false), counts(t, a, true)
		if !reflect.DeepEqual(counted, one) {
			t.Errorf("with hold %d:\nby the hour %+v\none by one  %+v", i, counted, one)
		}
	}
}

// counts are the cameras' status; apart asks about every recording by itself.
func counts(t testing.TB, a *app, apart bool) (list []report.CameraStatus) {
	t.Helper()
	c, err := a.newCameraCount(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if apart {
		c.apart["tv"] = nil
	}
	cameras, err := a.store.CameraNames(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, cam := range cameras {
		s := report.CameraStatus{Source: cam.Source, Camera: cam.Name}
		if err := c.status(t.Context(), &s); err != nil {
			t.Fatal(err)
		}
		if s.NextDue != nil { // of an hour, it is of its first recording
			s.NextDue = timeOrNil(s.NextDue.UTC())
		}
		list = append(list, s)
	}
	return list
}

// cameraFinding is a recording as a scan would have stored it.
func cameraFinding(n int, camera string, begin, end time.Time) store.Finding {
	path := fmt.Sprintf("%s/%09d.mp4", camera, n)
	return store.Finding{
		Ref: fmt.Sprintf("i%012x", n), SourceType: "cctv", ContentMAC: "m", Fingerprint: "f", FirstSeen: begin, LastSeen: end, Examined: begin,
		Item: scanner.Item{
			Source: "tv", ID: path, Path: path, Kind: scanner.KindRecording, Size: 1000, Links: 1, Modified: end,
			Recorded: begin, End: end, Camera: camera, Dated: scanner.DatedName, Version: "v",
		},
	}
}

func recordAll(t testing.TB, s *store.Store, list []store.Finding) {
	t.Helper()
	sc, err := s.BeginScan(t.Context(), "tv", now())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if err := sc.Record(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	if err := sc.Finish(t.Context(), now(), true, store.Totals{Seen: int64(len(list))}); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkCameraStatus tells how it stands with 1,000,000 recordings of 20
// cameras, a minute each, of which a twentieth are past the deadline;
// SLET_BENCH_RECORDINGS changes how many there are. The schedule has rules about
// paths, so that every path is looked at too. Beside it, in the same run, every
// recording is asked about by itself, as it was before.
func BenchmarkCameraStatus(b *testing.B) {
	n := 1_000_000
	if s := os.Getenv("SLET_BENCH_RECORDINGS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	h := newCCTVHouse(b, "motioneye", nil)
	h.slet(b, 0, "hold", "list")
	c := &cli{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, configPath: filepath.Join(h.dir, "slet.yaml")}
	a, err := c.openApp(b.Context(), writing)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = a.close() }()
	sc, err := a.store.BeginScan(b.Context(), "tv", now())
	if err != nil {
		b.Fatal(err)
	}
	const cameras = 20
	first := now().AddDate(0, 0, -30).Add(-time.Duration(n/cameras/20) * time.Minute)
	for i := range n {
		begin := first.Add(time.Duration(i/cameras) * time.Minute)
		if err := sc.Record(b.Context(), cameraFinding(i, fmt.Sprint("kam", i%cameras), begin, begin.Add(time.Minute))); err != nil {
			b.Fatal(err)
		}
	}
	if err := sc.Finish(b.Context(), now(), true, store.Totals{Seen: int64(n)}); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	counts(b, a, true)
	oneByOne := time.Since(began)
	over := 0
	b.ReportAllocs()
	for b.Loop() {
		list, err := a.cameraStatus(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		over = 0
		for _, c := range list {
			over += c.Over
		}
	}
	b.ReportMetric(float64(over), "over")
	b.ReportMetric(oneByOne.Seconds()/(b.Elapsed().Seconds()/float64(b.N)), "times-faster-than-one-by-one")
}
