package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
)

func (c *cli) auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit", Short: "Show or verify the tamper-evident log",
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
		Use: "accept --as NAME", Short: "End a disagreement of store and audit log, after looking at what the store has forgotten",
		Long: `When the store was brought back from an older copy, the audit log knows of holds
and approvals that the store has forgotten, and slet refuses to plan and to
erase. The way out is to restore the newer store, or to add the holds again and
then say so with this command. It is written to the log with the person's name.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if strings.TrimSpace(name) == "" {
				return usagef("who has looked? give --as NAME")
			}
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error {
				return erase.Accept(ctx, a.deps(account()), detectors.MaskText(name))
			})
		},
	}
	cmd.Flags().StringVar(&name, "as", "", "`NAME` of the person who has looked")
	return cmd
}
