package erase_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// newBuilding makes one whose recordings may be kept for so many days, and that
// is swept every step with a margin.
func newBuilding(t testing.TB, seed uint64, source string, now time.Time, days int, step, margin time.Duration) *building {
	b := &building{
		t: t, rng: rand.New(rand.NewPCG(seed, 7)), source: source, clips: map[string]*clip{}, byHand: map[string]bool{},
		now: now, booted: now.AddDate(0, 0, -1), period: time.Duration(days) * 24 * time.Hour, step: step, margin: margin, calm: 120,
	}
	var err error
	b.schedule, err = retention.ParseSchedule("schedule.yaml", fmt.Appendf(nil, `
version: %s
rules:
  - {id: TV-1, match: {source_type: [cctv]}, trigger: recorded, delete_after: P%dD, action: erase,
     standing_approval: {by: Dorte Dam, from: %s, until: %s}}
  - {id: TV-2, match: {source_type: [cctv]}, trigger: recorded, delete_after: P900D, action: report}
`, source, days, now.AddDate(0, 0, -3).Format(time.DateOnly), now.AddDate(0, 11, 0).Format(time.DateOnly)))
	if err != nil {
		t.Fatal(err)
	}
	b.schedule.Margins = map[string]time.Duration{"cctv": b.margin}
	return b
}

// renew writes the standing approval anew when it is about to end, as the DPO
// does every year; the schedule is another one then.
func (b *building) renew() {
	for i := range b.schedule.Rules {
		s := b.schedule.Rules[i].Standing
		if s == nil || b.now.Before(s.Until.AddDate(0, 0, -1)) {
			continue
		}
		again := *s
		again.From, again.Until = b.now.AddDate(0, 0, -1), b.now.AddDate(1, 0, -2)
		b.schedule.Rules[i].Standing = &again
		b.did("the standing approval is renewed")
	}
}

// tick lets one step pass: things happen, slet scans and sweeps.
func (b *building) tick() {
	b.t.Helper()
	b.now = b.now.Add(b.step)
	b.record()
	b.renew()
	b.happen()
	b.scan(b.sweeps%6 == 0)
	b.sweep()
	b.check()
}

// happen lets the world do something, now and then.
func (b *building) happen() {
	b.t.Helper()
	switch b.rng.IntN(b.calm) {
	case 0, 1: // somebody holds what a camera recorded
		cam := b.cameras[b.rng.IntN(len(b.cameras))].name
		from := b.now.Add(-time.Duration(b.rng.Int64N(int64(b.period))))
		h := retention.Hold{
			ID: fmt.Sprintf("%s-H%d", b.source, b.sweeps), Source: b.source, Camera: cam, From: from, To: from.Add(b.period / 8),
			Reason: "politianmeldelse", Owner: "Dorte", Created: b.clock(),
		}
		b.must(b.store.AddHold(b.t.Context(), h))
		b.holds = append(b.holds, h)
		b.did("hold %s on %s %s–%s", h.ID, cam, h.From.Format(time.DateTime), h.To.Format(time.DateTime))
	case 2, 3:
		if len(b.holds) > 0 && b.skew == 0 { // a person sees that the clock is wrong
			i := b.rng.IntN(len(b.holds))
			b.must(b.store.ReleaseHold(b.t.Context(), b.holds[i].ID, b.clock()))
			b.did("release %s", b.holds[i].ID)
			b.holds = append(b.holds[:i], b.holds[i+1:]...)
		}
	case 4: // the recorder clears its oldest
		for i, path := range b.paths() {
			if i < 3 && !b.now.Before(b.clips[path].done) {
				delete(b.clips, path)
			}
		}
		b.did("the recorder purges")
	case 5: // restart
		b.close()
		b.open()
		b.did("restart")
	case 6: // slet stands still
		gap := time.Duration(1+b.rng.IntN(30)) * time.Hour
		b.now = b.now.Add(gap)
		b.record()
		if gap/time.Hour%2 == 0 {
			b.booted = b.now.Add(-gap / 3)
		}
		b.did("down for %s, started %s", gap, b.booted.Format(time.DateTime))
	case 7: // the clock jumps, and jumps back
		if b.skew == 0 {
			b.skew = time.Duration(b.rng.Int64N(int64(b.period)))
			if b.rng.IntN(2) == 0 {
				b.skew /= 20
			}
		} else {
			b.skew = 0
		}
		b.did("the clock is off by %s", b.skew)
	case 8: // a camera falls silent
		c := b.cameras[b.rng.IntN(len(b.cameras))]
		c.off = b.now.Add(time.Duration(b.rng.Int64N(int64(2 * b.period))))
		b.did("camera %s is silent until %s", c.name, c.off.Format(time.DateTime))
	}
	if b.skew != 0 && b.rng.IntN(12) == 0 {
		b.skew = 0
		b.did("the clock is right again")
	}
	if b.rng.IntN(b.calm/4) == 0 {
		b.person()
	}
}

