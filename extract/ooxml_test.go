package extract

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sletdk/slet/scanner"
)

// w is a paragraph of runs with the texts.
func w(texts ...string) string {
	var b strings.Builder
	b.WriteString("<w:p>")
	for _, s := range texts {
		b.WriteString("<w:r><w:rPr><w:b/></w:rPr><w:t xml:space=\"preserve\">" + s + "</w:t></w:r>")
	}
	return b.String() + "</w:p>"
}

func TestDOCXText(t *testing.T) {
	cases := []struct{ name, body, want string }{
		{"runs join", w("1503", "70-5", "008"), "150370-5008\n"},
		{"paragraphs do not", w("150370-5008") + w("7"), "150370-5008\n7\n"},
		{"hyphens", "<w:p><w:r><w:t>150370</w:t><w:noBreakHyphen/><w:t>5008 010758</w:t><w:softHyphen/><w:t>5001</w:t></w:r></w:p>", "150370\u20115008 010758\u00ad5001\n"},
		{"symbol hyphen", `<w:p><w:r><w:t>150370</w:t><w:sym w:font="Symbol" w:char="F02D"/><w:t>5008</w:t></w:r></w:p>`, "150370-5008\n"},
		{"tabs and breaks", `<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>`, "a\tb\nc\n"},
		{"position numbers are no text", `<w:p><w:r><w:drawing><wp:posOffset>1503705008</wp:posOffset></w:drawing><w:t>x</w:t></w:r></w:p>`, "x\n"},
		{"insertion", "<w:p><w:ins>" + strings.TrimSuffix(w("150370-5008")[5:], "</w:p>") + "</w:ins></w:p>", "150370-5008\n"},
		{"whole deletion", "<w:p><w:del><w:r><w:delText>150370-5008</w:delText></w:r></w:del></w:p>", "150370-5008\n"},
		{"digits replaced", "<w:p><w:r><w:t>CPR 150370-5</w:t></w:r><w:del><w:r><w:delText>116</w:delText></w:r></w:del><w:ins><w:r><w:t>008</w:t></w:r></w:ins><w:r><w:t> slut</w:t></w:r></w:p>",
			"CPR 150370-5008 slut\nCPR 150370-5116 slut\n"},
		{"digits replaced, insertion first", "<w:p><w:r><w:t>CPR 150370-5</w:t></w:r><w:ins><w:r><w:t>008</w:t></w:r></w:ins><w:del><w:r><w:delText>116</w:delText></w:r></w:del></w:p>",
			"CPR 150370-5008\nCPR 150370-5116\n"},
		{"text box once, beside its paragraph",
			"<w:p><w:r><w:t>150370</w:t></w:r><w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx><w:txbxContent>" + w("i boks") +
				"</w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent>" + w("i boks") +
				"</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>-5008</w:t></w:r></w:p>",
			"150370-5008\ni boks\n"},
		{"fallback when there is no other text",
			"<w:p><mc:AlternateContent><mc:Choice/><mc:Fallback><w:txbxContent>" + w("kun her") + "</w:txbxContent></mc:Fallback></mc:AlternateContent></w:p>", "kun her\n"},
		{"description of a picture", `<w:p><w:r><w:drawing><wp:docPr id="1503705008" name="x" descr="CPR 010758-5001"/></w:drawing><w:t>a</w:t></w:r></w:p>`, "a\nCPR 010758-5001\n"},
		{"code of a field", `<w:p><w:r><w:instrText>HYPERLINK "mailto:a@b"</w:instrText></w:r><w:r><w:t>150370-5008</w:t></w:r></w:p>`, "150370-5008\nHYPERLINK \"mailto:a@b\"\n"},
		{"structure characters in content", w("a&#x1e;b&#x1f;c"), "abc\n"},
		{"table", "<w:tbl><w:tr><w:tc>" + w("Navn") + "</w:tc><w:tc>" + w("CPR-nr") + "</w:tc><w:tc>" + w("By") + "</w:tc></w:tr>" +
			"<w:tr><w:tc>" + w("Bo") + "</w:tc><w:tc>" + w("150370", "5008") + "</w:tc><w:tc>" + w("Ry") + w("7") + "</w:tc></w:tr></w:tbl>" + w("9"),
			"Navn\x1eCPR-nr\x1eBy\x1e\nBo\x1eCPR-nr\x1f1503705008\x1eRy\n7\x1e\n9\n"},
		{"columns that are spanned", "<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr>" + w("Navn") + "</w:tc><w:tc>" + w("CPR") + "</w:tc><w:tc>" + w("By") + "</w:tc></w:tr>" +
			"<w:tr><w:tc>" + w("Bo") + "</w:tc><w:tc>" + w("Å") + "</w:tc><w:tc>" + w("1503705008") + "</w:tc></w:tr></w:tbl>",
			"Navn\x1eCPR\x1eBy\x1e\nBo\x1eÅ\x1eCPR\x1f1503705008\x1e\n"},
		{"table in a table", "<w:tbl><w:tr><w:tc>" + w("ydre") + "<w:tbl><w:tr><w:tc>" + w("indre") + "</w:tc></w:tr></w:tbl>" + w("igen") + "</w:tc></w:tr></w:tbl>",
			"ydre\nindre\x1e\nigen\x1e\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := extractBytes(t, "a.docx", docxOf(t, c.body))
			if len(got.gaps) > 0 || len(got.parts) != 1 || got.parts[0].text != c.want {
				t.Errorf("%q, gaps %q; want %q", got.text(), got.reasons(), c.want)
			}
		})
	}
}

