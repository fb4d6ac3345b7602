package agent

import (
	"context"
	"fmt"
	"strings"

	"github.com/sletdk/slet/scanner"
)

// recall lends a source that can use it the memory of what was seen before.
func (sc *scan) recall(ctx context.Context) error {
	src, ok := sc.src.(scanner.Rememberer)
	if !ok {
		return nil
	}
	if sc.Full {
		src.Recall(memory{sc: sc}) // marks are left for the next scan
		return nil
	}
	marks, err := sc.Store.Marks(ctx, src.Name())
	if err != nil {
		return fmt.Errorf("what is known of %s: %w", src.Name(), err)
	}
	src.Recall(memory{sc: sc, marks: marks})
	return nil
}

// memory is what the store knows of a source. It implements [scanner.Memory].
type memory struct {
	sc    *scan
	marks map[string]string
}

// Items implements [scanner.Memory].
func (m memory) Items(ctx context.Context, place string, most int) ([]scanner.Item, string, error) {
	// A place that was left by other detectors is walked and read again.
	mark, ok := strings.CutPrefix(m.marks[place], m.sc.Fingerprint()+" ")
	if !ok {
		return nil, "", nil
	}
	items, err := m.sc.Store.ItemsBelow(ctx, m.sc.src.Name(), place, most+1)
	if err != nil || len(items) > most {
		return nil, "", err
	}
	return items, mark, nil
}
