// Package smb is the source for SMB shares (Windows file servers, Samba, NAS
// boxes), without a mount: it speaks the protocol itself.
//
// What it promises beyond [scanner.Source]:
//
//   - Every call has a deadline. A server that dies or hangs is tried again,
//     over a new connection, with growing pauses; then the walk ends with an
//     error. What could not be asked about is never "gone".
//   - Folders are listed, nothing else: a listing carries size, times,
//     attributes and the server's own number of the file, so that no file is
//     opened to be walked.
//   - A private folder (see [scanner.Private]) is not opened and not listed.
//     Neither is a folder whose real name the server does not tell, since it
//     may be one (see [substitute]).
//   - A file that lies on tape or in a cloud, and would have to be fetched, is
//     a gap and left there. Reparse points (links, DFS) are not followed.
//   - A file of up to 1 MiB is opened, read and closed in one request; what the
//     server says of it before and after must both be what was walked. While a
//     larger one is being read, others may still rename and remove it.
//   - With RequireEncryption not one byte of a name or of content goes over the
//     wire in the clear, whatever the server says (see [wire]).
//
// What it cannot promise, since nothing in the protocol tells:
//
//   - Samba follows symbolic links by itself and shows what they lead to
//     ("follow symlinks = no" on the server hides them), and does not list
//     names that are not UTF-8. Circles are noticed.
//   - On Samba the change time is the write time: whoever rewrites a file with
//     the same length and sets its time back is noticed by the content hash
//     before an erasure, not by a scan. Access times move as the server's own
//     file system has it (see [Source.Traces]).
package smb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sletdk/slet/scanner"
)

// Config describes one share, or one folder of a share, as a source.
type Config struct {
	Name string
	// Address is the server: "host" or "host:port"; the port is 445 unless said.
	Address string
	Share   string // the share's bare name
	// Root is the folder below the share that is the source, slash-separated;
	// "" is all of it.
	Root string

	Username string
	Domain   string
	// Password returns the password. It is asked for each connection, and not
	// kept.
	Password func() (string, error)
	// Kerberos, when not nil, is used instead of the password.
	Kerberos *Kerberos

	// Dialects lets the server choose from all dialects since 2.0.2 with "any".
	// "" is 3.1.1 only, the first that an attacker cannot talk down.
	Dialects string
	// RequireSigning has every message signed, whatever the server says.
	RequireSigning bool
	// RequireEncryption refuses a server that does not encrypt the share.
	RequireEncryption bool

	// Exclude are globs below Root (doublestar: "**/tmp", "arkiv/**"), compared
	// with paths as people see them ([scanner.Item].Path). A glob that matches
	// a folder leaves all of it out.
	Exclude []string

	// Timeout is the longest that one call to the server may take; 0 is 30 s.
	Timeout time.Duration
	// Patience is how long a server that does not answer is tried again before
	// the scan of it ends; 0 is 1 minute.
	Patience time.Duration
	// Walkers is how many folders are listed at the same time, at most 4, which
	// is 0 too. (A listing takes 16 of a connection's credits.)
	Walkers int
	// Readers is how many files are open at the same time; 0 is 16.
	Readers int

	// Medium is what the administrator knows of the storage below the share,
	// which no protocol tells. It is for the eraser.
	Medium Medium

	credits uint16 // what the library may hold; 0 is [credits]
}

// Medium is how a storage deals with an overwriting.
type Medium string

// The media.
const (
	MediumUnknown Medium = "unknown" // also ""
	MediumInPlace Medium = "inplace" // NTFS, ext4, XFS: the same blocks are written again
	MediumCow     Medium = "cow"     // ReFS, ZFS, btrfs: the old blocks remain until reused
)

// Source is a share. It is safe for concurrent use, and implements
// [scanner.Source].
type Source struct {
	cfg Config
	// Listing and reading have connections of their own, so that large reads do
	// not take the credits that a listing needs. Reading has several, taken in
	// turn: Samba serves each in a process of its own, one call at a time.
	walking *link
	reading []*link
	turn    atomic.Uint32
	slots   chan struct{} // one for each file that may be open
	// batch is how many names of one folder are held at a time, and oneShot how
	// many bytes a file may have that is read in one request. From manyLanes
	// bytes on, one is read over all connections.
	batch              int
	oneShot, manyLanes int64
}

// batchSize bounds the memory for one folder to some 20 MB.
const batchSize = 1 << 16

// New signs in and looks at the root. It fails if the server refuses, is not as
// the configuration requires, or the root is missing, not a folder, or private.
func New(ctx context.Context, cfg Config) (*Source, error) {
	s, err := newSource(cfg)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", cfg.Name, err)
	}
	if err := s.checkRoot(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("source %s: %w", cfg.Name, err), s.Close())
	}
	return s, nil
}

// newSource makes a source that has not called its server.
func newSource(cfg Config) (*Source, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	s := &Source{
		cfg:     cfg,
		walking: newLink(cfg),
		slots:   make(chan struct{}, cfg.Readers),
		batch:   batchSize,
		oneShot: answerSize, manyLanes: 8 * answerSize,
	}
	for range min(readingLinks, cfg.Readers) {
		s.reading = append(s.reading, newLink(cfg))
	}
	return s, nil
}

// readingLinks is how many connections files are read over.
const readingLinks = 2

// readLink is the next connection to read a file over.
func (s *Source) readLink() *link {
	return s.reading[int(s.turn.Add(1))%len(s.reading)]
}

