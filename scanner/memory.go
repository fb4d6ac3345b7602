package scanner

import (
	"context"
	"fmt"
)

// Memory is what an earlier scan has seen of a source. It is for sources that
// can tell that a place is as it was without asking for every item in it.
type Memory interface {
	// Items returns the items at or below a place, as they were walked, and the
	// mark that the place was left with. There are none when the place has no
	// mark, when there are more than most, or when an item would have to be
	// examined anew only because of what examines it.
	Items(ctx context.Context, place string, most int) (items []Item, mark string, err error)
}

// A Rememberer is a [Source] that makes use of a [Memory]. What it remembers it
// yields as if it had just been walked.
type Rememberer interface {
	Source
	// Recall has later walks use the memory, nil for none, and yield a *[Mark]
	// behind each place.
	Recall(Memory)
}

// Mark is what a source calls the state of a place, of which it has just yielded
// all that there is. It is kept, if the whole walk ends well, until the next.
type Mark struct {
	Place string // as in [Item].Path
	Value string // means nothing to others
}

func (m *Mark) Error() string { return fmt.Sprintf("%s is marked %s", m.Place, m.Value) }
