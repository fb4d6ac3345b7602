package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/sletdk/slet/audit"
)

// A checkpoint shows that the audit log was cut or rewritten only if it is kept
// where whoever can write to the log cannot. So it is sent away, as one line that
// a mail, a chat or a ledger holds: linePrefix and the base64 of the signed note.
const linePrefix = "slet-checkpoint:"

func checkpointLine(note []byte) string {
	return linePrefix + base64.RawURLEncoding.EncodeToString(note)
}

// noteOf is the note in a line.
func noteOf(line string) (note []byte, ok bool) {
	code, ok := strings.CutPrefix(strings.TrimSpace(line), linePrefix)
	if !ok {
		return nil, false
	}
	note, err := base64.RawURLEncoding.DecodeString(code)
	return note, err == nil
}

// notesIn finds the lines in a text, such as a mail that was saved.
func notesIn(text []byte) (notes [][]byte) {
	for _, word := range bytes.Fields(text) {
		if note, ok := noteOf(string(word)); ok {
			notes = append(notes, note)
		}
	}
	return notes
}

// keepCheckpoint verifies the log and puts a signed checkpoint wherever the
// configuration says; nowhere, it does nothing. It is done after each erasure, and by
// the service once a day. A way that fails keeps the others from nothing; the
// error is [errNotKept] then.
func (a *app) keepCheckpoint(ctx context.Context) error {
	c := a.cfg.Audit.Checkpoints
	if !c.Kept() {
		return nil
	}
	_, note, err := a.signedCheckpoint()
	if err != nil {
		return err
	}
	var errs []error
	if c.File != "" {
		errs = append(errs, audit.AppendNote(c.File, note))
	}
	limited, cancel := context.WithTimeout(ctx, noticeTime)
	defer cancel()
	if c.Mail {
		if err := a.mail(limited, a.cfg.Notify.SMTP.To, "slet: checkpoint of the audit log", checkpointText(note)); err != nil {
			errs = append(errs, fmt.Errorf("checkpoint by mail: %w", err))
		}
	}
	if c.Webhook {
		err := a.post(limited, struct {
			Organisation string    `json:"organisation"`
			Time         time.Time `json:"time"`
			Text         string    `json:"text"` // for chats that show it
			Checkpoint   string    `json:"checkpoint"`
		}{a.cfg.Organisation.Name, now(), checkpointLine(note), string(note)})
		if err != nil {
			errs = append(errs, fmt.Errorf("checkpoint by webhook: %w", err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: %w", errNotKept, err)
	}
	return nil
}

// errNotKept: the log verifies, and somewhere its checkpoint did not arrive.
var errNotKept = errors.New("the checkpoint of the audit log is not everywhere where it is to be kept")

// checkpointErased keeps a checkpoint after an erasure. One that does not arrive
// makes nothing of the erasure undone: it is said, written into the log, and made
// up for by the next one, after the next erasure or at night, which covers these
// lines too. A log that does not verify is an error.
func (a *app) checkpointErased(ctx context.Context) error {
	err := a.keepCheckpoint(ctx)
	if !errors.Is(err, errNotKept) {
		return err
	}
	why := a.mask(err)
	a.line(slog.LevelWarn, "slet: "+why+"; what was erased is erased. The next checkpoint, after the next erasure or at night, makes up for it")
	if _, err := a.log.Append(audit.Entry{Time: now(), Type: audit.TypeCheckpointNotKept, Actor: account(), Detail: map[string]string{"why": why}}); err != nil {
		return err
	}
	return a.remember()
}

// checkpointText is the mail about a checkpoint.
func checkpointText(note []byte) string {
	return checkpointLine(note) + "\n\n" +
		"Keep this mail. Save it as a file later, and slet audit verify --against FILE shows whether the log was cut or written anew since.\n" +
		"Gem denne mail. slet audit verify --against FIL viser senere, om loggen er afkortet eller skrevet om siden.\n"
}
