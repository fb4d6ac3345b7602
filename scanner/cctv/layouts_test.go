package cctv

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/scanner"
)

func utc(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05", text)
	if err != nil {
		panic(err)
	}
	return t
}

// paths are real paths of each recorder, as its documentation, its source or
// people's own lists show them. Times are UTC; Denmark is one hour ahead in
// November and two in July.
var realPaths = []struct {
	layout, path, camera, begin, end string
}{
	{"frigate", "recordings/2026-11-03/09/forhal/15.20.mp4", "forhal", "2026-11-03 09:15:20", ""},
	{"frigate", "media/frigate/recordings/2026-07-03/23/forhal/59.50.mp4", "forhal", "2026-07-03 23:59:50", ""},
	{"frigate", "2026-07-03/23/for_hal-2/59.50.mp4", "for_hal-2", "2026-07-03 23:59:50", ""},
	{"frigate", "clips/forhal-1793697320.123456-a1b2c3.jpg", "forhal", "2026-11-03 09:15:20", ""},
	{"frigate", "clips/forhal-1793697320.123456-a1b2c3-clean.webp", "forhal", "2026-11-03 09:15:20", ""},
	{"frigate", "clips/previews/forhal/1793697320.1-1793700920.2.mp4", "forhal", "2026-11-03 09:15:20", "2026-11-03 10:15:20"},
	{"frigate", "clips/thumbs/forhal/1793697320.123456-a1b2c3.webp", "forhal", "2026-11-03 09:15:20", ""},
	{"frigate", "clips/review/thumb-forhal-1793697320.123456-a1b2c3.webp", "forhal", "2026-11-03 09:15:20", ""},
	{"frigate", "exports/forhal_20261103_101520-20261103_101620_x1y2z3.mp4", "forhal", "2026-11-03 09:15:20", "2026-11-03 09:16:20"},

	{"frigate", "recordings/2022-11/03/09/forhal/15.20.mp4", "forhal", "2022-11-03 09:15:20", ""},

	{"zoneminder", "events/1/26/11/03/10/15/20/4711-video.mp4", "1", "2026-11-03 09:15:20", ""},
	{"zoneminder", "events/1/26/11/03/10/15/20/00001-capture.jpg", "1", "2026-11-03 09:15:20", ""},

	{"motion", "01-20261103101520.mkv", "kilde", "2026-11-03 09:15:20", ""},
	{"motion", "garage/12-3-20261103101520.mkv", "garage", "2026-11-03 09:15:20", ""},
	{"motion", "CAM01_12-3-20261103101520.mp4", "CAM01", "2026-11-03 09:15:20", ""},
	{"motion", "CAM01_12-20261103101520-00.jpg", "CAM01", "2026-11-03 09:15:20", ""},

	{"motioneye", "Camera1/2026-11-03/10-15-20.mp4", "Camera1", "2026-11-03 09:15:20", ""},
	{"motioneye", "var/lib/motioneye/Camera1/2026-11-03/10-15-20.mp4.thumb", "Camera1", "2026-11-03 09:15:20", ""},
	{"motioneye", "Camera1/2026-11-03/10-15-20-01.jpg", "Camera1", "2026-11-03 09:15:20", ""},
	{"motioneye", "2026-11-03/10-15-20.avi", "kilde", "2026-11-03 09:15:20", ""},

	{"shinobi", "videos/aBcD/forhal/2026-11-03T10-15-20.mp4", "forhal", "2026-11-03 09:15:20", ""},
	{"shinobi", "videos/aBcD/forhal_timelapse/2026-11-03/2026-11-03T10-15-20.jpg", "forhal", "2026-11-03 09:15:20", ""},

	{"blueiris", "New/Forhal.20261103_101520.bvr", "Forhal", "2026-11-03 09:15:20", ""},
	{"blueiris", "Stored/Forhal/Forhal.20261103_101520.1.mp4", "Forhal", "2026-11-03 09:15:20", ""},

	{"dahua", "AMC0001/2026-11-03/001/dav/10/10.15.20-10.16.30[M][0@0][0].dav", "AMC0001/001", "2026-11-03 09:15:20", "2026-11-03 09:16:30"},
	{"dahua", "AMC0001/2026-11-03/001/dav/23/23.59.50-00.01.10[R][0@0][0].mp4", "AMC0001/001", "2026-11-03 22:59:50", "2026-11-03 23:01:10"},
	{"dahua", "AMC0001/2026-11-03/001/dav/10/10.15.20-10.16.30[M][0@0][0].idx", "AMC0001/001", "2026-11-03 09:15:20", "2026-11-03 09:16:30"},
	{"dahua", "AMC0001/2026-11-03/002/jpg/10/15/20[M][0@0][0].jpg", "AMC0001/002", "2026-11-03 09:15:20", ""},
	{"dahua", "AMC0001/2026-11-03/002/jpg/10/15.20[M][0@0][0].jpg", "AMC0001/002", "2026-11-03 09:15:20", ""},
	{"dahua", "garage/ch1_main_20261103101520_20261103101630.dav", "garage/1", "2026-11-03 09:15:20", "2026-11-03 09:16:30"},

	{"reolink", "2026/11/03/Forhal_00_20261103101520.mp4", "Forhal", "2026-11-03 09:15:20", ""},
	{"reolink", "2026/11/03/Forhal_00_20261103101520.jpg", "Forhal", "2026-11-03 09:15:20", ""},
	{"reolink", "garage/Rec/20261103/RecM01_20261103101520_20261103101630.mp4", "garage", "2026-11-03 09:15:20", "2026-11-03 09:16:30"},

	{"reolink", "RLC_20261103_101520.mp4", "kilde", "2026-11-03 09:15:20", ""},
	{"reolink", "RLC-810A_20261103_101520.mp4", "-810A", "2026-11-03 09:15:20", ""},

	{"axis", "axis-ACCC8E123456/20261103/10/20261103_101520_0A1B/20261103_10/20261103_101620_0A1C.mkv", "axis-ACCC8E123456", "2026-11-03 09:16:20", ""},
	{"axis", "axis-ACCC8E123456/20261103/10/20261103_101520_0A1B/recording.xml", "axis-ACCC8E123456", "2026-11-03 09:15:20", ""},

	{"hikvision", "nvr/ch01_20261103101520.mp4", "nvr/01", "2026-11-03 09:15:20", ""},
	{"hikvision", "192.168.1.64/1/record/20261103101520.mp4", "192.168.1.64/1", "2026-11-03 09:15:20", ""},

	{"unifi", "2026/11/03/FCECDA000001_0_rotating_1793697320000.ubv", "FCECDA000001", "2026-11-03 09:15:20", ""},
	{"milestone", "Medier/Arkiv/Axis P33 (SMTP) - 2026-11-03T10:15:20+01:00/core.blk", "Axis P33", "2026-11-03 09:15:20", ""},
	{"dahua-dvr", "mnt/dvr/2026-11-03/0/dav/10/0/1/98673/10.15.20-10.16.30[R][0@0][0].dav", "dvr/0", "2026-11-03 09:15:20", "2026-11-03 09:16:30"},
	{"qnap", "Recordings/Channel 1/20261103/ch01_20261103_101520_0.avi", "Channel 1", "2026-11-03 09:15:20", ""},
	{"milestone", "Medier/Arkiv/Axis P33(10.0.0.7) - 2026-11-03T10-15-20+01-00/core.blk", "Axis P33", "2026-11-03 09:15:20", ""},
	{"synology", "surveillance/Forhal/20261103AM/Forhal-20261103-101520-1793697320.mp4", "Forhal", "2026-11-03 09:15:20", ""},
	{"tapo", "forhal/1793697320-1793697380.mp4", "forhal", "2026-11-03 09:15:20", "2026-11-03 09:16:20"},

	{"ftp", "garage/2026Y11M03D10H/15M20S60.mp4", "garage", "2026-11-03 09:15:20", ""},
	{"ftp", "garage/2026Y11M03D10H/E115M20S40.mp4", "garage", "2026-11-03 09:15:20", ""},
	{"ftp", "garage/2026Y11M03D10H/E1M15S20.mp4", "garage", "2026-11-03 09:15:20", ""},
	{"ftp", "NVR_MEDIA_5_20261103_091520_20261103_091620.mov", "5", "2026-11-03 09:15:20", "2026-11-03 09:16:20"},
	{"ftp", "20261103-101520-101620_10.0.0.7-CH2.avi", "10.0.0.7-CH2", "2026-11-03 09:15:20", "2026-11-03 09:16:20"},
	{"ftp", "Forhal - 11-3-2026, 10.15.20AM.mp4", "Forhal", "2026-11-03 09:15:20", ""},
	{"ftp", "Forhal - 11-3-2026, 12.15.20AM.mp4", "Forhal", "2026-11-02 23:15:20", ""},
	{"ftp", "Forhal_20261103101520.avi", "Forhal", "2026-11-03 09:15:20", ""},
	{"ftp", "forhal/2026-11-03/10-15-20.mp4", "forhal", "2026-11-03 09:15:20", ""},
	{"ftp", "2026-11-03 10.15.20.mp4", "kilde", "2026-11-03 09:15:20", ""},
}

