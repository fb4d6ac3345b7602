package detectors

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// lexiconYAML is the lexicon as data; it explains itself.
//
//go:embed lexicon.yaml
var lexiconYAML []byte

// ErrLexicon says that a term of the lexicon, or of the user's own, cannot be
// used.
var ErrLexicon = errors.New("lexicon")

// Term is a word or phrase that tells of something sensitive, added by the
// user to the lexicon that is built in.
type Term struct {
	// Category is one of the lexicon's (helbred, fagforening, religion,
	// etnicitet, politisk, seksuelle_forhold, genetik_biometri,
	// strafbare_forhold, sociale_forhold) or a new one of letters a–z, digits
	// and _.
	Category string
	// Text is the term, up to 64 bytes, beginning with a letter.
	Text string
	// Strength is 3 (strong), 2 (medium) or 1 (weak: it never counts alone).
	Strength int
	// Mode is "word" (whole words), "prefix" (the start of a word: also
	// inflections and compounds) or "compound" (also within a word). Empty
	// means prefix.
	Mode string
	// CaseSensitive makes case count.
	CaseSensitive bool
	// With are words of which one must stand within 200 bytes for the term to
	// have more than strength 1. Empty asks for none.
	With []string
}

// sensitiveTerm is a term as the detector uses it.
type sensitiveTerm struct {
	word
	category int // index in lexiconData.categories
	strength int
	with     [][]byte // lower case
	reason   string
}

// lexiconData is the lexicon, checked.
type lexiconData struct {
	version    string
	categories []string // ordered
	terms      []sensitiveTerm
	guidance   []string
	types      []documentType // in the order of the file
}

// documentType is a row of doc_types.
type documentType struct {
	name             string
	need             int
	negative         bool
	filename, ext    []string
	telltale, strong []string
}

// The shape of the file.
type (
	yamlLexicon struct {
		Version    int                   `yaml:"version"`
		Guidance   []string              `yaml:"guidance"`
		Categories map[string][]yamlTerm `yaml:"categories"`
		DocTypes   yaml.Node             `yaml:"doc_types"`
	}
	yamlTerm struct {
		Text     string   `yaml:"t"`
		Strength int      `yaml:"s"`
		Mode     string   `yaml:"m"`
		With     []string `yaml:"with"`
		Note     string   `yaml:"n"`
	}
	yamlType struct {
		Need     int      `yaml:"need"`
		Negative bool     `yaml:"negative"`
		Filename []string `yaml:"filename"`
		Ext      []string `yaml:"ext"`
		Telltale []string `yaml:"telltale"`
		Strong   []string `yaml:"strong"`
	}
)

// parseLexicon reads a lexicon, strictly, and adds the user's terms.
func parseLexicon(data []byte, extra []Term) (*lexiconData, error) {
	var file yamlLexicon
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLexicon, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: more than one document", ErrLexicon)
	}
	if file.Version < 1 {
		return nil, fmt.Errorf("%w: version: expected a number from 1, found %d", ErrLexicon, file.Version)
	}
	l := &lexiconData{version: fmt.Sprint(file.Version), guidance: file.Guidance}
	var all []Term
	for category, terms := range file.Categories {
		for _, t := range terms {
			term, err := t.term(category)
			if err != nil {
				return nil, fmt.Errorf("%w: %s: %q: %w", ErrLexicon, category, t.Text, err)
			}
			all = append(all, term)
		}
	}
	// A map has no order; the indices must be the same in every run.
	slices.SortStableFunc(all, func(a, b Term) int { return strings.Compare(a.Category, b.Category) })
	if err := l.add(append(all, extra...)); err != nil {
		return nil, err
	}
	if len(extra) > 0 {
		sum := sha256.Sum256(fmt.Appendf(nil, "%+v", extra))
		l.version += "+" + hex.EncodeToString(sum[:4])
	}
	if err := l.addTypes(&file.DocTypes); err != nil {
		return nil, fmt.Errorf("%w: doc_types: %w", ErrLexicon, err)
	}
	return l, nil
}

