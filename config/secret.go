package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// stars is what secrets print as, however they are printed.
const stars = "******"

// secretForm is what a reference looks like.
const secretForm = "env:NAME, file:PATH or cred:NAME (a systemd credential)"

// maxSecret is more than any password or connection string.
const maxSecret = 64 << 10

// ErrNoSecret: a secret is not where its reference says.
var ErrNoSecret = errors.New("the secret is not there")

// Secret is a reference to a secret: env:NAME is an environment variable,
// file:PATH a file (relative to the folder of slet.yaml), cred:NAME a systemd
// credential (a file in $CREDENTIALS_DIRECTORY). A literal secret is refused:
// configuration files are copied, mailed and backed up.
//
// The secret itself is not held. It is fetched by [Secret.Reveal], and whatever
// prints, logs or marshals a Secret gets stars.
type Secret struct {
	kind, name string
	dir        string // of slet.yaml
}

// UnmarshalText reads a reference. Its errors do not repeat the text, which
// may be a secret that somebody wrote in the wrong place.
func (s *Secret) UnmarshalText(b []byte) error {
	kind, name, _ := strings.Cut(string(b), ":")
	switch {
	case kind != "env" && kind != "file" && kind != "cred":
		return fmt.Errorf("a secret is not written here; expected %s", secretForm)
	case strings.TrimSpace(name) == "":
		return fmt.Errorf("nothing after %s:; expected %s", kind, secretForm)
	case kind == "cred" && (strings.ContainsAny(name, `/\`) || name == "." || name == ".."):
		return errors.New("the name of a credential has no folders; expected cred:NAME")
	}
	s.kind, s.name = kind, name
	return nil
}

// IsZero reports whether no secret is configured.
func (s Secret) IsZero() bool { return s.kind == "" }

// Reference is where the secret is to be found ("env:SLET_DB"), which is not
// secret; "" when none is configured.
func (s Secret) Reference() string {
	if s.IsZero() {
		return ""
	}
	return s.kind + ":" + s.name
}

// Reveal fetches the secret. A line end at its end is not part of it. Errors
// wrap [ErrNoSecret] when there is nothing where the reference says.
func (s Secret) Reveal() (string, error) {
	var value string
	var err error
	switch s.kind {
	case "env":
		value = os.Getenv(s.name)
	case "file":
		path := s.name
		if !filepath.IsAbs(path) {
			path = filepath.Join(s.dir, path)
		}
		value, err = readSecret(path)
	case "cred":
		dir := os.Getenv("CREDENTIALS_DIRECTORY")
		if dir == "" {
			return "", fmt.Errorf("%s: %w: $CREDENTIALS_DIRECTORY is not set (LoadCredential= in the systemd unit sets it)", s.Reference(), ErrNoSecret)
		}
		value, err = readSecret(filepath.Join(dir, s.name))
	default:
		return "", fmt.Errorf("%w: none is configured", ErrNoSecret)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", s.Reference(), err)
	}
	if value = strings.TrimRight(value, "\r\n"); value == "" {
		return "", fmt.Errorf("%s: %w: it is empty or not set", s.Reference(), ErrNoSecret)
	}
	return value, nil
}

func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("%w: %w", ErrNoSecret, err)
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if err := notWritableByOthers(path, info); err != nil {
		return "", err
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", err
	}
	if len(b) > maxSecret {
		return "", fmt.Errorf("%s is too large for a secret", path)
	}
	return string(b), nil
}

// Format prints stars for every verb.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, stars) }

// String is stars.
func (s Secret) String() string { return stars }

// GoString is stars.
func (s Secret) GoString() string { return stars }

// MarshalText is stars.
func (s Secret) MarshalText() ([]byte, error) { return []byte(stars), nil }

// MarshalJSON is stars.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + stars + `"`), nil }

// LogValue is stars.
func (s Secret) LogValue() slog.Value { return slog.StringValue(stars) }
