package detectors

import (
	"testing"

	"github.com/sletdk/slet/internal/samples"
)

// plainRounds and hardRounds are how many samples there are, of each kind.
const (
	plainRounds = 6000
	hardRounds  = 300
)

// score runs the detector over samples and counts: found and there, found and
// not there, there and not found. With confirmed it counts only what is
// confirmed as found.
func score(t *testing.T, list []samples.Sample, confirmed bool) (right, wrong, missed int) {
	t.Helper()
	c := testCPR(t)
	shown := 0
	for _, s := range list {
		want := map[string]int{}
		for _, n := range s.Numbers {
			want[n]++
		}
		for _, h := range c.Find([]byte(s.Text)) {
			switch {
			case confirmed && h.Confidence != Confirmed:
			case want[h.Value] > 0:
				want[h.Value]--
				right++
			default:
				wrong++
				if shown++; shown <= 5 {
					t.Logf("wrong: %q: %s %v", MaskText(s.Text), h.Confidence, h.Reasons)
				}
			}
		}
		for _, n := range want {
			missed += n
			if n > 0 && shown < 10 {
				shown++
				t.Logf("missed: %q", MaskText(s.Text))
			}
		}
	}
	return right, wrong, missed
}

func rates(right, wrong, missed int) (recall, precision, f1 float64) {
	recall = float64(right) / float64(right+missed)
	precision = float64(right) / float64(right+wrong)
	return recall, precision, 2 * recall * precision / (recall + precision)
}

// TestPlainQuality: what offices write every day, and every day's numbers that
// are none. Numbers are made as the test runs.
func TestPlainQuality(t *testing.T) {
	list := samples.PlainCPR(plainRounds)
	recall, precision, _ := rates(score(t, list, false))
	_, sure, _ := rates(score(t, list, true))
	t.Logf("recall %.4f, precision %.4f, of the confirmed %.4f", recall, precision, sure)
	if recall < 0.995 || precision < 0.99 || sure < 0.99 {
		t.Errorf("recall %.4f (at least 0.995), precision %.4f and of the confirmed %.4f (at least 0.99)", recall, precision, sure)
	}
}

// TestHardQuality: numbers without check digit, in bad company, in odd forms;
// and others that only just are none.
func TestHardQuality(t *testing.T) {
	list := samples.HardCPR(hardRounds)
	recall, precision, f1 := rates(score(t, list, false))
	_, sure, _ := rates(score(t, list, true))
	t.Logf("recall %.4f, precision %.4f, F1 %.4f; precision of the confirmed %.4f", recall, precision, f1, sure)
	if f1 < 0.95 || sure < 0.99 {
		t.Errorf("F1 %.4f (at least 0.95), precision of the confirmed %.4f (at least 0.99)", f1, sure)
	}
}
