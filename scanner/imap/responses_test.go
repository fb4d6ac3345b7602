package imap

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/sletdk/slet/scanner"
)

// reading has the answers of a server to command S1 read, as fetch does.
func reading(text string, section string, most int64) (got []answer, err error) {
	r := &responses{in: bufio.NewReaderSize(strings.NewReader(text), tapBuffer)}
	err = r.until("S1", func(_ uint32, name []byte) (bool, error) {
		if !isWord(name, "FETCH") {
			return false, nil
		}
		a, err := r.fetched(section, func(_ *answer, n int64) ([]byte, error) { return make([]byte, min(n, most)), nil })
		if err == nil {
			got = append(got, a)
		}
		return true, err
	})
	return got, err
}

// TestFetchAnswers reads answers in the ways that servers write them.
func TestFetchAnswers(t *testing.T) {
	const ok = "S1 OK gjort\r\n"
	date := time.Date(2024, 3, 1, 8, 15, 7, 0, time.UTC)
	full := answer{meta: meta{uid: 7, size: 3, received: date}, content: []byte("hej"), length: 3, has: hasUID | hasSize | hasDate | hasContent}
	for name, c := range map[string]struct {
		text string
		want []answer
	}{
		"nothing":             {ok, nil},
		"dovecot":             {"* 1 FETCH (UID 7 RFC822.SIZE 3 INTERNALDATE \"01-Mar-2024 09:15:07 +0100\" BODY[] {3}\r\nhej)\r\n" + ok, []answer{full}},
		"the UID last":        {"* 1 FETCH (BODY[] {3}\r\nhej RFC822.SIZE 3 INTERNALDATE \" 1-Mar-2024 08:15:07 +0000\" UID 7)\r\n" + ok, []answer{full}},
		"small letters":       {"* 1 fetch (uid 7 rfc822.size 3 internaldate \"01-Mar-2024 08:15:07 +0000\" body[] {3}\r\nhej)\r\ns1 x\r\n", nil},
		"quoted content":      {"* 1 FETCH (UID 7 BODY[] \"h\\\"ej\")\r\n" + ok, []answer{{meta: meta{uid: 7}, content: []byte(`h"ej`), length: 4, has: hasUID | hasContent}}},
		"binary literal":      {"* 1 FETCH (UID 7 BODY[] ~{3}\r\nh\x00j)\r\n" + ok, []answer{{meta: meta{uid: 7}, content: []byte("h\x00j"), length: 3, has: hasUID | hasContent}}},
		"no content":          {"* 1 FETCH (UID 7 BODY[] NIL)\r\n" + ok, []answer{{meta: meta{uid: 7}, has: hasUID}}},
		"an empty content":    {"* 1 FETCH (UID 7 BODY[] {0}\r\n)\r\n" + ok, []answer{{meta: meta{uid: 7}, content: []byte{}, has: hasUID | hasContent}}},
		"a date that is none": {"* 1 FETCH (INTERNALDATE \"i går\" UID 7)\r\n" + ok, []answer{{meta: meta{uid: 7}, has: hasUID}}},
		"flags":               {"* 1 FETCH (FLAGS (\\Seen $a[b \\deleted) UID 7)\r\n" + ok, []answer{{meta: meta{uid: 7, deleted: true}, has: hasUID | hasFlags}}},
		"only what is longer": {"* 1 FETCH (UID 7 BODY[] {1003}\r\nhej" + strings.Repeat("x", 1000) + ")\r\n" + ok, []answer{{meta: meta{uid: 7}, content: []byte("hej" + strings.Repeat("x", 97)), length: 1003, has: hasUID | hasContent}}},
		"what was not asked": {"* 1 FETCH (MODSEQ (12) X-GM-LABELS (a \"b) c\" {3}\r\n)\r\n) X-A NIL ENVELOPE (\"x\" ((NIL NIL \"a\" \"b\")) NIL) UID 7)\r\n" + ok,
			[]answer{{meta: meta{uid: 7}, has: hasUID}}},
		"news between": {"* 5 EXISTS\r\n* OK [ALERT] {3}\r\n* FLAGS (a b)\r\n* X {5}\r\na\r\nb)\r\n* 1 FETCH (UID 7)\r\n" + ok, []answer{{meta: meta{uid: 7}, has: hasUID}}},
		"header":       {"* 1 FETCH (UID 7 BODY[HEADER.FIELDS (SUBJECT \"Sensitivity\")] {3}\r\nhej)\r\n" + ok, []answer{{meta: meta{uid: 7}, has: hasUID}}},
	} {
		got, err := reading(c.text, sectionWhole, 100)
		if name == "small letters" { // of an answer; tags are the client's
			if got == nil || fmt.Sprint(got[0]) != fmt.Sprint(full) {
				t.Errorf("%s: %+v", name, got)
			}
			continue
		}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %+v, %v\nwant %+v", name, got, err, c.want)
		}
	}
	got, err := reading("* 1 FETCH (UID 7 BODY[HEADER.FIELDS (SUBJECT \"Sensitivity\")] {3}\r\nhej)\r\n"+ok, sectionHead, 100)
	if err != nil || len(got) != 1 || string(got[0].content) != "hej" {
		t.Errorf("header: %+v, %v", got, err)
	}
}

