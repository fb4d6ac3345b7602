package imap

import (
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"

	"github.com/sletdk/slet/scanner"
)

// FuzzMessageID: an ID is accepted only if it is the one ID of a message, and
// every message has one.
func FuzzMessageID(f *testing.F) {
	f.Add("a@b.dk/INBOX/%2F1/2", "a@b.dk", "INBOX|Løn & ferie", "/", uint32(7), uint32(9))
	f.Add("a/../%2F1/2", "a/b", "50%|..", ".", uint32(1), uint32(1))
	f.Add("a//1/2", "", "a", "", uint32(1<<31), uint32(1<<31))
	f.Fuzz(func(t *testing.T, id, account, folders, delim string, validity, uid uint32) {
		if m, err := parseMessage(id); err == nil {
			if m.id() != id {
				t.Errorf("%q and %q are one message", id, m.id())
			}
			if m.uid == 0 || m.validity == 0 || m.account == "" || len(m.folder.segments) == 0 {
				t.Errorf("%q is %+v", id, m)
			}
		}
		m := message{place{account, folder{segments: strings.Split(folders, "|"), delim: delim}}, validity, imap.UID(uid)}
		back, err := parseMessage(m.id())
		if err == nil && (back.folder.name() != m.folder.name() || back.account != account || back.uid != m.uid || back.validity != validity) {
			t.Errorf("%+v came back as %+v", m, back)
		}
		for _, p := range []string{m.path(), m.place.path()} {
			if strings.ContainsAny(p, "\r\n\x00\x1b") {
				t.Errorf("path %q", p)
			}
		}
		// The rules about privacy see the same folders in the ID's folders and
		// in the path that people and the eraser see.
		if m.folder.private() && !scanner.PrivatePath(m.place.path()+"/") {
			t.Errorf("%q is private, and its path %q is not", m.folder.segments, m.place.path())
		}
	})
}

func TestMessageID(t *testing.T) {
	for _, m := range []message{
		{place{"karen@firma.dk", folder{segments: []string{"INBOX"}, delim: "/"}}, 1700000000, 42},
		{place{"k/é%", folder{segments: []string{"Løn & ferie", "a/b", "..", "%2F", " "}, delim: "|"}}, 1, 4294967295},
		{place{"k", folder{segments: []string{"flad/navn"}, delim: ""}}, 4294967295, 1},
		{place{"k", folder{segments: []string{"a", "b"}, delim: `\`}}, 1, 1},
	} {
		back, err := parseMessage(m.id())
		if err != nil || back.id() != m.id() || back.folder.name() != m.folder.name() || back.path() != m.path() {
			t.Errorf("%+v has the ID %q, which is %+v, %v", m, m.id(), back, err)
		}
	}
	if got := (message{place{"k", folder{segments: []string{"a\nb", "c/d"}, delim: "."}}, 1, 2}).path(); got != "k/a%0Ab/c%2Fd/2" {
		t.Errorf("path %q", got)
	}
}
