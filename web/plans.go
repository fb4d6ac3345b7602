package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

func (s *Server) planRoutes() []route {
	return []route{
		{"GET /sletteforslag", seePlans, s.plans},
		{"POST /sletteforslag", approve, s.propose},
		{"GET /sletteforslag/{id}", seePlans, s.plan},
		{"POST /sletteforslag/{id}/godkend", approve, s.approvePlan},
		{"POST /sletteforslag/{id}/annuller", approve, s.cancelPlan},
		{"POST /sletteforslag/{id}/tilbagetraek", approve, s.withdrawPlan},
	}
}

// maxPlanRows is how many items of a plan the page lists.
const maxPlanRows = 1000

type plansView struct {
	Plans   []store.Plan
	Sources []string
	Orders  []store.PlanOrder
	Waiting bool // some order has not ended
	Makes   bool // somebody makes plans that are ordered
}

func (s *Server) plans(q *request) error {
	list, err := s.Store.Plans(q.r.Context())
	if err != nil {
		return err
	}
	scans, err := s.Store.Scans(q.r.Context())
	if err != nil {
		return err
	}
	v := plansView{Plans: list, Makes: s.Ordered != nil}
	if v.Orders, err = s.Store.PlanOrders(q.r.Context(), ordersShown); err != nil {
		return err
	}
	v.Waiting = slices.ContainsFunc(v.Orders, func(o store.PlanOrder) bool { return o.Ended.IsZero() })
	for _, r := range scans {
		v.Sources = append(v.Sources, r.Source)
	}
	return q.page("plans", "Sletteforslag", v)
}

// planView is one plan with what may be done to it now.
type planView struct {
	store.Plan
	Rows      []planRow
	Hidden    int // items that are restricted: counted, not listed
	Unlisted  int // items beyond maxPlanRows
	Approvals []store.Approval
	Mine      bool // this person has approved it already
	Waiting   time.Duration
	Ends      time.Time
}

// planRow is an item of a plan, with how it stands with its owner.
type planRow struct {
	store.PlanItem
	Word erase.OwnersWord
}

// Open, Cancellable and Withdrawable say which forms the page shows. What is
// allowed is decided by package erase when a form arrives.
func (v planView) Open() bool { return v.State == store.PlanProposed && !v.Mine }

// Cancellable is true while something of the plan is left.
func (v planView) Cancellable() bool {
	return slices.Contains([]store.PlanState{store.PlanProposed, store.PlanApproved, store.PlanExecuting}, v.State)
}

// Withdrawable is true while the person's approval stands and nothing is begun.
func (v planView) Withdrawable() bool {
	return v.Mine && (v.State == store.PlanProposed || v.State == store.PlanApproved)
}

// Chosen is how many items are not excluded.
func (v planView) Chosen() (n int) {
	for _, it := range v.Rows {
		if it.State != store.ItemExcluded {
			n++
		}
	}
	return n + v.Hidden + v.Unlisted
}

func (s *Server) plan(q *request) error {
	ctx := q.r.Context()
	p, err := s.Store.Plan(ctx, q.r.PathValue("id"))
	if err != nil {
		return err
	}
	items, err := s.Store.FirstPlanItems(ctx, p.ID, maxPlanRows)
	if err != nil {
		return err
	}
	approvals, err := s.Store.Approvals(ctx, p.ID)
	if err != nil {
		return err
	}
	d, err := s.Work(ctx, q.user.Name)
	if err != nil {
		return err
	}
	v := planView{Plan: p, Approvals: approvals, Ends: d.Rules.Ends(p)}
	v.Unlisted = max(0, p.Items-len(items))
	known := make([]store.Finding, len(items))
	for i, it := range items {
		known[i] = store.Finding{Ref: it.Ref, Item: it.Item, SourceType: it.SourceType}
	}
	restricted, err := s.restricted(ctx, known)
	if err != nil {
		return err
	}
	for i, it := range items {
		if restricted[it.Ref] {
			v.Hidden++
			continue
		}
		row := planRow{PlanItem: it}
		if it.State == store.ItemPlanned {
			if row.Word, err = d.OwnersWord(ctx, known[i]); err != nil {
				return err
			}
		}
		v.Rows = append(v.Rows, row)
	}
	v.Mine = slices.ContainsFunc(approvals, func(a store.Approval) bool {
		return a.Withdrawn.IsZero() && erase.SamePerson(a.Name, q.user.Name)
	})
	if p.State == store.PlanApproved && p.Effective.After(s.Now()) {
		v.Waiting = p.Effective.Sub(s.Now()).Round(time.Minute)
	}
	return q.page("plan", "Sletteforslag", v)
}

