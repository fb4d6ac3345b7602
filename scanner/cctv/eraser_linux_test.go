package cctv

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/files"
)

// folder makes a folder with files, and a source of recordings over it.
func folder(t *testing.T, cfg Config, paths ...string) (*Source, string) {
	t.Helper()
	root := t.TempDir()
	for _, p := range paths {
		at := filepath.Join(root, filepath.FromSlash(p))
		must(t, os.MkdirAll(filepath.Dir(at), 0o755))
		must(t, os.WriteFile(at, []byte("film"), 0o644))
		must(t, os.Chtimes(at, utc("2026-03-03 10:00:00"), utc("2026-03-03 10:00:00")))
	}
	inner, err := files.New(files.Config{Name: "kilde", Root: root})
	must(t, err)
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return utc("2026-11-22 12:00:00") }
	}
	src, err := New(t.Context(), inner, cfg)
	must(t, err)
	return src, root
}

// TestVerifyOnlyHasNoEraser: of what is never touched nobody is handed the means,
// whether the layout says so, the configuration, or nobody knows what it is.
func TestVerifyOnlyHasNoEraser(t *testing.T) {
	for what, cfg := range map[string]Config{
		"unifi": {Layout: "unifi"}, "milestone": {Layout: "milestone"}, "synology": {Layout: "synology"}, "hikvision-nas": {Layout: "hikvision-nas"},
		"configured": {Layout: "motioneye", Mode: ModeVerify}, "not recognised": {},
	} {
		src, root := folder(t, cfg, "a.mp4", "b.mp4")
		inner, err := files.NewEraser(files.Config{Name: "kilde", Root: root})
		must(t, err)
		if e, err := NewEraser(src, inner, nil); !errors.Is(err, ErrVerifyOnly) || e != nil {
			t.Errorf("%s: %v, want %v", what, err, ErrVerifyOnly)
		}
	}
}

// TestTakeRefuses: what is not, by its very name, the recording that was
// approved is not taken in hand.
func TestTakeRefuses(t *testing.T) {
	const name = "forhal/2026-03-03/10-15-00.mp4"
	now := utc("2026-11-22 12:00:00")
	src, root := folder(t, Config{Layout: "motioneye", Now: func() time.Time { return now }}, name, name+".part", "forhal/2026-03-03/.10-15-00.mp4", "noter.txt")
	items, _ := walk(t, src)
	e := openEraser(t, src, root, nil)
	take := func(it scanner.Item) error {
		target, err := e.Take(t.Context(), it)
		if err == nil {
			must(t, target.Close())
		}
		return err
	}
	if err := take(items[name]); err != nil {
		t.Fatalf("a recording as it should be: %v", err)
	}
	if err := take(items["noter.txt"]); err != nil {
		t.Errorf("an ordinary file beside the recordings: %v", err)
	}
	for what, spoil := range map[string]func(*scanner.Item){
		"another time than its name's": func(it *scanner.Item) { it.Recorded = it.Recorded.Add(time.Hour) },
		"dated by something weaker":    func(it *scanner.Item) { it.Dated = scanner.DatedModified },
		"as an ordinary file":          func(it *scanner.Item) { it.Kind = scanner.KindFile },
	} {
		it := items[name]
		spoil(&it)
		if err := take(it); !errors.Is(err, erase.ErrRefused) {
			t.Errorf("%s: %v, want %v", what, err, erase.ErrRefused)
		}
	}
	left := items[name+".part"]
	if err := take(left); left.Doubt == "" || !errors.Is(err, erase.ErrRefused) {
		t.Errorf("an abandoned temporary file: %v, want %v", err, erase.ErrRefused)
	}
	now = utc("2026-03-03 10:05:00") // five minutes after it was written to
	if err := take(items[name]); !errors.Is(err, erase.ErrRefused) {
		t.Errorf("just written to: %v, want %v", err, erase.ErrRefused)
	}
	if err := take(items[name+".part"]); !errors.Is(err, erase.ErrRefused) {
		t.Errorf("being written: %v, want %v", err, erase.ErrRefused)
	}
	now = utc("2026-11-22 12:00:00")
	must(t, os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), []byte("mere film"), 0o644))
	if err := take(items[name]); !errors.Is(err, scanner.ErrChanged) {
		t.Errorf("it has grown: %v, want %v", err, scanner.ErrChanged)
	}
}

