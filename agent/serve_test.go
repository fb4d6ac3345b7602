package agent

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
)

// TestServeFinishesWhatItBegan: a request that is being answered when the
// service is stopped gets its answer; the next one gets none.
func TestServeFinishesWhatItBegan(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	asked, goOn, done := make(chan bool), make(chan bool), make(chan error, 1)
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked <- true
		<-goOn
		_, _ = io.WriteString(w, "whole")
	})
	go func() { done <- Serve(ctx, l, h) }()
	answer := make(chan string, 1)
	go func() {
		res, err := http.Get("http://" + l.Addr().String())
		if err != nil {
			answer <- err.Error()
			return
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		answer <- string(b)
	}()
	<-asked
	stop()
	close(goOn)
	if got := <-answer; got != "whole" {
		t.Errorf("the answer that was begun: %q", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if res, err := http.Get("http://" + l.Addr().String()); err == nil {
		res.Body.Close()
		t.Error("it still answers")
	}
}
