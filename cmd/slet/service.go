package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"text/template"

	"github.com/kardianos/service"
	"github.com/spf13/cobra"

	"github.com/sletdk/slet/agent"
	"github.com/sletdk/slet/config"
)

// unitTemplate is the systemd unit.
//
//go:embed slet.service.tmpl
var unitTemplate string

const (
	serviceName = "slet"
	unitFile    = "/etc/systemd/system/slet.service"
)

func (c *cli) serviceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "service", Short: "Put slet run under systemd, or another service manager",
		Long: `Puts slet run under the system's service manager: systemd on Linux, the service
control manager on Windows, launchd on macOS.

On Linux the unit lets the service write to its state only and, in enforce mode,
to the local sources. It is made from slet.yaml: install it again when sources,
credentials or erase.mode change.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var account string
	var show bool
	install := &cobra.Command{
		Use: "install", Short: "Install the service, and have it start with the machine", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.loadConfig()
			if err != nil {
				return err
			}
			if runtime.GOOS != "linux" && !show {
				return c.controlOther(cfg, account, "install")
			}
			text, err := unit(cfg, account)
			if err != nil {
				return err
			}
			if show {
				_, err := fmt.Fprint(c.stdout, text)
				return err
			}
			if err := os.WriteFile(unitFile, []byte(text), 0o644); err != nil {
				return fmt.Errorf("install the service: %w", err)
			}
			c.note("wrote %s", unitFile)
			return errors.Join(systemctl(cmd.Context(), c, "daemon-reload"), systemctl(cmd.Context(), c, "enable", serviceName))
		},
	}
	install.Flags().StringVar(&account, "user", serviceName, "the `ACCOUNT` that it runs as; it must exist")
	install.Flags().BoolVar(&show, "print", false, "print the systemd unit and install nothing")
	cmd.AddCommand(install)
	for verb, short := range map[string]string{
		"uninstall": "Stop the service and remove it; its state stays",
		"start":     "Start the service", "stop": "Stop the service, between two items", "status": "Say how the service is",
	} {
		cmd.AddCommand(&cobra.Command{Use: verb, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			if runtime.GOOS != "linux" {
				cfg, err := c.loadConfig()
				if err != nil {
					return err
				}
				return c.controlOther(cfg, account, verb)
			}
			if verb != "uninstall" {
				return systemctl(cmd.Context(), c, verb, serviceName)
			}
			if _, err := os.Stat(unitFile); err != nil {
				return fmt.Errorf("uninstall the service: %w; slet service install has not written it", err)
			}
			return errors.Join(systemctl(cmd.Context(), c, "disable", "--now", serviceName), os.Remove(unitFile), systemctl(cmd.Context(), c, "daemon-reload"))
		}})
	}
	return cmd
}

// systemctl asks systemd for something, and shows what it answers.
func systemctl(ctx context.Context, c *cli, args ...string) error {
	cmd := exec.CommandContext(ctx, "systemctl", append([]string{"--no-pager"}, args...)...)
	cmd.Stdout, cmd.Stderr = c.stdout, c.stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("systemctl %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// unit is the systemd unit for a configuration, with this very program.
func unit(cfg *config.Config, account string) (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("where is this program? %w", err)
	}
	return unitFor(cfg, program, account, false)
}

// unitFor is the unit with a program; packaged is the one that a package
// installs, before anybody has configured anything.
func unitFor(cfg *config.Config, program, account string, packaged bool) (string, error) {
	file, err := filepath.Abs(cfg.File)
	if err != nil {
		return "", fmt.Errorf("where is %s? %w", cfg.File, err)
	}
	data := struct {
		Program, Config, User, WorkDir, StateDirectory, Capabilities string
		Enforce, Packaged                                            bool
		Writable, Credentials                                        []string
	}{
		Program: quoteUnit(program), Config: quoteUnit(file), User: account, WorkDir: "-" + escapeUnit(filepath.Dir(file)),
		Enforce: cfg.Erase.Enforced(), Packaged: packaged,
		Writable: []string{quoteUnit(cfg.StateDir)}, Credentials: cfg.Credentials(),
	}
	if rel, err := filepath.Rel("/var/lib", cfg.StateDir); err == nil && filepath.IsLocal(rel) && rel != "." {
		data.StateDirectory = quoteUnit(rel)
	}
	if dir := cfg.Service.Backup.Dir; dir != "" {
		data.Writable = append(data.Writable, quoteUnit(dir))
	}
	for _, s := range cfg.Sources {
		if !s.OnDisk() {
			continue
		}
		data.Capabilities = "CAP_DAC_READ_SEARCH CAP_FOWNER"
		if data.Enforce {
			data.Capabilities += " CAP_DAC_OVERRIDE"
			data.Writable = append(data.Writable, quoteUnit(s.Path))
		}
	}
	t, err := template.New("unit").Parse(unitTemplate)
	if err != nil {
		return "", fmt.Errorf("the unit's template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return "", fmt.Errorf("the unit: %w", err)
	}
	return out.String(), nil
}

// escapeUnit writes a text for a unit: a percent sign begins a specifier there.
func escapeUnit(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// quoteUnit writes a path as one word of a unit.
func quoteUnit(s string) string {
	s = escapeUnit(s)
	if !strings.ContainsAny(s, " \t\"'\\$") {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `$$`).Replace(s) + `"`
}

// controlOther talks to the service managers of the other systems.
func (c *cli) controlOther(cfg *config.Config, account, verb string) error {
	s, err := c.otherService(cfg, account, nil)
	if err != nil {
		return err
	}
	if verb == "status" {
		status, err := s.Status()
		if err != nil {
			return fmt.Errorf("the service: %w", err)
		}
		_, err = fmt.Fprintln(c.stdout, map[service.Status]string{service.StatusRunning: "running", service.StatusStopped: "stopped"}[status])
		return err
	}
	if err := service.Control(s, verb); err != nil {
		return fmt.Errorf("%s the service: %w", verb, err)
	}
	return nil
}

func (c *cli) otherService(cfg *config.Config, account string, p service.Interface) (service.Service, error) {
	file, err := filepath.Abs(cfg.File)
	if err != nil {
		return nil, fmt.Errorf("where is %s? %w", cfg.File, err)
	}
	conf := &service.Config{
		Name: serviceName, DisplayName: serviceName, Description: "Finds personal data and keeps it no longer than the schedule says",
		Arguments: []string{"--config", file, "run"},
		Option:    service.KeyValue{"OnFailure": "restart", "DelayedAutoStart": true},
	}
	if account != serviceName {
		conf.UserName = account // on Windows DOMAIN\name; without one LocalSystem
	}
	return service.New(p, conf)
}

// program is slet run under the service control manager of Windows.
type program struct {
	run  func(ctx context.Context) error
	stop func() error
}

// Start implements [service.Interface].
func (p *program) Start(service.Service) error {
	p.stop = agent.Begin(context.Background(), func(ctx context.Context) error {
		err := p.run(ctx)
		if err != nil && ctx.Err() == nil {
			os.Exit(exitFailed) // so that the manager starts it anew
		}
		return err
	})
	return nil
}

// Stop implements [service.Interface].
func (p *program) Stop(service.Service) error { return p.stop() }

// managed runs the service under the manager that has started it, if that is
// one that wants to be talked to.
func (a *app) managed(ctx context.Context) error {
	if runtime.GOOS != "windows" || service.Interactive() {
		return a.run(ctx)
	}
	s, err := a.otherService(a.cfg, serviceName, &program{run: a.run})
	if err != nil {
		return err
	}
	return s.Run()
}
