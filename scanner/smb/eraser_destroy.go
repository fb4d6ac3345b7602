package smb

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner"
)

// What was done, as receipts say it.
const (
	methodOverwrite = "overwrite+unlink"
	methodUnlink    = "unlink"
)

// errNothingWritten: the first write was refused, so that nothing was changed.
var errNothingWritten = errors.New("nothing was overwritten")

// destroyer destroys the file that is open under its tombstone.
type destroyer struct {
	eraser      *Eraser
	place       place
	tombstone   string
	handle      handle
	st          stat // as it was before
	interrupted bool
	caveats     []string
	// destroyed is the warrant's: it puts on stable storage that the content
	// is destroyed. Without it, a crash from then on leaves an item unknown.
	destroyed func(erase.Receipt) error
}

// destroy erases. What is asked of the server, in order:
//
//	WRITE … FLUSH            over all that the file occupies; FLUSH is fsync there
//	READ …                   read back and compared with what was written
//	the same for each alternate data stream
//	SET_INFO end of file 0   only now: freed blocks are out of reach
//	FLUSH, CLOSE             and into the store: the content is destroyed
//	CREATE delete            the name
//	CREATE                   neither name leads to it
//
// What is written is the keystream of AES-CTR under a key that is made for this
// file and thrown away. The receipt is right at every return.
func (d *destroyer) destroy(ctx context.Context) (erase.Receipt, error) {
	receipt := erase.Receipt{Assurance: erase.None, Caveats: []string{erase.CaveatName, erase.CaveatCopies}}
	closed := false
	defer func() {
		if !closed {
			_ = d.handle.close() // the error says what matters
		}
	}()
	wrote, err := wipe(ctx, d.handle, max(d.st.size, d.st.alloc))
	if err != nil {
		return receipt, err
	}
	receipt.Bytes = wrote
	if wrote > 0 {
		receipt.Method, receipt.Assurance = methodOverwrite, erase.Unproven
	}
	if err := d.wipeStreams(ctx); err != nil {
		return receipt, err
	}
	if err := d.handle.truncate(ctx, 0); err != nil {
		return receipt, fmt.Errorf("truncate: %w", err)
	}
	if err := d.handle.sync(ctx); err != nil {
		return receipt, fmt.Errorf("sync: %w", err)
	}
	closed = true
	if err := d.handle.close(); err != nil && !lost(err) {
		return receipt, fmt.Errorf("close: %w", err)
	}
	done := receipt
	done.Caveats = d.judge()
	if wrote == 0 {
		done.Method, done.Assurance = methodUnlink, erase.Unlinked
	}
	if d.destroyed != nil {
		if err := d.destroyed(done); err != nil {
			return receipt, err
		}
	}
	if err := d.unlink(ctx); err != nil {
		return receipt, err
	}
	return done, nil
}

// unlink removes the tombstone and looks whether that is so.
func (d *destroyer) unlink(ctx context.Context) error {
	e, name := d.eraser, d.place.beside(d.tombstone)
	err := e.link.do(ctx, func(ctx context.Context, sh share) error { return sh.remove(ctx, name) })
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove: %w", err)
	}
	e.syncFolder(ctx, d.place.folder)
	if _, err := e.link.lstat(ctx, name); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the tombstone %s is still there after it was removed (%w)", d.tombstone, err)
	}
	own, err := e.identity(ctx, d.place.own)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("looking whether it is gone: %w", err)
	case own.sameFile(d.st) && own.created.Equal(d.st.created) && own.written.Equal(d.st.written):
		return errors.New("the item is still there after it was removed")
	}
	return nil // somebody has put something new under its name
}

// identity looks at a file with the server's number of it.
func (e *Eraser) identity(ctx context.Context, path string) (stat, error) {
	h, st, _, err := e.link.open(ctx, path, false)
	if err != nil {
		return stat{}, err
	}
	_ = h.close() // it was only looked at
	return st, nil
}

