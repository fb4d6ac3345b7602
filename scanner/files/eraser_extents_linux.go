package files

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The map of a file's blocks (FIEMAP, linux/fiemap.h), which golang.org/x/sys
// does not have.

const (
	fsIocFiemap    = 0xC020660B // _IOWR('f', 11, struct fiemap)
	fiemapFlagSync = 0x1

	extentLast    = 0x1
	extentUnknown = 0x2
	extentDelayed = 0x4   // DELALLOC: has no place yet
	extentEncoded = 0x8   // compressed or encrypted
	extentInline  = 0x200 // in the inode
	extentTail    = 0x400 // in a block with other files' data
	extentUnwritn = 0x800 // reserved only
	extentShared  = 0x2000
)

type fiemapExtent struct {
	logical, physical, length uint64
	_                         [2]uint64
	flags                     uint32
	_                         [3]uint32
}

type fiemapBatch struct {
	start, length           uint64
	flags, mapped, count, _ uint32
	extents                 [128]fiemapExtent
}

// extent is a part of a file that lies in one piece, in bytes.
type extent struct{ logical, physical, length uint64 }

// blockMap is where a file's content lies.
type blockMap struct {
	// known is false when the file system does not tell, or when the file is in
	// more pieces than are worth remembering.
	known   bool
	extents []extent // in order; pieces that follow each other are joined
	flags   uint32   // of all of them together
}

// maxExtents bounds the memory for one map: 6 MB. A terabyte in pieces of 4 MB
// still fits.
const maxExtents = 1 << 18

// mapBlocks makes the map of the first size bytes, after writing out what the
// cache still holds.
func mapBlocks(f *os.File, size int64) (blockMap, error) {
	m := blockMap{known: true}
	for start, end := uint64(0), uint64(size); start < end; {
		batch := fiemapBatch{start: start, length: end - start, flags: fiemapFlagSync, count: uint32(len(fiemapBatch{}.extents))}
		err := fiemap(f, &batch)
		switch {
		case errors.Is(err, unix.ENOTTY), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EINVAL):
			return blockMap{}, nil
		case err != nil:
			return blockMap{}, fmt.Errorf("where its blocks lie: %w", err)
		case batch.mapped == 0:
			return m, nil
		}
		for _, e := range batch.extents[:min(batch.mapped, batch.count)] {
			m.add(e, end)
			start = e.logical + e.length
			if e.flags&extentLast != 0 {
				return m, nil
			}
		}
		if len(m.extents) > maxExtents {
			return blockMap{flags: m.flags}, nil
		}
	}
	return m, nil
}

// add appends what lies below end.
func (m *blockMap) add(e fiemapExtent, end uint64) {
	if e.logical >= end {
		return
	}
	m.flags |= e.flags &^ extentLast
	n := extent{e.logical, e.physical, min(e.length, end-e.logical)}
	if k := len(m.extents) - 1; k >= 0 {
		last := &m.extents[k]
		if last.logical+last.length == n.logical && last.physical+last.length == n.physical {
			last.length += n.length
			return
		}
	}
	m.extents = append(m.extents, n)
}

func fiemap(f *os.File, batch *fiemapBatch) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), fsIocFiemap, uintptr(unsafe.Pointer(batch)))
		runtime.KeepAlive(f)
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}

// areas is what must be overwritten of a file of size bytes: every block it
// has, to the end of the last one, and no hole, so that a file of a terabyte
// with a kilobyte in it costs a kilobyte. Blocks that are reserved and not
// written are included: a file system may have turned written ones into such.
func (m blockMap) areas(f *os.File, size, block int64) ([]area, error) {
	switch {
	case size == 0:
		return nil, nil
	case m.flags&extentInline != 0:
		// To write more than there is would move it out of the inode first.
		return []area{{0, size}}, nil
	case !m.known:
		return dataAreas(f, size, block)
	}
	list := make([]area, 0, len(m.extents))
	for _, e := range m.extents {
		if e.logical > math.MaxInt64 || e.length > math.MaxInt64-e.logical {
			return nil, errors.New("the file system gives a map that makes no sense")
		}
		if k := len(list) - 1; k >= 0 && list[k].off+list[k].length == int64(e.logical) {
			list[k].length += int64(e.length)
			continue
		}
		list = append(list, area{int64(e.logical), int64(e.length)})
	}
	return list, nil
}

// dataAreas asks for data and holes where there is no map. A file system that
// knows no holes says that all is data.
func dataAreas(f *os.File, size, block int64) ([]area, error) {
	var list []area
	for off := int64(0); off < size; {
		data, err := unix.Seek(int(f.Fd()), off, unix.SEEK_DATA)
		switch {
		case errors.Is(err, unix.ENXIO):
			return list, nil // only a hole from here on
		case errors.Is(err, unix.EINVAL):
			return []area{{0, roundUp(size, block)}}, nil
		case err != nil:
			return nil, fmt.Errorf("where its data lie: %w", err)
		}
		hole, err := unix.Seek(int(f.Fd()), data, unix.SEEK_HOLE)
		if err != nil {
			return nil, fmt.Errorf("where its holes lie: %w", err)
		}
		if hole >= size {
			hole = roundUp(size, block)
		}
		list = append(list, area{data, hole - data})
		off = hole
	}
	return list, nil
}

func roundUp(n, to int64) int64 {
	if to <= 1 {
		return n
	}
	return (n + to - 1) / to * to
}