// term reads the short modes of the file.
func (t *yamlTerm) term(category string) (Term, error) {
	term := Term{Category: category, Text: t.Text, Strength: t.Strength, With: t.With}
	mode, exact := strings.CutSuffix(t.Mode, "c")
	term.CaseSensitive = exact
	switch mode {
	case "w":
		term.Mode = "word"
	case "p":
		term.Mode = "prefix"
	case "x":
		term.Mode = "compound"
	default:
		return term, fmt.Errorf("mode %q: expected w, p or x, and c", t.Mode)
	}
	return term, nil
}

// add checks terms and takes them in.
func (l *lexiconData) add(terms []Term) error {
	for i := range terms {
		t, err := newSensitiveTerm(&terms[i])
		if err != nil {
			return fmt.Errorf("%w: category %q, term %q: %w", ErrLexicon, terms[i].Category, terms[i].Text, err)
		}
		if t.category = slices.Index(l.categories, terms[i].Category); t.category < 0 {
			t.category = len(l.categories)
			l.categories = append(l.categories, terms[i].Category)
		}
		t.id = int32(len(l.terms))
		l.terms = append(l.terms, t)
	}
	return nil
}

func newSensitiveTerm(t *Term) (sensitiveTerm, error) {
	if t.Category == "" || strings.Trim(t.Category, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return sensitiveTerm{}, fmt.Errorf("the category is to be of a–z, 0–9 and _")
	}
	if t.Strength < 1 || t.Strength > 3 {
		return sensitiveTerm{}, fmt.Errorf("strength %d: expected 1, 2 or 3", t.Strength)
	}
	s := sensitiveTerm{strength: t.Strength, reason: codeTerm.of(t.Text), word: word{text: t.Text, class: wordTerm, exact: t.CaseSensitive}}
	if !t.CaseSensitive {
		s.text = strings.ToLower(t.Text)
	}
	switch t.Mode {
	case "word":
	case "", "prefix":
		s.prefix = true
	case "compound":
		s.inner = true
	default:
		return s, fmt.Errorf("mode %q: expected word, prefix or compound", t.Mode)
	}
	for _, w := range t.With {
		if w == "" {
			return s, fmt.Errorf("an empty word in with")
		}
		s.with = append(s.with, []byte(strings.ToLower(w)))
	}
	return s, s.check()
}

// addTypes reads the document types in the order of the file, which settles
// ties.
func (l *lexiconData) addTypes(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("expected a mapping")
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name := node.Content[i].Value
		// Decoding a node cannot be strict; going through bytes can.
		raw, err := yaml.Marshal(node.Content[i+1])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		var t yamlType
		dec := yaml.NewDecoder(bytes.NewReader(raw))
		dec.KnownFields(true)
		if err := dec.Decode(&t); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if t.Need < 1 {
			return fmt.Errorf("%s: need is to be 1 or more", name)
		}
		if slices.ContainsFunc(l.types, func(d documentType) bool { return d.name == name }) {
			return fmt.Errorf("%s is there twice", name)
		}
		l.types = append(l.types, documentType{name, t.Need, t.Negative, t.Filename, t.Ext, t.Telltale, t.Strong})
	}
	return nil
}

// words returns the lexicon's words for the table.
func (l *lexiconData) words() []word {
	list := make([]word, 0, len(l.terms)+len(l.guidance))
	for i := range l.terms {
		list = append(list, l.terms[i].word)
	}
	for i, g := range l.guidance {
		list = append(list, word{text: g, class: wordGuidance, id: int32(i), prefix: len(g) > 6 && !strings.Contains(g, " ")})
	}
	return list
}

// DocumentTypes returns the names of the document types that
// [Stream.DocumentType] knows, in the order of the lexicon.
func DocumentTypes() []string {
	l, err := parseLexicon(lexiconYAML, nil)
	if err != nil {
		return nil // New says why; a test sees to it that it never does
	}
	names := make([]string, len(l.types))
	for i := range l.types {
		names[i] = l.types[i].name
	}
	return names
}
