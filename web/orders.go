package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

// A plan looks at the whole inventory, which no request waits for: the page
// orders it, [Server.MakePlans] makes it beside the pages, and the page shows how
// far that is. An order is in the store, so that none is lost when the service is
// stopped.

// ordersShown is how many orders the page shows.
const ordersShown = 5

// propose orders a plan.
func (s *Server) propose(q *request) error {
	if s.Ordered == nil {
		return inputf("%s", q.t("Her kører kun siderne. Forslag laves af tjenesten: start den med »slet run«, eller lav forslaget med »slet plan« på serveren."))
	}
	source := q.field("kilde")
	if source != "" && !slices.Contains(s.Sources(), source) {
		return inputf("%s", q.t("Der er ingen kilde med det navn."))
	}
	if _, err := s.Store.OrderPlan(q.r.Context(), store.PlanOrder{ID: rand.Text(), Source: source, Person: q.user.Name, Ordered: s.Now()}); err != nil {
		return err
	}
	s.Ordered()
	return q.redirect("/sletteforslag")
}

// MakePlans makes the plans that are ordered, one after another, in the name of
// who ordered them, and returns when there is no order left. What an earlier
// process has begun and not ended is made again: a plan of the same sources
// supersedes one that nobody has approved. The error is that of the store; what
// one order fails of stands on the page and in the program's log.
func (s *Server) MakePlans(ctx context.Context) error {
	for {
		o, err := s.Store.NextPlanOrder(ctx)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		o.Started = s.Now()
		if err := s.Store.SetPlanOrder(ctx, o); err != nil {
			return err
		}
		o.Plan, err = s.makePlan(ctx, o)
		if ctx.Err() != nil {
			return ctx.Err() // it has not ended, and is begun again
		}
		if err != nil {
			o.Error = detectors.MaskText(err.Error())
			s.Logger.Error("an ordered plan was not made", "source", o.Source, "error", o.Error)
		}
		o.Ended = s.Now()
		if err := s.Store.SetPlanOrder(ctx, o); err != nil {
			return err
		}
	}
}

// makePlan returns the plan's name, "" when nothing is due. A panic costs the
// order, and nothing else.
func (s *Server) makePlan(ctx context.Context, o store.PlanOrder) (id string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	d, err := s.Work(ctx, o.Person)
	if err != nil {
		return "", err
	}
	p, err := erase.Propose(ctx, d, o.Source)
	if errors.Is(err, erase.ErrNothingDue) {
		return "", nil
	}
	return p.ID, err
}

var orderText = text{
	"Her kører kun siderne. Forslag laves af tjenesten: start den med »slet run«, eller lav forslaget med »slet plan« på serveren.": "Only the pages run here. Plans are made by the service: start it with slet run, or make the plan with slet plan on the server.",
	"Her kører kun siderne, ikke tjenesten: forslag laves med »slet plan« på serveren.":                                             "Only the pages run here, not the service: plans are made with slet plan on the server.",
	"Bestilte forslag": "Ordered plans", "Bestilt": "Ordered", "venter på at blive lavet": "waits to be made", "er ved at blive lavet, siden": "being made, since",
	"Intet var forfaldent til sletning, som ikke allerede stod i et forslag.": "Nothing was due for erasure that did not stand in a plan already.",
	"Forslaget kunne ikke laves:": "The plan could not be made:",
	"Hele beholdningen gennemgås. Siden viser forslaget, når det er lavet; du kan roligt gå til andet imens.": "The whole inventory is looked through. The page shows the plan when it is made; you can do something else meanwhile.",
}
