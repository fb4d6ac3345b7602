package extract

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
)

// crlf writes a message as the wire has it.
func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

const mailHead = "From: Bo <bo@kommune.example>\nTo: ib@kommune.example\nSubject: =?iso-8859-1?Q?F=F8dt_150370?= =?utf-8?B?LTUwMDg=?=\nDate: Mon, 6 Mar 2017 10:00:00 +0100\nReceived: from x by y id 1234567890\nMIME-Version: 1.0\n"

func TestMail(t *testing.T) {
	c := extractBytes(t, "x", crlf(mailHead+"Content-Type: multipart/mixed; boundary=\"b 1\"\n\nforord 010758-5001\n"+
		"--b 1\nContent-Type: multipart/alternative; boundary=b2\n\n"+
		"--b2\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nK=E6re Ib: 150370=\n-5008=20\n"+
		"--b2\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"+base64.StdEncoding.EncodeToString([]byte("<p>150370-<b>5008</b></p>"))+"\n--b2--\n"+
		"--b 1\nContent-Type: application/octet-stream; name=\"=?utf-8?Q?sag_=C3=A6.csv?=\"\nContent-Disposition: attachment\n\nnavn;cpr\nBo;150370-5008\n"+
		"--b 1\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename*=utf-8''brev%20150370-5008.txt\n\nx\n"+
		"--b 1\nContent-Type: message/rfc822\n\nFrom: a@b.example\nSubject: inderst 241299-5018\n\nhej 290288-5008\n"+
		"--b 1--\nefterskrift 010758-5001\n"))
	if len(c.gaps) != 0 {
		t.Errorf("gaps: %v", c.gaps)
	}
	for _, tt := range [][2]string{
		{"mailens hoved", "From:  Bo <bo@kommune.example>|\nTo:  ib@kommune.example|\nSubject:  Født 150370-5008|\n"},
		{"vedhæftning sag æ.csv", "navn|cpr|\nBo|cpr=150370-5008|"},
		{"vedhæftning brev 150370-5008.txt", "x"},
		{"videresendt mail › mailens hoved", "Subject:  inderst 241299-5018|"},
		{"videresendt mail › mailens tekst", "hej 290288-5008"},
		{"navne i indholdet", "brev 150370-5008.txt|"},
	} {
		if got := visible(c.part(t, tt[0])); !strings.Contains(got, tt[1]) {
			t.Errorf("%s: %q, want %q", tt[0], got, tt[1])
		}
	}
	if strings.Contains(c.text(), "1234567890") {
		t.Error("a field that machines write for machines was shown")
	}
	var bodies []string
	for _, p := range c.parts {
		if p.where == "mailens tekst" {
			bodies = append(bodies, p.text)
		}
	}
	want := []string{"forord 010758-5001", "Kære Ib: 150370-5008 ", "150370-5008\n", "efterskrift 010758-5001\r\n"}
	if fmt.Sprintf("%q", bodies) != fmt.Sprintf("%q", want) {
		t.Errorf("bodies %q, want %q", bodies, want)
	}
}

// TestMailWrong: whatever is wrong with a message, its text is examined, and
// what may be missing is a gap.
func TestMailWrong(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString([]byte("cpr 150370-5008 og noget mere tekst"))
	for name, tt := range map[string]struct{ in, gap string }{
		"no boundary":        {"Content-Type: multipart/mixed\n\n--x\n\n150370-5008\n", ""},
		"boundary not found": {"Content-Type: multipart/mixed; boundary=x\n\n150370-5008\n", ": corrupt"},
		"ends in a part":     {"Content-Type: multipart/mixed; boundary=x\n\n--x\n\n150370-5008", ": corrupt"},
		"inner not closed":   {"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=y\n\n--y\n\n150370-5008\n--x--\n", ""},
		"unknown encoding":   {"Content-Transfer-Encoding: x-rot13\n\n150370-5008\n", "mailens tekst: unsupported"},
		"8-bit":              {"Content-Transfer-Encoding: 8-bit\n\n150370-5008\n", ""},
		"broken base64":      {"Content-Transfer-Encoding: base64\n\n" + b64[:20] + "!!" + b64[20:] + "\nog 150370-5008\n", "mailens tekst: corrupt"},
		"base64 cut":         {"Content-Transfer-Encoding: base64\n\n" + strings.TrimRight(b64, "=")[:44] + "\n", ""},
		"base64, no break":   {"Content-Transfer-Encoding: base64\n\n" + b64, ""},
		"not quoted":         {"Content-Transfer-Encoding: quoted-printable\n\na=b 150370-5008 =ZZ =\n", ""},
		"unknown charset":    {"Content-Type: text/plain; charset=x-klingon\n\nf\xf8dt 150370-5008\n", ""},
		"no empty line":      {"150370-5008 er nummeret\nog det var det\n", ""},
		"broken type":        {"Content-Type: text/plain; charset=\"utf-8; name=x\n\n150370-5008\n", ""},
		"S/MIME":             {"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\nX-Y: 150370-5008\n\nAAAA\n", "vedhæftning application/pkcs7-mime: encrypted"},
		"PGP/MIME":           {"X-Y: 150370-5008\nContent-Type: multipart/encrypted; boundary=x\n\n--x\nContent-Type: text/plain\n\nVersion: 1\n--x--\n", "mailens tekst: encrypted"},
		"PGP inline":         {"X-Y: 150370-5008\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n", "mailens tekst: encrypted"},
		"8-bit header":       {"X-Navn: f\xf8dt 150370-5008\n\n", ""},
		"empty header line":  {":\n\n150370-5008\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := extractBytes(t, "x.eml", crlf("From: a@b.example\nSubject: x\n"+tt.in))
			if got := strings.Join(c.reasons(), "; "); got != tt.gap {
				t.Errorf("gaps %v, want %q", c.gaps, tt.gap)
			}
			if !c.has("1503705008") {
				t.Errorf("the number is not in %q", c.text())
			}
		})
	}
}

