package store

import (
	"context"
	"database/sql"
	"fmt"
)

// BindKey ties the store to the installation's key, by the key's id, the first
// time, and refuses every other key from then on ([ErrOtherKey]). References
// and persons are named under the key: with another one every item would be
// new, and a hold on a person would silently keep nothing.
func (s *Store) BindKey(ctx context.Context, id string) error {
	var bound string
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, "INSERT INTO installation (name, value) VALUES ('key', ?) ON CONFLICT (name) DO NOTHING", text(id))
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT value FROM installation WHERE name = 'key'").Scan(&bound)
	})
	if err != nil {
		return s.fail("key", err)
	}
	if bound != id {
		return s.fail("key", fmt.Errorf("%w (the store was made with key %s, this is key %s)", ErrOtherKey, bound, id))
	}
	return nil
}
