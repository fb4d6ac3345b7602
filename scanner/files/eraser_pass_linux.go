package files

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// area is a part of a file, in bytes.
type area struct{ off, length int64 }

const (
	// blockSize is how much is written and compared at a time.
	blockSize = 1 << 20
	// windowSize is how much of a large file is on its way to the drive while
	// what was written before it is read back. It is as large as a whole group
	// of small files, which are read back together after one sync.
	windowSize = 64 << 20
	// sectorSize is the smallest piece that a drive or a file system stores as one.
	sectorSize = 512
)

// errNotWritten: what was read back is not what had been written.
var errNotWritten = errors.New("read back something else than was written")

// pass is one overwriting of a file. What it writes is the keystream of AES-CTR
// under a key that is made for this file and thrown away, one block of it, again
// and again; each time round, every sector is made another one. So it compresses
// to nothing smaller, no two sectors are equal, and it can be made again to
// compare. (A keystream as long as the file, made twice, took as much time as
// everything else of a large file together.)
//
// Bytes of the pass are counted over its areas, one after the other.
type pass struct {
	areas    []area
	block    cipher.Block
	total    int64 // bytes
	window   int64 // bytes
	compared int64 // so many from the start have been read back
}

func newPass(areas []area) (*pass, error) {
	var key [32]byte
	rand.Read(key[:]) // never fails
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("AES: %w", err)
	}
	p := &pass{areas: areas, block: block, window: windowSize}
	for _, a := range areas {
		p.total += a.length
	}
	return p, nil
}

// write overwrites the areas once. The drive is set to work while the rest is
// still being made. Of a large file each window is read back while the drive
// works on the next one; the last is left to compare, after the sync.
func (p *pass) write(f *os.File) error {
	for from := int64(0); from < p.total; from += p.window {
		err := p.each(from, min(from+p.window, p.total), func(want, _ []byte, off int64) error {
			if _, err := f.WriteAt(want, off); err != nil {
				return err
			}
			startWriting(f, off, int64(len(want)))
			return nil
		})
		if err != nil {
			return fmt.Errorf("overwrite: %w", bare(err))
		}
		if from > p.compared {
			if err := p.writtenOut(f, p.compared, from); err != nil {
				return fmt.Errorf("overwrite: %w", err)
			}
			if err := p.compareTo(f, from); err != nil {
				return err
			}
		}
	}
	return nil
}

// compare reads back what write has not. The cache must have been emptied before.
func (p *pass) compare(f *os.File) error { return p.compareTo(f, p.total) }

// compareTo reads back from where the last call ended.
func (p *pass) compareTo(f *os.File, to int64) error {
	err := p.each(p.compared, to, func(want, buf []byte, off int64) error {
		if _, err := f.ReadAt(buf, off); err != nil {
			return err
		}
		if !bytes.Equal(want, buf) {
			return errNotWritten
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read back: %w", bare(err))
	}
	p.compared = to
	return nil
}

// writtenOut waits until the drive has a part of the pass, and has the kernel
// forget it, so that it is read from the drive. (That the drive keeps it, the
// sync after the pass tells.)
func (p *pass) writtenOut(f *os.File, from, to int64) error {
	return p.spans(from, to, func(a area) error {
		if err := waitWritten(f, a.off, a.length); err != nil {
			return err
		}
		_ = unix.Fadvise(int(f.Fd()), a.off, a.length, unix.FADV_DONTNEED) // a hint: see outOfCache
		return nil
	})
}

// spans calls fn with the areas that the bytes of the pass from from to to lie in.
func (p *pass) spans(from, to int64, fn func(area) error) error {
	at := int64(0)
	for _, a := range p.areas {
		lo, hi := max(from, at), min(to, at+a.length)
		if lo < hi {
			if err := fn(area{a.off + lo - at, hi - lo}); err != nil {
				return err
			}
		}
		at += a.length
	}
	return nil
}

// each calls fn with what the pass writes from from to to, block by block, and
// with a buffer of the same length. Every call makes the same bytes.
func (p *pass) each(from, to int64, fn func(want, buf []byte, off int64) error) error {
	pattern := make([]byte, min(p.total, blockSize))
	var iv [aes.BlockSize]byte // the key is used for one file
	cipher.NewCTR(p.block, iv[:]).XORKeyStream(pattern, pattern)
	buf := make([]byte, len(pattern))
	at, round := from, int64(0)
	return p.spans(from, to, func(a area) error {
		for off, end := a.off, a.off+a.length; off < end; {
			if r := at / blockSize; r != round {
				mark(pattern, round^r)
				round = r
			}
			start := at % blockSize
			n := min(int64(len(pattern))-start, end-off)
			if err := fn(pattern[start:start+n], buf[:n], off); err != nil {
				return err
			}
			off, at = off+n, at+n
		}
		return nil
	})
}

// mark changes the first bytes of every sector by the bits of n; once more, and
// they are what they were.
func mark(pattern []byte, n int64) {
	for i := 0; i+8 <= len(pattern); i += sectorSize {
		binary.LittleEndian.PutUint64(pattern[i:], binary.LittleEndian.Uint64(pattern[i:])^uint64(n))
	}
}

// outOfCache has the kernel forget what it holds of the files, so that they
// are read from the drive, and begin to read them. Without it the comparison
// would see the cache only. It is a hint, and may be ignored: reading back is
// through the file system in any case.
func outOfCache(group []*doomed) {
	for _, d := range alive(group) {
		_ = unix.Fadvise(int(d.file.Fd()), 0, 0, unix.FADV_DONTNEED)
	}
	for _, d := range alive(group) {
		if len(group) > 1 {
			_ = unix.Fadvise(int(d.file.Fd()), 0, 0, unix.FADV_WILLNEED)
		} else {
			_ = unix.Fadvise(int(d.file.Fd()), 0, 0, unix.FADV_SEQUENTIAL)
		}
	}
}
