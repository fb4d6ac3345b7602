package extract

import (
	"strings"
	"testing"

	"github.com/sletdk/slet/scanner"
)

const secret = "241299-5018 hemmeligt"

// TestPrivateMail holds messages in every wrapping to the rule that not a word
// of a private one is given out, and that it does not count as read.
func TestPrivateMail(t *testing.T) {
	body := "\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\n" + secret + "\n--x\nContent-Type: text/plain; name=\"hemmeligt.txt\"\n\n" + secret + "\n--x--\n"
	marked := map[string]string{
		"subject":     "From: hemmeligt@b.example\nTo: c@d.example\nSubject: Privat: hemmeligt" + body,
		"encoded":     "From: hemmeligt@b.example\nTo: c@d.example\nSubject: =?utf-8?Q?PRIVAT=3A_hemmeligt?=" + body,
		"reply":       "From: hemmeligt@b.example\nTo: c@d.example\nSubject: SV:\n Privat: hemmeligt" + body,
		"sensitivity": "From: hemmeligt@b.example\nTo: c@d.example\nSubject: hemmeligt\nSensitivity: Private" + body,
		"personal":    "From: hemmeligt@b.example\nTo: c@d.example\nSubject: hemmeligt\nSENSITIVITY: personal" + body,
	}
	for name, mail := range marked {
		t.Run(name, func(t *testing.T) {
			for wrapping, data := range map[string]string{
				"file":      mail,
				"mbox":      "From a@b.example Mon Mar  6 10:00:00 2017\n" + mail + "\nFrom a@b.example Mon Mar  6 10:00:01 2017\nSubject: x\nFrom: b@c.example\n\nåbent\n",
				"forwarded": mailHead + "Content-Type: multipart/mixed; boundary=y\n\n--y\nContent-Type: message/rfc822; name=\"hemmeligt.eml\"\n\n" + mail + "\n--y\n\nåbent\n--y--\n",
				"attached":  mailHead + "Content-Type: multipart/mixed; boundary=y\n\n--y\nContent-Type: application/octet-stream; name=a.eml\nContent-Transfer-Encoding: base64\n\n" + encode64(mail) + "\n--y\n\nåbent\n--y--\n",
				"zip":       string(archiveOf(t, "a.eml", mail, "b.txt", "åbent")),
			} {
				c := extractBytes(t, "a.eml", []byte(data))
				if all := c.text() + strings.Join(c.places(), " "); strings.Contains(all, "hemmeligt") || c.has("2412995018") {
					t.Errorf("%s: given out: %q", wrapping, all)
				}
				if wrapping != "file" && !strings.Contains(c.text(), "åbent") {
					t.Errorf("%s: what is not private was left out: %q", wrapping, c.text())
				}
				if len(c.gaps) != 1 || c.gaps[0].Reason != scanner.Denied || strings.Contains(c.gaps[0].Error(), "hemmeligt") {
					t.Errorf("%s: gaps %v, want one: denied", wrapping, c.gaps)
				}
			}
		})
	}
	for _, open := range []string{"Subject: Privatøkonomi 150370-5008", "Subject: 150370-5008\nSensitivity: Company-Confidential", "Subject: 150370-5008\nSensitivity: Normal"} {
		c := extractBytes(t, "a.eml", []byte("From: a@b.example\n"+open+"\n\nhej\n"))
		if !c.has("1503705008") || len(c.gaps) != 0 {
			t.Errorf("%q: %q, %v", open, c.text(), c.gaps)
		}
	}
}

func TestPrivateMSG(t *testing.T) {
	props := func(sensitivity uint32) string {
		return strings.Repeat("\x00", 32) + "\x03\x00\x17\x00" + u32(6) + u32(1) + u32(0) + "\x03\x00\x36\x00" + u32(6) + u32(sensitivity) + u32(0)
	}
	for name, tt := range map[string]struct {
		subject     string
		sensitivity uint32
		private     bool
	}{
		"open": {"Møde", 0, false}, "confidential": {"Møde", 3, false}, "subject": {"Privat: hemmeligt", 0, true},
		"personal": {"hemmeligt", 1, true}, "private": {"hemmeligt", 2, true},
	} {
		c := extractBytes(t, "a.msg", cfb("__properties_version1.0", props(tt.sensitivity), "__substg1.0_0037001F", wide(tt.subject), "__substg1.0_1000001F", wide(secret)))
		denied := len(c.gaps) == 1 && c.gaps[0].Reason == scanner.Denied
		if denied != tt.private || tt.private && strings.TrimSpace(c.text()) != "" || c.has("2412995018") == tt.private {
			t.Errorf("%s: %q, %v", name, c.text(), c.gaps)
		}
	}
}

func TestPrivateFoldersInArchives(t *testing.T) {
	entries := []string{"Hjem/Privat/hemmeligt.txt", secret, "Hjem\\privat\\hemmeligt2.txt", secret, "Hjem/Privatøkonomi/a.txt", "åbent 010758-5001"}
	for name, data := range map[string][]byte{"zip": archiveOf(t, entries...), "tar": tarOf(t, entries...)} {
		c := extractBytes(t, "a", data)
		if strings.Contains(c.text(), "hemmeligt") || !c.has("0107585001") {
			t.Errorf("%s: %q", name, c.text())
		}
		if len(c.gaps) != 1 || c.gaps[0].Reason != scanner.Denied || !strings.HasPrefix(c.gaps[0].Err.Error(), "2 entries") {
			t.Errorf("%s: gaps %v", name, c.gaps)
		}
	}
}