// TestBadAnswers: what cannot be read is an error, and never a message.
func TestBadAnswers(t *testing.T) {
	for text, want := range map[string]error{
		"":                                                         io.ErrUnexpectedEOF,
		"* 1 FETCH (UID 7":                                         io.ErrUnexpectedEOF,
		"* 1 FETCH (UID 7\r\n":                                     errGarbled,
		"* 1 FETCH UID 7\r\n":                                      errGarbled,
		"* 1 FETCH (BODY[] {9}\r\nhej":                             errShort,
		"* 1 FETCH (BODY[] {9}\r\n":                                errShort,
		"* 1 FETCH (BODY[] {3}\r\nhej":                             io.ErrUnexpectedEOF,
		"* 1 FETCH (BODY[] {x}\r\nhej)\r\n":                        errGarbled,
		"* 1 FETCH (BODY[] {-1}\r\nhej)\r\n":                       errGarbled,
		"* 1 FETCH (BODY[] {99999999999999999999}\r\n":             errGarbled,
		"* 1 FETCH (BODY[] \"hej)\r\n":                             errGarbled,
		"* 1 FETCH (BODY[] hej)\r\n":                               errGarbled,
		"* 1 FETCH (UID)\r\n":                                      errGarbled,
		"* 1 FETCH (FLAGS \\Seen)\r\n":                             errGarbled,
		"* 1 FETCH (X " + strings.Repeat("(", 100) + "\r\n":        errGarbled,
		"* 1 FETCH (X " + strings.Repeat("y", tapBuffer) + ")\r\n": errGarbled,
		"+ go on\r\n":                                              errGarbled,
		"S2 OK\r\n":                                                errGarbled,
		"S1 MAYBE\r\n":                                             errGarbled,
		"* BYE for i dag\r\nS1 OK\r\n":                             errBye,
	} {
		got, err := reading(text, sectionWhole, 100)
		if !errors.Is(err, want) || got != nil {
			t.Errorf("%.60q: %+v, %v; want %v", text, got, err, want)
		}
	}
	var no *imap.Error
	_, err := reading("S1 NO [UNAVAILABLE x] senere\r\n", sectionWhole, 100)
	if !errors.As(err, &no) || no.Code != imap.ResponseCodeUnavailable || no.Text != "senere" || no.Type != imap.StatusResponseTypeNo {
		t.Errorf("%+v", err)
	}
}

