package main

import (
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/scanner/smb"
)

// TestServerClock: a clock that is off by more than two minutes is doubted, and
// one that was not told is not said to be right.
func TestServerClock(t *testing.T) {
	for _, tc := range []struct {
		ahead  time.Duration
		told   bool
		status string
		says   string
	}{
		{0, true, "ok", "agrees, within 1s"},
		{-90 * time.Second, true, "ok", "agrees, within 1m30s"},
		{clockDoubt, true, "ok", "agrees"},
		{clockDoubt + time.Second, true, "warning", "2m1s ahead"},
		{-time.Hour, true, "warning", "1h0m0s behind"},
		{0, false, "ok", "not measured"},
	} {
		if status, how := serverClock(tc.ahead, tc.told); status != tc.status || !strings.Contains(how, tc.says) {
			t.Errorf("%v, told %t: %s, %s", tc.ahead, tc.told, status, how)
		}
	}
}

// TestShareTraits: what the server says is said, and what it does not say is
// not made up.
func TestShareTraits(t *testing.T) {
	for _, tc := range []struct {
		traits smb.Traits
		medium string
		want   []string // status, how it is protected; storage
	}{
		{smb.Traits{FileSystem: "NTFS", Snapshots: -1}, "", []string{"warning", "neither signed nor encrypted", "NTFS, medium unknown as configured, snapshots: the server does not say"}},
		{smb.Traits{Encrypted: true, Signing: "AES-GMAC", FileSystem: "NTFS", Snapshots: 2}, "inplace", []string{"ok", "encrypted", "medium inplace as configured, 2 snapshots in which"}},
		{smb.Traits{Signing: "AES-GMAC", FileSystem: "ReFS", CopyOnWrite: true}, "inplace", []string{"ok", "signed with AES-GMAC, not encrypted", "never overwrites in place (cow), no snapshots"}},
	} {
		status, how := protection(tc.traits)
		storage := storageOf(tc.traits, tc.medium)
		if status != tc.want[0] || !strings.HasPrefix(how, tc.want[1]) || !strings.Contains(storage, tc.want[2]) {
			t.Errorf("%+v: %s, %s; %s", tc.traits, status, how, storage)
		}
	}
}
