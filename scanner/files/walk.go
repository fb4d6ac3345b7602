package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/sletdk/slet/scanner"
)

// Walk yields the partition's files in a fixed order: of each folder the files
// by name, then what lies in its folders, by name. (A folder of more than
// batchSize names is taken a batch at a time.) Names compare byte by byte.
//
// No folder stays open while its subfolders are walked, so that the depth of a
// storage is not limited by handles; each is opened from the root by its path.
func (s *Source) Walk(ctx context.Context, p scanner.Partition) iter.Seq2[scanner.Item, error] {
	return func(yield func(scanner.Item, error) bool) {
		w := &walker{Source: s, ctx: ctx, yield: yield}
		if p.ID == rootPartition {
			w.rootOnly = true
			w.stack = []frame{{more: true}}
		} else {
			rel, err := scanner.UnescapePath(p.ID)
			if err == nil && !local(rel) {
				err = scanner.ErrID
			}
			if err != nil {
				yield(scanner.Item{}, fmt.Errorf("walk: partition %q: %w", p.ID, err))
				return
			}
			if scanner.PrivatePath(rel + "/") {
				yield(scanner.Item{}, &scanner.Skip{Why: scanner.SkipPrivate, Folder: true})
				return
			}
			w.path = append(w.path, rel...)
			w.stack = []frame{{more: true}}
		}
		w.run()
	}
}

// walker is one walk under way.
type walker struct {
	*Source
	ctx      context.Context
	yield    func(scanner.Item, error) bool
	rootOnly bool // one folder's own files: the root's, whose folders are other partitions, or a watched one's

	// path is the raw path of the folder on top of the stack. There is one for
	// the whole walk: paths kept per folder would add up to the square of the
	// depth.
	path  []byte
	stack []frame
}

// frame is one folder on the way down.
type frame struct {
	parent  int      // length of walker.path without this folder
	folders []string // of the present batch, still to be walked
	after   string   // the last name of the present batch
	more    bool     // there are names after it
}

// run walks until there is nothing left, the consumer has had enough, or the
// context ends.
func (w *walker) run() {
	for len(w.stack) > 0 {
		top := &w.stack[len(w.stack)-1]
		switch {
		case len(top.folders) > 0:
			name := top.folders[0]
			top.folders = top.folders[1:]
			w.stack = append(w.stack, frame{parent: len(w.path), more: true})
			if len(w.path) > 0 {
				w.path = append(w.path, '/')
			}
			w.path = append(w.path, name...)
		case top.more:
			if !w.list(top) {
				return
			}
		default:
			w.path = w.path[:top.parent]
			w.stack = w.stack[:len(w.stack)-1]
		}
	}
}

// list reads the next batch of the folder on top of the stack, yields its files
// and notes its folders. It reports whether the walk goes on.
func (w *walker) list(top *frame) bool {
	rel := string(w.path)
	top.more = false
	dir, err := w.tree.openFolder(rel)
	if err != nil {
		if rel != "" && errors.Is(err, fs.ErrNotExist) {
			return w.alive() // removed since its parent was listed
		}
		return w.gap(rel, err)
	}
	defer func() { _ = dir.close() }()

	batch, more, err := nextBatch(w.ctx, dir, top.after, w.batch)
	if !w.alive() {
		return false
	}
	if err != nil && !w.gap(rel, err) {
		return false
	}
	top.more = more && err == nil
	if len(batch) > 0 {
		top.after = batch[len(batch)-1].name
	}
	for _, e := range batch {
		if !w.visit(dir, rel, e, top) {
			return false
		}
	}
	return true
}

// visit deals with one name. It reports whether the walk goes on.
func (w *walker) visit(dir folder, rel string, e entry, top *frame) bool {
	if !w.alive() {
		return false
	}
	switch w.judge(dir, rel, &e) {
	case skipPrivate:
		return w.skip(&scanner.Skip{Parent: scanner.DisplayPath(scanner.EscapePath(rel)), Why: scanner.SkipPrivate, Folder: true})
	case skipExcluded:
		return w.skip(w.named(rel, e, scanner.SkipExcluded))
	case skipLink:
		return w.skip(w.named(rel, e, scanner.SkipLink))
	case skipSpecial:
		return w.skip(w.named(rel, e, scanner.SkipSpecial))
	case walkFolder:
		if !w.rootOnly {
			top.folders = append(top.folders, e.name)
		}
		return true
	}
	// What is unknown could not be looked at: asking again says why.
	return w.file(dir, rel, e)
}

