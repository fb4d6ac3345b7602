package files

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
)

// BenchmarkWalk walks 100,000 files in 500 folders, and has find list the same
// tree with sizes and times in the same run. Read the ratio, not the rates.
func BenchmarkWalk(b *testing.B) {
	const folders, files = 500, 200
	find := testenv.Program(b, "find")
	root := b.TempDir()
	for d := range folders {
		dir := fmt.Sprintf("%s/%02d/%03d", root, d%20, d)
		must(b, os.MkdirAll(dir, 0o755))
		for f := range files {
			must(b, os.WriteFile(fmt.Sprintf("%s/sag %03d æøå.docx", dir, f), nil, 0o644))
		}
	}
	s := sourceOver(b, root, openTree)
	var ours, theirs time.Duration
	runs := 0
	for b.Loop() {
		runs++
		start := time.Now()
		n := 0
		list, err := s.Partitions(context.Background())
		must(b, err)
		for _, p := range list {
			for _, err := range s.Walk(context.Background(), p) {
				must(b, err)
				n++
			}
		}
		ours += time.Since(start)
		if n != folders*files {
			b.Fatalf("%d files", n)
		}
		start = time.Now()
		must(b, exec.Command(find, root, "-type", "f", "-printf", "%s %T@ %C@ %i\n").Run())
		theirs += time.Since(start)
	}
	rate := func(d time.Duration) float64 { return float64(runs*folders*files) / d.Seconds() }
	b.ReportMetric(rate(ours), "files/s")
	b.ReportMetric(rate(theirs), "find-files/s")
	b.ReportMetric(rate(ours)/rate(theirs), "×find")
}
