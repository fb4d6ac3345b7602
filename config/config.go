// Package config reads slet.yaml, IT's file: where to look, with what limits,
// and whether anything may be erased at all. The retention schedule is the
// DPO's file and is read by package retention.
//
// [Load] is strict: an unknown key, a wrong type or a value out of range is an
// error that names file, line and key, and the nearest thing that would have
// been right; several errors are joined, one line each. What Load returns needs
// no further checking: every field is set, every path is absolute.
//
// Every scalar outside lists can be overridden from the environment: the key
// in upper case, its dots as underscores, with SLET_ in front. SLET_STATE_DIR
// is state_dir, SLET_ERASE_MODE is erase.mode, SLET_EXTRACT_LIMITS_SIZE is
// extract.limits.size. Such a relative path, too, is relative to the folder of
// slet.yaml. An empty variable is as if it was not there. One thing the
// environment cannot do: turn erasing on.
//
// Secrets are named, never written: see [Secret].
//
// The package is a leaf: it imports no other package of slet.
package config

import "time"

// Config is slet.yaml, checked, with defaults filled in and paths absolute.
type Config struct {
	// File is where it was read from.
	File string `mapstructure:"-"`
	// Warnings are what is allowed but should be looked at, a line each.
	Warnings []string `mapstructure:"-"`

	Organisation Organisation `mapstructure:"organisation"`
	// StateDir is the folder of the store, the audit log and the installation
	// key. Default: state, beside slet.yaml. It may not lie inside a source.
	StateDir string `mapstructure:"state_dir"`
	// Schedule is the retention schedule. Default: schedule.yaml.
	Schedule string `mapstructure:"schedule"`
	// Sources are the storages to look at; at least one.
	Sources []Source `mapstructure:"sources"`
	Extract Extract  `mapstructure:"extract"`
	Detect  Detect   `mapstructure:"detect"`
	Erase   Erase    `mapstructure:"erase"`
	CCTV    Sweeps   `mapstructure:"cctv"`
	Log     Log      `mapstructure:"log"`
	Store   Store    `mapstructure:"store"`
	Web     Web      `mapstructure:"web"`
	Audit   Audit    `mapstructure:"audit"`
	// Snippets says how long the words around matches are kept.
	Snippets Snippets `mapstructure:"snippets"`
	// Owners say to whom findings are routed; the first that fits does.
	Owners []Owner `mapstructure:"owners"`
	// Service and Notify are for slet run.
	Service Service `mapstructure:"service"`
	Notify  Notify  `mapstructure:"notify"`
}

// Organisation is who slet works for, as it appears on reports and certificates.
type Organisation struct {
	Name string `mapstructure:"name"`
	CVR  string `mapstructure:"cvr"` // eight digits, or empty
	// Controller is the data controller (dataansvarlig) where that is somebody
	// else, Processor who runs slet on the controller's behalf (databehandler).
	Controller string `mapstructure:"controller"`
	Processor  string `mapstructure:"processor"`
}

// Source is one storage.
type Source struct {
	// Name is what the source is called everywhere: lower case letters,
	// digits, - and _, at most 32, unique.
	Name string `mapstructure:"name"`
	// Type is files (a local folder, or a share that is mounted), smb (a share),
	// imap (mailboxes) or cctv (recordings, in a folder or on a share).
	Type string `mapstructure:"type"`
	// Path is the folder of a source of files, or of recordings.
	Path string `mapstructure:"path"`
	SMB  SMB    `mapstructure:"smb"`
	IMAP IMAP   `mapstructure:"imap"`
	CCTV CCTV   `mapstructure:"cctv"`
	// Exclude are globs (doublestar) below Path of what is left alone.
	Exclude []string `mapstructure:"exclude"`
	// Workers is how many items are examined at a time; 0 is as many as there
	// are processors, and at least 8 of a server's.
	Workers int  `mapstructure:"workers" range:"0 256"`
	Rate    Rate `mapstructure:"rate"`
	// Scan is when slet run looks at it.
	Scan ScanTimes `mapstructure:"scan"`
}

// Rate is the most that is asked of a source per second; 0 is no limit.
type Rate struct {
	Items float64 `mapstructure:"items" range:"0 1000000"` // opened
	Bytes Size    `mapstructure:"bytes" range:"0 "`        // read
}

// Extract says how text is got out of items.
type Extract struct {
	// PDF is full (in a worker process; the default) or light (in process,
	// loses text without noticing).
	PDF string `mapstructure:"pdf" oneof:"full light"`
	// OCR reads images and image-only pages with the tesseract program.
	// Without it they are gaps. Default: false.
	OCR    bool   `mapstructure:"ocr"`
	Limits Limits `mapstructure:"limits"`
}

// Limits is the budget of one item. Going over any of them is a gap in the
// report, never silence.
type Limits struct {
	Size  Size          `mapstructure:"size" range:"1 "`          // of the item itself; default 2GiB
	Total Size          `mapstructure:"total" range:"1 "`         // unpacked, all levels together; default 1GiB
	Ratio int64         `mapstructure:"ratio" range:"1 1000000"`  // unpacked bytes per packed byte; default 200
	Depth int           `mapstructure:"depth" range:"1 64"`       // containers inside containers; default 8
	Parts int           `mapstructure:"parts" range:"1 10000000"` // entries of all containers; default 100000
	Time  time.Duration `mapstructure:"time" range:"1s 24h"`      // for the whole item; default 2m
}

