package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sync/errgroup"

	"github.com/sletdk/slet/scanner"
)

// Watch looks at what is new or has changed in a source on this machine as soon
// as it has come to rest, so that the inventory knows of it within seconds. It
// never takes anything out of the inventory and never calls anything seen: that
// is for scans, which remain the safety net for whatever a watch has missed.
//
// Only folders that a scan would enter are watched, and only they are looked
// at, one by one: see [scanner.Watchable].
type Watch struct {
	// Scanner says how items are examined.
	Scanner *Scanner
	Source  scanner.Watchable
	// SourceType is that of the configuration.
	SourceType string
	// Ignore begins the names that slet itself gives to what it is erasing; ""
	// is none.
	Ignore string
	// Quiet is how long a folder must have been quiet before it is looked at; 0
	// is two seconds. One that is never quiet is looked at after five times as
	// long; files that are being written to then wait for their own quiet, but
	// recordings, of which little is read, do not.
	Quiet time.Duration

	listen func() (*notices, error) // for tests; nil is fsnotify's
}

// ErrUnwatched: a source cannot be watched, or not any more. What is new in it
// is found by scans only.
var ErrUnwatched = errors.New("not watched: what is new is found by the next scan")

// notices are what an operating system tells of folders.
type notices struct {
	events      <-chan fsnotify.Event
	errors      <-chan error
	add, remove func(place string) error
	close       func() error
}

func listen() (*notices, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return &notices{events: w.Events, errors: w.Errors, add: w.Add, remove: w.Remove, close: w.Close}, nil
}

// Run watches until ctx ends, or until watching fails: then the error wraps
// [ErrUnwatched] and says why, and nothing is watched any more. Other errors are
// the store's.
func (w *Watch) Run(ctx context.Context) (err error) {
	open := w.listen
	if open == nil {
		open = listen
	}
	n, err := open()
	if err != nil {
		return unwatched(err)
	}
	defer func() { err = errors.Join(err, n.close()) }()
	run := &watchRun{
		Watch: w, notices: n, quiet: w.Quiet, folders: map[string]string{}, places: map[string]string{},
		touched: map[string]*touched{}, turn: make(chan *touched),
	}
	if run.quiet <= 0 {
		run.quiet = 2 * time.Second
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return run.collect(ctx) })
	g.Go(func() error { return run.look(ctx) })
	err = g.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// unwatched says why a source is not watched, and what to do.
func unwatched(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		err = fmt.Errorf("more folders than the system watches for one user; raise fs.inotify.max_user_watches: %w", err)
	case errors.Is(err, syscall.EMFILE):
		err = fmt.Errorf("more watchers than the system has for one user; raise fs.inotify.max_user_instances: %w", err)
	case errors.Is(err, fsnotify.ErrEventOverflow):
		err = fmt.Errorf("more happened at once than the system remembers; it may help to raise fs.inotify.max_queued_events: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrUnwatched, err)
}

// watchRun is one watch under way. Two goroutines: one collects what the system
// tells, and waits for no item to be read; the other looks at one folder at a
// time and sets the watches.
type watchRun struct {
	*Watch
	*notices
	quiet time.Duration
	turn  chan *touched // folders whose turn it is

	mu      sync.Mutex
	folders map[string]string // place: folder
	places  map[string]string // folder: place

	touched map[string]*touched // by folder; the collector's own
}

// touched is a folder in which something has happened.
type touched struct {
	folder      string
	first, last time.Time
	names       map[string]time.Time // what happened to, and when last; nil is everything in it
	busy        map[string]bool      // names that are still being written to
}

// maxNames is how many names of one folder are remembered; when there are more,
// all of the folder is looked at.
const maxNames = 1000

// collect gathers what happens, and gives each folder its turn.
func (w *watchRun) collect(ctx context.Context) error {
	tick := time.NewTicker(w.quiet / 4)
	defer tick.Stop()
	// A root that is removed while we have it open, or unmounted, says nothing.
	root := time.NewTicker(30 * w.quiet)
	defer root.Stop()
	var next *touched
	for {
		var turn chan<- *touched
		if next != nil {
			turn = w.turn
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err, ok := <-w.errors:
			if !ok {
				return unwatched(errors.New("the watch has ended"))
			}
			return unwatched(err)
		case e, ok := <-w.events:
			if !ok {
				return unwatched(errors.New("the watch has ended"))
			}
			if err := w.note(e); err != nil {
				return err
			}
		case <-tick.C:
			if next == nil {
				next = w.due(time.Now())
			}
		case <-root.C:
			if _, err := w.Source.Place(""); err != nil {
				return unwatched(err)
			}
		case turn <- next:
			next = nil
		}
	}
}

// note remembers one event. Its name is only compared, never looked at.
func (w *watchRun) note(e fsnotify.Event) error {
	if e.Op&(fsnotify.Rename|fsnotify.Remove) != 0 {
		if w.forget(e.Name) {
			return unwatched(errors.New("its folder is not there any more"))
		}
	}
	folder, ok := w.folderAt(filepath.Dir(e.Name))
	name := filepath.Base(e.Name)
	if !ok || e.Op == fsnotify.Chmod || w.Ignore != "" && strings.HasPrefix(name, w.Ignore) {
		return nil
	}
	now := time.Now()
	t := w.touched[folder]
	if t == nil {
		t = &touched{folder: folder, first: now, names: map[string]time.Time{}}
		w.touched[folder] = t
	}
	t.last = now
	if t.names != nil {
		t.names[scanner.EscapePath(name)] = now
	}
	if len(t.names) > maxNames {
		t.names = nil
	}
	return nil
}

// due returns a folder whose turn it is, nil if it is none's. What is still
// being written to in it stays for later.
func (w *watchRun) due(now time.Time) *touched {
	for folder, t := range w.touched {
		if now.Sub(t.last) < w.quiet && now.Sub(t.first) < 5*w.quiet {
			continue
		}
		delete(w.touched, folder)
		t.busy = map[string]bool{}
		later := &touched{folder: folder, first: now, last: t.last, names: map[string]time.Time{}}
		for name, at := range t.names {
			if now.Sub(at) < w.quiet {
				t.busy[name], later.names[name] = true, at
			}
		}
		if len(later.names) > 0 {
			w.touched[folder] = later
		}
		return t
	}
	return nil
}

func (w *watchRun) folderAt(place string) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	folder, ok := w.folders[place]
	return folder, ok
}

