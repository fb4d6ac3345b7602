package agent

import (
	"context"
	"os"

	"golang.org/x/sync/errgroup"
)

// Together runs functions side by side until ctx ends or one of them returns
// an error, and returns when all have ended.
func Together(ctx context.Context, all ...func(ctx context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, f := range all {
		g.Go(func() error { return f(ctx) })
	}
	return g.Wait()
}

// Supervise builds something that runs, and runs it until ctx ends or it ends
// by itself. Whenever again delivers, it is built anew beside the running one:
// if that succeeds, the running one is stopped and waited for, and the new one
// takes its place; if it fails, refused is told why, and the running one stays.
func Supervise(ctx context.Context, again <-chan os.Signal, build func(ctx context.Context) (run func(ctx context.Context) error, err error), refused func(error)) error {
	run, err := build(ctx)
	if err != nil {
		return err
	}
	for {
		inner, stop := context.WithCancel(ctx)
		var g errgroup.Group
		ended := make(chan struct{})
		g.Go(func() error {
			defer close(ended)
			return run(inner)
		})
		next := replacement(ctx, again, ended, build, refused)
		stop()
		if err := g.Wait(); err != nil || next == nil {
			return err
		}
		run = next
	}
}

// replacement waits for what is to run next; nil when nothing is.
func replacement(ctx context.Context, again <-chan os.Signal, ended <-chan struct{}, build func(ctx context.Context) (func(ctx context.Context) error, error), refused func(error)) func(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ended:
			return nil
		case <-again:
			next, err := build(ctx)
			if err == nil {
				return next
			}
			refused(err)
		}
	}
}

// OnCall calls f each time that wake delivers, one call after another, until ctx
// ends. What fails, or panics, is told to failed; the next call comes all the same.
func OnCall(ctx context.Context, wake <-chan struct{}, f func(ctx context.Context) error, failed func(error)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
			if err := protect(ctx, f); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}

// Begin runs a function beside the caller until stop is called, which waits
// for it and returns its error.
func Begin(ctx context.Context, f func(ctx context.Context) error) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	var g errgroup.Group
	g.Go(func() error { return f(ctx) })
	return func() error {
		cancel()
		return g.Wait()
	}
}
