package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
)

// TestServersEndToEnd takes the whole way, from scan to a verified audit log, on
// a real share and in real mailboxes: an old file and an old mail are erased,
// young ones and private ones are not touched.
func TestServersEndToEnd(t *testing.T) {
	smbd := testenv.Smbd(t, testenv.SmbOptions{OwnUser: true})
	dovecot := testenv.Dovecot(t, testenv.DovecotOptions{})
	old := time.Now().AddDate(-2, 0, 0)
	for path, when := range map[string]time.Time{"gammel.txt": old, "ny.txt": time.Now(), "Privat/hemmelig.txt": old} {
		file := filepath.Join(smbd.Path, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("CPR 150370-5008"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, when, when); err != nil {
			t.Fatal(err)
		}
	}
	mail := func(subject string) []byte {
		return []byte("From: a@example.dk\r\nTo: b@example.dk\r\nSubject: " + subject + "\r\n\r\nCPR 010758-5001\r\n")
	}
	dovecot.Deliver(t, "anne", "INBOX", mail("gammel"), old)
	dovecot.Deliver(t, "anne", "INBOX", mail("ny"), time.Now())
	dovecot.Deliver(t, "anne", "INBOX", mail("Privat: ferie"), old)
	dovecot.Deliver(t, "anne", "Privat", mail("ligegyldigt"), old)

	t.Setenv("SLET_TEST_SMB", smbd.Password)
	t.Setenv("SLET_TEST_IMAP", dovecot.MasterPass)
	config := filepath.Join(t.TempDir(), "slet.yaml")
	write := func(mode string) {
		t.Helper()
		text := fmt.Sprintf(`sources:
  - name: hdrev
    type: smb
    smb: {address: %q, share: %q, username: %q, password: env:SLET_TEST_SMB}
  - name: post
    type: imap
    imap: {address: %q, root_cas: %q, master: %q, password: env:SLET_TEST_IMAP, accounts: [anne]}
erase: {mode: %s}
`, smbd.Address, smbd.Share, smbd.User, dovecot.TLSAddress, dovecot.CA, dovecot.Master, mode)
		schedule := "version: test-1\nrules:\n" +
			"  - {id: FILER, title: Filer, match: {source: [hdrev]}, trigger: modified, delete_after: P1Y, action: erase}\n" +
			"  - {id: POST, title: Post, match: {source: [post]}, trigger: received, delete_after: P1Y, action: erase}\n"
		for name, data := range map[string]string{config: text, filepath.Join(filepath.Dir(config), "schedule.yaml"): schedule} {
			if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	write("dry-run")
	bin := buildSlet(t)
	do := func(want int, args ...string) string {
		t.Helper()
		out, code := execSlet(t, bin, append([]string{"--config", config, "--json"}, args...)...)
		if code != want {
			t.Fatalf("slet %s: exit code %d, want %d\n%s", strings.Join(args, " "), code, want, out)
		}
		return out
	}
	checked := do(exitDone, "check")
	for _, said := range []string{
		"SMB 3.1.1, ", "storage: NTFS, medium unknown as configured", "the server's clock agrees",
		"the account may write and delete", "rights to delete: not measured", "the server's clock: not measured",
	} {
		if !strings.Contains(checked, said) {
			t.Errorf("check does not say %q:\n%s", said, checked)
		}
	}
	scans := lines[scanLine](t, do(exitDone, "scan"))
	if len(scans) != 2 || scans[0].Seen != 2 || scans[0].PrivateFolders != 1 || scans[1].Scanned != 2 || scans[1].PrivateFolders != 1 || scans[1].Skipped != 1 {
		t.Errorf("scans: %+v", scans)
	}
	plan := lines[planLine](t, do(exitDone, "plan"))[0]
	if plan.Items != 2 {
		t.Fatalf("%d items are due, want the old file and the old mail", plan.Items)
	}
	do(exitDone, "approve", plan.Plan, "--as", "DPO")
	write("enforce")
	results := lines[eraseLine](t, do(exitDone, "erase", plan.Plan))
	if len(results) != 2 || results[0].Result != "erased" || results[1].Result != "erased" {
		t.Fatalf("results: %+v", results)
	}
	if results[0].Assurance != "overwritten_unproven" || results[1].Assurance != "expunged" {
		t.Errorf("assurances %s and %s", results[0].Assurance, results[1].Assurance)
	}
	entries, err := os.ReadDir(smbd.Path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if !slices.Equal(names, []string{"Privat", "ny.txt"}) {
		t.Errorf("left on the share: %v", names)
	}
	scans = lines[scanLine](t, do(exitDone, "scan"))
	if scans[0].Seen != 1 || scans[1].Scanned+scans[1].Unchanged != 1 {
		t.Errorf("scans afterwards: %+v", scans)
	}
	do(exitDone, "audit", "verify")
}

// lines reads JSON lines.
func lines[T any](t *testing.T, out string) (list []T) {
	t.Helper()
	for line := range strings.Lines(out) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		list = append(list, v)
	}
	return list
}
