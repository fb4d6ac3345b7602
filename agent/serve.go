package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// Limits of one connection to the pages: a client that is slower than this is
// no browser.
const (
	readHeader = 10 * time.Second
	readWhole  = 2 * time.Minute // an import of events
	writeWhole = 5 * time.Minute // a report over a slow line
	idleFor    = 2 * time.Minute
	lastWords  = 10 * time.Second
)

// Serve answers on the listener until ctx ends, then lets the requests that
// are being answered finish, for ten seconds. The listener is closed.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: readHeader, ReadTimeout: readWhole, WriteTimeout: writeWhole, IdleTimeout: idleFor,
		MaxHeaderBytes: 64 << 10,
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve the pages on %s: %w", l.Addr(), err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
		defer cancel()
		return srv.Shutdown(end)
	})
	return g.Wait()
}
