package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// cli is one run of the program: its streams and its global flags.
type cli struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	configPath string
	json       bool
	quiet      bool
	logFormat  string     // text, json, or "" until the configuration says
	logLevel   slog.Level // what is less important is not said
}

// rootCommand builds the command tree.
func (c *cli) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "slet",
		Short: "Find personal data, keep it no longer than the schedule says, and prove that it is gone",
		Long: `slet finds personal data in file shares, mailboxes and recordings of cameras,
works out what is past its retention period and, once a named person has approved
it, erases it and proves that it did. Dry run is the default: nothing is erased
until erase.mode in slet.yaml is enforce.

New here? slet demo shows all of it on a make-believe organisation. Then:

  slet init                  writes slet.yaml and schedule.yaml; edit both
  slet check                 is everything ready?
  slet scan                  looks, and changes nothing in a source
  slet report -o report.html what was found, and what could not be read
  slet plan                  freezes what is due
  slet approve PLAN --as …   a named person's yes
  slet erase PLAN            a dry run, or the real thing
  slet run                   all of it at its time, and the pages for the DPO

` + exitHelp,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if c.logFormat != "" && c.logFormat != "text" && c.logFormat != "json" {
				return usagef("--log-format %s: want text or json", c.logFormat)
			}
			return nil
		},
	}
	f := root.PersistentFlags()
	f.StringVar(&c.configPath, "config", "", "configuration `FILE` (default ./slet.yaml, then /etc/slet/slet.yaml)")
	f.BoolVar(&c.json, "json", false, "print data as one JSON object a line")
	f.BoolVarP(&c.quiet, "quiet", "q", false, "no progress and no hints")
	f.StringVar(&c.logFormat, "log-format", "", "`FORMAT` of what is said on standard error: text or json (default log.format in slet.yaml, else text)")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; see slet %s--help", err, commandPrefix(cmd))
	})
	for _, g := range c.commands() {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title + ":"})
		for _, cmd := range g.commands {
			cmd.GroupID = g.title
			root.AddCommand(cmd)
		}
	}
	root.SetHelpCommandGroupID(groupOther)
	root.SetCompletionCommandGroupID(groupOther)
	root.AddCommand(c.workerCommand(), c.installFilesCommand())
	markUsage(root)
	return root
}

// group is a heading of the help, with the commands below it.
type group struct {
	title    string
	commands []*cobra.Command
}

const groupOther = "Other"

// commands are all that people call, in the order of the work.
func (c *cli) commands() []group {
	return []group{
		{"Begin", []*cobra.Command{c.demoCommand(), c.initCommand(), c.checkCommand()}},
		{"Look", []*cobra.Command{
			c.scanCommand(), c.findingsCommand(), c.explainCommand(), c.dismissCommand(), c.reportCommand(), c.subjectCommand(), c.detectCommand(),
		}},
		{"Decide", []*cobra.Command{
			c.scheduleCommand(), c.eventsCommand(), c.holdCommand(), c.archiveCommand(), c.coverageCommand(),
			c.planCommand(), c.plansCommand(), c.approveCommand(),
		}},
		{"Erase and prove", []*cobra.Command{c.eraseCommand(), c.cctvCommand(), c.certificateCommand(), c.auditCommand(), c.reappearedCommand()}},
		{"Run it", []*cobra.Command{c.runCommand(), c.serviceCommand(), c.userCommand(), c.backupCommand(), c.restoreCommand(), c.upgradeCommand()}},
		{groupOther, []*cobra.Command{c.versionCommand()}},
	}
}

// markUsage makes every command's complaint about its arguments a usage error.
func markUsage(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usagef("%w; see slet %s--help", err, commandPrefix(cmd))
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		markUsage(sub)
	}
}

// one checks that exactly one argument is given, and says which is missing.
func one(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("want one %s, got %d arguments", what, len(args))
		}
		return nil
	}
}

// commandPrefix is the command's words after "slet", each followed by a blank.
func commandPrefix(cmd *cobra.Command) string {
	if !cmd.HasParent() {
		return ""
	}
	return commandPrefix(cmd.Parent()) + cmd.Name() + " "
}

// printJSON writes v as one line.
func (c *cli) printJSON(v any) error {
	enc := json.NewEncoder(c.stdout)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// note says something for a person on standard error.
func (c *cli) note(format string, args ...any) {
	if c.quiet {
		return
	}
	c.line(slog.LevelInfo, fmt.Sprintf(format, args...))
}

// line writes a line to standard error: as it is, or as a JSON object for
// whoever collects logs.
func (c *cli) line(level slog.Level, msg string) {
	if level < c.logLevel {
		return
	}
	if c.logFormat == "json" {
		slog.New(slog.NewJSONHandler(c.stderr, nil)).Log(context.Background(), level, msg)
		return
	}
	fmt.Fprintln(c.stderr, msg)
}

// onTerminal reports whether standard error is a terminal, where a progress
// bar helps; elsewhere it would only fill a log.
func (c *cli) onTerminal() bool {
	f, ok := c.stderr.(*os.File)
	return ok && !c.quiet && term.IsTerminal(int(f.Fd()))
}
