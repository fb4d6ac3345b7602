package extract

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/sletdk/slet/scanner"
)

// Office Open XML (docx, xlsx, pptx, their templates and their macro-enabled
// kin): a zip of XML parts. What a part is, is told by its root element, not by
// its name or its declared type, and parts that are not known are read as plain
// XML: text that a future version puts elsewhere is still found. Namespaces are
// not looked at, so that the strict variant is read like the usual one.

// isOOXML reports whether d is a zip with the list of content types that makes
// it an Open Packaging package.
func isOOXML(d *doc) bool { return zipHas(d, "[content_types].xml") }

// zipHas reports whether d is a zip file with the entry, in any case.
func zipHas(d *doc, name string) bool {
	if !bytes.HasPrefix(d.head, []byte("PK")) {
		return false
	}
	zr, err := d.zip()
	if err != nil {
		return false
	}
	return slices.ContainsFunc(zr.File, func(f *zip.File) bool { return entryName(f.Name) == name })
}

// entryName is the form in which names of entries are compared: some programs
// write backslashes, a leading slash or another case.
func entryName(name string) string {
	return strings.TrimPrefix(strings.ToLower(strings.ReplaceAll(name, `\`, "/")), "/")
}

// pack is a package (OOXML or OpenDocument) being read.
type pack struct {
	d     *doc
	files map[string]*zip.File // by entryName
	names []string             // of the entries, in the order in which they are read
	done  map[string]bool
	main  string // the main part's name
	links []string
}

func readOOXML(d *doc) error {
	zr, err := d.zip()
	if err != nil {
		return err
	}
	p := &pack{d: d, files: map[string]*zip.File{}, done: map[string]bool{}}
	for _, f := range zr.File {
		name := entryName(f.Name)
		if strings.HasSuffix(name, "/") || p.files[name] != nil {
			continue
		}
		p.files[name] = f
		p.names = append(p.names, name)
	}
	slices.SortStableFunc(p.names, func(a, b string) int {
		return cmp.Or(cmp.Compare(partRank(a), partRank(b)), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	p.done["[content_types].xml"] = true
	if err := p.readMain(); err != nil {
		return err
	}
	for _, name := range p.names {
		if err := p.readPart(name); err != nil {
			return err
		}
	}
	return p.writeLinks()
}

// partRank puts what people see first in front.
func partRank(name string) int {
	base := path.Base(name)
	for i, prefix := range [...]string{"document", "header", "footer", "footnotes", "endnotes", "comments"} {
		if strings.HasPrefix(base, prefix) {
			return i
		}
	}
	if strings.HasPrefix(name, "docprops/") {
		return 20
	}
	return 10
}

// readMain finds the main part and lets spreadsheets and presentations, whose
// parts have an order and names of their own, be read in that order.
func (p *pack) readMain() error {
	for _, r := range p.rels("") {
		if strings.HasSuffix(r.kind, "/officeDocument") {
			p.main = r.target
		}
	}
	for _, usual := range [...]string{"word/document.xml", "xl/workbook.xml", "ppt/presentation.xml", "xl/workbook.bin"} {
		if p.files[p.main] == nil {
			p.main = usual
		}
	}
	switch {
	case p.files[p.main] == nil:
		return nil // another kind of package, read part by part
	case strings.HasSuffix(p.main, ".bin"):
		p.done[p.main] = true
		p.d.gap("", scanner.Unsupported, errors.New("a binary workbook (xlsb)"))
		return nil
	}
	root, err := p.root(p.main)
	if err != nil {
		return err
	}
	switch root {
	case "workbook":
		return p.readWorkbook()
	case "presentation":
		return p.readPresentation()
	}
	return nil
}

// relation is one line of a part's list of relations.
type relation struct {
	id, kind string
	target   string // the part's entryName; empty for an external target
}

// rels reads the relations of a part ("" is the package itself) and remembers
// the external targets: links carry text too.
func (p *pack) rels(part string) []relation {
	dir, base := path.Split(part)
	name := dir + "_rels/" + base + ".rels"
	f := p.files[name]
	if f == nil {
		return nil
	}
	seen := p.done[name]
	p.done[name] = true
	var all []relation
	// A list that cannot be read is told by whoever misses what it names: the
	// parts are all read in any case.
	p.parse(f, func(x *xmlReader) error {
		for kind := x.next(); kind != xmlEOF; kind = x.next() {
			if kind != xmlStart || string(x.name) != "Relationship" {
				continue
			}
			target := string(x.attr("Target"))
			if string(x.attr("TargetMode")) == "External" {
				if !seen && len(p.links) < maxLinks {
					p.links = append(p.links, target)
				}
				continue
			}
			if len(all) == maxLinks {
				break
			}
			if !strings.HasPrefix(target, "/") {
				target = path.Join("/", dir, target)
			}
			all = append(all, relation{string(x.attr("Id")), string(x.attr("Type")), entryName(path.Clean(target))})
		}
		return nil
	})
	return all
}

// maxLinks is how many relations of one part, and how many links in all, are kept.
const maxLinks = 100_000

// parse reads an entry as XML with f. What is wrong with the entry becomes the
// reader's error; f's own error comes first.
func (p *pack) parse(f *zip.File, read func(*xmlReader) error) error {
	if f.Flags&1 != 0 {
		return unreadable(scanner.Encrypted, "the entry is encrypted")
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	x := newXMLReader(p.d.unpack(r, int64(f.CompressedSize64)))
	if err := read(x); err != nil {
		return err
	}
	if err := p.d.alive(); err != nil {
		return err
	}
	return x.err
}

// note turns what is wrong with one part into a gap there, unless the job is over.
func (p *pack) note(where string, err error) error {
	return noteGap(p.d, where, err)
}

// noteGap turns an error that costs only a part of d into a gap at that part.
// It returns an error if the job has to end.
func noteGap(d *doc, where string, err error) error {
	if lost := d.alive(); lost != nil {
		return lost
	}
	if err != nil {
		d.gap(where, reasonOf(err), err)
	}
	return nil
}

// root returns the name of a part's root element. A part that is damaged has none
// and is told of when it is read.
func (p *pack) root(name string) (string, error) {
	root := ""
	p.parse(p.files[name], func(x *xmlReader) error {
		for range 2 { // the first token may be what stands before the element
			if x.next() == xmlStart {
				root = string(x.name)
				break
			}
		}
		return nil
	})
	return root, p.d.alive()
}

// readPart reads any part that has not been read yet.
func (p *pack) readPart(name string) error {
	if p.done[name] {
		return nil
	}
	p.done[name] = true
	switch ext := path.Ext(name); {
	case ext == ".rels":
		dir, base := path.Split(strings.TrimSuffix(name, ".rels"))
		p.done[name] = false // rels itself marks it; the links in it are new
		p.rels(strings.TrimSuffix(dir, "_rels/") + base)
		return p.d.alive()
	case ext == ".xml":
		return p.readXML(name, "")
	case ext == ".vml":
		return p.readVML(name)
	case isUnread(name):
		return nil
	}
	return p.readChild(name)
}

// isUnread reports whether an entry holds nothing that a person wrote: fonts,
// printer settings, previews.
func isUnread(name string) bool {
	base := path.Base(name)
	return strings.HasSuffix(base, ".odttf") || strings.HasSuffix(base, ".fntdata") ||
		strings.HasPrefix(base, "printersettings") || strings.HasPrefix(base, "tablepreview") || strings.HasPrefix(name, "docprops/thumbnail") ||
		strings.HasSuffix(base, ".psmdcp.rels") || name == "xl/calcchain.bin"
}

// readChild reads an entry that is a document of its own: an embedded object, an
// inserted file, a picture.
func (p *pack) readChild(name string) error {
	f := p.files[name]
	label := path.Base(strings.ReplaceAll(f.Name, `\`, "/"))
	if f.Flags&1 != 0 {
		p.d.gap(label, scanner.Encrypted, errors.New("the entry is encrypted"))
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return p.note(label, err)
	}
	defer r.Close()
	if isPicture(name) {
		return p.d.readPicture(label, r, int64(f.CompressedSize64))
	}
	return p.d.childFrom(label, r, int64(f.CompressedSize64))
}

// readXML reads a part by its root element. where names it, if it is not to be
// named after what it is.
func (p *pack) readXML(name, where string) error {
	s := newStory(p.d)
	err := p.parse(p.files[name], func(x *xmlReader) error {
		for kind := x.next(); kind != xmlStart; kind = x.next() {
			if kind == xmlEOF {
				if x.err == nil {
					return fmt.Errorf("%w: no element", errXMLBroken)
				}
				return nil
			}
		}
		known, ok := ooxmlRoots[string(x.name)]
		if ok && known.read == nil {
			return nil // nothing that a person wrote
		}
		switch {
		case where != "":
		case ok:
			where = known.where
		default:
			where = path.Base(name)
		}
		s.part(where)
		if !ok {
			readPlainXML(x, s)
		} else {
			known.read(x, s)
		}
		s.finish()
		return s.err
	})
	if where == "" && err != nil {
		where = path.Base(name)
	}
	return p.note(where, err)
}

// rootKind says how a part with a certain root element is read, and what it is
// called. One without read holds nothing that a person wrote.
type rootKind struct {
	where string
	read  func(x *xmlReader, s *story)
}

// ooxmlRoots are the known root elements.
var ooxmlRoots = map[string]rootKind{
	"document":         {"", readFlow},
	"glossaryDocument": {"byggeblokke", readFlow},
	"hdr":              {"sidehoved", readFlow},
	"ftr":              {"sidefod", readFlow},
	"footnotes":        {"fodnote", readFlow},
	"endnotes":         {"slutnote", readFlow},
	"comments":         {"kommentar", readFlow},
	"cmLst":            {"kommentar", readFlow},
	"ThreadedComments": {"kommentar", readFlow},
	"sld":              {"dias", readFlow},
	"notes":            {"noter", readFlow},
	"sldMaster":        {"diasmaster", readFlow},
	"sldLayout":        {"diaslayout", readFlow},
	"notesMaster":      {"notemaster", readFlow},
	"handoutMaster":    {"uddelingsmaster", readFlow},
	"wsDr":             {"tegning", readFlow},
	"userShapes":       {"tegning", readFlow},
	"dataModel":        {"SmartArt", readFlow},
	"chartSpace":       {"diagram", readChart},
	"Properties":       {"egenskaber", readPlainXML},
	"coreProperties":   {"egenskaber", readPlainXML},

	"pivotCacheDefinition": {"pivotdata", readPivot},
	"pivotCacheRecords":    {"pivotdata", readPivot},
	"pivotTableDefinition": {},
	"styles":               {},
	"styleSheet":           {},
	"settings":             {},
	"webSettings":          {},
	"fonts":                {},
	"numbering":            {},
	"theme":                {},
	"themeOverride":        {},
	"tblStyleLst":          {},
	"viewPr":               {},
	"presentationPr":       {},
	"calcChain":            {},
	"colorsDef":            {},
	"styleDef":             {},
	"layoutDef":            {},
	"colorStyle":           {},
	"chartStyle":           {},
	"drawing":              {}, // of SmartArt: the same text as its dataModel
	"Sources":              {"litteratur", readPlainXML},
}

// readPlainXML writes all text of a part, each element a line.
func readPlainXML(x *xmlReader, s *story) {
	for kind := x.next(); kind != xmlEOF && s.err == nil; kind = x.next() {
		switch kind {
		case xmlText:
			if len(bytes.TrimSpace(x.text)) > 0 {
				s.text(x.text)
			}
		case xmlStart, xmlEnd:
			s.endParagraph()
			if kind == xmlStart {
				s.attrLine(x, "UnicodeString") // the text of XPS
			}
		}
	}
}

// attrLine writes an attribute's value, if it is there, as a line.
func (s *story) attrLine(x *xmlReader, name string) {
	if v := x.attr(name); len(v) > 0 {
		s.text(v)
		s.endParagraph()
	}
}

// readPivot writes what a pivot table remembers of its source.
func readPivot(x *xmlReader, s *story) {
	for kind := x.next(); kind != xmlEOF && s.err == nil; kind = x.next() {
		if kind == xmlStart {
			switch string(x.name) {
			case "s", "n", "d":
				s.text(plainNumber(x.attr("v")))
				s.endParagraph()
			case "cacheField":
				s.attrLine(x, "name")
			}
		}
	}
}

// readChart writes a chart's texts and the values that it remembers.
func readChart(x *xmlReader, s *story) {
	in := false
	for kind := x.next(); kind != xmlEOF && s.err == nil; kind = x.next() {
		switch kind {
		case xmlStart:
			in = string(x.name) == "v" || string(x.name) == "t"
		case xmlText:
			if in {
				s.text(x.text)
			}
		case xmlEnd:
			in = false
			if n := string(x.name); n == "v" || n == "p" {
				s.endParagraph()
			}
		}
	}
}

// readVML reads old drawings: the shapes of comments, pictures of headers and
// forms' fields. They are not always XML, so their form is not complained of.
func (p *pack) readVML(name string) error {
	s := newStory(p.d)
	err := p.parse(p.files[name], func(x *xmlReader) error {
		s.part("tegning")
		skip := 0
		for kind := x.next(); kind != xmlEOF && s.err == nil; kind = x.next() {
			switch {
			case kind == xmlStart && string(x.name) == "ClientData":
				skip = x.depth // positions and the like
			case kind == xmlEnd && x.depth < skip:
				skip = 0
			case kind == xmlStart && string(x.name) == "textpath":
				s.attrLine(x, "string")
			case kind == xmlText && skip == 0 && len(bytes.TrimSpace(x.text)) > 0:
				s.text(x.text)
			case kind == xmlEnd && string(x.name) != "font" && string(x.name) != "span":
				s.endParagraph()
			}
		}
		s.finish()
		return s.err
	})
	if errors.Is(err, errXMLBroken) {
		err = nil
	}
	return p.note("tegning", err)
}

// writeLinks writes the targets of links, as they are and as a person reads them.
func (p *pack) writeLinks() error {
	s := newStory(p.d)
	s.part("link")
	for _, link := range p.links {
		s.text([]byte(link))
		s.endParagraph()
		if plain, err := url.PathUnescape(link); err == nil && plain != link {
			s.text([]byte(plain))
			s.endParagraph()
		}
	}
	s.finish()
	return s.err
}
