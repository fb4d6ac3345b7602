package main

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"

	"github.com/sletdk/slet/audit"
)

const (
	backupManifest = "MANIFEST.json"
	backupStore    = "slet.db"
	backupSuffix   = ".tar.zst"
	// backupFiles and backupFile bound what a restore believes of an archive
	// that somebody has tampered with.
	backupFiles = 10_000
	backupFile  = 1 << 42
)

// backupIndex is the last file of a backup: what is in it.
type backupIndex struct {
	Program string            `json:"program"`
	Taken   time.Time         `json:"taken"`
	Store   bool              `json:"store"`  // false: the database is elsewhere
	SHA256  map[string]string `json:"sha256"` // by name
}

func (c *cli) backupCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "backup", Short: "Copy the state to one file: store, audit log, keys",
		Long: `Copies the state to one file, as it is at one moment, while slet runs: the store,
the audit log, the keys, slet.yaml and the schedule. Secrets that slet.yaml refers
to are not in it; a store on PostgreSQL is not either: use pg_dump.

Whoever has the file can link persons to items: keep it like the state itself.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error {
				if out == "" {
					out = backupName(now())
				}
				return a.backup(ctx, out)
			})
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "`FILE` to write (default slet-DATE-TIME.tar.zst)")
	return cmd
}

func backupName(t time.Time) string {
	return "slet-" + t.UTC().Format("20060102-150405") + backupSuffix
}

// backup writes the state to a new file.
func (a *app) backup(ctx context.Context, out string) (err error) {
	if _, err := os.Lstat(out); err == nil {
		return usagef("%s exists; a backup is never written over another file", out)
	}
	tmp, err := os.MkdirTemp(a.cfg.StateDir, ".backup-*")
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	copied := filepath.Join(tmp, backupStore)
	files, err := a.momentOf(ctx, copied)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := replaceFile(out, func(w io.Writer) error { return writeBackup(w, files) }); err != nil {
		return err
	}
	_, err = a.log.Append(audit.Entry{Time: now(), Type: audit.TypeBackup, Actor: account(), Detail: map[string]string{"files": fmt.Sprint(len(files))}})
	if err != nil {
		return err
	}
	a.note("backup: %s", out)
	return a.remember()
}

// kept is a file of the state, and how much of it belongs to the backup.
type kept struct {
	name, path string
	size       int64
}

// momentOf copies the store, and returns it with the other files as they were
// at that moment: store and audit log must tell the same story, so that it is
// tried again when the log has grown meanwhile. While somebody writes to it
// without a pause, the log is the longer one, and slet says after a restore
// that it knows more than the store.
func (a *app) momentOf(ctx context.Context, copied string) ([]kept, error) {
	const tries = 5
	for try := range tries {
		before, err := a.stateFiles()
		if err != nil {
			return nil, err
		}
		err = a.store.Backup(ctx, copied)
		if errors.Is(err, errors.ErrUnsupported) {
			a.note("the store is not in the backup: use pg_dump for it")
			return before, nil
		}
		if err != nil {
			return nil, err
		}
		after, err := a.stateFiles()
		if err != nil {
			return nil, err
		}
		if slices.Equal(before, after) || try == tries-1 {
			info, err := os.Stat(copied)
			if err != nil {
				return nil, err
			}
			return append(after, kept{backupStore, copied, info.Size()}), nil
		}
		if err := os.Remove(copied); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("unreachable")
}

// stateFiles are the files beside the store: those of the state directory that
// are not made anew by themselves, slet.yaml and the schedule.
func (a *app) stateFiles() ([]kept, error) {
	entries, err := os.ReadDir(a.cfg.StateDir)
	if err != nil {
		return nil, err
	}
	var files []kept
	add := func(name, path string) error {
		info, err := os.Stat(path)
		if err == nil {
			files = append(files, kept{name, path, info.Size()})
		}
		return err
	}
	for _, e := range entries {
		name := e.Name()
		path := filepath.Join(a.cfg.StateDir, name)
		if !e.Type().IsRegular() || strings.HasPrefix(name, backupStore) || strings.HasSuffix(name, ".lock") ||
			strings.HasSuffix(name, ".tmp") || strings.HasPrefix(name, ".") || path == a.cfg.Erase.StopFile || strings.HasSuffix(name, backupSuffix) ||
			name == "slet.yaml" || name == "schedule.yaml" { // an earlier restore put them there
			continue
		}
		if err := add(name, path); err != nil {
			return nil, err
		}
	}
	return files, errors.Join(add("slet.yaml", a.cfg.File), add("schedule.yaml", a.cfg.Schedule))
}

// writeBackup writes the archive, with the manifest at its end.
func writeBackup(w io.Writer, files []kept) error {
	z, err := zstd.NewWriter(w)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	m := backupIndex{Program: "slet " + version, Taken: now().UTC(), SHA256: map[string]string{}}
	for _, f := range files {
		sum, err := addToBackup(t, f)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		m.SHA256[f.name] = sum
		m.Store = m.Store || f.name == backupStore
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: backupManifest, Mode: 0o600, Size: int64(len(data)), ModTime: m.Taken, Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	if _, err := t.Write(data); err != nil {
		return err
	}
	return errors.Join(t.Close(), z.Close())
}

func addToBackup(t *tar.Writer, f kept) (sum string, err error) {
	in, err := os.Open(f.path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	if err := t.WriteHeader(&tar.Header{Name: f.name, Mode: 0o600, Size: f.size, ModTime: now(), Typeflag: tar.TypeReg}); err != nil {
		return "", err
	}
	hash := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(t, hash), in, f.size); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func (c *cli) restoreCommand() *cobra.Command {
	var into string
	cmd := &cobra.Command{
		Use: "restore FILE --into DIR", Short: "Bring a backup back, into a folder that is new or empty",
		Long: `Brings a backup back into a folder that is new or empty, never over a state that
