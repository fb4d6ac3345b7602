// Package report renders what slet knows for the people who answer for it: the
// findings report as one self-contained HTML file, as CSV and as JSON.
//
// Rendering is pure: the same [Report] gives the same bytes. A report is made
// to be passed on, so it carries no value that identifies a person: values
// arrive masked, paths through the same mask, persons as numbers of persons.
// What could not be examined has a section of its own, above the findings:
// silence about it would be the worst thing a report can do.
//
// The language is the DPO's: Danish.
package report

import (
	"iter"
	"time"

	"github.com/sletdk/slet/retention"
)

// Report is all that is shown, ready to be rendered.
type Report struct {
	// Lang is the language of the pages and the workbook; JSON has none.
	Lang Lang `json:"-"`

	Organisation string    `json:"organisation"`
	CVR          string    `json:"cvr,omitempty"`
	Controller   string    `json:"controller,omitempty"` // dataansvarlig
	Processor    string    `json:"processor,omitempty"`  // databehandler
	Generated    time.Time `json:"generated"`
	Program      string    `json:"program"` // name and version
	Schedule     string    `json:"schedule"`
	ScheduleHash string    `json:"schedule_hash,omitempty"`
	Enforce      bool      `json:"enforce"` // false: dry run
	// Lexicon is the version of the lexicon, Detectors the fingerprint of all that
	// looked for personal data.
	Lexicon   string `json:"lexicon,omitempty"`
	Detectors string `json:"detectors,omitempty"`

	Sources  []Source `json:"sources"`
	Gaps     []Gap    `json:"gaps"`      // every place that could not be examined, at most MaxGaps
	GapCount []Count  `json:"gap_count"` // by reason, exact
	Findings []Count  `json:"findings"`  // items with personal data, by category and confidence
	Decided  []Count  `json:"decided"`   // items by disposition
	Due      Bands    `json:"due"`
	Plans    []Plan   `json:"plans"`
	Erased   []Erased `json:"erased"` // of executed plans
	Holds    []Hold   `json:"holds"`
	Audit    AuditLog `json:"audit"`
	Persons  int64    `json:"persons"` // distinct CPR numbers
	// Warnings are what is doubtful in the schedule; those of which ForDPO is
	// true are findings of their own.
	Warnings []retention.Warning `json:"schedule_findings,omitempty"`
	// Forecast is what falls due in the coming months; nil leaves it out.
	Forecast *Forecast `json:"forecast,omitempty"`
	// Trend is how it stood in the last twelve months; nil leaves it out.
	Trend Trend `json:"trend,omitempty"`
	// Decisions and Incidents are what has happened since the last report; of
	// incidents at most MaxIncidents, the newest first. IncidentCount is exact.
	Decisions     *Decisions `json:"decisions,omitempty"`
	Incidents     []Incident `json:"incidents,omitempty"`
	IncidentCount []Count    `json:"incident_count,omitempty"`
	// Departments are the findings by whose they are, the most first.
	Departments []Department `json:"departments,omitempty"`
	// Documents are items by document type, of those that have one.
	Documents []Count `json:"documents,omitempty"`
	// Cameras are how it stands with the recordings.
	Cameras []CameraStatus `json:"cameras,omitempty"`
	// Duplicates are items with the same content as another.
	Duplicates Duplicates `json:"duplicates"`
	// FalsePositives are matches that a person has judged to be none.
	FalsePositives int64 `json:"false_positives,omitempty"`
	// Uncovered are the systems that slet cannot look into.
	Uncovered []Uncovered           `json:"uncovered,omitempty"`
	Items     iter.Seq2[Row, error] `json:"-"`
}

// Uncovered is a system that slet cannot look into, and when a person last saw
// by hand that its deadline is kept.
type Uncovered struct {
	ID       string    `json:"id"`
	System   string    `json:"system"`
	Title    string    `json:"title"`
	Deadline string    `json:"deadline,omitempty"` // in words; "" when none is set
	By       string    `json:"by"`                 // who checks
	Checked  time.Time `json:"checked,omitzero"`   // zero when never
	Person   string    `json:"person,omitempty"`   // who did last; masked
	Next     time.Time `json:"next,omitzero"`      // when the next control is overdue
	Overdue  bool      `json:"overdue"`
}

// Duplicates are the contents that lie in several places.
type Duplicates struct {
	Sets    int64          `json:"sets"`
	Extra   int64          `json:"extra"` // items beyond the first of each
	Bytes   int64          `json:"bytes"` // of these
	Largest []DuplicateSet `json:"largest,omitempty"`
}

// DuplicateSet is one content in several places, named by one of its items.
type DuplicateSet struct {
	Ref     string `json:"item"`
	Size    int64  `json:"size"`
	N       int64  `json:"n"`
	Sources int64  `json:"sources"`
}

