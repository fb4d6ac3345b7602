package smb

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner"
)

// Eraser is the means to erase files on one share. It implements [erase.Eraser]
// and [erase.Restorer], and goes nowhere that the source of the same
// configuration does not go.
//
// The protocol as the library has it cannot rename or remove a file through the
// handle that it is open on, and no handle keeps others out. So the item is let
// go for a moment to be given its tombstone, opened again under that name, and
// compared anew: the server's number of the file, size, write time, and all of
// the content that was read before. Only then is a byte of it overwritten.
type Eraser struct {
	source *Source // for its rules about paths
	link   *link

	// snapshots says that the share shows a folder of snapshots; traits are what
	// the server says of its storage.
	snapshots bool
	traits    Traits

	// The last listing of a folder, in which hard links show as names with the
	// same number.
	mu       sync.Mutex
	listed   string
	listedAt time.Time
	names    map[uint64]int
}

// NewEraser signs in for erasing.
func NewEraser(ctx context.Context, cfg Config) (*Eraser, error) {
	source, err := New(ctx, cfg)
	if err != nil {
		return nil, err
	}
	traits, err := source.Check(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("source %s: %w", cfg.Name, err), source.Close())
	}
	e := &Eraser{source: source, link: source.reading[0], traits: traits}
	for _, name := range snapshotFolders() {
		if _, err := source.walking.lstat(ctx, name); err == nil {
			e.snapshots = true
		}
	}
	return e, nil
}

// snapshotFolders are where servers show snapshots: Samba's default, NetApp,
// ZFS, Synology and QNAP.
func snapshotFolders() []string {
	return []string{".snapshots", "~snapshot", ".snapshot", ".zfs", "#snapshot", "@Recently-Snapshot"}
}

// Close signs off.
func (e *Eraser) Close() error { return e.source.Close() }

// rawPath returns where the item lies below the root, if it is one that may be
// erased there.
func (e *Eraser) rawPath(it scanner.Item) (string, error) {
	rel, err := e.source.rawPath(it)
	if err != nil {
		return "", fmt.Errorf("%w: %w", erase.ErrRefused, err)
	}
	for at := rel; at != ""; at = at[:max(0, strings.LastIndexByte(at, '/'))] {
		if e.source.excluded(at) {
			return "", fmt.Errorf("%w: the configuration excludes it", erase.ErrRefused)
		}
	}
	return rel, nil
}

// Take opens the item for reading and writing, and compares on the handle that
// it is the very one that was walked.
func (e *Eraser) Take(ctx context.Context, it scanner.Item) (erase.Target, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rel, err := e.rawPath(it)
	if err != nil {
		return nil, err
	}
	place := e.place(rel)
	if err := e.takeable(ctx, place, it); err != nil {
		return nil, err
	}
	h, st, err := e.open(ctx, place.own)
	if err == nil {
		if err = e.sameVersion(it, st); err != nil {
			_ = h.close() // it was only opened
		}
	}
	if err != nil {
		return nil, e.explain(ctx, place, err)
	}
	return &target{eraser: e, ctx: ctx, item: it, place: place, handle: h, st: st, hash: sha256.New()}, nil
}

// place is where an item lies, as paths below the share.
type place struct{ folder, own string }

func (p place) beside(name string) string { return join(p.folder, name) }

func (e *Eraser) place(rel string) place {
	own := e.source.at(rel)
	folder := path.Dir(own)
	if folder == "." {
		folder = ""
	}
	return place{folder: folder, own: own}
}

