package smb

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	smb2 "github.com/cloudsoda/go-smb2"
)

// share is what is asked of a mounted share: the seam behind which the library
// lies. Every call obeys its context. Paths are below the share, with slashes.
type share interface {
	list(ctx context.Context, path string, id uint64, fn func(stat)) (stat, error)
	lstat(ctx context.Context, path string) (stat, error)
	// shoot opens, reads (nothing for a size of 0) and closes in one request.
	// errOneByOne says that this server has to be asked one by one.
	shoot(ctx context.Context, path string, size int) (shot, error)
	open(ctx context.Context, path string, write bool) (handle, stat, error)
	rename(ctx context.Context, from, to string) error
	remove(ctx context.Context, path string) error
	rights(ctx context.Context, path string) (mask uint32, err error)
	traits(ctx context.Context, path string) (Traits, error)
	close() error
}

// shot is what one request told of a file: what it was before and after it was
// read, and what was read.
type shot struct {
	before, after stat
	data          []byte
}

// errOneByOne: the server does not tell in one request what has to be known, or
// does not grant what the request takes.
var errOneByOne = errors.New("to be asked for one by one")

// handle is an open file, or folder. Its calls are made one after the other,
// and each has a deadline of its own.
type handle interface {
	// start asks for n bytes, or fewer, from off on, and does not wait for them.
	start(ctx context.Context, n int, off int64) (pending, error)
	// readAt reads as io.ReaderAt does, but may read less than asked for
	// without saying why.
	readAt(ctx context.Context, p []byte, off int64) (int, error)
	writeAt(ctx context.Context, p []byte, off int64) error
	stat(ctx context.Context) (stat, error)
	sync(ctx context.Context) error
	truncate(ctx context.Context, size int64) error
	// streams are the names of the file's streams, as in ":name:$DATA"; that of
	// the content is "::$DATA".
	streams(ctx context.Context) ([]string, error)
	close() error
}

// pending is a part of a file that has been asked for.
type pending interface {
	size() int // asked for
	// wait returns what was read: nothing at the end of the file. It can be used
	// until free.
	wait(ctx context.Context) ([]byte, error)
	// free must be called in the end, also when nobody has waited.
	free()
}

// link is a connection to the share that is made when it is needed, and again
// when it is lost.
type link struct {
	cfg  Config
	dial func(context.Context) (share, error)
	// listings bounds how many folders are listed at a time.
	listings chan struct{}

	// mu is a mutex that can be waited for with a context.
	mu    chan struct{}
	share share // nil while there is no connection
	down  time.Time
	cause error // why the server was down then
	shut  bool
}

// Pauses between attempts to connect, and how long a server that was given up
// is not called again by others who wait for it.
const (
	firstPause = 100 * time.Millisecond
	longPause  = 5 * time.Second
	leaveAlone = 5 * time.Second
)

func newLink(cfg Config) *link {
	l := &link{cfg: cfg, listings: make(chan struct{}, cfg.Walkers), mu: make(chan struct{}, 1)}
	l.dial = func(ctx context.Context) (share, error) { return connect(ctx, cfg) }
	return l
}

// enter waits for a free slot.
func enter(ctx context.Context, slots chan struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *link) lock(ctx context.Context) error { return enter(ctx, l.mu) }

func (l *link) unlock() { <-l.mu }

