package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/store"
)

// The service's numbers, for whoever watches over it. There is no personal
// data in them: sources, rules and states are names of IT's, and a camera's
// name is masked like a line of the log.

// scrapeTime is the longest that reading the numbers may take.
const scrapeTime = 20 * time.Second

// metric is one kind of number.
type metric struct {
	name, help string
	labels     []string
	counter    bool
}

func (m metric) desc() *prometheus.Desc { return prometheus.NewDesc(m.name, m.help, m.labels, nil) }

func (m metric) value(v float64, labels ...string) prometheus.Metric {
	kind := prometheus.GaugeValue
	if m.counter {
		kind = prometheus.CounterValue
	}
	return prometheus.MustNewConstMetric(m.desc(), kind, v, labels...)
}

// metrics are all numbers of slet's own. docs/ops refers to them by name.
type metrics struct {
	up, jobSuccess, jobFailures, jobRunning       metric
	seen, scanGaps, bytesRead, complete, scanTime metric
	gaps, dispositions, persons, snapshot, holds  metric
	plans, planItems                              metric
	cameraAge, cameraRecordings                   metric
}

func newMetrics() metrics {
	return metrics{
		up:               metric{name: "slet_build_info", help: "1, with the version.", labels: []string{"version"}},
		jobSuccess:       metric{name: "slet_job_last_success_timestamp_seconds", help: "When a job last went well; 0 if it never did.", labels: []string{"job"}},
		jobFailures:      metric{name: "slet_job_failures", help: "Failures of a job in a row.", labels: []string{"job"}},
		jobRunning:       metric{name: "slet_job_running", help: "1 while a job runs.", labels: []string{"job"}},
		seen:             metric{name: "slet_source_items", help: "Items that the last scan of a source met, by what became of them.", labels: []string{"source", "outcome"}},
		scanGaps:         metric{name: "slet_source_gaps", help: "Places that the last scan of a source could not examine.", labels: []string{"source"}},
		bytesRead:        metric{name: "slet_source_bytes_read", help: "Bytes read by the last scan of a source.", labels: []string{"source"}},
		complete:         metric{name: "slet_source_scan_complete", help: "1 if the last scan of a source met all of it.", labels: []string{"source"}},
		scanTime:         metric{name: "slet_source_scan_timestamp_seconds", help: "When the last scan of a source ended.", labels: []string{"source"}},
		gaps:             metric{name: "slet_gaps", help: "What could not be examined, by reason.", labels: []string{"reason"}},
		dispositions:     metric{name: "slet_items", help: "Items by what the schedule says of them; due is what may be erased.", labels: []string{"disposition"}},
		persons:          metric{name: "slet_persons", help: "Distinct persons in all sources."},
		snapshot:         metric{name: "slet_numbers_timestamp_seconds", help: "When slet_gaps, slet_items and slet_persons were counted."},
		holds:            metric{name: "slet_holds_review_overdue", help: "Holds in force whose review date has passed."},
		plans:            metric{name: "slet_plans", help: "Plans by state; proposed ones wait for approval.", labels: []string{"state"}},
		planItems:        metric{name: "slet_plan_items_total", help: "Items of all plans by what became of them.", labels: []string{"state"}, counter: true},
		cameraAge:        metric{name: "slet_cctv_oldest_recording_age_seconds", help: "Age of a camera's oldest recording.", labels: []string{"source", "camera"}},
		cameraRecordings: metric{name: "slet_cctv_recordings", help: "Recordings of a camera in the inventory.", labels: []string{"source", "camera"}},
	}
}

func (m metrics) all() []metric {
	return []metric{
		m.up, m.jobSuccess, m.jobFailures, m.jobRunning, m.seen, m.scanGaps, m.bytesRead, m.complete, m.scanTime,
		m.gaps, m.dispositions, m.persons, m.snapshot, m.holds, m.plans, m.planItems, m.cameraAge, m.cameraRecordings,
	}
}

// collector reads the numbers when somebody asks for them.
type collector struct {
	metrics
	d *daemon
}

// Describe implements [prometheus.Collector].
func (c collector) Describe(out chan<- *prometheus.Desc) {
	for _, m := range c.all() {
		out <- m.desc()
	}
}

// Collect implements [prometheus.Collector].
func (c collector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	a := c.d.current.Load()
	out <- c.up.value(1, version)
	for _, part := range []func(context.Context, *app, chan<- prometheus.Metric) error{c.jobs, c.sources, c.numbers, c.lives, c.cameras} {
		if err := part(ctx, a, out); err != nil {
			out <- prometheus.NewInvalidMetric(prometheus.NewInvalidDesc(err), errors.New(a.mask(err)))
		}
	}
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// stamp is a time as Prometheus has it; 0 is never.
func stamp(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix())
}

