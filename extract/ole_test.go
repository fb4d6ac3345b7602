package extract

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

// biff makes records of numbers and contents, in turn.
func biff(parts ...any) string {
	var b []byte
	for i := 0; i < len(parts); i += 2 {
		content := parts[i+1].(string)
		b = binary.LittleEndian.AppendUint16(b, uint16(parts[i].(int)))
		b = binary.LittleEndian.AppendUint16(b, uint16(len(content)))
		b = append(b, content...)
	}
	return string(b)
}

// u16 encodes numbers, 16 bits each.
func u16(n ...int) string {
	var b []byte
	for _, v := range n {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	return string(b)
}

func u32(n uint32) string { return string(binary.LittleEndian.AppendUint32(nil, n)) }

func f64(v float64) string {
	return string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
}

// str8 is a BIFF8 string with 16-bit length and 8-bit characters.
func str8(s string) string { return u16(len(s)) + "\x00" + s }

func xlsOf(records ...any) []byte {
	globals := biff(append([]any{biffBOF, u16(0x600, 5, 0, 0)}, records...)...)
	sheet := len(globals) + len(biff(biffBoundSheet, u32(0)+"\x00\x00\x04\x00Ark1", biffEOF, ""))
	globals += biff(biffBoundSheet, u32(uint32(sheet))+"\x00\x00\x04\x00Ark1", biffEOF, "")
	return []byte(globals)
}

func TestXLSRecords(t *testing.T) {
	globals := xlsOf(
		biffFormat, u16(164)+str8(`000000\-0000`),
		biffXF, u16(0, 0), biffXF, u16(0, 164), biffXF, u16(0, 14),
		// A string that goes on in the next record, first narrow, then wide.
		biffSST, u32(2)+u32(2)+str8("CPR")+u16(11)+"\x00150370", biffContinue, "\x01"+wide("-5008"),
	)
	sheet := biff(biffBOF, u16(0x600, 0x10, 0, 0),
		biffLabelSST, u16(0, 1, 0)+u32(0),
		biffLabelSST, u16(1, 1, 0)+u32(1),
		biffNumber, u16(2, 1, 1)+f64(107585001),
		biffRK, u16(3, 1, 0)+u32(uint32(math.Float64bits(1503705008)>>32)&^3),
		biffMulRK, u16(4, 1)+u16(0)+u32(241299501<<2|2)+u16(2)+u32(45366<<2|2)+u16(2),
		biffFormula, u16(5, 1, 0)+"\x00\x00\x00\x00\x00\x00\xff\xff"+u16(0)+u32(0), biffString, str8("150370-5116"),
		biffFormula, u16(6, 1, 0)+f64(2902885008)+u16(0)+u32(0),
		biffLabel, u16(7, 1, 0)+u16(11)+"\x01"+wide("010758-5001"),
		biffTXO, u16(0, 0, 0, 0, 0, 6), biffContinue, "\x00i boks", biffContinue, u16(0, 0, 0, 0),
		biffFooter, str8("&Cbund"),
		biffEOF, "")
	got := extractBytes(t, "a.xls", cfb("Workbook", string(globals)+sheet))
	text := got.part(t, "Ark1")
	for _, want := range []string{"CPR\x1e\nCPR\x1f150370-5008\x1e\nCPR\x1f010758-5001\x1e\n", "CPR\x1f241299501\x1e", "\x1f150370-5116\x1e",
		"\x1f2902885008\x1e", "\x1f010758-5001\x1e", "2024-03-15", "\ni boks\nbund\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %q", want, text)
		}
	}
	if at := got.place(t, "150370-5008"); at != "!B2" {
		t.Errorf("the number is at %q", at)
	}
	if len(got.gaps) > 0 {
		t.Errorf("gaps: %v", got.gaps)
	}
}