// complete checks the configuration and fills in what was left out.
func (cfg Config) complete() (Config, error) {
	if cfg.Address == "" || cfg.Share == "" {
		return cfg, errors.New("address and share are needed")
	}
	if strings.ContainsAny(cfg.Share, `/\`) {
		return cfg, fmt.Errorf("share: %q must be a bare name; a folder below it is the root", cfg.Share)
	}
	if !strings.Contains(cfg.Address, ":") {
		cfg.Address += ":445"
	}
	cfg.Root = strings.Trim(strings.ReplaceAll(cfg.Root, `\`, "/"), "/")
	switch {
	case cfg.Root != "" && !local(cfg.Root):
		return cfg, fmt.Errorf("root: %q is not a folder's path", cfg.Root)
	case scanner.PrivatePath(cfg.Root + "/"):
		return cfg, fmt.Errorf("the root %w", scanner.ErrPrivate)
	case cfg.Root == "" && scanner.Private(cfg.Share):
		return cfg, fmt.Errorf("the share %w", scanner.ErrPrivate)
	case cfg.Dialects != "" && cfg.Dialects != "any":
		return cfg, fmt.Errorf("dialects: %q; expected any, or nothing for 3.1.1", cfg.Dialects)
	case cfg.RequireEncryption && cfg.Dialects != "":
		return cfg, errors.New("encryption can be required with the dialect 3.1.1 only")
	case !slices.Contains([]Medium{"", MediumUnknown, MediumInPlace, MediumCow}, cfg.Medium):
		return cfg, fmt.Errorf("medium: %q; expected inplace, cow or unknown", cfg.Medium)
	case cfg.Password == nil && cfg.Kerberos == nil:
		return cfg, errors.New("a password or a keytab is needed")
	}
	if err := checkGlobs(cfg.Exclude); err != nil {
		return cfg, err
	}
	cfg.Timeout = orElse(cfg.Timeout, 30*time.Second)
	cfg.Patience = orElse(cfg.Patience, time.Minute)
	cfg.Walkers = min(orElse(cfg.Walkers, 4), 4)
	cfg.Readers = orElse(cfg.Readers, 16)
	cfg.credits = cmp.Or(cfg.credits, credits)
	return cfg, nil
}

// orElse is a value, or another when it is not positive.
func orElse[T int | time.Duration](v, other T) T {
	if v <= 0 {
		return other
	}
	return v
}

// checkRoot looks at the root.
func (s *Source) checkRoot(ctx context.Context) error {
	st, err := s.walking.lstat(ctx, s.cfg.Root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the folder %q does not exist in the share %s: %w", s.cfg.Root, s.cfg.Share, err)
	case err != nil:
		return err
	case !st.folder():
		return fmt.Errorf("%q is not a folder", s.cfg.Root)
	case st.reparse():
		return fmt.Errorf("%q is a link, which is never followed", s.cfg.Root)
	}
	return nil
}

// Name is the configured name.
func (s *Source) Name() string { return s.cfg.Name }

// Close signs off.
func (s *Source) Close() error {
	err := s.walking.close()
	for _, l := range s.reading {
		err = errors.Join(err, l.close())
	}
	return err
}

// Traces says, for a person, how reading from this source shows afterwards.
func (s *Source) Traces() string {
	return "access times may move, as the server's own file system has it"
}

// rootPartition is the ID of the partition of the files that lie in the root
// itself. It cannot be a folder's.
const rootPartition = "/"

// Partitions are the folders in the root, sorted, after one partition for the
// files that lie in the root itself. A folder that is private or excluded is in
// none; the walk of the root's partition counts it.
func (s *Source) Partitions(ctx context.Context) ([]scanner.Partition, error) {
	list := []scanner.Partition{{ID: rootPartition}}
	_, err := s.walking.list(ctx, s.cfg.Root, 0, func(st stat) {
		if s.judge("", st) == walkFolder {
			id := scanner.EscapePath(st.name)
			list = append(list, scanner.Partition{ID: id, Path: scanner.DisplayPath(id)})
		}
	})
	if err != nil {
		return nil, fmt.Errorf("source %s: list root: %w", s.cfg.Name, err)
	}
	slices.SortFunc(list, func(a, b scanner.Partition) int {
		if a.ID == rootPartition || b.ID == rootPartition {
			return strings.Compare(a.Path, b.Path) // "" comes first
		}
		return strings.Compare(a.ID, b.ID)
	})
	return slices.Compact(list), nil
}

// rawPath returns where the item lies below the root, if that is a place we go.
func (s *Source) rawPath(it scanner.Item) (string, error) {
	if it.Source != s.cfg.Name {
		return "", fmt.Errorf("the item is of source %q, not of %q", it.Source, s.cfg.Name)
	}
	rel, err := scanner.UnescapePath(it.ID)
	switch {
	case err != nil:
		return "", err
	case !local(rel), it.Version == "":
		return "", scanner.ErrID
	case scanner.PrivatePath(rel), hiddenPath(rel):
		return "", scanner.ErrPrivate
	}
	return rel, nil
}

// at is the path below the share.
func (s *Source) at(rel string) string {
	if rel == "" {
		return s.cfg.Root
	}
	return join(s.cfg.Root, rel)
}

// gone reports whether "not found" means that the item is gone: only while the
// root itself is still there.
func (s *Source) gone(ctx context.Context) error {
	if err := s.checkRoot(ctx); err != nil {
		return fmt.Errorf("not found, and neither is its source: %w", err)
	}
	return scanner.ErrGone
}