// TestEmptyFoldersGo: after a recording its empty folders of day and hour go, and
// no other: not the camera's, not one that still holds something.
func TestEmptyFoldersGo(t *testing.T) {
	for _, c := range []struct {
		layout, path string
		also         []string
		left         []string
	}{
		{"motioneye", "forhal/2026-03-03/10-15-00.mp4", nil, []string{"forhal"}},
		{"motioneye", "forhal/2026-03-03/10-15-00.mp4", []string{"forhal/2026-03-03/.keep"}, []string{"forhal/2026-03-03/.keep"}},
		{"motioneye", "forhal/2026-03-03/10-15-00.mp4", []string{"forhal/2026-03-03/11-15-00.mp4"}, []string{"forhal/2026-03-03/11-15-00.mp4"}},
		{"frigate", "recordings/2026-03-03/09/forhal/15.00.mp4", nil, []string{"recordings"}},
		{"frigate", "recordings/2026-03-03/09/forhal/15.00.mp4", []string{"recordings/2026-03-03/09/garage/15.00.mp4"}, []string{"recordings/2026-03-03/09/garage/15.00.mp4"}},
		{"zoneminder", "1/26/03/03/10/15/00/7-video.mp4", nil, []string{"1"}},
		{"zoneminder", "1/2026-03-03/7/7-video.mp4", nil, []string{"1"}},
		{"dahua", "AMC/2026-03-03/001/dav/10/10.15.00-10.16.00[R][0@0][0].dav", []string{"AMC/2026-03-03/001/jpg/10/15/00[M][0@0][0].jpg"}, []string{"AMC/2026-03-03/001/jpg/10/15/00[M][0@0][0].jpg"}},
		{"reolink", "kam/2026/03/03/Forhal_00_20260303101500.mp4", nil, []string{"kam"}},
		{"motion", "garage/01-20260303101500.mkv", nil, []string{"garage"}},
		{"ftp", "garage/Forhal_20260303101500.avi", nil, []string{"garage"}},
	} {
		src, root := folder(t, Config{Layout: c.layout}, append(c.also, c.path)...)
		items, _ := walk(t, src)
		e := openEraser(t, src, root, nil)
		must(t, os.Remove(filepath.Join(root, filepath.FromSlash(c.path)))) // what the storage's own eraser does
		receipt := e.after(t.Context(), items[c.path], erase.Receipt{Method: "overwrite+unlink", Assurance: erase.Unproven})
		var left []string
		must(t, filepath.WalkDir(root, func(at string, d os.DirEntry, err error) error {
			if list, _ := os.ReadDir(at); err == nil && len(list) == 0 && at != root {
				rel, _ := filepath.Rel(root, at)
				left = append(left, filepath.ToSlash(rel))
			}
			return err
		}))
		if !slices.Equal(left, c.left) {
			t.Errorf("%s: %s: %q are left, want %q", c.layout, c.path, left, c.left)
		}
		told := slices.Contains(receipt.Caveats, erase.CaveatRecorder)
		if told != (src.Layout().Mode == ModeTell) {
			t.Errorf("%s: caveats %q of a recorder in mode %s that nobody told", c.layout, receipt.Caveats, src.Layout().Mode)
		}
	}
}

// TestYoungFoldersStay: the recorder may be about to write into a folder of today.
func TestYoungFoldersStay(t *testing.T) {
	const name = "forhal/2026-03-03/10-15-00.mp4"
	src, root := folder(t, Config{Layout: "motioneye", Now: func() time.Time { return utc("2026-03-03 12:00:00") }}, name)
	items, _ := walk(t, src)
	e := openEraser(t, src, root, nil)
	must(t, os.Remove(filepath.Join(root, filepath.FromSlash(name))))
	e.after(t.Context(), items[name], erase.Receipt{})
	if _, err := os.Stat(filepath.Join(root, "forhal/2026-03-03")); err != nil {
		t.Errorf("the folder of today: %v", err)
	}
}
