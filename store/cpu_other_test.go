//go:build !unix

package store

import "time"

var processStart = time.Now()

// cpuTime returns the time since the start: there is no better clock here.
func cpuTime() time.Duration { return time.Since(processStart) }
