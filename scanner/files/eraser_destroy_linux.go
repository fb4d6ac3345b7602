package files

import (
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

// doomed is a file that is being destroyed: open, and under its tombstone.
type doomed struct {
	at      *site
	file    *os.File
	warrant erase.Warrant
	doubts  doubts
	names   uint64 // how many the file has

	traits    *traits
	pass      *pass
	receipt   erase.Receipt // right at every moment
	destroyed erase.Receipt // what will be right when the name is gone
	err       error         // it goes no further
}

// destroy erases files that are open and lie under their tombstones, one or a
// group. The system calls, in order, each line for all of them before the next:
//
//	ioctl(FS_IOC_FIEMAP) pwrite64 …  where the content lies; over every block of it, to its end
//	                                 (a large file: with the next line but one, window by window)
//	fdatasync                        (a group: see barrier)
//	fadvise64(DONTNEED) pread64 …    read back and compared with what was written
//	ioctl(FS_IOC_FIEMAP)             still there?
//	ftruncate(0) fsync               only now: freed blocks are out of reach
//	                                 into the store: the content is destroyed
//	unlinkat fsync(folder)           the name
//	statx                            neither name leads to it
//
// What goes wrong with one file does not concern the others; what cannot be
// synced together concerns them all. Afterwards each has its receipt and error.
func destroy(group []*doomed) {
	known := drives{}
	each(group, func(d *doomed) error {
		d.receipt = erase.Receipt{Assurance: erase.None, Caveats: []string{erase.CaveatName, erase.CaveatCopies}}
		return d.overwrite(known)
	})
	barrier(group, datasync)
	outOfCache(group)
	each(group, (*doomed).readBack)
	each(group, func(d *doomed) error {
		if err := d.file.Truncate(0); err != nil {
			return fmt.Errorf("truncate: %w", bare(err))
		}
		return nil
	})
	barrier(group, fullsync)
	remove(group)
}

// remove is the rest of destroy, from the store on.
func remove(group []*doomed) {
	tellDestroyed(group)
	each(group, func(d *doomed) error {
		if err := unix.Unlinkat(d.at.fd(), d.warrant.Tombstone(), 0); err != nil && !errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("unlink: %w", err)
		}
		return nil
	})
	syncFolders(group)
	each(group, (*doomed).conclude)
}

// removeName removes a name, under its tombstone, of a file that has others;
// nothing is overwritten. The file is open, and what changes by it is remembered:
// see [Eraser.takeable].
func (e *Eraser) removeName(d *doomed) {
	before, err := statHandle(d.file)
	if err != nil {
		d.err = err
		return
	}
	if d.names = before.links; d.names < 2 { // somebody has removed the others: it is the last
		destroy([]*doomed{d})
		return
	}
	d.receipt = erase.Receipt{Assurance: erase.None}
	d.destroyed = erase.Receipt{
		Method: methodUnlink, Assurance: erase.Unlinked, Caveats: []string{erase.CaveatName, erase.CaveatCopies, erase.CaveatOtherNames},
	}
	remove([]*doomed{d})
	after, err := statHandle(d.file)
	if err == nil && after.size == before.size && after.modified == before.modified {
		e.renewed[d.warrant.Item().Version] = itemVersion(after)
	}
}

// each does a step with every file that has come so far.
func each(group []*doomed, step func(*doomed) error) {
	for _, d := range group {
		if d.err == nil {
			d.err = step(d)
		}
	}
}

// alive are those that have come so far.
func alive(group []*doomed) []*doomed {
	var list []*doomed
	for _, d := range group {
		if d.err == nil {
			list = append(list, d)
		}
	}
	return list
}

func fail(group []*doomed, err error) {
	for _, d := range group {
		d.err = err
	}
}

func (d *doomed) overwrite(known drives) (err error) {
	if d.traits, err = lookAtStorage(d.file, known); err != nil {
		return err
	}
	d.traits.doubts = d.doubts
	if d.pass, err = newPass(d.traits.areas); err != nil {
		return err
	}
	return d.pass.write(d.file)
}

// readBack compares, and says from then on what has been done.
func (d *doomed) readBack() error {
	if err := d.pass.compare(d.file); err != nil {
		return err
	}
	if err := d.traits.lookAgain(d.file); err != nil {
		return err
	}
	d.receipt.Bytes = d.pass.total
	d.receipt.Method, d.receipt.Assurance = methodOverwrite, erase.Unproven // until the end is reached
	d.destroyed = d.receipt
	d.destroyed.Assurance, d.destroyed.Caveats = d.traits.judge()
	if d.pass.total == 0 {
		d.destroyed.Method, d.destroyed.Assurance = methodUnlink, erase.Unlinked
	}
	return nil
}

// tellDestroyed has the store know that the contents are destroyed.
func tellDestroyed(group []*doomed) {
	left := alive(group)
	var warrants []erase.Warrant
	var receipts []erase.Receipt
	for _, d := range left {
		warrants, receipts = append(warrants, d.warrant), append(receipts, d.destroyed)
	}
	if err := erase.Destroyed(warrants, receipts); err != nil {
		fail(left, err)
	}
}

func (d *doomed) conclude() error {
	left, err := d.at.verifyGone(d.file, d.warrant.Tombstone())
	if err != nil {
		return err
	}
	switch {
	case d.names > 1 && left == 0: // the others were removed meanwhile
		d.destroyed.Caveats = []string{erase.CaveatName, erase.CaveatCopies}
	case d.names <= 1 && left > 0:
		d.destroyed.Caveats = append(d.destroyed.Caveats, erase.CaveatNewName)
	}
	d.receipt = d.destroyed
	return nil
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
