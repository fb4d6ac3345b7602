package agent

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/sletdk/slet/scanner"
)

// WalkMany is [Walk] with several partitions walked at a time: a server's
// answers can be waited for together. The visitor is called from several
// goroutines, and in no order between partitions.
func WalkMany(ctx context.Context, src scanner.Source, walkers int, v Visitor) error {
	if walkers <= 1 {
		return Walk(ctx, src, v)
	}
	parts, err := src.Partitions(ctx)
	if err != nil {
		return fmt.Errorf("list %s: %w", src.Name(), err)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(walkers)
	for _, p := range parts {
		g.Go(func() error {
			for it, err := range src.Walk(gctx, p) {
				if err := v.visit(src, it, err); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}
