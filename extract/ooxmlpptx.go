package extract

import (
	"fmt"
	"strings"
)

// readPresentation reads the slides in the presentation's order, each as a part
// "dias N", followed by its notes and comments. Masters, layouts and slides that
// are not in the order are read afterwards like any part.
func (p *pack) readPresentation() error {
	var ids []string
	err := p.parse(p.files[p.main], func(x *xmlReader) error {
		for kind := x.next(); kind != xmlEOF; kind = x.next() {
			if kind == xmlStart && string(x.name) == "sldId" && len(ids) < maxLinks {
				ids = append(ids, relID(x))
			}
		}
		return nil
	})
	p.done[p.main] = true
	if err := p.note("", err); err != nil {
		return err
	}
	targets := map[string]string{}
	for _, r := range p.rels(p.main) {
		targets[r.id] = r.target
	}
	for i, id := range ids {
		if err := p.readSlide(targets[id], fmt.Sprintf("dias %d", i+1)); err != nil {
			return err
		}
	}
	return nil
}

// readSlide reads a slide with what hangs on it.
func (p *pack) readSlide(name, title string) error {
	if p.files[name] == nil || p.done[name] {
		return nil // the slide itself is missing; any other part is still read
	}
	p.done[name] = true
	if err := p.readXML(name, title); err != nil {
		return err
	}
	for _, r := range p.rels(name) {
		if p.files[r.target] == nil || p.done[r.target] {
			continue
		}
		what := ""
		switch r.kind[strings.LastIndexByte(r.kind, '/')+1:] {
		case "notesSlide":
			what = ", noter"
		case "comments":
			what = ", kommentar"
		case "chart", "diagramData":
			what = ", diagram"
		default:
			continue
		}
		p.done[r.target] = true
		if err := p.readXML(r.target, title+what); err != nil {
			return err
		}
	}
	return nil
}
