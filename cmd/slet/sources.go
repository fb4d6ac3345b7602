package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/cctv"
	"github.com/sletdk/slet/scanner/files"
	"github.com/sletdk/slet/scanner/imap"
	"github.com/sletdk/slet/scanner/smb"
)

// This file is where a type of source meets its adapter. A new one is a line in
// each of the two switches.

// open returns the adapter of a source.
func (a *app) open(ctx context.Context, s config.Source) (scanner.Source, error) {
	switch s.Type {
	case config.TypeSMB:
		return opened(smb.New(ctx, smbConfig(s)))
	case config.TypeIMAP:
		return opened(imap.New(imapConfig(s)))
	case config.TypeCCTV:
		return opened(a.openCCTV(ctx, s))
	}
	return opened(files.New(a.filesConfig(s)))
}

// eraser returns the capability to erase in a source.
func (a *app) eraser(ctx context.Context, s config.Source) (closingEraser, error) {
	switch s.Type {
	case config.TypeSMB:
		return closing(smb.NewEraser(ctx, smbConfig(s)))
	case config.TypeIMAP:
		return closing(imap.NewEraser(imapConfig(s)))
	case config.TypeCCTV:
		return closing(a.cctvEraser(ctx, s))
	}
	return closing(files.NewEraser(a.filesConfig(s)))
}

// closingEraser is what every adapter's eraser is.
type closingEraser interface {
	erase.Eraser
	io.Closer
}

// opened and closing keep a nil pointer from becoming an interface that is not
// nil.
func opened[S scanner.Source](s S, err error) (scanner.Source, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

func closing[E closingEraser](e E, err error) (closingEraser, error) {
	if err != nil {
		return nil, err
	}
	return e, nil
}

// erasers hands out the capability to erase in some sources, and opens no
// other: a server that is away keeps nothing from being erased elsewhere. In dry
// run there is nobody to hand it to: the map is nil. done ends it.
func (a *app) erasers(ctx context.Context, names []string) (all map[string]erase.Eraser, done func() error, err error) {
	if a.cfg.Erase.Mode != config.Enforce {
		return nil, func() error { return nil }, nil
	}
	var open []io.Closer
	done = func() error {
		var errs []error
		for _, c := range open {
			errs = append(errs, c.Close())
		}
		return errors.Join(errs...)
	}
	all = map[string]erase.Eraser{}
	for _, s := range a.cfg.Sources {
		if !slices.Contains(names, s.Name) {
			continue
		}
		e, err := a.eraser(ctx, s)
		if errors.Is(err, cctv.ErrVerifyOnly) {
			continue // nobody is handed the means: its items are refused
		}
		if err != nil {
			return nil, nil, errors.Join(err, done())
		}
		open = append(open, e)
		all[s.Name] = e
	}
	return all, done, nil
}

// filesConfig is the configuration of a local folder. slet's own state is never
// scanned, wherever it lies.
func (a *app) filesConfig(s config.Source) files.Config {
	fc := files.Config{Name: s.Name, Root: s.Path, Exclude: slices.Clone(s.Exclude)}
	if rel, err := filepath.Rel(s.Path, a.cfg.StateDir); err == nil && filepath.IsLocal(rel) {
		fc.Exclude = append(fc.Exclude, filepath.ToSlash(rel), filepath.ToSlash(rel)+"/**")
	}
	return fc
}

// serverClock asks the server of a source what time it is; ok is false where it
// does not tell, or there is none.
func (a *app) serverClock(ctx context.Context, name string) (at time.Time, ok bool) {
	i := slices.IndexFunc(a.cfg.Sources, func(s config.Source) bool { return s.Name == name })
	if i < 0 || a.cfg.Sources[i].Type != config.TypeSMB {
		return time.Time{}, false
	}
	src, err := smb.New(ctx, smbConfig(a.cfg.Sources[i]))
	if err != nil {
		return time.Time{}, false // the eraser meets the same, and says so
	}
	t, err := src.Check(ctx)
	_ = src.Close() // it was only asked
	return now().Add(t.Clock), err == nil && t.ClockTold
}

func smbConfig(s config.Source) smb.Config {
	c := s.SMB
	sc := smb.Config{
		Name: s.Name, Address: c.Address, Share: c.Share, Root: c.Path, Exclude: s.Exclude,
		Username: c.Username, Domain: c.Domain, Password: c.Password.Reveal,
		RequireSigning: c.RequireSigning, RequireEncryption: c.RequireEncryption,
		Medium: smb.Medium(c.Medium), Timeout: c.Timeout,
	}
	if c.Dialects == "any" {
		sc.Dialects = c.Dialects
	}
	if c.Kerberos.Keytab != "" {
		sc.Kerberos = &smb.Kerberos{Keytab: c.Kerberos.Keytab, Realm: c.Kerberos.Realm, KDC: c.Kerberos.KDC, Krb5Conf: c.Kerberos.Config}
	}
	return sc
}

func imapConfig(s config.Source) imap.Config {
	c := s.IMAP
	ic := imap.Config{
		Name: s.Name, Address: c.Address, Security: imap.Security(c.Security), AllowPlain: c.AllowPlain, RootCAs: c.RootCAs,
		Auth: imap.Auth(c.Auth), Master: c.Master, MasterSeparator: c.MasterSeparator, Password: c.Password.Reveal,
		Accounts: c.Accounts, AccountsFile: c.AccountsFile, ExcludeAccounts: c.ExcludeAccounts,
		Include: c.Include, Exclude: s.Exclude, Connections: c.Connections, Timeout: c.Timeout,
	}
	if c.OAuth.TokenURL != "" {
		ic.OAuth = &imap.OAuth{TokenURL: c.OAuth.TokenURL, ClientID: c.OAuth.ClientID, Scopes: c.OAuth.Scopes}
	}
	return ic
}
