package extract

import (
	"archive/zip"
	"bytes"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/sletdk/slet/scanner"
)

// OpenDocument (odt, ods, odp and their kin): a zip with content.xml, and
// styles.xml, where headers and footers live. Charts and other objects are
// folders with a content.xml of their own.

// isODF reports whether d is an OpenDocument package, or one of its ancestor
// OpenOffice.org 1.
func isODF(d *doc) bool {
	return zipHas(d, "content.xml") && (zipHas(d, "meta-inf/manifest.xml") || zipHas(d, "mimetype"))
}

// isFlatODF reports whether d is an OpenDocument in a single XML file.
func isFlatODF(d *doc) bool {
	return bytes.HasPrefix(bytes.TrimPrefix(d.head, []byte("\xef\xbb\xbf")), []byte("<?xml")) &&
		bytes.Contains(d.head, []byte("<office:document ")) &&
		bytes.Contains(d.head, []byte("urn:oasis:names:tc:opendocument:xmlns:office:1.0"))
}

func readFlatODF(d *doc) error {
	s := newStory(d)
	x := newXMLReader(d.reader())
	s.part("")
	readODFXML(x, s)
	if s.finish(); s.err != nil {
		return s.err
	}
	return x.err
}

func readODF(d *doc) error {
	zr, err := d.zip()
	if err != nil {
		return err
	}
	p := &pack{d: d, files: map[string]*zip.File{}}
	for _, f := range zr.File {
		if name := entryName(f.Name); !strings.HasSuffix(name, "/") && p.files[name] == nil {
			p.files[name] = f
			p.names = append(p.names, name)
		}
	}
	slices.SortStableFunc(p.names, func(a, b string) int { return odfRank(a) - odfRank(b) })
	locked, err := p.encryptedEntries()
	if err != nil {
		return err
	}
	if locked["content.xml"] || locked["encrypted-package"] {
		return unreadable(scanner.Encrypted, "the document is encrypted")
	}
	for _, name := range p.names {
		if locked[name] {
			d.gap(path.Base(name), scanner.Encrypted, errors.New("the entry is encrypted"))
			continue
		}
		if err := p.readODFPart(name); err != nil {
			return err
		}
	}
	return nil
}

// odfRank puts what people see first in front.
func odfRank(name string) int {
	switch name {
	case "content.xml":
		return 0
	case "styles.xml":
		return 1
	case "meta.xml":
		return 3
	}
	return 2
}

// encryptedEntries lists what the manifest says is encrypted.
func (p *pack) encryptedEntries() (map[string]bool, error) {
	f := p.files["meta-inf/manifest.xml"]
	if f == nil {
		return nil, nil
	}
	locked := map[string]bool{}
	entry := ""
	err := p.parse(f, func(x *xmlReader) error {
		for kind := x.next(); kind != xmlEOF; kind = x.next() {
			if kind != xmlStart {
				continue
			}
			switch string(x.name) {
			case "file-entry":
				entry = entryName(string(x.attr("full-path")))
			case "encryption-data":
				locked[entry] = true
			}
		}
		return nil
	})
	return locked, p.note("manifest", err)
}

// readODFPart reads one entry.
func (p *pack) readODFPart(name string) error {
	base := path.Base(name)
	top, _, _ := strings.Cut(name, "/")
	switch {
	case isUnread(name) || name == "mimetype" || base == "settings.xml" || base == "manifest.rdf" || base == "layout-cache":
		return nil
	case slices.Contains([]string{"meta-inf", "thumbnails", "configurations2", "objectreplacements"}, top):
		return nil
	case base == "meta.xml":
		return p.readODFEntry(name, "egenskaber", readPlainXML)
	case base == "content.xml" || base == "styles.xml":
		where := strings.TrimSuffix(path.Dir(p.files[name].Name), ".")
		return p.readODFEntry(name, where, readODFXML)
	case path.Ext(name) == ".xml" || path.Ext(name) == ".rdf" || path.Ext(name) == ".xlb" || path.Ext(name) == ".xlc":
		return p.readODFEntry(name, base, readPlainXML)
	}
	return p.readChild(name)
}

// readODFEntry reads an entry as a part with f.
func (p *pack) readODFEntry(name, where string, f func(*xmlReader, *story)) error {
	s := newStory(p.d)
	s.part(where)
	err := p.parse(p.files[name], func(x *xmlReader) error {
		f(x, s)
		return nil
	})
	if s.finish(); s.err != nil {
		return s.err
	}
	return p.note(where, err)
}
