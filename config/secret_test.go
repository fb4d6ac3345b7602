package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/sletdk/slet/config"
)

const hidden = "******"

// printed is a value in every way that a log or an error could print it.
func printed(t *testing.T, v any) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		out[verb] = fmt.Sprintf(verb, v)
		out["in a struct "+verb] = fmt.Sprintf(verb, struct{ V any }{v})
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out["json"] = string(b)
	b, err = json.Marshal(map[string]any{"v": v})
	if err != nil {
		t.Fatal(err)
	}
	out["json in a map"] = string(b)
	for name, h := range map[string]func(*bytes.Buffer) slog.Handler{
		"slog text": func(w *bytes.Buffer) slog.Handler { return slog.NewTextHandler(w, nil) },
		"slog json": func(w *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(w, nil) },
	} {
		var buf bytes.Buffer
		slog.New(h(&buf)).Info("x", "v", v)
		out[name] = buf.String()
	}
	out["error"] = fmt.Errorf("with %v", v).Error()
	return out
}

func TestSecretPrintsStars(t *testing.T) {
	t.Setenv("SLET_TEST_SECRET", "hemmelig")
	c := load(t, minimal+"store: {dsn: 'env:SLET_TEST_SECRET'}\n")
	for how, s := range printed(t, c.Store.DSN) {
		if !strings.Contains(s, hidden) || strings.Contains(s, "hemmelig") || strings.Contains(s, "SLET_TEST") {
			t.Errorf("%s: %s", how, s)
		}
	}
	if v, err := c.Store.DSN.Reveal(); v != "hemmelig" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
}

func TestReveal(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(p, mode); err != nil {
			t.Fatal(err)
		}
		return p
	}
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	file("dsn", "from a credential\n", 0o400)
	tests := []struct {
		ref, want, err string
		missing        bool
	}{
		{ref: "file:" + file("plain", "line\r\n", 0o600), want: "line"},
		{ref: "file:" + file("blanks", " a b \n\n", 0o600), want: " a b "},
		{ref: "cred:dsn", want: "from a credential"},
		{ref: "cred:nothing", err: "the secret is not there", missing: true},
		{ref: "env:SLET_TEST_NOT_SET", err: "env:SLET_TEST_NOT_SET: the secret is not there: it is empty or not set", missing: true},
		{ref: "file:" + file("empty", "\n", 0o600), err: "it is empty or not set", missing: true},
		{ref: "file:" + file("big", strings.Repeat("x", 64<<10+1), 0o600), err: "too large"},
	}
	if runtime.GOOS != "windows" {
		tests = append(tests, struct {
			ref, want, err string
			missing        bool
		}{ref: "file:" + file("open", "x", 0o666), err: "can be written by everybody"})
	}
	for _, tt := range tests {
		var s config.Secret
		if err := s.UnmarshalText([]byte(tt.ref)); err != nil {
			t.Fatal(err)
		}
		got, err := s.Reveal()
		if got != tt.want || (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %q, %v", tt.ref, got, err)
		}
		if errors.Is(err, config.ErrNoSecret) != tt.missing {
			t.Errorf("%s: %v, missing %t", tt.ref, err, tt.missing)
		}
	}
	if _, err := (config.Secret{}).Reveal(); !errors.Is(err, config.ErrNoSecret) {
		t.Errorf("no secret: %v", err)
	}
}

// TestRevealRelative: a relative file is relative to the folder of slet.yaml,
// not to where slet was started.
func TestRevealRelative(t *testing.T) {
	path := write(t, minimal+"store: {dsn: 'file:dsn.txt'}\n")
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "dsn.txt"), []byte("postgres://y"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if dsn, err := c.StoreDSN(); dsn != "postgres://y" || err != nil {
		t.Errorf("%q, %v", dsn, err)
	}
}

func TestKeyPrintsStars(t *testing.T) {
	dir := t.TempDir()
	k, err := config.LoadKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "slet.key"))
	if err != nil {
		t.Fatal(err)
	}
	numbers := strings.Trim(fmt.Sprint(raw), "[]")
	leaks := func(s string) bool {
		return strings.Contains(s, numbers) || strings.Contains(s, string(raw)) || strings.Contains(strings.ToLower(s), fmt.Sprintf("%x", raw))
	}
	for how, s := range printed(t, k) {
		if !strings.Contains(s, hidden) || leaks(s) {
			t.Errorf("%s: %s", how, s)
		}
	}
	// What asks no method of the key: %p, and an unexported field.
	for _, verb := range []string{"%p", "%v", "%+v", "%#v", "%x", "%d"} {
		for _, v := range []any{k, struct{ K config.Key }{k}, struct{ k config.Key }{k}, []config.Key{k}} {
			if s := fmt.Sprintf(verb, v); leaks(s) {
				t.Errorf("%s: %s", verb, s)
			}
		}
	}
}

