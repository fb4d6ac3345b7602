package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sletdk/slet/agent"
	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

// This file is what the service does by itself, and when.

// jobs are those of the configuration in force.
func (d *daemon) jobs() ([]agent.Job, error) { return d.jobsOf(d.current.Load()) }

// jobsOf are the jobs of a configuration. The names are remembered by the
// store, shown on the pages, and labels of metrics.
func (d *daemon) jobsOf(a *app) ([]agent.Job, error) {
	var jobs []agent.Job
	var errs []error
	add := func(schedule string, j agent.Job) {
		next, err := a.cfg.Service.Times(schedule)
		if err != nil {
			errs = append(errs, usagef("%s: %s: %w", a.cfg.File, j.Name, err))
		}
		if next != nil {
			j.Next = next
			jobs = append(jobs, j)
		}
	}
	for _, s := range a.cfg.Sources {
		open, err := jobWindow(s.Scan.Window)
		errs = append(errs, err)
		if s.Type == config.TypeCCTV {
			add(s.Scan.Schedule, agent.Job{Name: "sweep " + s.Name, Window: open, Run: func(ctx context.Context) error { return d.sweep(ctx, a, s) }})
		} else {
			add(s.Scan.Schedule, agent.Job{Name: "scan " + s.Name, Window: open, Run: func(ctx context.Context) error { return d.scan(ctx, a, s, false) }})
		}
		if s.OnDisk() {
			add(s.Scan.Schedule, agent.Job{Name: "watch " + s.Name, Window: open, Run: func(ctx context.Context) error { return a.watch(ctx, s) }})
		}
		add(s.Scan.Full, agent.Job{Name: "full " + s.Name, Window: open, Run: func(ctx context.Context) error { return d.scan(ctx, a, s, true) }})
	}
	add("*/10 * * * *", agent.Job{Name: "clock", Run: a.lookAtClock})
	add("*/5 * * * *", agent.Job{Name: "refresh", Run: func(ctx context.Context) error { return d.refresh(ctx, a, false) }})
	add(a.cfg.Service.Propose, agent.Job{Name: "propose", Run: a.proposeDue})
	add(a.cfg.Service.Prune, agent.Job{Name: "prune", Run: a.prune})
	if a.cfg.Audit.Checkpoints.Kept() {
		add("20 0 * * *", agent.Job{Name: "checkpoint", Run: a.keepCheckpoint})
	}
	if a.cfg.Audit.Syslog.Address != "" {
		add("* * * * *", agent.Job{Name: "syslog", Run: a.syslog})
	}
	if n := a.cfg.Notify; n.SMTP.Address != "" || n.Webhook.URL != "" {
		add(n.Schedule, agent.Job{Name: "notify", Run: a.notify})
	}
	if a.cfg.Notify.SMTP.Address != "" {
		add(a.cfg.Notify.Digest, agent.Job{Name: "digest", Run: a.digest})
	}
	if a.cfg.Service.Backup.Dir != "" {
		add(a.cfg.Service.Backup.Schedule, agent.Job{Name: "backup", Run: a.backupJob})
	}
	if a.cfg.Erase.Enforced() { // without it there is nobody to hand the means to
		open, err := jobWindow(a.cfg.Erase.Window)
		errs = append(errs, err)
		add(a.cfg.Service.Erase, agent.Job{Name: "erase", Window: open, Patient: true, Run: func(ctx context.Context) error { return d.erase(ctx, a) }})
	}
	return jobs, errors.Join(errs...)
}

// jobWindow is a window of the configuration as a job has it.
func jobWindow(w config.Window) (agent.Window, error) {
	days, from, to, zone, err := w.Times()
	if err != nil {
		return agent.Window{}, usage(err)
	}
	return agent.Window{Days: days, From: from, To: to, Zone: zone}, nil
}

// scan looks at a source. Gaps are results, not failures.
func (d *daemon) scan(ctx context.Context, a *app, s config.Source, full bool) error {
	err := a.alone(ctx, "scan "+s.Name, func() error {
		_, err := a.scanSource(ctx, s, scanning{full: full})
		return err
	})
	if err != nil {
		return err
	}
	if err := errors.Join(a.expireSnippets(ctx), a.sayReappeared(ctx)); err != nil {
		return err
	}
	return d.refresh(ctx, a, true)
}

