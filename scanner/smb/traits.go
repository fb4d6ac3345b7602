package smb

import (
	"context"
	"errors"
	"fmt"
	"time"

	smb2 "github.com/cloudsoda/go-smb2"

	"github.com/sletdk/slet/scanner"
)

// Traits are what the server tells of itself and of the share's storage.
type Traits struct {
	Dialect   string // as in "3.1.1"
	Signing   string // "AES-GMAC", "AES-CMAC", "HMAC-SHA256"; "" when messages need not be signed
	Encrypted bool
	// FileSystem is what the server calls it; Samba says NTFS of all.
	FileSystem string
	// CopyOnWrite: the file system says that blocks are shared or never
	// written again in place. Its silence says nothing.
	CopyOnWrite bool
	// Snapshots is how many earlier versions of the share can be read, -1 when
	// the server does not say.
	Snapshots int
	// Clock is how far the server's clock is ahead of ours, right to the length
	// of a round trip; ClockTold is false when the server has not told its time.
	Clock     time.Duration
	ClockTold bool
}

// Rights are what the account may do with an item.
type Rights struct{ Read, Write, Delete bool }

// Access rights of a file (MS-SMB2 2.2.13.1.1).
const (
	rightRead   = 0x1
	rightWrite  = 0x2
	rightDelete = 0x10000
)

// Check asks the server about itself and the share. It changes nothing.
func (s *Source) Check(ctx context.Context) (t Traits, err error) {
	err = s.walking.do(ctx, func(ctx context.Context, sh share) error {
		t, err = sh.traits(ctx, s.cfg.Root)
		return err
	})
	return t, err
}

// errNotTold: the server does not answer to that question.
var errNotTold = fmt.Errorf("the server does not tell: %w", errors.ErrUnsupported)

// Rights asks what the account may do with the item, without opening it for
// any of that. An error wraps [errors.ErrUnsupported] when the server does not
// tell.
func (s *Source) Rights(ctx context.Context, it scanner.Item) (Rights, error) {
	rel, err := s.rawPath(it)
	if err != nil {
		return Rights{}, err
	}
	var mask uint32
	err = s.walking.do(ctx, func(ctx context.Context, sh share) error {
		mask, err = sh.rights(ctx, s.at(rel))
		return err
	})
	if err != nil {
		return Rights{}, s.openError(ctx, err)
	}
	return Rights{Read: mask&rightRead != 0, Write: mask&rightWrite != 0, Delete: mask&rightDelete != 0}, nil
}

func (m *mount) rights(ctx context.Context, path string) (mask uint32, err error) {
	err = m.call(ctx, func(sh *smb2.Share) error {
		got, err := sh.Shoot(path, 0, smb2.ShotOptions{NoFollow: true, QueryAccess: true})
		switch {
		case err != nil:
			return err
		case !got.AccessTold:
			return errNotTold
		}
		mask = got.Access
		return nil
	})
	return mask, err
}

func (m *mount) traits(ctx context.Context, path string) (Traits, error) {
	t := m.agreed()
	h, _, err := m.openFile(ctx, path, accessRead)
	if err != nil {
		return t, err
	}
	defer h.close() // it was only read
	err = h.call(ctx, func(f *smb2.File) error {
		system, err := f.FileSystem()
		t.FileSystem, t.CopyOnWrite = system.Name, system.Attributes&(fsRefcounting|fsIntegrity) != 0
		return err
	})
	if err != nil && lost(err) {
		return t, err
	}
	err = h.call(ctx, func(f *smb2.File) (err error) {
		t.Snapshots, err = f.Snapshots()
		return err
	})
	if err != nil {
		t.Snapshots = -1
	}
	if lost(err) {
		return t, err
	}
	return t, nil
}

// File system attributes (MS-FSCC 2.5.1).
const (
	fsRefcounting = 0x08000000
	fsIntegrity   = 0x04000000
)

// agreed is what was agreed on when the connection was made.
func (m *mount) agreed() Traits {
	info := m.session.Info()
	t := Traits{
		Dialect:   fmt.Sprintf("%x.%x.%x", info.Dialect>>8, info.Dialect>>4&15, info.Dialect&15),
		Encrypted: m.share.Sealed(), Snapshots: -1,
	}
	switch {
	case !info.SigningAlways:
	case info.SigningGMAC:
		t.Signing = "AES-GMAC"
	case info.Dialect >= 0x0300:
		t.Signing = "AES-CMAC"
	default:
		t.Signing = "HMAC-SHA256"
	}
	if told := moment(info.ServerTime); !told.IsZero() {
		t.Clock, t.ClockTold = told.Sub(info.ServerTimeSeen), true
	}
	return t
}

func (o *opened) streams(ctx context.Context) (names []string, err error) {
	err = o.call(ctx, func(f *smb2.File) error {
		list, err := f.Streams()
		for _, s := range list {
			names = append(names, s.Name)
		}
		return err
	})
	return names, err
}
