package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/store"
)

// copyDays is for how long the store as it was before an upgrade is kept.
const copyDays = 30

func (c *cli) upgradeCommand() *cobra.Command {
	var backedUp bool
	cmd := &cobra.Command{
		Use: "upgrade", Short: "Bring the store up to the schema of this version",
		Long: `Brings the store up to the schema of this version of slet.

A store in the state directory needs no such command: whatever opens it first
does it, and keeps a copy of it as it was, slet.db.schema-N, beside it for a month.

A store on PostgreSQL may be in use by other machines, and is for PostgreSQL's own
tools to copy: every command refuses an older schema until this was done. Stop
slet on every machine, copy the store with pg_dump, install the new version on
all of them, then on one: slet upgrade --backed-up

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.upgrade(cmd.Context(), backedUp) },
	}
	cmd.Flags().BoolVar(&backedUp, "backed-up", false, "the store was backed up, and nobody uses it")
	return cmd
}

func (c *cli) upgrade(ctx context.Context, backedUp bool) error {
	cfg, err := c.loadConfig()
	if err != nil {
		return err
	}
	if err := makeState(cfg.StateDir); err != nil {
		return err
	}
	dsn, err := cfg.StoreDSN()
	if err != nil {
		return usage(err)
	}
	open := store.Open
	if backedUp {
		open = store.Upgrade
	}
	s, err := open(ctx, dsn)
	if err != nil {
		return err
	}
	schema, err := store.Schema()
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.stdout, "the store has schema %d\n", schema)
	return err
}