// FuzzResponses: whatever a server sends, nothing is read beyond it, no content
// is longer than what may be kept, or other than what was announced, and the
// reader ends.
func FuzzResponses(f *testing.F) {
	f.Add("* 1 FETCH (UID 7 RFC822.SIZE 3 INTERNALDATE \"01-Mar-2024 09:15:07 +0100\" FLAGS (\\Deleted) BODY[] {3}\r\nhej)\r\nS1 OK gjort\r\n")
	f.Add("* 1 FETCH (BODY[HEADER.FIELDS (A \"B\")]<0> ~{3}\r\nhej X (a (b {1}\r\nc)) UID 7)\r\n* 2 EXPUNGE\r\nS1 NO [X] y\r\n")
	f.Add("* LIST (\\Noselect) \"/\" {4}\r\n&AO8\r\n* BYE\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := reading(text, sectionWhole, 100)
		if err == nil && !strings.Contains(text, "S1 ") {
			t.Errorf("%q ended well", text)
		}
		for _, a := range got {
			switch n := int64(len(a.content)); {
			case n > 100 || n > a.length, a.has&hasContent != 0 && n < min(a.length, 100):
				t.Errorf("%q: %d bytes of %d", text, n, a.length)
			case a.has&hasContent != 0 && a.length > int64(len(text)):
				t.Errorf("%q: a content of %d bytes", text, a.length)
			}
			if a.size < 0 || a.length < 0 {
				t.Errorf("%q: %+v", text, a)
			}
		}
		r := &responses{in: bufio.NewReader(strings.NewReader(text))}
		if r.next() == nil {
			if folder, err := r.listed(); err == nil && len(folder.segments) == 0 {
				t.Errorf("%q: a folder without a name", text)
			}
		}
	})
}