// jobs are those of the configuration in force: what was once run by another
// one is no longer watched.
func (c collector) jobs(ctx context.Context, a *app, out chan<- prometheus.Metric) error {
	known, err := a.store.Jobs(ctx)
	if err != nil {
		return err
	}
	configured, err := c.d.jobs()
	if err != nil {
		return err
	}
	watched := map[string]bool{reloadJob: true}
	for _, j := range configured {
		watched[j.Name] = true
	}
	for _, j := range known {
		if watched[j.Name] {
			out <- c.jobSuccess.value(stamp(j.Good), j.Name)
			out <- c.jobFailures.value(float64(j.Failures), j.Name)
			out <- c.jobRunning.value(flag(j.Ended.IsZero()), j.Name)
		}
	}
	return nil
}

func (c collector) sources(ctx context.Context, a *app, out chan<- prometheus.Metric) error {
	scans, err := a.store.Scans(ctx)
	if err != nil {
		return err
	}
	for _, s := range scans {
		for outcome, n := range map[string]int64{"scanned": s.Totals.Scanned, "unchanged": s.Totals.Unchanged, "skipped": s.Totals.Skipped, "failed": s.Totals.Failed} {
			out <- c.seen.value(float64(n), s.Source, outcome)
		}
		out <- c.scanGaps.value(float64(s.Totals.Gaps), s.Source)
		out <- c.bytesRead.value(float64(s.Totals.Bytes), s.Source)
		out <- c.complete.value(flag(s.Complete), s.Source)
		out <- c.scanTime.value(stamp(s.Finished), s.Source)
	}
	return nil
}

// numbers are those of the last snapshot: a scrape never counts the inventory.
func (c collector) numbers(ctx context.Context, a *app, out chan<- prometheus.Metric) error {
	shot, err := a.store.LatestSnapshot(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var r report.Report
	if err := json.Unmarshal(shot.Data, &r); err != nil {
		return err
	}
	for _, n := range r.GapCount {
		out <- c.gaps.value(float64(n.N), n.Name)
	}
	for _, n := range r.Decided {
		out <- c.dispositions.value(float64(n.N), n.Name)
	}
	out <- c.persons.value(float64(r.Persons))
	out <- c.snapshot.value(stamp(shot.Taken))
	return nil
}

// lives are plans and holds.
func (c collector) lives(ctx context.Context, a *app, out chan<- prometheus.Metric) error {
	for _, state := range []store.PlanState{store.PlanProposed, store.PlanApproved, store.PlanExecuting, store.PlanExecuted, store.PlanDead} {
		plans, err := a.store.PlansInState(ctx, state)
		if err != nil {
			return err
		}
		out <- c.plans.value(float64(len(plans)), string(state))
	}
	counts, err := a.store.PlanItemCounts(ctx)
	if err != nil {
		return err
	}
	for state, n := range counts {
		out <- c.planItems.value(float64(n), string(state))
	}
	holds, err := a.store.Holds(ctx)
	if err != nil {
		return err
	}
	overdue := 0
	for _, h := range holds {
		if h.Released.IsZero() && !h.Review.IsZero() && h.Review.Before(now()) {
			overdue++
		}
	}
	out <- c.holds.value(float64(overdue))
	return nil
}

func (c collector) cameras(ctx context.Context, a *app, out chan<- prometheus.Metric) error {
	list, err := a.store.Cameras(ctx, "")
	if err != nil {
		return err
	}
	// Two cameras may have the same name when it is masked.
	masked := map[[2]string]store.Camera{}
	for _, cam := range list {
		key := [2]string{cam.Source, detectors.MaskText(cam.Name)}
		if other, ok := masked[key]; ok {
			cam.Recordings += other.Recordings
			if other.Oldest.Before(cam.Oldest) {
				cam.Oldest = other.Oldest
			}
		}
		masked[key] = cam
	}
	for key, cam := range masked {
		out <- c.cameraAge.value(now().Sub(cam.Oldest).Seconds(), key[0], key[1])
		out <- c.cameraRecordings.value(float64(cam.Recordings), key[0], key[1])
	}
	return nil
}

// handler answers for the pages, and beside them for whoever watches:
// /healthz (the process answers), /readyz (its store does) and /metrics.
func (d *daemon) handler(pages http.Handler) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{newMetrics(), d}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 2, Timeout: scrapeTime,
	}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { answer(w, d.healthy(r.Context())) })
	mux.Handle("/", pages)
	return mux
}

// answer is one word; what is wrong is for the log, not for whoever asks.
func answer(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	text := "ok\n"
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		text = "the store does not answer\n"
	}
	_, _ = w.Write([]byte(text))
}
