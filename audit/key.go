package audit

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// KeyFile is the signing key's name in the state folder.
const KeyFile = "audit.key"

// ErrKey: the signing key is missing, damaged, or not its owner's alone.
var ErrKey = errors.New("the key that signs checkpoints")

// Key is the installation's Ed25519 key for checkpoints and certificates. It
// prints as its verifier key, never as itself.
type Key struct {
	signer   note.Signer
	verifier string
}

// LoadKey reads the signing key from a folder and makes it on first use, with
// mode 0600. Errors wrap [ErrKey].
func LoadKey(dir string) (*Key, error) {
	path := filepath.Join(dir, KeyFile)
	k, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeKey(path); err == nil {
			k, err = readKey(path) // perhaps another process's, made just before
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return k, nil
}

func readKey(path string) (*Key, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || readableByOthers(info) {
		return nil, fmt.Errorf("%s: mode %v; it must be a file that nobody but its owner can read (0600)", path, info.Mode())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	k, err := ParseKey(string(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w; restore it from a backup", path, err)
	}
	return k, nil
}

// ParseKey reads what a key file holds: the private key and its verifier key as
// package note writes them, a line each.
func ParseKey(text string) (*Key, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 3 || lines[2] != "" {
		return nil, errors.New("damaged: expected two lines")
	}
	s, err := note.NewSigner(lines[0])
	if err != nil {
		return nil, errors.New("damaged: the first line is not a private key") // err would not say more, and must not say the key
	}
	k := &Key{signer: s, verifier: lines[1]}
	v, err := note.NewVerifier(k.verifier)
	if err != nil {
		return nil, errors.New("damaged: the second line is not a verifier key")
	}
	probe := []byte("slet")
	sig, err := s.Sign(probe)
	if err != nil || v.Name() != s.Name() || v.KeyHash() != s.KeyHash() || !v.Verify(probe, sig) {
		return nil, errors.New("damaged: its two lines do not belong together")
	}
	return k, nil
}

// makeKey writes a new key: after a crash there is a whole one or none, and
// one that another process made meanwhile is not replaced.
func makeKey(path string) (err error) {
	id := make([]byte, 4)
	rand.Read(id) // never fails
	secret, verifier, err := note.GenerateKey(rand.Reader, "slet-audit-"+hex.EncodeToString(id))
	if err != nil {
		return err
	}
	return writeOnce(path, []byte(secret+"\n"+verifier+"\n"))
}

// writeOnce puts a file in place whole and synced, unless there is one.
func writeOnce(path string, data []byte) (err error) {
	tmp, err := writeTemp(path, data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(tmp), syncDir(filepath.Dir(path))) }()
	if err := os.Link(tmp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// replace puts a file in place whole and synced, instead of the one there is.
func replace(path string, data []byte) error {
	tmp, err := writeTemp(path, data)
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return syncDir(filepath.Dir(path))
}

// writeTemp writes and syncs a new file beside path, with mode 0600.
func writeTemp(path string, data []byte) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// Verifier is the public half, NAME+HASH+KEY, as package note writes it. It is
// no secret: whoever has it, and a checkpoint, can tell whether the log is whole.
func (k *Key) Verifier() string { return k.verifier }

// String is the verifier key.
func (k *Key) String() string { return k.verifier }

// GoString is the verifier key.
func (k *Key) GoString() string { return k.verifier }

// verifierOf reads a verifier key.
func verifierOf(key string) (note.Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(key))
	if err != nil {
		return nil, fmt.Errorf("%w: not a verifier key, NAME+HASH+KEY as slet audit key prints it", ErrKey)
	}
	return v, nil
}
