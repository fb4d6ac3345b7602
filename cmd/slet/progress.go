package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress is the bar of one scan: items, bytes, rate and time left. It counts
// bytes, since that is what a scan's time goes to.
type progress struct {
	source string
	bar    *progressbar.ProgressBar
	total  atomic.Int64 // items; 0 until known
	done   atomic.Int64
}

// progress returns nil where nobody watches.
func (c *cli) progress(source string) *progress {
	if !c.onTerminal() {
		return nil
	}
	return &progress{source: source, bar: progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(c.stderr),
		progressbar.OptionSetDescription(source),
		progressbar.OptionShowBytes(true),
		progressbar.OptionShowTotalBytes(true),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(20),
	)}
}

// Total implements agent.Progress.
func (p *progress) Total(items, bytes int64) {
	p.total.Store(items)
	p.bar.ChangeMax64(max(bytes, 1))
}

// Done implements agent.Progress. A bar that cannot be drawn stops nothing.
func (p *progress) Done(bytes int64) {
	done, total := p.done.Add(1), p.total.Load()
	if total > 0 {
		p.bar.Describe(fmt.Sprintf("%s %d/%d items", p.source, done, total))
	} else {
		p.bar.Describe(fmt.Sprintf("%s %d items", p.source, done))
	}
	_ = p.bar.Add64(bytes)
}

// end clears the bar.
func (p *progress) end() { _ = p.bar.Clear() }
