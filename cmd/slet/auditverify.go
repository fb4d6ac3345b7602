package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/config"
)

// verifying is one slet audit verify.
type verifying struct {
	against []string // lines that were sent, or LINE:HASH, or files with these or notes
	key     string   // a verifier key
	files   []string // of the log; none is the configured one
}

func (c *cli) auditVerifyCommand() *cobra.Command {
	var v verifying
	var head string
	cmd := &cobra.Command{
		Use: "verify [LOGFILE...]", Short: "Verify every line of the log, and name the first bad one",
		Long: `Verifies every line of the log. An edited, removed, inserted or moved line is
named. A tail that was cut off at the end of a line, or a log written anew as a
whole, cannot be seen from the log alone: keep what slet audit checkpoint
prints somewhere else, and give it later with --against. Without a LOGFILE the
configured log is verified, against the configured file of checkpoints as well.

With a LOGFILE neither a configuration nor a network is needed. The segments of
a log (audit-000001.jsonl …) are found beside it, or named one by one in order.

` + exitHelp,
		RunE: func(_ *cobra.Command, args []string) error {
			if head != "" {
				v.against = append(v.against, head)
			}
			v.files = args
			return c.verifyLog(v)
		},
	}
	cmd.Flags().StringArrayVar(&v.against, "against", nil, "`CHECKPOINT` that the log must still hold: a file with signed checkpoints, a line that was mailed, or LINE:HASH")
	cmd.Flags().StringVar(&head, "head", "", "`LINE:HASH`; the same as --against")
	cmd.Flags().StringVar(&v.key, "key", "", "`VERIFIERKEY` of who signed the checkpoints, as slet audit key prints it")
	return cmd
}

func (c *cli) auditCheckpointCommand() *cobra.Command {
	return &cobra.Command{
		Use: "checkpoint [FILE]", Short: "Print a signed checkpoint of the log, to be kept somewhere else",
		Long: `Verifies the log and prints a checkpoint: a signed note (C2SP tlog-checkpoint)
of how many lines it has and what they are. Keep it where whoever can write to
the log cannot, in the DPO's mailbox or on another machine: slet audit verify
--against FILE shows later whether the log was cut or written anew.

For a FILE, of which there is no key to sign with, it prints LINE:HASH.

` + exitHelp,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return c.withLogFile(args, func(path string) error { return c.checkpoint(path, len(args) == 0) })
		},
	}
}

func (c *cli) auditKeyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "key", Short: "Print the key by which others verify checkpoints and certificates",
		Long: `Prints the verifier key, the public half of the key that signs checkpoints and
certificates. It is no secret; give it to whoever is to verify them.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := c.loadConfig()
			if err != nil {
				return err
			}
			k, err := signingKey(cfg)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.stdout, k.Verifier())
			return err
		},
	}
}

// signingKey reads the key that signs, and makes it on first use.
func signingKey(cfg *config.Config) (*audit.Key, error) {
	if err := makeState(cfg.StateDir); err != nil {
		return nil, err
	}
	return audit.LoadKey(cfg.StateDir)
}

func (c *cli) auditPruneCommand() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: "prune --as NAME", Short: "Take away what is older than the log is kept, and leave a signed statement of it",
		Long: `Takes away the segments of the log that are older as a whole than audit.keep in
slet.yaml, and leaves a signed statement of how many lines they were, what they
were, who took them away and when. The rest verifies from there on, and says
so. Checkpoints of what was taken away cannot be checked any more.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if strings.TrimSpace(name) == "" {
				return usagef("who takes it away? give --as NAME")
			}
			return c.as(cmd.Context(), name, func(_ context.Context, a *app, name string) error { return a.pruneLog(name) })
		},
	}
	cmd.Flags().StringVar(&name, "as", "", "`NAME` of the person who decides it")
	return cmd
}

func (a *app) pruneLog(name string) error {
	since, ok := a.cfg.Audit.KeptSince(now())
	if !ok {
		return usagef("%s: audit.keep is not set, so the log is kept for ever; set it to, say, 5y", a.cfg.File)
	}
	k, err := signingKey(a.cfg)
	if err != nil {
		return err
	}
	p, err := a.log.Prune(k, since, name, now())
	if err != nil {
		return err
	}
	if p == nil {
		a.note("no segment of the log is older than %s as a whole; nothing was taken away", since.Format(time.DateOnly))
		return nil
	}
	_, err = fmt.Fprintf(a.stdout, "lines 1 to %d taken away; the log begins with line %d\n", p.Lines, p.Lines+1)
	return err
}

