package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// CameraStatus is how it stands with the recordings of one camera: what is
// older than it may be is what a person must know first.
type CameraStatus struct {
	Source     string     `json:"source"`
	Camera     string     `json:"camera"` // "" for recordings whose camera is not known
	Recordings int64      `json:"recordings"`
	Bytes      int64      `json:"bytes"`
	Oldest     time.Time  `json:"oldest"`
	AgeSeconds float64    `json:"oldest_age_seconds"`
	Newest     time.Time  `json:"newest"`
	Over       int        `json:"over"` // past the deadline, and no hold keeps them
	OverBytes  int64      `json:"over_bytes"`
	InDoubt    int        `json:"over_in_doubt"` // of them, those whose dates are in doubt
	Held       int        `json:"held"`          // past the deadline, and held
	NextDue    *time.Time `json:"next_due"`      // when the next recording may be erased
	Holds      []string   `json:"holds"`
	// Gaps are times of more than a day in which the camera recorded nothing.
	Gaps []RecordingGap `json:"gaps"`
	// SilentSince is set when all it has is past its period.
	SilentSince *time.Time `json:"silent_since"`
	// Ring: the recorder writes over a ring of files, and its own list says what
	// lies there; slet erases nothing of it.
	Ring bool `json:"ring,omitempty"`
	// Locked are recordings in a ring that the recorder will not write over.
	Locked int64 `json:"locked,omitempty"`
	// Unread: the list of a ring is missing, or was not read whole. What is
	// told of the camera is then not all.
	Unread bool `json:"list_unread,omitempty"`
	// Unclear: the times in the list may be some hours off.
	Unclear bool `json:"clock_uncertain,omitempty"`
	// Orphans are recordings that the recorder's layout does not explain.
	Orphans int `json:"orphans"`
}

// RecordingGap is a time in which a camera recorded nothing.
type RecordingGap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// cameraNotes says in words what is peculiar to a camera.
func (l Lang) cameraNotes(c CameraStatus) string {
	var notes []string
	for _, n := range []struct {
		on   bool
		text string
	}{
		{c.InDoubt > 0, l.sayf("%s i tvivl om tiden", l.Number(c.InDoubt))},
		{c.SilentSince != nil, l.sayf("tavst siden %s", dayOf(c.SilentSince))},
		{l.RecorderNotes(c) != "", l.RecorderNotes(c)},
	} {
		if n.on {
			notes = append(notes, n.text)
		}
	}
	return strings.Join(notes, "; ")
}

// RecorderNotes says in words what is peculiar to a camera's recorder, "" for
// nothing.
func (l Lang) RecorderNotes(c CameraStatus) string {
	var notes []string
	for _, n := range []struct {
		on   bool
		text string
	}{
		{c.Ring, l.say("ring")},
		{c.Unread, l.say("optagerens liste mangler eller kunne ikke læses helt")},
		{c.Unclear, l.say("optagerens ur er usikkert")},
	} {
		if n.on {
			notes = append(notes, n.text)
		}
	}
	return strings.Join(notes, "; ")
}

func dayOf(t *time.Time) string {
	if t == nil {
		return ""
	}
	return Day(*t)
}

// cameraGauges are the metrics of a camera.
var cameraGauges = []struct {
	name, help string
	value      func(CameraStatus) float64
}{
	{"slet_cctv_oldest_recording_age_seconds", "Age of the oldest recording.", func(c CameraStatus) float64 { return c.AgeSeconds }},
	{"slet_cctv_recordings", "Recordings in the inventory.", func(c CameraStatus) float64 { return float64(c.Recordings) }},
	{"slet_cctv_overdue_recordings", "Recordings past the deadline that no hold keeps.", func(c CameraStatus) float64 { return float64(c.Over) }},
	{"slet_cctv_overdue_bytes", "Bytes of the recordings past the deadline that no hold keeps.", func(c CameraStatus) float64 { return float64(c.OverBytes) }},
	{"slet_cctv_held_recordings", "Recordings past the deadline that a hold keeps.", func(c CameraStatus) float64 { return float64(c.Held) }},
}

// CameraMetrics writes the status in the text format that Prometheus reads.
func CameraMetrics(w io.Writer, cameras []CameraStatus) error {
	b := bufio.NewWriter(w)
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	for _, g := range cameraGauges {
		fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s gauge\n", g.name, g.help, g.name)
		for _, c := range cameras {
			camera := strings.ToValidUTF8(c.Camera, "\uFFFD")
			fmt.Fprintf(b, "%s{source=\"%s\",camera=\"%s\"} %g\n", g.name, escape.Replace(c.Source), escape.Replace(camera), g.value(c))
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write the metrics: %w", err)
	}
	return nil
}
