package web

import (
	"time"

	"github.com/sletdk/slet/store"
)

func (s *Server) operationsRoutes() []route {
	return []route{{"GET /drift", operate, s.operations}}
}

// operationsView is how the service is doing.
type operationsView struct {
	Scans []scanView
	Jobs  []store.Job
	Users []store.User
}

// scanView is the last scan of a source, with its speed.
type scanView struct {
	store.ScanRecord
	Took        time.Duration
	ItemsPerSec int64
	BytesPerSec int64
}

func (s *Server) operations(q *request) error {
	ctx := q.r.Context()
	scans, err := s.Store.Scans(ctx)
	if err != nil {
		return err
	}
	var v operationsView
	for _, r := range scans {
		took := r.Finished.Sub(r.Started)
		seconds := max(took.Seconds(), 0.001)
		v.Scans = append(v.Scans, scanView{
			ScanRecord: r, Took: took.Round(time.Second),
			ItemsPerSec: int64(float64(r.Totals.Seen) / seconds), BytesPerSec: int64(float64(r.Totals.Bytes) / seconds),
		})
	}
	if v.Jobs, err = s.Store.Jobs(ctx); err != nil {
		return err
	}
	if v.Users, err = s.Store.Users(ctx); err != nil {
		return err
	}
	return q.page("operations", "Drift", v)
}

var operationsText = text{
	"Drift": "Operations", "Seneste gennemgang": "Last scan", "Varighed": "Took", "Elementer/s": "Items/s", "Læst/s": "Read/s", "fuldført": "complete",
	"Opgaver": "Jobs", "Opgave": "Job", "Startet": "Started", "Sidst gennemført": "Last success", "Fejl i træk": "Failures in a row", "Seneste fejl": "Last error",
	"Ingen opgave har kørt endnu; de kører med slet run.": "No job has run yet; they run with slet run.", "Brugere": "Users", "Rolle": "Role", "lukket": "closed", "åben": "open",
	"Ingen kilde er gennemgået endnu.": "No source has been scanned yet.",
}
