package agent

import (
	"context"
	"errors"
	"fmt"

	"github.com/sletdk/slet/scanner"
)

// recording examines a recording. It is judged by its times, not by its
// pictures: nobody looks for persons in it, since every one of them is there to
// be erased. What is read of it is its header and a sample that tells it from
// any other; see [scanner.Sample].
//
// Its name is searched for personal data like any other, unless its recorder
// gave it: then its digits are times, and only the camera's name was chosen by
// people.
func (l *Looker) recording(ctx context.Context, src scanner.Source, it scanner.Item, file scanner.File, out Results) (look Look, fail *scanner.Gap) {
	look.Item = it
	var err error
	if look.Sum, look.Bytes, err = scanner.Sample(ctx, file, file.Size()); err != nil {
		return look, failure(it.Path, err)
	}
	dated, err := date(ctx, src, it, file)
	if err != nil {
		return look, failure(it.Path, err)
	}
	if look.Ring, err = ring(ctx, src, it, file); err != nil {
		return look, failure(it.Path, err)
	}
	if look.Ring != nil {
		look.Bytes += file.Size()
		for _, g := range look.Ring.Gaps {
			out.Gap(g)
		}
	}
	name := dated.Path
	if dated.Dated == scanner.DatedName {
		name = dated.Camera
	}
	if err := l.name(it.Path, name, out); err != nil {
		return look, failure(it.Path, err)
	}
	if err := file.Recheck(); err != nil {
		return look, failure(it.Path, err)
	}
	look.Item = dated
	return look, nil
}

// date asks the source for what only the opened file tells.
func date(ctx context.Context, src scanner.Source, it scanner.Item, file scanner.File) (dated scanner.Item, err error) {
	d, ok := src.(scanner.Dater)
	if !ok {
		return it, nil
	}
	// A panic costs this item, not the agent; what it says may quote content.
	defer func() {
		if p := recover(); p != nil {
			err = &readError{scanner.Corrupt, fmt.Errorf("panic in %s", panicking())}
		}
	}()
	dated = d.Date(ctx, it, file, file.Size())
	if dated.Source != it.Source || dated.ID != it.ID || dated.Version != it.Version {
		return it, errors.New("its source has dated another item")
	}
	return dated, ctx.Err()
}

// ring reads the list of a ring of files, if the item is one and its source can.
func ring(ctx context.Context, src scanner.Source, it scanner.Item, file scanner.File) (r *scanner.Ring, err error) {
	i, ok := src.(scanner.Indexer)
	if !ok {
		return nil, nil
	}
	defer func() {
		if p := recover(); p != nil {
			r, err = nil, &readError{scanner.Corrupt, fmt.Errorf("panic in %s", panicking())}
		}
	}()
	return i.Index(ctx, it, file, file.Size())
}

// name gives a name alone to the detectors.
func (l *Looker) name(path, name string, out Results) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &readError{scanner.Corrupt, fmt.Errorf("panic in %s", panicking())}
		}
	}()
	sink := &sink{path: path, out: out}
	sink.Stream = l.Detectors.Stream(sink.match)
	if err := sink.name(name); err != nil {
		return err
	}
	return sink.Close()
}

// fingerprint names what an item is examined with: what opened it and looked
// at its text, or, for a recording, what dates it and looked at its name.
func (sc *scan) fingerprint(it scanner.Item) string {
	if it.Kind != scanner.KindRecording {
		return sc.Fingerprint()
	}
	dates := "none"
	if d, ok := sc.src.(scanner.Dater); ok {
		dates = d.Fingerprint()
	}
	return "recording/" + dates + "/" + sc.Detectors.Fingerprint()
}
