package main

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// uptime is which run of the operating system this is, and how long it has
// lasted, with the time it was suspended: CLOCK_BOOTTIME goes on whatever the
// clock is set to. Without a name for the run nothing is known.
func uptime() (boot string, up time.Duration) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	var ts unix.Timespec
	if err != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return "", 0
	}
	return strings.TrimSpace(string(id)), time.Duration(ts.Nano())
}
