package config_test

import (
	"testing"
	"time"
)

func TestSnippetsKept(t *testing.T) {
	now := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		yaml  string
		since time.Time // zero: off
	}{
		{"", now.AddDate(0, 0, -90)},
		{"snippets: {keep: P1Y2M1W3D}\n", now.AddDate(-1, -2, -10)},
		{"snippets: {keep: off}\n", time.Time{}},
	} {
		since, ok := load(t, minimal+tc.yaml).Snippets.KeptSince(now)
		if ok != !tc.since.IsZero() || !since.Equal(tc.since) {
			t.Errorf("%q: %v %t", tc.yaml, since, ok)
		}
	}
}
