package smb

import (
	"context"
	"testing"
)

// hook has every call over a link go through before, which is told what is
// about to be asked.
func hook(t testing.TB, l *link, before func(what string)) {
	t.Helper()
	dial := l.dial
	l.dial = func(ctx context.Context) (share, error) {
		sh, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		return &hooked{sh, before}, nil
	}
	must(t, l.lock(t.Context()))
	defer l.unlock()
	if l.share != nil {
		l.share = &hooked{l.share, before}
	}
}

type hooked struct {
	share
	before func(what string)
}

func (h *hooked) list(ctx context.Context, path string, id uint64, fn func(stat)) (stat, error) {
	h.before("list")
	return h.share.list(ctx, path, id, fn)
}

func (h *hooked) lstat(ctx context.Context, path string) (stat, error) {
	h.before("lstat")
	return h.share.lstat(ctx, path)
}

func (h *hooked) shoot(ctx context.Context, path string, size int) (shot, error) {
	h.before("shoot")
	return h.share.shoot(ctx, path, size)
}

func (h *hooked) open(ctx context.Context, path string, write bool) (handle, stat, error) {
	h.before("open")
	f, st, err := h.share.open(ctx, path, write)
	if err != nil {
		return nil, st, err
	}
	return &hookedHandle{f, h.before}, st, nil
}

func (h *hooked) rename(ctx context.Context, from, to string) error {
	h.before("rename")
	return h.share.rename(ctx, from, to)
}

func (h *hooked) rights(ctx context.Context, path string) (uint32, error) {
	h.before("rights")
	return h.share.rights(ctx, path)
}

func (h *hooked) remove(ctx context.Context, path string) error {
	h.before("remove")
	return h.share.remove(ctx, path)
}

type hookedHandle struct {
	handle
	before func(what string)
}

func (h *hookedHandle) start(ctx context.Context, n int, off int64) (pending, error) {
	h.before("read")
	return h.handle.start(ctx, n, off)
}

func (h *hookedHandle) readAt(ctx context.Context, p []byte, off int64) (int, error) {
	h.before("read")
	return h.handle.readAt(ctx, p, off)
}

func (h *hookedHandle) writeAt(ctx context.Context, p []byte, off int64) error {
	h.before("write")
	return h.handle.writeAt(ctx, p, off)
}

func (h *hookedHandle) stat(ctx context.Context) (stat, error) {
	h.before("stat")
	return h.handle.stat(ctx)
}

func (h *hookedHandle) sync(ctx context.Context) error {
	h.before("sync")
	return h.handle.sync(ctx)
}

func (h *hookedHandle) truncate(ctx context.Context, size int64) error {
	h.before("truncate")
	return h.handle.truncate(ctx, size)
}

// streams fails with what before panics with.
func (h *hookedHandle) streams(ctx context.Context) (_ []string, err error) {
	defer func() {
		if p, ok := recover().(error); ok {
			err = p
		}
	}()
	h.before("streams")
	return h.handle.streams(ctx)
}

func (h *hookedHandle) close() error {
	h.before("close")
	return h.handle.close()
}
