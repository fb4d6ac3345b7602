package main

import (
	"encoding/base64"
	"fmt"
	"mime"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
)

// TestCorpusThreeWays has the labelled corpus lie in a folder, on a share, and in
// three mailboxes, as attachments: the manifest holds for all three, and the mail
// server's own log shows that no private folder was opened, or listed below.
func TestCorpusThreeWays(t *testing.T) {
	testenv.Program(t, "tesseract")
	smbd := testenv.Smbd(t, testenv.SmbOptions{OwnUser: true})
	dovecot := testenv.Dovecot(t, testenv.DovecotOptions{Rawlog: true})
	root, manifest := corpus(t)
	if err := os.CopyFS(smbd.Path, os.DirFS(root)); err != nil {
		t.Fatal(err)
	}
	accounts := []string{"anne", "bo", "karen"}
	places := map[string]map[string]string{"disk": {}, "share": {}, "post": {}} // path in the source: in the manifest
	var items, private int64
	for i, e := range manifest {
		content, err := os.ReadFile(filepath.Join(root, e.Path))
		if err != nil {
			t.Fatal(err)
		}
		account, folder := accounts[i%3], fmt.Sprintf("%s/m%d", path.Dir(e.Path), i)
		dovecot.Deliver(t, account, folder, attached(path.Base(e.Path), content), time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC))
		if e.Kind == "private" {
			private++
			continue
		}
		items++
		places["disk"][e.Path], places["share"][e.Path] = e.Path, e.Path
		places["post"][account+"/"+folder+"/1"] = e.Path
	}
	t.Setenv("SLET_TEST_SMB", smbd.Password)
	t.Setenv("SLET_TEST_IMAP", dovecot.MasterPass)
	config := write(t, fmt.Sprintf(`sources:
  - {name: disk, type: files, path: %q}
  - name: share
    type: smb
    smb: {address: %q, share: %q, username: %q, password: env:SLET_TEST_SMB}
  - name: post
    type: imap
    imap: {address: %q, root_cas: %q, master: %q, password: env:SLET_TEST_IMAP, accounts: [anne, bo, karen]}
extract: {ocr: true}
`, root, smbd.Address, smbd.Share, smbd.User, dovecot.TLSAddress, dovecot.CA, dovecot.Master), "version: test-1\nrules: []\n")
	bin := buildSlet(t)
	out, code := execSlet(t, bin, "--config", config, "--json", "scan")
	if code != exitIncomplete {
		t.Fatalf("exit code %d, want %d: the corpus has files that cannot be read", code, exitIncomplete)
	}
	for _, s := range lines[scanLine](t, out) {
		if s.Seen != items || s.Scanned != items || s.Failed != 0 || s.PrivateFolders != private {
			t.Errorf("%+v, want %d items scanned and %d private folders", s, items, private)
		}
	}
	list, _ := execSlet(t, bin, "--config", config, "--json", "findings", "--all")
	checkThreeWays(t, lines[findingLine](t, list), places, manifest)

	log, shown := dovecot.Commands(t), false
	for line := range strings.Lines(log) {
		shown = shown || strings.Contains(line, testenv.ModifiedUTF7("Privatøkonomi"))
		if strings.Contains(strings.ToLower(strings.ReplaceAll(line, testenv.ModifiedUTF7("Privatøkonomi"), "")), "privat") {
			t.Errorf("a private folder was asked for: %s", line)
		}
	}
	if !shown {
		t.Error("the log does not show what was scanned; it proves nothing")
	}
}

// checkThreeWays holds the findings of every source to the manifest.
func checkThreeWays(t *testing.T, findings []findingLine, places map[string]map[string]string, manifest []expectation) {
	t.Helper()
	want := map[string]expectation{}
	for _, e := range manifest {
		want[e.Path] = e
	}
	for _, f := range findings {
		e, ok := want[places[f.Source][f.Path]]
		if !ok {
			t.Errorf("%s: %s is there twice, or should not be there", f.Source, f.Path)
			continue
		}
		delete(places[f.Source], f.Path)
		var seen, expect []string
		for _, m := range f.Matches {
			for _, p := range m.First {
				if m.Detector == "cpr" && m.Confidence == "confirmed" && !slices.Contains(seen, p.Value) {
					seen = append(seen, p.Value)
				}
			}
		}
		for _, n := range e.Expect {
			expect = append(expect, n[:6]+"-••••")
		}
		slices.Sort(seen)
		slices.Sort(expect)
		if !slices.Equal(seen, expect) || len(f.Subjects) != len(expect) || (f.Gaps > 0) != (e.Kind == "unreadable") {
			t.Errorf("%s: %s (%s): %v, %d persons, %d gaps; want %v", f.Source, e.Path, e.Note, seen, len(f.Subjects), f.Gaps, expect)
		}
	}
	for source, left := range places {
		for p, file := range left {
			t.Errorf("%s: nothing is known of %s (%s)", source, p, file)
		}
	}
}