// sweep looks at recordings and, in enforce mode, erases what standing
// approvals cover. What waits for a person has been said, and is no failure.
func (d *daemon) sweep(ctx context.Context, a *app, s config.Source) error {
	err := a.sweepSource(ctx, s)
	if err != nil && !errors.Is(err, errIncomplete) {
		return err
	}
	return d.refresh(ctx, a, true)
}

// refresh brings what the pages show up to date; the numbers too, if must is
// true, although nothing that was decided has changed.
func (d *daemon) refresh(ctx context.Context, a *app, must bool) error {
	d.refreshing.Lock()
	defer d.refreshing.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.refreshPages(ctx, must)
}

// proposeDue makes a plan for each source of what is due in it.
func (a *app) proposeDue(ctx context.Context) error {
	var errs []error
	for _, s := range a.cfg.Sources {
		plan, err := erase.Propose(ctx, a.deps(account()), s.Name)
		switch {
		case errors.Is(err, erase.ErrNothingDue):
		case err != nil:
			errs = append(errs, fmt.Errorf("source %s: %w", s.Name, err))
		default:
			a.note("plan %s of %s in source %s waits for approval", plan.ID, plural(plan.Items, "item"), s.Name)
		}
	}
	return errors.Join(errs...)
}

// erase carries out the approved plans whose waiting period is over, the oldest
// first. The window, the brakes and every other rule are the runner's, as for
// slet erase; one plan that is refused keeps no other from being carried out.
func (d *daemon) erase(ctx context.Context, a *app) error {
	plans, err := a.store.PlansInState(ctx, store.PlanApproved, store.PlanExecuting)
	if err != nil {
		return err
	}
	slices.Reverse(plans) // they come newest first
	var errs []error
	for _, p := range plans {
		if p.Effective.After(now()) {
			continue
		}
		err := a.alone(ctx, "erase", func() error { return a.carryOut(ctx, p.ID) })
		if err != nil {
			errs = append(errs, fmt.Errorf("plan %s: %w", p.ID, err))
		}
		if ctx.Err() != nil {
			return errors.Join(errs...)
		}
	}
	if len(plans) > 0 {
		errs = append(errs, d.refresh(ctx, a, true))
	}
	return errors.Join(errs...)
}

// carryOut runs one plan. What was kept for a reason is told by the plan's
// certificate; what failed, or is not known, is a failure of the job too.
func (a *app) carryOut(ctx context.Context, plan string) (err error) {
	r, done, err := a.planRunner(ctx, plan)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	sum, err := r.Run(ctx, plan, func(erase.Result) {})
	if err != nil {
		return err
	}
	if err := a.checkpointErased(ctx); err != nil {
		return err
	}
	if err := a.conclude(r, sum); err != nil && sum.Failed+sum.Unknown > 0 {
		return fmt.Errorf("%d failed, %d not known; slet erase %s says which", sum.Failed, sum.Unknown, plan)
	}
	return nil
}

// prune throws away what nobody asks for any more.
func (a *app) prune(ctx context.Context) error {
	at := now()
	_, err := a.store.ForgetErased(ctx, at.AddDate(-erasedYears, 0, 0))
	return errors.Join(err, a.expireSnippets(ctx),
		a.store.PruneSessions(ctx, at.Add(-a.cfg.Web.Life), at.Add(-a.cfg.Web.Idle)),
		a.store.PruneSnapshots(ctx, at.AddDate(0, 0, -2), at.AddDate(-3, 0, 0)),
		a.store.PruneCopies(at.AddDate(0, 0, -copyDays)),
	)
}

// expireSnippets removes the snippets whose time has passed; all of them, when
// none are to be kept.
func (a *app) expireSnippets(ctx context.Context) error {
	since, kept := a.cfg.Snippets.KeptSince(now())
	if !kept {
		since = now().AddDate(1, 0, 0) // no scan was later
	}
	_, err := a.store.ExpireSnippets(ctx, since)
	return err
}

// lockRetry is how often a job looks whether a command has let go of a lock.
const lockRetry = time.Second