// forget ends the watches of a folder that is no longer where it was, and of
// all below it: what happens there is nobody's business before its new name has
// been judged. It reports whether it was the source's own.
func (w *watchRun) forget(place string) (root bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	folder, ok := w.folders[place]
	if !ok {
		return false
	}
	for at, f := range w.folders {
		if at == place || strings.HasPrefix(at, place+string(filepath.Separator)) {
			_ = w.remove(at) // the system may have ended it already
			delete(w.folders, at)
			delete(w.places, f)
		}
	}
	return folder == ""
}

// look sets the watches, and then looks at one folder after the other.
func (w *watchRun) look(ctx context.Context) error {
	if err := w.descend(ctx, "", nil); err != nil {
		return unwatched(err)
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case t := <-w.turn:
			if err := w.at(ctx, t); err != nil {
				return err
			}
		}
	}
}

// descend watches a folder and all below it that are not watched yet, and calls
// found with each. It is watched first and listed then, so that nothing falls
// between.
func (w *watchRun) descend(ctx context.Context, folder string, found func(folder string) error) error {
	stack := []string{folder}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		fresh, err := w.watch(at)
		if err == nil && fresh && found != nil {
			err = found(at)
		}
		var below []string
		if err == nil && (fresh || at == folder) {
			below, err = w.Source.Folders(ctx, at)
		}
		if err != nil {
			if at != "" && passable(err) {
				continue // the scan says what is wrong with it
			}
			return err
		}
		stack = append(stack, below...)
	}
	return nil
}

// passable reports whether an error is about one folder only: it is gone, or
// may not be entered.
func passable(err error) bool {
	switch scanner.ReasonFor(err) {
	case scanner.Denied, scanner.Unsupported:
		return true
	}
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// watch sets the watch of a folder; fresh is true when there was none.
func (w *watchRun) watch(folder string) (fresh bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.places[folder]; ok {
		return false, nil
	}
	place, err := w.Source.Place(folder)
	if err != nil {
		return false, err
	}
	if err := w.add(place); err != nil {
		return false, err
	}
	// A link may have taken the folder's place just then.
	if _, err := w.Source.Place(folder); err != nil {
		return false, errors.Join(err, w.remove(place))
	}
	w.folders[place], w.places[folder] = folder, place
	return true, nil
}

// at looks at a folder in which something has happened, and at all of those in
// it that are new.
func (w *watchRun) at(ctx context.Context, t *touched) error {
	sc := &scan{Scanner: w.Scanner, src: w.Source, sourceType: w.SourceType, fleeting: true, record: w.Scanner.Store.BeginLook(w.Source.Name(), w.Scanner.Now())}
	err := w.folder(ctx, sc, t)
	if err == nil {
		err = w.descend(ctx, t.folder, func(folder string) error { return w.folder(ctx, sc, &touched{folder: folder}) })
		if err != nil && passable(err) {
			err = nil // it has gone meanwhile
		}
		if errors.Is(err, syscall.ENOSPC) {
			err = unwatched(err)
		}
	}
	// What was seen is recorded also when the rest was not.
	return errors.Join(err, sc.record.Leave(context.WithoutCancel(ctx)))
}

// folder examines what has changed in one folder.
func (w *watchRun) folder(ctx context.Context, sc *scan, t *touched) error {
	for it, err := range w.Source.WalkFolder(ctx, t.folder) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			continue // a gap or something left alone: the scan counts and reports it
		}
		name := path.Base(it.ID)
		if t.names != nil && t.names[name].IsZero() || t.busy[name] && it.Kind != scanner.KindRecording {
			continue
		}
		if w.Ignore != "" && strings.HasPrefix(name, w.Ignore) {
			continue
		}
		if err := sc.carry(ctx, it); err != nil {
			return err
		}
	}
	return nil
}
