package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/retention"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, retention.Zone())
	if err != nil {
		panic(err)
	}
	return t
}

// sample is a report with something in every section, and hostile names.
func sample() Report {
	rows := []Row{
		{Ref: "i000000000001", Source: "faelles", Path: "Beboere/ren.txt", Kind: "file", Disposition: retention.NoRule, State: "open"},
		{Ref: "i000000000002", Source: "faelles", Path: "Vejledning/<script>alert(1)</script>.txt", Kind: "file", Size: 1234,
			Matches: []Count{{"cpr", 3, 2}}, Persons: 2, Disposition: retention.NoRule, State: "open"},
		{Ref: "i000000000003", Source: "faelles", Path: "Ansøgninger/gammel.docx", Kind: "file", Size: 2 << 20, Department: "hanne", Matches: []Count{{"cpr", 1, 1}}, Persons: 1,
			Disposition: retention.Due, Rule: "ANSOEG", Trigger: "modified", TriggerDate: at("2025-12-02 22:48"), DueDate: at("2026-06-02 22:48"), State: "planned"},
		{Ref: "i000000000004", Source: "faelles", Path: "=1+1.zip", Kind: "file", Gaps: 2, Disposition: retention.Review, Rule: "ANSOEG", State: "open"},
	}
	return Report{
		Organisation: "Demoby & Omegn", CVR: "00000000", Controller: "Demoby Kommune", Processor: "Drift A/S", Generated: at("2026-11-21 22:00"), Program: "slet test", Schedule: "v1", Enforce: true, Lexicon: "2+own", Detectors: "d1e2f3",
		Sources: []Source{
			{Name: "faelles", Type: "files", Place: "/srv/faelles", Account: `DEMOBY\svc-slet`, Scanned: at("2026-11-21 21:00"), Complete: true, Seen: 1234567, Examined: 1234560, Partly: 2, Skipped: 5, Failed: 2, Gaps: 4, PrivateFolders: 3, Bytes: 5 << 30},
			{Name: "ny", Type: "files", Place: "/srv/ny"},
		},
		Gaps:     []Gap{{"faelles", "=1+1.zip", "a.txt", "encrypted", "an encrypted entry"}},
		GapCount: []Count{{"denied", 2, 0}, {"encrypted", 2, 0}},
		Findings: []Count{{"cpr", 2, 2}},
		Decided:  []Count{{"due", 1, 0}, {"no_rule", 2, 0}, {"review", 1, 0}},
		Due:      Bands{HalfYear: 1, Next30: 7},
		Plans:    []Plan{{ID: "P-1", Created: at("2026-11-21 10:00"), State: "executed", Approver: "Dorte", Approved: at("2026-11-21 11:00"), Items: 2, Bytes: 2048}},
		Erased: []Erased{
			{Plan: "P-1", Ref: "i000000000005", Path: "a.txt", Rule: "ANSOEG", Result: "erased", Method: "overwrite+unlink", Assurance: "overwritten", Caveats: []string{"kopier andre steder"}, Finished: at("2026-11-21 12:00")},
			{Plan: "P-1", Ref: "i000000000006", Path: "b.txt", Rule: "ANSOEG", Result: "changed"},
		},
		Holds: []Hold{
			{ID: "H-1", What: "Sager/**", Reason: "retssag", Owner: "DPO", Review: at("2027-06-01 00:00")},
			{ID: "H-2", What: "kamera forhal", Reason: "tvist", Owner: "DPO", Review: at("2026-11-01 00:00"), ReviewOverdue: true, Notify: at("2026-12-01 00:00")},
			{ID: "H-3", What: "kamera port", Reason: "tvist", Owner: "DPO", Notify: at("2026-12-01 00:00"), Notified: at("2026-11-20 00:00")},
		},
		Audit:   AuditLog{Lines: 32, Head: "32:abc", OK: true},
		Persons: 3,
		Warnings: []retention.Warning{
			{Code: retention.WarnNoDeadline, Rule: "VS-02", Detail: "Medarbejderdata"},
			{Code: retention.WarnContradiction, Rule: "AA-17", Other: "AA-14", Detail: "always"},
			{Code: retention.WarnNoItems, Rule: "ANSOEG", Detail: "**/Job<er>/**"},
		},
		Forecast: sampleForecast(),
		Trend:    sampleTrend(),
		Decisions: &Decisions{Since: at("2026-11-01 08:00"), Counts: []Count{{"answer.false", 1, 0}, {"answer.keep", 3, 0}, {"hold.added", 3, 0}, {"plan.approved", 1, 0}},
			Answered: 4, FalseAnswers: 1, Overdue: []Count{{"DPO", 1, 0}}},
		Incidents: []Incident{
			{Kind: "scan.never", What: "ny"}, {Time: at("2026-11-21 12:00"), Kind: "erase.failed", Plan: "P-1", Item: "i000000000007"},
			{Time: at("2026-11-20 12:00"), Kind: "sign_in.refused", What: "<12>"},
		},
		IncidentCount: []Count{{"erase.failed", 3, 0}, {"scan.never", 1, 0}, {"sign_in.refused", 1, 0}},
		Departments: []Department{
			{Source: "faelles", Name: "hanne", Owner: true, Items: 2, Sure: 1, Due: 1}, {Source: "faelles", Name: "Vej<led>ning", Items: 1, Sure: 1},
			{Source: "faelles", Items: 1}, {Source: "faelles", Name: OtherDepartments, Items: 1},
		},
		Documents: []Count{{Name: "ansoegning", N: 2}}, FalsePositives: 4,
		Duplicates: Duplicates{Sets: 2, Extra: 3, Bytes: 4 << 20, Largest: []DuplicateSet{{Ref: "i000000000003", Size: 2 << 20, N: 2, Sources: 1}, {Ref: "i000000000009", Size: 1 << 20, N: 3, Sources: 2}}},
		Cameras: []CameraStatus{
			{Source: "kam", Camera: "<forhal>", Recordings: 720, Bytes: 3 << 30, Oldest: at("2026-10-01 12:00"), Newest: at("2026-11-21 21:00"), Over: 1200, OverBytes: 1 << 30, InDoubt: 2, Held: 3,
				Ring: true, Locked: 4, Unread: true, Unclear: true, Orphans: 2, Gaps: []RecordingGap{{at("2026-11-01 00:00"), at("2026-11-03 00:00")}}},
			{Source: "kam", Recordings: 1, Oldest: at("2026-09-01 12:00"), Newest: at("2026-09-01 12:00"), SilentSince: ptr(at("2026-09-01 12:00"))},
		},
		Uncovered: []Uncovered{
			{ID: "FB-14", System: "EG-Bolig", Title: "Husleje", Deadline: "5 år efter fraflytning", By: "Økonomi", Checked: at("2026-05-01 00:00"), Person: "Dorte", Next: at("2027-05-02 00:00")},
			{ID: "FB-28", System: "Venteliste", Title: "Venteliste", By: "Udlejningen", Overdue: true},
		},
		Items: func(yield func(Row, error) bool) {
			for _, r := range rows {
				if !yield(r, nil) {
					return
				}
			}
		},
	}
}

