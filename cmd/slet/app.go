package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/spf13/cobra"

	"github.com/sletdk/slet/agent"
	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/extract"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
	"github.com/sletdk/slet/web"
)

// app is what a command works with: the configuration and all that it opens.
type app struct {
	*cli
	cfg      *config.Config
	key      config.Key
	store    *store.Store
	log      *audit.Log // nil in commands that only read
	schedule *retention.Schedule
	// scheduleText is the file that schedule was read from.
	scheduleText string
	// register is the event register as it was read last; nil reads it every time.
	register *atomic.Pointer[register]
	// patient waits for others that do the same; the service does.
	patient bool
}

// need says what a command opens besides configuration, key and store.
type need int

const (
	reading need = iota // looks only
	writing             // writes to the audit log too
)

// withApp loads the configuration, opens the state and runs do. What it opened
// is closed again, and an error in closing is an error.
func (c *cli) withApp(ctx context.Context, n need, do func(ctx context.Context, a *app) error) (err error) {
	a, err := c.openApp(ctx, n)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	return do(ctx, a)
}

func (c *cli) openApp(ctx context.Context, n need) (a *app, err error) {
	a = &app{cli: c, register: new(atomic.Pointer[register])}
	if a.cfg, err = c.loadConfig(); err != nil {
		return nil, err
	}
	if err := makeState(a.cfg.StateDir); err != nil {
		return nil, err
	}
	if a.schedule, a.scheduleText, err = loadSchedule(a.cfg); err != nil {
		return nil, err
	}
	if a.key, err = config.LoadKey(a.cfg.StateDir); err != nil {
		return nil, err
	}
	if n == writing {
		if a.log, err = audit.Open(a.auditPath()); err != nil {
			return nil, err
		}
		a.log.RotateAt(int64(a.cfg.Audit.Rotate))
	}
	if a.store, err = a.openStore(ctx); err != nil {
		return nil, errors.Join(err, a.close())
	}
	if err = a.store.BindKey(ctx, a.key.ID()); err != nil {
		return nil, errors.Join(err, a.close())
	}
	a.store.SealWith(a.key)
	if n == writing {
		if err = a.lookAtClock(ctx); err != nil && !errors.Is(err, erase.ErrRefused) { // what waits for that says so
			return nil, errors.Join(err, a.close())
		}
	}
	// What is decided from here on is decided by this schedule: keep its text.
	if err = a.store.UseSchedule(ctx, store.Schedule{Version: a.schedule.Version, Hash: a.schedule.Hash(), Text: a.scheduleText}, now()); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

// makeState makes the state directory when it is missing, and refuses that of
// another account, before anything is written to it.
func makeState(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create the state directory: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("the state directory: %w", err)
	}
	return ownState(dir, info)
}

