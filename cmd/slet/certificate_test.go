package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/report"
)

// sealed makes a small signed certificate in both formats.
func sealed(t *testing.T, change func(*report.Certificate)) (k *audit.Key, files map[string][]byte) {
	t.Helper()
	k, err := audit.LoadKey(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	note, err := k.Checkpoint(audit.Summary{Lines: 9})
	if err != nil {
		t.Fatal(err)
	}
	cert := report.Certificate{
		Format: report.CertificateFormat, ID: "K-1", Key: k.Verifier(), Made: time.Unix(1e9, 0).UTC(), Organisation: "Ægir & Søn",
		Items: []report.CertificateItem{{Ref: "i1", Path: "a/b.txt", Result: "erased"}, {Ref: "i2", Result: "held"}},
		Audit: report.CertificateLog{Line: 9, Checkpoint: string(note)},
	}
	if cert.ItemsRoot, err = itemsRoot(cert.Items); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&cert)
	}
	files = map[string][]byte{}
	for _, format := range []string{"json", "html"} {
		if files[format], err = sealCertificate(k, cert, format, report.Danish); err != nil {
			t.Fatal(err)
		}
	}
	return k, files
}

// TestCertificateEveryByte changes, removes and doubles every byte of a
// certificate; verification notices each, with the key and without.
func TestCertificateEveryByte(t *testing.T) {
	k, files := sealed(t, nil)
	for format, good := range files {
		for _, key := range []string{"", k.Verifier()} {
			if cert, err := checkCertificate(good, key); err != nil || cert.ID != "K-1" {
				t.Fatalf("%s: %+v, %v", format, cert, err)
			}
			for i := range good {
				flipped := bytes.Clone(good)
				flipped[i] ^= 1 << (i % 8)
				for what, b := range map[string][]byte{
					"flipped": flipped, "cut": good[:i], "removed": append(bytes.Clone(good[:i]), good[i+1:]...),
					"doubled": append(append(bytes.Clone(good[:i+1]), good[i]), good[i+1:]...),
				} {
					if what != "flipped" && i%7 != 0 {
						continue // enough of these
					}
					if _, err := checkCertificate(b, key); err == nil {
						t.Fatalf("%s, key %q: byte %d %s, and nobody notices", format, key, i, what)
					}
				}
			}
			if _, err := checkCertificate(append(bytes.Clone(good), '\n'), key); err == nil {
				t.Errorf("%s: something was added at the end", format)
			}
		}
	}
}

// TestCertificateOfAnother: whoever signs anew with a key of their own is found
// out by who has the right one; and a signed certificate must agree with itself.
func TestCertificateOfAnother(t *testing.T) {
	k, _ := sealed(t, nil)
	other, files := sealed(t, nil)
	for format, b := range files {
		if _, err := checkCertificate(b, k.Verifier()); !errors.Is(err, audit.ErrSeal) {
			t.Errorf("%s of another key: %v", format, err)
		}
	}
	// The data of one certificate on the page of another.
	_, mine := sealed(t, nil)
	embedded, _ := report.EmbeddedCertificate(mine["html"])
	theirs, _ := report.EmbeddedCertificate(files["html"])
	if _, err := checkCertificate(bytes.Replace(files["html"], theirs, embedded, 1), other.Verifier()); err == nil {
		t.Error("a page with another's data is taken")
	}
	for name, change := range map[string]func(*report.Certificate){
		"root":       func(c *report.Certificate) { c.Items[0].Result = "held" },
		"format":     func(c *report.Certificate) { c.Format = "slet-certificate-2" },
		"key":        func(c *report.Certificate) { c.Key = k.Verifier() },
		"no key":     func(c *report.Certificate) { c.Key = "" },
		"checkpoint": func(c *report.Certificate) { c.Audit.Checkpoint = "x" },
		"log line":   func(c *report.Certificate) { c.Audit.Line = 10 },
	} {
		signer, files := sealed(t, change)
		for format, b := range files {
			if _, err := checkCertificate(b, signer.Verifier()); !errors.Is(err, audit.ErrSeal) {
				t.Errorf("%s, %s: %v", name, format, err)
			}
			if _, err := checkCertificate(b, ""); err == nil {
				t.Errorf("%s, %s, without a key: taken", name, format)
			}
		}
	}
}

// FuzzCertificate: nothing but a certificate is one.
func FuzzCertificate(f *testing.F) {
	f.Add([]byte(`{"signature":"` + string(bytes.Repeat([]byte("A"), 88)) + `","format":"slet-certificate-1"}`))
	f.Add([]byte(`<script type="application/json" id="slettekvittering">{}</script>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if cert, err := checkCertificate(b, ""); err == nil {
			// Only a signed one may pass: then it is JSON and says who signed.
			if _, err := json.Marshal(cert); err != nil || cert.Key == "" {
				t.Fatalf("%q is taken", b)
			}
		}
	})
}
