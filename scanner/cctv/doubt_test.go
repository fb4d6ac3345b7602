package cctv

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/cctvgen"
	"github.com/sletdk/slet/scanner"
)

// judged is what a source says of one file.
func judged(t testing.TB, cfg Config, path, modified string) (scanner.Item, error) {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return utc("2026-11-22 12:00:00") }
	}
	src, err := New(t.Context(), emptyInner{}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return src.judge(scanner.Item{Source: "kilde", ID: path, Path: path, Kind: scanner.KindFile, Modified: utc(modified), Version: "1"})
}

// TestDoubt: what a file is, whose time can be relied on, and whose cannot.
func TestDoubt(t *testing.T) {
	for _, c := range []struct {
		what, layout, path, modified string
		kind                         scanner.Kind
		recorded, dated, camera      string
		doubt                        string // a part of it
	}{
		{"as it should be", "motioneye", "forhal/2026-11-03/10-15-00.mp4", "2026-11-03 09:25:00", scanner.KindRecording, "2026-11-03 09:15:00", "name", "forhal", ""},
		{"copied later", "motioneye", "forhal/2026-11-03/10-15-00.mp4", "2026-11-20 00:00:00", scanner.KindRecording, "2026-11-03 09:15:00", "name", "forhal", ""},
		{"older than its name", "motioneye", "forhal/2026-11-03/10-15-00.mp4", "2026-11-01 00:00:00", scanner.KindRecording, "2026-11-03 09:15:00", "name", "forhal", "before that"},
		{"a clock before 1990", "motioneye", "forhal/1970-01-01/00-15-00.mp4", "2026-11-01 00:00:00", scanner.KindRecording, "", "", "forhal", ""},
		{"a clock that begins at 2000", "motioneye", "forhal/2000-01-01/00-15-00.mp4", "2026-11-01 00:00:00", scanner.KindRecording, "", "", "forhal", ""},
		{"a clock in the future", "motioneye", "forhal/2027-11-03/10-15-00.mp4", "2026-11-03 09:25:00", scanner.KindRecording, "", "", "forhal", ""},
		{"a little in the future", "motioneye", "forhal/2026-11-22/23-15-00.mp4", "2026-11-22 11:00:00", scanner.KindRecording, "2026-11-22 22:15:00", "name", "forhal", ""},
		{"no such day", "motioneye", "forhal/2026-02-31/10-15-00.mp4", "2026-11-01 00:00:00", scanner.KindRecording, "2026-11-01 00:00:00", "modified", "", "no path of layout motioneye"},
		{"an export", "motioneye", "til politiet/sag 12.mp4", "2026-11-01 00:00:00", scanner.KindRecording, "2026-11-01 00:00:00", "modified", "", "no path of layout motioneye"},
		{"a snapshot", "motioneye", "forhal/lastsnap.jpg", "2026-11-01 00:00:00", scanner.KindRecording, "2026-11-01 00:00:00", "modified", "", "no path of layout motioneye"},
		{"an export of 1970", "motioneye", "til politiet/sag 12.mp4", "1970-01-01 00:00:10", scanner.KindRecording, "", "", "", "no path of layout motioneye"},
		{"an export of tomorrow", "motioneye", "til politiet/sag 12.mp4", "2027-01-01 00:00:10", scanner.KindRecording, "", "", "", "no path of layout motioneye"},
		{"a ring of 1970", "hikvision-nas", "kam/datadir0/hiv00001.mp4", "1970-01-01 00:00:10", scanner.KindRecording, "", "", "kam", "a ring"},
		{"only a day, written on it", "zoneminder", "1/2026-11-03/4711/4711-video.mp4", "2026-11-03 09:25:00", scanner.KindRecording, "2026-11-03 09:25:00", "folder", "1", ""},
		{"only a day, copied later", "zoneminder", "1/2026-11-03/4711/4711-video.mp4", "2026-11-20 09:25:00", scanner.KindRecording, "2026-11-03 22:59:59", "folder", "1", ""},
		{"not even a day", "zoneminder", "1/4711/4711-video.mp4", "2026-11-03 09:25:00", scanner.KindRecording, "2026-11-03 09:25:00", "modified", "1", "the file's only"},
		{"a ring", "hikvision-nas", "kam/datadir0/hiv00001.mp4", "2026-11-03 09:25:00", scanner.KindRecording, "2026-11-03 09:25:00", "modified", "kam", "a ring"},
		{"left over", "dahua", "kam/2026-11-03/001/dav/10/10.15.00-10.15.00[R][0@0][0].dav_", "2026-11-03 09:25:00", scanner.KindRecording, "2026-11-03 09:25:00", "modified", "", "a temporary name"},
		{"a document", "motioneye", "forhal/2026-11-03/noter.docx", "2026-11-03 09:25:00", scanner.KindFile, "", "", "", ""},
		{"a document in an event", "zoneminder", "1/2026-11-03/4711/noter.docx", "2026-11-03 09:25:00", scanner.KindFile, "", "", "", ""},
		{"a text", "motioneye", "vagtliste.txt", "2026-11-03 09:25:00", scanner.KindFile, "", "", "", ""},
		{"a tombstone", "motioneye", "forhal/2026-11-03/.slet-0123456789abcdef", "2026-11-22 11:59:00", scanner.KindFile, "", "", "", ""},
	} {
		it, err := judged(t, Config{Layout: c.layout}, c.path, c.modified)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		want := time.Time{}
		if c.recorded != "" {
			want = utc(c.recorded)
		}
		if it.Kind != c.kind || !it.Recorded.Equal(want) || it.Dated != c.dated || it.Camera != c.camera || !strings.Contains(it.Doubt, c.doubt) || (it.Doubt == "") != (c.doubt == "") {
			t.Errorf("%s: %s %s by its %q, camera %q, doubt %q", c.what, it.Kind, it.Recorded, it.Dated, it.Camera, it.Doubt)
		}
	}
}

