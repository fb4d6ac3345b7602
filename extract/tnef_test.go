package extract

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/sletdk/slet/scanner"
)

func encode64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// tnefOf makes a stream of attributes: id, data, id, data.
func tnefOf(attributes ...any) string {
	b := tnefMagic + u16(1)
	for i := 0; i < len(attributes); i += 2 {
		data := attributes[i+1].(string)
		b += "\x01" + u32(uint32(attributes[i].(int))) + u32(uint32(len(data))) + data + u16(0)
	}
	return b
}

// mapiOf makes a list of properties: tag, value, tag, value; a number or a text.
func mapiOf(properties ...any) string {
	b := u32(uint32(len(properties) / 2))
	for i := 0; i < len(properties); i += 2 {
		b += u32(uint32(properties[i].(int)))
		switch v := properties[i+1].(type) {
		case uint32:
			b += u32(v)
		case string:
			b += u32(1) + u32(uint32(len(v))) + v + strings.Repeat("\x00", -len(v)&3)
		}
	}
	return b
}

func TestTNEF(t *testing.T) {
	c := extractBytes(t, "winmail.dat", []byte(tnefOf(
		tnefSubject, "Sag 010758-5001\x00",
		tnefProps, mapiOf(0x0036_0003, uint32(0), 0x1013_0102, "<p>150370-<b>5008</b>", 0x0e1d_001f, wide("emnet Å")),
		tnefRendering, strings.Repeat("\x00", 14), tnefTitle, "KORT~1.TXT\x00", tnefData, "241299-5018 i en fil",
		tnefAttachment, mapiOf(0x3707_001f, wide("et langt navn.txt\x00")),
		tnefRendering, strings.Repeat("\x00", 14),
		tnefAttachment, mapiOf(0x3701_000d, strings.Repeat("g", 16)+tnefOf(tnefBody, "290288-5008 i en vedhæftet mail"), 0x3707_001e, "mail\x00"))))
	for _, n := range []string{"0107585001", "1503705008", "2412995018", "2902885008"} {
		if !c.has(n) {
			t.Errorf("%s is missing in %q", n, c.text())
		}
	}
	if got := c.part(t, "vedhæftning et langt navn.txt"); got != "241299-5018 i en fil" || len(c.gaps) != 0 {
		t.Errorf("attachment %q, gaps %v", got, c.gaps)
	}
	for name, in := range map[string]string{
		"subject": tnefOf(tnefSubject, "Privat: hemmeligt", tnefBody, secret), "sensitivity": tnefOf(tnefBody, secret, tnefProps, mapiOf(0x0036_0003, uint32(2))),
	} {
		c := extractBytes(t, "winmail.dat", []byte(in))
		if c.text() != "" || len(c.gaps) != 1 || c.gaps[0].Reason != scanner.Denied {
			t.Errorf("%s: %q, %v", name, c.text(), c.gaps)
		}
	}
	whole := tnefOf(tnefBody, "150370-5008", tnefTitle, "x")
	for name, in := range map[string]string{"cut": whole[:len(whole)-4], "broken properties": tnefOf(tnefBody, "150370-5008", tnefProps, u32(9)+u32(0x1000_001f)+u32(1)+u32(99))} {
		if c := extractBytes(t, "x", []byte(in)); !c.has("1503705008") || strings.Join(c.reasons(), "") != ": corrupt" {
			t.Errorf("%s: %q, %v", name, c.text(), c.gaps)
		}
	}
}

func FuzzTNEF(f *testing.F) {
	fuzzFormat(f, "tnef", tnefOf(tnefSubject, "x", tnefProps, mapiOf(0x1013_0102, "<p>150370-5008", 0x0036_0003, uint32(0))),
		tnefOf(tnefRendering, "", tnefAttachment, mapiOf(0x3701_000d, strings.Repeat("g", 16)+tnefOf(tnefBody, "x"))))
}