// verifyLine is the JSON of slet audit verify and checkpoint.
type verifyLine struct {
	OK         bool      `json:"ok"`
	Lines      int       `json:"lines"`
	Head       string    `json:"head"`
	Checked    int       `json:"checked,omitempty"`   // checkpoints and heads that the log was held to
	Unchecked  int       `json:"unchecked,omitempty"` // those of lines that were pruned
	Unsigned   int       `json:"unsigned,omitempty"`  // checkpoints whose signature was not checked
	Begin      int64     `json:"begin,omitempty"`     // the first line, when those before were pruned
	PrunedBy   string    `json:"pruned_by,omitempty"`
	PrunedAt   time.Time `json:"pruned_at,omitzero"`
	Line       int       `json:"line,omitempty"` // the first bad one
	Error      string    `json:"error,omitempty"`
	Checkpoint string    `json:"checkpoint,omitempty"` // the signed note
	Key        string    `json:"key,omitempty"`        // that signed it
}

func (l *verifyLine) pruned(p *audit.Pruned) {
	if p != nil {
		l.Begin, l.PrunedBy, l.PrunedAt = p.Lines+1, p.By, p.Time
	}
}

func (c *cli) verifyLog(v verifying) error {
	path, err := c.settle(&v)
	if err != nil {
		return err
	}
	held, err := v.demands()
	if err != nil {
		return err
	}
	if err := logThere(path); err != nil {
		return err
	}
	if v.key != "" {
		held.opts = append(held.opts, audit.SignedBy(v.key))
	}
	var sum audit.Summary
	if len(v.files) > 1 {
		sum, err = audit.VerifyFiles(v.files, held.opts...)
	} else {
		sum, err = audit.VerifyLog(path, held.opts...)
	}
	if err == nil && held.n > 0 && sum.Unchecked == held.n && len(v.against) > 0 {
		err = fmt.Errorf("%w: what was given is of lines that were taken away since (slet audit prune); give a later checkpoint", errIncomplete)
	}
	return c.printVerified(path, sum, held, err)
}

