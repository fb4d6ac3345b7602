package smb

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	smb2 "github.com/cloudsoda/go-smb2"
)

// mount is the library's share as we use it. Errors are given their meaning.
type mount struct {
	session *smb2.Session
	share   *smb2.Share
	timeout time.Duration
}

// call makes one call, which ends with ctx or when its time is up.
func (m *mount) call(ctx context.Context, fn func(*smb2.Share) error) error {
	call, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	return meaning(fn(m.share.WithContext(call)))
}

// listed is how many entries of a folder are asked for at a time.
const listed = 4096

func (m *mount) list(ctx context.Context, path string, id uint64, fn func(stat)) (stat, error) {
	h, folder, err := m.openFile(ctx, path, accessRead)
	if err != nil {
		return stat{}, err
	}
	defer h.close() // it was only read
	switch {
	case !folder.folder():
		return folder, fs.ErrNotExist
	case id != 0 && folder.id != 0 && folder.id != id:
		return folder, errSwapped
	}
	for {
		var list []os.FileInfo
		err := h.call(ctx, func(f *smb2.File) (err error) {
			list, err = f.Readdir(listed)
			return err
		})
		for _, fi := range list {
			fn(statOf(fi))
		}
		// The end of the connection is not the end of the folder.
		if end := errors.Is(err, io.EOF) && !errors.Is(err, errDropped); end || err == nil && len(list) < listed {
			return folder, nil
		}
		if err != nil {
			return folder, err
		}
	}
}

// lstat looks at a name without following it. The number of the file is 0 when
// the server does not tell it at opening.
func (m *mount) lstat(ctx context.Context, path string) (st stat, err error) {
	err = m.call(ctx, func(sh *smb2.Share) error {
		s, err := sh.Shoot(path, 0, smb2.ShotOptions{NoFollow: true})
		if err == nil {
			st = statOf(&s.Opened)
		}
		return err
	})
	return st, err
}

func (m *mount) shoot(ctx context.Context, path string, size int) (s shot, err error) {
	err = m.call(ctx, func(sh *smb2.Share) error {
		got, err := sh.Shoot(path, size, smb2.ShotOptions{})
		switch {
		case errors.Is(err, smb2.ErrFewCredits):
			return errOneByOne
		case err != nil:
			return err
		case got.Opened.FileId == 0, got.Closed == nil:
			return errOneByOne
		}
		got.Closed.FileId = got.Opened.FileId // it is the same handle
		s = shot{before: statOf(&got.Opened), after: statOf(got.Closed), data: got.Data}
		return nil
	})
	return s, err
}

// Access masks (MS-SMB2 2.2.13.1).
const (
	accessRead  = 0x1 | 0x80 | 0x100000 // data, or names; attributes; waiting
	accessWrite = 0x80000000 | 0x40000000
)

func (m *mount) open(ctx context.Context, path string, write bool) (handle, stat, error) {
	access := uint32(accessRead)
	if write {
		access = accessWrite
	}
	h, st, err := m.openFile(ctx, path, access)
	if err != nil {
		return nil, stat{}, err
	}
	return h, st, nil
}

// openFile opens a file, or a folder, and looks at it on the handle. The handle
// outlives ctx: see callContext. What is only read, others may remove and
// rename meanwhile; what is written to, they may not.
func (m *mount) openFile(ctx context.Context, path string, access uint32) (*opened, stat, error) {
	h := &opened{timeout: m.timeout}
	call, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	h.calls.set(call)
	var err error
	if access == accessWrite {
		h.file, err = m.share.WithContext(&h.calls).OpenFile(path, os.O_RDWR, 0o666)
	} else {
		h.file, err = m.share.WithContext(&h.calls).OpenExisting(path, access)
	}
	if err != nil {
		return nil, stat{}, meaning(err)
	}
	if st := statOf(h.file.Opened()); st.id != 0 {
		return h, st, nil
	}
	st, err := h.stat(ctx)
	if err != nil {
		_ = h.close() // it was only opened
		return nil, stat{}, err
	}
	return h, st, nil
}