// docOf makes a document of two pieces, 8 and 16 bits a character.
func docOf(narrow, broad string, flags int) (document, table string) {
	const text = 1024
	fib := make([]byte, text)
	le := binary.LittleEndian
	le.PutUint16(fib, 0xa5ec)
	le.PutUint16(fib[fibFlags:], uint16(flags|fibTableIsOne))
	n, m := len(narrow), len([]rune(broad))
	le.PutUint32(fib[fibCounts:], uint32(n+m))
	plc := u32(0) + u32(uint32(n)) + u32(uint32(n+m)) +
		u16(0) + u32(0x40000000|2*text) + u16(0) + u16(0) + u32(uint32(text+n)) + u16(0)
	table = "\x02" + u32(uint32(len(plc))) + plc
	le.PutUint32(fib[fibClx:], 0)
	le.PutUint32(fib[fibClx+4:], uint32(len(table)))
	return string(fib) + narrow + wide(broad), table
}

func TestDOCPieces(t *testing.T) {
	document, table := docOf("CPR 150370\x1e50", "08 og 010758-5001\rNavn\x07CPR\x07By\x07\x07\x071503705116\x07Ry\x07\x07ende\r", 0)
	got := extractBytes(t, "a.doc", cfb("WordDocument", document, "1Table", table))
	want := "CPR 150370\u20115008 og 010758-5001\nNavn\x1eCPR\x1eBy\x1e\n\x1eCPR\x1f1503705116\x1eRy\x1e\nende\n"
	if text := got.part(t, ""); text != want || len(got.gaps) > 0 {
		t.Errorf("%q, gaps %q; want %q", text, got.reasons(), want)
	}

	document, table = docOf("x", "150370-5008\r", 0)
	got = extractBytes(t, "a.doc", cfb("WordDocument", document+"gemt tidligere: 010758-5001", "1Table", table))
	if !strings.Contains(got.part(t, "rådata"), "010758-5001") {
		t.Errorf("text of an earlier version is missing: %q", got.text())
	}
	if strings.Contains(got.part(t, "rådata"), "150370") {
		t.Errorf("a number is told twice: %q", got.text())
	}

	got = extractBytes(t, "a.doc", cfb("WordDocument", document, "1Table", "\x02\xff\xff\xff\xff"))
	if !got.has("1503705008") || !slices.Equal(got.reasons(), []string{": corrupt"}) {
		t.Errorf("damaged pieces: %q, gaps %q", got.text(), got.reasons())
	}
}

func TestOLEEncrypted(t *testing.T) {
	doc, table := docOf("hemmeligt", "", fibEncrypted)
	for name, data := range map[string][]byte{
		"docx with a password": cfb("EncryptionInfo", "x", "EncryptedPackage", "150370-5008"),
		"doc with a password":  cfb("WordDocument", doc, "1Table", table),
		"xls with a password":  cfb("Workbook", biff(biffBOF, u16(0x600, 5), biffFilePass, u16(1))),
		"ppt with a password":  cfb("PowerPoint Document", "x", "Current User", u32(0)+u32(0)+u32(0)+u32(pptCryptToken)),
		"odt with a password": zipPairs(t, "mimetype", "application/vnd.oasis.opendocument.text", "content.xml", "\x01\x02",
			"META-INF/manifest.xml", `<manifest:manifest><manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>`),
	} {
		got := extractBytes(t, name, data)
		if !slices.Contains(got.reasons(), ": encrypted") {
			t.Errorf("%s: gaps %q, want encrypted", name, got.reasons())
		}
	}
}