// person looks at what waits, and approves it.
func (b *building) person() {
	b.t.Helper()
	if b.skew != 0 {
		return // a person sees that the clock is wrong
	}
	ctx, r := b.t.Context(), b.runner()
	// What the clock has kept a sweep from approving, a person plans.
	if _, err := erase.Propose(ctx, r.Deps, b.source); err != nil && !errors.Is(err, erase.ErrNothingDue) && !errors.Is(err, erase.ErrRefused) {
		b.must(err)
	}
	plans, err := b.store.PlansInState(ctx, store.PlanProposed, store.PlanApproved, store.PlanExecuting)
	b.must(err)
	for _, p := range plans {
		if p.State == store.PlanDead || p.State == store.PlanExecuted {
			continue
		}
		items, err := b.store.PlanItems(ctx, p.ID)
		b.must(err)
		if items[0].Item.Source != b.source {
			continue
		}
		if p.State == store.PlanProposed {
			if _, err := erase.Approve(ctx, r.Deps, p.ID, "Per Person", nil); err != nil {
				b.refused(err)
				continue
			}
		}
		for _, it := range items {
			b.byHand[it.Item.Path] = !it.SilentSince.IsZero()
		}
		b.did("%s approved and carried out by hand", p.ID)
		// A person takes the brakes off for what they have looked at.
		r.Brakes = erase.Brakes{}
		_, err = r.Run(ctx, p.ID, nil)
		b.refused(err)
	}
}

func (b *building) must(err error) {
	b.t.Helper()
	if err != nil {
		b.fatalf("%v", err)
	}
}

// refused lets the refusals of safety rules pass: they keep.
func (b *building) refused(err error) {
	b.t.Helper()
	if err != nil && !errors.Is(err, erase.ErrRefused) {
		b.fatalf("%v", err)
	}
}

func (b *building) sweep() {
	b.t.Helper()
	b.sweeps++
	swept, err := b.runner().Sweep(b.t.Context(), b.source, nil)
	b.refused(err)
	b.warned = err != nil || swept.Clock != nil || len(swept.Waiting) > 0 || swept.Summary.Failed+swept.Summary.Refused+swept.Summary.Changed > 0
	if err != nil {
		b.did("sweep: %v", err)
	}
	if swept.Clock != nil {
		b.did("sweep: %v", swept.Clock)
	}
	for _, w := range swept.Waiting {
		b.waited++
		b.did("%s waits: %v", w.Plan, w.Why)
	}
	if n := swept.Summary; n.Erased+n.Refused+n.Changed+n.Failed > 0 {
		b.did("swept %d, refused %d, changed %d, failed %d", n.Erased, n.Refused, n.Changed, n.Failed)
	}
}

