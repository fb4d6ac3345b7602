package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// What a signature is for, so that none passes for another.
const (
	sealedCertificate = "certificate 1"
	sealedPage        = "certificate page 1"
)

func (c *cli) certificateCommand() *cobra.Command {
	var format, out, lang string
	cmd := &cobra.Command{
		Use: "certificate PLAN", Short: "Write the signed proof of a plan that was carried out",
		Long: `Writes the certificate of a plan that was carried out: what was erased, why, on
whose word, by whom, how, and what can be claimed of it. It is signed; slet
certificate verify FILE shows later, without a network or an installation,
whether a byte of it was changed. It holds masked paths and numbers, no values.

` + exitHelp,
		Args: one("PLAN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if c.json && !cmd.Flags().Changed("format") {
				format = "json"
			}
			if format != "html" && format != "json" {
				return usagef("--format %s: want html or json", format)
			}
			if lang != string(report.Danish) && lang != string(report.English) {
				return usagef("--lang %s: want da or en", lang)
			}
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error {
				return a.writeCertificate(ctx, args[0], format, out, report.Lang(lang))
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "html", "`FORMAT`: html (which holds the JSON too) or json")
	cmd.Flags().StringVarP(&out, "output", "o", "", "`FILE` to write (default: standard output)")
	cmd.Flags().StringVar(&lang, "lang", "da", "`LANGUAGE` of the page: da or en")
	cmd.AddCommand(c.certificateVerifyCommand())
	return cmd
}

func (a *app) writeCertificate(ctx context.Context, id, format, out string, lang report.Lang) error {
	plan, err := a.store.Plan(ctx, id)
	if err != nil {
		return planError(id, err)
	}
	if plan.State != store.PlanExecuted && plan.State != store.PlanExecuting {
		return usagef("plan %s is %s: only a plan that was carried out has a certificate", id, plan.State)
	}
	k, err := signingKey(a.cfg)
	if err != nil {
		return err
	}
	cert, err := a.certificate(ctx, plan)
	if err != nil {
		return err
	}
	rec, err := a.log.Append(audit.Entry{Time: now(), Type: audit.TypeCertificate, Actor: account(), Plan: id, Detail: map[string]string{
		"certificate": cert.ID, "items_root": cert.ItemsRoot, "format": format,
	}})
	if err != nil {
		return err
	}
	_, note, err := a.signedCheckpoint()
	if err != nil {
		return err
	}
	cert.Key, cert.Audit = k.Verifier(), report.CertificateLog{Line: rec.Seq, Previous: rec.Prev, Checkpoint: string(note)}
	data, err := sealCertificate(k, cert, format, lang)
	if err != nil {
		return err
	}
	if out == "" {
		_, err := a.stdout.Write(data)
		return err
	}
	if err := replaceFile(out, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
		return err
	}
	a.note("certificate: %s", out)
	return nil
}

// sealCertificate makes the signed file.
func sealCertificate(k *audit.Key, cert report.Certificate, format string, lang report.Lang) ([]byte, error) {
	object, err := json.MarshalIndent(cert, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the certificate: %w", err)
	}
	sealed, err := k.SealJSON(sealedCertificate, append(object, '\n'))
	if err != nil || format == "json" {
		return sealed, err
	}
	var page bytes.Buffer
	if err := report.CertificateHTML(&page, cert, sealed, lang); err != nil {
		return nil, err
	}
	return k.SealPage(sealedPage, page.Bytes())
}

// certificate gathers what is known of a plan that was carried out.
func (a *app) certificate(ctx context.Context, plan store.Plan) (report.Certificate, error) {
	cert := report.Certificate{
		Format: report.CertificateFormat, ID: "K-" + strings.TrimPrefix(plan.ID, "P-"), Made: now().UTC().Truncate(time.Second), Program: "slet " + version,
		Organisation: a.cfg.Organisation.Name, CVR: a.cfg.Organisation.CVR,
		Controller: cmp.Or(a.cfg.Organisation.Controller, a.cfg.Organisation.Name), Processor: a.cfg.Organisation.Processor, Verify: report.VerifyCommand, Complete: plan.State == store.PlanExecuted,
		Plan: report.CertificatePlan{
			ID: plan.ID, Hash: plan.Hash, Created: plan.Created, State: string(plan.State), Schedule: plan.ScheduleVersion, ScheduleHash: plan.ScheduleHash,
			Items: plan.Items, Bytes: plan.Bytes,
		},
		Approvals: []report.CertificateYes{}, Runs: []report.CertificateRun{}, Rules: []report.CertificateRule{},
		Items: []report.CertificateItem{}, Reappeared: []report.CertificateReturned{},
	}
	items, err := a.store.PlanItems(ctx, plan.ID)
	if err != nil {
		return cert, err
	}
	if err := a.certifyItems(ctx, &cert, items); err != nil {
		return cert, err
	}
	yes, err := a.store.Approvals(ctx, plan.ID)
	if err != nil {
		return cert, err
	}
	for _, y := range yes {
		if y.Withdrawn.IsZero() {
			cert.Approvals = append(cert.Approvals, report.CertificateYes{Name: detectors.MaskText(y.Name), At: y.Approved})
		}
	}
	back, err := a.store.Reappeared(ctx)
	if err != nil {
		return cert, err
	}
	for _, r := range back {
		if r.Plan == plan.ID {
			cert.Reappeared = append(cert.Reappeared, report.CertificateReturned{Ref: r.Ref, Content: r.Content, Place: r.Place})
		}
	}
	if err := errors.Join(a.certifyRuns(&cert), a.certifyRules(ctx, &cert)); err != nil {
		return cert, err
	}
	if days := a.cfg.Erase.BackupDays; days > 0 {
		for _, it := range items {
			if it.State == store.ItemErased && it.Finished.AddDate(0, 0, days).After(cert.BackupsGone) {
				cert.BackupsGone = it.Finished.AddDate(0, 0, days)
			}
		}
	}
	return cert, nil
}

// certifyItems adds the items, their sums and the root over them.
func (a *app) certifyItems(ctx context.Context, cert *report.Certificate, items []store.PlanItem) error {
	for _, it := range items {
		item := certificateItem(it)
		item.Owner = detectors.MaskText(a.routed(it.Item))
		if it.State == store.ItemErased {
			if cert.From.IsZero() || it.Finished.Before(cert.From) {
				cert.From = it.Finished
			}
			if it.Finished.After(cert.To) {
				cert.To = it.Finished
			}
			copies, _, err := a.store.Copies(ctx, it.Ref, it.ContentMAC, false)
			if err != nil {
				return err
			}
			item.CopiesLeft = len(copies)
		}
		cert.Items = append(cert.Items, item)
		i := slices.IndexFunc(cert.Results, func(c report.Count) bool { return c.Name == item.Result })
		if i < 0 {
			i, cert.Results = len(cert.Results), append(cert.Results, report.Count{Name: item.Result})
		}
		cert.Results[i].N++
		cert.Bytes += item.Overwritten
	}
	root, err := itemsRoot(cert.Items)
	cert.ItemsRoot = root
	return err
}

// itemsRoot is the Merkle root over the compact JSON of the items.
func itemsRoot(items []report.CertificateItem) (string, error) {
	var leaves [][]byte
	for _, it := range items {
		b, err := json.Marshal(it)
		if err != nil {
			return "", fmt.Errorf("write the certificate: %w", err)
		}
		leaves = append(leaves, b)
	}
	root := audit.MerkleRoot(leaves)
	return base64.StdEncoding.EncodeToString(root[:]), nil
}

func certificateItem(it store.PlanItem) report.CertificateItem {
	c := report.CertificateItem{
		Ref: it.Ref, Source: it.Item.Source, SourceType: it.SourceType, Kind: string(it.Item.Kind), Path: detectors.MaskText(it.Item.Path), Size: it.Item.Size,
		Created: it.Item.Created, Modified: it.Item.Modified, Received: it.Item.Received, Recorded: it.Item.Recorded,
		DocumentType: it.Facts.DocumentType, Persons: it.Facts.Persons, ContentMAC: it.ContentMAC, Categories: []report.Count{},
		Rule: it.Rule, Trigger: it.Facts.Trigger, TriggerDate: it.Facts.TriggerDate, Due: it.Due, Reasons: it.Reasons,
		HoldCheck: "not_asked", Result: string(it.State), Finished: it.Finished,
	}
	for _, n := range it.Facts.Counts {
		i := slices.IndexFunc(c.Categories, func(k report.Count) bool { return k.Name == n.Category })
		if i < 0 {
			i, c.Categories = len(c.Categories), append(c.Categories, report.Count{Name: n.Category})
		}
		c.Categories[i].N += n.N
		if n.Confidence == detectors.Confirmed {
			c.Categories[i].Sure += n.N
		}
	}
	switch it.State {
	case store.ItemErased: // no item is erased without having been asked about
		c.HoldCheck, c.Method, c.Assurance, c.Overwritten, c.Caveats = "passed", it.Method, it.Assurance, it.Bytes, it.Caveats
		c.Verified, c.Medium = report.VerificationOf(it.Assurance), report.MediumOf(it.SourceType, it.Assurance)
	case store.ItemHeld:
		c.HoldCheck, c.Why = "held", it.Error
	default:
		c.Why = it.Error
	}
	return c
}

// certifyRuns finds in the audit log when, where and by whom the plan was
// carried out.
func (a *app) certifyRuns(cert *report.Certificate) error {
	for rec, err := range a.log.All() {
		switch {
		case err != nil:
			return err
		case rec.Plan != cert.Plan.ID:
		case rec.Type == audit.TypeEraseStarted:
			cert.Runs = append(cert.Runs, report.CertificateRun{
				Started: rec.Time, Account: detectors.MaskText(rec.Detail["account"]), Host: rec.Detail["host"], Program: rec.Detail["program"], Line: rec.Seq,
			})
		case rec.Type == audit.TypeEraseFinished && len(cert.Runs) > 0:
			cert.Runs[len(cert.Runs)-1].Finished = rec.Time
		}
	}
	return nil
}

// certifyRules finds the rules of the items in the schedule that was approved.
func (a *app) certifyRules(ctx context.Context, cert *report.Certificate) error {
	all, err := a.store.Schedules(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(s store.Schedule) bool { return s.Hash == cert.Plan.ScheduleHash })
	if i < 0 {
		return nil // made before schedules were kept
	}
	s, err := retention.ParseSchedule("the schedule of "+cert.Plan.ID, []byte(all[i].Text))
	if err != nil {
		return err
	}
	for _, r := range s.Rules {
		if !slices.ContainsFunc(cert.Items, func(it report.CertificateItem) bool { return it.Rule == r.ID }) {
			continue
		}
		rule := report.CertificateRule{ID: r.ID, Title: r.Title, Basis: r.Basis, Trigger: fmt.Sprint(r.Trigger)}
		if r.DeleteAfter != nil {
			rule.Period = r.DeleteAfter.String()
		}
		cert.Rules = append(cert.Rules, rule)
	}
	return nil
}

// host is the name of this machine, "" when it does not say.
func host() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

func (c *cli) certificateVerifyCommand() *cobra.Command {
	var key string
	cmd := &cobra.Command{
		Use: "verify FILE", Short: "Verify a certificate: was a byte of it changed since it was signed?",
		Long: `Verifies a certificate, HTML or JSON, without a configuration or a network.
With --key it must have been signed by that very key; without, by the key that
it names, which says no more than that nothing was changed since.

` + exitHelp,
		Args: one("FILE"),
		RunE: func(_ *cobra.Command, args []string) error { return c.verifyCertificate(args[0], key) },
	}
	cmd.Flags().StringVar(&key, "key", "", "`VERIFIERKEY` of who signed it, as slet audit key prints it")
	return cmd
}

// certificateLine is the JSON of slet certificate verify.
type certificateLine struct {
	OK     bool   `json:"ok"`
	ID     string `json:"id"`
	Plan   string `json:"plan"`
	Items  int    `json:"items"`
	Key    string `json:"key"`
	Signer bool   `json:"signer_known"` // the key was given, and not only taken from the certificate
}

func (c *cli) verifyCertificate(file, key string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return usage(err)
	}
	cert, err := checkCertificate(data, key)
	switch {
	case errors.Is(err, audit.ErrKey):
		return usage(err)
	case err != nil:
		return &codeError{exitRefused, fmt.Errorf("%s: %w", file, err)}
	}
	if c.json {
		return c.printJSON(certificateLine{OK: true, ID: cert.ID, Plan: cert.Plan.ID, Items: len(cert.Items), Key: cert.Key, Signer: key != ""})
	}
	if key == "" {
		c.note("signed by the key that it names, %s; compare that with slet audit key, or give --key", oneLine(cert.Key))
	}
	_, err = fmt.Fprintf(c.stdout, "certificate %s: ok, plan %s, %s, unchanged since %s\n", cert.ID, cert.Plan.ID, plural(len(cert.Items), "item"), day(cert.Made))
	return err
}

