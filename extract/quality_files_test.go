package extract

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"mime/quotedprintable"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// labelledPage is a document before it has a format: paragraphs, in which lines may
// end, and a table, whose first row is its head.
type labelledPage struct {
	paragraphs []string
	table      [][]string
}

// pageOf makes a page of a labelled sample: see package samples.
func pageOf(before, sample, after string) labelledPage {
	p := labelledPage{paragraphs: []string{before, after}}
	if !strings.ContainsAny(sample, "\x1e\x1f") {
		p.paragraphs = []string{before, strings.TrimSuffix(sample, "\n"), after}
		return p
	}
	var head, row []string
	for cell := range strings.SplitSeq(strings.TrimSuffix(sample, "\x1e"), "\x1e") {
		name, value, ok := strings.Cut(cell, "\x1f")
		if !ok {
			name, value = "Note", cell
		}
		head, row = append(head, name), append(row, value)
	}
	p.table = [][]string{head, row}
	return p
}

// lines is the page as plain lines: a table becomes a form.
func (p labelledPage) lines() []string {
	var lines []string
	for _, s := range p.paragraphs {
		lines = append(lines, strings.Split(s, "\n")...)
	}
	for i := range len(p.table) / 2 {
		for k, name := range p.table[2*i] {
			lines = append(lines, name+": "+p.table[2*i+1][k])
		}
	}
	return lines
}

// fileFormat is a format that documents are made in.
type fileFormat struct {
	name   string
	tables bool // a table's head belongs to its cells
	make   func(testing.TB, labelledPage) []byte
}

// fileFormats are the formats that the labelled samples are carried through.
func fileFormats() []fileFormat {
	text := func(e encoding.Encoding, oldSigns bool) func(testing.TB, labelledPage) []byte {
		return func(t testing.TB, p labelledPage) []byte {
			s := strings.Join(p.lines(), "\r\n")
			if oldSigns { // what programs of the time wrote instead
				s = strings.NewReplacer("–", "-", "\u00ad", "").Replace(s)
			}
			b, err := encoding.ReplaceUnsupported(e.NewEncoder()).String(s)
			if err != nil {
				t.Fatal(err)
			}
			return []byte(b)
		}
	}
	packed := func(name string, pack func(testing.TB, []byte) []byte) fileFormat {
		return fileFormat{name, false, func(t testing.TB, p labelledPage) []byte { return pack(t, text(unicode.UTF8, false)(t, p)) }}
	}
	return []fileFormat{
		{"text, UTF-8", false, text(unicode.UTF8, false)},
		{"text, Windows-1252", false, text(charmap.Windows1252, false)},
		{"text, ISO-8859-1", false, text(charmap.ISO8859_1, true)},
		{"text, code page 850", false, text(charmap.CodePage850, true)},
		{"text, code page 865", false, text(charmap.CodePage865, true)},
		{"text, UTF-16 with mark", false, text(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), false)},
		{"text, UTF-16 without", false, text(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), false)},
		{"CSV", true, csvPage}, {"HTML", true, htmlPage}, {"XML", true, xmlPage}, {"JSON", false, jsonPage}, {"RTF", true, rtfPage},
		{"DOCX", true, docxPage}, {"XLSX", true, xlsxPage}, {"PPTX", true, pptxPage},
		{"ODT", true, func(t testing.TB, p labelledPage) []byte { return odtOf(t, odfBody(p)) }},
		{"ODS", true, odsPage},
		{"DOC", true, docPage}, {"XLS", true, xlsPage}, {"PPT", false, pptPage},
		{"PDF", false, pdfPage},
		{"EML, quoted-printable", false, emlPage}, {"EML, HTML in base64", true, emlHTMLPage}, {"MBOX", false, mboxPage},
		{"MSG", false, msgPage}, {"TNEF", false, tnefPage},
		packed("ZIP", func(t testing.TB, b []byte) []byte { return archiveOf(t, "brev.txt", string(b)) }),
		packed("TAR, gzip", func(t testing.TB, b []byte) []byte { return gzipOf(t, tarOf(t, "brev.txt", string(b))) }),
		packed("XZ", func(t testing.TB, b []byte) []byte { return xzOf(t, b, 1<<20) }),
		packed("Zstandard", func(t testing.TB, b []byte) []byte { return zstdOf(t, b, 1<<20) }),
		packed("RAR", func(_ testing.TB, b []byte) []byte { return rarOf("brev.txt", string(b)) }),
	}
}

