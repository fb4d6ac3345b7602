package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/retention"
)

// TestTimes: schedules are read on the wall clock of service.zone, whatever
// zone the machine is in.
func TestTimes(t *testing.T) {
	s := config.Service{Zone: "Europe/Copenhagen"}
	for _, c := range []struct{ schedule, after, want string }{
		{"15 1 * * *", "2026-11-22T12:00:00Z", "2026-11-23T00:15:00Z"},     // winter: an hour ahead of UTC
		{"15 1 * * *", "2026-07-01T12:00:00Z", "2026-07-01T23:15:00Z"},     // summer: two
		{"0 6 * * 1", "2026-11-22T12:00:00Z", "2026-11-23T05:00:00Z"},      // the next Monday
		{"30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"},     // 02:30 is not on the 29th
		{"@hourly", "2026-11-22T12:00:00Z", "2026-11-22T13:00:00Z"},        //
		{"*/10 * * * *", "2026-11-22T12:09:59.9Z", "2026-11-22T12:10:00Z"}, //
		{"*/10 * * * *", "2026-11-22T12:10:00Z", "2026-11-22T12:20:00Z"},   // after, never at
		{"0 0 29 2 *", "2026-11-22T12:00:00Z", "2028-02-28T23:00:00Z"},     //
		{"7 * * * *", "2026-10-25T00:07:00Z", "2026-10-25T01:07:00Z"},      // 02:07 comes twice in autumn
	} {
		next, err := s.Times(c.schedule)
		if err != nil {
			t.Errorf("%s: %v", c.schedule, err)
			continue
		}
		after, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		if got := next(after).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s after %s: %s, want %s", c.schedule, c.after, got, c.want)
		}
	}
	if next, err := s.Times(config.Off); next != nil || err != nil {
		t.Errorf("off: %v", err)
	}
}

// TestScanTimesDefaults: recordings are looked at every hour, the rest every
// night, and nothing is copied anywhere until somebody says where.
func TestScanTimesDefaults(t *testing.T) {
	c := load(t, "sources:\n  - {name: a, type: files, path: x}\n  - {name: k, type: cctv, path: y, scan: {full: '@weekly'}}\n")
	if a, k := c.Sources[0].Scan, c.Sources[1].Scan; a.Schedule != "15 1 * * *" || a.Full != config.Off || k.Schedule != "7 * * * *" || k.Full != "@weekly" {
		t.Errorf("scan times: %+v, %+v", a, k)
	}
	if c.Service.Backup.Dir != "" || c.Notify.SMTP.Address != "" || c.Notify.Webhook.URL != "" {
		t.Errorf("something leaves the machine by default: %+v %+v", c.Service.Backup, c.Notify)
	}
}

// TestOwnersNotice: owners are waited for when it is said for how long.
func TestOwnersNotice(t *testing.T) {
	const base = "sources:\n  - {name: a, type: files, path: x}\n"
	if c := load(t, base); c.Erase.Notice() != (retention.Period{}) || c.Notify.Digest != "0 7 * * 1" {
		t.Errorf("by default: %v, %q", c.Erase.Notice(), c.Notify.Digest)
	}
	if c := load(t, base+"erase: {owners_notice: P14D}\nnotify: {digest: off}\n"); c.Erase.Notice() != (retention.Period{Days: 14}) {
		t.Errorf("P14D is %v", c.Erase.Notice())
	}
	for bad, key := range map[string]string{"erase: {owners_notice: 14d}": "erase.owners_notice", "erase: {owners_notice: P0D}": "erase.owners_notice", "notify: {digest: mandag}": "notify.digest"} {
		if _, err := config.Load(write(t, base+bad+"\n")); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v, want an error about %s", bad, err, key)
		}
	}
}

// FuzzTimes: no text makes the parser panic, and what it takes has a next time.
func FuzzTimes(f *testing.F) {
	for _, s := range []string{"15 1 * * *", "@every 1h", "TZ=UTC", "CRON_TZ=", "0 0 30 2 *", "*/0 * * * *", "@", "1-0 * * * *", "off", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, schedule string) {
		next, err := config.Service{Zone: "Europe/Copenhagen"}.Times(schedule)
		if err != nil || next == nil {
			return
		}
		at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		if got := next(at); !got.After(at) {
			t.Errorf("%q: %s is not after %s", schedule, got, at)
		}
	})
}
