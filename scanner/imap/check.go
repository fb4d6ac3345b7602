package imap

import (
	"context"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/sletdk/slet/scanner"
)

// Traits are what is known of a server without changing anything on it.
type Traits struct {
	Account string
	// Folders and Private are how many topmost folders there are, and how many
	// of them are private.
	Folders, Private int
	// UIDPlus: messages can be erased. Product is "gmail", "exchange" or "".
	UIDPlus bool
	Product string
	// RightsTold: the server told the rights in INBOX (RFC 4314), and Erase
	// whether they are enough to mark and expunge messages.
	RightsTold, Erase bool
	// Took is the time of signing in and listing.
	Took time.Duration
}

// Check signs in to every account that is not private and lists its topmost folders. The errors of
// accounts are told to report one by one; the error that is returned is the
// server's.
func (s *Source) Check(ctx context.Context, report func(Traits, error)) error {
	for _, account := range s.accounts {
		if scanner.Private(account) {
			continue
		}
		start := time.Now()
		t := Traits{Account: account}
		folders, err := s.folders(ctx, account, folder{})
		if err := s.ends(ctx, err); err != nil {
			return err
		}
		for _, f := range folders {
			if t.Folders++; f.private() {
				t.Private++
			}
		}
		if err == nil {
			err = s.with(ctx, place{account: account}, func(c *conn) error {
				t.UIDPlus, t.Product = c.caps.Has(imap.CapUIDPlus), c.product(ctx)
				if !c.caps.Has(imap.CapACL) {
					return nil
				}
				return c.do(ctx, 0, func() error {
					told, err := c.client.MyRights("INBOX").Wait()
					if err == nil {
						t.RightsTold, t.Erase = true, mayExpunge(told.Rights)
					}
					return err
				})
			})
		}
		t.Took = time.Since(start)
		report(t, err)
	}
	return nil
}

// mayExpunge reports whether rights are enough to erase: to mark messages as
// deleted and to expunge them, which before RFC 4314 was one right, d.
func mayExpunge(rights imap.RightSet) bool {
	has := func(r imap.Right) bool { return slices.Contains(rights, r) }
	return has('d') || has('t') && has('e')
}