// Detect says what is looked for.
type Detect struct {
	// Disabled are the names of detectors that are not run.
	Disabled []string `mapstructure:"disabled"`
	// Lexicon are terms of the organisation's own, beside those built in.
	Lexicon []Term `mapstructure:"lexicon"`
	// Custom are words and expressions of the organisation's own.
	Custom []Custom `mapstructure:"custom"`
	// Workers is how many items are examined at a time over all sources; 0 is
	// as many as there are processors.
	Workers int `mapstructure:"workers" range:"0 256"`
}

// Term is a term of the lexicon; see detectors.Term for what is allowed.
type Term struct {
	Category string   `mapstructure:"category"` // such as helbred, or a new one
	Text     string   `mapstructure:"text"`
	Strength int      `mapstructure:"strength" range:"1 3"` // 3 strong, 2 medium, 1 weak
	Mode     string   `mapstructure:"mode"`                 // word, prefix (default) or compound
	With     []string `mapstructure:"with"`                 // words of which one must stand near
}

// Custom is a rule of the organisation's own; see detectors.Custom.
type Custom struct {
	Name       string   `mapstructure:"name"`
	Category   string   `mapstructure:"category"`
	Words      []string `mapstructure:"words"`
	Expression string   `mapstructure:"expression"` // RE2
	Literal    string   `mapstructure:"literal"`    // text without which the expression cannot match
}

// The modes of erasing.
const (
	DryRun  = "dry-run"
	Enforce = "enforce"
)

// Erase says whether anything is erased, and where erasing stops by itself.
type Erase struct {
	// Mode is dry-run (the default: nothing can be erased) or enforce.
	Mode string `mapstructure:"mode" oneof:"dry-run enforce"`
	// MaxItems is how many items one run erases at most; default 10000.
	MaxItems int `mapstructure:"max_items" range:"1 1000000000"`
	// MaxBytes is how many bytes one run erases at most; default 1TiB.
	MaxBytes Size `mapstructure:"max_bytes" range:"1 "`
	// MaxPercent is how much of a source's items one run erases at most;
	// default 50.
	MaxPercent float64 `mapstructure:"max_percent" range:"0 100"`
	// PercentFrom is how many items a source must have for MaxPercent to mean
	// anything; default 100.
	PercentFrom int `mapstructure:"percent_from" range:"0 1000000000"`
	// StopFile stops erasing between two items while it exists. Default: STOP
	// in the state folder.
	StopFile string `mapstructure:"stop_file"`
	// SecondApproval says which plans need a second approver.
	SecondApproval SecondApproval `mapstructure:"second_approval"`
	// NotApprovers may not approve, by name or by the account of the operating
	// system: those who configure the agent.
	NotApprovers []string `mapstructure:"not_approvers"`
	// WaitingPeriod is how long after its approval a plan can still be
	// cancelled before anything is erased; default 0.
	WaitingPeriod time.Duration `mapstructure:"waiting_period" range:"0s 8760h"`
	// ApprovalExpires is how long after that an approval is good; default 720h.
	ApprovalExpires time.Duration `mapstructure:"approval_expires" range:"1h 8760h"`
	// OwnersNotice is how long before its erasure the owner of an item was told
	// of it, as a period such as P14D; without it owners are not waited for.
	OwnersNotice string `mapstructure:"owners_notice"`
	// Window is when items may be erased.
	Window Window `mapstructure:"window"`
	// BackupDays is how many days the oldest backup is kept: what is erased is
	// gone from the backups too after so long, says the certificate. 0 is not known.
	BackupDays int `mapstructure:"backup_days" range:"0 36500"`
}

// Enforced reports whether erasing has been turned on.
func (e Erase) Enforced() bool { return e.Mode == Enforce }

// Log says how slet tells what it does, on standard error.
type Log struct {
	Format string `mapstructure:"format" oneof:"text json"`            // default text
	Level  string `mapstructure:"level" oneof:"debug info warn error"` // default info
}

// Store is where what is known is kept.
type Store struct {
	// DSN names the database, sqlite:PATH or postgres://…, by reference,
	// because it may hold a password. Without it: slet.db in the state folder.
	DSN Secret `mapstructure:"dsn"`
}

// defaults are the values of what a file does not say.
func defaults() Config {
	return Config{
		StateDir: "state",
		Schedule: "schedule.yaml",
		Extract: Extract{PDF: "full", Limits: Limits{
			Size: 2 << 30, Total: 1 << 30, Ratio: 200, Depth: 8, Parts: 100_000, Time: 2 * time.Minute,
		}},
		Erase:    Erase{Mode: DryRun, MaxItems: 10_000, MaxBytes: 1 << 40, MaxPercent: 50, PercentFrom: 100, ApprovalExpires: 30 * 24 * time.Hour},
		CCTV:     Sweeps{Margin: 12 * time.Hour},
		Log:      Log{Format: "text", Level: "info"},
		Web:      Web{Listen: "127.0.0.1:8417", Idle: 30 * time.Minute, Life: 10 * time.Hour},
		Audit:    Audit{Rotate: 64 << 20},
		Snippets: Snippets{Keep: "P90D"},
		Service:  defaultService(),
		Notify:   defaultNotify(),
	}
}
