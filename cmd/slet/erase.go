package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

func (c *cli) eraseCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "erase PLAN",
		Short: "Carry out an approved plan; a dry run unless mode is enforce",
		Long: `Carries out an approved plan. Every item is looked at again just before it is
erased: is it still the very item that was approved, still due, not held, not
private? Anything else is kept and reported. What an interrupted run left
half done is finished first.

The result of an item is one of erased, changed, held, gone, refused, failed
(nothing was changed; tried again by the next run) and unknown (an erasure was
interrupted and nobody can tell yet; the next run looks); in a dry run
would_erase. Everything but erased and gone makes the exit code 3. A checkpoint
of the audit log that cannot be mailed or posted afterwards is a warning, and a
line in the log: the exit code tells of the erasure.

Unless erase.mode in slet.yaml is enforce, this is a dry run: everything is
checked, nothing is changed.

` + exitHelp,
		Args: one("PLAN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error {
				return a.alone(ctx, "erase", func() error { return a.erase(ctx, args[0]) })
			})
		},
	}
}

// eraseLine is a line of slet erase --json.
type eraseLine struct {
	Item      string          `json:"item"`
	Path      string          `json:"path"`
	Result    string          `json:"result"`
	Method    string          `json:"method"`
	Assurance erase.Assurance `json:"assurance"`
	Caveats   []string        `json:"caveats"`
	Error     string          `json:"error"`
}

func (a *app) erase(ctx context.Context, id string) (err error) {
	plan, err := a.store.Plan(ctx, id)
	if err != nil {
		return planError(id, err)
	}
	r, done, err := a.planRunner(ctx, id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	unapproved := r.Enforce && plan.State == store.PlanProposed
	if unapproved { // show what would happen, and refuse to let it happen
		r.Enforce, r.Erasers = false, nil
	}
	var printErr error
	sum, err := r.Run(ctx, id, func(res erase.Result) {
		if printErr == nil {
			printErr = a.printResult(res)
		}
	})
	if r.Enforce {
		err = errors.Join(err, a.checkpointErased(ctx))
	}
	switch {
	case err != nil:
		return err
	case printErr != nil:
		return fmt.Errorf("write the result: %w", printErr)
	case unapproved:
		return fmt.Errorf("%w: plan %s is not approved, so this was a dry run; slet approve %s --as NAME approves it", erase.ErrRefused, id, id)
	}
	return a.conclude(r, sum)
}

// planRunner is the runner for a plan: with means for the sources of its items.
func (a *app) planRunner(ctx context.Context, plan string) (r *erase.Runner, done func() error, err error) {
	if _, err := a.store.Plan(ctx, plan); err != nil {
		return nil, nil, planError(plan, err)
	}
	sources, err := a.store.PlanSources(ctx, plan)
	if err != nil {
		return nil, nil, err
	}
	return a.runner(ctx, sources)
}

// runner puts an erasure in some sources together. Only in enforce mode is it
// handed the means; done takes them away again.
func (a *app) runner(ctx context.Context, sources []string) (r *erase.Runner, done func() error, err error) {
	if err := a.inForce(); err != nil {
		return nil, nil, err
	}
	open, err := window(a.cfg.Erase.Window)
	if err != nil {
		return nil, nil, err
	}
	erasers, done, err := a.erasers(ctx, sources)
	if err != nil {
		return nil, nil, err
	}
	e := a.cfg.Erase
	return &erase.Runner{
		Deps: a.deps(account()), Erasers: erasers, Enforce: e.Mode == config.Enforce, Window: open, Clock: a.serverClock,
		Brakes: erase.Brakes{
			MaxItems: e.MaxItems, MaxBytes: int64(e.MaxBytes), MaxPercent: e.MaxPercent, PercentFrom: e.PercentFrom, StopFile: e.StopFile,
		},
	}, done, nil
}

// inForce refuses to erase by what the files do not say any more: the service
// may have read them weeks ago, and whoever has turned erasing off, made a
// source verify only or a period longer since then does not mean after its next
// reload. Files that do not load are in doubt too.
func (a *app) inForce() error {
	if !a.cfg.Erase.Enforced() {
		return nil
	}
	cfg, err := config.Load(a.cfg.File)
	if err != nil {
		return fmt.Errorf("%w: %w", erase.ErrRefused, err)
	}
	schedule, _, err := loadSchedule(cfg)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", erase.ErrRefused, err)
	case !reflect.DeepEqual(cfg.Erase, a.cfg.Erase), !reflect.DeepEqual(cfg.Sources, a.cfg.Sources), !reflect.DeepEqual(cfg.Owners, a.cfg.Owners):
		return fmt.Errorf("%w: erase, sources or owners in %s have changed since they were read: reload the service", erase.ErrRefused, cfg.File)
	case schedule.Hash() != a.schedule.Hash():
		return fmt.Errorf("%w: the schedule %s has changed since it was read: reload the service", erase.ErrRefused, cfg.Schedule)
	}
	return nil
}

// conclude says how the run went; what was kept makes it incomplete.
func (a *app) conclude(r *erase.Runner, s erase.Summary) error {
	if r.Enforce {
		a.note("%d erased (%s overwritten), %d changed, %d held, %d gone, %d refused, %d failed, %d not known, %d left",
			s.Erased, byteSize(s.Bytes), s.Changed, s.Held, s.Gone, s.Refused, s.Failed, s.Unknown, s.Left)
		if s.Unknown > 0 {
			a.note("%s not known to be erased or kept: look where it is said above; the next slet erase of the plan goes on with it", plural(s.Unknown, "item"))
		}
		if s.Kept > 0 {
			a.note("the plan was carried out before, and has kept %s; slet plan makes a new plan of what is due now", plural(s.Kept, "item"))
		}
	} else {
		if s.Interrupted > 0 {
			a.note("interrupted: %s being erased; run with erase.mode: enforce to finish", plural(s.Interrupted, "item"))
		}
		a.note("dry run: %d would be erased (%s), %d would be kept; nothing was changed. erase.mode: enforce in slet.yaml turns erasing on",
			s.WouldErase, byteSize(s.Bytes), s.Changed+s.Held+s.Refused)
	}
	// Gone is not counted: the eraser looked, and it is not there.
	if n := s.Changed + s.Held + s.Refused + s.Failed + s.Unknown + s.Left; n > 0 {
		return fmt.Errorf("%w: %s of the plan not erased, as said above", errIncomplete, plural(n, "item"))
	}
	return nil
}

func (a *app) printResult(r erase.Result) error {
	line := eraseLine{Item: r.Ref, Path: r.Path, Result: r.Result, Method: r.Method, Assurance: r.Assurance, Caveats: r.Caveats}
	if line.Caveats == nil {
		line.Caveats = []string{}
	}
	if r.Err != nil {
		line.Error = a.mask(r.Err)
	}
	if a.json {
		return a.printJSON(line)
	}
	text := fmt.Sprintf("%-11s  %s  %s", line.Result, line.Item, oneLine(line.Path))
	if line.Assurance != "" && line.Assurance != erase.None {
		text += fmt.Sprintf("  (%s)", line.Assurance)
	}
	if line.Error != "" {
		text += ": " + line.Error
	}
	_, err := fmt.Fprintln(a.stdout, text)
	return err
}