// TestGrowing: what is being written is left alone, and said to be.
func TestGrowing(t *testing.T) {
	for layout, path := range map[string]string{
		"dahua":      "kam/2026-11-22/001/dav/10/10.15.00-10.15.00[R][0@0][0].dav_",
		"zoneminder": "1/2026-11-22/4711/incomplete.mp4",
		"ftp":        "kam/.10-15-00.mp4",
		"motioneye":  "forhal/2026-11-22/10-15-00.mp4.tmp",
		"hikvision":  "nvr/ch01_20261122101500.mp4.part",
		"blueiris":   "New/~cam.20261122_101500.mp4~",
	} {
		it, err := judged(t, Config{Layout: layout}, path, "2026-11-22 11:59:00")
		var skip *scanner.Skip
		if !errors.As(err, &skip) || skip.Why != scanner.SkipGrowing || !strings.HasSuffix(path, skip.Parent+"/"+skip.Name) {
			t.Errorf("%s: %+v, %v; want it left alone as growing", path, it, err)
		}
	}
	if it, err := judged(t, Config{Layout: "motioneye"}, "noter.txt.tmp", "2026-11-22 11:59:00"); err != nil || it.Kind != scanner.KindFile {
		t.Errorf("a text with a temporary name is no recording: %+v, %v", it, err)
	}
}