// judge says what may survive. Over SMB nothing shows in which blocks the new
// data lie: no overwriting on a share is more than unproven.
func (d *destroyer) judge() []string {
	list := []string{erase.CaveatName, erase.CaveatCopies, erase.CaveatShareLinks}
	medium := d.eraser.source.cfg.Medium
	switch {
	case medium == MediumCow, d.eraser.traits.CopyOnWrite: // the server knows better than the configuration
		list = append(list, erase.CaveatCopyOnWrite)
	case medium == MediumInPlace:
		list = append(list, erase.CaveatShareInPlace)
	default:
		list = append(list, erase.CaveatShareMedium)
	}
	for _, c := range []struct {
		text string
		is   bool
	}{
		{erase.CaveatShareSnapshots, d.eraser.snapshots || d.eraser.traits.Snapshots > 0},
		{erase.CaveatShareCache, d.st.size > 0},
		{erase.CaveatEncoded, d.st.attrs&(attrComprssed|attrEncrypted) != 0},
		{erase.CaveatSparse, d.st.attrs&attrSparse != 0},
		{erase.CaveatEmpty, d.st.size == 0},
		{erase.CaveatInterrupted, d.interrupted},
	} {
		if c.is {
			list = append(list, c.text)
		}
	}
	return append(list, d.caveats...)
}

// wipeStreams overwrites the file's other streams: all of them, or, when the
// server does not list them, those of names that are known.
func (d *destroyer) wipeStreams(ctx context.Context) error {
	names, err := d.handle.streams(ctx)
	switch {
	case hopeless(err):
		return fmt.Errorf("list streams: %w", err)
	case err != nil:
		names = knownStreams()
		d.caveats = append(d.caveats, erase.CaveatShareStreams)
	}
	for _, name := range names {
		name = strings.TrimSuffix(strings.TrimPrefix(name, ":"), ":$DATA")
		if name == "" {
			continue // the content
		}
		err := d.wipeStream(ctx, d.place.beside(d.tombstone)+":"+name)
		switch {
		case err == nil, errors.Is(err, fs.ErrNotExist), code(err) == statusNameInvalid:
		case hopeless(err):
			return fmt.Errorf("a stream: %w", err)
		default:
			d.caveats = append(d.caveats, erase.CaveatShareStream)
		}
	}
	return nil
}

func (d *destroyer) wipeStream(ctx context.Context, path string) error {
	h, st, err := d.eraser.open(ctx, path)
	if err != nil {
		return err
	}
	_, err = wipe(ctx, h, st.size)
	return errors.Join(err, h.close())
}

// knownStreams are names of alternate data streams that programs give, and that
// hold something of a file's content or origin.
func knownStreams() []string {
	return []string{
		"Zone.Identifier",        // where it was downloaded from
		"\x05SummaryInformation", // properties: author, title
		"\x05DocumentSummaryInformation",
		"AFP_AfpInfo", "AFP_Resource", // what a Mac stores beside
		"com.apple.metadata_kMDItemWhereFroms",
		"OECustomProperty", // mail saved as a file
	}
}

// errNotWritten: what was read back is not what had been written.
var errNotWritten = errors.New("read back something else than was written")