// alone runs do while no other slet with the same state directory does the same
// thing: two runs of one plan would each see the other's half-erased items.
func (a *app) alone(ctx context.Context, verb string, do func() error) (err error) {
	lock := flock.New(filepath.Join(a.cfg.StateDir, strings.ReplaceAll(verb, " ", "-")+".lock"), flock.SetPermissions(0o600))
	free, err := lock.TryLock()
	if a.patient && err == nil && !free {
		free, err = lock.TryLockContext(ctx, lockRetry)
	}
	if err != nil {
		return fmt.Errorf("lock the state directory: %w", err)
	}
	if !free {
		return fmt.Errorf("slet %s is running already in %s; wait for it, or stop it", verb, a.cfg.StateDir)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	return do()
}

// openStore opens the configured database, or the one in the state directory.
func (a *app) openStore(ctx context.Context) (*store.Store, error) {
	dsn, err := a.cfg.StoreDSN()
	if err != nil {
		return nil, usage(err)
	}
	return store.Open(ctx, dsn)
}

func (a *app) close() error {
	var errs []error
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	if a.log != nil {
		a.forwardLog()
		errs = append(errs, a.log.Close())
	}
	return errors.Join(errs...)
}

func (c *cli) loadConfig() (*config.Config, error) {
	path, err := config.Find(c.configPath)
	if err != nil {
		return nil, usage(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		return nil, usage(err)
	}
	if c.logFormat == "" {
		c.logFormat = cfg.Log.Format
	}
	if err := c.logLevel.UnmarshalText([]byte(cfg.Log.Level)); err != nil {
		return nil, usagef("%s: log.level: %w", path, err)
	}
	if err := checkCCTV(path, cfg); err != nil {
		return nil, err
	}
	for _, s := range cfg.Sources {
		if scanner.PrivatePath(filepath.ToSlash(s.Path)+"/.") || scanner.PrivatePath(s.SMB.Path+"/.") {
			return nil, usagef("%s: source %s: %s lies in a private folder, which slet never opens; choose another root", path, s.Name, s.Place())
		}
	}
	return cfg, nil
}

// loadSchedule reads the DPO's file, with the margins that IT has configured.
// Its absence is a configuration error: without a schedule nothing could ever
// be decided.
func loadSchedule(cfg *config.Config) (s *retention.Schedule, text string, err error) {
	path := cfg.Schedule
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", usagef("%s: no schedule there; write one with slet init, or set schedule in slet.yaml", path)
	}
	if err != nil {
		return nil, "", usagef("the schedule: %w", err)
	}
	if s, err = retention.ParseSchedule(path, data); err != nil {
		return nil, "", usage(err)
	}
	s.Margins = map[string]time.Duration{config.TypeCCTV: cfg.CCTV.Margin}
	return s, string(data), nil
}

// cacheDir is where compiled code is kept between runs.
func (a *app) cacheDir() string { return filepath.Join(a.cfg.StateDir, "cache") }

func (a *app) auditPath() string { return filepath.Join(a.cfg.StateDir, "audit.jsonl") }

// sources returns the configured sources by name, all of them when none is named.
func (a *app) sources(names []string) ([]config.Source, error) {
	if len(names) == 0 {
		if len(a.cfg.Sources) == 0 {
			return nil, usagef("no source is configured; add one under sources in slet.yaml")
		}
		return a.cfg.Sources, nil
	}
	var out []config.Source
	for _, name := range names {
		i := slices.IndexFunc(a.cfg.Sources, func(s config.Source) bool { return s.Name == name })
		if i < 0 {
			return nil, usagef("no source is called %q; there is %s", name, strings.Join(a.sourceNames(), ", "))
		}
		out = append(out, a.cfg.Sources[i])
	}
	return out, nil
}

func (a *app) sourceNames() []string {
	var names []string
	for _, s := range a.cfg.Sources {
		names = append(names, s.Name)
	}
	return names
}

// engine returns the detectors as configured. Subjects are keyed.
func (a *app) engine() (*detectors.Engine, error) {
	opts := detectorOptions(a.cfg.Detect)
	opts.Subject, opts.Key = a.key.Subject, a.key.Value
	_, opts.Snippets = a.cfg.Snippets.KeptSince(now())
	return newEngine(a.cfg.File, opts)
}

// newEngine makes the detectors; what is wrong with their options is wrong in
// the file.
func newEngine(file string, opts detectors.Options) (*detectors.Engine, error) {
	e, err := detectors.New(opts)
	if err != nil {
		return nil, usagef("%s: detect: %w", file, err)
	}
	return e, nil
}

// detectorOptions are the detectors as configured.
func detectorOptions(d config.Detect) detectors.Options {
	opts := detectors.Options{Disabled: d.Disabled}
	for _, t := range d.Lexicon {
		opts.Lexicon = append(opts.Lexicon, detectors.Term{Category: t.Category, Text: t.Text, Strength: t.Strength, Mode: t.Mode, With: t.With})
	}
	for _, c := range d.Custom {
		opts.Custom = append(opts.Custom, detectors.Custom{Name: c.Name, Category: c.Category, Words: c.Words, Expression: c.Expression, Literal: c.Literal})
	}
	return opts
}

// extractor returns the extractor as configured.
func (a *app) extractor() *extract.Extractor {
	x := a.cfg.Extract
	return extract.New(extract.Options{
		PDF: x.PDF, OCR: x.OCR, Worker: workerCommand(), Cache: a.cacheDir(),
		Limits: extract.Limits{
			Size: int64(x.Limits.Size), Total: int64(x.Limits.Total), Ratio: x.Limits.Ratio,
			Depth: x.Limits.Depth, Parts: x.Limits.Parts, Time: x.Limits.Time,
		},
	})
}

// scanner puts a scan together.
func (a *app) scanner(how scanning, workers int) (*agent.Scanner, error) {
	e, err := a.engine()
	if err != nil {
		return nil, err
	}
	return &agent.Scanner{
		Looker: agent.Looker{Extractor: a.extractor(), Detectors: e},
		Store:  a.store, Keys: a.key, Now: now, Workers: workers, Full: how.full, AcceptLoss: how.acceptLoss,
	}, nil
}

// deps are what planning and erasing work with.
func (a *app) deps(actor string) erase.Deps {
	return erase.Deps{
		Store: a.store, Log: a.log, Schedule: a.schedule, Now: now, Uptime: uptime,
		MAC: a.key.Content, Mask: detectors.MaskText, Actor: actor, Host: host(), Program: "slet " + version, Rules: rules(a.cfg.Erase), VerifyOnly: a.verifyOnly,
		Notice: erase.Notice{Window: a.cfg.Erase.Notice(), Route: a.routed, MayAnswer: web.MayAnswer, Silent: !a.cfg.Erase.Enforced()},
	}
}

// eachDecision calls do with every item of a source, all with "", and what the
// schedule says of it. Of the item there is what decisions are made of.
func (a *app) eachDecision(ctx context.Context, source string, do func(store.Finding, retention.Decision)) error {
	decide, err := a.decider(ctx)
	if err != nil {
		return err
	}
	for f, err := range a.store.Findings(ctx, store.Filter{Source: source, Facts: true, WithMatches: true}) {
		if err != nil {
			return err
		}
		do(f, decide(f))
	}
	return nil
}

// lookAtClock has the store remember that time has passed; see
// [erase.LookAtClock].
func (a *app) lookAtClock(ctx context.Context) error {
	return erase.LookAtClock(ctx, a.deps(account()))
}

// decider returns what says what the schedule says of a finding now, with the
// holds, archive locks and events as they are at this moment. The finding's
// matches must have been fetched, for the names in it.
func (a *app) decider(ctx context.Context) (func(store.Finding) retention.Decision, error) {
	holds, err := a.store.Holds(ctx)
	if err != nil {
		return nil, err
	}
	ev, err := a.events(ctx)
	if err != nil {
		return nil, err
	}
	return func(f store.Finding) retention.Decision {
		return retention.Decide(f.Facts(), a.schedule, ev, holds, now())
	}, nil
}

// register is the event register of a version.
type register struct {
	version string
	events  retention.Events
}

// events is the event register as it is now: for a page it is read only when it
// has changed.
func (a *app) events(ctx context.Context) (retention.Events, error) {
	if a.register == nil {
		return a.store.Events(ctx)
	}
	v, err := a.store.EventsVersion(ctx) // before the events: they are never older than it says
	if err != nil {
		return nil, err
	}
	if r := a.register.Load(); r != nil && r.version == v {
		return r.events, nil
	}
	ev, err := a.store.Events(ctx)
	if err == nil {
		a.register.Store(&register{v, ev})
	}
	return ev, err
}

// account is the operating system's name of who runs the command.
func account() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "uid " + fmt.Sprint(os.Getuid())
}

// workerCommand starts this very program as a worker process.
func workerCommand() []string {
	self, err := os.Executable()
	if err != nil {
		return nil // documents that need a worker become gaps
	}
	return []string{self, workerName}
}

const workerName = "extract-worker"

// workerCommand is hidden: the program starts it itself.
func (c *cli) workerCommand() *cobra.Command {
	return &cobra.Command{
		Use: workerName, Hidden: true, Args: cobra.NoArgs, Short: "read risky documents for the program that started it",
		RunE: func(*cobra.Command, []string) error { return extract.ServeWorker(c.stdin, c.stdout) },
	}
}
