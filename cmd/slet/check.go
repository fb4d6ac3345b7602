package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/extract"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/cctv"
	"github.com/sletdk/slet/scanner/files"
	"github.com/sletdk/slet/scanner/imap"
	"github.com/sletdk/slet/scanner/smb"
)

func (c *cli) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "See that everything is ready; changes nothing in a source",
		Long: `Sees that the configuration, the schedule, the key, the store, the audit log and
every source are ready, and says what each source's storage allows slet to
promise about an erasure. Nothing in a source is changed.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error {
				k := &checking{app: a}
				k.all(ctx)
				return k.verdict()
			})
		},
	}
}

// checking is one run of slet check.
type checking struct {
	*app
	warnings, failures int
	err                error // in printing
}

// checkLine is a line of slet check --json.
type checkLine struct {
	Check  string `json:"check"`
	Status string `json:"status"` // ok, warning or failed
	Detail string `json:"detail"`
}

// say prints what one check found.
func (k *checking) say(status, check, format string, args ...any) {
	switch status {
	case "warning":
		k.warnings++
	case "failed":
		k.failures++
	}
	line := checkLine{check, status, oneLine(fmt.Sprintf(format, args...))}
	if k.json {
		k.err = errors.Join(k.err, k.printJSON(line))
		return
	}
	_, err := fmt.Fprintf(k.stdout, "%-8s %-18s %s\n", line.Status, line.Check, line.Detail)
	k.err = errors.Join(k.err, err)
}

func (k *checking) all(ctx context.Context) {
	k.say("ok", "configuration", "%s", k.cfg.File)
	for _, w := range k.cfg.Warnings {
		k.say("warning", "configuration", "%s", w)
	}
	k.say("ok", "schedule", "%s, version %s, %s", k.cfg.Schedule, k.schedule.Version, plural(len(k.schedule.Rules), "rule"))
	k.doubts(ctx)
	k.say("ok", "key", "id %s; without this file persons and items get new names", k.key.ID())
	k.say("ok", "store", "opened and up to date")
	k.logs(ctx)
	k.clock(ctx)
	k.holds(ctx)
	k.mode()
	k.programs()
	for _, s := range k.cfg.Sources {
		k.source(ctx, s)
	}
}

func (k *checking) logs(ctx context.Context) {
	sum, err := verifyFile(k.auditPath())
	if err != nil {
		k.say("failed", "audit log", "%s", k.mask(err))
		return
	}
	k.say("ok", "audit log", "%s, unbroken", plural(sum.Lines, "line"))
	if err := erase.Agree(ctx, k.store, k.app.log); err != nil {
		k.say("failed", "audit log", "%s", k.mask(err))
	}
	items, err := erase.Interrupted(ctx, k.store)
	switch {
	case err != nil:
		k.say("failed", "erasures", "%s", k.mask(err))
	case len(items) > 0:
		k.say("warning", "erasures", "%s half erased since an interrupted run: slet erase %s goes on with it", plural(len(items), "item"), items[0].Plan)
	}
}

// holds looks for holds that should have been looked at again.
func (k *checking) holds(ctx context.Context) {
	holds, err := k.store.Holds(ctx)
	if err != nil {
		k.say("failed", "holds", "%s", k.mask(err))
		return
	}
	for _, h := range holds {
		if erase.Overdue(h, now()) {
			k.say("warning", "holds", "hold %s should have been looked at again by %s: slet hold release %s ends it", h.ID, day(h.Review), h.ID)
		}
	}
}

// clock compares the clock with the last thing that is known to have happened:
// a clock that was set back would keep items too long, one set forward would
// make them due too early.
func (k *checking) clock(ctx context.Context) {
	scans, err := k.store.Scans(ctx)
	if err != nil {
		k.say("failed", "clock", "%s", k.mask(err))
		return
	}
	var last time.Time
	for _, s := range scans {
		if s.Finished.After(last) {
			last = s.Finished
		}
	}
	if t := now(); last.After(t) {
		k.say("warning", "clock", "%s is before the last scan, %s: set the clock", t.Format(time.RFC3339), last.Format(time.RFC3339))
		return
	}
	if err := k.lookAtClock(ctx); err != nil {
		k.say("warning", "clock", "%s", k.mask(err))
		return
	}
	k.say("ok", "clock", "%s", now().Format(time.RFC3339))
}

func (k *checking) mode() {
	if k.cfg.Erase.Mode == config.Enforce {
		k.say("warning", "erase.mode", "enforce: approved plans are really carried out")
		return
	}
	k.say("ok", "erase.mode", "dry-run: nothing can be erased")
}

func (k *checking) programs() {
	if err := extract.CheckCache(k.cacheDir()); err != nil {
		k.say("warning", "cache", "%s; PDF will be slower to begin with", k.mask(err))
	}
	if !k.cfg.Extract.OCR {
		k.say("ok", "ocr", "off: images and image-only pages will be reported as not examined")
		return
	}
	if path, err := exec.LookPath("tesseract"); err == nil {
		k.say("ok", "ocr", "%s", path)
	} else {
		k.say("warning", "ocr", "on, but the tesseract program is not installed: images will be reported as not examined")
	}
}

// source looks at a source, and at what its storage promises.
func (k *checking) source(ctx context.Context, s config.Source) {
	name := "source " + s.Name
	if s.OnDisk() && !k.folder(name, s) {
		return
	}
	src, err := k.open(ctx, s)
	if err != nil {
		k.say("failed", name, "%s", k.mask(err))
		return
	}
	defer src.Close()
	parts, err := src.Partitions(ctx)
	if err != nil {
		k.say("failed", name, "%s", k.mask(err))
		return
	}
	k.say("ok", name, "%s, %s", s.Place(), plural(len(parts), "partition"))
	switch src := src.(type) {
	case *files.Source:
		if note := src.Traces(); note != "" {
			k.say("warning", name, "%s", note)
		}
		k.storage(name, s)
	case *smb.Source:
		k.share(ctx, name, src, s.SMB.Medium)
	case *imap.Source:
		k.accounts(ctx, name, src)
	case *cctv.Source:
		k.recordings(ctx, name, s, src)
		if s.OnDisk() {
			k.storage(name, s)
		}
	}
	k.firstFile(ctx, name, src)
}

// folder looks at the root of a source of files.
func (k *checking) folder(name string, s config.Source) bool {
	info, err := os.Stat(s.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		k.say("failed", name, "%s does not exist; is the share mounted?", s.Path)
	case err != nil:
		k.say("failed", name, "%s", k.mask(err))
	case !info.IsDir():
		k.say("failed", name, "%s is not a folder", s.Path)
	default:
		return true
	}
	return false
}

// storage says what an erasure in this source could promise.
func (k *checking) storage(name string, s config.Source) {
	assurance, caveats, err := files.StorageCaveats(s.Path)
	if err != nil {
		k.say("warning", name, "storage not known: %s", k.mask(err))
		return
	}
	k.say("ok", name, "an erasure here can at best be %s; caveats: %s", assurance, strings.Join(caveats, "; "))
}

// firstFile opens one file to see that the right to read is there.
func (k *checking) firstFile(ctx context.Context, name string, src scanner.Source) {
	it, found, err := firstItem(ctx, src)
	switch {
	case err != nil:
		k.say("warning", name, "%s", k.mask(err))
	case !found:
		k.say("warning", name, "there is no file in it; is the share mounted?")
	default:
		f, err := src.Open(ctx, it)
		if err != nil {
			k.say("warning", name, "cannot read %s", k.mask(err))
			return
		}
		k.say("ok", name, "readable")
		if src, ok := src.(*smb.Source); ok {
			k.shareRights(ctx, name, src, it)
		}
		if err := f.Close(); err != nil {
			k.say("warning", name, "%s", k.mask(err))
		}
	}
}

// firstItem returns the first item of a source.
func firstItem(ctx context.Context, src scanner.Source) (scanner.Item, bool, error) {
	parts, err := src.Partitions(ctx)
	if err != nil {
		return scanner.Item{}, false, err
	}
	for _, p := range parts {
		for it, err := range src.Walk(ctx, p) {
			var gap *scanner.Gap
			var skip *scanner.Skip
			switch {
			case err == nil:
				return it, true, nil
			case !errors.As(err, &gap) && !errors.As(err, &skip):
				return scanner.Item{}, false, err
			}
		}
	}
	return scanner.Item{}, false, nil
}

func (k *checking) verdict() error {
	switch {
	case k.err != nil:
		return k.err
	case k.failures > 0:
		return fmt.Errorf("%s failed, as said above", plural(k.failures, "check"))
	case k.warnings > 0:
		k.note("%s", plural(k.warnings, "warning"))
	}
	return nil
}
