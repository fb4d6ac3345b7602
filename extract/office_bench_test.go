package extract

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
)

// benchExtract reads data again and again; the throughput is that of the XML
// inside, the packed size and the documents a second are told beside it.
func benchExtract(b *testing.B, name string, data []byte, unpacked int) {
	x := New(Options{})
	defer x.Close()
	b.SetBytes(int64(unpacked))
	b.ReportAllocs()
	for b.Loop() {
		var got counter
		if err := x.Extract(context.Background(), name, bytes.NewReader(data), int64(len(data)), &got); err != nil {
			b.Fatal(err)
		}
		if got.gaps > 0 || got.text < unpacked/20 {
			b.Fatalf("%d bytes of text, %d gaps", got.text, got.gaps)
		}
	}
	b.ReportMetric(float64(len(data))*float64(b.N)/1e6/b.Elapsed().Seconds(), "packedMB/s")
}

// BenchmarkDOCX reads a long document: runs with formatting, a table now and then.
func BenchmarkDOCX(b *testing.B) {
	var body strings.Builder
	for i := range 20_000 {
		if i%50 == 49 {
			fmt.Fprintf(&body, "<w:tbl><w:tr><w:tc>%s</w:tc><w:tc>%s</w:tc></w:tr></w:tbl>", w("Løbenummer"), w(fmt.Sprint(100_000+i*7919)))
			continue
		}
		body.WriteString(w(fmt.Sprintf("Afsnit %d om en sag, der blev ", i), "behandlet", " den fjerde i måneden, og som derefter hvilede i arkivet."))
	}
	benchExtract(b, "lang.docx", docxOf(b, body.String()), body.Len())
}

// BenchmarkXLSX reads a sheet of shared strings, numbers and formatted numbers.
func BenchmarkXLSX(b *testing.B) {
	var rows, shared strings.Builder
	shared.WriteString("<sst>")
	for i := range 5_000 {
		fmt.Fprintf(&shared, "<si><t>Navn nummer %d Ågård</t></si>", i)
	}
	shared.WriteString("</sst>")
	for i := range 40_000 {
		fmt.Fprintf(&rows, `<row r="%d" spans="1:4"><c r="A%d" t="s"><v>%d</v></c><c r="B%d" s="1"><v>%d</v></c><c r="C%d"><v>%d.5</v></c><c r="D%d" s="2"><v>%d</v></c></row>`,
			i+1, i+1, i%5_000, i+1, 100_000_000+i*7919, i+1, i, i+1, 40_000+i%5_000)
	}
	data := xlsxOf(b, rows.String(), "xl/sharedStrings.xml", shared.String(), "xl/styles.xml",
		`<styleSheet><numFmts><numFmt numFmtId="164" formatCode="0000000000"/></numFmts><cellXfs><xf/><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs></styleSheet>`)
	benchExtract(b, "lang.xlsx", data, rows.Len()+shared.Len())
}

// BenchmarkODS reads a sheet with values and what they show as.
func BenchmarkODS(b *testing.B) {
	var rows strings.Builder
	for i := range 40_000 {
		fmt.Fprintf(&rows, `<table:table-row table:style-name="ro1"><table:table-cell office:value-type="string"><text:p>Navn nummer %d</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="%d"><text:p>%d</text:p></table:table-cell></table:table-row>`, i, 100_000_000+i*7919, 100_000_000+i*7919)
	}
	data := odsOf(b, `<table:table table:name="Ark1">`+rows.String()+`</table:table>`)
	benchExtract(b, "lang.ods", data, rows.Len())
}
