package web

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// benchItems is how many findings the pages are measured over: a million, or
// SLET_BENCH_ITEMS.
func benchItems(b *testing.B) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("SLET_BENCH_ITEMS"), "1000000"))
	must(b, err)
	return n
}

// crowded is a site with a million findings in a store on disk.
func crowded(b *testing.B) *person {
	x := newSite(b)
	ctx := b.Context()
	sc, err := x.Store.BeginScan(ctx, "drev", x.clock)
	must(b, err)
	items := benchItems(b)
	for n := range items {
		path := fmt.Sprintf("Afdeling %d/Sager/%07d brev.docx", n%40, n)
		if n%2 == 1 {
			path = fmt.Sprintf("Afdeling %d/Sager/%05d/%07d brev.docx", n%40, n/200, n)
		}
		content := fmt.Sprint("mac", n/2)
		if n%10 == 9 {
			content = "letterhead"
		}
		must(b, sc.Record(ctx, store.Finding{
			Ref: fmt.Sprintf("i%012x", n), SourceType: "files", Fingerprint: "fp", ContentMAC: content, Examined: x.clock,
			DocumentType: []string{"", "ansoegning", "faktura_bilag"}[n%3],
			Item:         scanner.Item{Source: "drev", ID: path, Path: path, Kind: scanner.KindFile, Size: 1234, Version: "v", Modified: x.clock.AddDate(0, 0, -n%4000)},
			Counts:       []store.Count{{Detector: "cpr", Category: []string{"cpr", "helbred", "kontakt"}[n%3], Confidence: detectors.Confirmed, N: 2}},
			Subjects:     []string{keyed(strconv.Itoa(n % max(1, items/5)))},
		}))
	}
	must(b, sc.Finish(ctx, x.clock, true, store.Totals{Seen: int64(items), Scanned: int64(items)}))
	_, err = x.Store.RefreshWorklist(ctx, store.Basis{Rules: rand.Text(), Now: x.clock}, func(f store.Finding) store.Verdict {
		return store.Verdict{Disposition: []retention.Disposition{retention.Due, retention.Keep}[f.Item.Size%2], Rule: "R1", Due: f.Item.Modified.AddDate(5, 0, 0)}
	})
	must(b, err)
	must(b, x.Store.RefreshGroups(ctx))
	var owners []store.OwnerNumbers
	for n := range 5_000 {
		owners = append(owners, store.OwnerNumbers{Owner: fmt.Sprintf("medarbejder%04d", n), Waiting: int64(n % 300), Oldest: x.clock, Answered: 50, Taken: x.clock})
	}
	must(b, x.Store.SetOwnerNumbers(ctx, owners))
	data, err := json.Marshal(report.Report{Schedule: "1", Decided: []report.Count{{Name: "due", N: int64(items)}}})
	must(b, err)
	must(b, x.Store.AddSnapshot(ctx, store.Snapshot{Taken: x.clock, Data: data}))
	return x.somebody("anna", RoleDPO)
}

// BenchmarkForms is the time to the answer of the forms that count over the
// inventory: a hold on one item, on a folder of 25,000, on a case (which no index
// knows), and what a file of events would change, of ten persons and of a folder.
func BenchmarkForms(b *testing.B) {
	p := crowded(b)
	n := 0
	for name, send := range map[string]func() int{
		"hold an item": func() int {
			return p.post("/hold", "grund", "sag", "sti", fmt.Sprintf("Afdeling 7/Sager/%07d brev.docx", n)).Code
		},
		"hold a folder": func() int { return p.post("/hold", "grund", "sag", "sti", "Afdeling 7/**").Code },
		"hold a case":   func() int { return p.post("/hold", "grund", "sag", "sag", "2024-17").Code },
		"events, people": func() int {
			return p.upload("/haendelser", "a.csv", "cpr,event,date\n"+strings.Repeat("0107585001,fratraedelse,2019-06-30\n", 10)).Code
		},
		"events, folder": func() int {
			return p.upload("/haendelser", "a.csv", "path,event,date\nAfdeling 7/**,fratraedelse,2019-06-30\n").Code
		},
		"approve an item": func() int { return p.post("/fund/godkend", "ref", fmt.Sprintf("i%012x", 2*n)).Code },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p.x.clock = p.x.clock.Add(time.Minute) // nobody sends forms without an end
				n++
				if code := send(); code >= http.StatusInternalServerError {
					b.Fatal(code)
				}
			}
		})
	}
}

// BenchmarkPages is the time to a page's last byte over a million findings.
func BenchmarkPages(b *testing.B) {
	p := crowded(b)
	for name, path := range map[string]string{
		"overview": "/", "findings": "/fund", "findings by path": "/fund?sorter=path", "due": "/fund?afgoerelse=due", "category": "/fund?kategori=helbred",
		"search that finds": "/fund?tekst=afdeling+7", "search that finds nothing": "/fund?tekst=findes+ikke", "no such type": "/fund?type=ansoegning&kategori=kontakt",
		"finding": fmt.Sprintf("/fund/i%012x", benchItems(b)/2), "plans": "/sletteforslag", "operations": "/drift", "schedule": "/sletteplan", "owners": "/ejere", "last owners": "/ejere?side=100",
		"folders": "/fund/grupper?af=mappe", "persons": "/fund/grupper?af=person", "persons, due only": "/fund/grupper?af=person&kun=forfaldne&orden=forfald", "copies": "/fund/grupper?af=kopier",
		"a folder": "/fund?gruppe=mappe&nr=i000000000000", "a folder, all chosen": "/fund?gruppe=mappe&nr=i000000000000&alle=ja", "a person": "/fund?gruppe=person&nr=" + keyed("0"),
		"copies of a letterhead": "/fund?gruppe=kopier&nr=i000000000009",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if res := p.get(path); res.Code != http.StatusOK {
					b.Fatal(res.Code, res.Body)
				}
			}
		})
	}
}