func (c *cli) printVerified(path string, sum audit.Summary, held demands, err error) error {
	var bad *audit.BadLine
	if err != nil && !errors.As(err, &bad) {
		return err
	}
	line := verifyLine{
		OK: err == nil, Lines: sum.Lines, Head: sum.Hash, Checked: held.n - sum.Unchecked, Unchecked: sum.Unchecked, Unsigned: held.unsigned,
	}
	line.pruned(sum.Pruned)
	if c.json {
		if bad != nil {
			line.Line, line.Error = bad.Line, bad.Why
		}
		return errors.Join(err, c.printJSON(line))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if p := sum.Pruned; p != nil {
		c.note("the log begins with line %d: those before were taken away by %s on %s", line.Begin, oneLine(p.By), day(p.Time))
		if !p.Verified {
			c.note("the signature of that statement was not checked; give --key")
		}
	}
	if line.Unchecked > 0 {
		c.note("%s of lines that were taken away, and not checked", plural(line.Unchecked, "checkpoint"))
	}
	if line.Unsigned > 0 {
		c.note("the log was held to %s whose signature was not checked; give --key", plural(line.Unsigned, "checkpoint"))
	}
	text := fmt.Sprintf("audit verify: ok, %d lines, head %s\n", sum.Lines, headText(sum))
	if held.n > 0 {
		text += fmt.Sprintf("holds %s that was given\n", plural(line.Checked, "checkpoint"))
	}
	_, err = fmt.Fprint(c.stdout, text)
	return err
}

// settle fills in what the configuration says, when no file is named.
func (c *cli) settle(v *verifying) (path string, err error) {
	if len(v.files) > 0 {
		return v.files[0], nil
	}
	cfg, err := c.loadConfig()
	if err != nil {
		return "", err
	}
	if v.key == "" {
		if _, err := os.Stat(filepath.Join(cfg.StateDir, audit.KeyFile)); err == nil {
			k, err := audit.LoadKey(cfg.StateDir)
			if err != nil {
				return "", err
			}
			v.key = k.Verifier()
		}
	}
	if f := cfg.Audit.Checkpoints.File; f != "" && len(v.against) == 0 {
		if _, err := os.Stat(f); err == nil {
			v.against = append(v.against, f)
		}
	}
	return filepath.Join(cfg.StateDir, "audit.jsonl"), nil
}

// demands are what the log is held to.
type demands struct {
	opts     []audit.Option
	n        int
	unsigned int
}

func (v verifying) demands() (demands, error) {
	var d demands
	for _, s := range v.against {
		if note, ok := noteOf(s); ok {
			if err := d.file("the line that was given", note, v.key); err != nil {
				return d, err
			}
			continue
		}
		if lines, hash, ok := parseHead(s); ok {
			d.opts, d.n = append(d.opts, audit.Expect(lines, hash)), d.n+1
			continue
		}
		b, err := os.ReadFile(s)
		if errors.Is(err, fs.ErrNotExist) {
			return d, usagef("%s: neither a file nor LINE:HASH as an earlier checkpoint gave it", s)
		}
		if err != nil {
			return d, err
		}
		if err := d.file(s, b, v.key); err != nil {
			return d, err
		}
	}
	return d, nil
}

// file adds the checkpoints of a file.
func (d *demands) file(name string, b []byte, key string) error {
	if lines, hash, ok := parseHead(strings.TrimSpace(string(b))); ok {
		d.opts, d.n = append(d.opts, audit.Expect(lines, hash)), d.n+1
		return nil
	}
	notes := notesIn(b)
	if len(notes) == 0 {
		notes = audit.SplitNotes(b)
	}
	if len(notes) == 0 {
		return usagef("%s: there is no checkpoint in it", name)
	}
	for i, n := range notes {
		cp, err := audit.ParseCheckpoint(n, key)
		if errors.Is(err, audit.ErrKey) {
			return usage(err)
		}
		if err != nil {
			return &codeError{exitRefused, fmt.Errorf("%s: checkpoint %d: %w", name, i+1, err)}
		}
		d.opts, d.n = append(d.opts, audit.Against(cp)), d.n+1
		if !cp.Verified {
			d.unsigned++
		}
	}
	return nil
}

// checkpoint prints a checkpoint; a signed one of the installation's own log.
func (c *cli) checkpoint(path string, own bool) error {
	if err := logThere(path); err != nil {
		return err
	}
	sum, err := audit.VerifyLog(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	line := verifyLine{OK: true, Lines: sum.Lines, Head: sum.Hash}
	line.pruned(sum.Pruned)
	text := headText(sum) + "\n"
	if own {
		cfg, err := c.loadConfig()
		if err != nil {
			return err
		}
		k, err := signingKey(cfg)
		if err != nil {
			return err
		}
		n, err := k.Checkpoint(sum)
		if err != nil {
			return err
		}
		line.Checkpoint, line.Key, text = string(n), k.Verifier(), string(n)
	}
	if c.json {
		return c.printJSON(line)
	}
	_, err = fmt.Fprint(c.stdout, text)
	return err
}

// signedCheckpoint verifies the log and signs a checkpoint of it.
func (a *app) signedCheckpoint() (*audit.Key, []byte, error) {
	k, err := signingKey(a.cfg)
	if err != nil {
		return nil, nil, err
	}
	sum, err := audit.VerifyLog(a.auditPath(), audit.SignedBy(k.Verifier()))
	if err != nil {
		return nil, nil, err
	}
	n, err := k.Checkpoint(sum)
	return k, n, err
}

// headText is a head as people keep it.
func headText(s audit.Summary) string { return fmt.Sprintf("%d:%s", s.Lines, s.Hash) }

// parseHead reads what headText wrote.
func parseHead(s string) (lines int, hash string, ok bool) {
	n, hash, ok := strings.Cut(s, ":")
	lines, err := strconv.Atoi(n)
	if !ok || err != nil || lines < 1 || len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "" {
		return 0, "", false
	}
	return lines, hash, true
}

// verifyFile verifies a log with all its segments.
func verifyFile(path string) (audit.Summary, error) {
	if err := logThere(path); err != nil {
		return audit.Summary{}, err
	}
	return audit.VerifyLog(path)
}
