package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

// importPattern takes a file: its form may be larger than others.
const importPattern = "POST /haendelser"

// maxUpload is the largest form with a file of events, in bytes.
const maxUpload = 5 << 20

func (s *Server) eventRoutes() []route {
	return []route{
		{"GET /haendelser", seeEvents, s.events},
		{importPattern, editEvents, s.previewEvents},
		{"POST /haendelser/bekraeft", editEvents, s.importEvents},
		{"POST /haendelser/{id}/annuller", editEvents, s.cancelEvents},
	}
}

// pendingImports are files of events that were shown to a person and wait for
// their yes, one for each person. They hold keyed MACs, no number of anybody.
type pendingImports struct {
	mu sync.Mutex
	by map[string]pendingImport
}

type pendingImport struct {
	hash  string // SHA-256 of the file, in hex
	file  *erase.Import
	shown time.Time
}

// importLife is how long a preview waits for its yes.
const importLife = 30 * time.Minute

func (p *pendingImports) put(person string, in pendingImport) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.by, func(_ string, old pendingImport) bool { return in.shown.Sub(old.shown) > importLife })
	p.by[person] = in
}

// take returns what the person was shown, if it is the file with that hash, and
// forgets it.
func (p *pendingImports) take(person, hash string, now time.Time) (*erase.Import, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	in, ok := p.by[person]
	if !ok || in.hash != hash || now.Sub(in.shown) > importLife {
		return nil, false
	}
	delete(p.by, person)
	return in.file, true
}

// batchView is an import with its events.
type batchView struct {
	store.EventBatch
	List []store.RegisterEvent
	More int // events that are not listed
}

// Left is how many events of it count.
func (b batchView) Left() int { return b.Events - b.Cancelled }

// maxEventRows is how many events of an import the page lists.
const maxEventRows = 200

func (s *Server) events(q *request) error {
	ctx := q.r.Context()
	batches, err := s.Store.EventBatches(ctx)
	if err != nil {
		return err
	}
	events, err := s.Store.RegisterEvents(ctx)
	if err != nil {
		return err
	}
	of := map[string]*batchView{}
	list := make([]*batchView, 0, len(batches))
	for _, b := range slices.Backward(batches) {
		v := &batchView{EventBatch: b}
		of[b.ID], list = v, append(list, v)
	}
	for _, e := range events {
		switch b := of[e.Batch]; {
		case b == nil: // imported between the two questions
		case len(b.List) < maxEventRows:
			b.List = append(b.List, e)
		default:
			b.More++
		}
	}
	return q.page("events", "Hændelser", list)
}

// previewView is what an import would change.
type previewView struct {
	*erase.Import
	Hash    string
	Lines   []previewLine
	Partial bool // not everything was counted
}

type previewLine struct {
	*erase.EventPreview
	Changes []change
}

// change is how many items go from one disposition to another.
type change struct {
	From, To string
	N        int
}

// previewEvents shows what a file would change. Nothing is stored but in
// memory, and there without any number of a person.
func (s *Server) previewEvents(q *request) error {
	ctx := q.r.Context()
	name, data, err := q.upload("fil")
	if err != nil {
		return err
	}
	d, err := s.Work(ctx, q.user.Name)
	if err != nil {
		return err
	}
	in, err := erase.ReadImport(ctx, d, s.Keys, s.Sources(), name, bytes.NewReader(data))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	v := previewView{Import: in, Hash: hex.EncodeToString(sum[:])}
	var lines []*erase.EventPreview
	v.Partial, err = inTime(ctx, func(ctx context.Context) (err error) {
		lines, err = in.Preview(ctx, d)
		return err
	})
	if err != nil {
		return err
	}
	for _, l := range lines {
		line := previewLine{EventPreview: l}
		for _, k := range slices.Sorted(maps.Keys(l.Change)) {
			from, to, _ := strings.Cut(k, "→")
			line.Changes = append(line.Changes, change{from, to, l.Change[k]})
		}
		v.Lines = append(v.Lines, line)
	}
	s.imports.put(q.user.Name, pendingImport{v.Hash, in, s.Now()})
	return q.page("import", "Import af hændelser", v)
}

// countTime is how long a page counts before it shows what it has.
const countTime = 300 * time.Millisecond

// inTime counts something for a page. partial says that the time was over first.
func inTime(ctx context.Context, count func(ctx context.Context) error) (partial bool, err error) {
	short, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	err = count(short)
	if short.Err() != nil && ctx.Err() == nil {
		return true, nil
	}
	return false, err
}

