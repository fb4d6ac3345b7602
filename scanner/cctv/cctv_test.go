package cctv

import (
	"context"
	"iter"
	"slices"

	"github.com/sletdk/slet/scanner"
)

// emptyInner is a storage in memory that holds the items it is made of.
type emptyInner []scanner.Item

func (emptyInner) Name() string { return "kilde" }
func (emptyInner) Close() error { return nil }

func (emptyInner) Partitions(context.Context) ([]scanner.Partition, error) {
	return []scanner.Partition{{ID: "/"}}, nil
}

func (e emptyInner) Walk(context.Context, scanner.Partition) iter.Seq2[scanner.Item, error] {
	return func(yield func(scanner.Item, error) bool) {
		for it := range slices.Values(e) {
			if !yield(it, nil) {
				return
			}
		}
	}
}

func (emptyInner) Open(context.Context, scanner.Item) (scanner.File, error) {
	return nil, scanner.ErrGone
}