func ptr[T any](v T) *T { return &v }

func sampleTrend() Trend {
	t := NewTrend(at("2026-11-21 22:00"))
	t[3].Erased = 8
	t[11] = TrendMonth{Month: "2026-11", Counted: true, Items: 1234567, Gaps: 4, Due: 1, Review: 1, Over: 1200, Persons: 3, Erased: 1}
	return t
}

func sampleForecast() *Forecast {
	f := NewForecast(at("2026-11-21 22:00"))
	f.Past.Items, f.Months[1].Items, f.Months[1].Bytes = 1, 7, 2048
	return f
}

// golden compares with a file in testdata, or rewrites it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from %s; look at it, then go test ./report -update", name, file)
	}
}

func TestGolden(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer) error{
		"report.html":    func(b *bytes.Buffer) error { return HTML(b, sample()) },
		"report.csv":     func(b *bytes.Buffer) error { return CSV(b, sample()) },
		"report.en.html": func(b *bytes.Buffer) error { r := sample(); r.Lang = English; return HTML(b, r) },
		"report.jsonl":   func(b *bytes.Buffer) error { return JSON(b, sample()) },
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := write(&got); err != nil {
				t.Fatal(err)
			}
			golden(t, name, got.Bytes())
		})
	}
}

// TestHTMLIsSelfContained: no script, nothing loaded, names stay text.
func TestHTMLIsSelfContained(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, sample()); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "http://", "https://", "src=", "@import", "url("} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	for _, want := range []string{"&lt;script&gt;", "1.234.567", "Demoby &amp; Omegn", "krypteret", "Sletning er slået til", "aldrig"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page does not contain %q", want)
		}
	}
}