// upload reads the file of a form, into memory only: it names persons.
func (q *request) upload(field string) (name string, data []byte, err error) {
	none := inputf("%s", q.t("Vælg en fil på højst 5 MiB."))
	form, err := q.r.MultipartReader()
	if err != nil {
		return "", nil, none
	}
	for {
		part, err := form.NextPart()
		if err != nil {
			return "", nil, none // no such part, or it broke off
		}
		if part.FormName() != field || part.FileName() == "" {
			continue
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return "", nil, none // too large, or it broke off
		}
		return part.FileName(), data, nil
	}
}

// importEvents takes what was shown into the register.
func (s *Server) importEvents(q *request) error {
	in, ok := s.imports.take(q.user.Name, q.field("indhold"), s.Now())
	if !ok {
		return inputf("%s", q.t("Filen er ikke den, du sidst har set, eller det er for længe siden. Indlæs den igen."))
	}
	d, err := s.Work(q.r.Context(), q.user.Name)
	if err != nil {
		return err
	}
	id, err := in.Take(q.r.Context(), d, q.user.Name)
	if err := s.despiteDisagreement(err); err != nil {
		return err
	}
	return q.redirect("/haendelser#" + id)
}

func (s *Server) cancelEvents(q *request) error {
	d, why, err := s.withWhy(q)
	if err != nil {
		return err
	}
	_, erased, err := erase.CancelEvents(q.r.Context(), d, q.r.PathValue("id"), q.user.Name, why)
	if err := s.despiteDisagreement(err); err != nil {
		return err
	}
	if erased > 0 {
		return q.page("cancelled", "Hændelser", erased)
	}
	return q.redirect("/haendelser")
}

var eventText = text{
	"Hændelser": "Events", "De daterede forhold, som frister regnes fra: fratrædelse, fraflytning, afslag. Uden en dato i registret skal et element, hvis regel regner fra en hændelse, vurderes.": "The dated facts that periods count from: end of employment, moving out, rejection. Without a date in the register an item whose rule counts from an event needs review.",
	"Indlæste filer": "Imported files", "Indlæst": "Imported", "Tæller": "Count", "Der er ingen hændelser.": "There are no events.",
	"Vis hændelser": "Show the events", "Hændelse": "Event", "Dato": "Date", "Angår": "About", "annulleret": "cancelled", "Annullér": "Cancel", "Hvorfor annulleres den?": "Why is it cancelled?",
	"hændelser mere er ikke vist": "more events are not shown", "Indlæs en fil": "Import a file", "CSV-fil, højst 5 MiB": "CSV file, 5 MiB at most", "Vis, hvad filen ændrer": "Show what the file changes",
	"Kolonner: cpr, navn, postkasse, sti, sag, hændelse, dato, kilde. CPR-numre gøres til nøglede værdier med det samme og gemmes ikke.": "Columns: cpr, name, mailbox, path, case, event, date, source. CPR numbers are turned into keyed values at once and are not kept.",
	"Vælg en fil på højst 5 MiB.": "Choose a file of 5 MiB at most.",
	"Filen er ikke den, du sidst har set, eller det er for længe siden. Indlæs den igen.": "The file is not the one that you saw last, or that is too long ago. Load it again.",
	"Import af hændelser": "Import of events", "Intet er indlæst endnu.": "Nothing has been imported yet.", "rækker": "rows", "nye hændelser": "new events", "kendte i forvejen eller gentaget": "known already or repeated",
	"Kendte i beholdningen": "Known in the inventory", "Elementer, som ændres": "Items that change", "Ændring": "Change", "Ingen regel regner fra hændelsen.": "No rule counts from the event.",
	"Kolonnen kilde nævner ingen af kilderne her; hændelserne gælder i alle kilder.":                                            "The column source names none of the sources here; the events count in all sources.",
	"Der er for meget at tælle, mens du venter: tallene er mindst så store. Alle elementer får hændelserne, når de er indlæst.": "There is too much to count while you wait: the numbers are at least so large. All items get the events once they are imported.",
	"Indlæs hændelserne": "Import the events", "Filen indeholder intet nyt.": "The file has nothing new.", "Fortryd": "Go back", "Hændelsen er annulleret": "The event is cancelled",
	"elementer var allerede slettet på grund af den. Det kan ikke fortrydes.": "items had been erased because of it. That cannot be undone.",
}