func TestMSG(t *testing.T) {
	inner := "__attach_version1.0_#00000001/__substg1.0_3701000D/"
	got := extractBytes(t, "a.msg", cfb(
		"__properties_version1.0", "x",
		"__substg1.0_0037001F", wide("Sag 150370-5008"),
		"__substg1.0_1000001F", wide("Kære Åse\r\n010758-5001"),
		"__substg1.0_0C1F001E", "bo@eksempel.dk",
		"__recip_version1.0_#00000000/__substg1.0_3001001F", wide("Åse"),
		"__attach_version1.0_#00000000/__substg1.0_3707001F", wide("bilag.txt"),
		"__attach_version1.0_#00000000/__substg1.0_37010102", "vedhæftet 150370-5116 "+strings.Repeat("tekst ", 1000),
		"__attach_version1.0_#00000001/__substg1.0_3001001F", wide("videresendt"),
		inner+"__properties_version1.0", "x",
		inner+"__substg1.0_0037001F", wide("Indre 241299-5018"),
	))
	for number, where := range map[string]string{"150370-5008": "emne", "010758-5001": "brødtekst", "150370-5116": "vedhæftning bilag.txt",
		"241299-5018": "vedhæftning videresendt › emne", "bo@eksempel.dk": "egenskaber", "Åse\x00": "modtager"} {
		found := ""
		for _, p := range got.parts {
			if strings.Contains(p.text, number) {
				found = p.where
			}
		}
		if found != where {
			t.Errorf("%s is at %q, want %q", number, found, where)
		}
	}
	if len(got.gaps) > 0 {
		t.Errorf("gaps: %v", got.gaps)
	}
}

// TestInflateRTF unpacks the examples of [MS-OXRTFCP] 3.1.
func TestInflateRTF(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"\x2d\x00\x00\x00\x2b\x00\x00\x00LZFu\xf1\xc5\xc7\xa7\x03\x00\x0a\x00rcpg125B2\x0a\xf3 hel\x09\x00 bw\x05\xb0ld}\x0a\x80\x0f\xa0", "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"},
		{"\x1a\x00\x00\x00\x1c\x00\x00\x00LZFu\xe2\xd4KQA\x00\x04 WXYZ\x0dn}\x01\x0e\xb0", "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"},
	} {
		got, err := inflateRTF([]byte(c.in))
		if err != nil || string(got) != c.want {
			t.Errorf("%q, %v; want %q", got, err, c.want)
		}
	}
	if _, err := inflateRTF([]byte("\x10\x00\x00\x00\xff\xff\xff\xffLZFu\x00\x00\x00\x00")); err == nil {
		t.Error("a size that cannot be was believed")
	}
}

