package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc32"
	"html"
	"io"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The make-believe organisation of the demo. Its people were born 1858–1899,
// so that none of the CPR numbers can be anybody's.

// demoFile is one file of the demo's share.
type demoFile struct {
	path string
	age  int // days since it was last changed
	data []byte
}

// demoPeople are the persons of the demo.
type demoPerson struct{ name, cpr string }

func demoPeople() []demoPerson {
	names := []string{
		"Karen Blixt", "Jens Nørgård", "Maren Ærø", "Søren Lund", "Inger Holm", "Niels Bæk", "Ane Kirk", "Hans Vad", "Else Toft", "Peder Skov",
		"Marie Høj", "Lars Dam", "Birgit Eng", "Rasmus Krog", "Sine Mark", "Ole Strand", "Dorthe Bro", "Anders Lind", "Kirsten Sø", "Jakob Hede",
	}
	people := make([]demoPerson, len(names))
	for i, name := range names {
		people[i] = demoPerson{name, demoCPR(1+i*7%28, 1+i%12, 60+i*2%38, i)}
	}
	return people
}

// demoCPR returns a number of the nineteenth century that holds modulus 11:
// the seventh digit 5–8 with year 58–99 means 1858–1899.
func demoCPR(day, month, year, salt int) string {
	weights := [...]int{4, 3, 2, 7, 6, 5, 4, 3, 2, 1}
	for serial := 5000 + salt*37; ; serial++ {
		digits := fmt.Sprintf("%02d%02d%02d%04d", day, month, year, serial)
		sum := 0
		for i, w := range weights {
			sum += w * int(digits[i]-'0')
		}
		if sum%11 == 0 {
			return digits[:6] + "-" + digits[6:]
		}
	}
}

// demoShare lists the files of the demo's share.
func demoShare() ([]demoFile, error) {
	var files []demoFile
	var errs []error
	add := func(age int, path string, data []byte, err error) {
		files = append(files, demoFile{path, age, data})
		errs = append(errs, err)
	}
	text := func(age int, path, data string) { add(age, path, []byte(data), nil) }
	people := demoPeople()
	for i, p := range people[:12] {
		year, age := 2025, 300+i*9
		if i >= 8 {
			year, age = 2026, 20+i*3
		}
		doc, err := demoDOCX("Motiveret ansøgning", "Jeg søger hermed stillingen som vicevært.", "Navn: "+p.name, "CPR-nr. "+p.cpr)
		add(age, fmt.Sprintf("Ansøgninger/%d/ansøgning %s.docx", year, p.name), doc, err)
	}
	for i, p := range people[:10] {
		age := 365*7 + i*11
		if i >= 5 {
			age = 365 + i*11
		}
		add(age, fmt.Sprintf("Økonomi/Bilag/bilag %04d.pdf", 1001+i), demoPDF("Udlaeg refunderet til "+asciiOnly(p.name), "CPR "+p.cpr, fmt.Sprintf("Faktura nr. 10%08d", 31415926+i)), nil)
	}
	for i, p := range people[12:16] {
		doc, err := demoDOCX("Ansættelseskontrakt", "Medarbejder: "+p.name, "Personnummer "+p.cpr, "Tiltrædelse 1. marts.")
		add(900+i, "Personale/"+p.name+"/kontrakt.docx", doc, err)
	}
	var csv, rows strings.Builder
	csv.WriteString("Navn;CPR-nr;Lejlighed\r\n")
	for i, p := range people {
		fmt.Fprintf(&csv, "%s;%s;%d. tv\r\n", p.name, p.cpr, i%5)
		fmt.Fprintf(&rows, `<row r="%d"><c r="A%[1]d" t="inlineStr"><is><t>%s</t></is></c><c r="B%[1]d"><v>%s</v></c></row>`,
			i+2, html.EscapeString(p.name), strings.TrimLeft(strings.ReplaceAll(p.cpr, "-", ""), "0"))
	}
	add(40, "Beboere/beboerliste.csv", windows1252(csv.String()), nil)
	sheet, err := demoXLSX(rows.String())
	add(35, "Beboere/venteliste.xlsx", sheet, err)
	add(12, "Beboere/klage.eml", demoEML(people[3], "Klage over støj"), nil)
	text(50, "Beboere/"+people[4].cpr+" husordensklage.txt", "Klage over støj i opgang B.\n")
	text(50, "Beboere/side.html", "<p>Fødselsnummer <b>"+people[5].cpr[:6]+"</b>-<i>"+people[5].cpr[7:]+"</i></p>")
	locked, err := demoLockedZIP()
	add(400, "Arkiv/låst.zip", locked, err)
	text(400, "Arkiv/ødelagt.docx", "PK\x03\x04 her slutter filen")
	text(90, "Vejledning/slettepolitik.txt", "Vi sletter CPR-numre efter 5 år.\nRing på +45 12 34 56 78. EAN 5790001330552. Faktura 1503705008,50 kr.\n")
	text(90, "Vejledning/husorden.txt", "Husorden for afdeling 7.\n")
	text(300, "Personale/Privat/dagbog.txt", "CPR "+people[0].cpr+"\n")
	text(300, "PRIVAT/brev.txt", "CPR "+people[1].cpr+"\n")
	text(60, "Privatøkonomi/rådgivning.txt", "Borger med CPR "+people[6].cpr+" har søgt om henstand.\n")
	return files, errors.Join(errs...)
}