func csvPage(t testing.TB, p labelledPage) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = ';'
	rows := [][]string{{"Nr", "Tekst"}}
	for i, s := range p.paragraphs {
		rows = append(rows, []string{strconv.Itoa(i + 1), s})
	}
	if p.table != nil { // the paragraphs are a column of remarks
		rows = [][]string{append([]string{"Bemærkning"}, p.table[0]...), append([]string{p.paragraphs[0]}, p.table[1]...)}
		rows = append(rows, append([]string{p.paragraphs[1]}, make([]string, len(p.table[0]))...))
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// marked writes a page with functions for a paragraph and for a row of cells.
func marked(p labelledPage, paragraph func(string) string, row func([]string) string) (paragraphs, rows string) {
	for _, s := range p.paragraphs {
		paragraphs += paragraph(s)
	}
	for _, cells := range p.table {
		rows += row(cells)
	}
	return paragraphs, rows
}

// escaped is text for markup, with br for line ends and a tab for tabs.
func escaped(s, br, tab string) string {
	return strings.NewReplacer("\n", br, "\t", tab).Replace(html.EscapeString(s))
}

// around puts each cell between two strings.
func around(cells []string, before, after, br string) (row string) {
	for _, c := range cells {
		row += before + escaped(c, br, " ") + after
	}
	return row
}

func htmlPage(_ testing.TB, p labelledPage) []byte {
	text, rows := marked(p, func(s string) string { return "<p>" + escaped(s, "<br>", " ") + "</p>\n" },
		func(cells []string) string { return "<tr>" + around(cells, "<td>", "</td>", "<br>") + "</tr>" })
	return []byte("<!DOCTYPE html><html><head><meta charset=utf-8><title>Brev</title></head><body>" + text + "<table>" + rows + "</table></body></html>")
}

func xmlPage(_ testing.TB, p labelledPage) []byte {
	text, _ := marked(p, func(s string) string { return "<afsnit>" + escaped(s, "\n", "\t") + "</afsnit>\n" }, func([]string) string { return "" })
	if p.table != nil {
		for i, name := range p.table[0] {
			text += "<" + name + ">" + escaped(p.table[1][i], "\n", "\t") + "</" + name + ">\n"
		}
	}
	return []byte(`<?xml version="1.0" encoding="UTF-8"?><brev>` + text + `</brev>`)
}

func jsonPage(t testing.TB, p labelledPage) []byte {
	m := map[string]any{"afsnit": p.paragraphs}
	if p.table != nil {
		for i, name := range p.table[0] {
			m[name] = p.table[1][i]
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func rtfPage(_ testing.TB, p labelledPage) []byte {
	plain := func(s string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(strings.NewReplacer(`\`, `\\`, "{", `\{`, "}", `\}`, "\n", `\line `, "\t", `\tab `, "\u00a0", `\~`).Replace(s))) {
			if u < 0x80 {
				b.WriteByte(byte(u))
			} else {
				fmt.Fprintf(&b, `\u%d?`, int16(u))
			}
		}
		return b.String()
	}
	text, rows := marked(p, func(s string) string { return `\pard ` + plain(s) + "\\par\n" }, func(cells []string) string {
		row := `\trowd`
		for i := range cells {
			row += fmt.Sprintf(`\cellx%d`, 2000*(i+1))
		}
		for _, c := range cells {
			row += `\pard\intbl ` + plain(c) + `\cell`
		}
		return row + "\\row\n"
	})
	return []byte(`{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}` + "\n" + text + rows + `\pard}`)
}

// splitRun cuts a text in two runs, as word processors do.
func splitRun(s string) []string {
	list := []rune(s)
	return []string{string(list[:len(list)/2]), string(list[len(list)/2:])}
}

func docxPage(t testing.TB, p labelledPage) []byte {
	paragraph := func(s string) string {
		out := "<w:p>"
		for _, run := range splitRun(s) {
			out += `<w:r><w:t xml:space="preserve">` + escaped(run, `</w:t><w:br/><w:t xml:space="preserve">`, `</w:t><w:tab/><w:t xml:space="preserve">`) + "</w:t></w:r>"
		}
		return out + "</w:p>"
	}
	text, rows := marked(p, paragraph, func(cells []string) string {
		row := "<w:tr>"
		for _, c := range cells {
			row += "<w:tc>" + paragraph(c) + "</w:tc>"
		}
		return row + "</w:tr>"
	})
	return docxOf(t, text+"<w:tbl>"+rows+"</w:tbl>")
}

// keptAsNumber reports whether a spreadsheet would keep a cell as a number.
func keptAsNumber(s string) bool {
	n, err := strconv.ParseUint(s, 10, 64)
	return err == nil && strconv.FormatUint(n, 10) == s
}

// rows are those of a page in a spreadsheet.
func (p labelledPage) rows() (rows [][]string) {
	for _, s := range p.paragraphs {
		rows = append(rows, []string{s})
	}
	return append(append(rows, []string{""}), p.table...)
}

func xlsxPage(t testing.TB, p labelledPage) []byte {
	var b strings.Builder
	for i, row := range p.rows() {
		fmt.Fprintf(&b, `<row r="%d">`, i+1)
		for k, c := range row {
			at := fmt.Sprintf("%c%d", 'A'+k, i+1)
			switch {
			case c == "":
			case keptAsNumber(c):
				fmt.Fprintf(&b, `<c r="%s"><v>%s</v></c>`, at, c)
			default:
				fmt.Fprintf(&b, `<c r="%s" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, at, escaped(c, "\n", "\t"))
			}
		}
		b.WriteString("</row>")
	}
	return xlsxOf(t, b.String())
}

func pptxPage(t testing.TB, p labelledPage) []byte {
	paragraph := func(s string) string {
		out := "<a:p>"
		for _, run := range splitRun(s) {
			out += "<a:r><a:t>" + escaped(run, "</a:t></a:r><a:br/><a:r><a:t>", "\t") + "</a:t></a:r>"
		}
		return out + "</a:p>"
	}
	text, rows := marked(p, paragraph, func(cells []string) string {
		row := "<a:tr>"
		for _, c := range cells {
			row += "<a:tc><a:txBody>" + paragraph(c) + "</a:txBody></a:tc>"
		}
		return row + "</a:tr>"
	})
	return zipPairs(t, "[Content_Types].xml", contentTypes,
		"ppt/presentation.xml", `<p:presentation xmlns:r="r"><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>`,
		"ppt/_rels/presentation.xml.rels", `<Relationships><Relationship Id="rId1" Type="x/slide" Target="slides/slide1.xml"/></Relationships>`,
		"ppt/slides/slide1.xml", `<p:sld><p:cSld><p:sp><p:txBody>`+text+`</p:txBody></p:sp><p:graphicFrame><a:tbl>`+rows+`</a:tbl></p:graphicFrame></p:cSld></p:sld>`)
}

// odfText is a paragraph's text.
func odfText(s string) string {
	return "<text:p>" + escaped(s, "<text:line-break/>", "<text:tab/>") + "</text:p>"
}

func odfRow(cells []string) string {
	row := "<table:table-row>"
	for _, c := range cells {
		if keptAsNumber(c) {
			row += `<table:table-cell office:value-type="float" office:value="` + c + `">` + odfText(c) + `</table:table-cell>`
		} else {
			row += `<table:table-cell office:value-type="string">` + odfText(c) + `</table:table-cell>`
		}
	}
	return row + "</table:table-row>"
}

func odfBody(p labelledPage) string {
	text, rows := marked(p, odfText, odfRow)
	return text + "<table:table>" + rows + "</table:table>"
}

func odsPage(t testing.TB, p labelledPage) []byte {
	rows := ""
	for _, row := range p.rows() {
		rows += odfRow(row)
	}
	return odsOf(t, `<table:table table:name="Ark1">`+rows+`</table:table>`)
}

func docPage(_ testing.TB, p labelledPage) []byte {
	text, rows := marked(p, func(s string) string { return strings.ReplaceAll(s, "\n", "\v") + "\r" },
		func(cells []string) string { return strings.Join(cells, "\a") + "\a\a" })
	document, table := docOf("", text+rows+"\r", 0)
	return cfb("WordDocument", document, "1Table", table)
}

func xlsPage(_ testing.TB, p labelledPage) []byte {
	var shared string
	n := 0
	records := []any{biffBOF, u16(0x600, 0x10, 0, 0)}
	for i, row := range p.rows() {
		for k, c := range row {
			if keptAsNumber(c) {
				v, _ := strconv.ParseFloat(c, 64)
				records = append(records, biffNumber, u16(i, k, 0)+f64(v))
				continue
			}
			shared += u16(len(utf16.Encode([]rune(c)))) + "\x01" + wide(c)
			records = append(records, biffLabelSST, u16(i, k, 0)+u32(uint32(n)))
			n++
		}
	}
	globals := xlsOf(biffXF, u16(0, 0), biffSST, u32(uint32(n))+u32(uint32(n))+shared)
	return cfb("Workbook", string(globals)+biff(append(records, biffEOF, "")...))
}

func pptPage(_ testing.TB, p labelledPage) []byte {
	text := wide(strings.Join(p.lines(), "\r"))
	return cfb("PowerPoint Document", u16(0, pptTextChars)+u32(uint32(len(text)))+text, "Current User", u32(0)+u32(0)+u32(0)+u32(0xe391c05f))
}

func pdfPage(t testing.TB, p labelledPage) []byte {
	var b strings.Builder
	b.WriteString("BT /F1 11 Tf 14 TL 30 800 Td\n")
	for _, l := range p.lines() {
		s, err := encoding.ReplaceUnsupported(charmap.Windows1252.NewEncoder()).String(strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`, "\t", " ").Replace(l))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "(%s) Tj T*\n", s)
	}
	f := newPDFFile()
	font := f.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
	content := f.stream("", b.String()+"ET\n")
	f.pages = append(f.pages, f.add(fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F1 %d 0 R>>>>>>", f.pagesAt, content, font)))
	return f.bytes()
}

const labelledHead = "From: Ib <ib@example.dk>\r\nTo: sagsbehandler@example.dk\r\nSubject: Sag\r\nDate: Mon, 6 May 2024 10:00:00 +0200\r\nMIME-Version: 1.0\r\n"

func emlPage(t testing.TB, p labelledPage) []byte {
	var b bytes.Buffer
	b.WriteString(labelledHead + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write([]byte(strings.Join(p.lines(), "\r\n"))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func emlHTMLPage(t testing.TB, p labelledPage) []byte {
	body := base64.StdEncoding.EncodeToString(htmlPage(t, p))
	var b strings.Builder
	b.WriteString(labelledHead + "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	for len(body) > 76 {
		b.WriteString(body[:76] + "\r\n")
		body = body[76:]
	}
	return []byte(b.String() + body + "\r\n")
}

func mboxPage(t testing.TB, p labelledPage) []byte {
	mail := strings.ReplaceAll(string(emlPage(t, p)), "\r\n", "\n")
	return []byte("From ib@example.dk Mon May  6 10:00:00 2024\n" + mail + "\n\nFrom bo@example.dk Mon May  6 11:00:00 2024\nSubject: tak\n\nTak for i dag.\n")
}

func msgPage(_ testing.TB, p labelledPage) []byte {
	return cfb("__properties_version1.0", "x", "__substg1.0_0037001F", wide("Sag"), "__substg1.0_1000001F", wide(strings.Join(p.lines(), "\r\n")))
}

func tnefPage(_ testing.TB, p labelledPage) []byte {
	return []byte(tnefOf(tnefSubject, "Sag\x00", tnefProps, mapiOf(0x1000_001f, wide(strings.Join(p.lines(), "\r\n")+"\x00"))))
}
