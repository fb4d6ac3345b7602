package erase

import (
	"errors"
	"testing"

	"github.com/sletdk/slet/store"
)

// TestContentKnown: an item that was never read whole is refused, even if a
// comparison with nothing would succeed.
func TestContentKnown(t *testing.T) {
	if err := contentKnown(store.PlanItem{}); !errors.Is(err, ErrRefused) {
		t.Errorf("without a MAC: %v", err)
	}
	if err := contentKnown(store.PlanItem{ContentMAC: "x"}); err != nil {
		t.Errorf("with a MAC: %v", err)
	}
}

// TestWarrantZero: a warrant that was not minted is good for nothing.
func TestWarrantZero(t *testing.T) {
	if err := (Warrant{}).Destroyed(Receipt{Method: "x"}); !errors.Is(err, ErrRefused) {
		t.Errorf("the zero warrant takes a receipt: %v", err)
	}
}