// fake is a server with one folder of three messages, whose answers to UID FETCH
// are made by a function of the UIDs and what is asked.
func fake(t *testing.T, fetch func(tag, uids, what string) string) Config {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	serve := func(c net.Conn) {
		defer c.Close()
		_, _ = fmt.Fprint(c, "* OK [CAPABILITY IMAP4rev1 UIDPLUS] klar\r\n")
		lines := bufio.NewScanner(c)
		for lines.Scan() {
			tag, rest, _ := strings.Cut(lines.Text(), " ")
			answer := ""
			switch {
			case strings.HasPrefix(rest, "LOGIN"):
				answer = tag + " OK [CAPABILITY IMAP4rev1 UIDPLUS] inde\r\n"
			case strings.HasPrefix(rest, "LIST"):
				answer = "* LIST (\\HasNoChildren) \"/\" INBOX\r\n" + tag + " OK\r\n"
			case strings.HasPrefix(rest, "EXAMINE"):
				answer = "* 3 EXISTS\r\n* OK [UIDVALIDITY 9] x\r\n* OK [UIDNEXT 4] x\r\n" + tag + " OK [READ-ONLY] x\r\n"
			case strings.HasPrefix(rest, "STATUS"):
				answer = "* STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 9)\r\n" + tag + " OK\r\n"
			case strings.HasPrefix(rest, "UID SEARCH"):
				answer = "* SEARCH 1 2 3\r\n" + tag + " OK\r\n"
			case strings.HasPrefix(rest, "UID FETCH"):
				uids, what, _ := strings.Cut(strings.TrimPrefix(rest, "UID FETCH "), " ")
				answer = fetch(tag, uids, what)
			default:
				answer = tag + " BAD ukendt\r\n"
			}
			if _, err := io.WriteString(c, answer); err != nil || strings.Contains(answer, "* BYE") {
				return
			}
		}
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return Config{
		Name: "post", Address: l.Addr().String(), Security: Plain, Accounts: []string{account}, Timeout: 2 * time.Second, Connections: 2,
		Password: func() (string, error) { return "x", nil }, backoff: []time.Duration{0, 10 * time.Millisecond},
	}
}

// told is how a server tells of messages with nothing odd about them.
func told(uids, what, odd string) string {
	var b strings.Builder
	for uid := 1; uid <= 3; uid++ {
		if !inSet(uids, uid) {
			continue
		}
		section, content := "BODY[]", fmt.Sprintf("Subject: Sag\r\n\r\nnummer %d\r\n", uid)
		if strings.Contains(what, "HEADER.FIELDS") {
			section, content = "BODY[HEADER.FIELDS (SUBJECT SENSITIVITY)]", "Subject: Sag\r\n\r\n"
		}
		body := fmt.Sprintf("%s {%d}\r\n%s", section, len(content), content)
		about := fmt.Sprintf("UID %d RFC822.SIZE 26 INTERNALDATE \"01-Mar-2024 08:15:07 +0000\"", uid)
		switch {
		case odd == "the UID after the content":
			fmt.Fprintf(&b, "* %d FETCH (%s %s)\r\n", uid, body, about)
		case odd == "in two answers":
			fmt.Fprintf(&b, "* %d FETCH (%s)\r\n* %d FETCH (%s)\r\n", uid, about, uid, body)
		case odd == "out of order":
			rest := b.String()
			b.Reset()
			fmt.Fprintf(&b, "* %d FETCH (%s %s)\r\n%s", uid, about, body, rest)
		case odd == "numbered anew between" && uid == 2:
			// The second half is about another message than the first.
			fmt.Fprintf(&b, "* 2 FETCH (%s)\r\n* 1 EXPUNGE\r\n* 2 FETCH (%s)\r\n", about, body)
		case odd == "one is missing" && uid == 2:
		case odd == "others too":
			fmt.Fprintf(&b, "* %d FETCH (%s %s)\r\n* 9 FETCH (UID 99 RFC822.SIZE 26 INTERNALDATE \"01-Mar-2024 08:15:07 +0000\" %s)\r\n* %d FETCH (FLAGS (\\Seen))\r\n", uid, about, body, body, uid)
		case odd == "twice":
			fmt.Fprintf(&b, "* %d FETCH (%s %s)\r\n* %d FETCH (%s %s {3}\r\nløg)\r\n", uid, about, body, uid, about, section)
		default:
			fmt.Fprintf(&b, "* %d FETCH (%s %s)\r\n", uid, about, body)
		}
	}
	return b.String()
}

// TestOddServers: however a server puts it, every message is read whole, once,
// as itself; or it is a gap.
func TestOddServers(t *testing.T) {
	for odd, want := range map[string]int{
		"": 3, "the UID after the content": 3, "in two answers": 3, "out of order": 3, "others too": 3,
		"numbered anew between": 2, "one is missing": 2,
	} {
		s := source(t, fake(t, func(tag, uids, what string) string { return told(uids, what, odd) + tag + " OK\r\n" }))
		items, gaps, _, err := crawl(t, s)
		must(t, err)
		if len(items) != want || len(gaps) != 3-want {
			t.Errorf("%s: %d items, gaps %v; want %d", odd, len(items), gaps, want)
		}
		for _, it := range items {
			b, err := read(s, it)
			uid := it.Path[len(it.Path)-1:]
			if err != nil || !strings.Contains(string(b), "nummer "+uid) {
				t.Errorf("%s: %s is %q, %v", odd, it.Path, b, err)
			}
		}
	}
}

// TestByeWithinFetch: a server that ends the connection within an answer has
// given nothing, and is asked again.
func TestByeWithinFetch(t *testing.T) {
	byes := 0
	s := source(t, fake(t, func(tag, uids, what string) string {
		if strings.Contains(what, "BODY.PEEK[]") && byes == 0 {
			byes++
			return told("1", what, "") + "* BYE lukker\r\n"
		}
		return told(uids, what, "") + tag + " OK\r\n"
	}))
	for _, it := range all(t, s) {
		if b, err := read(s, it); err != nil || !strings.Contains(string(b), "nummer ") {
			t.Errorf("%q, %v", b, err)
		}
	}
	if byes != 1 {
		t.Error("the server never said goodbye")
	}
	s = source(t, fake(t, func(_, uids, what string) string { return told(uids, what, "") + "* BYE lukker\r\n" }))
	_, gaps, _, err := crawl(t, s)
	if err == nil && len(gaps) == 0 {
		t.Error("a server that always goes, and no gap")
	}
}

// TestContentForAnother: a body that comes with another UID than the one that
// was asked for is not that message.
func TestContentForAnother(t *testing.T) {
	s := source(t, fake(t, func(tag, uids, what string) string {
		if strings.Contains(what, "BODY.PEEK[]") {
			uids = "3"
		}
		return told(uids, what, "") + tag + " OK\r\n"
	}))
	items := all(t, s)
	if b, err := read(s, items[0]); err == nil || errors.Is(err, scanner.ErrGone) {
		t.Errorf("%q, %v; want an error that is not that it is gone", b, err)
	}
}

// TestHugeHeads: headers of megabytes cost neither their folder nor the others.
func TestHugeHeads(t *testing.T) {
	s := source(t, fake(t, func(tag, uids, what string) string {
		text := told(uids, what, "")
		if strings.Contains(what, "HEADER.FIELDS") && inSet(uids, 2) {
			head := "Subject: " + strings.Repeat("x", extraBytes+1<<20)
			one := told("2", what, "")
			at := strings.Index(one, "{")
			text = strings.ReplaceAll(text, one, fmt.Sprintf("%s{%d}\r\n%s)\r\n", one[:at], len(head), head))
		}
		return text + tag + " OK\r\n"
	}))
	items, gaps, _, err := crawl(t, s)
	must(t, err)
	if len(items) != 2 || len(gaps) != 1 || !strings.HasSuffix(gaps[0].Path, "/2") {
		t.Errorf("items %v, gaps %v", items, gaps)
	}
}

// TestTurns: what comes unasked between commands is the client's, what comes
// after a command slet's, and the client goes on after it.
func TestTurns(t *testing.T) {
	n := 0
	s := source(t, fake(t, func(tag, uids, what string) string {
		n++
		return told(uids, what, "") + tag + " OK\r\n* 3 EXISTS\r\n* OK [ALERT] bemærk\r\n"
	}))
	items := all(t, s)
	for range 20 {
		for _, it := range items {
			m, err := parseMessage(it.ID)
			must(t, err)
			now, err := s.look(t.Context(), m) // EXAMINE by the client, FETCH by slet
			if err != nil || now.version(m.validity) != it.Version {
				t.Fatalf("%+v, %v", now, err)
			}
		}
	}
	if n != 61 || !slices.IsSortedFunc(items, func(a, b scanner.Item) int { return strings.Compare(a.ID, b.ID) }) {
		t.Errorf("%d fetches, items %v", n, items)
	}
}

// TestNothingUnasked: content that was not asked for, such as a private
// message's, is not kept, whatever the server sends.
func TestNothingUnasked(t *testing.T) {
	s := source(t, fake(t, func(tag, _, what string) string { return told("1:3", what, "others too") + tag + " OK\r\n" }))
	must(t, s.with(t.Context(), place{account: account}, func(c *conn) error {
		must(t, c.open(t.Context(), folder{segments: []string{"INBOX"}, delim: "/"}, 9, false, 0))
		got, err := c.bodies(t.Context(), imap.UIDSetNum(2), 100, &buffers{})
		if _, ok := got[2]; !ok || len(got) != 1 {
			t.Errorf("%v, want message 2 only", got)
		}
		return err
	}))
}

// TestClosedMessage: a buffer that was given back is read by nobody.
func TestClosedMessage(t *testing.T) {
	var b buffers
	f := &small{buffers: &b, content: append(b.get(3)[:0], "hej"...), size: 3}
	must(t, f.Close())
	must(t, f.Close())
	copy(b.get(3), "nej")
	if n, err := f.ReadAt(make([]byte, 3), 0); n != 0 || !errors.Is(err, errFileClosed) {
		t.Errorf("%d, %v", n, err)
	}
}

// TestStartTLSIsNotFooled: what comes in the clear along with the answer to
// STARTTLS would be taken for something that came under protection.
func TestStartTLSIsNotFooled(t *testing.T) {
	for greeting, answer := range map[string]string{
		"* OK klar\r\n":      "S0 OK nu\r\n* CAPABILITY IMAP4rev1\r\n",
		"* PREAUTH inde\r\n": "S0 OK nu\r\n",
		"* OK kla\r\n":       "S0 NO\r\n",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, greeting)
			_, _ = bufio.NewReader(c).ReadString('\n')
			_, _ = io.WriteString(c, answer)
			_, _ = io.Copy(io.Discard, c)
		}()
		s := source(t, Config{
			Name: "post", Address: l.Addr().String(), Security: StartTLS, Accounts: []string{account}, Timeout: 300 * time.Millisecond,
			Password: func() (string, error) { return "x", nil }, backoff: []time.Duration{0},
		})
		_, err = s.connect(t.Context(), account)
		var no *imap.Error
		if !errors.Is(err, errAnswer) && !errors.As(err, &no) {
			t.Errorf("%q, %q: %v", greeting, answer, err)
		}
		must(t, l.Close())
	}
}
