package retention_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/text/encoding/charmap"

	"github.com/sletdk/slet/retention"
)

// testKeys stand in for the installation's key.
var testKeys = retention.EventKeys{
	Subject: func(cpr string) string { return "p:" + cpr },
	Person:  func(name string) string { return "n:" + name },
}

func readEvents(text string) ([]retention.EventRow, error) {
	return retention.ReadEvents("f.csv", strings.NewReader(text), testKeys)
}

func TestReadEvents(t *testing.T) {
	day := at("2020-01-31")
	tests := map[string]struct {
		text string
		want []retention.Event
	}{
		"danish":  {"CPR;Hændelse;Dato\r\n010758-5001;Fratrædelse;31-01-2020\r\n", []retention.Event{{Name: "fratraedelse", Date: day, Subject: "p:0107585001"}}},
		"english": {"subject,event,date\n0107585001,fratraedelse,2020-01-31\n", []retention.Event{{Name: "fratraedelse", Date: day, Subject: "p:0107585001"}}},
		"excel":   {"\ufeffsep=;\nPostkasse;hændelse;dato\nanna@example.dk;afslag;31.1.2020 00:00\n;;\n\n", []retention.Event{{Name: "afslag", Date: day, Mailbox: "anna@example.dk"}}},
		"folder":  {"sti;hændelse;dato\nPersonale\\Anna Hansen\\;afslag;31-1-2020\n", []retention.Event{{Name: "afslag", Date: day, Path: "Personale/Anna Hansen/**"}}},
		"glob":    {"path,event,date\n\"**/{a,b}/*.pdf\",afslag,2020-01-31\n", []retention.Event{{Name: "afslag", Date: day, Path: "**/{a,b}/*.pdf"}}},
		"case":    {"sag;hændelse;dato\n2020-001;afslag;31-01-2020\n", []retention.Event{{Name: "afslag", Date: day, Case: "2020-001"}}},
		"name":    {"navn;sti;hændelse;dato\nAnna  Hansen;HR;afslag;31-01-2020\n", []retention.Event{{Name: "afslag", Date: day, Path: "HR/**", Person: "n:Anna Hansen"}}},
		"number too": {"cpr;navn;sti;hændelse;dato\n0107585001;Anna Hansen;HR;afslag;31-01-2020\n", []retention.Event{
			{Name: "afslag", Date: day, Path: "HR/**", Subject: "p:0107585001"}, {Name: "afslag", Date: day, Path: "HR/**", Person: "n:Anna Hansen"}}},
		"name and number": {"cpr;navn;hændelse;dato\n0107585001;Anna Hansen;afslag;31-01-2020\n", []retention.Event{{Name: "afslag", Date: day, Subject: "p:0107585001"}}},
		"replacement":     {"cpr;hændelse;dato\n610758-5001;afslag;31-01-2020\n", []retention.Event{{Name: "afslag", Date: day, Subject: "p:6107585001"}}},
		"nothing":         {"cpr;hændelse;dato\n", nil},
	}
	for name, tt := range tests {
		rows, err := readEvents(tt.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got []retention.Event
		for _, r := range rows {
			got = append(got, r.Events()...)
		}
		if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreUnexported(retention.Event{})); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		if _, err := retention.NewEvents(got); err != nil {
			t.Errorf("%s: what was read is refused: %v", name, err)
		}
	}
}

// TestReadEventsWindows1252: what Excel saves as plain CSV.
func TestReadEventsWindows1252(t *testing.T) {
	text, err := charmap.Windows1252.NewEncoder().String("sti;hændelse;dato;kilde\nÅrsmøde;fratrædelse;31-01-2020;løn\n")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := readEvents(text)
	if err != nil || len(rows) != 1 || rows[0].Path != "Årsmøde/**" || rows[0].Origin != "løn" || rows[0].Line != 2 {
		t.Errorf("%+v, %v", rows, err)
	}
}

