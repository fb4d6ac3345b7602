// Package scanner is the vocabulary of slet's crawl: what a source is, what an
// item is, and how everything that could not be looked at is said aloud.
//
// A [Source] is one configured storage. It is walked, partition by partition,
// and yields items as plain data: an [Item] can be stored today and opened next
// month. What cannot be looked into is yielded as a [*Gap], what is left alone
// on purpose (a folder named Privat, a link) as a [*Skip]; neither is ever a
// log line only.
//
// A source has no means to erase. Package erase defines that capability, and a
// source's adapter offers it as a separate value that is handed out in enforce
// mode only.
//
// The package imports nothing but the standard library and golang.org/x/text;
// every other package may import it.
package scanner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// Kind says what an item is.
type Kind string

// The kinds of item.
const (
	KindFile      Kind = "file"
	KindMessage   Kind = "message"
	KindRecording Kind = "recording"
)

// Item is one file, message or recording, as plain data.
//
// Source and ID together name it: ID is what the source opens it by (for local
// files the slash-separated path below the source's root). Version changes
// whenever identity or content may have changed, and is compared byte for
// byte; a source puts into it everything cheap that it knows (device and inode,
// size, times in nanoseconds). A zero time means that the source does not know.
type Item struct {
	Source string
	ID     string
	// Path is for people: where to find the item in its source, slash-separated.
	Path string
	Kind Kind
	Size int64 // bytes
	// Links is the number of names (hard links) of the content; 0 when unknown.
	Links int

	Created, Modified, Received, Recorded time.Time

	// Camera is the camera that made a recording; empty for files and messages.
	Camera string
	// End is when a recording ends; zero when not known. Recorded is when it
	// begins, which is what its period counts from.
	End time.Time
	// Dated says what Recorded was read from (a recording's name, its
	// container, its folder …), in the source's words; empty when there is
	// nothing to say.
	Dated string
	// Doubt says, for a person, why the dates of the item cannot be relied on.
	// An item in doubt is kept and reported, never due.
	Doubt string

	// Mailbox is the mailbox that a message belongs to; empty for files.
	Mailbox string
	// Owner is the account that owns the item in its storage, in the storage's
	// own words (the number of a user on Linux); empty when the source does not
	// know. It is often an administrator, who owns what others wrote.
	Owner   string
	Version string
}

// Partition is the unit in which a source is walked and work is handed out: a
// top-level folder, a mailbox, a camera.
type Partition struct {
	// ID names the partition within its source; it is not shown to people.
	ID string
	// Path is the partition's place in the source, "" for the root.
	Path string
}

// Source is one configured storage. Implementations are held to the promises
// in package scannertest.
type Source interface {
	// Name is the configured name, unique in an installation.
	Name() string

	// Partitions lists the partitions. Two calls on an unchanged storage give
	// the same partitions in the same order.
	Partitions(ctx context.Context) ([]Partition, error)

	// Walk yields every item of the partition once, in the same order for an
	// unchanged storage. With a zero Item it yields, as the error, a [*Gap]
	// for a place that could not be looked into and a [*Skip] for one left
	// alone on purpose; the walk goes on after both. Any other error ends the
	// walk and means that it is not complete. Nothing private is opened or
	// listed (see [Private]). Open may be called during a walk. When ctx is
	// cancelled the walk ends with its error.
	Walk(ctx context.Context, p Partition) iter.Seq2[Item, error]

	// Open opens the item for reading and compares identity and version on
	// the opened handle: an error wrapping [ErrChanged] if it is not the very
	// item that was walked, [ErrGone] if there is nothing there any more.
	// Opening and reading leave no trace (no time stamp, no \Seen flag).
	Open(ctx context.Context, it Item) (File, error)

	io.Closer
}

// File is an opened item.
type File interface {
	io.ReaderAt
	io.Closer
	// Size is the number of bytes that can be read.
	Size() int64
	// Recheck says whether what was read is of the version that was opened: an
	// error wrapping [ErrChanged] if the item was another one before all of it
	// had been read. Call it after reading, before believing what was read.
	//
	// A source that took the whole content at once, between two looks at the
	// item, need not look again: what it gives stays that version.
	Recheck() error
}

// Errors that a source's methods wrap.
var (
	// ErrChanged: the item is not, or no longer, the one that was walked.
	ErrChanged = errors.New("item has changed")
	// ErrGone: the item no longer exists.
	ErrGone = errors.New("item is gone")
)

// Reason says why something could not be examined.
type Reason string

// The reasons for a gap. They are part of the JSON contract.
const (
	Encrypted   Reason = "encrypted"
	Corrupt     Reason = "corrupt"
	TooLarge    Reason = "too_large"
	Timeout     Reason = "timeout"
	Unsupported Reason = "unsupported"
	Denied      Reason = "denied"
	IO          Reason = "io"
)

// Gap is something that could not be examined, and why. It is a result: it is
// stored, counted and reported, and it is an error so that it can travel where
// errors travel.
type Gap struct {
	// Path is the item or folder, as in [Item].Path.
	Path string
	// Where is the place inside the item (a page, an attachment); empty when
	// the whole item or folder is meant.
	Where  string
	Reason Reason
	// Err is the cause, for a person; never nil.
	Err error
}

func (g *Gap) Error() string {
	if g.Where == "" {
		return fmt.Sprintf("%s: not examined (%s): %v", g.Path, g.Reason, g.Err)
	}
	return fmt.Sprintf("%s: %s: not examined (%s): %v", g.Path, g.Where, g.Reason, g.Err)
}

func (g *Gap) Unwrap() error { return g.Err }

// SkipReason says why something was left alone on purpose.
type SkipReason string

// The reasons for leaving something alone.
const (
	// SkipPrivate: a private folder or message (see [Private]).
	SkipPrivate SkipReason = "private"
	// SkipLink: a symbolic link or junction; links are never followed.
	SkipLink SkipReason = "link"
	// SkipSpecial: a socket, pipe or device, which holds no stored data.
	SkipSpecial SkipReason = "special"
	// SkipExcluded: left out by the configuration.
	SkipExcluded SkipReason = "excluded"
	// SkipGrowing: a recording that is still being written.
	SkipGrowing SkipReason = "growing"
)

// Skip is something that was left alone on purpose. For a private folder
// Parent is all that is known: the folder itself is counted, never named.
type Skip struct {
	// Parent is the folder in which it lies, as in [Item].Path; "" is the root.
	Parent string
	// Name is the entry's name; always empty for [SkipPrivate].
	Name string
	Why  SkipReason
	// Folder is true when a whole folder was left alone.
	Folder bool
}

func (s *Skip) Error() string {
	return fmt.Sprintf("%s: left alone (%s)", s.Parent, s.Why)
}
