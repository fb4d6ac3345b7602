package config_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/retention"
)

var update = flag.Bool("update", false, "write the golden files anew")

// write writes a configuration to a new folder and returns its path.
func write(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "slet.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const minimal = "sources:\n  - {name: faelles, type: files, path: data}\n"

func load(t testing.TB, content string) *config.Config {
	t.Helper()
	c, err := config.Load(write(t, content))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestBad: what is wrong with a file is said in one line each, with the place,
// the key and what to write instead. FILE stands for the file's path.
func TestBad(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", `FILE: the file is empty; run "slet init" in an empty folder for one to start from`},
		{"only comments", "# nothing\n", `FILE: the file is empty; run "slet init" in an empty folder for one to start from`},
		{"not yaml", "sources:\n  - {name: a\nlog: x: y\n", `FILE:2: not valid YAML: did not find expected ',' or '}'; look at what begins here, and at how it is indented`},
		{"tab", "log:\n\tlevel: info\n", `FILE:2: not valid YAML: found character that cannot start any token`},
		{"not utf-8", "organisation: {name: F\xe6lles}\n", `FILE: not valid YAML: invalid trailing UTF-8 octet (save the file as UTF-8)`},
		{"a list", "- a\n", `FILE:1: expected keys (organisation, state_dir, schedule, sources, extract, detect, erase, cctv, log, store, web, audit, snippets, owners, service, notify), found a list`},
		{"two documents", minimal + "---\n" + minimal, `FILE:3: a second document begins here (---); one is expected`},
		{"unknown key", minimal + "erase:\n  mod: enforce\n", `FILE:4: erase: unknown key "mod", did you mean "mode"?`},
		{"unknown key at the top", minimal + "state-dir: x\n", `FILE:3: unknown key "state-dir", did you mean "state_dir"?`},
		{"another case", minimal + "Log: {level: info}\n", `FILE:3: unknown key "Log", did you mean "log"?`},
		{"nothing near", minimal + "log: {colour: red}\n", `FILE:3: log: unknown key "colour"; the keys here are format, level`},
		{"key in a source", "sources:\n  - name: a\n    type: files\n    path: x\n    exlude: [y]\n", `FILE:5: sources[0]: unknown key "exlude", did you mean "exclude"?`},
		{"twice", minimal + "log: {level: info}\nlog: {level: warn}\n", `FILE:4: log: is here a second time (first in line 3)`},
		{"no entry", "sources:\n  # - {name: faelles, type: files, path: data}\n", `FILE:1: sources: has no entry; write one below it, or leave the key out`},
		{"no value", minimal + "schedule:\n", `FILE:3: schedule: has no value; leave the key out or give it one`},
		{"alias", "organisation: &a {name: x}\n" + minimal + "log: *a\n", `FILE:4: log: aliases (*a) are not read; write the value out`},
		{"mode", minimal + "erase: {mode: enforced}\n", `FILE:3: erase.mode: unknown value "enforced", did you mean "enforce"?; expected dry-run or enforce`},
		{"mode is not a truth value", minimal + "erase: {mode: true}\n", `FILE:3: erase.mode: expected dry-run or enforce, found the truth value true`},
		{"text for number", minimal + "erase: {max_items: many}\n", `FILE:3: erase.max_items: expected a whole number from 1 to 1000000000, found "many"`},
		{"zero items", minimal + "erase: {max_items: 0}\n", `FILE:3: erase.max_items: expected a whole number from 1 to 1000000000, found "0"`},
		{"percent", minimal + "erase: {max_percent: 101}\n", `FILE:3: erase.max_percent: expected a number from 0 to 100, found "101"`},
		{"percent nan", minimal + "erase: {max_percent: .nan}\n", `FILE:3: erase.max_percent: expected a number from 0 to 100, found ".nan"`},
		{"percent zero", minimal + "erase: {max_percent: 0}\n", `FILE:3: erase.max_percent: 0 would never erase anything; erase.mode: dry-run says that`},
		{"window day", minimal + "erase: {window: {days: [monday]}}\n", `FILE:3: erase.window: "monday" is not a day; expected one of sun, mon, tue, wed, thu, fri, sat`},
		{"window half", minimal + "erase: {window: {from: '22:00'}}\n", `FILE:3: erase.window: from and to come together; expected both, such as {from: "22:00", to: "05:00"}`},
		{"window time", minimal + "erase: {window: {from: '22', to: '5:00'}}\n", `FILE:3: erase.window: "22" is not a time of day; expected one such as 22:00`},
		{"window zone", minimal + "erase: {window: {zone: Danmark}}\n", `FILE:3: erase.window: "Danmark" is not a time zone; expected one such as Europe/Copenhagen`},
		{"waiting", minimal + "erase: {waiting_period: 48}\n", `FILE:3: erase.waiting_period: expected a time such as 2m or 30s from 0s to 8760h, found "48"`},
		{"size", minimal + "extract: {limits: {size: 2 GiBB}}\n", `FILE:3: extract.limits.size: "2 GiBB" is not a size; expected a size such as 2GiB, 500MB or 4096`},
		{"size zero", minimal + "extract: {limits: {size: 0}}\n", `FILE:3: extract.limits.size: expected a size such as 2GiB, 500MB or 4096, 1 at least, found "0"`},
		{"size overflow", minimal + "extract: {limits: {size: 99999999TiB}}\n", `FILE:3: extract.limits.size: "99999999TiB" is not a size; expected a size such as 2GiB, 500MB or 4096`},
		{"time without unit", minimal + "extract: {limits: {time: 2}}\n", `FILE:3: extract.limits.time: expected a time such as 2m or 30s from 1s to 24h, found "2"`},
		{"time negative", minimal + "extract: {limits: {time: -2m}}\n", `FILE:3: extract.limits.time: expected a time such as 2m or 30s from 1s to 24h, found "-2m"`},
		{"bool", minimal + "extract: {ocr: yes}\n", `FILE:3: extract.ocr: expected true or false, found "yes"`},
		{"list for text", minimal + "schedule: [a]\n", `FILE:3: schedule: expected a text, found a list`},
		{"text for list", "sources: faelles\n", `FILE:1: sources: expected a list, found "faelles"`},
		{"text for keys", minimal + "log: json\n", `FILE:3: log: expected keys (format, level), found "json"`},
		{"empty path", minimal + "state_dir: ''\n", `FILE:3: state_dir: expected a path, found nothing`},
		{"checkpoints by mail", minimal + "audit: {checkpoints: {mail: true}}\n", `FILE:3: audit.checkpoints.mail: there is no notify.smtp to send checkpoints by; configure it, or set this to false`},
		{"checkpoints by webhook", minimal + "audit: {checkpoints: {webhook: true}}\n", `FILE:3: audit.checkpoints.webhook: there is no notify.webhook to send checkpoints by; configure it, or set this to false`},
		{"cvr", minimal + "organisation: {cvr: 1234}\n", `FILE:3: organisation.cvr: "1234" is not a CVR number; expected eight digits`},
		{"no sources", "log: {level: info}\n", `FILE:1: sources: no storage to look at; expected at least one, such as - {name: faelles, type: files, path: /srv/faelles}`},
		{"no name", "sources:\n  - {type: files, path: x}\n", `FILE:2: sources[0].name: is missing; expected a short unique name such as faelles`},
		{"name", "sources:\n  - {name: Fælles, type: files, path: x}\n", `FILE:2: sources[0].name: "Fælles" cannot be a name; expected lower case letters a-z, digits, - and _, 32 at most`},
		{"name taken", minimal + "  - {name: faelles, type: files, path: y}\n", `FILE:3: sources[1].name: "faelles" is taken by the source in line 2`},
		{"cctv nowhere", "sources:\n  - {name: kam, type: cctv}\n", `FILE:2: sources[0].path: is missing; expected a folder`},
		{"cctv twice", "sources:\n  - {name: kam, type: cctv, path: x, smb: {address: a, share: b, username: c, password: env:X}}\n", `FILE:2: sources[0].path: recordings are in a folder (path) or on a share (smb), not in both`},
		{"cctv mode", "sources:\n  - {name: kam, type: cctv, path: x, cctv: {mode: D}}\n", `FILE:2: sources[0].cctv.mode: unknown value "D", did you mean "A"?; expected A or B or C`},
		{"cctv camera", "sources:\n  - {name: kam, type: cctv, path: x, cctv: {cameras: [{name: a}]}}\n", `FILE:2: sources[0].cctv.cameras[0].zone: is missing; expected a zone such as Etc/GMT-1`},
		{"cctv recorder", "sources:\n  - {name: kam, type: cctv, path: x, cctv: {recorder: {username: a}}}\n", `FILE:2: sources[0].cctv.recorder.url: is missing; expected the recorder's address`},
		{"cctv secret", "sources:\n  - {name: kam, type: cctv, path: x, cctv: {recorder: {url: a, password: hemmelig}}}\n", `FILE:2: sources[0].cctv.recorder.password: a secret is not written here; expected env:NAME, file:PATH or cred:NAME (a systemd credential)`},
		{"type unknown", "sources:\n  - {name: a, type: file, path: x}\n", `FILE:2: sources[0].type: unknown type "file", did you mean "files"?; expected files, smb, imap or cctv`},
		{"no type", "sources:\n  - {name: a, path: x}\n", `FILE:2: sources[0].type: is missing; expected files, smb, imap or cctv`},
		{"no path", "sources:\n  - {name: a, type: files}\n", `FILE:2: sources[0].path: is missing; expected a folder`},
		{"glob", "sources:\n  - {name: a, type: files, path: x, exclude: ['[a']}\n", `FILE:2: sources[0].exclude[0]: "[a" is not a valid glob; expected one such as "**/Kopi/**"`},
		{"glob windows", "sources:\n  - {name: a, type: files, path: x, exclude: ['a\\b']}\n", `FILE:2: sources[0].exclude[0]: "a\\b": globs begin below the source's path, with / between folders`},
		{"literal secret", minimal + "store: {dsn: 'postgres://slet:hemmelig@db/slet'}\n", `FILE:3: store.dsn: a secret is not written here; expected env:NAME, file:PATH or cred:NAME (a systemd credential)`},
		{"half a secret", minimal + "store: {dsn: 'env:'}\n", `FILE:3: store.dsn: nothing after env:; expected env:NAME, file:PATH or cred:NAME (a systemd credential)`},
		{"credential with a path", minimal + "store: {dsn: 'cred:../x'}\n", `FILE:3: store.dsn: the name of a credential has no folders; expected cred:NAME`},
		{"schedule", minimal + "service: {propose: daily}\n", `FILE:3: service.propose: "daily" is no schedule; expected five fields such as "15 1 * * *" (01:15 every night), @daily, or off`},
		{"schedule never", minimal + "service: {prune: '0 0 30 2 *'}\n", `FILE:3: service.prune: "0 0 30 2 *" never comes; expected five fields such as "15 1 * * *" (01:15 every night), @daily, or off`},
		{"schedule with a zone", minimal + "service: {prune: 'CRON_TZ=UTC'}\n", `FILE:3: service.prune: "CRON_TZ=UTC": the zone stands in service.zone; expected five fields such as "15 1 * * *" (01:15 every night), @daily, or off`},
		{"snippets", minimal + "snippets: {keep: 90}\n", `FILE:3: snippets.keep: "90" is not a period; expected one such as P90D, or off`},
		{"snippets of no time", minimal + "snippets: {keep: P0D}\n", `FILE:3: snippets.keep: "P0D" is not a period; expected one such as P90D, or off`},
		{"zone", minimal + "service: {zone: Danmark}\n", `FILE:3: service.zone: "Danmark" is not a time zone; expected one such as Europe/Copenhagen`},
		{"scan times", "sources:\n  - name: a\n    type: files\n    path: x\n    scan: {schedule: '61 * * * *'}\n", `FILE:5: sources[0].scan.schedule: "61 * * * *" is no schedule; expected five fields such as "15 1 * * *" (01:15 every night), @daily, or off`},
		{"scan window", "sources:\n  - name: a\n    type: files\n    path: x\n    scan: {window: {from: '22:00'}}\n", `FILE:5: sources[0].scan.window: from and to come together; expected both, such as {from: "22:00", to: "05:00"}`},
		{"backup in a source", "sources:\n  - {name: a, type: files, path: /srv/a}\nservice: {backup: {dir: /srv/a/backup}}\n", `FILE:3: service.backup.dir: /srv/a/backup lies inside source a; a backup holds what slet knows of it`},
		{"mail without address", minimal + "notify: {smtp: {address: mail, from: slet, to: [dpo@kommune.dk]}}\n", `FILE:3: notify.smtp.from: "slet" is no mail address; expected one such as slet@kommune.dk`},
		{"mail in clear", minimal + "notify: {smtp: {address: mail, security: none, from: slet@kommune.dk, to: [dpo@kommune.dk]}}\n", `FILE:3: notify.smtp.security: none is for a mail server on this machine; expected starttls or tls`},
		{"webhook in clear", minimal + "notify: {webhook: {url: 'http://chat.kommune.dk/x'}}\n", `FILE:3: notify.webhook.url: is no https address`},
		{"two errors", "log: {level: loud}\nerase: {mode: on}\n", `FILE:1: log.level: unknown value "loud"; expected debug or info or warn or error
FILE:2: erase.mode: unknown value "on"; expected dry-run or enforce`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, tt.in)
			_, err := config.Load(path)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tt.want, strings.ReplaceAll(err.Error(), path, "FILE")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	c := load(t, minimal)
	dir := filepath.Dir(c.File)
	got := []any{c.StateDir, c.Schedule, c.Sources[0].Path, c.Extract.PDF, c.Extract.Limits, c.Erase, c.Log, len(c.Warnings)}
	want := []any{
		filepath.Join(dir, "state"), filepath.Join(dir, "schedule.yaml"), filepath.Join(dir, "data"), "full",
		config.Limits{Size: 2 << 30, Total: 1 << 30, Ratio: 200, Depth: 8, Parts: 100000, Time: 120e9},
		config.Erase{Mode: "dry-run", MaxItems: 10000, MaxBytes: 1 << 40, MaxPercent: 50, PercentFrom: 100, ApprovalExpires: 720 * time.Hour, StopFile: filepath.Join(dir, "state", "STOP")},
		config.Log{Format: "text", Level: "info"}, 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if c.Erase.Enforced() {
		t.Error("erasing is enforced by default")
	}
	dsn, err := c.StoreDSN()
	if want := "sqlite:" + filepath.Join(dir, "state", "slet.db"); err != nil || dsn != want {
		t.Errorf("dsn %q (%v), want %q", dsn, err, want)
	}
}

// TestText: what is written as a text stays as it was written.
func TestText(t *testing.T) {
	c := load(t, minimal+"organisation: {name: 007, cvr: 01234567}\n")
	if c.Organisation.Name != "007" || c.Organisation.CVR != "01234567" {
		t.Errorf("%+v", c.Organisation)
	}
}

func TestPaths(t *testing.T) {
	root := t.TempDir()
	c := load(t, fmt.Sprintf("state_dir: %[1]s/st/../state\nschedule: ../plan.yaml\nsources: [{name: a, type: files, path: %[1]s/x}]\nerase: {stop_file: halt}\n", filepath.ToSlash(root)))
	dir := filepath.Dir(c.File)
	got := []string{c.StateDir, c.Schedule, c.Sources[0].Path, c.Erase.StopFile}
	want := []string{filepath.Join(root, "state"), filepath.Join(filepath.Dir(dir), "plan.yaml"), filepath.Join(root, "x"), filepath.Join(dir, "halt")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("SLET_ERASE_MODE", "dry-run")
	t.Setenv("SLET_ERASE_MAX_ITEMS", "7")
	t.Setenv("SLET_ERASE_MAX_PERCENT", "2.5")
	t.Setenv("SLET_EXTRACT_OCR", "true")
	t.Setenv("SLET_EXTRACT_LIMITS_SIZE", "1MiB")
	t.Setenv("SLET_EXTRACT_LIMITS_TIME", "5s")
	t.Setenv("SLET_STATE_DIR", "elsewhere")
	t.Setenv("SLET_ORGANISATION_CVR", "01234567")
	t.Setenv("SLET_STORE_DSN", "env:SLET_TEST_DSN")
	t.Setenv("SLET_TEST_DSN", "postgres://x")
	t.Setenv("SLET_LOG_LEVEL", "") // as if it was not there
	c := load(t, minimal+"erase: {mode: enforce, percent_from: 3}\nlog: {level: warn}\n")
	got := []any{c.Erase.Mode, c.Erase.MaxItems, c.Erase.MaxPercent, c.Erase.PercentFrom, c.Extract.OCR, c.Extract.Limits.Size,
		c.Extract.Limits.Time.String(), filepath.Base(c.StateDir), c.Organisation.CVR, c.Log.Level}
	want := []any{"dry-run", 7, 2.5, 3, true, config.Size(1 << 20), "5s", "elsewhere", "01234567", "warn"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if dsn, err := c.StoreDSN(); dsn != "postgres://x" || err != nil {
		t.Errorf("dsn %q (%v)", dsn, err)
	}
}

// TestEnvironmentTurnsNothingOn: a variable in somebody's shell is no decision
// to erase.
func TestEnvironmentTurnsNothingOn(t *testing.T) {
	t.Setenv("SLET_ERASE_MODE", "enforce")
	for _, erase := range []string{"", "erase: {mode: dry-run}\n", "erase: {max_items: 7}\n"} {
		if c, err := config.Load(write(t, minimal+erase)); err == nil || !strings.Contains(err.Error(), "the environment can turn erasing off, not on") {
			t.Errorf("%q: %v %v", erase, c, err)
		}
	}
	if c := load(t, minimal+"erase: {mode: enforce}\n"); !c.Erase.Enforced() {
		t.Error("the file itself says enforce")
	}
}

func TestBadEnvironment(t *testing.T) {
	for name, tt := range map[string]struct{ value, want string }{
		"SLET_ERASE_MODE":       {"enforc", `SLET_ERASE_MODE: unknown value "enforc", did you mean "enforce"?; expected dry-run or enforce`},
		"SLET_ERASE_MAX_ITEMS":  {"-1", `SLET_ERASE_MAX_ITEMS: expected a whole number from 1 to 1000000000, found "-1"`},
		"SLET_STORE_DSN":        {"postgres://slet:hemmelig@db", `SLET_STORE_DSN: a secret is not written here; expected env:NAME, file:PATH or cred:NAME (a systemd credential)`},
		"SLET_ORGANISATION_CVR": {"12", `SLET_ORGANISATION_CVR: organisation.cvr: "12" is not a CVR number; expected eight digits`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, tt.value)
			if _, err := config.Load(write(t, minimal)); err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// TestEnvironmentNames: the documented rule gives every scalar its variable.
func TestEnvironmentNames(t *testing.T) {
	want := "SLET_ORGANISATION_NAME SLET_ORGANISATION_CVR SLET_ORGANISATION_CONTROLLER SLET_ORGANISATION_PROCESSOR SLET_STATE_DIR SLET_SCHEDULE SLET_EXTRACT_PDF SLET_EXTRACT_OCR " +
		"SLET_EXTRACT_LIMITS_SIZE SLET_EXTRACT_LIMITS_TOTAL SLET_EXTRACT_LIMITS_RATIO SLET_EXTRACT_LIMITS_DEPTH " +
		"SLET_EXTRACT_LIMITS_PARTS SLET_EXTRACT_LIMITS_TIME SLET_DETECT_WORKERS SLET_ERASE_MODE SLET_ERASE_MAX_ITEMS " +
		"SLET_ERASE_MAX_BYTES SLET_ERASE_MAX_PERCENT SLET_ERASE_PERCENT_FROM SLET_ERASE_STOP_FILE SLET_ERASE_SECOND_APPROVAL_ITEMS SLET_ERASE_SECOND_APPROVAL_BYTES SLET_ERASE_WAITING_PERIOD SLET_ERASE_APPROVAL_EXPIRES SLET_ERASE_OWNERS_NOTICE SLET_ERASE_WINDOW_FROM SLET_ERASE_WINDOW_TO SLET_ERASE_WINDOW_ZONE SLET_ERASE_BACKUP_DAYS SLET_CCTV_MARGIN SLET_LOG_FORMAT SLET_LOG_LEVEL SLET_STORE_DSN SLET_WEB_LISTEN SLET_WEB_URL SLET_WEB_CERT SLET_WEB_KEY SLET_WEB_BEHIND_PROXY SLET_WEB_IDLE SLET_WEB_LIFE " +
		"SLET_WEB_OIDC_ISSUER SLET_WEB_OIDC_CLIENT_ID SLET_WEB_OIDC_CLIENT_SECRET SLET_WEB_OIDC_REDIRECT_URL SLET_WEB_OIDC_CLAIM SLET_AUDIT_CHECKPOINTS_FILE SLET_AUDIT_CHECKPOINTS_MAIL SLET_AUDIT_CHECKPOINTS_WEBHOOK SLET_AUDIT_ROTATE SLET_AUDIT_KEEP SLET_AUDIT_SYSLOG_ADDRESS SLET_AUDIT_SYSLOG_ROOT_CAS SLET_SNIPPETS_KEEP SLET_SERVICE_ZONE SLET_SERVICE_PROPOSE SLET_SERVICE_ERASE SLET_SERVICE_PRUNE SLET_SERVICE_BACKUP_DIR SLET_SERVICE_BACKUP_SCHEDULE SLET_SERVICE_BACKUP_KEEP SLET_NOTIFY_SMTP_ADDRESS SLET_NOTIFY_SMTP_SECURITY SLET_NOTIFY_SMTP_USERNAME SLET_NOTIFY_SMTP_PASSWORD SLET_NOTIFY_SMTP_FROM SLET_NOTIFY_WEBHOOK_URL SLET_NOTIFY_WEBHOOK_TOKEN SLET_NOTIFY_SCHEDULE SLET_NOTIFY_DIGEST SLET_NOTIFY_GAPS_OVER"
	if got := strings.Join(config.Environment(), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWarnings(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permission bits: who may read a file stands in its ACL")
	}
	path := write(t, "state_dir: data/state\n"+minimal+"  - {name: hr, type: files, path: data/HR}\n")
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	got := strings.ReplaceAll(strings.Join(c.Warnings, "\n"), dir, "DIR")
	want := `DIR/slet.yaml: state_dir DIR/data/state lies inside source faelles; move it elsewhere, or slet looks at its own files
DIR/slet.yaml: sources faelles and hr overlap; what lies in both is looked at and listed twice
DIR/slet.yaml can be written by everybody; run: chmod o-w DIR/slet.yaml`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	_, err := config.Find("")
	if want := `no configuration: neither ./slet.yaml nor /etc/slet/slet.yaml exists; run "slet init" to write one, or name one with --config`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	_, err = config.Find("x.yaml")
	if want := `no configuration: x.yaml does not exist; run "slet init" to write a new one`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if err := os.WriteFile("slet.yaml", []byte(minimal), 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err := config.Find(""); p != "slet.yaml" || err != nil {
		t.Errorf("%q, %v", p, err)
	}
	if p, err := config.Find(filepath.Join(dir, "slet.yaml")); p != filepath.Join(dir, "slet.yaml") || err != nil {
		t.Errorf("%q, %v", p, err)
	}
	if _, err := config.Find(dir); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: %v", err)
	}
}

// TestTemplates: what slet init writes is read by slet, and says what it seems
// to say. Run with -update to write the golden file anew.
func TestTemplates(t *testing.T) {
	c := load(t, config.TemplateConfig())
	dir := filepath.Dir(c.File)
	got := strings.ReplaceAll(fmt.Sprintf("%+v\n", *c), dir, "DIR")
	s, err := retention.ParseSchedule("schedule.yaml", []byte(config.TemplateSchedule()))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Rules {
		got += fmt.Sprintf("%s: %v after %s: %v, at least %v: %s\n", r.ID, r.Match.Path, r.Trigger, r.DeleteAfter, r.KeepUntil, r.Action)
	}
	if *update {
		if err := os.WriteFile("testdata/templates.golden", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/templates.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// What is commented out is right, too.
	all := strings.NewReplacer("  # cvr", "  cvr", "    # exclude", "    exclude", "    #   - ", "      - ", "    # workers", "    workers",
		"# detect:", "detect:", "#   disabled", "  disabled", "#   workers", "  workers", "  # stop_file", "  stop_file",
		"# store:", "store:", "#   dsn", "  dsn").Replace(config.TemplateConfig())
	c = load(t, all)
	if c.Organisation.CVR != "12345678" || len(c.Sources[0].Exclude) != 2 || c.Sources[0].Workers != 2 || c.Detect.Workers != 2 || c.Store.DSN.Reference() != "env:SLET_DSN" {
		t.Errorf("%+v", c)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(config.TemplateConfig()))
	f.Add([]byte(minimal + "erase: {mode: enforce, max_percent: .inf}\nstore: {dsn: 'env:X'}\n"))
	f.Add([]byte("a: &a [*a]\n<<: *a\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, "slet.yaml")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(path)
		if err != nil {
			if err.Error() == "" || !strings.HasPrefix(err.Error(), path) {
				t.Errorf("error without a place: %q", err)
			}
			return
		}
		if len(c.Sources) == 0 || !filepath.IsAbs(c.StateDir) || !filepath.IsAbs(c.Erase.StopFile) || c.Erase.MaxItems < 1 || !(c.Erase.MaxPercent > 0 && c.Erase.MaxPercent <= 100) {
			t.Errorf("accepted %q as %+v", data, c)
		}
	})
}
