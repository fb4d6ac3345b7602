package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/erase"
)

func (c *cli) auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit", Short: "Show or verify the tamper-evident log of all that was done",
		Long: "Shows or verifies the tamper-evident log of every decision, reveal and erasure.\n\n" + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.auditShowCommand(), c.auditVerifyCommand(), c.auditCheckpointCommand(), c.auditKeyCommand(), c.auditPruneCommand(), c.auditAcceptCommand())
	return cmd
}

func (c *cli) auditAcceptCommand() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: "accept --as NAME", Short: "Say, after looking, that what the store has forgotten is put right, or that the clock is",
		Long: `When the store was brought back from an older copy, the audit log knows of holds
and approvals that the store has forgotten, and slet refuses to plan and to
erase. The way out is to restore the newer store, or to add the holds again and
then say so with this command.

When the clock is ahead of the time that slet knows to have passed (it was set,
or the computer was off, and no server's clock confirms it), waiting periods and
what fell due since then wait. Look at the clock, and if it is right, say so.

Both are written to the log with the person's name.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if strings.TrimSpace(name) == "" {
				return usagef("who has looked? give --as NAME")
			}
			return c.as(cmd.Context(), name, func(ctx context.Context, a *app, name string) error {
				if err := erase.Accept(ctx, a.deps(account()), name); err != nil {
					return err
				}
				a.note("store, audit log and clock (%s) are trusted", now().Format(time.RFC3339))
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&name, "as", "", "`NAME` of the person who has looked")
	return cmd
}
