package files

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/erase"
)

// What was done, as receipts say it.
const (
	methodOverwrite = "overwrite+unlink"
	methodUnlink    = "unlink"
)

// destroy erases the file that is open as f and lies under the tombstone. The
// system calls, in order:
//
//	ioctl(FS_IOC_FIEMAP)             where the content lies
//	pwrite64 … fdatasync             over every block of it, to its end
//	fadvise64(DONTNEED) pread64 …    read back and compared with what was written
//	ioctl(FS_IOC_FIEMAP)             still there?
//	ftruncate(0) fsync               only now: freed blocks are out of reach
//	                                 into the store: the content is destroyed
//	unlinkat fsync(folder)           the name
//	statx                            neither name leads to it
//
// What one pass writes is the keystream of AES-CTR under a key that is made for
// this file and thrown away: it compresses to nothing smaller, equals no other
// block, and can be made again to compare.
//
// The receipt is right at every return.
func (s *site) destroy(f *os.File, w erase.Warrant, d doubts) (erase.Receipt, error) {
	tombstone := w.Tombstone()
	receipt := erase.Receipt{Assurance: erase.None, Caveats: []string{erase.CaveatName, erase.CaveatCopies}}
	traits, err := lookAtStorage(f)
	if err != nil {
		return receipt, err
	}
	traits.doubts = d
	var wrote int64
	if wrote, err = wipe(f, traits.areas); err != nil {
		return receipt, err
	}
	if err := traits.lookAgain(f); err != nil {
		return receipt, err
	}
	receipt.Bytes = wrote
	receipt.Method, receipt.Assurance = methodOverwrite, erase.Unproven // until the end is reached
	if err := f.Truncate(0); err != nil {
		return receipt, fmt.Errorf("truncate: %w", bare(err))
	}
	if err := f.Sync(); err != nil {
		return receipt, fmt.Errorf("sync: %w", bare(err))
	}
	destroyed := receipt
	destroyed.Assurance, destroyed.Caveats = traits.judge()
	if wrote == 0 {
		destroyed.Method, destroyed.Assurance = methodUnlink, erase.Unlinked
	}
	if err := w.Destroyed(destroyed); err != nil {
		return receipt, err
	}
	if err := unix.Unlinkat(s.fd(), tombstone, 0); err != nil && !errors.Is(err, unix.ENOENT) {
		return receipt, fmt.Errorf("unlink: %w", err)
	}
	if err := s.sync(); err != nil {
		return receipt, err
	}
	left, err := s.verifyGone(f, tombstone)
	if err != nil {
		return receipt, err
	}
	if left > 0 {
		destroyed.Caveats = append(destroyed.Caveats, erase.CaveatNewName)
	}
	return destroyed, nil
}

// verifyGone looks for the file under its names; it returns how many names it
// has anywhere. What somebody else has put under the item's own name by now is
// another file, and stays.
func (s *site) verifyGone(f *os.File, tombstone string) (names uint64, err error) {
	if _, err := s.stat(tombstone); !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("the tombstone %s is still there after it was removed (%w)", tombstone, err)
	}
	open, err := statHandle(f)
	if err != nil {
		return 0, err
	}
	own, err := s.stat(s.name)
	if err == nil && own.sameFile(open) {
		return 0, errors.New("the item is still there after it was removed")
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("looking whether it is gone: %w", err)
	}
	return open.links, nil
}

// area is a part of a file, in bytes.
type area struct{ off, length int64 }

// blockSize is how much is written and compared at a time.
const blockSize = 1 << 20

// errNotWritten: what was read back is not what had been written.
var errNotWritten = errors.New("read back something else than was written")

// wipe overwrites the areas once, makes that durable, and compares. It
// returns how many bytes that was.
func wipe(f *os.File, areas []area) (int64, error) {
	if len(areas) == 0 {
		return 0, nil
	}
	var key [32]byte
	rand.Read(key[:]) // never fails
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return 0, fmt.Errorf("AES: %w", err)
	}
	total, err := eachBlock(block, areas, func(want, _ []byte, off int64) error {
		_, err := f.WriteAt(want, off)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("overwrite: %w", bare(err))
	}
	if err := datasync(f); err != nil {
		return 0, fmt.Errorf("sync: %w", err)
	}
	// Without this the comparison would see the cache only. It is a hint, and
	// may be ignored: reading back is through the file system in any case.
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
	_, err = eachBlock(block, areas, func(want, buf []byte, off int64) error {
		if _, err := f.ReadAt(buf, off); err != nil {
			return err
		}
		if !bytes.Equal(want, buf) {
			return errNotWritten
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("read back: %w", bare(err))
	}
	return total, nil
}

// eachBlock calls fn with the keystream for each block of the areas, and with a
// buffer of the same length. Every call of eachBlock makes the same keystream.
func eachBlock(block cipher.Block, areas []area, fn func(want, buf []byte, off int64) error) (total int64, err error) {
	var iv [aes.BlockSize]byte // the key is used for one file
	stream := cipher.NewCTR(block, iv[:])
	var longest int64
	for _, a := range areas {
		longest = max(longest, a.length)
	}
	n := min(longest, blockSize)
	zero, want, buf := make([]byte, n), make([]byte, n), make([]byte, n)
	for _, a := range areas {
		for off, end := a.off, a.off+a.length; off < end; {
			n := min(blockSize, end-off)
			stream.XORKeyStream(want[:n], zero[:n])
			if err := fn(want[:n], buf[:n], off); err != nil {
				return total, err
			}
			off += n
			total += n
		}
	}
	return total, nil
}

func datasync(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
