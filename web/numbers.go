package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// Numbers are the data of a snapshot: what the pages show that nobody should
// wait for while it is counted.
type Numbers struct {
	report.Report
	// Kept are the items that each hold and archive lock keeps.
	Kept map[string]int64 `json:"kept,omitempty"`
	// Rules are the items that each rule decides, by disposition; those that no
	// rule decides are under "".
	Rules map[string]map[retention.Disposition]int64 `json:"rules,omitempty"`
	// Cameras are how it stands with the recordings.
	Cameras []report.CameraStatus `json:"cameras,omitempty"`
}

// numbers returns those of the last refresh, and when it was; a zero time
// before the first.
func (s *Server) numbers(q *request) (n Numbers, taken time.Time, err error) {
	snap, err := s.Store.LatestSnapshot(q.r.Context())
	if errors.Is(err, store.ErrNotFound) {
		return n, taken, nil
	}
	if err != nil {
		return n, taken, err
	}
	if err := json.Unmarshal(snap.Data, &n); err != nil {
		return n, taken, fmt.Errorf("the snapshot of %s: %w", snap.Taken, err)
	}
	return n, snap.Taken, nil
}