// TestMailNesting: messages made to take exponential time, or a stack, take
// neither, and the number at the bottom is found or is a gap.
func TestMailNesting(t *testing.T) {
	var multi, forwarded, same strings.Builder
	multi.WriteString("From: a@b.example\nSubject: x\nMIME-Version: 1.0\n")
	forwarded.WriteString("From: a@b.example\nSubject: x\nMIME-Version: 1.0\n")
	same.WriteString("From: a@b.example\nSubject: x\nMIME-Version: 1.0\n")
	for i := range 5000 {
		fmt.Fprintf(&multi, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
		forwarded.WriteString("Content-Type: message/rfc822\n\nFrom: a@b.example\n")
		same.WriteString("Content-Type: multipart/mixed; boundary=b\n\n--b\n")
	}
	for name, in := range map[string]string{"multipart": multi.String(), "forwarded": forwarded.String(), "same boundary": same.String()} {
		begun := time.Now()
		c := extractBytes(t, "x", []byte(in+"\n150370-5008\n"))
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("%s: took %s", name, took)
		}
		if !c.has("1503705008") || !strings.Contains(strings.Join(c.reasons(), " "), ": too_large") || len(c.gaps) > 3 {
			t.Errorf("%s: found %t, gaps %.300v", name, c.has("1503705008"), c.gaps)
		}
	}
}

func TestMbox(t *testing.T) {
	in := "From bo@b.example Mon Mar  6 10:00:00 2017\nFrom: bo@b.example\nSubject: et\n\nFrom 150370-5008 to\n>From her\n\n" +
		"From ib@b.example Tue Mar  7 11:00:00 2017\nFrom: ib@b.example\nSubject: to\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\n010758-5001\n\n" +
		"From ib@b.example Tue Mar  7 12:00:00 2017\nFrom: ib@b.example\nSubject: tre 241299-5018\n\nslut\n"
	c := extractBytes(t, "x", []byte(in))
	if got := c.part(t, "besked 1 › mailens tekst"); got != "From 150370-5008 to\nFrom her\n\n" {
		t.Errorf("the first: %q", got)
	}
	if got := c.part(t, "besked 2 › mailens tekst"); got != "010758-5001\n\n" {
		t.Errorf("the second: %q", got)
	}
	if got := c.part(t, "besked 3 › mailens hoved"); !strings.Contains(got, "tre 241299-5018") {
		t.Errorf("the third: %q", got)
	}
	if got := c.reasons(); len(got) != 1 || got[0] != "besked 2: corrupt" {
		t.Errorf("gaps: %v", c.gaps)
	}
}

// TestTextIsNoMail: a text that looks a little like a header stays a text.
func TestTextIsNoMail(t *testing.T) {
	for _, in := range []string{
		"Fra: Bo\nTil: Ib\nEmne: sagen\n\nhej\n",
		"To: do\n- ring til Bo\n",
		"Date: 1. marts\n\nReferat af møde\n",
		"http://x.example/a:b\nfrom: here\nto: there",
		"From now on: 12:30 is lunch\nnothing else\n",
	} {
		if c := extractBytes(t, "x.txt", []byte(in)); c.text() != in {
			t.Errorf("%q became %q at %q", in, c.text(), c.places())
		}
	}
}

// TestExchangeHeaders: a message is a message under any number of fields that
// nobody knows.
func TestExchangeHeaders(t *testing.T) {
	in := "Received: from a\n by b\n"
	for i := range 60 {
		in += fmt.Sprintf("X-MS-Exchange-Field%d: 12\n", i)
	}
	in += "From: a@b.example\nSubject: x\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte("cpr 150370-5008")) + "\n"
	if c := extractBytes(t, "x", crlf(in)); !c.has("1503705008") || len(c.gaps) != 0 {
		t.Errorf("gave %q, %v", c.places(), c.gaps)
	}
}
