package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// What is restricted (GDPR art. 18) is counted and not listed, but for the DPO,
// by name and in the audit log.

// dpo says whether a named person asks for what is restricted too.
type dpo struct {
	restricted bool
	name       string
}

func (d *dpo) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&d.restricted, "include-restricted", false, "show what a hold restricts (GDPR art. 18) too; for the DPO, with --as")
	cmd.Flags().StringVar(&d.name, "as", "", "`NAME` of the person who asks for what is restricted")
}

// asDPO runs a command that lists items. Asking for what is restricted is written
// to the audit log before anything is shown.
func (c *cli) asDPO(ctx context.Context, d dpo, command string, do func(ctx context.Context, a *app) error) error {
	if !d.restricted {
		return c.withApp(ctx, reading, do)
	}
	if strings.TrimSpace(d.name) == "" {
		return usagef("who asks for what is restricted? give --as NAME")
	}
	return c.as(ctx, d.name, func(ctx context.Context, a *app, name string) error {
		_, err := a.log.Append(audit.Entry{Time: now(), Type: audit.TypeRestrictedShown, Actor: name, Detail: map[string]string{
			"account": account(), "command": command,
		}})
		if err != nil {
			return err
		}
		return do(ctx, a)
	})
}

func restrictedError(ref string) error {
	return fmt.Errorf("%s is restricted (GDPR art. 18) and is not shown; --include-restricted --as NAME shows it", ref)
}

// sayRestricted says how many items are not listed.
func (c *cli) sayRestricted(n int64) {
	if n > 0 {
		c.note("%s restricted (GDPR art. 18), counted and not listed; --include-restricted --as NAME lists them", plural(n, "item"))
	}
}

// errRestricted stands for what is wrong with an item that is restricted.
var errRestricted = errors.New("restricted (GDPR art. 18)")

// hiddenPath stands for the path of an item that is restricted.
const hiddenPath = "(restricted)"

// restrictedRefs are the items that are restricted now.
func (a *app) restrictedRefs(ctx context.Context) (map[string]bool, error) {
	holds, err := a.store.Holds(ctx)
	if err != nil {
		return nil, err
	}
	some := false
	for _, h := range holds {
		some = some || h.Restrict && h.Released.IsZero()
	}
	if !some {
		return nil, nil
	}
	refs := map[string]bool{}
	return refs, a.eachDecision(ctx, "", func(f store.Finding, d retention.Decision) {
		if d.Restricted {
			refs[f.Ref] = true
		}
	})
}
