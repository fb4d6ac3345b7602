package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sletdk/slet/config"
)

// The manual pages say what the help says: they are made of the same texts, so
// that neither can be forgotten. A paragraph of a help text is filled anew; a
// line that begins with a blank stands as it is.

// manualPages are the pages by file name, such as slet-scan.1.
func manualPages(root *cobra.Command) map[string]string {
	pages := map[string]string{
		"slet.1": manualOfSlet(root),
		"slet.yaml.5": manualOfFile("slet.yaml", "where slet looks, with what limits, and whether it may erase",
			"The file is strict: a key that does not exist is an error that names the line and the nearest key that does. slet check reads it and says what is wrong with it. "+
				"What slet init writes says what every key means:", config.TemplateConfig()),
		"schedule.yaml.5": manualOfFile("schedule.yaml", "how long slet keeps what",
			"The retention schedule. slet schedule check says what is doubtful in one, slet schedule diff what a draft would change. "+
				"What slet init writes describes the language:", config.TemplateSchedule()),
	}
	for _, cmd := range root.Commands() {
		if !cmd.Hidden && cmd.Name() != "help" && cmd.Name() != "completion" {
			pages["slet-"+cmd.Name()+".1"] = manualOf(cmd)
		}
	}
	return pages
}

// manualOfSlet is slet(1), which leads to all the others.
func manualOfSlet(root *cobra.Command) string {
	m := newManual("slet", 1, root.Short)
	m.section("SYNOPSIS")
	m.line(".B slet\n[\\fIoptions\\fR] \\fIcommand\\fR [\\fIarguments\\fR]")
	m.section("DESCRIPTION")
	m.text(strings.TrimSuffix(root.Long, exitHelp))
	m.section("COMMANDS")
	for _, g := range root.Groups() {
		m.line(".SS " + roff(strings.TrimSuffix(g.Title, ":")))
		for _, cmd := range root.Commands() {
			if cmd.GroupID == g.ID && !cmd.Hidden {
				m.entry("slet "+cmd.Name(), cmd.Short)
			}
		}
	}
	m.section("OPTIONS")
	m.options(root.PersistentFlags())
	m.exitStatus()
	m.section("FILES")
	m.entries(manualFiles)
	m.section("ENVIRONMENT")
	m.entries(manualEnvironment)
	m.section("EXAMPLES")
	m.entries(manualExamples)
	m.section("SEE ALSO")
	m.line(".BR slet.yaml (5),\n.BR schedule.yaml (5),\n.BR slet\\-run (1),\n.BR systemctl (1)")
	m.text("/usr/share/doc/slet, when slet was installed as a package")
	return m.b.String()
}

var manualFiles = [][2]string{
	{"./slet.yaml, /etc/slet/slet.yaml", "the configuration, looked for in this order unless --config names one; see slet.yaml(5)"},
	{"/etc/slet/schedule.yaml", "the retention schedule, where schedule in slet.yaml says; see schedule.yaml(5)"},
	{"/etc/slet/credentials/NAME", "a secret that slet.yaml names as cred:NAME; systemd hands it to the service, and root alone can read it"},
	{"/var/lib/slet", "the state, where state_dir in slet.yaml says, for the account of the service alone"},
	{"slet.db", "in it: what was found, plans, holds, events; made anew by a scan but for what people decided"},
	{"audit.jsonl, audit-NNNNNN.jsonl", "in it: the tamper-evident log of every decision and erasure; see slet-audit(1)"},
	{"slet.key, audit.key", "in it: the keys by which persons and items are named and checkpoints are signed; without a copy of them a backup is worth little"},
	{"STOP", "in it, unless erase.stop_file names another: while it exists, nothing is erased"},
}

var manualEnvironment = [][2]string{
	{"SLET_KEY", "overrides a value of slet.yaml outside lists: SLET_STATE_DIR is state_dir, SLET_LOG_LEVEL is log.level. The environment cannot turn erasing on."},
	{"CREDENTIALS_DIRECTORY", "where cred:NAME is read from; systemd sets it"},
	{"NOTIFY_SOCKET, WATCHDOG_USEC", "slet run tells systemd there that it is ready, and that it lives"},
}

var manualExamples = [][2]string{
	{"slet demo", "see the whole of it; touches nothing but the folder slet-demo"},
	{"slet init --preset almen-bolig && slet check", "begin with a ready schedule; slet init --list-presets lists them"},
	{"sudo -u slet slet scan faelles", "scan one source now, as the account of the service"},
	{"slet findings --gaps --json | jq -r .path", "what could not be examined, for another program"},
	{"slet plan && slet approve P-20261121-1 --as \"Dorte Holm\" && slet erase P-20261121-1", "from what is due to the erasure, which is a dry run unless erase.mode is enforce"},
	{"slet audit verify --against checkpoints", "was the log cut, or written anew, since these were signed?"},
}