// TestContrast: every text colour on its ground reaches WCAG 2.1 AA, 4.5:1.
func TestContrast(t *testing.T) {
	colour := regexp.MustCompile(`--(ink|soft|blue|green|amber|red):(#[0-9a-f]{6})`)
	found := colour.FindAllStringSubmatch(htmlTemplate, -1)
	if len(found) != 6 {
		t.Fatalf("%d colours in the template, want 6", len(found))
	}
	for _, c := range found {
		for _, ground := range []string{"#ffffff", "#f4f7f9"} {
			if r := contrast(t, c[2], ground); r < 4.5 {
				t.Errorf("--%s %s on %s has contrast %.2f, want at least 4.5", c[1], c[2], ground, r)
			}
		}
	}
	for _, pair := range [][2]string{{"#a3201d", "#fbe4e3"}, {"#8a5300", "#fdf0dc"}, {"#0b4f7d", "#e3eef6"}, {"#1d6b43", "#e0f1e8"}} {
		if r := contrast(t, pair[0], pair[1]); r < 4.5 {
			t.Errorf("%s on %s has contrast %.2f, want at least 4.5", pair[0], pair[1], r)
		}
	}
}

// TestCSV: a spreadsheet reads it back, and no cell can be a formula.
func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := CSV(&b, sample()); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(b.String(), "\ufeff")
	if !ok {
		t.Error("no byte order mark: Excel takes it for Windows-1252")
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v; want 5", len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("the cell %q would be run as a formula", cell)
			}
		}
	}
}

// TestJSON: every line is an object, the first is the report without items.
func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, sample()); err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(b.String()) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("line %d: %v", n+1, err)
		}
		n++
	}
	if n != 5 {
		t.Errorf("%d lines, want the report and 4 items", n)
	}
}

// TestErrorsAreNotSwallowed: findings that cannot be read, or a disk that is
// full, fail the report.
func TestErrorsAreNotSwallowed(t *testing.T) {
	broken := errors.New("store is broken")
	r := sample()
	r.Items = iter.Seq2[Row, error](func(yield func(Row, error) bool) { yield(Row{}, broken) })
	full := errors.New("disk full")
	for name, write := range map[string]func(Report, *failing) error{
		"html": func(r Report, w *failing) error { return HTML(w, r) },
		"csv":  func(r Report, w *failing) error { return CSV(w, r) },
		"json": func(r Report, w *failing) error { return JSON(w, r) },
	} {
		if err := write(r, &failing{}); !errors.Is(err, broken) {
			t.Errorf("%s: error %v, want the store's", name, err)
		}
		if err := write(sample(), &failing{full}); !errors.Is(err, full) {
			t.Errorf("%s: error %v, want the disk's", name, err)
		}
	}
}

// failing is a writer that fails with err, if there is one.
type failing struct{ err error }

func (f *failing) Write(p []byte) (int, error) { return len(p), f.err }

// TestMemoryIsBounded: a page lists so many rows and counts the rest.
func TestMemoryIsBounded(t *testing.T) {
	r := sample()
	r.Items = func(yield func(Row, error) bool) {
		for range 3 * MaxRows {
			if !yield(Row{Matches: []Count{{"cpr", 1, 1}}, Disposition: retention.NoRule}, nil) {
				return
			}
		}
	}
	p, err := newPage(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rows) != MaxRows || p.Withheld != 2*MaxRows {
		t.Errorf("%d rows and %d withheld, want %d and %d", len(p.Rows), p.Withheld, MaxRows, 2*MaxRows)
	}
}