func newTestSource(t testing.TB, layout string) *Source {
	t.Helper()
	s, err := New(t.Context(), emptyInner{}, Config{Layout: layout, Now: func() time.Time { return utc("2026-11-22 00:00:00") }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestLayouts reads real paths of every recorder.
func TestLayouts(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range realPaths {
		tested[c.layout] = true
		s := newTestSource(t, c.layout)
		it, err := s.judge(scanner.Item{Source: "kilde", ID: c.path, Path: c.path, Kind: scanner.KindFile, Modified: utc(c.begin).Add(time.Minute)})
		if err != nil {
			t.Errorf("%s: %s: %v", c.layout, c.path, err)
			continue
		}
		want := scanner.Item{Kind: scanner.KindRecording, Camera: c.camera, Recorded: utc(c.begin), Dated: scanner.DatedName}
		if c.end != "" {
			want.End = utc(c.end)
		}
		if it.Kind != want.Kind || it.Camera != want.Camera || !it.Recorded.Equal(want.Recorded) || !it.End.Equal(want.End) || it.Dated != want.Dated || it.Doubt != "" {
			t.Errorf("%s: %s\n got %s %s %s %s %q %q\nwant %s %s %s %s", c.layout, c.path, it.Kind, it.Camera, it.Recorded, it.End, it.Dated, it.Doubt,
				want.Kind, want.Camera, want.Recorded, want.End)
		}
	}
	for _, name := range LayoutNames() {
		l, err := layoutOf(name)
		if err != nil || l.Known == "" {
			t.Errorf("layout %s: what is it known from? (%v)", name, err)
		}
		if !tested[name] && l.doubt == "" { // then its paths say no time
			t.Errorf("layout %s has no real path in this test", name)
		}
	}
}

// TestHalfKnown are paths that say a day or nothing, and those of storages that no
// time can be read of: they are recordings all the same, and never ordinary files.
func TestHalfKnown(t *testing.T) {
	at := utc("2026-11-03 09:15:20")
	for _, c := range []struct {
		layout, path, camera, dated string
		doubt                       bool
	}{
		{"zoneminder", "events/1/2026-11-03/4711/4711-video.mp4", "1", scanner.DatedFolder, false},
		{"zoneminder", "events/1/2026-11-03/4711/00001-capture.jpg", "1", scanner.DatedFolder, false},
		{"zoneminder", "events/1/4711/4711-video.mp4", "1", scanner.DatedModified, true},
		{"motion", "garage/20261103-timelapse.avi", "garage", scanner.DatedFolder, false},
		{"ftp", "IPCamera/Alarm/20261103/09/alarm1.avi", "IPCamera", scanner.DatedName, false},
		{"ftp", "IPCamera/Period/20261103/09/x.avi", "IPCamera", scanner.DatedName, false},
		{"motioneye", "Camera1/lastsnap.jpg", "", scanner.DatedModified, true},
		{"moonfire", "sample/00000001000003f2", "sample", scanner.DatedModified, true},
		{"moonfire", "00000001000003f2", "kilde", scanner.DatedModified, true},
		{"mobotix", "10_2_17_34/000/017/E00000.jpg", "10_2_17_34", scanner.DatedModified, true},
		{"mobotix", "10_2_17_34/000/017/INDEX", "10_2_17_34", scanner.DatedModified, true},
		{"avigilon", "D/AvigilonData/0001/0002.dat", "0001", scanner.DatedModified, true},
		{"avigilon", "eksport/indbrud.ave", "", scanner.DatedModified, true},
		{"unifi", "export/Forhal - 11-3-2026, 10.15.20AM.mp4", "", scanner.DatedModified, true},
		{"frigate", "clips/faces/Hanne/train.webp", "", scanner.DatedModified, true},
	} {
		s := newTestSource(t, c.layout)
		it, err := s.judge(scanner.Item{Source: "kilde", ID: c.path, Path: c.path, Kind: scanner.KindFile, Modified: at})
		if err != nil || it.Kind != scanner.KindRecording || it.Camera != c.camera || it.Dated != c.dated || (it.Doubt != "") != c.doubt {
			t.Errorf("%s: %s is %s of %q, dated by %q, doubt %q (%v); want %q, %q, doubt %t", c.layout, c.path, it.Kind, it.Camera, it.Dated, it.Doubt, err, c.camera, c.dated, c.doubt)
		}
		if l := s.Layout(); slices.Contains([]string{"moonfire", "mobotix", "avigilon", "qnap", "dahua-dvr"}, l.Name) && l.Mode != ModeVerify {
			t.Errorf("%s may be erased", l.Name)
		}
	}
	// A leading dot, .dav_, incomplete and standby are still being written.
	for layout, path := range map[string]string{
		"ftp": "2026-11-03/.10-15-20.mp4", "dahua": "x/2026-11-03/001/dav/10/10.15.20-10.16.30[M][0@0][0].dav_", "zoneminder": "events/1/2026-11-03/4711/incomplete.mp4",
		"hikvision": "NVR_STANDBY_1.mov",
	} {
		_, err := newTestSource(t, layout).judge(scanner.Item{Path: path, Kind: scanner.KindFile, Modified: utc("2026-11-21 23:00:00")})
		var skip *scanner.Skip
		if !errors.As(err, &skip) || skip.Why != scanner.SkipGrowing {
			t.Errorf("%s: %s is not taken to be in the making: %v", layout, path, err)
		}
	}
}

// TestEveryPatternIsReached: a pattern that another one hides is a mistake in
// the table.
func TestEveryPatternIsReached(t *testing.T) {
	for _, l := range Layouts() {
		for i := range l.paths {
			if l.paths[i].re == nil || l.paths[i].what == "" || !strings.Contains(l.paths[i].text, "{") {
				t.Errorf("%s: path %d is not whole: %+v", l.Name, i, l.paths[i])
			}
		}
		if l.Mode != ModeFree && l.Tell == "" {
			t.Errorf("%s: mode %s, and not a word on how the recorder is told", l.Name, l.Mode)
		}
	}
}

// TestAuto: the layout of real paths is recognised, and nothing is guessed.
func TestAuto(t *testing.T) {
	byLayout := map[string][]string{}
	for _, c := range realPaths {
		byLayout[c.layout] = append(byLayout[c.layout], c.path)
	}
	byLayout["moonfire"] = []string{"sample/00000001000003f2", "sample/00000001000003f3"}
	byLayout["mobotix"] = []string{"10_2_17_34/000/017/E00000.jpg", "10_2_17_34/000/018/E00000.jpg"}
	byLayout["hikvision-nas"] = []string{"kamera/datadir0/hiv00001.mp4", "kamera/datadir0/hiv00002.mp4", "kamera/datadir0/hiv00001.pic"}
	for layout, paths := range byLayout {
		paths = slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return !media(p) && !bareName(p) })
		if layout == "milestone" {
			continue // its files are no videos by their names
		}
		if _, found := choose(paths); found.Layout != layout {
			t.Errorf("%s was taken for %s: %s", layout, found.Layout, found.Why)
		}
	}
	for what, sample := range map[string][]string{
		"nothing":          nil,
		"home videos":      {"ferie/strand.mp4", "ferie/IMG_0001.jpg", "fest.avi"},
		"mostly not":       {"a.mp4", "b.mp4", "c.mp4", "Camera1/2026-11-03/10-15-20.mp4"},
		"a ring among it":  {"Camera1/2026-11-03/10-15-20.mp4", "Camera1/2026-11-03/10-15-21.mp4", "x/datadir0/hiv00001.mp4"},
		"more than a ring": {"recordings/2026-11-03/09/a/15.20.mp4", "recordings/2026-11-03/09/a/15.30.mp4", "recordings/2026-11-03/09/a/15.40.mp4", "x/datadir0/hiv00001.mp4"},
	} {
		l, found := choose(sample)
		if l.Mode != ModeVerify || found.Why == "" {
			t.Errorf("%s: layout %s, mode %s (%s); want one that touches nothing", what, l.Name, l.Mode, found.Why)
		}
	}
}