// check: nothing is older than it may be that is not held, or waits and was
// warned of.
func (b *building) check() {
	b.t.Helper()
	for path, c := range b.clips {
		if b.warned || b.now.Before(c.begin.Add(b.period)) || b.heldBy(c) != "" {
			continue
		}
		b.fatalf("%s is %s old, nothing holds it, and nobody was warned", path, b.now.Sub(c.begin))
	}
}

// TestTwoYears simulates two years of a building with three cameras, swept
// every hour.
func TestTwoYears(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: two years, swept every hour, take minutes")
	}
	t.Parallel() // beside the thousand below
	b := newBuilding(t, 1, "tv", simStart, 30, time.Hour, 12*time.Hour)
	b.dir, b.faults = fastDir(t), 200
	b.open()
	defer b.close()
	for i, every := range []time.Duration{12 * time.Hour, 17 * time.Hour, 31 * time.Hour} {
		b.cameras = append(b.cameras, &cam{name: fmt.Sprint("kam", i), interval: every, length: time.Duration(1+3*i) * time.Hour, next: b.now})
	}
	for end := b.now.AddDate(2, 0, 0); b.now.Before(end); {
		b.tick()
	}
	t.Logf("%d sweeps, %d erased, %d waits, %d plans", b.sweeps, b.erased, b.waited, b.plans())
	if b.erased < 300 || b.waited == 0 {
		t.Errorf("%d recordings were erased, %d waits: this shows too little", b.erased, b.waited)
	}
}

var simStart = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// TestRandomSchedules holds 1,000 buildings with random cameras, faults and
// people, each for some days, to the same promises as TestTwoYears. Each has an
// installation of its own: what others have planned would only cost time.
func TestRandomSchedules(t *testing.T) {
	t.Parallel()
	const shards, each = 10, 100
	empty := emptyStore(t)
	for shard := range uint64(shards) {
		t.Run(fmt.Sprint(shard), func(t *testing.T) {
			t.Parallel()
			erased, waited := 0, 0
			for i := range uint64(each) {
				b := randomBuilding(t, shard*each+i, simStart)
				b.dir = fastDir(t)
				b.must(os.WriteFile(filepath.Join(b.dir, "slet.db"), empty, 0o600))
				b.open()
				for end := b.now.Add(b.period * 2 / 3); b.now.Before(end); {
					b.tick()
				}
				b.close()
				b.must(os.RemoveAll(b.dir))
				erased, waited = erased+b.erased, waited+b.waited
			}
			t.Logf("%d erased, %d waits", erased, waited)
			if erased < each || waited < each/20 {
				t.Errorf("%d recordings were erased, %d waits: this shows too little", erased, waited)
			}
		})
	}
}

// emptyStore is a database with its schema and nothing in it, so that it need
// not be made a thousand times.
func emptyStore(t *testing.T) []byte {
	t.Helper()
	b := &building{t: t, dir: fastDir(t)}
	b.open()
	b.close()
	data, err := os.ReadFile(filepath.Join(b.dir, "slet.db"))
	b.must(err)
	return data
}

func randomBuilding(t *testing.T, seed uint64, now time.Time) *building {
	rng := rand.New(rand.NewPCG(seed, 3))
	days := 1 + rng.IntN(2)
	margin := time.Duration(days) * 24 * time.Hour / 10
	b := newBuilding(t, seed, fmt.Sprint("tv", seed), now, days, time.Duration(float64(margin)*(0.5+rng.Float64()/3)), margin)
	b.calm = 8 + rng.IntN(30)
	b.faults = rng.IntN(3) * 20
	for i := range 1 + rng.IntN(3) {
		every := 30*time.Minute + time.Duration(rng.Int64N(int64(b.period/3)))
		b.cameras = append(b.cameras, &cam{
			name: fmt.Sprint("kam", i), interval: every, length: time.Duration(rng.Int64N(int64(every))),
			next: now.Add(-b.period * 9 / 10), // what it has recorded before begins to fall due
		})
	}
	return b
}

func (b *building) plans() int {
	plans, err := b.store.Plans(b.t.Context())
	b.must(err)
	return len(plans)
}
