package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

func (c *cli) demoCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See all of it, a real erasure too, on a make-believe office",
		Long: `Builds a make-believe housing association, with a share and the recordings of
two cameras in a folder of its own and two mailboxes on an IMAP server within
the program, and runs the whole pipeline on it: scan, findings, hold, plan, dry
run, approval, a real erasure, report, verification of the audit log. Nothing
outside that folder is touched. All CPR numbers in it belong to people born
before 1900.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return (&demo{cli: c, dir: dir}).run(cmd.Context()) },
	}
	cmd.Flags().StringVar(&dir, "dir", "slet-demo", "`DIR` to build it in; made anew when an earlier demo made it")
	return cmd
}

// demo is one run of slet demo.
type demo struct {
	*cli
	dir    string
	config string
	mail   string // address of the mail server
}

// demoMarker is the file by which a folder is known to be a demo's: only such
// a folder is ever removed.
const demoMarker = ".slet-demo"

const demoConfig = `organisation: {name: Demoby Boligforening, cvr: "00000000"}
state_dir: state
schedule: schedule.yaml
sources:
  - name: faelles
    type: files
    path: share
  - name: kameraer
    type: cctv
    path: kameraer
    cctv: {layout: motioneye}
  - name: nas
    type: cctv
    path: nas
    cctv: {layout: hikvision-nas}
  - name: post-anne
    type: imap
    imap: {address: %q, security: none, accounts: [anne], password: file:mail-password}
  - name: post-bo
    type: imap
    imap: {address: %[1]q, security: none, accounts: [bo], password: file:mail-password}
erase:
  mode: %[2]s
`

const demoSchedule = `version: demo-1
fiscal_year_end: 12-31
rules:
  - id: ANSOEG
    title: Ansøgninger
    basis: databeskyttelsesforordningen art. 5, stk. 1, litra e
    match: {path: ["Ansøgninger/**"]}
    trigger: modified
    delete_after: P6M
    action: erase
  - id: BOGFOER
    title: Regnskabsmateriale
    basis: bogføringsloven § 12
    match: {path: ["Økonomi/**"]}
    trigger: fiscal_year_end(modified)
    delete_after: P5Y
    keep_until: {trigger: fiscal_year_end(modified), period: P5Y}
    action: erase
  - id: ANSOEG-POST
    title: Ansøgninger i mail
    basis: databeskyttelsesforordningen art. 5, stk. 1, litra e
    match: {source: [post-anne, post-bo], path: ["*/Ansøgninger/**"]}
    trigger: received
    delete_after: P6M
    action: erase
  - id: TV
    title: TV-overvågning
    basis: tv-overvågningsloven § 4 c, stk. 4
    match: {source_type: [cctv]}
    trigger: recorded
    delete_after: P30D
    action: erase
  - id: PERSONALE
    title: Personalemappe
    basis: forældelsesloven § 4, stk. 1
    match: {path: ["Personale/**"]}
    trigger: event:fratraedelse
    fallback: none
    delete_after: P5Y
    action: erase
