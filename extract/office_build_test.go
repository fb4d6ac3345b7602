package extract

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// zipPairs makes a zip file of names and contents, in turn.
func zipPairs(t testing.TB, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		w, err := zw.Create(entries[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(entries[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const contentTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`

// docxOf makes a document with the body; more entries follow it.
func docxOf(t testing.TB, body string, more ...string) []byte {
	return zipPairs(t, append([]string{
		"[Content_Types].xml", contentTypes,
		"_rels/.rels", `<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/document.xml", `<w:document xmlns:w="x"><w:body>` + body + `</w:body></w:document>`,
	}, more...)...)
}

// xlsxOf makes a workbook with one sheet; rows is the content of its sheetData.
func xlsxOf(t testing.TB, rows string, more ...string) []byte {
	return zipPairs(t, append([]string{
		"[Content_Types].xml", contentTypes,
		"_rels/.rels", `<Relationships><Relationship Id="r1" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<workbook xmlns:r="r"><sheets><sheet name="Ark1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="x/styles" Target="styles.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml", `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`,
	}, more...)...)
}

// cfb makes a compound file of streams, named by their paths. All streams are
// padded with zeros to the size from which they have sectors of their own.
func cfb(streams ...string) []byte {
	const sector, end, fatMark = 512, 0xfffffffe, 0xfffffffd
	le := binary.LittleEndian
	type entry struct {
		name        string
		kind        byte
		child, next uint32
		start, size uint32
		children    []int
	}
	entries := []entry{{name: "Root Entry", kind: 5, start: end}}
	index := map[string]int{"": 0}
	add := func(path string, kind byte) int {
		dir, name := "", path
		if i := strings.LastIndexByte(path, '/'); i >= 0 {
			dir, name = path[:i], path[i+1:]
		}
		entries = append(entries, entry{name: name, kind: kind, start: end})
		index[path] = len(entries) - 1
		entries[index[dir]].children = append(entries[index[dir]].children, index[path])
		return index[path]
	}
	var data []byte
	var fat []uint32
	for i := 0; i < len(streams); i += 2 {
		parts := strings.Split(streams[i], "/")
		for n := 1; n < len(parts); n++ {
			if dir := strings.Join(parts[:n], "/"); index[dir] == 0 {
				add(dir, 1)
			}
		}
		e := add(streams[i], 2)
		content := []byte(streams[i+1])
		for len(content) < 4096 || len(content)%sector != 0 {
			content = append(content, 0)
		}
		entries[e].start, entries[e].size = uint32(len(fat)), uint32(max(len(streams[i+1]), 4096))
		for n := len(content) / sector; n > 0; n-- {
			fat = append(fat, uint32(len(fat)+1))
		}
		fat[len(fat)-1] = end
		data = append(data, content...)
	}
	for i := range entries { // siblings as a list to the right
		last := uint32(0xffffffff)
		for n := len(entries[i].children) - 1; n >= 0; n-- {
			entries[entries[i].children[n]].next = last
			last = uint32(entries[i].children[n])
		}
		entries[i].child = last
	}
	entries[0].next = 0xffffffff
	dirStart := uint32(len(fat))
	var dir []byte
	for _, e := range entries {
		b := make([]byte, 128)
		u := utf16.Encode([]rune(e.name))
		for i, c := range u {
			le.PutUint16(b[2*i:], c)
		}
		le.PutUint16(b[64:], uint16(2*len(u)+2))
		b[66], b[67] = e.kind, 1
		le.PutUint32(b[68:], 0xffffffff)
		le.PutUint32(b[72:], e.next)
		le.PutUint32(b[76:], e.child)
		le.PutUint32(b[116:], e.start)
		le.PutUint32(b[120:], e.size)
		dir = append(dir, b...)
	}
	for len(dir)%sector != 0 {
		dir = append(dir, make([]byte, 128)...)
		for _, at := range []int{68, 72, 76} {
			le.PutUint32(dir[len(dir)-128+at:], 0xffffffff)
		}
	}
	for n := len(dir) / sector; n > 0; n-- {
		fat = append(fat, uint32(len(fat)+1))
	}
	fat[len(fat)-1] = end
	data = append(data, dir...)
	fatStart := len(fat)
	fatSectors := 1
	for (fatStart+fatSectors)*4 > fatSectors*sector {
		fatSectors++
	}
	for range fatSectors {
		fat = append(fat, fatMark)
	}
	for len(fat)%(sector/4) != 0 {
		fat = append(fat, 0xffffffff)
	}
	header := make([]byte, sector)
	copy(header, oleMagic)
	le.PutUint16(header[24:], 0x3e)
	le.PutUint16(header[26:], 3)
	le.PutUint16(header[28:], 0xfffe)
	le.PutUint16(header[30:], 9)
	le.PutUint16(header[32:], 6)
	le.PutUint32(header[44:], uint32(fatSectors))
	le.PutUint32(header[48:], dirStart)
	le.PutUint32(header[56:], 4096)
	le.PutUint32(header[60:], end)
	le.PutUint32(header[68:], end)
	for i := range 109 {
		v := uint32(0xffffffff)
		if i < fatSectors {
			v = uint32(fatStart + i)
		}
		le.PutUint32(header[76+4*i:], v)
	}
	out := append(header, data...)
	for _, v := range fat {
		out = le.AppendUint32(out, v)
	}
	return out
}

// wide encodes s in UTF-16LE.
func wide(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}