// TestInflateVBA unpacks the examples of [MS-OVBA] 3.2.
func TestInflateVBA(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"\x19\xb0\x00abcdefgh\x00ijklmnop\x00qrstuv.", "abcdefghijklmnopqrstuv."},
		{"\x2f\xb0\x00#aaabcde\x82f\x00\x70ag" + "hij\x018\x08akl\x000mnop\x06q\x02p\x04\x10rstuv\x10wxyz\x00<", "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"},
		{"\x03\xb0\x02a\x45\x00", "a" + strings.Repeat("a", 72)},
	} {
		if got := string(inflateVBA([]byte(c.in))); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestEmbeddedObjects(t *testing.T) {
	file := "150370-5008 i en indsat fil"
	native := u32(0) + u16(2) + "notat.txt\x00C:\\notat.txt\x00" + u32(0x30000) + u32(1) + "\x00" + u32(uint32(len(file))) + file
	doc, table := docOf("brev", "\r", 0)
	got := extractBytes(t, "a.doc", cfb("WordDocument", doc, "1Table", table,
		"ObjectPool/_1/\x01Ole10Native", native,
		"ObjectPool/_2/WordDocument", strings.Replace(doc, "brev", "010758-5001", 1), "ObjectPool/_2/1Table", table,
		"ObjectPool/_3/Ukendt", strings.Repeat("\x00\x01", 4000)+"241299-5018"))
	for _, n := range []string{"1503705008", "0107585001", "2412995018"} {
		if !got.has(n) {
			t.Errorf("%s is missing in %q", n, got.text())
		}
	}
	if !slices.Equal(got.reasons(), []string{"_3: unsupported"}) {
		t.Errorf("gaps %q, want one for the unknown object", got.reasons())
	}
}

// TestPicturesInOLE shows that a scanned page in an old document is not passed
// over in silence, and that a bullet is.
func TestPicturesInOLE(t *testing.T) {
	png := func(edge uint32) string {
		size := string(binary.BigEndian.AppendUint32(nil, edge))
		return "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + size + size + strings.Repeat("\x00", 100)
	}
	doc, table := docOf("brev", "\r", 0)
	got := extractBytes(t, "a.doc", cfb("WordDocument", doc, "1Table", table, "Data", "xx"+png(100)+"yy"+png(2000)+"zz"+png(30)))
	if len(got.gaps) != 1 || !strings.HasPrefix(got.gaps[0].Err.Error(), "2 pictures") {
		t.Errorf("gaps %v, want one for the two large pictures", got.gaps)
	}
}

func TestUnknownOLE(t *testing.T) {
	for name, data := range map[string][]byte{
		"unsupported": cfb("Noget", "\x01\x02 tekst 150370-5008 \x00\x01", "Andet", "\x00"+wide("æble 010758-5001")),
		"corrupt":     append([]byte(oleMagic), strings.Repeat("\xff", 1000)+"150370-5008 \x00"+wide("æble 010758-5001")...),
	} {
		got := extractBytes(t, "a.bin", data)
		if !got.has("1503705008") || !got.has("0107585001") {
			t.Errorf("%s: text %q", name, got.text())
		}
		if !slices.Equal(got.reasons(), []string{": " + name}) {
			t.Errorf("gaps %q, want %s", got.reasons(), name)
		}
	}
}

func TestOLEStreamCircle(t *testing.T) {
	data := cfb("Noget", strings.Repeat("x", 8192))
	fat := len(data) - 512
	binary.LittleEndian.PutUint32(data[fat+4*3:], 1) // the chain runs back
	binary.LittleEndian.PutUint32(data[len(data)-512-512+128+120:], 0xfffffff0)
	got := extractBytes(t, "a.bin", data)
	if n := len(got.text()); n > 4*len(data) {
		t.Errorf("%d bytes became %d", len(data), n)
	}
}

func FuzzOLE(f *testing.F) {
	doc, table := docOf("CPR 150370-5008", "x\x07y\x07\x07\x13a\x14b\x15\r", 0)
	sheet := biff(biffBOF, u16(0x600, 0x10), biffLabel, u16(0, 0, 0)+str8("CPR"), biffMulRK, u16(1, 0, 0)+u32(7)+u16(0), biffEOF, "")
	f.Add("WordDocument", doc, "1Table", table)
	f.Add("Workbook", string(xlsOf(biffSST, u32(1)+u32(1)+str8("x")))+sheet, "SummaryInformation", "\xfe\xff")
	f.Add("PowerPoint Document", "\x0f\x00\xe8\x03\x10\x00\x00\x00\x00\x00\xa8\x0f\x08\x00\x00\x00150370-5", "Current User", "x")
	f.Add("__properties_version1.0", "", "__substg1.0_10090102", "\x10\x00\x00\x00\x10\x00\x00\x00LZFu\x00\x00\x00\x00\x00abc")
	f.Add("a/Ole10Native", "\x00\x00\x00\x00\x02\x00a\x00b\x00", "VBA/dir", "x")
	f.Fuzz(func(t *testing.T, name1, content1, name2, content2 string) {
		if strings.Count(name1+name2, "/") > 20 || len(name1) > 60 || len(name2) > 60 {
			return
		}
		data := cfb(name1, content1, name2, content2)
		boundedOutput(t, extractBytes(t, "a.ole", data), 4*len(data))
	})
}

// FuzzOLEFile damages a whole file, its directory and chains included.
func FuzzOLEFile(f *testing.F) {
	doc, table := docOf("CPR 150370-5008", "x\r", 0)
	data := cfb("WordDocument", doc, "1Table", table, "ObjectPool/_1/x", "y")
	f.Add(uint32(len(data)-500), uint32(1), uint32(48), uint32(3))
	f.Fuzz(func(t *testing.T, at1, v1, at2, v2 uint32) {
		b := bytes.Clone(data)
		binary.LittleEndian.PutUint32(b[int(at1)%(len(b)-4):], v1)
		binary.LittleEndian.PutUint32(b[int(at2)%(len(b)-4):], v2)
		boundedOutput(t, extractBytes(t, "a.ole", b), 8*len(b))
	})
}