// TestReadEventsErrors: every error says where, no error quotes a number, and
// one bad row refuses the file.
func TestReadEventsErrors(t *testing.T) {
	good := "cpr;mappe;hændelse;dato\n010758-5001;;afslag;31-01-2020\n"
	tests := map[string]struct{ text, want string }{
		"empty selector":  {good + ";;afslag;31-01-2020\n", "f.csv:3:1: the event names no subject"},
		"name alone":      {"navn;hændelse;dato\nAnna;afslag;31-01-2020\n", "f.csv:2:1: the event names no subject"},
		"no date":         {good + "150370-5008;;afslag;\n", "f.csv:3:21: no date"},
		"short row":       {good + "150370-5008;;afslag\n", "f.csv:3:14: no date"},
		"american date":   {good + "150370-5008;;afslag;01/31/2020\n", "f.csv:3:21: expected a date"},
		"no such day":     {good + "150370-5008;;afslag;30-02-2020\n", "f.csv:3:21: expected a date"},
		"old date":        {good + "150370-5008;;afslag;30-01-0020\n", "f.csv:3:21: the year 20"},
		"lost zero":       {good + "10758-5001;;afslag;31-01-2020\n", "f.csv:3:1: a CPR number of nine digits"},
		"no number":       {good + "150370-500x;;afslag;31-01-2020\n", "f.csv:3:1: not a CPR number"},
		"no birthday":     {good + "321399-5018;;afslag;31-01-2020\n", "f.csv:3:1: not a CPR number"},
		"every path":      {good + ";**;afslag;31-01-2020\n", "f.csv:3:1: the selector fits everything"},
		"choices":         {good + ";" + strings.Repeat("{a}", 9) + ";afslag;31-01-2020\n", "f.csv:3:1: pattern"},
		"root":            {good + ";./;afslag;31-01-2020\n", "f.csv:3:2: the selector fits everything"},
		"share":           {good + `;\\srv\hr\a;afslag;31-01-2020`, "f.csv:3:2: expected a path below"},
		"drive":           {good + `;H:\hr;afslag;31-01-2020`, "f.csv:3:2: expected a path below"},
		"dots":            {good + `;a/../b;afslag;31-01-2020`, "f.csv:3:2: expected a path without"},
		"short case":      {"sag;hændelse;dato\n12;afslag;31-01-2020\n", "f.csv:2:1: the selector fits everything"},
		"event name":      {good + "150370-5008;;?;31-01-2020\n", "f.csv:3:14:"},
		"too many cells":  {good + "150370-5008;;afslag;31-01-2020;x\n", "f.csv:3:32: more cells"},
		"unknown column":  {"cpr;stii;hændelse;dato\n", "f.csv:1:5: no column is called \"stii\""},
		"column twice":    {"cpr;personnummer;hændelse;dato\n", "f.csv:1:5: a second column cpr"},
		"no event column": {"cpr;dato\n", "f.csv:1:1: no column event"},
		"quotes":          {good + "\"150370-5008;;afslag\n", "f.csv:"},
		"empty":           {"", "f.csv: empty"},
		"utf-16":          {"\xff\xfec\x00p\x00r\x00", "f.csv: neither UTF-8"},
	}
	for name, tt := range tests {
		rows, err := readEvents(tt.text)
		if rows != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v %v, want %q", name, rows, err, tt.want)
		} else if strings.Contains(err.Error(), "150370") {
			t.Errorf("%s: the error quotes a number: %v", name, err)
		}
	}
	_, err := readEvents(good + strings.Repeat(";;afslag;31-01-2020\n", 100))
	if err == nil || !strings.Contains(err.Error(), "and 80 more errors") || !errors.Is(err, retention.ErrEmptySelector) {
		t.Errorf("%v", err)
	}
}

// FuzzReadEvents: whatever a file holds, it is refused with a place, or every
// event in it is one that the register takes, and about something.
func FuzzReadEvents(f *testing.F) {
	for _, s := range []string{
		"cpr;hændelse;dato\n010758-5001;afslag;31-01-2020\n",
		"sep=,\nsubject,path,mailbox,case,event,date,source\n0107585001,a/b,x@y.dk,2020-001,left,2020-01-31,arkiv\n",
		"navn;sti;h\xe6ndelse;dato\n\"Anna; Hansen\";HR\\*;afslag;1.2.2020\n", "\ufeffcpr\n", "\xff\xfe\x00",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := readEvents(string(data))
		if err != nil {
			if rows != nil || !strings.HasPrefix(err.Error(), "f.csv:") {
				t.Fatalf("%v with %d rows", err, len(rows))
			}
			return
		}
		for _, row := range rows {
			list := row.Events()
			ev, err := retention.NewEvents(list)
			if err != nil {
				t.Fatalf("%+v is refused: %v", row, err)
			}
			nobody := retention.Facts{Path: "\x01/\x01.\x01", Mailbox: "\x01", Created: time.Unix(1e9, 0)}
			rule := schedule(t, "  - {id: R, match: {path: ['**']}, trigger: 'event:"+list[0].Name+"', delete_after: P0D, action: erase}\n")
			if d := retention.Decide(nobody, rule, ev, nil, time.Unix(1e11, 0)); d.Disposition != retention.Review {
				t.Fatalf("%+v is about an item that it does not name", row)
			}
		}
	})
}
