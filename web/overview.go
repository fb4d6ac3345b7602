package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

func (s *Server) overviewRoutes() []route {
	return []route{{"GET /{$}", signedIn, s.overview}}
}

// overviewView is the state of everything, as of the last snapshot.
type overviewView struct {
	Report    report.Report
	Taken     time.Time
	Seen      int64
	Examined  int64
	Gaps      int64
	Private   int64
	Decided   []slice
	Waiting   []store.Plan // proposals that wait for somebody
	Objected  int          // holds that owners have made
	Trend     []curve
	TrendFrom time.Time
}

// slice is a part of a bar.
type slice struct {
	Name string // a code, see report.Lang
	N    int64
	X, W float64 // of a hundred
}

// curve is one number over the last twelve months.
type curve struct {
	Name   string // in Danish
	Last   int64
	Points string // of an SVG polyline in a box of 300 by 60
}

func (s *Server) overview(q *request) error {
	switch { // an owner begins with what is theirs, a leader with the people
	case q.user.may(seeOverview):
	case q.user.may(seeOwners):
		return q.redirect("/ejere")
	default:
		return q.redirect("/fund")
	}
	ctx := q.r.Context()
	snap, err := s.Store.LatestSnapshot(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return q.page("overview", "Overblik", nil)
	}
	if err != nil {
		return err
	}
	v := overviewView{Taken: snap.Taken, TrendFrom: s.Now().AddDate(-1, 0, 0)}
	if err := json.Unmarshal(snap.Data, &v.Report); err != nil {
		return fmt.Errorf("the snapshot of %s: %w", snap.Taken, err)
	}
	for _, src := range v.Report.Sources {
		v.Seen, v.Examined = v.Seen+src.Seen, v.Examined+src.Examined
		v.Gaps, v.Private = v.Gaps+src.Gaps, v.Private+src.PrivateFolders
	}
	v.Decided = slices100(v.Report.Decided)
	plans, err := s.Store.Plans(ctx)
	if err != nil {
		return err
	}
	v.Waiting = slices.DeleteFunc(plans, func(p store.Plan) bool { return p.State != store.PlanProposed })
	if q.user.may(keepBack) {
		if v.Objected, err = s.objected(q); err != nil {
			return err
		}
	}
	past, err := s.Store.Snapshots(ctx, v.TrendFrom)
	if err != nil {
		return err
	}
	if v.Trend, err = curves(past, v.TrendFrom, s.Now()); err != nil {
		return err
	}
	return q.page("overview", "Overblik", v)
}

// Due is how many items are due.
func (v overviewView) Due() int64 { return countOf(v.Report.Decided, string(retention.Due)) }

func countOf(counts []report.Count, name string) int64 {
	for _, c := range counts {
		if c.Name == name {
			return c.N
		}
	}
	return 0
}

// slices100 lays counts side by side in a bar that is a hundred wide.
func slices100(counts []report.Count) (out []slice) {
	var sum int64
	for _, c := range counts {
		sum += c.N
	}
	x := 0.0
	for _, c := range counts {
		if c.N > 0 {
			w := 100 * float64(c.N) / float64(sum)
			out = append(out, slice{Name: c.Name, N: c.N, X: x, W: w})
			x += w
		}
	}
	return out
}

// curves draws what a DPO watches over a year from the snapshots.
func curves(past []store.Snapshot, from, to time.Time) ([]curve, error) {
	wanted := []struct {
		name string
		of   func(report.Report) int64
	}{
		{"Forfaldne", func(r report.Report) int64 { return countOf(r.Decided, string(retention.Due)) }},
		{"Skal vurderes", func(r report.Report) int64 { return countOf(r.Decided, string(retention.Review)) }},
		{"Ikke undersøgt", func(r report.Report) (n int64) {
			for _, s := range r.Sources {
				n += s.Gaps
			}
			return n
		}},
		{"Elementer", func(r report.Report) (n int64) {
			for _, s := range r.Sources {
				n += s.Seen
			}
			return n
		}},
	}
	values := make([][]int64, len(wanted))
	for _, snap := range past {
		var r report.Report
		if err := json.Unmarshal(snap.Data, &r); err != nil {
			return nil, fmt.Errorf("the snapshot of %s: %w", snap.Taken, err)
		}
		for i, w := range wanted {
			values[i] = append(values[i], w.of(r))
		}
	}
	var out []curve
	for i, w := range wanted {
		if len(values[i]) > 0 {
			out = append(out, curve{Name: w.name, Last: values[i][len(values[i])-1], Points: polyline(past, values[i], from, to)})
		}
	}
	return out, nil
}

// polyline places values in a box of 300 by 60, zero at the bottom.
func polyline(at []store.Snapshot, values []int64, from, to time.Time) string {
	top := float64(max(1, slices.Max(values)))
	var points []string
	for i, v := range values {
		x := 300 * at[i].Taken.Sub(from).Seconds() / to.Sub(from).Seconds()
		points = append(points, fmt.Sprintf("%.1f,%.1f", math.Max(0, x), 58-56*float64(v)/top))
	}
	return strings.Join(points, " ")
}

var overviewText = text{
	"Sletning er slået til": "Erasing is turned on", "Prøvekørsel – intet slettes": "Dry run – nothing is erased", "Tal fra": "Numbers of", "sletteplan": "schedule",
	"gange har ejere sagt nej til sletning eller bevaret noget; ophæv holdet, hvis det skal slettes": "times owners have objected to an erasure or keep something; release the hold if it is to be erased",
	"Venter på dig": "Waiting for you", "foreslået": "proposed", "Nøgletal": "Key figures", "elementer": "items", "Elementer": "Items", "elementer set": "items seen",
	"personer (forskellige CPR-numre)": "persons (different CPR numbers)", "steder ikke undersøgt": "places not examined",
	"forfaldne til sletning": "due for erasure", "private mapper, ikke åbnet": "private folders, not opened", "Afgørelser": "Dispositions",
	"Forfaldne, efter hvor længe siden, og det, som snart forfalder": "Due, by how long ago, and what falls due soon",
	"0–30 dage": "0–30 days", "1–6 måneder": "1–6 months", "6–12 måneder": "6–12 months", "over 1 år": "over 1 year", "om 0–30 dage": "in 0–30 days", "om 31–90 dage": "in 31–90 days",
	"Kilder": "Sources", "Kilde": "Source", "Sidst gennemgået": "Last scanned", "Set": "Seen", "Undersøgt": "Examined", "Sprunget over": "Skipped", "Fejlet": "Failed",
	"Mangler": "Gaps", "Private mapper": "Private folders", "aldrig": "never", "afbrudt": "interrupted", "Fund efter kategori": "Findings by category", "heraf sikre": "of these confirmed",
	"Der er ikke fundet personoplysninger i det, som kunne undersøges.": "No personal data was found in what could be examined.",
	"De seneste tolv måneder": "The last twelve months", "Forfaldne": "Due", "Skal vurderes": "Needs review", "Ikke undersøgt": "Not examined",
	"Der er ingen tal endnu. De kommer efter den første gennemgang (slet scan, slet run).": "There are no numbers yet. They come after the first scan (slet scan, slet run).",
}
