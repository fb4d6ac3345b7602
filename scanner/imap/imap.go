// Package imap walks the mailboxes of an IMAP server, as a [scanner.Source],
// and erases messages in them, as an [erase.Eraser].
//
// A message is named by account, folder, UIDVALIDITY and UID, which RFC 9051
// (2.3.1.1) promises to mean one and the same content for ever; that is what
// lets a message that has been fetched whole be believed without asking again.
//
// Looking leaves nothing behind: folders are opened with EXAMINE, and content
// is fetched with BODY.PEEK. A private folder is neither examined nor listed
// below, and of every message the server is first asked for subject and
// Sensitivity only: the body of a private one is never fetched.
//
// What a server says is not believed: bytes are counted against the size of
// the literal and messages against UID SEARCH, a command has a deadline and a
// number of bytes that it may take, and a fetch counts for something only when
// it ended well.
package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"

	"github.com/sletdk/slet/scanner"
)

// Source is the mailboxes of one server. Its methods are safe for concurrent
// use.
type Source struct {
	cfg      Config
	tls      *tls.Config
	accounts []string // sorted
	pool     *pool
	ahead    *ahead
	memory   scanner.Memory // nil is none
}

// New makes a source. It does not connect; [Source.Partitions] does.
func New(cfg Config) (*Source, error) {
	cfg.fill()
	accounts, err := cfg.accounts()
	if err == nil {
		err = cfg.check(accounts)
	}
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", cfg.Name, err)
	}
	tlsConfig, err := cfg.tlsConfig()
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", cfg.Name, err)
	}
	s := &Source{cfg: cfg, tls: tlsConfig, accounts: accounts, ahead: newAhead(min(maxFlights, cfg.Connections))}
	s.pool = &pool{slots: make(chan struct{}, cfg.Connections), connect: s.connect}
	return s, nil
}

// Name implements [scanner.Source].
func (s *Source) Name() string { return s.cfg.Name }

// Close closes the connections.
func (s *Source) Close() error { return s.pool.close() }

// Partitions implements [scanner.Source]. There is one for every account, in
// which private and excluded folders are told of, and one for every topmost
// folder with all that lies below it. An account that cannot be looked into has
// only the first, and its walk yields the gap. A server that cannot be reached
// at all is an error.
func (s *Source) Partitions(ctx context.Context) ([]scanner.Partition, error) {
	var all []scanner.Partition
	for _, account := range s.accounts {
		root := place{account: account}
		all = append(all, root.partition())
		if scanner.Private(account) {
			continue
		}
		folders, err := s.folders(ctx, account, folder{})
		if err := s.ends(ctx, err); err != nil {
			return nil, err
		}
		for _, f := range folders {
			if s.leave(f) == "" && !f.garbled {
				all = append(all, place{account: account, folder: f}.partition())
			}
		}
	}
	return all, ctx.Err()
}

// ends reports whether an error is one after which nothing more can be had of
// the server, so that a walk must end as not complete. Others cost an account
// or a folder.
func (s *Source) ends(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, errNoServer) || errors.Is(err, errClosed) {
		return err
	}
	return nil
}

// leave says why a folder is left alone; "" means that it is not.
func (s *Source) leave(f folder) scanner.SkipReason {
	switch {
	case f.private():
		return scanner.SkipPrivate
	case s.cfg.excluded(f):
		return scanner.SkipExcluded
	}
	return ""
}

// reach checks that an item or partition is one that this source would walk.
func (s *Source) reach(p place) error {
	switch {
	case scanner.Private(p.account) || p.folder.private():
		return scanner.ErrPrivate
	case !slices.Contains(s.accounts, p.account):
		return fmt.Errorf("%w: the account is not in the configuration", errID)
	case s.cfg.excluded(p.folder):
		return fmt.Errorf("%w: the configuration excludes the folder", errID)
	}
	return nil
}