is there, and checks that every file is as it was. The folder is then a state
directory: name it as state_dir in slet.yaml, or give it the place of the lost
one. slet.yaml and schedule.yaml lie in it as well, to be put back by hand.

Items that were erased after the backup was taken are in its inventory still:
the next scan takes them out, and slet reappeared lists what is back.

` + exitHelp,
		Args: one("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			if into == "" {
				return usagef("where to? give --into DIR")
			}
			return c.restore(args[0], into)
		},
	}
	cmd.Flags().StringVar(&into, "into", "", "the new state `DIR`ectory")
	return cmd
}

func (c *cli) restore(file, dir string) (err error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return usagef("%s is not empty; a backup is never brought back over a state that is there", dir)
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("restore: %w", err)
	}
	in, err := os.Open(file)
	if err != nil {
		return usagef("restore: %w", err)
	}
	defer in.Close()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	m, sums, err := unpackBackup(in, dir)
	if err == nil {
		err = m.check(sums)
	}
	if err != nil { // half a state is worse than none
		for name := range sums {
			err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
		}
		return fmt.Errorf("restore %s: %w; nothing was brought back", file, err)
	}
	c.note("brought back what %s had at %s; now: slet check, slet audit verify, slet scan, slet reappeared", m.Program, moment(m.Taken))
	if !m.Store {
		c.note("the store is not in the backup: bring it back with pg_restore")
	}
	return nil
}

// unpackBackup writes the files of an archive to a folder. The sums are of
// what was begun, also when err is not nil.
func unpackBackup(in io.Reader, dir string) (m backupIndex, sums map[string]string, err error) {
	sums = map[string]string{}
	z, err := zstd.NewReader(in, zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return m, sums, err
	}
	defer z.Close()
	t := tar.NewReader(z)
	for range backupFiles {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return m, sums, errors.New("it has no end: the file was cut")
		}
		if err != nil {
			return m, sums, err
		}
		if h.Typeflag != tar.TypeReg || h.Size > backupFile || h.Name != filepath.Base(h.Name) || !filepath.IsLocal(h.Name) || strings.ContainsAny(h.Name, `/\:`) {
			return m, sums, fmt.Errorf("%q does not belong into a backup", h.Name)
		}
		if h.Name == backupManifest {
			data, err := io.ReadAll(io.LimitReader(t, 16<<20))
			if err != nil {
				return m, sums, err
			}
			return m, sums, json.Unmarshal(data, &m)
		}
		f, err := os.OpenFile(filepath.Join(dir, h.Name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return m, sums, err
		}
		sums[h.Name] = ""
		hash := sha256.New()
		_, err = io.Copy(io.MultiWriter(f, hash), t)
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return m, sums, err
		}
		sums[h.Name] = hex.EncodeToString(hash.Sum(nil))
	}
	return m, sums, errors.New("it holds too many files")
}

// check compares what was unpacked with what was packed.
func (m backupIndex) check(sums map[string]string) error {
	for name, want := range m.SHA256 {
		if got, ok := sums[name]; !ok || got != want {
			return fmt.Errorf("%s is not what was packed", name)
		}
	}
	if len(sums) != len(m.SHA256) {
		return errors.New("it holds files that were not packed")
	}
	return nil
}

// backupJob takes a backup into the configured folder, and throws away the
// oldest of those that it took before.
func (a *app) backupJob(ctx context.Context) error {
	b := a.cfg.Service.Backup
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := a.backup(ctx, filepath.Join(b.Dir, backupName(now()))); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(b.Dir, "slet-????????-??????"+backupSuffix))
	if err != nil {
		return err
	}
	slices.Sort(old) // by date
	var errs []error
	for _, f := range old[:max(0, len(old)-b.Keep)] {
		errs = append(errs, os.Remove(f))
	}
	return errors.Join(errs...)
}
