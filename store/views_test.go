package store

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestViews: a view is its owner's; others see it when it is shared, and change it
// never.
func TestViews(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		mine := View{ID: "v1", Person: "anna", Name: "Forfaldne", Filter: "afgoerelse=due", Created: day}
		for _, v := range []View{mine, {ID: "v2", Person: "bo", Name: "Forfaldne", Shared: true}, {ID: "v3", Person: "bo", Name: "Mine egne"}} {
			must(t, s.AddView(ctx, v))
		}
		if err := s.AddView(ctx, View{ID: "v4", Person: "anna", Name: "Forfaldne"}); !errors.Is(err, ErrExists) {
			t.Errorf("the same name twice: %v", err)
		}
		ids := func(person string) (ids []string) {
			list, err := s.Views(ctx, person)
			must(t, err)
			for _, v := range list {
				ids = append(ids, v.ID)
			}
			return ids
		}
		if d := cmp.Diff([][]string{{"v1", "v2"}, {"v2", "v3"}}, [][]string{ids("anna"), ids("bo")}); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		mine.Name, mine.Shared = "Skal slettes", true
		must(t, s.SetView(ctx, mine))
		if list, err := s.Views(ctx, "bo"); err != nil || len(list) != 3 || !cmp.Equal(list[2], mine) {
			t.Errorf("renamed and shared: %+v, %v", list, err)
		}
		for _, err := range []error{s.SetView(ctx, View{ID: "v1", Person: "bo", Name: "Stjålet"}), s.RemoveView(ctx, "v1", "bo"), s.RemoveView(ctx, "nothing", "bo")} {
			if !errors.Is(err, ErrNotFound) {
				t.Errorf("somebody else's view: %v", err)
			}
		}
		must(t, s.RemoveView(ctx, "v1", "anna"))
		if d := cmp.Diff([]string{"v2"}, ids("anna")); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}