// TestSecondSource: a header completes a name, replaces what is weaker, and is
// doubt when it says something else.
func TestSecondSource(t *testing.T) {
	for _, c := range []struct {
		what, layout, path, modified, header string
		recorded, dated, doubt               string
	}{
		{"they agree", "motioneye", "f/2026-11-03/10-15-00.mp4", "2026-11-03 09:25:00", "2026-11-03 09:15:00", "2026-11-03 09:15:00", "name", ""},
		{"local time as UTC", "motioneye", "f/2026-11-03/10-15-00.mp4", "2026-11-03 09:25:00", "2026-11-03 10:15:00", "2026-11-03 09:15:00", "name", ""},
		{"they do not", "motioneye", "f/2026-11-03/10-15-00.mp4", "2026-11-03 09:25:00", "2026-11-01 09:00:00", "2026-11-03 09:15:00", "name", "its name says 2026-11-03, its container says 2026-11-01"},
		{"never set", "motioneye", "f/2026-11-03/10-15-00.mp4", "2026-11-03 09:25:00", "", "2026-11-03 09:15:00", "name", ""},
		{"a header in the future", "motioneye", "f/2026-11-03/10-15-00.mp4", "2026-11-03 09:25:00", "2027-11-03 09:15:00", "2026-11-03 09:15:00", "name", ""},
		{"no name", "zoneminder", "1/4711/4711-video.mp4", "2026-11-20 09:25:00", "2026-11-03 09:15:00", "2026-11-03 09:15:00", "container", ""},
		{"a day, and the hour", "zoneminder", "1/2026-11-03/4711/4711-video.mp4", "2026-11-20 09:25:00", "2026-11-03 09:15:00", "2026-11-03 09:15:00", "container", ""},
		{"a day, and another", "zoneminder", "1/2026-11-03/4711/4711-video.mp4", "2026-11-20 09:25:00", "2026-11-06 09:15:00", "2026-11-03 22:59:59", "folder", "its folder says 2026-11-03, its container says 2026-11-06"},
		{"an orphan", "motioneye", "sag 12.mp4", "2026-11-20 09:25:00", "2026-11-03 09:15:00", "2026-11-03 09:15:00", "container", "no path of layout"},
		{"a clock that was not set", "motioneye", "f/1970-01-01/10-15-00.mp4", "2026-11-03 09:25:00", "2026-11-03 09:15:00", "", "", ""},
		{"older than its header", "zoneminder", "1/4711/4711-video.mp4", "2026-11-01 09:25:00", "2026-11-03 09:15:00", "2026-11-03 09:15:00", "container", "before that"},
	} {
		src, err := New(t.Context(), emptyInner{}, Config{Layout: c.layout, Now: func() time.Time { return utc("2026-11-22 12:00:00") }})
		if err != nil {
			t.Fatal(err)
		}
		it, err := src.judge(scanner.Item{Source: "kilde", ID: c.path, Path: c.path, Kind: scanner.KindFile, Modified: utc(c.modified), Version: "1"})
		if err != nil {
			t.Fatal(err)
		}
		var header, want time.Time
		if c.header != "" {
			header = utc(c.header)
		}
		if c.recorded != "" {
			want = utc(c.recorded)
		}
		film := cctvgen.MP4(header, 10*time.Minute)
		got := src.Date(t.Context(), it, bytes.NewReader(film), int64(len(film)))
		if !got.Recorded.Equal(want) || got.Dated != c.dated || !strings.Contains(got.Doubt, c.doubt) || (got.Doubt == "") != (c.doubt == "") {
			t.Errorf("%s: %s by its %q, doubt %q", c.what, got.Recorded, got.Dated, got.Doubt)
		}
		if c.what == "they agree" && !got.End.Equal(want.Add(10*time.Minute)) {
			t.Errorf("%s: it ends %s", c.what, got.End)
		}
	}
}

// TestModes: a mode can be made stricter, never freer.
func TestModes(t *testing.T) {
	for _, c := range []struct {
		layout string
		mode   Mode
		want   Mode // "" for an error
	}{
		{"motioneye", "", ModeFree}, {"motioneye", "A", ModeFree}, {"motioneye", "B", ModeTell}, {"motioneye", "C", ModeVerify},
		{"frigate", "", ModeTell}, {"frigate", "A", ""}, {"frigate", "C", ModeVerify},
		{"unifi", "", ModeVerify}, {"unifi", "A", ""}, {"unifi", "B", ""}, {"motioneye", "D", ""},
	} {
		src, err := New(t.Context(), emptyInner{}, Config{Layout: c.layout, Mode: c.mode})
		switch {
		case (err != nil) != (c.want == ""):
			t.Errorf("%s, mode %q: %v", c.layout, c.mode, err)
		case err == nil && src.Layout().Mode != c.want:
			t.Errorf("%s, mode %q is %s, want %s", c.layout, c.mode, src.Layout().Mode, c.want)
		}
	}
	auto := emptyInner{{Source: "kilde", ID: "f/2026-11-03/10-15-00.mp4", Path: "f/2026-11-03/10-15-00.mp4", Kind: scanner.KindFile}}
	for mode, want := range map[Mode]Mode{"": ModeFree, "A": ModeFree, "C": ModeVerify} {
		src, err := New(t.Context(), auto, Config{Mode: mode})
		if err != nil || src.Layout().Mode != want {
			t.Errorf("recognised, mode %q: %v, %v", mode, src.Layout().Mode, err)
		}
	}
	for _, bad := range []Config{{Layout: "ukendt"}, {Pattern: "{camera}.mp4"}, {Pattern: "{kamera}"}, {Zone: "Danmark"}, {Zone: "Local"}, {Zones: map[string]string{"a": "x"}}, {Layout: "motion", Pattern: "{date}"}} {
		if err := Check(bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