// checkCertificate verifies a certificate and returns what it says. An empty
// key is the one that it names.
func checkCertificate(data []byte, key string) (report.Certificate, error) {
	var cert report.Certificate
	sealed, page := data, false
	if embedded, ok := report.EmbeddedCertificate(data); ok {
		sealed, page = embedded, true
	}
	object, _, err := audit.SplitJSON(sealed)
	if err != nil {
		return cert, err
	}
	if err := json.Unmarshal(object, &cert); err != nil {
		return cert, fmt.Errorf("%w: not a certificate: %w", audit.ErrSeal, err)
	}
	given := key != ""
	if !given {
		key = cert.Key
	}
	if _, err = audit.OpenJSON(sealedCertificate, sealed, key); err == nil && page {
		_, err = audit.OpenPage(sealedPage, data, key)
	}
	switch {
	case errors.Is(err, audit.ErrKey) && !given:
		return cert, fmt.Errorf("%w: the key that it names is none", audit.ErrSeal)
	case err != nil:
		return cert, err
	case cert.Format != report.CertificateFormat || cert.Key != key:
		return cert, fmt.Errorf("%w: it names another format or key", audit.ErrSeal)
	}
	if root, err := itemsRoot(cert.Items); err != nil || root != cert.ItemsRoot {
		return cert, fmt.Errorf("%w: the root over its items is another one", audit.ErrSeal)
	}
	if cp, err := audit.ParseCheckpoint([]byte(cert.Audit.Checkpoint), key); err != nil || cp.Size < cert.Audit.Line {
		return cert, fmt.Errorf("%w: its checkpoint of the audit log is not good", audit.ErrSeal)
	}
	return cert, nil
}