func TestDOCXParts(t *testing.T) {
	got := extractBytes(t, "a.docx", docxOf(t, w("krop"),
		"word/header1.xml", `<w:hdr>`+w("hoved")+`</w:hdr>`,
		"word/glossary/document.xml", `<w:glossaryDocument>`+w("blok")+`</w:glossaryDocument>`,
		"word/new2030.xml", `<x:unknown><x:a>ukendt del</x:a></x:unknown>`,
		"word/styles.xml", `<w:styles><w:t>ikke tekst</w:t></w:styles>`,
		"word/charts/chart1.xml", `<c:chartSpace><c:f>Ark1!A1</c:f><c:pt><c:v>150370-5008</c:v></c:pt><c:pt><c:v>7</c:v></c:pt></c:chartSpace>`,
		"docProps/custom.xml", `<Properties><property name="Sag"><vt:lpwstr>010758-5001</vt:lpwstr></property></Properties>`,
		"word/_rels/document.xml.rels", `<Relationships><Relationship Id="r9" Type="x/hyperlink" Target="mailto:bo%20x@eksempel.dk" TargetMode="External"/></Relationships>`,
		"word/afchunk1.html", `<html><body><p>indsat <b>150370</b>-5116</p></body></html>`,
		"word/embeddings/ark.xlsx", string(xlsxOf(t, `<row><c t="inlineStr"><is><t>241299-5018</t></is></c></row>`)),
		"word/media/image1.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10",
	))
	for where, want := range map[string]string{
		"": "krop\n", "sidehoved": "hoved\n", "byggeblokke": "blok\n", "new2030.xml": "ukendt del\n", "diagram": "150370-5008\n7\n",
		"egenskaber": "010758-5001\n", "link": "mailto:bo%20x@eksempel.dk\nmailto:bo x@eksempel.dk\n", "ark.xlsx › Ark1": "241299-5018\x1e\n",
	} {
		if got.count(where) == 0 {
			t.Errorf("no part %q among %q", where, got.places())
			continue
		}
		if text := got.part(t, where); text != want {
			t.Errorf("%s: %q, want %q", where, text, want)
		}
	}
	if !got.has("1503705116") {
		t.Errorf("the inserted HTML is missing: %q", got.text())
	}
	if strings.Contains(got.text(), "ikke tekst") || len(got.gaps) > 0 {
		t.Errorf("text %q, gaps %q", got.text(), got.reasons())
	}
}

func (c *collector) count(where string) int {
	n := 0
	for _, p := range c.parts {
		if p.where == where {
			n++
		}
	}
	return n
}

func TestOOXMLDamage(t *testing.T) {
	good := docxOf(t, w("150370-5008"), "word/footer1.xml", "<w:ftr>"+w("bund"))
	got := extractBytes(t, "a.docx", good)
	if !got.has("1503705008") || !strings.Contains(got.text(), "bund") {
		t.Errorf("what could be read is missing: %q", got.text())
	}
	if r := got.reasons(); len(r) != 1 || r[0] != "sidefod: corrupt" {
		t.Errorf("gaps %q, want the footer's", r)
	}
	locked := docxOf(t, w("x"))
	for i := 0; i+10 < len(locked); i++ { // the flag of encryption in every header
		switch string(locked[i : i+4]) {
		case "PK\x03\x04":
			locked[i+6] |= 1
		case "PK\x01\x02":
			locked[i+8] |= 1
		}
	}
	if r := extractBytes(t, "a.docx", locked).reasons(); len(r) == 0 || !strings.HasSuffix(r[0], ": encrypted") {
		t.Errorf("gaps %q, want encrypted", r)
	}
	xlsb := zipPairs(t, "[Content_Types].xml", contentTypes, "xl/workbook.bin", "\x00")
	if r := extractBytes(t, "a.xlsb", xlsb).reasons(); len(r) != 1 || r[0] != ": unsupported" {
		t.Errorf("gaps %q, want unsupported", r)
	}
}

