package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sletdk/slet/config"
)

// eachCommand visits every command that people call.
func eachCommand(root *cobra.Command, visit func(*cobra.Command)) {
	for _, cmd := range root.Commands() {
		if !cmd.Hidden && cmd.Name() != "help" && cmd.Name() != "completion" {
			visit(cmd)
			eachCommand(cmd, visit)
		}
	}
}

// TestHelp: the list of commands fits a terminal of 80 columns, every command
// stands under a heading and says how it ends, and every value has a name.
func TestHelp(t *testing.T) {
	const listed = 80 - len("  certificate    ")
	root := (&cli{}).rootCommand()
	eachCommand(root, func(cmd *cobra.Command) {
		name := cmd.CommandPath()
		top := cmd.Parent() == root
		if n := utf8.RuneCountInString(cmd.Short); n == 0 || strings.HasSuffix(cmd.Short, ".") || top && n > listed {
			t.Errorf("%s: %q has %d letters: say it in 1 to %d, without a full stop", name, cmd.Short, n, listed)
		}
		if top && cmd.GroupID == "" {
			t.Errorf("%s stands under no heading: see commands in root.go", name)
		}
		if top && !strings.HasSuffix(cmd.Long, exitHelp) {
			t.Errorf("%s does not say what its exit codes mean", name)
		}
		for line := range strings.Lines(cmd.Long) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 84 {
				t.Errorf("%s: a line of %d letters: %s", name, n, line)
			}
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if value, _ := pflag.UnquoteUsage(f); value == "string" || value == "strings" || value == "stringArray" {
				t.Errorf("%s --%s: its value has no name: write one in back quotes", name, f.Name)
			}
		})
	})
}

// TestManual: there is a page for every command, it says what the help says of
// every command and flag, and no text of it is taken for a request.
func TestManual(t *testing.T) {
	root := (&cli{}).rootCommand()
	pages := manualPages(root)
	requests := []string{"TH", "SH", "SS", "PP", "TP", "B", "BR", "br", "RS", "RE", "nf", "fi"}
	for name, page := range pages {
		if !strings.HasPrefix(page, ".TH ") || strings.Count(page, ".TH ") != 1 {
			t.Errorf("%s does not begin as a page does", name)
		}
		for line := range strings.Lines(page) {
			word, _, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
			if request, ok := strings.CutPrefix(word, "."); ok && !slices.Contains(requests, request) || strings.HasPrefix(word, "'") {
				t.Errorf("%s: taken for a request: %s", name, line)
			}
		}
	}
	eachCommand(root, func(cmd *cobra.Command) {
		words := strings.Fields(cmd.CommandPath())
		page := pages["slet-"+words[1]+".1"]
		if !strings.Contains(page, roff(useLine(cmd))) {
			t.Errorf("no page tells of %s", cmd.CommandPath())
		}
		cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && !f.Hidden && !strings.Contains(page, roff("--"+f.Name)) {
				t.Errorf("the page of %s does not tell of --%s", cmd.CommandPath(), f.Name)
			}
		})
		if cmd.Parent() == root && !strings.Contains(pages["slet.1"], ".B slet "+roff(cmd.Name())+"\n"+roff(cmd.Short)+"\n") {
			t.Errorf("slet(1) does not lead to %s", cmd.CommandPath())
		}
	})
	for _, section := range []string{"EXIT STATUS", "FILES", "ENVIRONMENT", "EXAMPLES"} {
		if !strings.Contains(pages["slet.1"], "\n.SH "+section+"\n.") {
			t.Errorf("slet(1) has no section %s", section)
		}
	}
}

// FuzzRoff: whatever a text holds, troff prints it and obeys nothing in it.
func FuzzRoff(f *testing.F) {
	for _, s := range []string{"", "a", ".so /etc/passwd", "'br", "x\n.x\n\n'y", `\fB\n(.z`, "--all", "\\\n."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := roff(s)
		for line := range strings.Lines(got) {
			if line[0] == '.' || line[0] == '\'' {
				t.Errorf("a request: %q", line)
			}
		}
		// Read as troff reads it, it is the text.
		if back := strings.NewReplacer(`\e`, `\`, `\-`, "-", `\&`, "").Replace(got); back != s {
			t.Errorf("%q is printed as %q", s, back)
		}
	})
}

// TestInstallFiles: what a package installs is the same each time, sound, and
// looks at nothing before somebody says where.
func TestInstallFiles(t *testing.T) {
	one, err := installFiles((&cli{}).rootCommand())
	if err != nil {
		t.Fatal(err)
	}
	two, err := installFiles((&cli{}).rootCommand())
	if err != nil || cmp.Diff(one, two) != "" {
		t.Errorf("not the same twice: %v %s", err, cmp.Diff(one, two))
	}
	for name, data := range one {
		if len(data) < 100 {
			t.Errorf("%s holds %d bytes", name, len(data))
		}
		if path.Ext(name) != ".gz" {
			continue
		}
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil || !r.ModTime.IsZero() || r.Name != "" {
			t.Fatalf("%s: %v %v %q", name, err, r.ModTime, r.Name)
		}
		if page, err := io.ReadAll(bufio.NewReader(r)); err != nil || !bytes.HasPrefix(page, []byte(".TH ")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// As it comes it has no source; with its example uncommented it loads.
	dir := t.TempDir()
	file := filepath.Join(dir, "slet.yaml")
	text := string(one[packagedConfig])
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(text)
	if _, err := config.Load(file); err == nil || !strings.Contains(err.Error(), "sources: has no entry; write one below it") {
		t.Errorf("as installed: %v", err)
	}
	for _, key := range []string{"- name: faelles", "  type: files", "  path: /srv/faelles"} {
		text = strings.Replace(text, "  # "+key, "  "+key, 1)
	}
	write(text)
	cfg, err := config.Load(file)
	if err != nil || len(cfg.Sources) != 1 || cfg.StateDir != packagedState || cfg.Erase.Enforced() {
		t.Errorf("with its example: %+v, %v", cfg, err)
	}
}

// TestEveryPersonIsAnAccount: no command takes any name for who decides, once
// there are accounts. The script tries each; a new one has to be tried too.
func TestEveryPersonIsAnAccount(t *testing.T) {
	script, err := os.ReadFile(filepath.Join("testdata", "script", "person.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	eachCommand((&cli{}).rootCommand(), func(cmd *cobra.Command) {
		if cmd.Flags().Lookup("as") == nil {
			return
		}
		tried++
		refused := regexp.MustCompile(`(?m)^code 4 .*\b` + regexp.QuoteMeta(cmd.CommandPath()) + ` .*--as Karen`)
		if !refused.Match(script) {
			t.Errorf("person.txtar does not have %s refuse a name that is no account", cmd.CommandPath())
		}
	})
	if tried < 13 {
		t.Errorf("%d commands have --as; there were 13", tried)
	}
}
