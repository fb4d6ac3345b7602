package extract

import (
	"strings"
	"testing"
)

func TestHTML(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"inline joins":        {"<p>CPR: 150370-<b>5008</b> og <i>mere</i></p>", "CPR: 150370-5008 og mere\n"},
		"blocks part":         {"<div>150370</div><div>-5008</div>", "150370\n-5008\n"},
		"comment inside":      {"<p>150370<!-- -->-5008</p>", "150370-5008\n"},
		"attribute inside":    {`<p>150370-<b title="vigtigt">5008</b> nu</p>`, "150370-5008 nu\nvigtigt|"},
		"invisible inside":    {"<p>150370&#8203;-&#xFEFF;5008<wbr></p>", "150370-5008\n"},
		"entities":            {"<p>&AElig;bler &amp; 150370&#45;5008&nbsp;x</p>", "Æbler & 150370-5008\u00a0x\n"},
		"white space":         {"<p>cpr\n   150370-5008\n</p>", "cpr 150370-5008 \n"},
		"line break":          {"<p>150370<br>5008</p>", "150370\n5008\n"},
		"pre":                 {"<pre>a\nb</pre>", "a\nb\n"},
		"a number in comment": {"<p>a</p><!-- cpr 150370-5008 --><p>b</p>", "a\ncpr 150370-5008 \nb\n"},
		"script and style":    {`<p>a</p><script>var cpr = "150370-5008";</script><style>p{}</style>`, "a\nvar cpr = \"150370-5008\";\np{}\n"},
		"form":                {`<form>CPR-nr <input name="cpr" value="150370-5008"></form>`, "CPR-nr cpr: 150370-5008 \n"},
		"image":               {`<p>x<img alt="Sag om 150370-5008" src="a.png"></p>`, "x\nalt=Sag om 150370-5008|"},
		"link":                {`<a href="sag?cpr=150370%2D5008">sag</a>`, "sag\nhref=sag?cpr=150370-5008|"},
		"meta":                {`<html><meta name="Keywords" content="150370-5008"><p>x`, "Keywords=150370-5008|x\n"},
		"table": {
			"<table><tr><th>Navn<th>CPR-nr<tr><td>Bo<td>150370-5008<td>x</table>efter",
			"Navn|CPR-nr|\nBo|Bo CPR-nr=150370-5008|x|\nefter\n",
		},
		"cells do not join": {"<table><tr><td>150370<td>5008</table>", "150370|5008|\n"},
		"columns spanned": {
			"<table><tr><th colspan=2>Person</th><th>CPR</th><th>By</th></tr><tr><td>Bo</td><td>B</td><td>150370-5008</td><td>X</td></tr></table>",
			"Person|CPR|By|\nBo|B|CPR=150370-5008|X|\n",
		},
		"unclosed tag": {`<p>x</p><p title="150370-5008`, "x\n<p title=\"150370-5008\n"},
		"title":        {"<!DOCTYPE html><title>Sag 150370-5008</title>", "Sag 150370-5008\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c := extractBytes(t, "x", []byte(tt.in))
			if got := visible(c.text()); strings.ReplaceAll(got, " \n", "\n") != strings.ReplaceAll(tt.want, " \n", "\n") || len(c.gaps) != 0 {
				t.Errorf("gave %q, gaps %v\nwant %q", got, c.gaps, tt.want)
			}
		})
	}
}

func TestHTMLCharsetsAndData(t *testing.T) {
	c := extractBytes(t, "x", []byte("<html><meta charset=\"iso-8859-1\"><p>f\xf8dt 150370-5008"))
	if !strings.Contains(c.text(), "født 150370-5008") {
		t.Errorf("ISO-8859-1: %q", c.text())
	}
	c = extractBytes(t, "x", []byte("<html><meta charset=\"koi8-r\"><p>\xf0\xf2 150370-5008"))
	if !strings.Contains(c.text(), "ПР 150370-5008") {
		t.Errorf("KOI8-R: %q", c.text())
	}
	c = extractBytes(t, "x", []byte(`<html><a href="data:text/plain;base64,Y3ByIDE1MDM3MC01MDA4">x</a>`+
		`<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAABkAAAAZACAIAAAA=">`+
		`<img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7">`))
	if !strings.Contains(c.part(t, "indlejret text/plain"), "cpr 150370-5008") {
		t.Errorf("data URI: %q", c.text())
	}
	if got := c.reasons(); len(got) != 1 || got[0] != ": unsupported" {
		t.Errorf("gaps %v, want one for the picture and none for the pixel", got)
	}
}

