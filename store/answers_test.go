package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnswers(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		list := []Answer{
			{Ref: "i1", Kind: "keep", Person: "anna", Answered: day.UTC(), Detail: "bogføringsloven", Until: day.AddDate(1, 0, 0).UTC()},
			{Ref: "i2", Kind: "owner", Person: "anna", Answered: day.Add(time.Second).UTC(), Detail: "bo"},
			{Ref: "i1", Kind: "owner", Person: "anna", Answered: day.Add(time.Minute).UTC(), Detail: "bo"},
		}
		if err := s.AddAnswers(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		got, err := s.Answers(t.Context(), "i1")
		if d := cmp.Diff([]Answer{list[0], list[2]}, got); err != nil || d != "" {
			t.Errorf("%v (-want +got):\n%s", err, d)
		}
		got, err = s.AnswersOf(t.Context(), "owner")
		if d := cmp.Diff(list[1:], got); err != nil || d != "" {
			t.Errorf("%v (-want +got):\n%s", err, d)
		}
		if err := s.AddAnswers(t.Context(), []Answer{{Ref: "i3", Kind: "keep", Person: "x"}, {Ref: "i3", Kind: "keep"}}); err == nil {
			t.Error("an answer by nobody was stored")
		}
		if got, err := s.Answers(t.Context(), "i3"); err != nil || len(got) != 0 {
			t.Errorf("half of a list was stored: %v %v", got, err)
		}
	})
}
