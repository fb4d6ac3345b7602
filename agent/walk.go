package agent

import (
	"context"
	"errors"
	"fmt"

	"github.com/sletdk/slet/scanner"
)

// Visitor is told what a walk meets. A nil function ignores its kind; an error
// ends the walk and is returned as it is.
type Visitor struct {
	Item func(scanner.Item) error
	Gap  func(*scanner.Gap) error
	Skip func(*scanner.Skip) error
	Mark func(*scanner.Mark) error
}

// Walk walks every partition of src, in order. An error that is not a
// visitor's means that the walk is not complete.
func Walk(ctx context.Context, src scanner.Source, v Visitor) error {
	parts, err := src.Partitions(ctx)
	if err != nil {
		return fmt.Errorf("list %s: %w", src.Name(), err)
	}
	for _, p := range parts {
		for it, err := range src.Walk(ctx, p) {
			if err := v.visit(src, it, err); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func (v Visitor) visit(src scanner.Source, it scanner.Item, err error) error {
	var gap *scanner.Gap
	var skip *scanner.Skip
	var mark *scanner.Mark
	switch {
	case errors.As(err, &gap):
		if v.Gap != nil {
			return v.Gap(gap)
		}
	case errors.As(err, &skip):
		if v.Skip != nil {
			return v.Skip(skip)
		}
	case errors.As(err, &mark):
		if v.Mark != nil {
			return v.Mark(mark)
		}
	case err != nil:
		return fmt.Errorf("walk %s: %w", src.Name(), err)
	case v.Item != nil:
		return v.Item(it)
	}
	return nil
}