// wipe overwrites the first size bytes once, has the server make that durable,
// and compares. It returns how many bytes that was.
func wipe(ctx context.Context, h handle, size int64) (int64, error) {
	if size == 0 {
		return 0, nil
	}
	var key [32]byte
	rand.Read(key[:]) // never fails
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return 0, fmt.Errorf("AES: %w", err)
	}
	err = eachBlock(block, size, func(want, _ []byte, off int64) error {
		err := h.writeAt(ctx, want, off)
		if err != nil && off == 0 && !hopeless(err) {
			return fmt.Errorf("%w: %w", errNothingWritten, err)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("overwrite: %w", err)
	}
	if err := h.sync(ctx); err != nil {
		return 0, fmt.Errorf("sync: %w", err)
	}
	err = eachBlock(block, size, func(want, buf []byte, off int64) error {
		n, err := readFull(ctx, h, size, buf, off)
		if n < len(buf) {
			return err
		}
		if !bytes.Equal(want, buf) {
			return errNotWritten
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("read back: %w", err)
	}
	return size, nil
}

// wipeSize is how much is written and compared at a time.
const wipeSize = 1 << 20

// eachBlock calls fn with the keystream for each block, and with a buffer of
// the same length. Every call of eachBlock makes the same keystream.
func eachBlock(block cipher.Block, size int64, fn func(want, buf []byte, off int64) error) error {
	var iv [aes.BlockSize]byte // the key is used for one file
	stream := cipher.NewCTR(block, iv[:])
	n := min(size, wipeSize)
	zero, want, buf := make([]byte, n), make([]byte, n), make([]byte, n)
	for off := int64(0); off < size; {
		n := min(wipeSize, size-off)
		stream.XORKeyStream(want[:n], zero[:n])
		if err := fn(want[:n], buf[:n], off); err != nil {
			return err
		}
		off += n
	}
	return nil
}

// Resume looks for what an interrupted erasure left, and finishes it.
func (e *Eraser) Resume(ctx context.Context, w erase.Warrant) (erase.Remains, erase.Receipt, error) {
	found, err := e.look(ctx, w)
	if err != nil {
		return "", erase.Receipt{}, err
	}
	if found.handle == nil {
		return found.remains, erase.Receipt{Assurance: erase.None}, nil
	}
	d := &destroyer{eraser: e, place: found.place, tombstone: w.Tombstone(), handle: found.handle, st: found.st,
		interrupted: true, destroyed: w.Destroyed}
	receipt, err := d.destroy(ctx)
	if err != nil {
		return "", receipt, err
	}
	return erase.Finished, receipt, nil
}

// remainder is what an interrupted erasure left.
type remainder struct {
	place   place
	remains erase.Remains // when it does not lie under its tombstone
	handle  handle        // when it does
	st      stat
}

// look finds out what an interrupted erasure left.
func (e *Eraser) look(ctx context.Context, w erase.Warrant) (remainder, error) {
	it := w.Item()
	if err := checkTombstone(w.Tombstone()); err != nil {
		return remainder{}, err
	}
	id, err := versionFile(it.Version)
	if err != nil {
		return remainder{}, fmt.Errorf("%w: %w", erase.ErrRefused, err)
	}
	rel, err := e.rawPath(it)
	if err != nil {
		return remainder{}, err
	}
	r := remainder{place: e.place(rel)}
	h, st, err := e.open(ctx, r.place.beside(w.Tombstone()))
	switch {
	case err == nil && st.id == id:
		r.handle, r.st = h, st
		return r, nil
	case err == nil:
		// The crash came between the rename and the look at what was renamed.
		_ = h.close() // it was only looked at
		if err := e.rename(ctx, r.place.beside(w.Tombstone()), r.place.own); err != nil {
			return r, fmt.Errorf("%s is another file: %w", w.Tombstone(), err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return r, err
	}
	own, err := e.identity(ctx, r.place.own)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := e.source.gone(ctx); !errors.Is(err, scanner.ErrGone) {
			return r, err
		}
		r.remains = erase.Missing
	case err != nil:
		return r, err
	case own.id == id:
		r.remains = erase.Untouched
	default:
		r.remains = erase.Missing
	}
	return r, nil
}

// Restore gives an item that lies under its tombstone its own name back.
func (e *Eraser) Restore(ctx context.Context, w erase.Warrant, same func(io.ReaderAt, int64) (bool, error)) (erase.Restored, error) {
	found, err := e.look(ctx, w)
	if err != nil {
		return erase.Restored{}, err
	}
	if found.handle == nil {
		return erase.Restored{Remains: found.remains, Whole: found.remains == erase.Untouched}, nil
	}
	h, size := found.handle, found.st.size
	if size == 0 && w.Item().Size > 0 {
		return erase.Restored{Remains: erase.Gone}, h.close() // nothing left to keep
	}
	whole, err := same(readerAt{ctx, h, size}, size)
	if err == nil && !whole && size > w.Item().Size {
		// The overwriting had rounded it up to whole blocks.
		err = h.truncate(ctx, w.Item().Size)
	}
	if err := errors.Join(err, h.close()); err != nil {
		return erase.Restored{}, fmt.Errorf("what is left: %w", err)
	}
	if err := e.rename(ctx, found.place.beside(w.Tombstone()), found.place.own); err != nil {
		return erase.Restored{}, fmt.Errorf("%s stays under this name: %w", w.Tombstone(), err)
	}
	e.syncFolder(ctx, found.place.folder)
	return erase.Restored{Remains: erase.Untouched, Whole: whole}, nil
}

// readerAt is a handle as an io.ReaderAt.
type readerAt struct {
	ctx  context.Context
	h    handle
	size int64
}

func (r readerAt) ReadAt(p []byte, off int64) (int, error) {
	return readFull(r.ctx, r.h, r.size, p, off)
}