// takeable looks at the name before it is opened for writing: opening can fetch
// a file from a cloud, and being refused for writing has many reasons.
func (e *Eraser) takeable(ctx context.Context, p place, it scanner.Item) error {
	st, err := e.link.lstat(ctx, p.own)
	switch {
	case err != nil:
		return e.explain(ctx, p, err)
	case st.folder(), st.reparse():
		return fmt.Errorf("%w: there is a folder or a link under its name", scanner.ErrChanged)
	case st.size != it.Size, !st.written.Equal(it.Modified):
		return scanner.ErrChanged
	case st.away():
		return fmt.Errorf("%w: %w", erase.ErrRefused, errAway)
	case st.attrs&attrReadOnly != 0:
		return fmt.Errorf("%w: it is marked read-only; whoever marked it may have had a reason", erase.ErrRefused)
	case st.size > sparseSize && st.alloc < st.size/2:
		return fmt.Errorf("%w: most of it is a hole or compressed (%d of %d bytes are stored): "+
			"overwriting would fill the disk and reach other blocks", erase.ErrRefused, st.alloc, st.size)
	}
	names, err := e.namesOf(ctx, p.folder)
	if err != nil {
		return e.explain(ctx, p, err)
	}
	id, err := versionFile(it.Version)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", erase.ErrRefused, err)
	case id == 0:
		return fmt.Errorf("%w: the server gives files no number to know them by", erase.ErrRefused)
	case names[id] > 1:
		return fmt.Errorf("%w: the same content has %d other names in its folder (hard links)", erase.ErrRefused, names[id]-1)
	}
	return nil
}

// sparseSize is from where on a file with holes is not overwritten.
const sparseSize = 64 << 20

// namesOf counts the names in a folder by the number of the file. A listing is
// kept for a moment, since a plan often names many files of one folder.
func (e *Eraser) namesOf(ctx context.Context, folder string) (map[uint64]int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.names != nil && e.listed == folder && time.Since(e.listedAt) < listingKept {
		return e.names, nil
	}
	e.names = nil
	seen := map[string]uint64{} // an entry may come twice
	if _, err := e.source.walking.list(ctx, folder, 0, func(st stat) { seen[st.name] = st.id }); err != nil {
		return nil, err
	}
	names := make(map[uint64]int, len(seen))
	for _, id := range seen {
		names[id]++
	}
	e.names, e.listed, e.listedAt = names, folder, time.Now()
	return names, nil
}

const listingKept = 5 * time.Second

// open opens a file for reading and writing and looks at it on the handle.
func (e *Eraser) open(ctx context.Context, path string) (handle, stat, error) {
	h, st, _, err := e.link.open(ctx, path, true)
	return h, st, err
}

func (e *Eraser) sameVersion(it scanner.Item, st stat) error {
	if st.version() != it.Version {
		return scanner.ErrChanged
	}
	return nil
}

// explain says what a failure to reach an item means.
func (e *Eraser) explain(ctx context.Context, p place, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := e.source.openError(ctx, err); !errors.Is(err, scanner.ErrGone) {
			return err
		}
		return e.notThere(ctx, p, err)
	case errors.Is(err, errLink):
		return fmt.Errorf("%w: %w", scanner.ErrChanged, err)
	case errors.Is(err, errBusy):
		return fmt.Errorf("%w: %w", erase.ErrInUse, err)
	}
	return err // a lack of rights can be put right without another approval
}

// errNoFolder: without its folder nobody can tell whether the item is gone or
// has moved with it.
var errNoFolder = fmt.Errorf("%w: its folder is not there any more: it was renamed, moved or removed", scanner.ErrChanged)

// notThere says what it means that an item cannot be found, although its source
// is there: it is gone only if its folder can be read, and does not list it.
func (e *Eraser) notThere(ctx context.Context, p place, err error) error {
	listed := false
	_, lerr := e.source.walking.list(ctx, p.folder, 0, func(st stat) { listed = listed || join(p.folder, st.name) == p.own })
	switch {
	case errors.Is(lerr, fs.ErrNotExist):
		return errNoFolder
	case lerr != nil:
		return fmt.Errorf("not found, and its folder cannot be listed: %w", lerr)
	case listed:
		return fmt.Errorf("not found, though its folder lists it: %w", bare(err))
	}
	return fmt.Errorf("%w: %w", scanner.ErrGone, err)
}

// bare is an error's text without what it wraps.
func bare(err error) error { return errors.New(err.Error()) }

// target is an item taken in hand.
type target struct {
	eraser *Eraser
	ctx    context.Context
	item   scanner.Item
	place  place
	handle handle // nil once it has been let go
	st     stat

	// hash is of what has been read from the beginning on without a gap.
	mu     sync.Mutex
	hash   hash.Hash
	hashed int64
}

