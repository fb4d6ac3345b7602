package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/sletdk/slet/retention"
)

//go:embed report.html.tmpl
var htmlTemplate string

// HTML writes the report as one self-contained page: no script, no font, no
// image and no address outside it. It lists at most MaxRows items.
func HTML(w io.Writer, r Report) error {
	page, err := newPage(r)
	if err != nil {
		return err
	}
	t, err := template.New("report").Funcs(template.FuncMap{
		"da": danish, "n": number, "bytes": byteSize, "day": day, "clock": clock, "pct": percent, "join": strings.Join, "short": short,
	}).Parse(htmlTemplate)
	if err != nil {
		return fmt.Errorf("parse the report's template: %w", err)
	}
	if err := t.Execute(w, page); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// page is the report with the sums and the rows that the page shows.
type page struct {
	Report
	Rows                                                             []Row // those with something to say, worst first, at most MaxRows
	Withheld                                                         int64 // rows beyond MaxRows
	Clean                                                            int64 // items without matches, gaps or rule: counted, not listed
	Seen, Examined, Partly, Skipped, Failed, GapsAll, Private, Bytes int64
	Shares                                                           []share
	ErasedN                                                          int
}

// share is a slice of the coverage bar.
type share struct {
	Class, Label string
	N            int64
	Percent      float64
}

func newPage(r Report) (*page, error) {
	p := &page{Report: r}
	for _, s := range r.Sources {
		p.Seen += s.Seen
		p.Examined += s.Examined
		p.Partly += s.Partly
		p.Skipped += s.Skipped
		p.Failed += s.Failed
		p.GapsAll += s.Gaps
		p.Private += s.PrivateFolders
		p.Bytes += s.Bytes
	}
	for _, s := range []share{
		{Class: "ok", Label: "undersøgt helt", N: p.Examined - p.Partly},
		{Class: "part", Label: "kun delvist undersøgt", N: p.Partly},
		{Class: "skip", Label: "sprunget over", N: p.Skipped},
		{Class: "bad", Label: "kunne ikke åbnes", N: p.Failed},
	} {
		if s.N > 0 {
			s.Percent = 100 * float64(s.N) / float64(p.Seen)
			p.Shares = append(p.Shares, s)
		}
	}
	for _, e := range r.Erased {
		if e.Result == "erased" {
			p.ErasedN++
		}
	}
	return p, p.fill(r)
}

// fill takes the rows that say something, in one pass and in bounded memory:
// one list for each rank, none longer than the page can show.
func (p *page) fill(r Report) error {
	if r.Items == nil {
		return nil
	}
	var ranked [4][]Row
	var worth int64
	for row, err := range r.Items {
		if err != nil {
			return fmt.Errorf("read the findings: %w", err)
		}
		rank, ok := rankOf(row)
		if !ok {
			p.Clean++
			continue
		}
		worth++
		if len(ranked[rank]) < MaxRows {
			ranked[rank] = append(ranked[rank], row)
		}
	}
	for _, rows := range ranked {
		p.Rows = append(p.Rows, rows[:min(len(rows), MaxRows-len(p.Rows))]...)
	}
	p.Withheld = worth - int64(len(p.Rows))
	return nil
}

// rankOf says how early a row is listed; ok is false for one with nothing to say.
func rankOf(r Row) (rank int, ok bool) {
	switch r.Disposition {
	case "due", "conflict":
		return 0, true
	case "review", "held":
		return 1, true
	}
	if len(r.Matches) > 0 {
		return 2, true
	}
	return 3, r.Gaps > 0 || r.Rule != ""
}

// words are the Danish words on the page for the codes in the data.
var words = map[string]string{
	"keep": "bevares", "due": "forfalden", "review": "skal vurderes", "held": "tilbageholdt", "no_rule": "ingen regel", "conflict": "modstridende frister",
	"encrypted": "krypteret", "corrupt": "beskadiget", "too_large": "for stor", "timeout": "tidsgrænse", "unsupported": "ukendt format", "denied": "adgang nægtet", "io": "læsefejl",
	"proposed": "foreslået", "approved": "godkendt", "executing": "i gang", "executed": "udført", "dead": "bortfaldet",
	"planned": "foreslået", "excluded": "undtaget", "erasing": "sletning afbrudt", "erased": "slettet", "changed": "ændret – bevaret", "gone": "allerede væk", "refused": "afvist – bevaret", "failed": "fejlet", "open": "åben",
	"cpr": "CPR-nummer", "erstatningscpr": "erstatningspersonnummer", "kontakt": "kontaktoplysninger", "oekonomi": "økonomi", "koeretoej": "køretøj",
	"politisk": "politisk overbevisning", "seksuelle_forhold": "seksuelle forhold", "genetik_biometri": "genetik og biometri",
	"strafbare_forhold": "strafbare forhold", "sociale_forhold": "sociale forhold", "custom": "egne ord",
	"overwritten": "overskrevet på stedet og læst tilbage", "overwritten_unproven": "overskrevet gennem filsystemet; stedet kan ikke bevises", "unlinked": "fjernet uden overskrivning", "none": "intet slettet",
	"expunged": "fjernet fra postkassen; intet overskrevet", "unknown": "uvist – undersøges ved næste kørsel",
	"file": "fil", "message": "mail", "recording": "optagelse", "files": "mappe", "smb": "SMB-share", "imap": "mailserver",
	"created": "oprettet", "modified": "ændret senest", "received": "modtaget", "recorded": "optaget",
}

// danish returns the word on the page for a code, or the code itself.
func danish(v any) string {
	s := fmt.Sprint(v)
	if w, ok := words[s]; ok {
		return w
	}
	return s
}

// number writes 1234567 as 1.234.567.
func number(v any) string {
	s := fmt.Sprint(v)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s
}

// byteSize writes a size with a Danish decimal comma.
func byteSize(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n)/unit, 0
	for v >= unit && i < 4 {
		v, i = v/unit, i+1
	}
	return strings.Replace(fmt.Sprintf("%.1f %s", v, []string{"KiB", "MiB", "GiB", "TiB", "PiB"}[i]), ".", ",", 1)
}

func percent(f float64) string { return strings.Replace(fmt.Sprintf("%.1f", f), ".", ",", 1) }

// short is enough of a hash to compare by eye.
func short(s string) string { return s[:min(len(s), 16)] }

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(retention.Zone()).Format("02-01-2006")
}

func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(retention.Zone()).Format("02-01-2006 15:04")
}
