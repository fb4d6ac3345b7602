package extract

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// BenchmarkFormats measures bytes of the item per second.
func BenchmarkFormats(b *testing.B) {
	for name, unit := range map[string]string{
		"text": "Vi har modtaget din ansøgning om tilskud, og sagen 2017-1234 er nu færdig behandlet.\n",
		"1252": "Vi har modtaget din ans\xf8gning om tilskud, og sagen 2017-1234 er nu f\xe6rdig behandlet.\n",
		"csv":  "Hansen;Anne Marie;Nørregade 12, 2. tv;8000;Aarhus C;12 34 56 78;anne@post.example\n",
		"html": "<tr><td class=\"a\">Anne Marie</td><td>N&oslash;rregade 12</td><td><b>8000</b> Aarhus C</td></tr>\n",
	} {
		b.Run(name, func(b *testing.B) {
			data := []byte(strings.Repeat(unit, (8<<20)/len(unit)))
			if name == "html" {
				data = append([]byte("<html><table>"), data...)
			}
			x := New(Options{})
			defer x.Close()
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				var s countingSink
				if err := x.Extract(context.Background(), "x", bytes.NewReader(data), int64(len(data)), &s); err != nil || len(s.gaps) > 0 {
					b.Fatal(err, s.gaps)
				}
			}
		})
	}
}
