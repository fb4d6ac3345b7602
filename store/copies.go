package store

import "context"

// Copy is an item that shares content with another.
type Copy struct {
	Finding
	// Whole is true when the two have the same content altogether; otherwise
	// one of them is in the other, or they hold the same file or message.
	Whole bool
}

// maxCopies is how many copies of one item are looked at: what lies in a
// thousand places is a letterhead.
const maxCopies = 1000

// Copies returns the other items that share content with one: those with the
// same content, those that hold it (an attachment, an entry of an archive),
// those that it holds, and those that hold the same. In order of source and
// path, the first thousand; more says that there are others. Empty items have
// no copies. The findings come without their gaps, and with their matches only
// when asked. contentMAC is
// the item's; an item that has left the inventory is looked for by that alone.
func (s *Store) Copies(ctx context.Context, ref, contentMAC string, withMatches bool) (copies []Copy, more bool, err error) {
	keys, err := s.copyKeys(ctx, ref)
	if err != nil {
		return nil, false, s.fail("copies", err)
	}
	if contentMAC != "" {
		keys = append(keys, contentMAC)
	}
	if len(keys) == 0 {
		return nil, false, nil
	}
	args := make([]any, 0, 2*len(keys)+2)
	for range 2 {
		for _, k := range keys {
			args = append(args, text(k))
		}
	}
	args = append(args, text(ref), maxCopies+1)
	// Two indexes, each asked by itself: an OR would have the planner read all items.
	found, err := s.rows(ctx, `ref IN (
		SELECT ref FROM items WHERE content_mac IN (`+marks(len(keys))+`) AND size > 0
		UNION SELECT ref FROM copy_keys WHERE copy_key IN (`+marks(len(keys))+`))
		AND ref <> ? ORDER BY source, path, ref LIMIT ?`, args...)
	if err != nil {
		return nil, false, s.fail("copies", err)
	}
	if more = len(found) > maxCopies; more {
		found = found[:maxCopies]
	}
	for len(found) > 0 {
		n := cut(found, Filter{WithMatches: withMatches})
		if err := s.fill(ctx, found[:n], Filter{WithMatches: withMatches}); err != nil {
			return nil, false, s.fail("copies", err)
		}
		for _, r := range found[:n] {
			copies = append(copies, Copy{Finding: r.Finding, Whole: contentMAC != "" && r.ContentMAC == contentMAC})
		}
		found = found[n:]
	}
	return copies, more, nil
}

// copyKeys returns an item's keys, ordered.
func (s *Store) copyKeys(ctx context.Context, ref string) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT copy_key FROM copy_keys WHERE ref = ? ORDER BY copy_key"), text(ref))
	if err != nil {
		return nil, err
	}
	return collect(rows, func(k *string) []any { return []any{k} })
}
