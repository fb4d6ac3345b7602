package audit

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint says that a log had so many lines, and what they were: the root
// of the Merkle tree (RFC 6962) over them, each with its newline. Whoever keeps
// one elsewhere can tell later whether the log was cut or written anew.
type Checkpoint struct {
	// Origin names the log: it is the name of the key that signs.
	Origin string
	Size   int64
	Root   [32]byte
	// Verified is true when its signature was checked.
	Verified bool

	// more are the lines below the root hash, empty but in a statement of what
	// was pruned.
	more []string
}

// ErrCheckpoint: not a checkpoint, or not one that this key signed.
var ErrCheckpoint = errors.New("not a good checkpoint")

// text is the signed part, as C2SP tlog-checkpoint has it.
func (c Checkpoint) text() string {
	lines := append([]string{c.Origin, strconv.FormatInt(c.Size, 10), tlog.Hash(c.Root).String()}, c.more...)
	return strings.Join(lines, "\n") + "\n"
}

// Checkpoint signs what was verified, as a note (C2SP tlog-checkpoint and
// signed-note).
func (k *Key) Checkpoint(s Summary) ([]byte, error) {
	return k.sign(Checkpoint{Size: int64(s.Lines), Root: s.Root})
}

func (k *Key) sign(c Checkpoint) ([]byte, error) {
	c.Origin = k.signer.Name()
	b, err := note.Sign(&note.Note{Text: c.text()}, k.signer)
	if err != nil {
		return nil, fmt.Errorf("sign a checkpoint: %w", err)
	}
	return b, nil
}

// ParseCheckpoint reads a signed checkpoint. With a verifier key the signature
// must be that key's; without one ("") it is not checked. Errors wrap
// [ErrCheckpoint], or [ErrKey] for a bad verifier key.
func ParseCheckpoint(b []byte, verifier string) (Checkpoint, error) {
	if verifier == "" {
		n, err := note.Open(b, note.VerifierList())
		var unverified *note.UnverifiedNoteError
		if !errors.As(err, &unverified) {
			return Checkpoint{}, fmt.Errorf("%w: %w", ErrCheckpoint, errors.Join(err, noteIs(n)))
		}
		return parseCheckpoint(unverified.Note.Text)
	}
	v, err := verifierOf(verifier)
	if err != nil {
		return Checkpoint{}, err
	}
	n, err := note.Open(b, note.VerifierList(v))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	c, err := parseCheckpoint(n.Text)
	if err == nil && c.Origin != v.Name() {
		err = fmt.Errorf("%w: it is of the log %s, the key is of %s", ErrCheckpoint, c.Origin, v.Name())
	}
	c.Verified = err == nil
	return c, err
}

// noteIs is there for the impossible: a note verified by no key at all.
func noteIs(n *note.Note) error {
	if n != nil {
		return errors.New("verified without a key")
	}
	return nil
}

func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 3 || lines[0] == "" {
		return Checkpoint{}, fmt.Errorf("%w: expected origin, size and root hash, a line each", ErrCheckpoint)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("%w: %q is not a size", ErrCheckpoint, lines[1])
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return Checkpoint{}, err
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: root, more: lines[3:]}, nil
}

func parseHash(s string) ([32]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != 32 || base64.StdEncoding.EncodeToString(b) != s {
		return [32]byte{}, fmt.Errorf("%w: %q is not a root hash", ErrCheckpoint, s)
	}
	return [32]byte(b), nil
}

// signatureLine begins a signature of a note.
const signatureLine = "— "

// SplitNotes takes a file of notes apart, such as slet appends checkpoints to.
// What is between two notes but blank lines stays with the second, which then
// does not parse.
func SplitNotes(b []byte) [][]byte {
	var notes [][]byte
	var cur []byte
	signed := false
	for line := range bytes.Lines(b) {
		isSig := bytes.HasPrefix(line, []byte(signatureLine))
		if signed && !isSig {
			notes, cur, signed = append(notes, cur), nil, false
		}
		if len(cur) == 0 && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		cur, signed = append(cur, line...), signed || isSig
	}
	if len(cur) > 0 {
		notes = append(notes, cur)
	}
	return notes
}

// AppendNote adds a note to a file of notes, which it makes (0600) when there
// is none; on stable storage when it returns.
func AppendNote(path string, n []byte) (err error) {
	if !utf8.Valid(n) {
		return fmt.Errorf("%w: not text", ErrCheckpoint)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("keep a checkpoint: %w", kind(err))
	}
	_, err = f.Write(append(bytes.Clone(n), '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("keep a checkpoint in %s: %w", path, kind(err))
	}
	return nil
}
