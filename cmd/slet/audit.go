package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
)

func (c *cli) auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit", Short: "Show or verify the tamper-evident log",
		Long: "Shows or verifies the tamper-evident log of every decision, reveal and erasure.\n\n" + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	show := &cobra.Command{
		Use: "show [FILE]", Short: "List the log", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return c.withLogFile(args, c.showLog)
		},
	}
	var head string
	verify := &cobra.Command{
		Use: "verify [FILE]", Short: "Verify every line of the log, and name the first bad one",
		Long: `Verifies every line of the log. An edited, removed, inserted or moved line is
named. A tail that was cut off at the end of a line cannot be seen from the log
alone: keep the head that slet audit checkpoint and the report print, somewhere
else, and give it later with --head.

` + exitHelp,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return c.withLogFile(args, func(path string) error { return c.verifyLog(path, head) })
		},
	}
	verify.Flags().StringVar(&head, "head", "", "`LINE:HASH` that an earlier checkpoint or report gave; the log must still hold it")
	checkpoint := &cobra.Command{
		Use: "checkpoint [FILE]", Short: "Print the head of the log, to be kept somewhere else",
		Long: `Verifies the log and prints its head, LINE:HASH. Keep it where whoever can write
to the log cannot: slet audit verify --head LINE:HASH shows later whether the
log was cut or written anew.

` + exitHelp,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return c.withLogFile(args, c.checkpoint) },
	}
	cmd.AddCommand(show, verify, checkpoint, c.auditAcceptCommand())
	return cmd
}

func (c *cli) auditAcceptCommand() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: "accept --as NAME", Short: "End a disagreement of store and audit log, after looking at what the store has forgotten",
		Long: `When the store was brought back from an older copy, the audit log knows of holds
and approvals that the store has forgotten, and slet refuses to plan and to
erase. The way out is to restore the newer store, or to add the holds again and
then say so with this command. It is written to the log with the person's name.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if strings.TrimSpace(name) == "" {
				return usagef("who has looked? give --as NAME")
			}
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error {
				return erase.Accept(ctx, a.deps(account()), detectors.MaskText(name))
			})
		},
	}
	cmd.Flags().StringVar(&name, "as", "", "`NAME` of the person who has looked")
	return cmd
}

// withLogFile finds the log: the one named, so that an outsider can verify a
// copy without an installation, or the configured one.
func (c *cli) withLogFile(args []string, do func(path string) error) error {
	if len(args) == 1 {
		return do(args[0])
	}
	cfg, err := c.loadConfig()
	if err != nil {
		return err
	}
	return do(filepath.Join(cfg.StateDir, "audit.jsonl"))
}

func openLog(path string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("%s: no audit log there yet; the first scan begins it", path)
	}
	return f, err
}

func (c *cli) showLog(path string) error {
	f, err := openLog(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(c.stdout)
	for rec, err := range audit.Read(f) {
		if err != nil {
			return errors.Join(w.Flush(), fmt.Errorf("%s: %w", path, err))
		}
		if c.json {
			err = (&cli{stdout: w}).printJSON(rec)
		} else {
			_, err = fmt.Fprintf(w, "%6d  %s  %-15s %s %s %s %s %s\n", rec.Seq, rec.Time.In(retention.Zone()).Format("2006-01-02 15:04:05"),
				rec.Type, orDash(rec.Actor), orDash(rec.Plan), orDash(rec.Item), oneLine(rec.Path), details(rec.Detail))
		}
		if err != nil {
			return err
		}
	}
	return w.Flush()
}

// details prints what an entry says more, in order.
func details(d map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(d)) {
		if d[k] != "" {
			parts = append(parts, k+"="+oneLine(d[k]))
		}
	}
	return strings.Join(parts, " ")
}

// verifyLine is the JSON of slet audit verify.
type verifyLine struct {
	OK    bool   `json:"ok"`
	Lines int    `json:"lines"`
	Head  string `json:"head"`
	Line  int    `json:"line,omitempty"` // the first bad one
	Error string `json:"error,omitempty"`
}

func (c *cli) verifyLog(path, head string) error {
	sum, err := verifyFile(path, head)
	var bad *audit.BadLine
	if err != nil && !errors.As(err, &bad) {
		return err
	}
	if c.json {
		line := verifyLine{OK: err == nil, Lines: sum.Lines, Head: sum.Hash}
		if bad != nil {
			line.Line, line.Error = bad.Line, bad.Why
		}
		return errors.Join(err, c.printJSON(line))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	_, err = fmt.Fprintf(c.stdout, "audit verify: ok, %d lines, head %s\n", sum.Lines, headText(sum))
	return err
}

func (c *cli) checkpoint(path string) error {
	sum, err := verifyFile(path, "")
	if err != nil {
		return err
	}
	if c.json {
		return c.printJSON(verifyLine{OK: true, Lines: sum.Lines, Head: sum.Hash})
	}
	_, err = fmt.Fprintln(c.stdout, headText(sum))
	return err
}

// headText is a head as people keep it.
func headText(s audit.Summary) string { return fmt.Sprintf("%d:%s", s.Lines, s.Hash) }

// parseHead reads what headText wrote.
func parseHead(s string) (lines int, hash string, err error) {
	n, hash, ok := strings.Cut(s, ":")
	lines, err = strconv.Atoi(n)
	if !ok || err != nil || lines < 1 || len(hash) != 64 {
		return 0, "", usagef("--head %s: want LINE:HASH as slet audit checkpoint prints it", s)
	}
	return lines, hash, nil
}

// verifyFile verifies a log and, when head is given, that it still holds it.
func verifyFile(path, head string) (audit.Summary, error) {
	var opts []audit.Option
	if head != "" {
		lines, hash, err := parseHead(head)
		if err != nil {
			return audit.Summary{}, err
		}
		opts = append(opts, audit.Expect(lines, hash))
	}
	f, err := openLog(path)
	if err != nil {
		return audit.Summary{}, err
	}
	defer f.Close()
	return audit.Verify(f, opts...)
}
