package config

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// keyFile is the installation key's name in the state folder.
const keyFile = "slet.key"

const keySize = 32

// ErrKey: the installation key cannot be trusted or used.
var ErrKey = errors.New("installation key")

// Key is the installation's own key. Items, persons and content are known by
// keyed MACs, so that neither the store nor a log tells who somebody is to
// whoever can guess a CPR number. Without the key nothing of it can be matched
// again: back it up with the state folder, but not in the same place.
//
// However it is printed, a Key is stars. The zero Key names nothing: its methods
// panic, because a name made without a key would tell what it should hide.
type Key struct {
	// A pointer, because fmt's %p asks no method and prints what it sees.
	k *[keySize]byte
}

// LoadKey reads the installation key from the state folder and makes folder
// and key on first use, readable by their owner only. It refuses a key that
// others can read or write, one of the wrong length, and a state folder that
// everybody can write to. Errors wrap [ErrKey].
func LoadKey(stateDir string) (Key, error) {
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	info, err := os.Stat(stateDir)
	if err == nil {
		err = notWritableByOthers(stateDir, info)
	}
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	path := filepath.Join(stateDir, keyFile)
	key, err := readKey(path)
	if errors.Is(err, os.ErrNotExist) {
		if err = makeKey(path); err == nil {
			key, err = readKey(path) // perhaps somebody else's, made just before
		}
	}
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return key, nil
}

func readKey(path string) (Key, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return Key{}, err
	}
	if !info.Mode().IsRegular() {
		return Key{}, fmt.Errorf("%s is not a regular file", path)
	}
	if err := ownerOnly(path, info); err != nil {
		return Key{}, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return Key{}, err
	}
	if len(b) != keySize {
		return Key{}, fmt.Errorf("%s has %d bytes, expected %d; restore it from a backup", path, len(b), keySize)
	}
	k := [keySize]byte(b)
	if k == ([keySize]byte{}) {
		return Key{}, fmt.Errorf("%s is all zeros; restore it from a backup", path)
	}
	return Key{&k}, nil
}

// makeKey writes a new key so that after a crash there is a whole key or none:
// temporary file, sync, link, sync of the folder. A link, unlike a rename, does
// not replace the key of another process that was a moment faster.
func makeKey(path string) (err error) {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, keyFile+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		tmp.Close() // closed before unless something failed
		if rmErr := os.Remove(tmp.Name()); err == nil && !errors.Is(rmErr, os.ErrNotExist) {
			err = rmErr
		}
		if err == nil {
			err = syncDir(dir)
		}
	}()
	key := make([]byte, keySize)
	rand.Read(key) // never fails
	if _, err := tmp.Write(key); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	switch err := os.Link(tmp.Name(), path); {
	case err == nil || errors.Is(err, os.ErrExist):
		return nil
	default: // a file system without links
		if _, statErr := os.Lstat(path); statErr == nil {
			return nil
		}
		return os.Rename(tmp.Name(), path)
	}
}

// Ref names an item for people and logs: "i" and 16 hex digits, so that two of
// ten million items share one with a chance of one in 300 000.
func (k Key) Ref(source, id string) string {
	return "i" + hex.EncodeToString(k.mac("slet item ref v1", source, id)[:8])
}

// Subject names a person: "p" and 16 hex digits. Only the digits of the CPR
// number count, so that it may be written with or without a hyphen.
func (k Key) Subject(cpr string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, cpr)
	return "p" + hex.EncodeToString(k.mac("slet subject v1", digits)[:8])
}

// Value names a value that a detector found: "v" and 16 hex digits.
func (k Key) Value(detector, value string) string {
	return "v" + hex.EncodeToString(k.mac("slet value v1", detector, value)[:8])
}

// Content is the MAC, in hex, of a content's SHA-256.
func (k Key) Content(sum [32]byte) string {
	return hex.EncodeToString(k.mac("slet content v1", string(sum[:])))
}

// Seal encrypts and authenticates what nobody without the key may read, by
// AES-256-GCM with a random nonce under a key derived from this one. What was
// sealed under a name opens under no other. The nonce's 96 bits allow 2^32
// sealings.
func (k Key) Seal(name string, plain []byte) ([]byte, error) {
	gcm, err := k.gcm()
	if err != nil {
		return nil, err
	}
	return gcm.Seal(nil, nil, plain, []byte(name)), nil
}

// Open returns what was sealed under a name. The error says that it was changed,
// or sealed under another name or by another key.
func (k Key) Open(name string, sealed []byte) ([]byte, error) {
	gcm, err := k.gcm()
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nil, sealed, []byte(name))
	if err != nil {
		return nil, fmt.Errorf("%w: what was sealed does not open; it was changed, or sealed with another key", ErrKey)
	}
	return plain, nil
}

func (k Key) gcm() (cipher.AEAD, error) {
	secret, err := hkdf.Key(sha256.New, k.k[:], nil, "slet seal v1", keySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// ID tells keys apart without telling the key: 16 hex digits. A store made
// under one key means nothing under another.
func (k Key) ID() string { return hex.EncodeToString(k.mac("slet key id v1")[:8]) }

// mac is HMAC-SHA-256 over a label and parts, each with its length in front,
// so that no two different inputs are the same bytes.
func (k Key) mac(label string, parts ...string) []byte {
	h := hmac.New(sha256.New, k.k[:])
	for _, p := range append([]string{label}, parts...) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		io.WriteString(h, p)
	}
	return h.Sum(nil)
}

// Format prints stars for every verb.
func (k Key) Format(f fmt.State, _ rune) { io.WriteString(f, stars) }

// String is stars.
func (k Key) String() string { return stars }

// GoString is stars.
func (k Key) GoString() string { return stars }

// MarshalText is stars.
func (k Key) MarshalText() ([]byte, error) { return []byte(stars), nil }

// MarshalJSON is stars.
func (k Key) MarshalJSON() ([]byte, error) { return []byte(`"` + stars + `"`), nil }

// LogValue is stars.
func (k Key) LogValue() slog.Value { return slog.StringValue(stars) }
