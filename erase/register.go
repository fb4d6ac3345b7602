package erase

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// The holds, the archive locks and the event register are read from the store,
// not handed over: nobody can forget to, and before every item they are as they
// are at that moment.

// register is the event register as it was read last.
type register struct {
	version string
	events  retention.Events
}

// current is the event register as it is now. It is read anew only when it has
// changed.
func (r *register) current(ctx context.Context, st *store.Store) (retention.Events, error) {
	version, err := st.EventsVersion(ctx)
	if err == nil && (r.events == nil || version != r.version) {
		r.events, err = st.Events(ctx)
		r.version = version
	}
	if err != nil {
		return nil, fmt.Errorf("reading the event register: %w", err)
	}
	return r.events, nil
}

// ruling asks the rules about an item of a plan, as it is known now, at the
// witnessed time: those of the schedule, or those about a person's request.
func (d Deps) ruling(it store.PlanItem, f store.Finding, ev retention.Events, holds []retention.Hold, at time.Time) retention.Decision {
	if subject, ok := retention.RequestedBy(it.Rule); ok {
		return retention.DecideRequest(f.Facts(), subject, d.Schedule, ev, holds, at)
	}
	return retention.Decide(f.Facts(), d.Schedule, ev, holds, at)
}

// restsOnEvent reports whether an event of the register made the item due.
func restsOnEvent(it store.PlanItem) bool {
	return slices.ContainsFunc(it.Reasons, func(r retention.Reason) bool {
		return r.Code == retention.ReasonCounts && strings.Contains(r.Trigger, "event:")
	})
}