`

func (d *demo) run(ctx context.Context) (err error) {
	mail, err := startMail(now())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, mail.Close()) }()
	d.mail = mail.Address
	if err := d.build(); err != nil {
		return err
	}
	d.say("Built a make-believe share and the recordings of three cameras below %s, and two mailboxes on an IMAP server within the demo", d.dir)
	err = d.steps(ctx,
		step{"Scan: look, and change nothing.", exitIncomplete, []string{"scan"}},
		step{"What could not be read is said, never called clean.", exitDone, []string{"findings", "--gaps"}},
		step{"A camera that writes over a ring of files: its own list says what should have been gone.", exitIncomplete, []string{"cctv", "status"}},
		step{"A dispute: these applications are kept whatever the schedule says.", exitDone, []string{"hold", "add", "--path", "Ansøgninger/**/*Karen*", "--reason", "verserende klagesag", "--owner", "DPO", "--review", "2027-06-01"}},
		step{"Freeze what is due.", exitDone, []string{"plan"}},
	)
	if err != nil {
		return err
	}
	before, err := d.numbers(ctx)
	if err != nil {
		return err
	}
	if len(before.Plans) != 1 {
		return fmt.Errorf("demo: %d plans, want 1", len(before.Plans))
	}
	plan := before.Plans[0].ID
	items, err := d.items(ctx, plan)
	if err != nil {
		return err
	}
	if len(items) < 3 {
		return fmt.Errorf("demo: %d items are due, want at least 3", len(items))
	}
	if err := d.erase(ctx, plan, items); err != nil {
		return err
	}
	return d.conclude(ctx, plan, before)
}

// erase shows a decision and a dry run, approves part of the plan, and erases.
func (d *demo) erase(ctx context.Context, plan string, items []itemLine) error {
	err := d.steps(ctx,
		step{"", exitDone, []string{"plan", "show", plan}},
		step{"Every decision explains itself.", exitDone, []string{"explain", items[0].Item}},
		step{"A dry run, since erase.mode is dry-run.", exitDone, []string{"erase", plan}},
		step{"The DPO says yes to all but one.", exitDone, []string{"approve", plan, "--as", "Dorte DPO", "--exclude", items[1].Item}},
	)
	if err != nil {
		return err
	}
	d.say("\nMeanwhile somebody edits %s: it is no longer what was approved.", items[2].Path)
	if err := appendTo(filepath.Join(d.dir, "share", filepath.FromSlash(items[2].Path)), "\nredigeret efter godkendelsen\n"); err != nil {
		return err
	}
	if err := d.writeConfig("enforce"); err != nil {
		return err
	}
	return d.steps(ctx, step{"IT has set erase.mode: enforce. Now it is real.", exitIncomplete, []string{"erase", plan}})
}

// conclude scans again, writes the report, verifies the log and says the
// numbers, after looking for itself whether what was erased is gone.
func (d *demo) conclude(ctx context.Context, plan string, before report.Report) error {
	items, err := d.items(ctx, plan)
	if err != nil {
		return err
	}
	erased := 0
	for _, it := range items {
		if it.State != string(store.ItemErased) {
			continue
		}
		erased++
		if it.Rule == "ANSOEG-POST" {
			continue // the scan that follows looks into the mailboxes
		}
		root := map[bool]string{true: demoCameraFolder, false: "share"}[it.Rule == "TV"]
		if _, err := os.Lstat(filepath.Join(d.dir, root, filepath.FromSlash(it.Path))); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("demo: %s was reported as erased and is still there", it.Path)
		}
	}
	page := filepath.Join(d.dir, "rapport.html")
	err = d.steps(ctx,
		step{"Scan again: what was erased is gone, and only that.", exitIncomplete, []string{"scan"}},
		step{"The report for the DPO.", exitDone, []string{"report", "-o", page}},
		step{"The audit log holds.", exitDone, []string{"audit", "verify"}},
	)
	if err != nil {
		return err
	}
	after, err := d.numbers(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.stdout, "\nreport: %s\nbefore: %s\nafter:  %s, erased %d\naudit verify: ok\n", page, numbersLine(before), numbersLine(after), erased)
	return err
}

// numbersLine says the numbers of a report in a line.
func numbersLine(r report.Report) string {
	var seen, gaps, found, due int64
	for _, s := range r.Sources {
		seen, gaps = seen+s.Seen, gaps+s.Gaps
	}
	for _, f := range r.Findings {
		if f.Name == "cpr" {
			found = f.N
		}
	}
	for _, d := range r.Decided {
		if d.Name == string(retention.Due) {
			due = d.N
		}
	}
	return fmt.Sprintf("items %d, findings %d, gaps %d, due %d", seen, found, gaps, due)
}

// numbers are the report's, as slet prints them for programs.
func (d *demo) numbers(ctx context.Context) (r report.Report, err error) {
	out, err := d.query(ctx, "report", "--format", "json")
	if err != nil {
		return r, err
	}
	first, _, _ := bytes.Cut(out, []byte("\n"))
	if err := json.Unmarshal(first, &r); err != nil {
		return r, fmt.Errorf("demo: read the report: %w", err)
	}
	return r, nil
}

// items are the items of a plan.
func (d *demo) items(ctx context.Context, plan string) (items []itemLine, err error) {
	out, err := d.query(ctx, "plan", "show", plan)
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(out) {
		var it itemLine
		if err := json.Unmarshal(line, &it); err != nil {
			return nil, fmt.Errorf("demo: read the plan: %w", err)
		}
		items = append(items, it)
	}
	return items, nil
}

// build makes the folder, anew if an earlier demo made it.
func (d *demo) build() error {
	entries, err := os.ReadDir(d.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return usagef("--dir: %w", err)
	case len(entries) > 0:
		if _, err := os.Lstat(filepath.Join(d.dir, demoMarker)); err != nil {
			return usagef("--dir %s: the folder is not empty, and no demo made it; choose another", d.dir)
		}
		if err := os.RemoveAll(d.dir); err != nil {
			return fmt.Errorf("remove the earlier demo: %w", err)
		}
	}
	if err := os.MkdirAll(d.dir, 0o755); err != nil {
		return usagef("--dir: %w", err)
	}
	files, err := demoShare()
	if err != nil {
		return fmt.Errorf("demo: make the files: %w", err)
	}
	if err := os.WriteFile(filepath.Join(d.dir, demoMarker), []byte("made by slet demo\n"), 0o644); err != nil {
		return err
	}
	for _, f := range files {
		if err := f.write(filepath.Join(d.dir, "share"), now()); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	d.config = filepath.Join(d.dir, "slet.yaml")
	return errors.Join(demoCameras(d.dir, now()), demoRing(d.dir, now()), d.writeConfig("dry-run"), os.WriteFile(filepath.Join(d.dir, "mail-password"), []byte(demoPassword), 0o600), os.WriteFile(filepath.Join(d.dir, "schedule.yaml"), []byte(demoSchedule), 0o644))
}

func (d *demo) writeConfig(mode string) error {
	return os.WriteFile(d.config, fmt.Appendf(nil, demoConfig, d.mail, mode), 0o600)
}

// step is a command of slet, why the demo runs it, and how it should end.
type step struct {
	why  string
	want int
	args []string
}

// steps runs commands as a person would and shows them. One that ends
// otherwise than it should ends the demo.
func (d *demo) steps(ctx context.Context, steps ...step) error {
	for _, s := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.why != "" {
			d.say("\n# %s", s.why)
		}
		d.say("$ slet %s", shellWords(s.args))
		var out bytes.Buffer
		code := run(ctx, append([]string{"--config", d.config}, s.args...), d.stdin, &out, &out)
		for line := range strings.Lines(out.String()) {
			d.say("  %s", strings.TrimRight(line, "\n"))
		}
		if code != s.want {
			return fmt.Errorf("demo: slet %s ended with exit code %d, want %d: %s", strings.Join(s.args, " "), code, s.want, out.String())
		}
	}
	return nil
}

// shellWords writes arguments as a person types them.
func shellWords(args []string) string {
	words := make([]string, len(args))
	for i, w := range args {
		if words[i] = w; strings.ContainsAny(w, " *") {
			words[i] = "'" + w + "'"
		}
	}
	return strings.Join(words, " ")
}

// query runs a command for the demo itself and returns its JSON.
func (d *demo) query(ctx context.Context, args ...string) ([]byte, error) {
	var out, errs bytes.Buffer
	if code := run(ctx, append([]string{"--config", d.config, "--json"}, args...), d.stdin, &out, &errs); code != exitDone {
		return nil, fmt.Errorf("demo: slet %s ended with exit code %d: %s", strings.Join(args, " "), code, errs.String())
	}
	return out.Bytes(), nil
}

func (d *demo) say(format string, args ...any) {
	if !d.quiet {
		fmt.Fprintf(d.stdout, format+"\n", args...)
	}
}

// appendTo changes a file as an editor would.
func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
