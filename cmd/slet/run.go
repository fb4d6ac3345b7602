package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/agent"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
	"github.com/sletdk/slet/web"
)

func (c *cli) runCommand() *cobra.Command {
	return &cobra.Command{
		Use: "run", Short: "Run all of it at its time, and the pages for the DPO",
		Long: `Runs the service until it is stopped. It scans the sources at their times,
proposes what is due, and shows the pages for the DPO at web.listen. In enforce
mode it also carries out approved plans, and what standing approvals cover of
recordings. What it does when stands in slet.yaml, under scan of a source and
under service. Who may sign in to the pages: slet user add.

SIGHUP, or systemctl reload, has it read slet.yaml and the schedule again. If
they do not load, it says so and goes on with what it has. state_dir, store and
web need a restart. SIGTERM stops it, between two items.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error {
				return a.alone(ctx, "run", func() error { return a.managed(ctx) })
			})
		},
	}
}

// daemon is the running service. The configuration and the schedule change
// under it when they are read again; store, audit log and key do not.
type daemon struct {
	current atomic.Pointer[app]
	log     *slog.Logger
	manager agent.Systemd
	// refreshing keeps two refreshes of the pages from doing the same work.
	refreshing sync.Mutex
	// ordered is not empty when somebody has ordered a plan on the pages.
	ordered chan struct{}
}

func (a *app) run(ctx context.Context) error {
	d := &daemon{log: a.logger(), ordered: make(chan struct{}, 1), manager: agent.SystemdFrom(os.Getenv, os.Getpid())}
	a.patient = true // a job waits for a command of somebody's
	d.current.Store(a)
	parts := []func(context.Context) error{
		d.supervise,
		func(ctx context.Context) error { return d.manager.KeepAlive(ctx, d.healthy) },
	}
	if a.cfg.Web.Listen != "" {
		pages, err := d.pages()
		if err != nil {
			return err
		}
		l, err := a.listen()
		if err != nil {
			return err
		}
		scheme := "http"
		if a.cfg.Web.Cert != "" {
			scheme = "https"
		}
		a.note("pages: %s://%s", scheme, l.Addr())
		d.order() // an earlier process may have left some
		parts = append(parts,
			func(ctx context.Context) error { return agent.Serve(ctx, l, d.handler(pages)) },
			func(ctx context.Context) error {
				return agent.OnCall(ctx, d.ordered, pages.MakePlans, func(err error) { d.log.Error("ordered plans", "error", a.mask(err)) })
			},
		)
	}
	err := agent.Together(ctx, parts...)
	return errors.Join(err, d.manager.Tell(agent.Stopping))
}

// order has the plans made that are ordered; it does not wait for that.
func (d *daemon) order() {
	select {
	case d.ordered <- struct{}{}:
	default: // whoever makes them will look for this one too
	}
}

// healthy reports whether the service can work: its store answers.
func (d *daemon) healthy(ctx context.Context) error {
	_, err := d.current.Load().store.Jobs(ctx)
	return err
}

// reloadJob is the name under which it is remembered whether the configuration
// could be read again.
const reloadJob = "reload"

// supervise runs the jobs, and puts them together anew on SIGHUP.
func (d *daemon) supervise(ctx context.Context) error {
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGHUP)
	defer signal.Stop(again)
	first := true
	build := func(ctx context.Context) (func(context.Context) error, error) {
		if !first {
			if err := d.reload(ctx); err != nil {
				return nil, err
			}
		}
		first = false
		jobs, err := d.jobs()
		if err != nil {
			return nil, err
		}
		a := d.current.Load()
		s := &agent.Service{Jobs: jobs, Store: a.store, Log: d.log, Mask: func(text string) string { return a.mask(errors.New(text)) }}
		return s.Run, d.manager.Tell(agent.Ready)
	}
	return agent.Supervise(ctx, again, build, func(err error) {
		d.log.Error("the configuration was not read again; the old one stays in force", "error", d.current.Load().mask(err))
	})
}

// reload reads the configuration and the schedule again, and puts them in
// force. What became of it is remembered as a job's outcome, for the pages.
func (d *daemon) reload(ctx context.Context) error {
	old := d.current.Load()
	if err := d.manager.Tell(agent.Reloading); err != nil {
		return err
	}
	job := store.Job{Name: reloadJob, Started: now()}
	known, err := old.store.Jobs(ctx)
	if err != nil {
		return err
	}
	for _, k := range known {
		if k.Name == reloadJob {
			job.Good, job.Failures = k.Good, k.Failures
		}
	}
	next, err := old.reread(ctx)
	job.Ended = now()
	if err == nil {
		job.Good, job.Failures = job.Ended, 0
		d.current.Store(next)
		d.log.Info("the configuration was read again", "schedule", next.schedule.Version)
	} else {
		job.Failures++
		job.Error = old.mask(err)
		// Whoever asked for it is answered: the service runs on, as it did.
		err = errors.Join(err, d.manager.Tell(agent.Ready))
	}
	return errors.Join(err, old.store.SetJob(ctx, job))
}

// reread returns the service's means with the configuration and the schedule
// as they stand in the files now.
func (a *app) reread(ctx context.Context) (*app, error) {
	next := *a
	var err error
	if next.cfg, err = a.loadConfig(); err != nil {
		return nil, err
	}
	if next.schedule, next.scheduleText, err = loadSchedule(next.cfg); err != nil {
		return nil, err
	}
	switch old := a.cfg; {
	case next.cfg.StateDir != old.StateDir:
		err = errors.New("state_dir is another one")
	case next.cfg.Store != old.Store:
		err = errors.New("store is another one")
	case next.cfg.Web != old.Web:
		err = errors.New("web has changed")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: restart the service instead", next.cfg.File, err)
	}
	// The service's jobs must be good too, or the old ones stay.
	if _, err = (&daemon{}).jobsOf(&next); err != nil {
		return nil, err
	}
	used := store.Schedule{Version: next.schedule.Version, Hash: next.schedule.Hash(), Text: next.scheduleText}
	return &next, a.store.UseSchedule(ctx, used, now())
}

func (a *app) listen() (net.Listener, error) {
	conf, err := a.cfg.Web.TLS()
	if err != nil {
		return nil, usagef("%s: web.cert: %w", a.cfg.File, err)
	}
	l, err := net.Listen("tcp", a.cfg.Web.Listen)
	if err != nil {
		return nil, fmt.Errorf("the pages: %w; choose another address in web.listen", err)
	}
	if conf != nil {
		return tls.NewListener(l, conf), nil
	}
	return l, nil
}

// pages puts the pages together. What they decide by is what is in force when
// somebody asks.
func (d *daemon) pages() (*web.Server, error) {
	a := d.current.Load()
	var directory *web.OIDC
	if o := a.cfg.Web.OIDC; o.Issuer != "" {
		directory = &web.OIDC{Issuer: o.Issuer, ClientID: o.ClientID, Secret: o.ClientSecret.Reveal, RedirectURL: o.RedirectURL, Claim: o.Claim}
	}
	return web.New(web.Config{
		Organisation: a.cfg.Organisation.Name, Version: version, Secure: a.cfg.Web.Secure(), BehindProxy: a.cfg.Web.BehindProxy,
		Idle: a.cfg.Web.Idle, Life: a.cfg.Web.Life, OIDC: directory,
	}, web.Deps{
		Store: a.store, Log: a.log, Now: now,
		Work: func(_ context.Context, person string) (erase.Deps, error) { return d.current.Load().deps(person), nil },
		Decide: func(ctx context.Context) (func(store.Finding) retention.Decision, error) {
			return d.current.Load().decider(ctx)
		},
		Verify:  func(context.Context) report.AuditLog { return auditState(a.auditPath()) },
		Sources: func() []string { return d.current.Load().sourceNames() },
		Keys:    a.eventKeys(),
		Place:   func(h *retention.Hold) { d.current.Load().place(h) },
		Ordered: d.order,
		Logger:  d.log,
	})
}

// logger is what the service says, in the form that is configured.
func (c *cli) logger() *slog.Logger {
	opts := &slog.HandlerOptions{Level: c.logLevel}
	if c.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(c.stderr, opts))
	}
	return slog.New(slog.NewTextHandler(c.stderr, opts))
}
