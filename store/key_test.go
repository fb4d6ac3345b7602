package store

import (
	"errors"
	"testing"
)

// TestBindKey: a store knows the key that its names were made with.
func TestBindKey(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		for range 2 {
			if err := s.BindKey(t.Context(), "a1"); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.BindKey(t.Context(), "b2"); !errors.Is(err, ErrOtherKey) {
			t.Errorf("another key: %v, want ErrOtherKey", err)
		}
		if err := s.BindKey(t.Context(), "a1"); err != nil {
			t.Errorf("its own key after another: %v", err)
		}
	})
}