func TestXML(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"element names":      {"<?xml version='1.0'?><borger><navn>Bo</navn><cprNummer>150370-5008</cprNummer></borger>", "Bo|\ncprNummer=150370-5008|\n"},
		"attributes":         {`<a:b cpr="150370-5008" by="Ry"/>`, "cpr=150370-5008|\nRy|\n"},
		"attribute as label": {`<felt navn="CPR-nr">150370-5008</felt>`, "felt CPR-nr=150370-5008|\nCPR-nr|\n"},
		"key and value":      {"<plist><key>CPR</key><string>150370-5008</string></plist>", "CPR|\nCPR string=150370-5008|\n"},
		"elements part":      {"<r><fra>150370</fra><til>5008</til></r>", "fra=150370|\n5008|\n"},
		"mixed content":      {"<x>cpr 150370-<fed>5008</fed>, og mere</x>", "x=cpr 150370-5008, og mere|\n"},
		"runs of a document": {"<w:p><w:r><w:t>150370</w:t></w:r><w:r><w:t>-5008</w:t></w:r></w:p>", "t=150370-5008|\n"},
		"CDATA":              {"<x><![CDATA[cpr <150370-5008>]]></x>", "x=cpr <150370-5008>|\n"},
		"comment, PI":        {"<?xml version='1.0'?><a/><!-- 150370-5008 --><?pi 010758-5001?>", " 150370-5008 |\n?pi 010758-5001?|\n"},
		"title":              {"<?xml version='1.0'?><r><title/><cpr>150370-5008</cpr></r>", "cpr=150370-5008|\n"},
		"broken":             {"<?xml version='1.0'?><a><b>150370-5008</a", "b=150370-5008</a|\n"},
		"entity":             {"<x>150370&#x1e;&#45;5008</x>", "x=150370 -5008|\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c := extractBytes(t, "x", []byte(tt.in))
			cut := name == "broken" // what is missing is a gap beside what was read
			if got := visible(c.text()); got != tt.want || (len(c.gaps) != 0) != cut {
				t.Errorf("gave %q, gaps %v\nwant %q", got, c.gaps, tt.want)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	c := extractBytes(t, "x", []byte(`{"borger": {"cpr": "150370\u002d5008", "navn": "S\u00f8ren \"\ud83d\ude00\"",`+"\n"+` "sti": "C:\\x", "vej": "a\/b\nc"}}`))
	want := `{"borger": {"cpr": "150370-5008", "navn": "Søren "😀"",` + "\n" + ` "sti": "C:\x", "vej": "a/b` + "\r" + `c"}}`
	if c.text() != want || len(c.gaps) != 0 || !c.parts[0].byLine {
		t.Errorf("gave %q, gaps %v\nwant %q", c.text(), c.gaps, want)
	}
	for _, in := range []string{`{"a": "\u12`, `{"a": "\ud83d`, `{"a": "\`, `{"a": "\ud83d\u0041"}`, `{"a": "\uZZZZ150370-5008"}`} {
		if c := extractBytes(t, "x", []byte(in)); len(c.text()) < 7 {
			t.Errorf("%q became %q", in, c.text())
		}
	}
}

// TestJSONUnescaperCut: escapes are undone wherever the text was cut.
func TestJSONUnescaperCut(t *testing.T) {
	const in = `{"cpr": "150370\u002d5008", "x": "\ud83d\ude00 \\\" \n æ\u00e6 \ud83d \q"}`
	var whole jsonUnescaper
	want := string(whole.write([]byte(in)))
	want += string(whole.end())
	for i := range in {
		for j := i; j <= len(in); j++ {
			var u jsonUnescaper
			got := string(u.write([]byte(in[:i])))
			got += string(u.write([]byte(in[i:j])))
			got += string(u.write([]byte(in[j:])))
			if got += string(u.end()); got != want {
				t.Fatalf("cut at %d and %d: %q, want %q", i, j, got, want)
			}
		}
	}
}

func TestRTF(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"forms":       {`CPR: 150370\_5008 \'f8re\par 150370\u8211?5008\par 150370\-5008\~x`, "CPR: 150370\u20115008 øre\n150370–5008\n150370\u00ad5008\u00a0x\n"},
		"fallback":    {`\uc2\u248 o/l {\uc0\u248 }l \u248\'f8\'f8l`, "øl øl øl\n"},
		"runs join":   {`150370{\b -5}{\i 008}`, "150370-5008\n"},
		"lines part":  {"150370\\line 5008\\tab x\r\ny", "150370\n5008\txy\n"},
		"destination": {`{\fonttbl{\f0 Arial 150370-5008;}}{\*\generator Word;}x{\header hoved 150370-5008}y`, "xy\nhoved 150370-5008\n"},
		"footnote":    {`150370{\footnote note}-5008\par z`, "150370-5008\nnote\nz\n"},
		"field":       {`{\field{\*\fldinst HYPERLINK "x?cpr=1503705008"}{\fldrslt sagen}} nu`, "sagen nu\nHYPERLINK \"x?cpr=1503705008\"\n"},
		"info":        {`{\info{\title Sag 150370-5008}{\author Bo}}x`, "x\nSag 150370-5008\nBo\n"},
		"table":       {`\trowd\intbl CPR\cell Navn\cell By\cell\row\intbl 150370-5008\cell Bo\cell Ry\cell\row\pard efter`, "CPR|Navn|By|\nCPR=150370-5008|Bo|Ry|\nefter\n"},
		"cells part":  {`\trowd\intbl 150370\cell 5008\cell\row\pard`, "150370|5008|\n"},
		"binary":      {"x{\\pict\\bin5 }{\\}}}y", "xy\n\f}{\\}}"},
		"code page":   {`\ansicpg850 \'9b\'91\'86`, "øæå\n"},
		"braces":      {`\{150370-5008\}\\`, `{150370-5008}\` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c := extractBytes(t, "x", []byte(`{\rtf1\ansi `+tt.in+`}`))
			got := visible(c.text())
			gaps := len(c.gaps)
			if name == "binary" && gaps == 1 {
				gaps = 0 // the picture
			}
			if strings.ReplaceAll(got, "\n\n", "\n") != tt.want || gaps != 0 {
				t.Errorf("gave %q, gaps %v\nwant %q", got, c.gaps, tt.want)
			}
		})
	}
}

func TestRTFWrong(t *testing.T) {
	for in, want := range map[string]string{
		`{\rtf1 150370-5008`:                                    ": corrupt",
		`{\rtf1 150370-5008{\b`:                                 ": corrupt",
		`{\rtf1 150370-5008\bin99999999 x}`:                     ": corrupt",
		`{\rtf1 150370-5008` + strings.Repeat("{", 100000):      ": corrupt",
		`{\rtf1 150370-5008{\pict\pngblip 89504e470d0a1a0a00}}`: ": unsupported",
	} {
		c := extractBytes(t, "x", []byte(in))
		if got := c.reasons(); len(got) != 1 || got[0] != want || !c.has("1503705008") {
			t.Errorf("%.60q: gaps %v, want %q; text %.100q", in, c.gaps, want, c.text())
		}
	}
	c := extractBytes(t, "x", []byte(`{\rtf1 x}}}} 150370-5008`))
	if !c.has("1503705008") {
		t.Errorf("what stands behind the end: %q", c.text())
	}
}
