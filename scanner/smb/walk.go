package smb

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
// No folder is open while anything is yielded: an open one could not be renamed
// or removed by others.
func (s *Source) Walk(ctx context.Context, p scanner.Partition) iter.Seq2[scanner.Item, error] {
	return func(yield func(scanner.Item, error) bool) {
		w := &walker{Source: s, ctx: ctx, yield: yield}
		top := folder{}
		if p.ID == rootPartition {
			w.rootOnly = true
		} else {
			rel, err := scanner.UnescapePath(p.ID)
			switch {
			case err != nil || !local(rel):
				yield(scanner.Item{}, fmt.Errorf("walk: partition %q: %w", p.ID, scanner.ErrID))
				return
			case scanner.PrivatePath(rel+"/") || hiddenPath(rel+"/"):
				yield(scanner.Item{}, &scanner.Skip{Why: scanner.SkipPrivate, Folder: true})
				return
			}
			top.rel = rel
		}
		w.run(top)
	}
}

// walker is one walk under way.
type walker struct {
	*Source
	ctx      context.Context
	yield    func(scanner.Item, error) bool
	rootOnly bool // the root's own files; its folders are other partitions
	above    []uint64
}

// folder is one folder to be walked.
type folder struct {
	rel   string
	id    uint64 // as its parent's listing says; 0 when not known
	depth int    // how many folders of the walk lie above it
	after string // the last name of the batch before
}

// maxDepth stops a walk in a circle that the server's numbers do not show.
const maxDepth = 256

var (
	errCircle = errors.New("leads back to a folder that it lies in: a link that the server follows by itself")
	errDepth  = fmt.Errorf("more than %d folders deep: %w", maxDepth, errors.ErrUnsupported)
	// errSubstitute is a gap, since the folder most likely is an ordinary one;
	// but a folder that may be private is not opened.
	errSubstitute = fmt.Errorf("the server shows a made-up name for this folder instead of one that Windows does not allow "+
		"(a blank or dot at the end, a colon): it may be private and is not opened; give it another name: %w", errors.ErrUnsupported)
	errAway = fmt.Errorf("stored elsewhere (offline, cloud or archive) and would have to be fetched: %w", errors.ErrUnsupported)
)

// run walks until there is nothing left, the consumer has had enough, or the
// context ends. The stack holds what is still to be walked, last first.
func (w *walker) run(top folder) {
	stack := []folder{top}
	for len(stack) > 0 {
		f := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		w.above = w.above[:f.depth]
		below, goOn := w.list(f)
		if !goOn {
			return
		}
		stack = append(stack, below...)
	}
}

// list reads the next batch of a folder, yields its files and returns what is
// to be walked after them, last first. It reports whether the walk goes on.
func (w *walker) list(f folder) (below []folder, goOn bool) {
	if f.depth > maxDepth {
		return nil, w.gap(f.rel, errDepth)
	}
	b := batch{after: f.after, limit: w.batch}
	self, err := w.walking.list(w.ctx, w.at(f.rel), f.id, b.add)
	b.cut()
	switch {
	case !w.alive():
		return nil, false
	case errors.Is(err, fs.ErrNotExist) && f.rel != "":
		// Removed since its parent was listed, unless nothing is there any more.
		if err := w.gone(w.ctx); !errors.Is(err, scanner.ErrGone) {
			return nil, w.end(err)
		}
		return nil, true
	case errors.Is(err, errLink):
		return nil, w.skip(f.rel, scanner.SkipLink, true)
	case hopeless(err), f.rel == "" && err != nil:
		return nil, w.end(err)
	case err != nil:
		return nil, w.gap(f.rel, err)
	case self.id != 0 && slices.Contains(w.above, self.id):
		return nil, w.gap(f.rel, errCircle)
	}
	if b.more {
		next := f
		next.after = b.list[len(b.list)-1].name
		below = append(below, next)
	}
	w.above = append(w.above, self.id)
	var folders []folder
	for _, st := range b.list {
		descend, goOn := w.visit(f.rel, st)
		if !goOn {
			return nil, false
		}
		if descend {
			folders = append(folders, folder{rel: join(f.rel, st.name), id: st.id, depth: len(w.above)})
		}
	}
	slices.Reverse(folders)
	return append(below, folders...), true
}