// attached is a message with one file.
func attached(name string, content []byte) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "From: anna@example.dk\r\nSubject: Fil\r\nMessage-ID: <%x@example.dk>\r\nMIME-Version: 1.0\r\n", name)
	fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=skel\r\n\r\n--skel\r\nContent-Type: text/plain\r\n\r\nse fil\r\n--skel\r\n")
	fmt.Fprintf(&b, "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: %s\r\n\r\n",
		mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	for line := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString(content)), 76) {
		b.Write(line)
		b.WriteString("\r\n")
	}
	b.WriteString("--skel--\r\n")
	return []byte(b.String())
}

// write writes the two configuration files and returns the first one's path.
func write(t *testing.T, config, schedule string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"slet.yaml": config, "schedule.yaml": schedule} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "slet.yaml")
}

// TestFormerEmployeesMailbox: the mail of somebody who has left is proposed for
// erasure from the day that the register of events has for the mailbox; the same
// mail in a colleague's mailbox is kept. What is erased is mail: the mailbox and
// its folders stay, and can be signed in to.
func TestFormerEmployeesMailbox(t *testing.T) {
	dovecot := testenv.Dovecot(t, testenv.DovecotOptions{Rawlog: true})
	content := []byte("From: a@example.dk\r\nMessage-ID: <1@example.dk>\r\nDate: Fri, 01 Mar 2019 08:00:00 +0100\r\nSubject: Sag\r\n\r\nCPR 010758-5001\r\n")
	received := time.Date(2019, 3, 1, 7, 0, 0, 0, time.UTC)
	for _, account := range []string{"bo", "anne"} {
		for _, folder := range []string{"", "Sent", "Arkiv/2019"} {
			dovecot.Deliver(t, account, folder, content, received)
		}
		dovecot.Deliver(t, account, "Privat", content, received)
	}
	t.Setenv("SLET_TEST_IMAP", dovecot.MasterPass)
	source := fmt.Sprintf(`sources:
  - name: post
    type: imap
    imap: {address: %q, root_cas: %q, master: %q, password: env:SLET_TEST_IMAP, accounts: [anne, bo]}
`, dovecot.TLSAddress, dovecot.CA, dovecot.Master)
	config := write(t, source, `version: test-1
rules:
  - {id: FRATRADT, title: Fratrådtes postkasse, basis: test, match: {mailbox: ["*"]}, trigger: "event:fratraedelse", fallback: none, delete_after: P1Y, action: erase}
`)
	events := filepath.Join(t.TempDir(), "fratraadte.csv")
	if err := os.WriteFile(events, []byte("postkasse;hændelse;dato\nbo;fratraedelse;30-06-2020\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bin := buildSlet(t)
	do := func(want int, args ...string) string {
		t.Helper()
		out, code := execSlet(t, bin, append([]string{"--config", config, "--json"}, args...)...)
		if code != want {
			t.Fatalf("slet %s: exit code %d, want %d\n%s", strings.Join(args, " "), code, want, out)
		}
		return out
	}
	dispositions := func() map[string]int {
		t.Helper()
		all := map[string]int{}
		for _, f := range lines[findingLine](t, do(exitDone, "findings", "--all")) {
			account, _, _ := strings.Cut(f.Path, "/")
			all[account+" "+string(f.Disposition)]++
		}
		return all
	}
	do(exitDone, "scan")
	if got := dispositions(); got["bo review"] != 3 || got["anne review"] != 3 {
		t.Fatalf("without an event: %v", got)
	}
	do(exitDone, "events", "import", events, "--yes", "--as", "Dorte DPO")
	if got := dispositions(); got["bo due"] != 3 || got["anne review"] != 3 {
		t.Fatalf("with the event: %v", got)
	}
	plan := lines[planLine](t, do(exitDone, "plan"))[0]
	if plan.Items != 3 {
		t.Fatalf("%d items in the plan, want the three in bo's folders", plan.Items)
	}
	do(exitDone, "approve", plan.Plan, "--as", "Dorte DPO")
	enforced := source + "erase: {mode: enforce, max_percent: 100}\n"
	if err := os.WriteFile(config, []byte(enforced), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, r := range lines[eraseLine](t, do(exitDone, "erase", plan.Plan)) {
		if r.Result != "erased" || !slices.ContainsFunc(r.Caveats, func(c string) bool { return strings.Contains(c, "items of their own") }) {
			t.Errorf("%+v", r)
		}
	}
	scans := lines[scanLine](t, do(exitDone, "scan", "--accept-loss"))
	if len(scans) != 1 || scans[0].Seen != 3 || scans[0].PrivateFolders != 2 {
		t.Errorf("afterwards: %+v, want anne's three and two private folders: bo's mailbox is still there", scans)
	}
	if got := dispositions(); got["anne review"] != 3 || len(got) != 1 {
		t.Errorf("left: %v", got)
	}
	for _, folder := range []string{"", "Sent", "Arkiv/2019", "Privat"} {
		if _, err := os.Stat(dovecot.Folder("bo", folder)); err != nil {
			t.Error(err)
		}
	}
	for line := range strings.Lines(dovecot.Commands(t)) {
		for _, verb := range []string{" DELETE ", " RENAME ", " EXPUNGE", " CLOSE", " SETACL ", " UNSUBSCRIBE "} {
			if strings.Contains(line, verb) && !strings.Contains(line, " UID EXPUNGE ") {
				t.Errorf("%s", line)
			}
		}
	}
}