// approvePlan records the person's yes to the plan but for what they left out.
func (s *Server) approvePlan(q *request) error {
	d, err := s.Work(q.r.Context(), q.user.Name)
	if err != nil {
		return err
	}
	if q.r.PostFormValue("set") != "ja" {
		return inputf("%s", q.t("Sæt mærket, som siger, at du har set forslaget igennem."))
	}
	id := q.r.PathValue("id")
	if _, err := erase.Approve(q.r.Context(), d, id, q.user.Name, q.r.PostForm["undtag"]); err != nil {
		return err
	}
	return q.redirect("/sletteforslag/" + id)
}

func (s *Server) cancelPlan(q *request) error {
	d, why, err := s.withWhy(q)
	if err != nil {
		return err
	}
	id := q.r.PathValue("id")
	if _, err := erase.Cancel(q.r.Context(), d, id, q.user.Name, why); err != nil {
		return err
	}
	return q.redirect("/sletteforslag/" + id)
}

func (s *Server) withdrawPlan(q *request) error {
	d, why, err := s.withWhy(q)
	if err != nil {
		return err
	}
	id := q.r.PathValue("id")
	if _, err := erase.Withdraw(q.r.Context(), d, id, q.user.Name, q.user.Name, why); err != nil {
		return err
	}
	return q.redirect("/sletteforslag/" + id)
}

// withWhy reads the reason that a form must give.
func (s *Server) withWhy(q *request) (erase.Deps, string, error) {
	why := strings.TrimSpace(q.r.PostFormValue("hvorfor"))
	if why == "" {
		return erase.Deps{}, "", inputf("%s", q.t("Skriv hvorfor."))
	}
	d, err := s.Work(q.r.Context(), q.user.Name)
	return d, why, err
}

// hours says how long somebody still has to wait.
func hours(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

var planText = text{
	"Sletteforslag": "Plans", "Lav nyt sletteforslag": "Make a new plan", "Forslag": "Plan", "Status": "State", "Godkendt af": "Approved by", "Omfang": "Size",
	"Et forslag fryser det, som er forfaldent nu. Intet slettes, før det er godkendt, og ventetiden er gået.": "A plan freezes what is due now. Nothing is erased before it is approved and the waiting period is over.",
	"Der er ingen forslag.": "There are no plans.", "alle kilder": "all sources",
	"Sæt mærket, som siger, at du har set forslaget igennem.": "Tick the box that says that you have looked through the plan.", "Skriv hvorfor.": "Write why.",
	"lavet efter sletteplan": "made under schedule", "Godkendelser": "Approvals", "trukket tilbage": "withdrawn", "af": "by", "Ingen har godkendt forslaget.": "Nobody has approved the plan.",
	"Kan udføres om": "Can be carried out in", "timer": "hours", "Bortfalder": "Lapses", "Undtag": "Leave out", "Begrundelse": "Reasons", "Resultat": "Result",
	"elementer er begrænset (art. 18) og vises ikke": "items are restricted (art. 18) and not shown", "elementer mere er ikke vist på siden": "more items are not shown on this page",
	"Jeg har set forslaget igennem og godkender sletning af": "I have looked through the plan and approve the erasure of",
	"elementer, fratrukket dem, jeg har undtaget":            "items, less those that I have left out", "Godkend": "Approve", "Du har godkendt forslaget. En anden person skal også godkende det.": "You have approved the plan. Another person has to approve it too.",
	"Hvorfor?": "Why?", "Annullér forslaget": "Cancel the plan", "Træk min godkendelse tilbage": "Withdraw my approval", "Sletning afbrydes eller fortrydes her": "Stop or undo here",
	"Bortfaldet:": "Lapsed:",
}
