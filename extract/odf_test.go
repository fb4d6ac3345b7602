package extract

import (
	"strings"
	"testing"
)

const odfHead = `<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"><office:body>`

// odtOf makes a text document; more entries follow.
func odtOf(t testing.TB, body string, more ...string) []byte {
	return zipPairs(t, append([]string{"mimetype", "application/vnd.oasis.opendocument.text",
		"content.xml", odfHead + "<office:text>" + body + "</office:text></office:body></office:document-content>"}, more...)...)
}

// odsOf makes a spreadsheet.
func odsOf(t testing.TB, sheets string) []byte {
	return zipPairs(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet",
		"content.xml", odfHead+"<office:spreadsheet>"+sheets+"</office:spreadsheet></office:body></office:document-content>")
}

func TestODTText(t *testing.T) {
	cases := []struct{ name, body, want string }{
		{"spans join", "<text:p>1503<text:span>70-5</text:span>008</text:p>", "150370-5008\n"},
		{"white space", "<text:p>\n  a\n  b<text:s/><text:s text:c=\"3\"/>c<text:tab/>d<text:line-break/>e</text:p>", "a b    c\td\ne\n"},
		{"page break inside", "<text:p>150370<text:soft-page-break/>-5008</text:p>", "150370-5008\n"},
		{"link", `<text:p>se <text:a xlink:href="mailto:bo@eksempel.dk">her</text:a>.</text:p>`, "se her.\nmailto:bo@eksempel.dk\n"},
		{"hidden text", `<text:p>a<text:hidden-text text:string-value="150370-5008"/></text:p>`, "a\n150370-5008\n"},
		{"deleted digits", `<text:tracked-changes><text:changed-region text:id="c"><text:deletion><text:p>116</text:p></text:deletion></text:changed-region></text:tracked-changes>` +
			`<text:p>150370-5<text:change text:change-id="c"/><text:change text:change-id="c"/><text:change-start/>008<text:change-end/> slut</text:p>`, "150370-5008 slut\n150370-5116 slut\n"},
		{"deletion without a place", `<text:tracked-changes><text:changed-region text:id="c"><text:p>010758-5001</text:p></text:changed-region></text:tracked-changes><text:p>a</text:p>`, "a\n010758-5001\n"},
		{"table", `<table:table><table:table-row><table:table-cell><text:p>Navn</text:p></table:table-cell><table:table-cell><text:p>CPR</text:p></table:table-cell><table:table-cell><text:p>By</text:p></table:table-cell></table:table-row>` +
			`<table:table-row><table:table-cell table:number-columns-repeated="1"/><table:table-cell><text:p>1503705008</text:p></table:table-cell></table:table-row></table:table><text:p>9</text:p>`,
			"Navn\x1eCPR\x1eBy\x1e\n\x1eCPR\x1f1503705008\x1e\n9\n"},
	}
	for _, c := range cases {
		got := extractBytes(t, "a.odt", odtOf(t, c.body))
		if got.text() != c.want || len(got.gaps) > 0 {
			t.Errorf("%s: %q, gaps %q; want %q", c.name, got.text(), got.reasons(), c.want)
		}
	}
}

func TestODTObjects(t *testing.T) {
	got := extractBytes(t, "a.odt", odtOf(t, "<text:p>krop</text:p>",
		"Object 1/content.xml", odfHead+"<office:chart><text:p>010758-5001</text:p></office:chart></office:body></office:document-content>",
		"Object 2", string(cfb("WordDocument", "x", "CONTENTS", "x")),
		"Basic/Standard/Modul.xml", "<script:module>' CPR 150370-5116</script:module>",
		"Thumbnails/thumbnail.png", "x", "Pictures/lille.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10"))
	if !got.has("0107585001") || !got.has("1503705116") || got.part(t, "Object 1") != "010758-5001\n" {
		t.Errorf("%q at %q", got.text(), got.places())
	}
	if r := got.reasons(); len(r) != 1 || r[0] != "Object 2: unsupported" {
		t.Errorf("gaps %q", r)
	}
}

func TestODSCells(t *testing.T) {
	cell := func(attrs, shown string) string {
		return "<table:table-cell " + attrs + "><text:p>" + shown + "</text:p></table:table-cell>"
	}
	row := func(cells ...string) string {
		return "<table:table-row>" + strings.Join(cells, "") + "</table:table-row>"
	}
	got := extractBytes(t, "a.ods", odsOf(t, `<table:table table:name="Ark1">`+
		row("<table:table-cell/>", cell("", "CPR"), cell("", "Beløb"), cell("", "By"))+
		row("<table:table-cell/>", cell(`office:value-type="float" office:value="107585001"`, "0107585001"))+
		`<table:table-row table:number-rows-repeated="1000000000">`+`<table:table-cell table:number-columns-repeated="1000000000"/></table:table-row>`+
		row("<table:table-cell/>", cell(`office:value-type="float" office:value="1503705008"`, "1,5E+09"),
			cell(`office:value-type="currency" office:value="1503705008"`, "1.503.705.008,00 kr"))+
		row(cell(`table:number-columns-repeated="500000000"`, "150370-5116"))+
		row(`<table:table-cell office:value-type="string" office:string-value="241299-5018"/>`)+
		`</table:table>`))
	want := "CPR\x1eBeløb\x1eBy\x1e\nCPR\x1f0107585001\x1e\nCPR\x1f1,5E+09\n1503705008\x1eBeløb\x1f1.503.705.008,00 kr\x1e\n150370-5116\x1e\n241299-5018\x1e\n"
	if text := got.part(t, "Ark1"); text != want || len(got.gaps) > 0 {
		t.Errorf("%q, gaps %q; want\n%q", text, got.reasons(), want)
	}
	if at := got.place(t, "0107585001"); at != "!B2" {
		t.Errorf("the number is at %q", at)
	}
}

func TestODFDamage(t *testing.T) {
	got := extractBytes(t, "a.odt", odtOf(t, "<text:p>150370-5008</text:p><text:p>cut", "styles.xml", "<office:document-styles><style:header><text:p>010758-5001"))
	if !got.has("1503705008") || !got.has("0107585001") {
		t.Errorf("what could be read is missing: %q", got.text())
	}
	for _, r := range got.reasons() {
		if !strings.HasSuffix(r, ": corrupt") {
			t.Errorf("gap %q", r)
		}
	}
	if len(got.gaps) != 2 {
		t.Errorf("gaps %q, want one for each part", got.reasons())
	}
}

func FuzzODF(f *testing.F) {
	f.Add("<text:p>CPR 150370-5008<text:note><text:note-body><text:p>x</text:p></text:note-body></text:note></text:p>", false)
	f.Add(`<table:table table:name="a"><table:table-row><table:table-cell table:number-columns-repeated="99999"><text:p>1503705008</text:p><table:table/></table:table-cell></table:table-row></table:table>`, true)
	f.Add(`<text:tracked-changes><text:changed-region text:id="a"><text:p>1</text:p></text:changed-region></text:tracked-changes><text:change text:change-id="a"/><text:s text:c="-1"/>`, false)
	f.Fuzz(func(t *testing.T, body string, sheet bool) {
		data := odtOf(t, body)
		if sheet {
			data = odsOf(t, body)
		}
		boundedOutput(t, extractBytes(t, "a.odf", data), 100*len(body))
	})
}
