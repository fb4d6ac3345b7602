package audit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A log is one file until it is rotated: audit.jsonl then becomes
// audit-000001.jsonl, the next one audit-000002.jsonl, and so on. The chain and
// the numbers of the lines run on from one segment to the next.

// segment is a finished part of a log.
type segment struct {
	path string
	n    int // its number, from 1
}

// Segments returns the files of a log in order, the one that grows last. Those
// that a statement of what was pruned covers are not among them.
func Segments(path string) ([]string, error) {
	b, err := beginningOf(path)
	if err != nil {
		return nil, err
	}
	list, err := finished(path, b.segment)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, s := range list {
		files = append(files, s.path)
	}
	if _, err := os.Stat(path); err == nil || len(files) == 0 {
		files = append(files, path)
	}
	return files, nil
}

// finished lists the finished segments with a number above pruned, in order.
func finished(path string, pruned int) ([]segment, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var list []segment
	for _, e := range entries {
		if n, ok := segmentNumber(path, e.Name()); ok && n > pruned {
			list = append(list, segment{filepath.Join(filepath.Dir(path), e.Name()), n})
		}
	}
	slices.SortFunc(list, func(a, b segment) int { return a.n - b.n })
	return list, nil
}

// segmentPath is what the nth segment of a log is called.
func segmentPath(path string, n int) string {
	ext := filepath.Ext(path)
	return fmt.Sprintf("%s-%06d%s", strings.TrimSuffix(path, ext), n, ext)
}

// segmentNumber reads the number out of a file's name.
func segmentNumber(path, name string) (int, bool) {
	ext := filepath.Ext(path)
	stem := strings.TrimSuffix(filepath.Base(path), ext) + "-"
	rest, begins := strings.CutPrefix(name, stem)
	digits, ends := strings.CutSuffix(rest, ext)
	if !begins || !ends {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil && n > 0 && filepath.Base(segmentPath(path, n)) == name
}

// openFiles opens all files of a log at one moment: when it was rotated or
// pruned meanwhile, again.
func openFiles(path string) (files []*os.File, from beginning, err error) {
	for range 100 {
		if from, err = beginningOf(path); err != nil {
			return nil, from, err
		}
		names, err := Segments(path)
		if err != nil {
			return nil, from, err
		}
		files, err = openAll(names)
		if err == nil {
			again, err := Segments(path)
			if err == nil && slices.Equal(names, again) && sameFile(files[len(files)-1], path, names) {
				return files, from, nil
			}
		} else if !errors.Is(err, fs.ErrNotExist) || len(names) == 1 && names[0] == path {
			return nil, from, err
		}
		closeAll(files)
	}
	return nil, from, fmt.Errorf("%s: its segments change all the time", path)
}

// sameFile reports whether the file opened last still has its name.
func sameFile(f *os.File, path string, names []string) bool {
	if names[len(names)-1] != path {
		return true
	}
	mine, err := f.Stat()
	named, nerr := os.Stat(path)
	return err == nil && nerr == nil && os.SameFile(mine, named)
}

func openAll(names []string) ([]*os.File, error) {
	var files []*os.File
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			closeAll(files)
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// closeAll closes files that were only read.
func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}

func readers(files []*os.File) []io.Reader {
	list := make([]io.Reader, len(files))
	for i, f := range files {
		list[i] = f
	}
	return list
}

// endOf is the position behind the last of the finished segments.
func endOf(list []segment, from position) (position, error) {
	if len(list) == 0 {
		return from, nil
	}
	last := list[len(list)-1]
	f, err := os.Open(last.path)
	if err != nil {
		return from, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return from, err
	}
	at, size, err := tail(f, info.Size(), func() (position, error) { return endOf(list[:len(list)-1], from) })
	if err == nil && size != info.Size() {
		err = &BadLine{int(at.seq) + 1, errTorn.Error()}
	}
	if err != nil {
		return from, fmt.Errorf("%s: %w", filepath.Base(last.path), err)
	}
	return at, nil
}
