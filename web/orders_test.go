package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

// TestPlanIsOrdered: the form orders a plan and does not wait for it; the page
// says how far it is; it is made in the name of who ordered it.
func TestPlanIsOrdered(t *testing.T) {
	x := newSite(t)
	woken := 0
	x.Ordered = func() { woken++ }
	x.items([]string{"a.txt"}, nil)
	dpo := x.somebody("dorte", RoleDPO)
	says := func(want, not string) {
		t.Helper()
		body := dpo.get("/sletteforslag").Body.String()
		if !strings.Contains(body, want) || not != "" && strings.Contains(body, not) {
			t.Errorf("the page does not say %q, or says %q", want, not)
		}
	}
	for range 2 { // the second asks for what is on its way
		if res := dpo.post("/sletteforslag"); res.Code != http.StatusSeeOther || res.Header().Get("Location") != "/sletteforslag" {
			t.Fatal(res.Code, res.Body)
		}
	}
	if list, err := x.Store.PlanOrders(t.Context(), 5); err != nil || len(list) != 1 || woken != 2 {
		t.Fatalf("orders: %+v (%v), woken %d times", list, err, woken)
	}
	says("venter på at blive lavet", "er lavet:")
	if plans, err := x.Store.Plans(t.Context()); err != nil || len(plans) != 0 {
		t.Errorf("the request made a plan: %v (%v)", plans, err)
	}
	must(t, x.MakePlans(t.Context()))
	says("Forslaget er lavet:", "venter på at blive lavet")
	if in := x.logged(audit.TypePlanProposed); len(in) != 1 || in[0].Actor != "dorte" {
		t.Errorf("logged: %+v", in)
	}
	plans, err := x.Store.Plans(t.Context())
	if err != nil || len(plans) != 1 {
		t.Fatal(plans, err)
	}
	says(`<a href="/sletteforslag/`+plans[0].ID+`">`, "")

	// Approved, there is nothing left to plan; that is no fault.
	dpo.post("/sletteforslag/"+plans[0].ID+"/godkend", "set", "ja")
	dpo.post("/sletteforslag", "kilde", "drev")
	must(t, x.MakePlans(t.Context()))
	says("Intet var forfaldent til sletning", "")
	if res := dpo.post("/sletteforslag", "kilde", "findes ikke"); res.Code != http.StatusBadRequest {
		t.Errorf("an unknown source: %d", res.Code)
	}
}

// TestOrderIsNotLost: what was begun by a process that was stopped is made by
// the next; what fails, or panics, is said on the page and costs no other order.
func TestOrderIsNotLost(t *testing.T) {
	x := newSite(t)
	x.items([]string{"a.txt"}, nil)
	dpo := x.somebody("dorte", RoleDPO)
	x.Ordered = func() {}
	dpo.post("/sletteforslag", "kilde", "drev")
	work := x.Work
	ctx, stop := context.WithCancel(t.Context())
	x.Work = func(context.Context, string) (erase.Deps, error) { stop(); return erase.Deps{}, ctx.Err() }
	if err := x.MakePlans(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if o, err := x.Store.NextPlanOrder(t.Context()); err != nil || o.Started.IsZero() {
		t.Fatalf("the order: %+v, %v", o, err)
	}
	x.Work = func(context.Context, string) (erase.Deps, error) { panic("010758-5001") }
	must(t, x.MakePlans(t.Context()))
	if body := dpo.get("/sletteforslag").Body.String(); !strings.Contains(body, "Forslaget kunne ikke laves:") || strings.Contains(body, "010758-5001") {
		t.Error("the page does not say that it failed, or tells a number")
	}
	if list, err := x.Store.PlanOrders(t.Context(), 1); err != nil || list[0].Error == "" || strings.Contains(list[0].Error, "010758-5001") {
		t.Errorf("stored: %+v (%v)", list, err)
	}
	x.Work = work
	dpo.post("/sletteforslag")
	must(t, x.MakePlans(t.Context()))
	if list, err := x.Store.PlansInState(t.Context(), store.PlanProposed); err != nil || len(list) != 1 {
		t.Errorf("plans: %v (%v)", list, err)
	}
}

// TestPagesWithoutService: where nobody makes plans the page says so, and takes
// no order that would wait for ever.
func TestPagesWithoutService(t *testing.T) {
	x := newSite(t)
	x.Ordered = nil
	dpo := x.somebody("dorte", RoleDPO)
	if body := dpo.get("/sletteforslag").Body.String(); !strings.Contains(body, "Her kører kun siderne") || strings.Contains(body, "Lav nyt sletteforslag") {
		t.Error("the page does not say that nobody makes plans here")
	}
	if res := dpo.post("/sletteforslag"); res.Code != http.StatusBadRequest {
		t.Errorf("ordered: %d", res.Code)
	}
	if list, err := x.Store.PlanOrders(t.Context(), 5); err != nil || len(list) != 0 {
		t.Errorf("orders: %v (%v)", list, err)
	}
}
