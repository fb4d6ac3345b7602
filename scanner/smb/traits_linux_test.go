package smb

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
)

// TestCheck: what a server says of itself is what its configuration says.
func TestCheck(t *testing.T) {
	for name, tc := range map[string]struct {
		options   testenv.SmbOptions
		signing   string
		encrypted bool
		snapshots int
	}{
		"as it comes":         {testenv.SmbOptions{}, "", false, -1},
		"signing required":    {testenv.SmbOptions{SigningRequired: true}, "AES-GMAC", false, -1},
		"without GMAC":        {testenv.SmbOptions{SigningRequired: true, Global: []string{"server smb3 signing algorithms = AES-128-CMAC"}}, "AES-CMAC", false, -1},
		"encryption required": {testenv.SmbOptions{EncryptRequired: true}, "", true, -1},
		"snapshots": {testenv.SmbOptions{Share: []string{
			"vfs objects = shadow_copy2", "shadow:snapdir = .snapshots", "shadow:format = @GMT-%Y.%m.%d-%H.%M.%S",
		}}, "", false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.snapshots > 0 {
				var err error
				tc.options.Dir, err = os.MkdirTemp("", "delt") // where the server's user can go
				must(t, err)
				t.Cleanup(func() { must(t, os.RemoveAll(tc.options.Dir)) })
				must(t, os.Chmod(tc.options.Dir, 0o755))
				tc.options.Share = append(tc.options.Share, "shadow:mountpoint = "+tc.options.Dir)
			}
			server := testenv.Smbd(t, tc.options)
			for _, day := range []string{"19", "20"} {
				if tc.snapshots > 0 {
					must(t, os.MkdirAll(filepath.Join(server.Path, ".snapshots", "@GMT-2026.11."+day+"-03.00.00"), 0o755))
				}
			}
			src := open(t, configOf(server, ""))
			got, err := src.Check(t.Context())
			must(t, err)
			if got.Dialect != "3.1.1" || got.Signing != tc.signing || got.Encrypted != tc.encrypted || got.Snapshots != tc.snapshots {
				t.Errorf("%+v, want %+v", got, tc)
			}
			if got.FileSystem != "NTFS" || got.CopyOnWrite {
				t.Errorf("file system %q, copy on write: %t", got.FileSystem, got.CopyOnWrite)
			}
			if !got.ClockTold || got.Clock.Abs() > time.Minute {
				t.Errorf("the clock of this machine is off by %v (told: %t)", got.Clock, got.ClockTold)
			}
		})
	}
}

// TestRights: what the account may do is told without trying it.
func TestRights(t *testing.T) {
	for name, tc := range map[string]struct {
		options testenv.SmbOptions
		mode    os.FileMode // of the file
		folder  os.FileMode
		want    Rights
	}{
		"all":              {testenv.SmbOptions{}, 0o644, 0o755, Rights{true, true, true}},
		"read-only share":  {testenv.SmbOptions{Share: []string{"read only = yes"}}, 0o644, 0o755, Rights{true, false, false}},
		"file of others":   {testenv.SmbOptions{}, 0o444, 0o555, Rights{true, false, false}},
		"may not be read":  {testenv.SmbOptions{}, 0o200, 0o755, Rights{false, true, true}},
		"folder of others": {testenv.SmbOptions{}, 0o644, 0o555, Rights{true, true, false}},
	} {
		t.Run(name, func(t *testing.T) {
			src, it, dir := oneFileAt(t, tc.options, "sagsakt")
			must(t, os.Chmod(filepath.Join(dir, "sag.txt"), tc.mode))
			must(t, os.Chmod(dir, tc.folder))
			t.Cleanup(func() { must(t, os.Chmod(dir, 0o755)) })
			before := snapshot(t, dir)
			got, err := src.Rights(t.Context(), it)
			must(t, err)
			if got != tc.want {
				t.Errorf("%+v, want %+v", got, tc.want)
			}
			if after := snapshot(t, dir); after != before {
				t.Errorf("asking has changed something:\n%s\n%s", before, after)
			}
		})
	}
}

// TestServerSaysCopyOnWrite: what the server says of its storage counts, also
// when the configuration says otherwise.
func TestServerSaysCopyOnWrite(t *testing.T) {
	d := &destroyer{eraser: &Eraser{source: &Source{cfg: Config{Medium: MediumInPlace}}, traits: Traits{CopyOnWrite: true, Snapshots: 1}}}
	list := d.judge()
	if !slices.Contains(list, erase.CaveatCopyOnWrite) || slices.Contains(list, erase.CaveatShareInPlace) || !slices.Contains(list, erase.CaveatShareSnapshots) {
		t.Errorf("%q", list)
	}
}
