package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/agent"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/store"
	"github.com/sletdk/slet/web"
)

func (c *cli) runCommand() *cobra.Command {
	return &cobra.Command{
		Use: "run", Short: "Run the service: the pages for the DPO",
		Long: `Runs the service until it is stopped: the pages for the DPO, at web.listen in
slet.yaml. Who may sign in: slet user add.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error {
				return a.alone("run", func() error { return a.run(ctx) })
			})
		},
	}
}

func (a *app) run(ctx context.Context) error {
	if a.cfg.Web.Listen == "" {
		return usagef("%s: web.listen is empty, there is nothing to run", a.cfg.File)
	}
	if err := a.refreshPages(ctx); err != nil {
		return err
	}
	pages, err := a.pages()
	if err != nil {
		return err
	}
	l, err := a.listen()
	if err != nil {
		return err
	}
	scheme := "http"
	if a.cfg.Web.Cert != "" {
		scheme = "https"
	}
	a.note("pages: %s://%s", scheme, l.Addr())
	return agent.Serve(ctx, l, pages)
}

func (a *app) listen() (net.Listener, error) {
	conf, err := a.cfg.Web.TLS()
	if err != nil {
		return nil, usagef("%s: web.cert: %w", a.cfg.File, err)
	}
	l, err := net.Listen("tcp", a.cfg.Web.Listen)
	if err != nil {
		return nil, fmt.Errorf("the pages: %w; choose another address in web.listen", err)
	}
	if conf != nil {
		return tls.NewListener(l, conf), nil
	}
	return l, nil
}

// pages puts the pages together.
func (a *app) pages() (*web.Server, error) {
	var directory *web.OIDC
	if o := a.cfg.Web.OIDC; o.Issuer != "" {
		directory = &web.OIDC{Issuer: o.Issuer, ClientID: o.ClientID, Secret: o.ClientSecret.Reveal, RedirectURL: o.RedirectURL, Claim: o.Claim}
	}
	return web.New(web.Config{
		Organisation: a.cfg.Organisation.Name, Version: version, Secure: a.cfg.Web.Secure(), BehindProxy: a.cfg.Web.BehindProxy,
		Idle: a.cfg.Web.Idle, Life: a.cfg.Web.Life, OIDC: directory,
	}, web.Deps{
		Store: a.store, Log: a.log, Now: now,
		Work:   func(_ context.Context, person string) (erase.Deps, error) { return a.deps(person), nil },
		Decide: a.decider,
		Verify: func(context.Context) report.AuditLog { return auditState(a.auditPath()) },
		Logger: slog.Default(),
	})
}

// refreshPages brings the worklist up to date and takes a snapshot of the
// numbers.
func (a *app) refreshPages(ctx context.Context) error {
	decide, err := a.decider(ctx)
	if err != nil {
		return err
	}
	sent, err := a.store.AnswersOf(ctx, web.AnswerOwner)
	if err != nil {
		return err
	}
	owners := map[string]string{}
	for _, s := range sent { // the oldest first: the last word counts
		owners[s.Ref] = s.Detail
	}
	_, err = a.store.RefreshWorklist(ctx, func(f store.Finding) store.Verdict {
		d := decide(f)
		owner, ok := owners[f.Ref]
		if !ok {
			owner = a.cfg.OwnerOf(f.Item.Source, f.Item.Mailbox, f.Item.Path)
		}
		return store.Verdict{Disposition: d.Disposition, Rule: d.Rule, Due: d.Due, Owner: owner, Restricted: d.Restricted}
	})
	if err != nil {
		return err
	}
	r, err := a.gather(ctx, report.Danish)
	if err != nil {
		return err
	}
	r.Gaps, r.Erased, r.Items = nil, nil, nil // lists are not numbers
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	at := now()
	return errors.Join(
		a.store.AddSnapshot(ctx, store.Snapshot{Taken: at, Data: data}),
		a.store.PruneSnapshots(ctx, at.AddDate(0, -1, 0), at.AddDate(-3, 0, 0)),
	)
}
