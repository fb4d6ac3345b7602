package main

import (
	"encoding/json"
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/config"
)

// TestCheckpointsAreSent: a checkpoint goes by mail and by webhook as one line,
// which later shows that the log was cut; a way that fails keeps the other from
// nothing, and nothing goes where nobody asked for it.
func TestCheckpointsAreSent(t *testing.T) {
	address, mails := mailbox(t)
	var posts []map[string]string
	broken := false
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var p map[string]string
		if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
			t.Error(err)
		}
		if broken {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		posts = append(posts, p)
	}))
	defer hook.Close()
	d := watched(t)
	a := d.current.Load()
	a.cfg.Notify.SMTP = config.SMTP{Address: address, Security: "none", From: "slet@kommune.dk", To: []string{"dpo@kommune.dk"}}
	a.cfg.Notify.Webhook.URL = hook.URL
	if err := a.keepCheckpoint(t.Context()); err != nil || len(mails)+len(posts) != 0 {
		t.Fatalf("%v; %d mails and %d posts that nobody asked for", err, len(mails), len(posts))
	}
	a.cfg.Audit.Checkpoints = config.Checkpoints{Mail: true, Webhook: true}
	if err := a.keepCheckpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(<-mails, "\n\n")
	text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(head, "RCPT TO:<dpo@kommune.dk>") || !strings.Contains(head, "Subject: slet: checkpoint of the audit log") {
		t.Errorf("the mail's head:\n%s", head)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimSpace(line)
	if len(posts) != 1 || posts[0]["text"] != line || !strings.HasPrefix(posts[0]["checkpoint"], "slet-audit-") {
		t.Errorf("mailed %q, posted %v", line, posts)
	}

	k, err := signingKey(a.cfg)
	if err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(t.TempDir(), "mail.txt")
	if err := os.WriteFile(saved, []byte("From: slet\n\n"+string(text)), 0o600); err != nil {
		t.Fatal(err)
	}
	verify := func(against string) error {
		held, err := verifying{against: []string{against}, key: k.Verifier()}.demands()
		if err != nil {
			return err
		}
		if held.n != 1 || held.unsigned != 0 {
			t.Errorf("%q holds the log to %d checkpoints, %d of them not verified", against, held.n, held.unsigned)
		}
		_, err = audit.VerifyLog(a.auditPath(), append(held.opts, audit.SignedBy(k.Verifier()))...)
		return err
	}
	for _, against := range []string{line, saved} {
		if err := verify(against); err != nil {
			t.Errorf("the log as it is: %v", err)
		}
	}
	for _, bad := range []string{line[:len(line)-8] + "AAAAAAAA", linePrefix, linePrefix + "????"} {
		if err := verify(bad); err == nil {
			t.Errorf("%q is believed", bad)
		}
	}
	log, err := os.ReadFile(a.auditPath())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(log), "\n"), "\n")
	cut := strings.Join(lines[:len(lines)-1], "")
	if err := os.WriteFile(a.auditPath(), []byte(cut), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, against := range []string{line, saved} {
		if err := verify(against); err == nil {
			t.Error("a log that was cut is believed")
		}
	}
	if err := os.WriteFile(a.auditPath(), log, 0o600); err != nil {
		t.Fatal(err)
	}

	broken = true
	if err := a.keepCheckpoint(t.Context()); err == nil || !strings.Contains(err.Error(), "checkpoint by webhook") || strings.Contains(err.Error(), hook.URL) {
		t.Errorf("a webhook that fails: %v", err)
	}
	if got := <-mails; !strings.Contains(got, "checkpoint of the audit log") {
		t.Error("the webhook kept the mail from being sent")
	}
}
