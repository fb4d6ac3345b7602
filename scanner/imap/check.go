package imap

import (
	"context"
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
				return nil
			})
		}
		t.Took = time.Since(start)
		report(t, err)
	}
	return nil
}
