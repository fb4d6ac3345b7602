package detectors

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Options of an Engine. The zero value is ready for use.
type Options struct {
	// Subject returns the keyed HMAC of a person's CPR number (ten digits).
	// Without it matches name no subject.
	Subject func(cpr string) string
	// Key returns the keyed MAC of a value that a detector found, by which a
	// person's judgement of it ("not personal data") is remembered. Without it
	// matches have no key.
	Key func(detector, value string) string
	// KeepRaw keeps the unmasked value in the matches, for Match.Reveal.
	KeepRaw bool
	// Snippets shows the first matches of each item in the words around them;
	// see [Snippet]. What is found does not depend on it.
	Snippets bool
	// Today is the day after which nobody is born yet; zero means time.Now().
	Today time.Time
	// Window is how many bytes are examined at once; zero means 256 KiB. What
	// is found does not depend on it.
	Window int
	// Disabled are the names of detectors not to run. "document_type" turns
	// document types off.
	Disabled []string
	// Lexicon are terms of the user's own, beside those built in.
	Lexicon []Term
	// Custom are rules of the user's own.
	Custom []Custom
}

// defaultWindow fits the second-level cache with room to spare and makes the
// overlap cost about two percent.
const defaultWindow = 256 << 10

// rules is the version of the detectors' code. Change it with every change
// that finds more, or the same with another confidence: what was scanned
// before is then scanned anew. The data (lexicon, dates) counts by itself.
const rules = "4"

// running is a detector in an engine.
type running struct {
	Detector
	person bool // its values are CPR numbers, which identify a person
	quiet  bool // its hits are masked in snippets, and are no matches
}

// Engine runs the detectors over text of any size. It is safe for use by
// several goroutines; each item has a Stream of its own.
type Engine struct {
	opts      Options
	detectors []running
	parts     *parts
	types     bool   // document types are asked for
	reach     int    // the longest of all
	stamp     string // see Fingerprint
}

// New returns an engine. It is an error to disable a detector that does not
// exist ([ErrUnknown]), and to give a term ([ErrLexicon]) or a rule
// ([ErrCustom]) that cannot be used.
func New(opts Options) (*Engine, error) {
	if opts.Today.IsZero() {
		opts.Today = time.Now()
	}
	if opts.Window < 0 {
		return nil, fmt.Errorf("detectors: window of %d bytes", opts.Window)
	}
	if opts.Window == 0 {
		opts.Window = defaultWindow
	}
	all, err := assemble(&opts)
	if err != nil {
		return nil, fmt.Errorf("detectors: %w", err)
	}
	e := &Engine{opts: opts, parts: all}
	if !slices.Contains(opts.Disabled, documentTypes) {
		e.types, e.reach = true, reachWord
	}
	names := make([]string, 0, len(all.detectors)+1)
	for _, d := range all.detectors {
		names = append(names, d.Name())
		d.quiet = slices.Contains(opts.Disabled, d.Name())
		if !d.quiet || opts.Snippets {
			e.detectors = append(e.detectors, d)
			e.reach = max(e.reach, d.Reach())
		}
	}
	names = append(names, documentTypes)
	for _, name := range opts.Disabled {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("detectors: %w %q; there are: %s", ErrUnknown, name, strings.Join(names, ", "))
		}
	}
	e.stamp = e.fingerprint()
	return e, nil
}

// kept is how many bytes before the window are kept at most: as far as a
// detector looks, and with snippets as far as one that waits for more text to
// come, whose hit is no longer than the reach.
func (e *Engine) kept() int {
	if e.opts.Snippets {
		return e.reach + 2*snippetReach
	}
	return e.reach
}

// LexiconVersion returns the version of the lexicon in use: that of the one
// built in and, with terms of the user's own, a plus and a hash of those.
func (e *Engine) LexiconVersion() string { return e.parts.lexicon.version }

// ErrUnknown says that there is no detector of a name.
var ErrUnknown = errors.New("no detector named")

// Fingerprint names these detectors with these rules, data and options. When
// it changes, what was found before may be incomplete, and is to be looked at
// anew. The day and the window are not part of it: a new day alone finds
// nothing in an old document, and windows never matter.
//
// It is asked for with every item, so it is made once, with the engine.
func (e *Engine) Fingerprint() string { return e.stamp }

func (e *Engine) fingerprint() string {
	h := sha256.New()
	fmt.Fprintf(h, "rules %s\nsubject %t key %t\n%s\n", rules, e.opts.Subject != nil, e.opts.Key != nil, firstOfJanuary)
	for _, d := range e.detectors {
		if !d.quiet {
			fmt.Fprintf(h, "detector %s\n", d.Name())
		}
	}
	fmt.Fprintf(h, "document types %t\n", e.types)
	e.parts.writeData(h, &e.opts)
	for _, t := range terms {
		fmt.Fprintf(h, "term %s %d %d\n", t.stem, t.kind, t.match)
	}
	return "d" + hex.EncodeToString(h.Sum(nil)[:8])
}
