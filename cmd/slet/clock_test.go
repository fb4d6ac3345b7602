package main

import (
	"context"
	"errors"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sletdk/slet/store"
)

// cmdAhead makes it look as if the clock had been set ahead by so much since
// slet looked at it last: ahead 49h.
func cmdAhead(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ahead DURATION")
	}
	by, err := time.ParseDuration(args[0])
	ts.Check(err)
	ctx := context.Background()
	st, err := store.Open(ctx, "sqlite:"+ts.MkAbs("state/slet.db"))
	ts.Check(err)
	mark, err := st.ClockMark(ctx)
	if err == nil {
		mark.At = mark.At.Add(-by)
		err = st.SetClockMark(ctx, mark)
	}
	ts.Check(errors.Join(err, st.Close()))
}
