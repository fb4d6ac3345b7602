package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// crawl walks everything.
func crawl(t testing.TB, s *Source) (items []scanner.Item, gaps []*scanner.Gap, skips []*scanner.Skip, end error) {
	t.Helper()
	parts, err := s.Partitions(t.Context())
	if err != nil {
		return nil, nil, nil, err
	}
	for _, p := range parts {
		for it, err := range s.Walk(t.Context(), p) {
			var gap *scanner.Gap
			var skip *scanner.Skip
			switch {
			case errors.As(err, &gap):
				gaps = append(gaps, gap)
			case errors.As(err, &skip):
				skips = append(skips, skip)
			case err != nil:
				return items, gaps, skips, err
			default:
				items = append(items, it)
			}
		}
	}
	return items, gaps, skips, nil
}

func all(t testing.TB, s *Source) []scanner.Item {
	t.Helper()
	items, gaps, _, err := crawl(t, s)
	must(t, err)
	if len(gaps) > 0 {
		t.Fatalf("gaps: %v", gaps)
	}
	return items
}

func read(s *Source, it scanner.Item) ([]byte, error) {
	f, err := s.Open(context.Background(), it)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
	return b, errors.Join(err, f.Recheck(), f.Close())
}

func source(t testing.TB, cfg Config) *Source {
	t.Helper()
	s := newSource(t, cfg)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// text is a body of n lines.
func text(n int) string {
	return strings.Repeat("en linje i en mail, som der er mange af her og der\r\n", n)
}

// TestCutWithinLiteral: a connection that ends within a message ends with plain
// EOF for whoever reads it. Nothing half read passes for a message, and when
// the server cannot be had whole, that is an error.
func TestCutWithinLiteral(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	for i := range 5 {
		d.Deliver(t, account, "Sager", mail("Sag", fmt.Sprintf("nummer %d\r\n%s", i, text(2000))), received())
	}
	for _, end := range []verdict{cut, stall} {
		p := newProxy(t, d.Address)
		cfg := config(d)
		cfg.Address, cfg.Timeout = p.address, 300*time.Millisecond
		s := source(t, cfg)
		items := all(t, s)
		want, err := read(s, items[0])
		must(t, err)

		n := 0
		p.set(func(r *rules) {
			if n++; n == 1 { // the next one is good
				r.toClient = after("BODY[] {", 50000, end)
			}
		})
		p.cutAll()
		got, err := read(s, items[0])
		if err != nil || string(got) != string(want) {
			t.Errorf("verdict %d: %d bytes of %d, %v", end, len(got), len(want), err)
		}
		if n != 2 {
			t.Errorf("verdict %d: %d connections, want 2", end, n)
		}

		p.set(func(r *rules) { r.toClient = after("BODY[] {", 50000, end) })
		p.cutAll()
		start := time.Now()
		got, err = read(s, items[0])
		if err == nil {
			t.Errorf("verdict %d: a message that never came whole is %d bytes of %d, and clean", end, len(got), len(want))
		}
		if errors.Is(err, scanner.ErrGone) || errors.Is(err, scanner.ErrChanged) {
			t.Errorf("verdict %d: %v", end, err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("verdict %d: took %v to give up", end, took)
		}
		if end == stall && scanner.ReasonFor(err) != scanner.Timeout {
			t.Errorf("a server that falls silent: %s (%v)", scanner.ReasonFor(err), err)
		}
	}
}

// TestServerDies: a walk that the server did not live through is not complete,
// and goes on when it is back soon.
func TestServerDies(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	for i := range 30 {
		d.Deliver(t, account, "Sager", mail("Sag", fmt.Sprint(i)), received())
	}
	for _, back := range []bool{true, false} {
		cfg := config(d)
		cfg.Chunk = 5
		s := source(t, cfg)
		parts, err := s.Partitions(t.Context())
		must(t, err)
		n := 0
		var end error
		for _, err := range s.Walk(t.Context(), parts[len(parts)-1]) {
			if err != nil {
				end = err
				continue
			}
			if n++; n == 7 {
				d.Kill(t)
				if back {
					d.Start(t)
				}
			}
		}
		switch {
		case back && (n != 30 || end != nil):
			t.Errorf("back at once: %d items of 30, %v", n, end)
		case !back && (end == nil || errors.As(end, new(*scanner.Gap))):
			t.Errorf("gone for good: %d items of 30, and it ended with %v", n, end)
		}
	}
	if _, err := source(t, config(d)).Partitions(t.Context()); err == nil {
		t.Error("partitions of a server that is not there")
	}
}

// TestOneAccountDoesNotBlockAnother: what is wrong with one mailbox costs that.
func TestOneAccountDoesNotBlockAnother(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	cfg := config(d)
	cfg.Accounts = []string{"a@firma.dk", "b@firma.dk", "c@firma.dk", "privat@firma.dk"}
	for _, a := range cfg.Accounts {
		d.Deliver(t, a, "", mail("Sag", a), received())
	}
	// The server cannot open this one's mail.
	must(t, os.Rename(filepath.Join(d.Dir, "mail/b@firma.dk"), filepath.Join(d.Dir, "mail/x")))
	must(t, os.WriteFile(filepath.Join(d.Dir, "mail/b@firma.dk"), nil, 0o600))
	items, gaps, skips, err := crawl(t, source(t, cfg))
	must(t, err)
	var boxes []string
	for _, it := range items {
		boxes = append(boxes, it.Mailbox)
	}
	if want := []string{"a@firma.dk", "c@firma.dk"}; !slices.Equal(boxes, want) {
		t.Errorf("items in %q, want %q", boxes, want)
	}
	if len(gaps) == 0 || !strings.HasPrefix(gaps[0].Path, "b@firma.dk") {
		t.Errorf("gaps %v, want one for b@firma.dk", gaps)
	}
	if len(skips) != 1 || skips[0].Why != scanner.SkipPrivate || skips[0].Parent != "" {
		t.Errorf("skips %v, want the private account", skips)
	}
}

// TestSignInRefused: a wrong password is tried once, since more lock accounts,
// and is a gap of its account.
func TestSignInRefused(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	p := newProxy(t, d.Address)
	cfg := config(d)
	cfg.Address = p.address
	cfg.Password = func() (string, error) { return "forkert", nil }
	items, gaps, _, err := crawl(t, source(t, cfg))
	must(t, err)
	if len(items) != 0 || len(gaps) != 1 || gaps[0].Reason != scanner.Denied || gaps[0].Path != account {
		t.Errorf("items %v, gaps %v; want one gap, denied", items, gaps)
	}
	if n := p.made.Load(); n != 2 { // one for the partitions, one for the walk
		t.Errorf("%d attempts to sign in, want 2", n)
	}
	if strings.Contains(fmt.Sprint(gaps), "forkert") {
		t.Error("the gap tells the password")
	}
}

// renumber gives the folder of a list of UIDs another UIDVALIDITY.
func renumber(t *testing.T, d *testenv.DovecotServer, list string) {
	t.Helper()
	b, err := os.ReadFile(list)
	must(t, err)
	i := strings.Index(string(b), " V")
	j := strings.IndexByte(string(b)[i+1:], ' ') + i + 1
	must(t, os.WriteFile(list, []byte(string(b)[:i]+" V7"+string(b)[j:]), 0o644))
	indexes, err := filepath.Glob(filepath.Join(d.Folder(account, "Sager"), "dovecot.index*"))
	must(t, err)
	for _, f := range indexes {
		must(t, os.Remove(f))
	}
}

// TestNumberedAnew: with another UIDVALIDITY all messages are other items.
func TestNumberedAnew(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	d.Deliver(t, account, "Sager", mail("Sag", "en"), received())
	s := source(t, config(d))
	before := all(t, s)
	must(t, s.Close())
	renumber(t, d, filepath.Join(d.Folder(account, "Sager"), "dovecot-uidlist"))
	s = source(t, config(d))
	after := all(t, s)
	if len(before) != 1 || len(after) != 1 || before[0].ID == after[0].ID || before[0].Version == after[0].Version {
		t.Fatalf("before %+v\nafter %+v", before, after)
	}
	if _, err := read(s, before[0]); !errors.Is(err, scanner.ErrChanged) {
		t.Errorf("open by the old number: %v, want %v", err, scanner.ErrChanged)
	}
}

// TestMalformedMail: whatever somebody sends comes out byte for byte.
func TestMalformedMail(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	raw := []string{
		"\r\n", "ingen overskrifter", "Subject: \xe6\xf8\xe5\xff\x00\x01\r\n\r\n\x00\xff\r\n",
		"From: " + strings.Repeat("x", 160<<10) + "\r\n\r\nhej",
		"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nhej\r\n",
		strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 500) + "hej",
		"Subject: =?utf-8?b?4pyT\r\n =?x-ukendt?q?=\r\n\tmere\r\nSubject\r\n:\r\n\r\n",
		"Subject: " + strings.Repeat("lang ", 40<<10) + "\r\n\r\nhej",
		strings.Repeat("\r\n.\r\n)\r\nT1 OK\r\n* BYE\r\n", 50),
	}
	for _, r := range raw {
		d.Deliver(t, account, "", []byte(r), received())
	}
	s := source(t, config(d))
	items := all(t, s)
	if len(items) != len(raw) {
		t.Fatalf("%d items, want %d", len(items), len(raw))
	}
	for i, it := range items {
		b, err := read(s, it)
		// The server hands out lines as RFC 5322 wants them.
		norm := func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n") }
		// RFC 3501 has no NUL; Dovecot sends 0x80 instead.
		want := strings.ReplaceAll(norm(raw[i]), "\x00", "\x80")
		if err != nil || strings.ReplaceAll(string(b), "\x00", "\x80") != want {
			t.Errorf("message %d: %.80q, %v; want %.80q", i, b, err, want)
		}
	}
}

// TestAnotherVersion: whether it was just walked or not, what is not the version
// that was walked is not opened.
func TestAnotherVersion(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	d.Deliver(t, account, "Sager", mail("Sag", "lille"), received())
	d.Deliver(t, account, "Sager", mail("Sag", text(60000)), received())
	s := source(t, config(d))
	for _, it := range all(t, s) {
		it.Version += "0"
		for name, from := range map[string]*Source{"walked": s, "not walked": source(t, config(d))} {
			if _, err := read(from, it); !errors.Is(err, scanner.ErrChanged) {
				t.Errorf("%s, %d bytes: %v, want %v", name, it.Size, err, scanner.ErrChanged)
			}
		}
	}
}

// TestServerKilled: a server that is killed within a message, by a real kill, has
// given nothing of it; when it is back the message is read whole.
func TestServerKilled(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	// Larger than all the buffers on the way.
	d.Deliver(t, account, "Sager", mail("Sag", text(300_000)), received())
	p := newProxy(t, d.Address)
	cfg := config(d)
	cfg.Address = p.address
	s := source(t, cfg)
	it := all(t, s)[0]
	want, err := read(s, it)
	must(t, err)
	kill := make(chan bool, 1)
	p.set(func(r *rules) {
		cut := after("BODY[]", 200_000, goOn)
		r.toClient = func(b []byte) ([]byte, verdict) {
			seen := len(b)
			b, _ = cut(b)
			if len(b) < seen { // the moment has come
				select {
				case kill <- true:
					d.Kill(t)
				default:
				}
			}
			return b, goOn
		}
	})
	p.cutAll()
	got, err := read(s, it)
	if err == nil || errors.Is(err, scanner.ErrGone) || len(got) >= len(want) {
		t.Errorf("%d bytes of %d, %v; want an error", len(got), len(want), err)
	}
	if len(kill) != 1 {
		t.Error("the server was not killed")
	}
	p.set(nil)
	d.Start(t)
	if got, err := read(s, it); err != nil || string(got) != string(want) {
		t.Errorf("when it is back: %d bytes of %d, %v", len(got), len(want), err)
	}
}
