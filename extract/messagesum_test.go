package extract

import (
	"crypto/sha256"
	"strings"
	"testing"
)

func messageSum(text string, piece int) ([sha256.Size]byte, bool) {
	s := NewMessageSum()
	for len(text) > 0 {
		n := min(piece, len(text))
		_, _ = s.Write([]byte(text[:n]))
		text = text[n:]
	}
	return s.Sum()
}

const sumMessage = "Received: by a\r\nMessage-ID: <1@firma.dk>\r\nDate: Fri, 01 Mar 2024 09:15:07 +0100\r\nFrom: Anna <anna@firma.dk>\r\nSubject: Sag\r\n\r\nhej\r\n\r\nhilsen\r\n"

// TestMessageSum: a copy is known by what it is, not by how it came; another
// message is another.
func TestMessageSum(t *testing.T) {
	want, ok := messageSum(sumMessage, 1000)
	if !ok {
		t.Fatal("no sum")
	}
	edit := func(old, new string) string {
		t.Helper()
		text := strings.Replace(sumMessage, old, new, 1)
		if text == sumMessage {
			t.Fatalf("%q is not there", old)
		}
		return text
	}
	for name, text := range map[string]string{
		"other Received":      edit("Received: by a\r\n", "X-Spam: nej\r\nReceived: by b\r\n\tfor c\r\n"),
		"other line breaks":   strings.ReplaceAll(sumMessage, "\r\n", "\n"),
		"blanks at the end":   edit("hej\r\n", "hej \t\r\n"),
		"empty lines after":   sumMessage + "\r\n\n",
		"no line break after": strings.TrimSuffix(sumMessage, "\r\n"),
		"another time zone":   edit("09:15:07 +0100", "08:15:07 +0000 (UTC)"),
		"another name":        edit("Anna <anna@firma.dk>", "=?utf-8?q?Anna?= <Anna@firma.dk>"),
		"a folded field":      edit("Message-ID: <", "message-id:\r\n <"),
		"empty lines before":  "\r\n" + sumMessage,
	} {
		if got, ok := messageSum(text, 1000); !ok || got != want {
			t.Errorf("%s: another message", name)
		}
	}
	for name, text := range map[string]string{
		"another text":   edit("hej", "nej"),
		"a line more":    sumMessage + "ps\r\n",
		"another ID":     edit("<1@", "<2@"),
		"another date":   edit(":07", ":08"),
		"another sender": edit("anna@", "anne@"),
		"no ID":          edit("Message-ID: <1@firma.dk>\r\n", ""),
	} {
		if got, ok := messageSum(text, 1000); !ok || got == want {
			t.Errorf("%s: the same message, %t", name, ok)
		}
	}
	for _, text := range []string{
		"", "\r\n", "hej", "Subject: Sag\r\n\r\nhej\r\n", "Date: x\r\n\r\nhej", "Message-ID: <1@firma.dk>\r\n",
		"Message-ID: <1@firma.dk>\r\n" + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 1100) + "\r\nhej",
		strings.Repeat(" ", maxMailHeader+1) + sumMessage,
	} {
		if _, ok := messageSum(text, 1000); ok {
			t.Errorf("%.40q has a sum", text)
		}
	}
}

// FuzzMessageSum: in what pieces a message comes changes nothing, nor do line
// breaks.
func FuzzMessageSum(f *testing.F) {
	f.Add(sumMessage, 1)
	f.Add("\n\nFrom: a\nDate: b\n\n\n \n"+strings.Repeat("x ", 5000)+"\r\ny\r", 7)
	f.Fuzz(func(t *testing.T, text string, piece int) {
		whole, ok := messageSum(text, len(text)+1)
		cut, okCut := messageSum(text, max(1, piece%(len(text)+1)))
		if ok != okCut || whole != cut {
			t.Errorf("in pieces %x %t, whole %x %t", cut, okCut, whole, ok)
		}
		if !strings.Contains(text, "\r") {
			if crlf, okCRLF := messageSum(strings.ReplaceAll(text, "\n", "\r\n"), len(text)*2+1); okCRLF != ok || crlf != whole {
				t.Errorf("with CRLF %x %t, with LF %x %t", crlf, okCRLF, whole, ok)
			}
		}
	})
}
