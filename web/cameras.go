package web

import (
	"cmp"
	"slices"
	"time"

	"github.com/sletdk/slet/report"
)

func (s *Server) cameraRoutes() []route {
	return []route{{"GET /kameraer", seeCameras, s.cameras}}
}

// camerasView is how it stands with the recordings, as of the last refresh.
type camerasView struct {
	List  []cameraRow
	Taken time.Time
	Over  int // recordings past the deadline
	// Unread: the list of a recorder was not read whole, so that more may be past
	// the deadline than is known.
	Unread bool
	// Elapsed: something has fallen due since, so that nobody knows that all is
	// within the deadline.
	Elapsed bool
}

type cameraRow struct {
	report.CameraStatus
	Days    int  // the age of the oldest recording, now
	Elapsed bool // what was due next at the last refresh is due by now
}

func (s *Server) cameras(q *request) error {
	n, taken, err := s.numbers(q)
	if err != nil {
		return err
	}
	v := camerasView{Taken: taken}
	for _, c := range n.Cameras {
		v.Over += c.Over
		v.Unread = v.Unread || c.Unread
		v.List = append(v.List, cameraRow{
			CameraStatus: c, Days: int(s.Now().Sub(c.Oldest).Hours() / 24),
			Elapsed: c.NextDue != nil && !s.Now().Before(*c.NextDue),
		})
	}
	v.Elapsed = slices.ContainsFunc(v.List, func(c cameraRow) bool { return c.Elapsed })
	// What is over the deadline comes first.
	slices.SortStableFunc(v.List, func(a, b cameraRow) int { return cmp.Compare(b.Over, a.Over) })
	return q.page("cameras", "Kameraer", v)
}

var cameraText = text{
	"Kameraer": "Cameras", "optagelser er over fristen, og intet hold bevarer dem.": "recordings are past the deadline, and no hold keeps them.",
	"Ingen optagelse er over fristen.": "No recording is past the deadline.", "Ældste": "Oldest", "dage": "days", "Optagelser": "Recordings", "Over fristen": "Past the deadline", "Holdes": "Held",
	"Næste forfald": "Next due", "forfalden siden opgørelsen": "due since the count", "Tavst siden": "Silent since", "Huller": "Gaps", "Uforklarede": "Unexplained", "ukendt kamera": "unknown camera",
	"En optagers liste mangler eller kunne ikke læses helt: der kan ligge mere over fristen, end vi ved.": "A recorder's list is missing or could not be read whole: more may be past the deadline than we know.",
	"låst":             "locked",
	"i tvivl om tiden": "in doubt about the time", "Der er ingen optagelser i beholdningen.": "There are no recordings in the inventory.", "Opgjort": "Counted",
}
