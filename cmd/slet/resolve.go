package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
)

func (c *cli) resolveCommand() *cobra.Command {
	var name, why string
	var gone bool
	cmd := &cobra.Command{
		Use:   "resolve PLAN ITEM --gone --as NAME --why WHY",
		Short: "Close an item that stays unknown: a named person says that it is gone",
		Long: `Closes an item whose erasure was interrupted and that cannot be found again. Look
for it first, under the name that slet erase PLAN prints: it may have been moved,
whole. The item is then counted as gone, not as erased: slet cannot vouch for it.

` + exitHelp,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case !gone:
				return usagef("what has become of it? give --gone; an item that is still there is finished by slet erase %s", args[0])
			case strings.TrimSpace(name) == "" || strings.TrimSpace(why) == "":
				return usagef("who says so, and how do they know? give --as NAME and --why WHY")
			}
			return c.as(cmd.Context(), name, func(ctx context.Context, a *app, name string) error {
				return a.alone(ctx, "erase", func() error {
					it, err := erase.Resolve(ctx, a.deps(account()), args[0], args[1], name, detectors.MaskText(why))
					if err != nil {
						return planError(args[0], err)
					}
					_, err = fmt.Fprintf(a.stdout, "%s: closed as gone by %s\n", it.Ref, name)
					return err
				})
			})
		},
	}
	cmd.Flags().BoolVar(&gone, "gone", false, "it is gone for good")
	cmd.Flags().StringVar(&name, "as", "", "`NAME` of the person who says so")
	cmd.Flags().StringVar(&why, "why", "", "`HOW` they know")
	return cmd
}