// file yields a file, or the reason why it cannot be looked at.
func (w *walker) file(dir folder, rel string, e entry) bool {
	path := join(rel, e.name)
	st, err := dir.stat(e.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true // removed since the folder was listed
	case err != nil:
		return w.gap(path, err)
	case !st.mode.IsRegular():
		return w.gap(path, errSwapped)
	case st.mount:
		return w.gap(path, mountError{})
	}
	return w.yield(item(w.cfg.Name, path, st), nil)
}

// alive reports whether the walk goes on; if the context has ended it says so
// to the consumer.
func (w *walker) alive() bool {
	if err := w.ctx.Err(); err != nil {
		w.yield(scanner.Item{}, fmt.Errorf("walk: %w", err))
		return false
	}
	return true
}

func (w *walker) gap(rel string, err error) bool {
	return w.yield(scanner.Item{}, &scanner.Gap{Path: scanner.DisplayPath(scanner.EscapePath(rel)), Reason: scanner.ReasonFor(err), Err: err})
}

func (w *walker) skip(s *scanner.Skip) bool { return w.yield(scanner.Item{}, s) }

func (w *walker) named(rel string, e entry, why scanner.SkipReason) *scanner.Skip {
	return &scanner.Skip{
		Parent: scanner.DisplayPath(scanner.EscapePath(rel)), Name: scanner.DisplayPath(scanner.EscapePath(e.name)), Why: why, Folder: e.mode.IsDir(),
	}
}

// verdict says what is to be done with an entry.
type verdict int

const (
	unknown verdict = iota // the storage does not say what it is
	walkFile
	walkFolder
	skipPrivate
	skipExcluded
	skipLink
	skipSpecial
)

// judge decides about an entry of the folder at rel, from its name and from
// what the folder's listing says it is; only if the listing does not say is the
// entry itself looked at, and then e.mode is set.
//
// A private name comes before everything. It hides whatever is not certainly a
// file: a link of that name most likely leads to a private folder, and even
// where to is nobody's business.
func (s *Source) judge(dir folder, rel string, e *entry) verdict {
	if e.mode == fs.ModeIrregular {
		if st, err := dir.stat(e.name); err == nil {
			e.mode = st.mode
		} else if !scanner.Private(e.name) {
			return unknown
		}
	}
	if !e.mode.IsRegular() && scanner.Private(e.name) {
		return skipPrivate
	}
	if s.excluded(join(rel, e.name)) {
		return skipExcluded
	}
	switch {
	case e.mode.IsRegular():
		return walkFile
	case e.mode == fs.ModeDir:
		return walkFolder
	case e.mode == fs.ModeSymlink, e.mode == fs.ModeIrregular:
		return skipLink // Windows calls its junctions irregular
	}
	return skipSpecial
}

// nextBatch returns, sorted, at most limit entries of the folder: those whose
// names come next after the given one; and whether there are more. It reads the
// whole folder and never holds more than twice the limit. Since names only ever
// grow, an entry is seen once even while the folder changes.
func nextBatch(ctx context.Context, dir folder, after string, limit int) (batch []entry, more bool, err error) {
	var highest string // of the batch; meaningful once there are more
	cut := func() {
		slices.SortFunc(batch, func(a, b entry) int { return strings.Compare(a.name, b.name) })
		batch = slices.CompactFunc(batch, func(a, b entry) bool { return a.name == b.name })
		if len(batch) > limit {
			clear(batch[limit:])
			batch = batch[:limit]
			highest, more = batch[limit-1].name, true
		}
	}
	seen := 0
	err = dir.each(func(e entry) bool {
		seen++
		if seen%4096 == 0 && ctx.Err() != nil {
			return false
		}
		if after != "" && e.name <= after || more && e.name > highest {
			return true
		}
		batch = append(batch, e)
		if len(batch) >= 2*limit {
			cut()
		}
		return true
	})
	cut()
	return batch, more, err
}