// MaxDuplicates is how many sets are listed.
const MaxDuplicates = 20

// MaxGaps and MaxRows bound what a page lists one by one; the counts are always exact, and
// CSV and JSON list everything.
const (
	MaxGaps = 500
	MaxRows = 2000
)

// Source is one storage and its last scan.
type Source struct {
	Name     string    `json:"name"`
	Type     string    `json:"type"`
	Place    string    `json:"place"`
	Account  string    `json:"account,omitempty"` // the service account that reads; a name
	Scanned  time.Time `json:"scanned"`           // end of the last scan; zero when never
	Complete bool      `json:"complete"`          // false: the last scan ended early

	Seen           int64 `json:"seen"`
	Examined       int64 `json:"examined"` // scanned and unchanged
	Partly         int64 `json:"partly"`   // of Examined: with something in it that could not be read
	Skipped        int64 `json:"skipped"`
	Failed         int64 `json:"failed"`
	Gaps           int64 `json:"gaps"`
	PrivateFolders int64 `json:"private_folders"`
	Bytes          int64 `json:"bytes"`
}

// Gap is a place that could not be examined.
type Gap struct {
	Source string `json:"source"`
	Path   string `json:"path"` // masked
	Where  string `json:"where,omitempty"`
	Reason string `json:"gap"`
	Error  string `json:"error"` // masked
}

// Count is a number with its name; Sure is the part of N that is confirmed.
type Count struct {
	Name string `json:"name"`
	N    int64  `json:"n"`
	Sure int64  `json:"sure,omitempty"`
}

// Bands are the items past their period, by how long they have been, and those
// that will be soon.
type Bands struct {
	Month    int64 `json:"past_0_30_days"`
	HalfYear int64 `json:"past_1_6_months"`
	Year     int64 `json:"past_6_12_months"`
	Longer   int64 `json:"past_over_1_year"`
	Next30   int64 `json:"next_30_days"`
	Next90   int64 `json:"next_31_90_days"`
}

// Row is one item in the list.
type Row struct {
	Ref          string `json:"item"`
	Source       string `json:"source"`
	Path         string `json:"path"`                 // masked
	Department   string `json:"department,omitempty"` // see [Department]; masked
	Kind         string `json:"kind"`
	DocumentType string `json:"document_type,omitempty"`
	Size         int64  `json:"size"`

	Matches []Count `json:"matches"` // by category
	Persons int     `json:"persons"`
	Gaps    int     `json:"gaps"`

	Disposition retention.Disposition `json:"disposition"`
	Rule        string                `json:"rule,omitempty"`
	Trigger     string                `json:"trigger,omitempty"`
	TriggerDate time.Time             `json:"trigger_date,omitzero"`
	DueDate     time.Time             `json:"due,omitzero"`
	Reasons     []retention.Reason    `json:"reasons,omitempty"`
	State       string                `json:"state"`
}

// Plan is a plan and how far it has come.
type Plan struct {
	ID       string    `json:"plan"`
	Created  time.Time `json:"created"`
	State    string    `json:"state"`
	Approver string    `json:"approver,omitempty"`
	Approved time.Time `json:"approved,omitzero"`
	Items    int       `json:"items"`
	Bytes    int64     `json:"bytes"`
}

// Erased is one item of an executed plan, whatever became of it.
type Erased struct {
	Plan      string    `json:"plan"`
	Ref       string    `json:"item"`
	Path      string    `json:"path"` // masked
	Rule      string    `json:"rule"`
	Result    string    `json:"result"`
	Method    string    `json:"method,omitempty"`
	Assurance string    `json:"assurance,omitempty"`
	Caveats   []string  `json:"caveats,omitempty"`
	Finished  time.Time `json:"finished,omitzero"`
}

// Hold is something that is kept whatever the schedule says.
type Hold struct {
	ID     string    `json:"hold"`
	What   string    `json:"what"`
	Reason string    `json:"reason"`
	Owner  string    `json:"owner"`
	Review time.Time `json:"review,omitzero"`
	// ReviewOverdue: nobody has looked at it again in time.
	ReviewOverdue bool `json:"review_overdue,omitempty"`
	// Notify is by when the person whom a dispute about recordings is about must
	// be told; zero when there is no such duty. Notified is when that was done.
	Notify   time.Time `json:"notify,omitzero"`
	Notified time.Time `json:"notified,omitzero"`
}

// AuditLog is the state of the audit log when the report was made. Head, kept
// by somebody else, shows later whether the log was cut or rewritten.
type AuditLog struct {
	Lines   int    `json:"lines"`
	Head    string `json:"head"`
	OK      bool   `json:"ok"`
	Problem string `json:"problem,omitempty"`
}
