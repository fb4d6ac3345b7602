package files

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// area is a part of a file, in bytes.
type area struct{ off, length int64 }

// blockSize is how much is written and compared at a time.
const blockSize = 1 << 20

// errNotWritten: what was read back is not what had been written.
var errNotWritten = errors.New("read back something else than was written")

// pass is one overwriting of a file. What it writes is the keystream of AES-CTR
// under a key that is made for this file and thrown away: it compresses to
// nothing smaller, equals no other block, and can be made again to compare.
type pass struct {
	areas []area
	block cipher.Block
	total int64 // bytes
}

func newPass(areas []area) (*pass, error) {
	var key [32]byte
	rand.Read(key[:]) // never fails
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("AES: %w", err)
	}
	p := &pass{areas: areas, block: block}
	for _, a := range areas {
		p.total += a.length
	}
	return p, nil
}

// write overwrites the areas once. The drive is set to work while the rest is
// still being made.
func (p *pass) write(f *os.File) error {
	err := p.each(func(want, _ []byte, off int64) error {
		if _, err := f.WriteAt(want, off); err != nil {
			return err
		}
		startWriting(f, off, int64(len(want)))
		return nil
	})
	if err != nil {
		return fmt.Errorf("overwrite: %w", bare(err))
	}
	return nil
}

// compare reads the areas back. The cache must have been emptied before.
func (p *pass) compare(f *os.File) error {
	err := p.each(func(want, buf []byte, off int64) error {
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
	return nil
}

// each calls fn with the keystream for each block of the areas, and with a
// buffer of the same length. Every call makes the same keystream.
func (p *pass) each(fn func(want, buf []byte, off int64) error) error {
	var iv [aes.BlockSize]byte // the key is used for one file
	stream := cipher.NewCTR(p.block, iv[:])
	var longest int64
	for _, a := range p.areas {
		longest = max(longest, a.length)
	}
	n := min(longest, blockSize)
	zero, want, buf := make([]byte, n), make([]byte, n), make([]byte, n)
	for _, a := range p.areas {
		for off, end := a.off, a.off+a.length; off < end; {
			n := min(blockSize, end-off)
			stream.XORKeyStream(want[:n], zero[:n])
			if err := fn(want[:n], buf[:n], off); err != nil {
				return err
			}
			off += n
		}
	}
	return nil
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
