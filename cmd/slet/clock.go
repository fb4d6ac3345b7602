package main

import "time"

// now is the wall clock. It is the only place in the package that asks it, and
// nothing can set it; see agent/clock.go.
func now() time.Time { return time.Now() }
