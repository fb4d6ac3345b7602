package main

import (
	"context"

	"github.com/sletdk/slet/agent"
	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner"
)

// watch keeps the inventory of a source on this machine close to what happens
// there, until ctx ends or watching fails. Then the job is tried again after a
// while, and what is new is found at the source's own times.
func (a *app) watch(ctx context.Context, s config.Source) error {
	src, err := a.open(ctx, s)
	if err != nil {
		return err
	}
	defer src.Close()
	watchable, ok := src.(scanner.Watchable)
	if !ok {
		return agent.ErrUnwatched
	}
	sc, err := a.scanner(scanning{}, 1)
	if err != nil {
		return err
	}
	defer sc.Extractor.Close()
	sc.Limit = agent.NewLimit(agent.Rate{Items: s.Rate.Items, Bytes: int64(s.Rate.Bytes)})
	w := &agent.Watch{Scanner: sc, Source: watchable, SourceType: s.Type, Ignore: erase.TombstonePrefix}
	return w.Run(ctx)
}
