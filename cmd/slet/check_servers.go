package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/imap"
	"github.com/sletdk/slet/scanner/smb"
)

// clockDoubt is how far a server's clock may be off: the dates that periods
// count from are by its clock, and days are what they are counted in.
const clockDoubt = 2 * time.Minute

// share says what the server of a share tells of itself, of its storage and of
// its clock.
func (k *checking) share(ctx context.Context, name string, src *smb.Source, medium string) {
	k.say("ok", name, "%s", src.Traces())
	t, err := src.Check(ctx)
	if err != nil {
		k.say("warning", name, "what the server says of itself is not known: %s", k.mask(err))
		return
	}
	status, how := protection(t)
	k.say(status, name, "SMB %s, %s", t.Dialect, how)
	k.say("ok", name, "storage: %s", storageOf(t, medium))
	status, how = serverClock(t.Clock, t.ClockTold)
	k.say(status, name, "%s", how)
}

// protection says what keeps others on the network from reading and changing
// what is sent.
func protection(t smb.Traits) (status, how string) {
	switch {
	case t.Encrypted:
		return "ok", "encrypted"
	case t.Signing != "":
		return "ok", "signed with " + t.Signing + ", not encrypted: others on the network can read it"
	}
	return "warning", "neither signed nor encrypted: others on the network can read it and change it; set require_signing or require_encryption"
}

func storageOf(t smb.Traits, medium string) string {
	if medium == "" {
		medium = string(smb.MediumUnknown)
	}
	list := fmt.Sprintf("%s, medium %s as configured", t.FileSystem, medium)
	if t.CopyOnWrite {
		list += ", though the server says that it never overwrites in place (cow)"
	}
	switch t.Snapshots {
	case -1:
		return list + ", snapshots: the server does not say"
	case 0:
		return list + ", no snapshots"
	}
	return list + fmt.Sprintf(", %s in which what is erased can be read still", plural(t.Snapshots, "snapshot"))
}

func serverClock(ahead time.Duration, told bool) (status, how string) {
	switch {
	case !told:
		return "ok", "the server's clock: not measured, since it does not tell its time"
	case ahead > clockDoubt:
		return "warning", fmt.Sprintf("the server's clock is %s ahead of this machine's: dates of files, and so the days on which they are due, are in doubt", ahead.Round(time.Second))
	case ahead < -clockDoubt:
		return "warning", fmt.Sprintf("the server's clock is %s behind this machine's: dates of files, and so the days on which they are due, are in doubt", (-ahead).Round(time.Second))
	}
	return "ok", fmt.Sprintf("the server's clock agrees, within %s", max(ahead.Abs(), time.Second).Round(time.Second))
}

// shareRights says whether the first file could be erased, without trying.
func (k *checking) shareRights(ctx context.Context, name string, src *smb.Source, it scanner.Item) {
	r, err := src.Rights(ctx, it)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		k.say("ok", name, "rights to write and delete: not measured, since the server does not tell them")
	case err != nil:
		k.say("warning", name, "rights: %s", k.mask(err))
	case r.Write && r.Delete:
		k.say("ok", name, "the account may write and delete: erasing is possible")
	case k.cfg.Erase.Mode == config.Enforce:
		k.say("warning", name, "the account may not %s: nothing can be erased", lacking(r))
	default:
		k.say("ok", name, "the account may not %s, which erase.mode enforce would need", lacking(r))
	}
}

func lacking(r smb.Rights) string {
	switch {
	case !r.Write && !r.Delete:
		return "write or delete"
	case !r.Write:
		return "write"
	}
	return "delete"
}

// accounts signs in to every account of a mail server, and lists its folders.
func (k *checking) accounts(ctx context.Context, name string, src *imap.Source) {
	err := src.Check(ctx, func(t imap.Traits, err error) {
		switch {
		case err != nil:
			k.say("failed", name, "account %s: %s", t.Account, k.mask(err))
		case !t.UIDPlus:
			k.say("warning", name, "account %s: %s; the server lacks UIDPLUS, so that nothing can be erased", t.Account, plural(t.Folders, "top folder"))
		case t.RightsTold && !t.Erase:
			k.say("warning", name, "account %s: %s, %d of them private; there is no right to delete and expunge in INBOX", t.Account, plural(t.Folders, "top folder"), t.Private)
		default:
			rights := "rights to delete: not measured, since the server does not tell them"
			if t.RightsTold {
				rights = "messages may be deleted"
			}
			k.say("ok", name, "account %s: %s, %d of them private; %s", t.Account, plural(t.Folders, "top folder"), t.Private, rights)
		}
	})
	if err != nil {
		k.say("failed", name, "%s", k.mask(err))
		return
	}
	k.say("ok", name, "the server's clock: not measured, since IMAP tells it only of a new message")
}
