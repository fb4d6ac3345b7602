package cctv

import (
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/cctvgen"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/files"
)

// walk returns the items of a source, by path, and what it left alone.
func walk(t testing.TB, src scanner.Source) (items map[string]scanner.Item, skips []*scanner.Skip) {
	t.Helper()
	items = map[string]scanner.Item{}
	parts, err := src.Partitions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		for it, err := range src.Walk(t.Context(), p) {
			skip, left := err.(*scanner.Skip)
			switch {
			case left:
				skips = append(skips, skip)
			case err != nil:
				t.Fatal(err)
			default:
				items[it.Path] = it
			}
		}
	}
	return items, skips
}

// asItems are files as a storage lists them.
func asItems(tree []cctvgen.File) emptyInner {
	var all emptyInner
	for _, f := range tree {
		all = append(all, scanner.Item{Source: "kilde", ID: f.Path, Path: f.Path, Kind: scanner.KindFile, Modified: f.Modified, Size: 1, Version: "1"})
	}
	return all
}

// TestTreesAcrossSummerTime reads what every kind of recorder leaves in the
// nights in which the clock is changed: every recording has its camera and the
// very moment at which it was made.
func TestTreesAcrossSummerTime(t *testing.T) {
	for _, night := range []string{"2026-03-28 22:00:00", "2026-10-24 22:00:00"} {
		for _, system := range cctvgen.Systems() {
			tree, err := cctvgen.Tree(system, cctvgen.Options{
				Cameras: []string{"forhal", "garage"}, From: utc(night), To: utc(night).Add(8 * time.Hour), Every: 10 * time.Minute, Length: 9 * time.Minute,
			})
			if err != nil {
				t.Fatal(err)
			}
			src, err := New(t.Context(), asItems(tree), Config{Layout: system, Now: func() time.Time { return utc("2026-11-22 00:00:00") }})
			if err != nil {
				t.Fatal(err)
			}
			items, skips := walk(t, src)
			if len(skips) > 0 || len(items) != len(tree) {
				t.Errorf("%s: %d items and %d left alone of %d files", system, len(items), len(skips), len(tree))
			}
			for _, f := range tree {
				it := items[f.Path]
				// Its local name is that of an hour later as well: that is believed.
				if first := utc("2026-10-25 00:00:00"); !f.Begin.Before(first) && f.Begin.Before(first.Add(time.Hour)) && it.Recorded.After(f.Begin) {
					f.Begin, f.End = f.Begin.Add(time.Hour), it.End
				}
				switch {
				case system == "hikvision-nas":
					if it.Doubt == "" {
						t.Errorf("%s: %s is not in doubt", system, f.Path)
					}
				case it.Camera != f.Camera || !it.Recorded.Equal(f.Begin) || it.Kind != scanner.KindRecording || it.Doubt != "":
					t.Errorf("%s: %s\n got %s %s %q\nwant %s %s", system, f.Path, it.Camera, it.Recorded, it.Doubt, f.Camera, f.Begin.UTC())
				case !f.End.IsZero() && !it.End.Equal(f.End):
					t.Errorf("%s: %s ends %s, want %s", system, f.Path, it.End, f.End.UTC())
				}
			}
		}
	}
}

// TestCameraWithoutSummerTime: a camera that is never told of summer time has a
// zone of its own.
func TestCameraWithoutSummerTime(t *testing.T) {
	winter := time.FixedZone("normaltid", 3600)
	tree, err := cctvgen.Tree("dahua", cctvgen.Options{
		Cameras: []string{"garage"}, From: utc("2026-03-28 22:00:00"), To: utc("2026-03-29 06:00:00"), Every: 10 * time.Minute, Length: 9 * time.Minute, Zone: winter,
	})
	if err != nil {
		t.Fatal(err)
	}
	// Etc/GMT-1 is an hour before Greenwich: the signs of these names are turned round.
	src, err := New(t.Context(), asItems(tree), Config{Layout: "dahua", Zones: map[string]string{"Garage/001": "Etc/GMT-1"}, Now: func() time.Time { return utc("2026-11-22 00:00:00") }})
	if err != nil {
		t.Fatal(err)
	}
	items, _ := walk(t, src)
	for _, f := range tree {
		if it := items[f.Path]; !it.Recorded.Equal(f.Begin) {
			t.Errorf("%s: %s, want %s", f.Path, it.Recorded, f.Begin.UTC())
		}
	}
}

// TestRealFiles reads real films of every kind of recorder from a real folder:
// names, headers and descriptions agree, and a header gives what a name does not.
func TestRealFiles(t *testing.T) {
	ffmpeg := testenv.Program(t, "ffmpeg")
	clips, err := cctvgen.Encode(t.Context(), ffmpeg, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	from := time.Now().AddDate(0, 0, -3).UTC().Truncate(time.Minute)
	for _, system := range cctvgen.Systems() {
		t.Run(system, func(t *testing.T) {
			root := t.TempDir()
			tree, err := cctvgen.Tree(system, cctvgen.Options{
				Cameras: []string{"forhal"}, From: from, To: from.Add(20 * time.Minute), Every: 10 * time.Minute, Length: cctvgen.ClipLength,
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := cctvgen.Write(root, tree, clips); err != nil {
				t.Fatal(err)
			}
			inner, err := files.New(files.Config{Name: "kilde", Root: root})
			if err != nil {
				t.Fatal(err)
			}
			src, err := New(t.Context(), inner, Config{Layout: system})
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			items, _ := walk(t, src)
			for _, f := range tree {
				it := dated(t, src, items[f.Path])
				if system != "hikvision-nas" && (!it.Recorded.Equal(f.Begin) || it.Doubt != "") {
					t.Errorf("%s: %s %q, want %s", f.Path, it.Recorded, it.Doubt, f.Begin)
				}
				if clips[f.Content] != nil && !it.End.Equal(f.Begin.Add(cctvgen.ClipLength)) {
					t.Errorf("%s ends %s, want %s after %s", f.Path, it.End, cctvgen.ClipLength, f.Begin)
				}
			}
			// The same films under names that say nothing.
			for _, f := range tree {
				kind := f.Content
				if clips[kind] == nil {
					continue
				}
				f.Path = "uden navn/film." + strings.TrimPrefix(kind, "f")
				if err := cctvgen.Write(root, []cctvgen.File{f}, clips); err != nil {
					t.Fatal(err)
				}
				again, _ := walk(t, src)
				it := dated(t, src, again[f.Path])
				if !it.Recorded.Equal(f.Begin) || it.Dated != scanner.DatedContainer || it.Doubt == "" || it.Camera != "" {
					t.Errorf("%s: %s by its %s (%q), want %s by its container, in doubt", f.Path, it.Recorded, it.Dated, it.Doubt, f.Begin)
				}
				break
			}
		})
	}
}

// dated opens an item and has it dated.
func dated(t testing.TB, src *Source, it scanner.Item) scanner.Item {
	t.Helper()
	f, err := src.Open(t.Context(), it)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return src.Date(t.Context(), it, f, f.Size())
}
