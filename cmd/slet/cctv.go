package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/cctv"
	"github.com/sletdk/slet/scanner/files"
	"github.com/sletdk/slet/scanner/smb"
)

// openCCTV opens a source of recordings over the storage that it lies on.
func (a *app) openCCTV(ctx context.Context, s config.Source) (*cctv.Source, error) {
	var inner scanner.Source
	var err error
	if s.OnShare() {
		inner, err = opened(smb.New(ctx, smbConfig(s)))
	} else {
		inner, err = opened(files.New(a.filesConfig(s)))
	}
	if err != nil {
		return nil, err
	}
	return cctv.New(ctx, inner, cctvConfig(s))
}

// cctvEraser returns the capability to erase recordings. There is none for a
// layout that is only verified: the error is cctv.ErrVerifyOnly.
func (a *app) cctvEraser(ctx context.Context, s config.Source) (*cctv.Eraser, error) {
	src, err := a.openCCTV(ctx, s)
	if err != nil {
		return nil, err
	}
	var inner any
	if s.OnShare() {
		inner, err = smb.NewEraser(ctx, smbConfig(s))
	} else {
		inner, err = files.NewEraser(a.filesConfig(s))
	}
	if err != nil {
		return nil, errors.Join(err, src.Close())
	}
	means, ok := inner.(cctv.Inner)
	if !ok {
		return nil, errors.Join(fmt.Errorf("source %s: recordings here cannot be erased on this system: %w", s.Name, errors.ErrUnsupported), src.Close())
	}
	return cctv.NewEraser(src, means, recorderOf(s, src))
}

// recorderOf is who is told of what is gone; nil when nobody is configured.
func recorderOf(s config.Source, src *cctv.Source) cctv.Recorder {
	c := s.CCTV.Recorder
	if c.URL == "" {
		return nil
	}
	return cctv.NewRecorder(src.Layout().Name, cctv.RecorderConfig{URL: c.URL, Username: c.Username, Password: c.Password.Reveal, HasPassword: !c.Password.IsZero()})
}

func cctvConfig(s config.Source) cctv.Config {
	c := s.CCTV
	cc := cctv.Config{
		Layout: c.Layout, Pattern: c.Pattern, Mode: cctv.Mode(c.Mode), Zone: c.Zone, Camera: c.Camera,
		Zones: map[string]string{}, Now: now,
	}
	for _, camera := range c.Cameras {
		cc.Zones[camera.Name] = camera.Zone
	}
	return cc
}

// verifyOnly says whether slet may not erase in a source: recordings that their
// recorder keeps for itself (mode C). A source that cannot be asked is not one
// of them here; its eraser says what is wrong.
func (a *app) verifyOnly(name string) bool {
	i := slices.IndexFunc(a.cfg.Sources, func(s config.Source) bool { return s.Name == name && s.Type == config.TypeCCTV })
	if i < 0 {
		return false
	}
	src, err := a.openCCTV(context.Background(), a.cfg.Sources[i])
	if err != nil {
		return false
	}
	defer src.Close()
	return src.Layout().Mode == cctv.ModeVerify
}

// checkCCTV says what is wrong with the configured recordings, as a mistake in
// the file.
func checkCCTV(path string, cfg *config.Config) error {
	for _, s := range cfg.Sources {
		if s.Type != config.TypeCCTV {
			continue
		}
		if err := cctv.Check(cctvConfig(s)); err != nil {
			return usagef("%s: source %s: cctv: %w", path, s.Name, err)
		}
		if err := cctv.CheckRecorder(s.CCTV.Layout, s.CCTV.Recorder.URL); err != nil {
			return usagef("%s: source %s: cctv.recorder: %w", path, s.Name, err)
		}
	}
	return nil
}

// surveyed is how many names slet check reads of a source of recordings.
const surveyed = 20_000

// recordings says what is read from a source of recordings.
func (k *checking) recordings(ctx context.Context, name string, s config.Source, src *cctv.Source) {
	l, found := src.Layout(), src.Recognition()
	status := "ok"
	if found.Why != "configured" && (l.Name == "unknown" || len(found.Examples) > 0) {
		status = "warning"
	}
	k.say(status, name, "layout %s (%s): %s%s", l.Name, l.Title, found.Why, examples("not so", found.Examples))
	switch l.Mode {
	case cctv.ModeVerify:
		k.say("warning", name, "mode C: recordings are verified and never erased by slet; to have them gone: %s", cmp.Or(l.Tell, "take mode: C out of slet.yaml"))
	case cctv.ModeTell:
		told := "nobody is told by slet (cctv.recorder is not configured)"
		if s.CCTV.Recorder.URL != "" {
			told = "slet tells the recorder"
		}
		k.say("ok", name, "mode B: recordings may be erased, and then the recorder must be told; %s: %s", told, l.Tell)
	default:
		k.say("ok", name, "mode A: recordings may be erased")
	}
	if l.Note != "" {
		k.say("ok", name, "note: %s", l.Note)
	}
	sum, err := src.Survey(ctx, surveyed)
	if err != nil {
		k.say("failed", name, "%s", k.mask(err))
		return
	}
	for _, c := range sum.Cameras {
		text := fmt.Sprintf("camera %s: %s", detectors.MaskText(c.Name), plural(c.Recordings, "file"))
		if !c.Oldest.IsZero() {
			text += fmt.Sprintf(", recorded %s to %s", c.Oldest.In(checkZone(s)).Format("2006-01-02 15:04"), c.Newest.In(checkZone(s)).Format("2006-01-02 15:04 MST"))
		}
		status := "ok"
		if c.Doubtful > 0 {
			status, text = "warning", text+fmt.Sprintf("; of %d the time is in doubt: they are kept and reported", c.Doubtful)
		}
		k.say(status, name, "%s", text)
	}
	if sum.Unexplained > 0 {
		k.say("warning", name, "%s that no path of the layout explains: kept and reported%s", plural(sum.Unexplained, "video or picture"), examples("", sum.Examples))
	}
	if sum.Files > 0 {
		k.say("ok", name, "%s that are no recordings: searched like any other", plural(sum.Files, "file"))
	}
	if !sum.All {
		k.say("ok", name, "(looked at the first %d names)", surveyed)
	}
}

// checkZone is the zone that times are shown in.
func checkZone(s config.Source) *time.Location {
	zone, err := time.LoadLocation(s.CCTV.Zone)
	if err != nil || s.CCTV.Zone == "" {
		if zone, err = time.LoadLocation(cctv.DefaultZone); err != nil {
			return time.UTC // its data are in the program
		}
	}
	return zone
}

func examples(intro string, paths []string) string {
	if len(paths) == 0 {
		return ""
	}
	for i := range paths {
		paths[i] = detectors.MaskText(paths[i])
	}
	if intro != "" {
		intro += ": "
	}
	return " (" + intro + strings.Join(paths, ", ") + ")"
}
