package detectors

import (
	"fmt"
	"io"
	"slices"
)

// documentTypes is the name under which Options.Disabled turns document types
// off.
const documentTypes = "document_type"

// parts is what an engine is made of.
type parts struct {
	detectors []running  // all, in the order in which they run
	table     *wordTable // of what is looked for everywhere
	names     *names
	lexicon   *lexiconData
	typist    *typist
}

// assemble makes the table of detectors, and the one table of words that they
// share.
func assemble(opts *Options) (*parts, error) {
	lexicon, err := parseLexicon(lexiconYAML, opts.Lexicon)
	if err != nil {
		return nil, err
	}
	typist, telltales := newTypist(lexicon.types)
	names, given := newNames()
	custom, own, err := newCustom(opts.Custom)
	if err != nil {
		return nil, err
	}
	table, err := newWordTable(slices.Concat(given, wordsOfNamers(), wordsOfLabels(), own), true)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCustom, err)
	}
	table.sparse = len(own) == 0
	terms, err := newWordTable(lexicon.words(), false)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLexicon, err)
	}
	if typist.table, err = newWordTable(telltales, false); err != nil {
		return nil, fmt.Errorf("%w: doc_types: %w", ErrLexicon, err)
	}
	custom.table = table
	cpr, err := newCPR(opts.Today)
	if err != nil {
		return nil, err
	}
	person := &person{table, names}
	phone := &phone{table}
	return &parts{table: table, names: names, lexicon: lexicon, typist: typist, detectors: []running{
		{Detector: cpr, person: true},
		{Detector: person},
		{Detector: &account{table}},
		{Detector: newIBAN(table)},
		{Detector: &card{table}},
		{Detector: &passport{table}},
		{Detector: &licence{table}},
		{Detector: phone},
		{Detector: email{}},
		{Detector: &plate{table}},
		{Detector: newSensitive(table, terms, lexicon, cpr, person, phone)},
		{Detector: custom},
	}}, nil
}

// writeData writes the data that the detectors work with, for the fingerprint.
func (p *parts) writeData(h io.Writer, opts *Options) {
	fmt.Fprintf(h, "lexicon %s\n%s\n%s\n%s\n", p.lexicon.version, lexiconYAML, givenNames, surnames)
	fmt.Fprintf(h, "names %q %q %q %q\n", namers, titles, organisations, particles)
	fmt.Fprintf(h, "labels %v\ncustom %q\n", labelWords, fmt.Sprintf("%+v", opts.Custom))
}