func TestXLSXCells(t *testing.T) {
	const styles = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="000000\-0000"/><numFmt numFmtId="165" formatCode="0000000000"/></numFmts>` +
		`<cellStyleXfs><xf numFmtId="165"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="14"/></cellXfs></styleSheet>`
	const shared = `<sst><si><t>CPR</t></si><si><r><t>150370</t></r><r><rPr><b/></rPr><t xml:space="preserve">-5008</t></r><rPh><t>999999-9999</t></rPh></si><si><t>slettet 241299-5018</t></si></sst>`
	rows := `<row r="1"><c r="B1" t="s"><v>0</v></c></row>` +
		`<row r="2"><c r="B2" t="s"><v>1</v></c></row>` +
		`<row r="3"><c r="B3" s="1"><v>107585001</v></c></row>` +
		`<row r="4"><c r="B4" s="2"><v>107585001</v></c></row>` +
		`<row r="5"><c r="B5"><v>1.503705008E9</v></c></row>` +
		`<row r="6"><c r="B6" s="3"><v>45366</v></c></row>` +
		`<row r="7"><c r="B7" t="inlineStr"><is><t>2902</t><t>88-5008</t></is></c></row>` +
		`<row r="8"><c r="B8" t="str"><f>A1&amp;"x"</f><v>150370-5116</v></c></row>` +
		`<row r="9"><c r="B9"><f>IF(A1="010758-5001",1,0)</f><v>0</v></c></row>` +
		`<row><c t="s"><v>77</v></c><c><v>7</v></c></row>`
	got := extractBytes(t, "a.xlsx", xlsxOf(t, rows, "xl/sharedStrings.xml", shared, "xl/styles.xml", styles))
	want := "CPR\x1e\nCPR\x1f150370-5008\x1e\nCPR\x1f010758-5001\x1e\nCPR\x1f0107585001\x1e\nCPR\x1f1503705008\x1e\n" +
		"CPR\x1f2024-03-15\x1e\nCPR\x1f290288-5008\x1e\nCPR\x1f150370-5116\x1e\nCPR\x1f0\n010758-5001\x1e\n7\x1e\n"
	if text := got.part(t, "Ark1"); text != want {
		t.Errorf("%q, want\n%q", text, want)
	}
	if text := got.part(t, "delte tekster"); text != "slettet 241299-5018\n" {
		t.Errorf("strings of no cell: %q", text)
	}
	for number, place := range map[string]string{"150370-5008": "!B2", "290288-5008": "!B7"} {
		if at := got.place(t, number); at != place {
			t.Errorf("%s is at %q, want %s", number, at, place)
		}
	}
	if len(got.gaps) > 0 {
		t.Errorf("gaps: %v", got.gaps)
	}
}

// TestXLSXMultiplies shows that a small workbook cannot become much text: one long
// string, shown in very many cells.
func TestXLSXMultiplies(t *testing.T) {
	long := strings.Repeat("x", 30_000)
	rows := strings.Repeat(`<row>`+strings.Repeat(`<c t="s"><v>0</v></c>`, 100)+`</row>`, 3_000)
	data := xlsxOf(t, rows, "xl/sharedStrings.xml", "<sst><si><t>"+long+"</t></si></sst>")
	x := New(Options{})
	defer x.Close()
	var got counter
	if err := x.Extract(context.Background(), "a.xlsx", bytes.NewReader(data), int64(len(data)), &got); err != nil {
		t.Fatal(err)
	}
	if got.text > 2*maxRepeat || got.text < len(long) {
		t.Errorf("%d bytes became %d of text", len(data), got.text)
	}
}

// counter is a Sink that only counts.
type counter struct{ parts, text, gaps int }

func (c *counter) Part(string, bool) error           { c.parts++; return nil }
func (c *counter) Mark(string)                       {}
func (c *counter) Text(b []byte) error               { c.text += len(b); return nil }
func (c *counter) Gap(string, scanner.Reason, error) { c.gaps++ }

func TestXLSXMissingSheet(t *testing.T) {
	data := zipPairs(t, "[Content_Types].xml", contentTypes,
		"xl/workbook.xml", `<workbook xmlns:r="r"><sheets><sheet name="Væk" sheetId="1" r:id="rId1"/></sheets><definedNames><definedName name="Sag">"150370-5008"</definedName></definedNames></workbook>`,
		"xl/worksheets/sheet7.xml", `<worksheet><sheetData><row><c><v>1503705116</v></c></row></sheetData></worksheet>`)
	got := extractBytes(t, "a.xlsx", data)
	if !got.has("1503705008") || !got.has("1503705116") {
		t.Errorf("missing: %q", got.text())
	}
	if len(got.gaps) != 1 || got.gaps[0].Where != "Væk" || got.gaps[0].Reason != scanner.Corrupt {
		t.Errorf("gaps %q, want the sheet's", got.reasons())
	}
}

func TestPPTXOrder(t *testing.T) {
	slide := func(s string) string {
		return `<p:sld><p:cSld><p:sp><p:txBody><a:bodyPr/><a:p><a:r><a:t>` + s + `</a:t></a:r></a:p></p:txBody></p:sp></p:cSld></p:sld>`
	}
	got := extractBytes(t, "a.pptx", zipPairs(t, "[Content_Types].xml", contentTypes,
		"ppt/presentation.xml", `<p:presentation xmlns:r="r"><p:sldIdLst><p:sldId id="256" r:id="rId2"/><p:sldId id="257" r:id="rId1"/></p:sldIdLst></p:presentation>`,
		"ppt/_rels/presentation.xml.rels", `<Relationships><Relationship Id="rId1" Type="x/slide" Target="slides/slide1.xml"/><Relationship Id="rId2" Type="x/slide" Target="slides/slide2.xml"/></Relationships>`,
		"ppt/slides/slide1.xml", slide("vist sidst"), "ppt/slides/slide2.xml", slide("vist først"), "ppt/slides/slide3.xml", slide("aldrig vist"),
		"ppt/slides/_rels/slide1.xml.rels", `<Relationships><Relationship Id="rId1" Type="x/notesSlide" Target="../notesSlides/notesSlide1.xml"/></Relationships>`,
		"ppt/notesSlides/notesSlide1.xml", `<p:notes><a:p><a:r><a:t>150370-5008</a:t></a:r></a:p></p:notes>`,
		"ppt/comments/comment1.xml", `<p:cmLst><p:cm><p:text>010758-5001</p:text></p:cm></p:cmLst>`))
	for where, want := range map[string]string{"dias 1": "vist først\n", "dias 2": "vist sidst\n", "dias 2, noter": "150370-5008\n",
		"dias": "aldrig vist\n", "kommentar": "010758-5001\n"} {
		if text := got.part(t, where); text != want {
			t.Errorf("%s: %q, want %q", where, text, want)
		}
	}
}

func FuzzDOCX(f *testing.F) {
	f.Add(w("150370-5008") + "<w:tbl><w:tr><w:tc>" + w("a") + "</w:tc></w:tr></w:tbl>")
	f.Add("<w:p><w:del><w:delText>1</w:delText></w:del><w:txbxContent><w:tbl><w:tc><w:txbxContent>")
	f.Add("</w:tbl></w:tr><w:tc/><w:tr/><mc:Fallback/><w:instrText>x</w:instrText>")
	f.Fuzz(func(t *testing.T, body string) {
		boundedOutput(t, extractBytes(t, "a.docx", docxOf(t, body)), len(body))
	})
}

func FuzzXLSX(f *testing.F) {
	f.Add(`<row r="3"><c r="B2" t="s" s="1"><v>0</v></c><c><v>1E9</v></c></row>`, `<sst><si><t>CPR 150370-5008</t></si></sst>`, `000000\-0000`)
	f.Add(`<row><c t="inlineStr"><is><r><t>a</t></r></is><f>"1234567"</f></c></row><oddHeader>&amp;L1</oddHeader>`, `<sst><si/></sst>`, `[h]:mm`)
	f.Fuzz(func(t *testing.T, rows, shared, code string) {
		data := xlsxOf(t, rows, "xl/sharedStrings.xml", shared, "xl/styles.xml",
			fmt.Sprintf(`<styleSheet><numFmt numFmtId="164" formatCode="%s"/><cellXfs><xf/><xf numFmtId="164"/></cellXfs></styleSheet>`, code))
		got := extractBytes(t, "a.xlsx", data)
		boundedOutput(t, got, len(rows)*(len(shared)+len(code)+300))
	})
}

// boundedOutput fails if n bytes of content became far more text.
func boundedOutput(t *testing.T, got *collector, n int) {
	t.Helper()
	if out := len(got.text()); out > 4*n+64<<10 {
		t.Fatalf("%d bytes became %d", n, out)
	}
	for _, p := range got.parts {
		if strings.Contains(p.text, "\x1f\x1f") {
			t.Fatalf("a header without a cell: %q", p.text)
		}
	}
}