// get returns the connection, and makes one if need be: again and again, with
// growing pauses, until patience runs out.
func (l *link) get(ctx context.Context) (share, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := l.lock(ctx); err != nil {
		return nil, err
	}
	defer l.unlock()
	switch {
	case l.shut:
		return nil, net.ErrClosed
	case l.share != nil:
		return l.share, nil
	case time.Since(l.down) < leaveAlone:
		return nil, l.cause
	}
	end := time.Now().Add(l.cfg.Patience)
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		attempt, cancel := context.WithTimeout(ctx, l.cfg.Timeout)
		sh, err := l.dial(attempt)
		cancel()
		if err == nil {
			l.share = sh
			return sh, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if final(err) {
			return nil, err
		}
		if time.Now().Add(pause).After(end) {
			l.down, l.cause = time.Now(), fmt.Errorf("%w: %w", errDown, err)
			return nil, l.cause
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// final reports whether calling again would only give the same answer: wrong
// password, no such share, no encryption.
func final(err error) bool {
	switch code(err) {
	case 0:
		return errors.Is(err, errClear) || errors.Is(err, os.ErrPermission) || errors.Is(err, errSignIn)
	case statusLogonFailure, statusBadNetworkName:
		return true
	}
	return false
}

// lose drops a connection that is of no more use, unless that has been done.
func (l *link) lose(sh share) {
	l.mu <- struct{}{}
	if l.share == sh {
		l.share = nil
	}
	l.unlock()
	_ = sh.close() // it is lost
}

// do calls the server, and calls it again over a new connection when the one
// there was is lost, as long as that makes sense: fn must be harmless when done
// twice.
func (l *link) do(ctx context.Context, fn func(context.Context, share) error) error {
	for tries := 0; ; tries++ {
		err := l.once(ctx, fn)
		if err == nil || ctx.Err() != nil || !lost(err) || errors.Is(err, errDown) || tries == 3 {
			return err
		}
	}
}

// once calls the server once. When the connection is lost meanwhile, whether
// the server did what it was asked is not known.
func (l *link) once(ctx context.Context, fn func(context.Context, share) error) error {
	sh, err := l.get(ctx)
	if err != nil {
		return err
	}
	err = fn(ctx, sh)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if lost(err) {
		l.lose(sh)
	}
	return err
}

// list yields the entries of a folder in the order the server has them, and
// returns the folder itself. When the connection is lost meanwhile it begins
// anew: an entry may be yielded twice. With an id other than 0 the folder must
// be that one.
func (l *link) list(ctx context.Context, path string, id uint64, fn func(stat)) (folder stat, err error) {
	if err := enter(ctx, l.listings); err != nil {
		return stat{}, err
	}
	defer func() { <-l.listings }()
	err = l.do(ctx, func(ctx context.Context, sh share) error {
		folder, err = sh.list(ctx, path, id, fn)
		return err
	})
	return folder, err
}

// open opens a file, looks at it on the handle, and says over which connection.
func (l *link) open(ctx context.Context, path string, write bool) (h handle, st stat, over share, err error) {
	err = l.do(ctx, func(ctx context.Context, sh share) error {
		over = sh
		h, st, err = sh.open(ctx, path, write)
		return err
	})
	return h, st, over, err
}

func (l *link) shoot(ctx context.Context, path string, size int) (s shot, err error) {
	err = l.do(ctx, func(ctx context.Context, sh share) error {
		s, err = sh.shoot(ctx, path, size)
		return err
	})
	return s, err
}

func (l *link) lstat(ctx context.Context, path string) (st stat, err error) {
	err = l.do(ctx, func(ctx context.Context, sh share) error {
		st, err = sh.lstat(ctx, path)
		return err
	})
	return st, err
}

// close signs off, and makes the link useless.
func (l *link) close() error {
	l.mu <- struct{}{}
	defer l.unlock()
	l.shut = true
	if l.share == nil {
		return nil
	}
	sh := l.share
	l.share = nil
	if err := sh.close(); err != nil && !lost(err) {
		return err
	}
	return nil // a lost connection needs no goodbye
}

// errSignIn: the server has refused the account.
var errSignIn = errors.New("the server refuses the account")

// connect signs in and mounts the share. Nothing that it calls may bring the
// process down: the library's Kerberos part panics on some answers.
func connect(ctx context.Context, cfg Config) (_ share, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: the answer makes no sense (%v)", errSignIn, p)
		}
	}()
	signIn, err := initiator(cfg)
	if err != nil {
		return nil, err
	}
	tcp, err := (&net.Dialer{}).DialContext(ctx, "tcp", cfg.Address)
	if err != nil {
		return nil, err
	}
	d := smb2.Dialer{
		MaxCreditBalance: cfg.credits,
		Negotiator:       smb2.Negotiator{RequireMessageSigning: cfg.RequireSigning, SpecifiedDialect: dialect(cfg)},
		Initiator:        signIn,
	}
	session, err := d.DialConn(ctx, newWire(tcp, cfg.Timeout, cfg.RequireEncryption), cfg.Address)
	if err != nil {
		_ = tcp.Close()
		return nil, fmt.Errorf("sign in: %w", signInError(meaning(err)))
	}
	host, _, _ := net.SplitHostPort(cfg.Address)
	mounted, err := session.WithContext(ctx).Mount(`\\` + host + `\` + cfg.Share)
	if err != nil {
		_ = session.WithContext(ctx).Logoff()
		return nil, fmt.Errorf("mount the share %s: %w", cfg.Share, meaning(err))
	}
	return &mount{session: session, share: mounted, timeout: cfg.Timeout}, nil
}

// credits is how many the library may hold: a listing, or 1 MiB of a file,
// costs 16. Servers grant up to 8192.
const credits = 2048

func dialect(cfg Config) uint16 {
	if cfg.Dialects == "any" {
		return 0
	}
	return 0x0311
}

// signInError tells a refusal from a failure. The library has the server's
// answer to a sign-in in words only.
func signInError(err error) error {
	if strings.Contains(err.Error(), "expected status") {
		return fmt.Errorf("%w: %w", errSignIn, err)
	}
	return err
}

// initiator is how the account proves itself.
func initiator(cfg Config) (smb2.Initiator, error) {
	if cfg.Kerberos != nil {
		return cfg.Kerberos.initiator(cfg)
	}
	password, err := cfg.Password()
	if err != nil {
		return nil, fmt.Errorf("%w: password: %w", errSignIn, err)
	}
	return &smb2.NTLMInitiator{User: cfg.Username, Password: password, Domain: cfg.Domain}, nil
}
