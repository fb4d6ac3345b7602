package cctv

import (
	"context"
	"encoding/xml"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/sletdk/slet/scanner"
)

// sidecars remembers where a walk has seen the descriptions that recorders write
// of their recordings: Axis' recording.xml, in the folder of one recording.
// Only the newest maxSidecars are kept; a walk comes to a recording right after
// its description.
type sidecars struct {
	mu    sync.Mutex
	items map[string]scanner.Item // by folder
	order []string
}

const (
	maxSidecars    = 4096
	sidecarName    = "recording.xml"
	maxSidecarSize = 64 << 10
)

// note remembers an item that is a description.
func (b *sidecars) note(it scanner.Item) {
	folder, name := split(it.Path)
	if !strings.EqualFold(name, sidecarName) || it.Size > maxSidecarSize {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.items == nil {
		b.items = map[string]scanner.Item{}
	}
	if _, known := b.items[folder]; !known {
		b.order = append(b.order, folder)
	}
	b.items[folder] = it
	if len(b.order) > maxSidecars {
		delete(b.items, b.order[0])
		b.order = b.order[1:]
	}
}

// of returns the description of the recording that an item belongs to: in its
// own folder, or the one above.
func (b *sidecars) of(path string) (scanner.Item, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	folder, _ := split(path)
	if it, ok := b.items[folder]; ok {
		return it, true
	}
	folder, _ = split(folder)
	it, ok := b.items[folder]
	return it, ok && folder != ""
}

// read returns the times that an item's description gives, if it has one that
// can be read.
func (b *sidecars) read(ctx context.Context, src scanner.Source, it scanner.Item) (begin, end time.Time, ok bool) {
	side, ok := b.of(it.Path)
	if !ok {
		return begin, end, false
	}
	f, err := src.Open(ctx, side)
	if err != nil {
		return begin, end, false // the item keeps the times it has
	}
	defer f.Close()
	return recordingXML(io.NewSectionReader(f, 0, min(f.Size(), maxSidecarSize)))
}

// recordingXML reads Axis' description: StartTime and StopTime in UTC. A
// recording without a StopTime is not finished.
func recordingXML(r io.Reader) (begin, end time.Time, ok bool) {
	dec := xml.NewDecoder(r)
	dec.Strict = false
	var at string
	for {
		tok, err := dec.Token()
		if err != nil {
			return begin, end, !begin.IsZero()
		}
		switch t := tok.(type) {
		case xml.StartElement:
			at = t.Name.Local
		case xml.EndElement:
			at = ""
		case xml.CharData:
			v, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(string(t)))
			switch {
			case err != nil:
			case strings.EqualFold(at, "StartTime") && begin.IsZero():
				begin = v.UTC()
			case strings.EqualFold(at, "StopTime") && end.IsZero():
				end = v.UTC()
			}
		}
	}
}
