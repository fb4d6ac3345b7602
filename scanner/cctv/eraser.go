package cctv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner"
)

// ErrVerifyOnly: the files of this layout are never touched.
var ErrVerifyOnly = errors.New("recordings of this layout are verified, never erased by slet")

// Inner is the means to erase in the storage below: scanner/files and
// scanner/smb have it.
type Inner interface {
	erase.Eraser
	erase.Restorer
	erase.FolderPruner
	io.Closer
}

// Eraser is the means to erase recordings. Beyond what the storage's own eraser
// asks, an item is refused unless it is now what the walk said it was: a
// recording that a path of the layout explains, with the same times, and not
// one that is still being written.
//
// After a recording its folders go when they are empty, but only those that the
// path names by time: never the folder of a camera.
type Eraser struct {
	source   *Source
	inner    Inner
	recorder Recorder
}

// NewEraser makes an eraser for what src reads. For a layout in [ModeVerify]
// there is none: the error is [ErrVerifyOnly]. recorder is told what is gone; it
// may be nil. NewEraser takes over src and inner, and closes them when it fails.
func NewEraser(src *Source, inner Inner, recorder Recorder) (*Eraser, error) {
	if src.layout.Mode != ModeFree && src.layout.Mode != ModeTell {
		return nil, errors.Join(fmt.Errorf("source %s, layout %s: %w", src.Name(), src.layout.Name, ErrVerifyOnly), inner.Close(), src.Close())
	}
	return &Eraser{source: src, inner: inner, recorder: recorder}, nil
}

// Close tells the recorder what is left to tell, and closes the storage.
func (e *Eraser) Close() error {
	var told error
	if e.recorder != nil {
		told = e.recorder.Close()
	}
	return errors.Join(told, e.inner.Close(), e.source.Close())
}

// settled is how long a recording must have lain still before it is erased.
const settled = 10 * time.Minute

// Take takes an item in hand if it is still the recording that it was.
func (e *Eraser) Take(ctx context.Context, it scanner.Item) (erase.Target, error) {
	if err := e.agreed(it); err != nil {
		return nil, err
	}
	if e.recorder != nil {
		if err := e.recorder.Begin(ctx); err != nil {
			return nil, fmt.Errorf("%w: %w", erase.ErrUntouched, err)
		}
	}
	t, err := e.inner.Take(ctx, it)
	if err != nil {
		return nil, err
	}
	return &target{Target: t, eraser: e, item: it}, nil
}

// agreed judges the item anew, by the name that is about to be opened.
func (e *Eraser) agreed(it scanner.Item) error {
	path := scanner.DisplayPath(it.ID)
	now, err := e.source.judge(scanner.Item{
		Source: it.Source, ID: it.ID, Path: path, Kind: scanner.KindFile, Size: it.Size, Modified: it.Modified, Version: it.Version,
	})
	age := e.source.cfg.Now().Sub(it.Modified)
	switch {
	case err != nil:
		return fmt.Errorf("%w: it has the name of a recording that is still being written", erase.ErrRefused)
	case now.Kind != it.Kind:
		return fmt.Errorf("%w: it is a %s by its name, and was approved as a %s", erase.ErrRefused, now.Kind, it.Kind)
	case it.Kind == scanner.KindRecording && age < settled:
		return fmt.Errorf("%w: it was written to %s ago: wait until it lies still", erase.ErrRefused, age.Round(time.Second))
	case it.Kind == scanner.KindRecording && temporary(path):
		return fmt.Errorf("%w: a temporary name", erase.ErrRefused)
	case now.Dated == scanner.DatedName && it.Dated != scanner.DatedName, now.Dated == scanner.DatedName && !now.Recorded.Equal(it.Recorded):
		return fmt.Errorf("%w: its name says %s, which is not what was approved", erase.ErrRefused, now.Recorded.Format(time.RFC3339))
	}
	return nil
}

// Resume finishes what was begun; see [erase.Eraser].
func (e *Eraser) Resume(ctx context.Context, w erase.Warrant) (erase.Remains, erase.Receipt, error) {
	remains, receipt, err := e.inner.Resume(ctx, w)
	if err == nil && remains == erase.Finished {
		receipt = e.after(ctx, w.Item(), receipt)
	}
	return remains, receipt, err
}

// Restore gives an item its name back; see [erase.Restorer].
func (e *Eraser) Restore(ctx context.Context, w erase.Warrant, same func(io.ReaderAt, int64) (bool, error)) (erase.Restored, error) {
	return e.inner.Restore(ctx, w, same)
}

// target is a recording taken in hand.
type target struct {
	erase.Target
	eraser *Eraser
	item   scanner.Item
}

// Erase erases the recording, tidies up after it and tells the recorder.
func (t *target) Erase(ctx context.Context, w erase.Warrant) (erase.Receipt, error) {
	receipt, err := t.Target.Erase(ctx, w)
	if err == nil {
		receipt = t.eraser.after(ctx, t.item, receipt)
	}
	return receipt, err
}

// after takes away empty folders and tells the recorder. The recording is gone
// by now, whatever comes of that: what did not work is a caveat.
func (e *Eraser) after(ctx context.Context, it scanner.Item, receipt erase.Receipt) erase.Receipt {
	r, _, ok := e.source.layout.read(scanner.DisplayPath(it.ID))
	if ok && r.folders > 0 && e.source.cfg.Now().Sub(it.Modified) > 2*24*time.Hour {
		// A folder that stays empty is found by the next erasure in it, and
		// holds nothing.
		_, _ = e.inner.PruneFolders(ctx, it, r.folders)
	}
	if e.source.layout.Mode != ModeTell || it.Kind != scanner.KindRecording {
		return receipt
	}
	if e.recorder == nil || e.recorder.Gone(ctx, it) != nil {
		receipt.Caveats = append(slices.Clone(receipt.Caveats), erase.CaveatRecorder)
	}
	return receipt
}
