package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
)

// TestLargeMessageInLittleMemory scans a message of 200 MB, of which the program
// never has more than a little in memory; what stands at its end is found.
func TestLargeMessageInLittleMemory(t *testing.T) {
	const most = 40 << 10 // more than without it; KiB, which is what the kernel counts in
	dovecot := testenv.Dovecot(t, testenv.DovecotOptions{})
	small := []byte("From: a@example.dk\r\nTo: b@example.dk\r\nSubject: Sag\r\n\r\nlille\r\n")
	dovecot.Deliver(t, "anne", "", small, time.Now())
	t.Setenv("SLET_TEST_IMAP", dovecot.MasterPass)
	config := write(t, fmt.Sprintf(`sources:
  - name: post
    type: imap
    imap: {address: %q, root_cas: %q, master: %q, password: env:SLET_TEST_IMAP, accounts: [anne]}
`, dovecot.TLSAddress, dovecot.CA, dovecot.Master), "version: test-1\nrules: []\n")
	bin := buildSlet(t)
	scan := func() (scanLine, int64) {
		t.Helper()
		var out bytes.Buffer
		cmd := exec.Command(bin, "--config", config, "--json", "scan")
		cmd.Stdout, cmd.Stderr = &out, os.Stderr
		most, err := runForPeak(t, cmd)
		if err != nil {
			t.Fatalf("%v: %s", err, &out)
		}
		return lines[scanLine](t, out.String())[0], most
	}
	_, without := scan()
	line := "en linje i en mail, som der er mange af her og der\r\n"
	part, end := strings.Repeat(line, 1<<20/len(line)), "CPR 010758-5001\r\n"
	size := len(small) + 200*len(part) + len(end)
	name := dovecot.Deliver(t, "anne", "", small, time.Now())
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	for range 200 {
		if err == nil {
			_, err = f.WriteString(part)
		}
	}
	if err == nil {
		_, err = f.WriteString(end)
	}
	sizes := fmt.Sprintf(",S=%d,W=%d:2,", size, size)
	if err := errors.Join(err, f.Close(), os.Rename(name, name[:strings.Index(name, ",S=")]+sizes)); err != nil {
		t.Fatal(err)
	}
	total, with := scan()
	t.Logf("%d MB without the message, %d MB with it", without>>10, with>>10)
	if total.Scanned != 1 || total.Unchanged != 1 || total.Findings != 1 || total.Gaps != 0 {
		t.Errorf("%+v", total)
	}
	if with-without > most {
		t.Errorf("%d MB of memory, %d without the message of 200 MB", with>>10, without>>10)
	}
}
