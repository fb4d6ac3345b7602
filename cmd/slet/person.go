package main

import (
	"context"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
)

// as runs a command in which a named person decides: whoever gives --as comes
// through here. Where there are accounts, the name is that of an open one, or its
// full name, and do is told the account's; where there are none, the name as it
// was typed. Any other is refused before anything is done.
func (c *cli) as(ctx context.Context, name string, do func(ctx context.Context, a *app, name string) error) error {
	return c.withApp(ctx, writing, func(ctx context.Context, a *app) error {
		name, err := erase.Person(ctx, a.deps(account()), detectors.MaskText(name))
		if err != nil {
			return err
		}
		return do(ctx, a, name)
	})
}
