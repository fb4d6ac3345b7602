package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/store"
)

// mailbox is a mail server that takes everything, one mail at a time, but for
// what is to one of some addresses.
func mailbox(t *testing.T, refused ...string) (address string, mails <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	out := make(chan string, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			out <- receive(conn, refused)
		}
	}()
	return l.Addr().String(), out
}

// receive is the server's side of one conversation; it returns the mail.
func receive(conn net.Conn, refused []string) string {
	defer conn.Close()
	fmt.Fprint(conn, "220 test\r\n")
	var mail strings.Builder
	in := bufio.NewScanner(conn)
	for data := false; in.Scan(); {
		switch line := in.Text(); {
		case data && line == ".":
			data = false
			fmt.Fprint(conn, "250 ok\r\n")
		case data:
			mail.WriteString(line + "\n")
		case strings.HasPrefix(line, "RCPT TO:") && slices.ContainsFunc(refused, func(to string) bool { return strings.Contains(line, to) }):
			mail.WriteString("refused " + line + "\n")
			fmt.Fprint(conn, "550 no such mailbox\r\n")
		case line == "DATA":
			data = true
			fmt.Fprint(conn, "354 go on\r\n")
		case line == "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return mail.String()
		default:
			mail.WriteString(line + "\n")
			fmt.Fprint(conn, "250 ok\r\n")
		}
	}
	return mail.String()
}

// TestNotify: what needs somebody is told once, by each way, masked; a way that
// fails is tried again, and tells the other way nothing twice.
func TestNotify(t *testing.T) {
	address, mails := mailbox(t)
	type post struct {
		Notices []notice
		auth    string
	}
	var posts []post
	fail := true
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fail {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		p := post{auth: r.Header.Get("Authorization")}
		data, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(data, &p)
		}
		if err != nil {
			t.Error(err)
		}
		posts = append(posts, p)
	}))
	defer hook.Close()
	t.Setenv("SLET_TEST_TOKEN", "hemmelig")
	d := watched(t)
	a := d.current.Load()
	a.cfg.Notify.GapsOver = 0
	a.cfg.Notify.SMTP = config.SMTP{Address: address, Security: "none", From: "slet@kommune.dk", To: []string{"dpo@kommune.dk"}}
	a.cfg.Notify.Webhook.URL = hook.URL
	if err := a.cfg.Notify.Webhook.Token.UnmarshalText([]byte("env:SLET_TEST_TOKEN")); err != nil {
		t.Fatal(err)
	}
	set := func(j store.Job) {
		j.Started, j.Ended = now(), now()
		if err := a.store.SetJob(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	set(store.Job{Name: "scan arkiv", Failures: 3, Error: "/srv/150370-5008: denied"})
	set(store.Job{Name: "scan andet", Failures: 1, Error: "restarting"})

	if err := a.notify(t.Context()); err == nil || !strings.Contains(err.Error(), "502") || strings.Contains(err.Error(), hook.URL) {
		t.Errorf("a webhook that fails: %v", err)
	}
	mail := <-mails
	for _, want := range []string{"RCPT TO:<dpo@kommune.dk>", "Subject: slet: 2 notices", "job scan arkiv has failed 3 times", "source arkiv: 1 gap"} {
		if !strings.Contains(mail, want) {
			t.Errorf("no %q in the mail", want)
		}
	}
	if strings.Contains(mail, "5008") || strings.Contains(mail, "restarting") {
		t.Errorf("the mail says too much:\n%s", mail)
	}
	fail = false
	for range 2 { // the second time there is nothing new
		if err := a.notify(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(posts) != 1 || len(posts[0].Notices) != 2 || posts[0].auth != "Bearer hemmelig" {
		t.Errorf("posted: %+v", posts)
	}
	set(store.Job{Name: reloadJob, Failures: 1, Error: "line 3"})
	if err := a.notify(t.Context()); err != nil {
		t.Fatal(err)
	}
	if mail := <-mails; strings.Count(mail, "\n- ") != 1 || !strings.Contains(mail, "line 3") {
		t.Errorf("not the news alone:\n%s", mail)
	}
	if len(mails) != 0 || len(posts) != 2 {
		t.Errorf("%d more mails, %d posts", len(mails), len(posts))
	}
	if strings.Contains(fmt.Sprint(posts), "5008") {
		t.Error("a number was posted")
	}
}
