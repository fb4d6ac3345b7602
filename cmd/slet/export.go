package main

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// export is where the copies of a person's items go: a folder or a ZIP file,
// new and readable by its owner only.
type export struct {
	dir  string      // "" for a ZIP file
	file *os.File    // the ZIP file
	zip  *zip.Writer // nil for a folder
}

func newExport(place string) (*export, error) {
	if strings.EqualFold(filepath.Ext(place), ".zip") {
		f, err := os.OpenFile(place, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		return &export{file: f, zip: zip.NewWriter(f)}, nil
	}
	if err := os.Mkdir(place, 0o700); err != nil {
		return nil, err
	}
	return &export{dir: place}, nil
}

func (x *export) close() error {
	if x.zip == nil {
		return nil
	}
	return errors.Join(x.zip.Close(), x.file.Sync(), x.file.Close())
}

// put writes one file of the package.
func (x *export) put(name string, write func(io.Writer) error) (err error) {
	if x.zip != nil {
		w, err := x.zip.Create(name)
		if err != nil {
			return err
		}
		return write(w)
	}
	full := filepath.Join(x.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(full, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}

// manifest says what is in the package.
type manifest struct {
	Organisation string     `json:"organisation"`
	Program      string     `json:"program"`
	Subject      string     `json:"subject"` // the keyed name, never the number
	Made         time.Time  `json:"made"`
	By           string     `json:"by"`
	Restricted   int64      `json:"restricted"` // items that are left out (GDPR art. 18)
	Items        []exported `json:"items"`
}

// exported is one item of the package.
type exported struct {
	Item     string     `json:"item"`
	Source   string     `json:"source"`
	Path     string     `json:"path"`
	File     string     `json:"file"` // in the package; "" when it could not be copied
	Size     int64      `json:"size"`
	SHA256   string     `json:"sha256"`
	Created  *time.Time `json:"created"`
	Modified *time.Time `json:"modified"`
	Received *time.Time `json:"received"`
	Type     string     `json:"document_type"`
	// Others is how many other persons are in it: look before handing it out.
	Others int    `json:"other_persons"`
	Error  string `json:"error,omitempty"` // masked
}

// exportItem copies one item, read through its source like a scan reads it.
func (a *app) exportItem(ctx context.Context, out *export, n int, f store.Finding) exported {
	it := f.Item
	e := exported{
		Item: f.Ref, Source: it.Source, Path: it.Path, Created: timeOrNil(it.Created), Modified: timeOrNil(it.Modified), Received: timeOrNil(it.Received),
		Type: f.DocumentType, Others: max(len(f.Subjects)-1, 0),
	}
	name := fmt.Sprintf("items/%04d-%s", n, exportName(it))
	if err := a.copyItem(ctx, out, name, f, &e); err != nil {
		e.Error = a.mask(err)
		return e
	}
	e.File = name
	return e
}

func (a *app) copyItem(ctx context.Context, out *export, name string, f store.Finding, e *exported) (err error) {
	i := indexOfSource(a.cfg.Sources, f.Item.Source)
	if i < 0 {
		return fmt.Errorf("source %s is not configured any more", f.Item.Source)
	}
	src, err := a.open(ctx, a.cfg.Sources[i])
	if err != nil {
		return err
	}
	defer src.Close()
	file, err := src.Open(ctx, f.Item)
	if err != nil {
		return err
	}
	defer file.Close()
	h := sha256.New()
	err = out.put(name, func(w io.Writer) error {
		e.Size, err = io.Copy(io.MultiWriter(w, h), io.NewSectionReader(file, 0, file.Size()))
		return err
	})
	if err != nil {
		return err
	}
	sum := [32]byte(h.Sum(nil))
	e.SHA256 = hex.EncodeToString(sum[:])
	if f.ContentMAC != "" && a.key.Content(sum) != f.ContentMAC {
		return fmt.Errorf("%w since it was scanned; scan again", scanner.ErrChanged)
	}
	return nil
}

func indexOfSource(sources []config.Source, name string) int {
	for i, s := range sources {
		if s.Name == name {
			return i
		}
	}
	return -1
}

// exportName is a file name that every system takes, after the item's own.
func exportName(it scanner.Item) string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_. ", r) {
			return r
		}
		return '_'
	}, path.Base(it.Path))
	if runes := []rune(name); len(runes) > 80 {
		name = string(runes[len(runes)-80:])
	}
	name = strings.Trim(name, ". ")
	if it.Kind == scanner.KindMessage && !strings.HasSuffix(name, ".eml") {
		name += ".eml"
	}
	return name
}

// index writes manifest.json, for programs, and index.html, for people.
func (x *export) index(m manifest) error {
	err := x.put("manifest.json", func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(m)
	})
	if err != nil {
		return err
	}
	t, err := template.New("index").Parse(exportIndex)
	if err != nil {
		return fmt.Errorf("index.html: %w", err)
	}
	return x.put("index.html", func(w io.Writer) error { return t.Execute(w, m) })
}

// exportIndex is in Danish: the person, and the DPO, read it.
const exportIndex = `<!DOCTYPE html>
<html lang="da"><head><meta charset="utf-8"><title>Indsigt efter databeskyttelsesforordningens artikel 15</title>
<style>body{font-family:sans-serif;margin:2rem}table{border-collapse:collapse}td,th{border:1px solid #999;padding:.3rem .6rem;text-align:left;vertical-align:top}</style></head>
<body><h1>Indsigt efter databeskyttelsesforordningens artikel 15</h1>
<p>{{.Organisation}} · {{.Made.Format "02-01-2006 15.04"}} · udtrukket af {{.By}} · {{.Program}}</p>
<p>{{len .Items}} elementer, hvori den registreredes CPR-nummer er fundet.{{if .Restricted}} {{.Restricted}} elementer er under begrænset behandling (artikel 18) og er ikke med.{{end}}</p>
<p>Gennemgå elementer om andre personer, før de udleveres (artikel 15, stk. 4).</p>
<table><tr><th>Element</th><th>Kilde</th><th>Sti</th><th>Ændret</th><th>Andre personer</th><th>SHA-256</th></tr>
{{range .Items}}<tr><td>{{if .File}}<a href="{{.File}}">{{.Item}}</a>{{else}}{{.Item}}: {{.Error}}{{end}}</td><td>{{.Source}}</td><td>{{.Path}}</td><td>{{with .Modified}}{{.Format "02-01-2006"}}{{end}}</td><td>{{.Others}}</td><td>{{.SHA256}}</td></tr>
{{end}}</table></body></html>
`