// write puts the file on disk with its age.
func (f demoFile) write(root string, now time.Time) error {
	path := filepath.Join(root, filepath.FromSlash(f.path))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, f.data, 0o644); err != nil {
		return err
	}
	then := now.AddDate(0, 0, -f.age)
	return os.Chtimes(path, then, then)
}

// zipped makes an archive of name, content, name, content …
func zipped(entries ...string) ([]byte, error) {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for i := 0; i+1 < len(entries); i += 2 {
		w, err := z.Create(entries[i])
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(w, entries[i+1]); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return buf.Bytes(), err
}

// demoDOCX makes a Word document of paragraphs; numbers are split over runs, as
// Word does when somebody has edited them.
func demoDOCX(paragraphs ...string) ([]byte, error) {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`)
	for _, p := range paragraphs {
		half := len(p) - 3
		for half > 0 && p[half]&0xC0 == 0x80 { // not in the middle of a letter
			half--
		}
		fmt.Fprintf(&b, `<w:p><w:r><w:t xml:space="preserve">%s</w:t></w:r><w:r><w:t xml:space="preserve">%s</w:t></w:r></w:p>`,
			html.EscapeString(p[:half]), html.EscapeString(p[half:]))
	}
	b.WriteString(`</w:body></w:document>`)
	return zipped(
		"[Content_Types].xml", `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
		"_rels/.rels", `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/document.xml", b.String(),
	)
}

// demoXLSX makes a sheet with the columns Navn and CPR, in which the numbers
// are numbers: those that begin with zero have lost it.
func demoXLSX(rows string) ([]byte, error) {
	return zipped(
		"[Content_Types].xml", `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
		"_rels/.rels", `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Venteliste" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml", `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Navn</t></is></c><c r="B1" t="inlineStr"><is><t>CPR</t></is></c></row>`+rows+`</sheetData></worksheet>`,
	)
}

// demoPDF makes a page of lines in Helvetica.
func demoPDF(lines ...string) []byte {
	var content strings.Builder
	content.WriteString("BT /F1 12 Tf 14 TL 60 780 Td\n")
	for _, l := range lines {
		fmt.Fprintf(&content, "(%s) Tj T*\n", strings.NewReplacer("\\", "\\\\", "(", "\\(", ")", "\\)").Replace(l))
	}
	content.WriteString("ET")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", content.Len(), content.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, off := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", off)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return b.Bytes()
}

// demoEML makes a mail with a text attachment in base64.
func demoEML(p demoPerson, subject string) []byte {
	attachment := base64.StdEncoding.EncodeToString([]byte("Sagsnotat\nBorger: " + p.name + ", cpr " + p.cpr + "\n"))
	return []byte("From: beboer@example.dk\r\nTo: kontor@example.dk\r\nSubject: " + mime.QEncoding.Encode("utf-8", subject) + "\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/mixed; boundary=GRAENSE\r\n\r\n--GRAENSE\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSe vedlagte.\r\n" +
		"--GRAENSE\r\nContent-Type: text/plain; charset=utf-8; name=notat.txt\r\nContent-Disposition: attachment; filename=notat.txt\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		attachment + "\r\n--GRAENSE--\r\n")
}

// demoLockedZIP makes an archive whose entry says that it is encrypted.
func demoLockedZIP() ([]byte, error) {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	secret := []byte("dette er ikke til at læse uden kodeordet")
	w, err := z.CreateRaw(&zip.FileHeader{
		Name: "personsag.txt", Flags: 0x1, Method: zip.Store, CRC32: crc32.ChecksumIEEE(secret),
		CompressedSize64: uint64(len(secret)), UncompressedSize64: uint64(len(secret)),
	})
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(secret); err != nil {
		return nil, err
	}
	err = z.Close()
	return buf.Bytes(), err
}

// windows1252 encodes Danish text as an older program would.
func windows1252(s string) []byte {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r < 0x100 {
			out = append(out, byte(r))
		} else {
			out = append(out, '?')
		}
	}
	return out
}

// asciiOnly keeps the demo's PDF to the letters of its simplest font.
func asciiOnly(s string) string {
	return strings.NewReplacer("æ", "ae", "ø", "oe", "å", "aa", "Æ", "Ae", "Ø", "Oe", "Å", "Aa").Replace(s)
}