func TestKeyNames(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "state")
	k, err := config.LoadKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := config.LoadKey(dir)
	if err != nil || again.ID() != k.ID() {
		t.Fatalf("a second key (%v)", err)
	}
	other, err := config.LoadKey(t.TempDir())
	if err != nil || other.ID() == k.ID() {
		t.Fatalf("the same key in two installations (%v)", err)
	}
	// Whatever fixed bytes stood between them, some pair of names would hold them.
	for n := range 4 {
		between := strings.Repeat("\x00", 7) + string(rune(n))
		if k.Ref("a"+between+"b", "c") == k.Ref("a", "b"+between+"c") || k.Ref("a", "bc") == k.Ref("ab", "c") {
			t.Error("source and id run together")
		}
	}
	if s := k.Subject("010758-5001"); s != k.Subject("0107585001") || s == k.Subject("1503705008") || s == other.Subject("0107585001") {
		t.Error("subjects")
	}
	for name, want := range map[string]int{k.Ref("a", "b"): 17, k.Subject("0107585001"): 17, k.Content([32]byte{1}): 64, k.ID(): 16} {
		if len(name) != want || strings.Trim(name, "ip0123456789abcdef") != "" {
			t.Errorf("%q has %d characters, want %d", name, len(name), want)
		}
	}
	if k.Ref("a", "b")[0] != 'i' || k.Subject("1")[0] != 'p' || k.ID() == other.ID() {
		t.Error("prefixes or id")
	}
	var same [32]byte
	copy(same[:], "0107585001")
	if strings.HasPrefix(k.Content(same), k.Subject("0107585001")[1:]) {
		t.Error("two uses of the key are not separated")
	}
}

// TestKeySeals: what is sealed opens under its name, with its key, unchanged; it
// is never sealed the same twice, and tells nothing.
func TestKeySeals(t *testing.T) {
	k, err := config.LoadKey(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	other, err := config.LoadKey(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	const secret = "hendes søn er sygemeldt"
	box, err := k.Seal("i1", []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := k.Open("i1", box); string(got) != secret || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if again, err := k.Seal("i1", []byte(secret)); err != nil || bytes.Equal(again, box) || bytes.Contains(box, []byte("søn")) {
		t.Errorf("sealed %x and %x, %v", box, again, err)
	}
	changed := bytes.Clone(box)
	changed[len(changed)/2] ^= 1
	for how, open := range map[string]func() ([]byte, error){
		"another name": func() ([]byte, error) { return k.Open("i2", box) },
		"another key":  func() ([]byte, error) { return other.Open("i1", box) },
		"changed":      func() ([]byte, error) { return k.Open("i1", changed) },
		"cut":          func() ([]byte, error) { return k.Open("i1", box[:len(box)-1]) },
		"empty":        func() ([]byte, error) { return k.Open("i1", nil) },
	} {
		if got, err := open(); !errors.Is(err, config.ErrKey) || got != nil {
			t.Errorf("%s: %q, %v", how, got, err)
		}
	}
}

func TestKeyFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permission bits: who may read a file stands in its ACL")
	}
	tests := []struct {
		name   string
		change func(t *testing.T, dir, file string) error
		want   string
	}{
		{"readable by others", func(_ *testing.T, _, f string) error { return os.Chmod(f, 0o640) }, "has mode 0640, so that others can reach it; run: chmod 600"},
		{"writable by others", func(_ *testing.T, _, f string) error { return os.Chmod(f, 0o602) }, "has mode 0602"},
		{"folder writable by all", func(_ *testing.T, d, _ string) error { return os.Chmod(d, 0o777) }, "can be written by everybody"},
		{"too short", func(_ *testing.T, _, f string) error { return os.Truncate(f, 31) }, "has 31 bytes, expected 32; restore it from a backup"},
		{"too long", func(_ *testing.T, _, f string) error { return os.Truncate(f, 33) }, "has 33 bytes"},
		{"empty", func(_ *testing.T, _, f string) error { return os.Truncate(f, 0) }, "has 0 bytes"},
		{"zeros", func(_ *testing.T, _, f string) error { return os.WriteFile(f, make([]byte, 32), 0o600) }, "is all zeros"},
		{"link", func(t *testing.T, _, f string) error {
			return errors.Join(os.Rename(f, f+".real"), os.Symlink(f+".real", f))
		}, "is not a regular file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "state")
			if _, err := config.LoadKey(dir); err != nil {
				t.Fatal(err)
			}
			names, err := filepath.Glob(filepath.Join(dir, "*"))
			if err != nil || len(names) != 1 {
				t.Fatalf("the folder holds %v (%v), want the key alone", names, err)
			}
			info, err := os.Stat(names[0])
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Fatalf("mode %v (%v)", info.Mode(), err)
			}
			if d, err := os.Stat(dir); err != nil || d.Mode().Perm() != 0o700 {
				t.Fatalf("folder mode %v (%v)", d.Mode(), err)
			}
			if err := tt.change(t, dir, names[0]); err != nil {
				t.Fatal(err)
			}
			_, err = config.LoadKey(dir)
			if !errors.Is(err, config.ErrKey) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// TestKeyRace: however many begin at once, there is one key.
func TestKeyRace(t *testing.T) {
	dir := t.TempDir()
	keys := make([]string, 16)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			k, err := config.LoadKey(dir)
			if err != nil {
				t.Error(err)
			}
			keys[i] = k.ID()
		})
	}
	wg.Wait()
	for _, k := range keys {
		if k != keys[0] {
			t.Fatal("two keys")
		}
	}
}

func TestSize(t *testing.T) {
	for in, want := range map[string]config.Size{"0": 0, "4096": 4096, "2GiB": 2 << 30, "2 GiB": 2 << 30, "500MB": 500e6, "1kB": 1000, "1KB": 1000, "7B": 7, "1TiB": 1 << 40} {
		var s, back config.Size
		if err := s.UnmarshalText([]byte(in)); err != nil || s != want {
			t.Errorf("%s: %d, %v", in, s, err)
		}
		if err := back.UnmarshalText([]byte(s.String())); err != nil || back != s {
			t.Errorf("%s: written as %s, read as %d (%v)", in, s, back, err)
		}
	}
	for _, in := range []string{"", "GiB", "-1", "1.5GiB", "2gib", "9223372036854775808", "8388608TiB", "1e3"} {
		var s config.Size
		if err := s.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q was read as %d", in, s)
		}
	}
}