// manualOf is the page of a command, with the commands below it.
func manualOf(cmd *cobra.Command) string {
	m := newManual("slet-"+cmd.Name(), 1, cmd.Short)
	m.section("SYNOPSIS")
	for _, c := range append([]*cobra.Command{cmd}, cmd.Commands()...) {
		if c.Runnable() && (c != cmd || len(c.Commands()) == 0 || c.LocalNonPersistentFlags().HasFlags()) {
			m.line(".B " + roff(useLine(c)) + "\n.br")
		}
	}
	m.section("DESCRIPTION")
	m.text(strings.TrimSuffix(cmd.Long, exitHelp))
	if own := cmd.LocalNonPersistentFlags(); own.HasAvailableFlags() {
		m.section("OPTIONS")
		m.options(own)
	}
	if cmd.HasAvailableSubCommands() {
		m.section("COMMANDS")
	}
	for _, sub := range cmd.Commands() {
		m.line(".SS " + roff(useLine(sub)))
		if sub.Long != "" {
			m.text(strings.TrimSuffix(sub.Long, exitHelp))
		} else {
			m.text(sub.Short + ".")
		}
		m.options(sub.LocalNonPersistentFlags())
	}
	m.exitStatus()
	m.section("SEE ALSO")
	m.line(".BR slet (1),\nwhich has the options that all commands share,\n.BR slet.yaml (5),\n.BR schedule.yaml (5)")
	return m.b.String()
}

// useLine is how a command is called. That it has flags is said below it.
func useLine(cmd *cobra.Command) string { return strings.TrimSuffix(cmd.UseLine(), " [flags]") }

// manualOfFile is the page of a file's format: its commented template.
func manualOfFile(name, short, what, template string) string {
	m := newManual(name, 5, short)
	m.section("DESCRIPTION")
	m.text(what)
	m.verbatim(strings.Split(strings.TrimSpace(template), "\n"))
	m.section("SEE ALSO")
	m.line(".BR slet (1),\n.BR slet\\-check (1)")
	m.text("/usr/share/doc/slet, when slet was installed as a package")
	return m.b.String()
}

// manual is a page in the making, in the macros of man(7).
type manual struct{ b strings.Builder }

func newManual(name string, section int, short string) *manual {
	m := &manual{}
	m.line(fmt.Sprintf(".TH %s %d \"\" %q slet", roff(strings.ToUpper(name)), section, "slet "+roff(version)))
	m.section("NAME")
	m.line(roff(name) + ` \- ` + roff(short))
	return m
}

func (m *manual) line(s string) { m.b.WriteString(s + "\n") }

func (m *manual) section(title string) { m.line(".SH " + title) }

// text writes paragraphs as the help has them.
func (m *manual) text(s string) {
	var filled, kept []string
	flush := func() {
		if len(filled) > 0 {
			m.line(".PP\n" + roff(strings.Join(filled, "\n")))
		}
		m.verbatim(kept)
		filled, kept = nil, nil
	}
	for line := range strings.Lines(strings.TrimSpace(s) + "\n") {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "":
			flush()
		case line[0] == ' ':
			kept = append(kept, strings.TrimPrefix(line, "  "))
		default:
			if len(kept) > 0 {
				flush()
			}
			filled = append(filled, line)
		}
	}
	flush()
}

// verbatim writes lines as they are.
func (m *manual) verbatim(lines []string) {
	if len(lines) > 0 {
		m.line(".PP\n.RS 2\n.nf\n" + roff(strings.Join(lines, "\n")) + "\n.fi\n.RE")
	}
}

// entry writes a term and what it means.
func (m *manual) entry(term, text string) { m.line(".TP\n.B " + roff(term) + "\n" + roff(text)) }

func (m *manual) entries(all [][2]string) {
	for _, e := range all {
		m.entry(e[0], e[1])
	}
}

func (m *manual) options(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, text := pflag.UnquoteUsage(f)
		term := "--" + f.Name
		if value != "" {
			term += " " + value
		}
		if f.Shorthand != "" {
			term = "-" + f.Shorthand + ", " + term
		}
		if d := f.DefValue; d != "" && d != "false" && d != "0" && d != "[]" {
			text += " (default " + d + ")"
		}
		m.entry(term, text)
	})
}

func (m *manual) exitStatus() {
	m.section("EXIT STATUS")
	for line := range strings.Lines(exitHelp) {
		if code, meaning, ok := strings.Cut(strings.TrimSpace(line), "  "); ok {
			m.entry(code, meaning)
		}
	}
}

// roff makes text safe for troff: no line of it is a request, and a hyphen
// stays the one that is typed.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		switch {
		case l == "":
			lines[i] = `\&` // an empty line would be a request for space
		case l[0] == '.' || l[0] == '\'':
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
