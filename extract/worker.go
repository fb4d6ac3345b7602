package extract

import "io"

// workers is the pool of worker processes.
type workers struct{}

func newWorkers(Options) *workers { return &workers{} }

func (w *workers) close() error { return nil }

// ServeWorker is the main loop of a worker process.
func ServeWorker(r io.Reader, w io.Writer) error { return nil }