func (t *target) Size() int64 { return t.st.size }

func (t *target) ReadAt(p []byte, off int64) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.handle == nil {
		return 0, fs.ErrClosed
	}
	n, err := readFull(t.ctx, t.handle, t.st.size, p, off)
	if off == t.hashed {
		t.hash.Write(p[:n])
		t.hashed += int64(n)
	}
	if errors.Is(err, errBusy) {
		err = fmt.Errorf("%w: %w", erase.ErrInUse, err)
	}
	return n, err
}

// readFull reads as [io.ReaderAt] has it from a file of a size.
func readFull(ctx context.Context, h handle, size int64, p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fs.ErrInvalid
	}
	want := max(0, min(int64(len(p)), size-off))
	for int64(n) < want {
		k, err := h.readAt(ctx, p[n:want], off+int64(n))
		n += k
		if err != nil && int64(n) < want {
			return n, err
		}
		if k == 0 {
			return n, io.ErrUnexpectedEOF
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (t *target) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.letGo()
}

func (t *target) letGo() error {
	if t.handle == nil {
		return nil
	}
	h := t.handle
	t.handle = nil
	if err := h.close(); err != nil && !lost(err) {
		return err
	}
	return nil // a lost connection has closed it
}

// Erase gives the item its tombstone and destroys it.
func (t *target) Erase(ctx context.Context, w erase.Warrant) (erase.Receipt, error) {
	nothing := erase.Receipt{Assurance: erase.None}
	if !w.For(t.item) {
		return nothing, fmt.Errorf("%w: the warrant is for another item", erase.ErrRefused)
	}
	if err := checkTombstone(w.Tombstone()); err != nil {
		return nothing, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	h, err := t.bury(ctx, w.Tombstone())
	if err != nil {
		return nothing, err
	}
	d := &destroyer{eraser: t.eraser, place: t.place, tombstone: w.Tombstone(), handle: h, st: t.st, destroyed: w.Destroyed}
	receipt, err := d.destroy(ctx)
	if errors.Is(err, errNothingWritten) {
		// Locked by somebody, or the server is full: it gets its name back.
		if back := t.eraser.unbury(ctx, t.place, w.Tombstone()); back != nil {
			return receipt, staysBuried(err, w.Tombstone(), back)
		}
		if errors.Is(err, errBusy) {
			return nothing, fmt.Errorf("%w: %w", erase.ErrInUse, err)
		}
		return nothing, fmt.Errorf("%w: %w", erase.ErrUntouched, err)
	}
	return receipt, err
}

// checkTombstone refuses a tombstone that slet did not make up: it is read back
// from the store, and names what is to be destroyed.
func checkTombstone(name string) error {
	rest, ok := strings.CutPrefix(name, erase.TombstonePrefix)
	if !ok || len(rest) < 16 || strings.ContainsAny(rest, "/\\:\x00") {
		return fmt.Errorf("%w: %q is not a tombstone", erase.ErrRefused, name)
	}
	return nil
}

// bury gives the item its tombstone and opens it there. When an error that
// wraps ErrChanged, ErrGone, ErrRefused or ErrUntouched is returned, nothing
// has been changed, or has been changed back.
func (t *target) bury(ctx context.Context, tombstone string) (handle, error) {
	if t.handle == nil {
		return nil, fmt.Errorf("%w: %w", erase.ErrUntouched, fs.ErrClosed)
	}
	now, err := t.handle.stat(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", erase.ErrUntouched, err)
	}
	if now.version() != t.item.Version {
		return nil, fmt.Errorf("since it was read: %w", scanner.ErrChanged)
	}
	if err := t.letGo(); err != nil {
		return nil, fmt.Errorf("%w: %w", erase.ErrUntouched, err)
	}
	if err := t.eraser.rename(ctx, t.place.own, t.place.beside(tombstone)); err != nil {
		err = t.eraser.explain(ctx, t.place, err)
		if !hopeless(err) {
			err = fmt.Errorf("%w: %w", erase.ErrUntouched, err) // the server has said no
		}
		return nil, err
	}
	h, st, err := t.eraser.open(ctx, t.place.beside(tombstone))
	if err != nil {
		if hopeless(err) {
			return nil, fmt.Errorf("after the rename: %w", err)
		}
		return nil, t.putBack(ctx, tombstone, t.eraser.explain(ctx, t.place, err))
	}
	if err := t.sameAsRead(ctx, h, st); err != nil {
		_ = h.close() // it was only read
		if hopeless(err) {
			return nil, fmt.Errorf("after the rename: %w", err)
		}
		return nil, t.putBack(ctx, tombstone, err)
	}
	// The new name must survive a failure of the server's power before the
	// content does not. Not every server can do it for a folder.
	t.eraser.syncFolder(ctx, t.place.folder)
	if err := h.sync(ctx); err != nil {
		_ = h.close() // nothing was written
		return nil, fmt.Errorf("sync: %w", err)
	}
	return h, nil
}

// putBack undoes the renaming because of err, which it returns.
func (t *target) putBack(ctx context.Context, tombstone string, err error) error {
	if back := t.eraser.unbury(ctx, t.place, tombstone); back != nil {
		return staysBuried(err, tombstone, back)
	}
	return fmt.Errorf("%w: %w", erase.ErrUntouched, err)
}

// staysBuried says that an item could not be given its name back. It wraps
// neither of its causes: both say that nothing has been changed.
func staysBuried(err error, tombstone string, back error) error {
	return fmt.Errorf("%v; it stays under the name %s: %v", err, tombstone, back)
}

// sameAsRead reports, as an error, whether what is under the tombstone is not
// what was taken. While it had no handle it could have been written to.
func (t *target) sameAsRead(ctx context.Context, h handle, st stat) error {
	if !st.sameFile(t.st) || st.size != t.st.size || !st.written.Equal(t.st.written) {
		return scanner.ErrChanged
	}
	if t.hashed < t.st.size {
		return nil // its reader did not want to know
	}
	again := sha256.New()
	buf := make([]byte, min(st.size, 4*answerSize))
	for off := int64(0); off < st.size; {
		n, err := readFull(ctx, h, st.size, buf[:min(int64(len(buf)), st.size-off)], off)
		again.Write(buf[:n])
		off += int64(n)
		if err != nil && (!errors.Is(err, io.EOF) || off < st.size) {
			return fmt.Errorf("read again: %w", err)
		}
	}
	if string(again.Sum(nil)) != string(t.hash.Sum(nil)) {
		return scanner.ErrChanged
	}
	return nil
}

// rename renames once, and never replaces what can be seen to be there: the
// library's renaming would. An error of ours says when nothing was renamed.
func (e *Eraser) rename(ctx context.Context, from, to string) error {
	if _, err := e.link.lstat(ctx, to); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fs.ErrExist
		}
		return fmt.Errorf("%w: the new name: %w", erase.ErrUntouched, err)
	}
	err := e.link.once(ctx, func(ctx context.Context, sh share) error { return sh.rename(ctx, from, to) })
	if err == nil {
		return nil
	}
	if hopeless(err) {
		return fmt.Errorf("rename: %w", err) // whether it happened is not known
	}
	// A renaming is three calls, and the last one may be what failed.
	if _, look := e.link.lstat(ctx, to); !errors.Is(look, fs.ErrNotExist) {
		return fmt.Errorf("whether it was renamed is not known: %w", errors.Join(errDropped, err))
	}
	return err
}

// unbury gives what lies under the tombstone its name back, if that is free.
func (e *Eraser) unbury(ctx context.Context, p place, tombstone string) error {
	return e.rename(ctx, p.beside(tombstone), p.own)
}

// syncFolder makes a folder's names durable, where the server can do that.
func (e *Eraser) syncFolder(ctx context.Context, folder string) bool {
	h, _, _, err := e.link.open(ctx, folder, true)
	if err != nil {
		return false
	}
	err = h.sync(ctx)
	return errors.Join(err, h.close()) == nil
}
