package smb

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/sletdk/slet/agent"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// TestCut: wherever in the server's answers the connection is cut, the source
// connects anew and gives everything all the same, or an error; it never gives
// less without one.
func TestCut(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{})
	const folders, each = 6, 5
	for d := range folders {
		for f := range each {
			put(t, server.Path, fmt.Sprintf("mappe%d", d), fmt.Sprintf("%d.txt", f), strings.Repeat("indhold ", 100))
		}
	}
	cable := testenv.NewCable(t, server.Address)
	for after := int64(100); after < 24_000; after += 1597 {
		cfg := configOf(server, "")
		cfg.Address = cable.Address
		cable.Cut(after)
		src, err := New(t.Context(), cfg)
		if err != nil {
			continue // cut while it signed in, and said so
		}
		n, err := readEverything(t, src)
		if err == nil && n != folders*each {
			t.Errorf("cut after %d bytes: %d items and no error, want %d", after, n, folders*each)
		}
		cable.Cut(-1)
		if err := src.Close(); err != nil {
			t.Errorf("cut after %d bytes: %v", after, err)
		}
	}
}

// readEverything walks the partitions of a source beside each other and reads
// every item in a goroutine of its own, as the agent does.
func readEverything(t *testing.T, src *Source) (int, error) {
	t.Helper()
	var n atomic.Int64
	g, ctx := errgroup.WithContext(t.Context())
	err := agent.WalkMany(ctx, src, 4, agent.Visitor{
		Item: func(it scanner.Item) error {
			g.Go(func() error {
				n.Add(1)
				return readOne(src, it, make([]byte, 4096))
			})
			return nil
		},
		Gap: func(gap *scanner.Gap) error { return gap },
	})
	err = errors.Join(err, g.Wait())
	return int(n.Load()), err
}
