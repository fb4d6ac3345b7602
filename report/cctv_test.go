package report_test

import (
	"strings"
	"testing"

	"github.com/sletdk/slet/report"
)

func TestCameraMetrics(t *testing.T) {
	var b strings.Builder
	err := report.CameraMetrics(&b, []report.CameraStatus{
		{Source: "kam", Camera: "Indgang \"Øst\"\n\\", AgeSeconds: 2592000, Over: 2},
		{Source: "kam", Camera: "\xff", Recordings: 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# TYPE slet_cctv_oldest_recording_age_seconds gauge\n",
		`slet_cctv_oldest_recording_age_seconds{source="kam",camera="Indgang \"Øst\"\n\\"} 2.592e+06` + "\n",
		`slet_cctv_overdue_recordings{source="kam",camera="Indgang \"Øst\"\n\\"} 2` + "\n",
		"slet_cctv_recordings{source=\"kam\",camera=\"\uFFFD\"} 3\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %q in\n%s", want, b.String())
		}
	}
}