func (m *mount) rename(ctx context.Context, from, to string) error {
	return m.call(ctx, func(sh *smb2.Share) error { return sh.Rename(from, to) })
}

func (m *mount) remove(ctx context.Context, path string) error {
	return m.call(ctx, func(sh *smb2.Share) error { return sh.Remove(path) })
}

// parting is how long a server has to answer to what is only a courtesy.
const parting = 2 * time.Second

func (m *mount) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), min(m.timeout, parting))
	defer cancel()
	return meaning(m.session.WithContext(ctx).Logoff())
}

// opened is a handle.
type opened struct {
	mu      sync.Mutex
	file    *smb2.File
	calls   callContext
	timeout time.Duration
}

// call makes one call, which ends with ctx or when its time is up.
func (o *opened) call(ctx context.Context, fn func(*smb2.File) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	call, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	o.calls.set(call)
	return meaning(fn(o.file))
}

func (o *opened) start(ctx context.Context, n int, off int64) (p pending, err error) {
	err = o.call(ctx, func(f *smb2.File) error {
		read, err := f.StartRead(n, off)
		p = &asked{PendingRead: read, of: o}
		return err
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// asked is a part of a file that has been asked for.
type asked struct {
	*smb2.PendingRead
	of *opened
}

func (a *asked) size() int { return a.Len() }
func (a *asked) free()     { a.Free() }

func (a *asked) wait(ctx context.Context) (b []byte, err error) {
	err = a.of.call(ctx, func(*smb2.File) error {
		b, err = a.Wait()
		return err
	})
	return b, err
}

// readAt asks for what does not fit into one answer in several questions at
// once. On a line with a round trip of 10 ms that makes the difference between
// 60 and 250 MB/s.
func (o *opened) readAt(ctx context.Context, p []byte, off int64) (n int, err error) {
	var parts []pending
	defer func() {
		for _, part := range parts {
			part.free()
		}
	}()
	for at := 0; at < len(p); at += parts[len(parts)-1].size() {
		part, err := o.start(ctx, min(len(p)-at, answerSize), off+int64(at))
		if err != nil {
			return 0, err
		}
		parts = append(parts, part)
	}
	for _, part := range parts {
		b, err := part.wait(ctx)
		n += copy(p[n:], b)
		if err != nil || len(b) < part.size() {
			return n, err // what comes after it does not follow
		}
	}
	return n, nil
}

func (o *opened) writeAt(ctx context.Context, p []byte, off int64) error {
	return o.call(ctx, func(f *smb2.File) error {
		n, err := f.WriteAt(p, off)
		if err == nil && n < len(p) {
			err = io.ErrShortWrite
		}
		return err
	})
}

func (o *opened) stat(ctx context.Context) (st stat, err error) {
	err = o.call(ctx, func(f *smb2.File) error {
		fi, err := f.Stat()
		if err == nil {
			st = statOf(fi)
		}
		return err
	})
	return st, err
}

func (o *opened) sync(ctx context.Context) error {
	return o.call(ctx, (*smb2.File).Sync)
}

func (o *opened) truncate(ctx context.Context, size int64) error {
	return o.call(ctx, func(f *smb2.File) error { return f.Truncate(size) })
}

// close gives the handle back, also when the scan has been stopped.
func (o *opened) close() error {
	return o.call(context.Background(), (*smb2.File).Close)
}

// callContext is the context that a handle was opened with, which the library
// asks at every call for as long as the handle lives. It stands for the context
// of the call being made.
type callContext struct {
	now atomic.Pointer[context.Context]
}

func (c *callContext) set(ctx context.Context) { c.now.Store(&ctx) }

func (c *callContext) Deadline() (time.Time, bool) { return (*c.now.Load()).Deadline() }
func (c *callContext) Done() <-chan struct{}       { return (*c.now.Load()).Done() }
func (c *callContext) Err() error                  { return (*c.now.Load()).Err() }
func (c *callContext) Value(key any) any           { return (*c.now.Load()).Value(key) }