// visit deals with one name. It reports whether that is a folder to be walked,
// and whether the walk goes on.
func (w *walker) visit(rel string, st stat) (descend, goOn bool) {
	if !w.alive() {
		return false, false
	}
	path := join(rel, st.name)
	switch w.judge(rel, st) {
	case walkFolder:
		return !w.rootOnly, true
	case walkFile:
		return false, w.yield(item(w.cfg.Name, path, st), nil)
	case skipPrivate:
		return false, w.yield(scanner.Item{}, &scanner.Skip{Parent: scanner.DisplayPath(scanner.EscapePath(rel)), Why: scanner.SkipPrivate, Folder: true})
	case skipExcluded:
		return false, w.skip(path, scanner.SkipExcluded, st.folder())
	case skipLink:
		return false, w.skip(path, scanner.SkipLink, st.folder())
	case gapSubstitute:
		return false, w.gap(path, errSubstitute)
	}
	return false, w.gap(path, errAway)
}

// verdict says what is to be done with an entry.
type verdict int

const (
	walkFile verdict = iota
	walkFolder
	skipPrivate
	skipExcluded
	skipLink
	gapSubstitute
	gapAway
)

// judge decides about an entry of the folder at rel, from its listing alone.
//
// A private name comes before everything. It hides whatever is not certainly a
// file: a link of that name most likely leads to a private folder.
func (s *Source) judge(rel string, st stat) verdict {
	// Files that a server keeps deduplicated or in a cloud are reparse points
	// too; what is not a folder and can be read is a file.
	file := !st.folder() && !st.reparse()
	switch {
	case !file && scanner.Private(st.name):
		return skipPrivate
	case s.excluded(join(rel, st.name)):
		return skipExcluded
	case st.away():
		return gapAway
	case st.reparse():
		return skipLink
	case st.folder() && substitute(st.name):
		return gapSubstitute
	case st.folder():
		return walkFolder
	}
	return walkFile
}

// alive reports whether the walk goes on; if the context has ended it says so
// to the consumer.
func (w *walker) alive() bool {
	if err := w.ctx.Err(); err != nil {
		return w.end(err)
	}
	return true
}

// end ends the walk: it is not complete.
func (w *walker) end(err error) bool {
	w.yield(scanner.Item{}, fmt.Errorf("walk: %w", err))
	return false
}

func (w *walker) gap(rel string, err error) bool {
	return w.yield(scanner.Item{}, &scanner.Gap{Path: scanner.DisplayPath(scanner.EscapePath(rel)), Reason: scanner.ReasonFor(err), Err: err})
}

func (w *walker) skip(rel string, why scanner.SkipReason, folder bool) bool {
	parent, name := "", rel
	if i := strings.LastIndexByte(rel, '/'); i >= 0 {
		parent, name = rel[:i], rel[i+1:]
	}
	return w.yield(scanner.Item{}, &scanner.Skip{
		Parent: scanner.DisplayPath(scanner.EscapePath(parent)), Name: scanner.DisplayPath(scanner.EscapePath(name)), Why: why, Folder: folder,
	})
}

// batch collects, from all entries of a folder in any order and some of them
// twice, those whose names come next after a given one. It never holds more
// than twice the limit.
type batch struct {
	after string
	limit int
	list  []stat
	more  bool // there are names after the last one
}

func (b *batch) add(st stat) {
	if b.after != "" && st.name <= b.after || b.more && st.name > b.list[b.limit-1].name && len(b.list) == b.limit {
		return
	}
	b.list = append(b.list, st)
	if len(b.list) >= 2*b.limit {
		b.cut()
	}
}

// cut sorts the batch and drops what is beyond its limit.
func (b *batch) cut() {
	slices.SortStableFunc(b.list, func(x, y stat) int { return strings.Compare(x.name, y.name) })
	b.list = slices.CompactFunc(b.list, func(x, y stat) bool { return x.name == y.name })
	if len(b.list) > b.limit {
		clear(b.list[b.limit:])
		b.list = b.list[:b.limit]
		b.more = true
	}
}
