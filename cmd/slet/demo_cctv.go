package main

import (
	"path/filepath"
	"time"

	"github.com/sletdk/slet/internal/cctvgen"
)

// demoCameras is the folder that a recorder of two cameras has left: a recording
// with its thumbnail every ninth day, the newest of today, one that is being
// written, and an export that a person made and nobody remembers.
func demoCameras(root string, now time.Time) error {
	begin := now.Add(-3 * time.Hour).UTC().Truncate(time.Minute)
	files, err := cctvgen.Tree("motioneye", cctvgen.Options{
		Cameras: []string{"forhal", "kælder"}, From: begin.Add(-45 * 24 * time.Hour), To: begin, Every: 9 * 24 * time.Hour, Length: 5 * time.Minute,
	})
	if err != nil {
		return err
	}
	old := begin.Add(-60 * 24 * time.Hour)
	files = append(files,
		cctvgen.File{Path: "forhal/" + now.UTC().Format("2006-01-02/15-04-05") + ".mp4.part", Role: cctvgen.Temporary, Begin: now, Modified: now, Content: "mp4"},
		cctvgen.File{Path: "Eksport/indbrud.mp4", Role: cctvgen.Orphan, Begin: old, Modified: old, Content: "mp4", Stamp: old},
	)
	return cctvgen.Write(filepath.Join(root, demoCameraFolder), files, nil)
}

// demoRing is the ring that a camera has left on a NAS: an hour of every day, of
// which its own list says that some are older than they may be.
func demoRing(root string, now time.Time) error {
	day := now.UTC().Truncate(time.Hour).Add(-2 * time.Hour)
	files, err := cctvgen.Tree("hikvision-nas", cctvgen.Options{
		Cameras: []string{"port"}, From: day.Add(-36 * 24 * time.Hour), To: day, Every: 12 * 24 * time.Hour, Length: time.Hour,
	})
	if err != nil {
		return err
	}
	return cctvgen.Write(filepath.Join(root, "nas"), files, nil)
}

const demoCameraFolder = "kameraer"
