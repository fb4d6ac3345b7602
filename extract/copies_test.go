package extract

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// copier is a sink that wants to know of copies.
type copier struct {
	collector
	sums map[[sha256.Size]byte]int64
}

func (c *copier) Copy(sum [sha256.Size]byte, size int64) { c.sums[sum] = size }

// TestCopy: a file has the same hash by itself, attached to a mail, in an
// archive, and in an archive attached to a mail.
func TestCopy(t *testing.T) {
	letter := strings.Repeat("Kære borger\r\n", 200)
	var archive bytes.Buffer
	zw := zip.NewWriter(&archive)
	for name, content := range map[string]string{"brev.txt": letter, "lille.txt": "for lille"} {
		w, err := zw.Create(name)
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	mail := func(name string, attached []byte) string {
		return "From: a@example.dk\r\nTo: b@example.dk\r\nSubject: brev\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" +
			"--x\r\nContent-Type: text/plain\r\n\r\n" + strings.Repeat("tekst i mailen\r\n", 100) +
			fmt.Sprintf("--x\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=%q\r\nContent-Transfer-Encoding: base64\r\n\r\n", name) +
			base64.StdEncoding.EncodeToString(attached) + "\r\n--x--\r\n"
	}
	want := sha256.Sum256([]byte(letter))
	for _, c := range []struct {
		name, content string
		copies        int
	}{
		{"by itself", letter, 0},
		{"in an archive", archive.String(), 1},
		{"attached", mail("brev.txt", []byte(letter)), 1},
		{"attached in an archive", mail("brev.zip", archive.Bytes()), 2}, // the archive's own, too
	} {
		if c.name == "attached in an archive" && archive.Len() < minCopy {
			c.copies = 1
		}
		sink := &copier{sums: map[[sha256.Size]byte]int64{}}
		if err := New(Options{}).Extract(t.Context(), c.name, strings.NewReader(c.content), int64(len(c.content)), sink); err != nil {
			t.Fatal(err)
		}
		if len(sink.sums) != c.copies || c.copies > 0 && sink.sums[want] != int64(len(letter)) {
			t.Errorf("%s: %d copies, want %d with %x; gaps %v", c.name, len(sink.sums), c.copies, want, sink.gaps)
		}
	}
}
