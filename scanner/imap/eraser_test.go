package imap

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// office approves a plan of one message and carries it out.
type office struct {
	deps erase.Deps
	plan string
}

// approve makes a plan of everything and approves the items that choose picks.
func approve(t *testing.T, cfg Config, choose func(scanner.Item, []byte) bool) *office {
	t.Helper()
	dir := t.TempDir()
	schedule, err := retention.ParseSchedule("schedule.yaml", []byte(`
version: 2026-11-21
rules:
  - {id: R-1, title: alt, basis: test, match: {source: [post]}, trigger: received, delete_after: P30D, action: erase}
`))
	must(t, err)
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, "slet.db"))
	must(t, err)
	log, err := audit.Open(filepath.Join(dir, "audit.jsonl"))
	must(t, err)
	t.Cleanup(func() { must(t, errors.Join(db.Close(), log.Close())) })
	now := time.Now()
	o := &office{deps: erase.Deps{
		Store: db, Log: log, Schedule: schedule, Actor: "slet", Now: func() time.Time { return now },
		MAC: func(sum [32]byte) string { return hex.EncodeToString(sum[:]) }, Mask: func(s string) string { return s },
	}}
	s := source(t, cfg)
	scan, err := db.BeginScan(t.Context(), "post", now)
	must(t, err)
	var exclude []string
	n := 0
	for i, it := range all(t, s) {
		b, err := read(s, it)
		must(t, err)
		sum := sha256.Sum256(b)
		ref := fmt.Sprintf("i%012d", i)
		must(t, scan.Record(t.Context(), store.Finding{
			Ref: ref, Item: it, SourceType: "imap", Fingerprint: "x", ContentMAC: hex.EncodeToString(sum[:]), FirstSeen: now, LastSeen: now, Examined: now,
		}))
		n++
		if !choose(it, b) {
			exclude = append(exclude, ref)
		}
	}
	must(t, scan.Finish(t.Context(), now, true, store.Totals{Seen: int64(n), Scanned: int64(n)}))
	plan, err := erase.Propose(t.Context(), o.deps, "post")
	must(t, err)
	_, err = erase.Approve(t.Context(), o.deps, plan.ID, "Karen Hansen", exclude)
	must(t, err)
	o.plan = plan.ID
	return o
}

// run carries the plan out and returns what became of its items.
func (o *office) run(t *testing.T, cfg Config) []erase.Result {
	t.Helper()
	e, err := NewEraser(cfg)
	must(t, err)
	defer e.Close()
	var got []erase.Result
	r := erase.Runner{Deps: o.deps, Erasers: map[string]erase.Eraser{"post": e}, Enforce: true}
	_, err = r.Run(t.Context(), o.plan, func(res erase.Result) { got = append(got, res) })
	must(t, err)
	return got
}

func holds(text string) func(scanner.Item, []byte) bool {
	return func(_ scanner.Item, b []byte) bool { return strings.Contains(string(b), text) }
}

// texts are the bodies of what is left.
func texts(t *testing.T, d *testenv.DovecotServer) []string {
	t.Helper()
	s := source(t, config(d))
	var got []string
	for _, it := range all(t, s) {
		b, err := read(s, it)
		must(t, err)
		_, body, _ := strings.Cut(string(b), "\r\n\r\n")
		got = append(got, strings.TrimSpace(body))
	}
	slices.Sort(got)
	return got
}

// flags returns the flags of a delivered message, "" also when it is gone.
func flags(t *testing.T, file string) string {
	t.Helper()
	base, _, _ := strings.Cut(file, ":")
	found, err := filepath.Glob(base + "*")
	must(t, err)
	if len(found) == 0 {
		return ""
	}
	_, f, _ := strings.Cut(found[0], ":2,")
	return f
}

// TestOthersMarksSurvive: what somebody else has marked as deleted is not
// expunged along.
func TestOthersMarksSurvive(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	d.Deliver(t, account, "", mail("Sag", "vores"), received())
	theirs := d.Deliver(t, account, "", mail("Sag", "deres"), received())
	must(t, os.Rename(theirs, theirs+"T"))
	res := approve(t, config(d), holds("vores")).run(t, config(d))
	if len(res) != 1 || res[0].Result != erase.Erased || res[0].Assurance != erase.Expunged || res[0].Method != methodExpunge {
		t.Fatalf("results %+v", res)
	}
	for _, caveat := range []string{erase.CaveatMailStore, erase.CaveatMailIndex, erase.CaveatMailCopies} {
		if !slices.Contains(res[0].Caveats, caveat) {
			t.Errorf("caveats %q, want %q among them", res[0].Caveats, caveat)
		}
	}
	if got := texts(t, d); !slices.Equal(got, []string{"deres"}) || flags(t, theirs) != "T" {
		t.Errorf("left %q, flags %q", got, flags(t, theirs))
	}
}

// TestWithoutUIDPlus: then nothing is expunged, nor marked.
func TestWithoutUIDPlus(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{Capabilities: "IMAP4rev1 LITERAL+"})
	file := d.Deliver(t, account, "", mail("Sag", "vores"), received())
	res := approve(t, config(d), holds("vores")).run(t, config(d))
	if len(res) != 1 || res[0].Result != erase.Refused || !strings.Contains(res[0].Err.Error(), "UIDPLUS") {
		t.Errorf("results %+v, want refused", res)
	}
	if got := texts(t, d); len(got) != 1 || flags(t, file) != "" {
		t.Errorf("left %q, flags %q", got, flags(t, file))
	}
}

// TestGmail: what it calls expunging is not claimed to be.
func TestGmail(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{
		Capabilities: "IMAP4rev1 UIDPLUS SPECIAL-USE X-GM-EXT-1", Lines: "namespace inbox {\n mailbox Papirkurv {\n special_use = \\Trash\n }\n}",
	})
	d.Deliver(t, account, "", mail("Sag", "i indbakken"), received())
	d.Deliver(t, account, "Papirkurv", mail("Sag", "i papirkurven"), received())
	for text, want := range map[string]erase.Assurance{"i indbakken": erase.Unlinked, "i papirkurven": erase.Expunged} {
		res := approve(t, config(d), holds(text)).run(t, config(d))
		if len(res) != 1 || res[0].Result != erase.Erased || res[0].Assurance != want {
			t.Errorf("%s: results %+v, want %s", text, res, want)
		}
		if got := slices.Contains(res[0].Caveats, erase.CaveatGmailLabel); got != (want == erase.Unlinked) {
			t.Errorf("%s: caveats %q", text, res[0].Caveats)
		}
	}
}

// TestExchange: the store of recoverable items is named.
func TestExchange(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{Lines: `imap_id_send = "name" Microsoft.Exchange.Imap4.Imap4Server`})
	d.Deliver(t, account, "", mail("Sag", "vores"), received())
	res := approve(t, config(d), holds("vores")).run(t, config(d))
	if len(res) != 1 || res[0].Assurance != erase.Expunged || !slices.Contains(res[0].Caveats, erase.CaveatExchange) {
		t.Errorf("results %+v, want Exchange's caveat", res)
	}
}

// TestInterruptedErasure has the connection end at every step of an erasure.
// No state is guessed: the next run looks.
func TestInterruptedErasure(t *testing.T) {
	for _, c := range []struct {
		name   string
		rule   func(*rules)
		first  string
		flags  string // left by the first run
		left   int    // after the first run
		second string
	}{
		{"before the mark is set", func(r *rules) { r.toServer = times(1, " UID STORE ", cut, false) }, erase.Unknown, "", 2, erase.Erased},
		{"after the mark is set", func(r *rules) { r.toServer = times(1, " UID STORE ", cut, true) }, erase.Unknown, "T", 2, erase.Erased},
		{"before the expunge", func(r *rules) { r.toServer = times(1, " UID EXPUNGE ", cut, false) }, erase.Unknown, "T", 2, erase.Erased},
		{"the answer to the expunge is lost", func(r *rules) { r.toClient = times(1, " EXPUNGE", cut, false) }, erase.Unknown, "", 1, erase.Erased},
		{"the answer to the expunge never comes", func(r *rules) { r.toClient = times(1, " EXPUNGE", stall, false) }, erase.Unknown, "", 1, erase.Erased},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := testenv.Dovecot(t, testenv.DovecotOptions{})
			ours := d.Deliver(t, account, "", mail("Sag", "vores"), received())
			d.Deliver(t, account, "", mail("Sag", "deres"), received())
			o := approve(t, config(d), holds("vores"))
			p := newProxy(t, d.Address)
			p.set(c.rule)
			cfg := config(d)
			cfg.Address, cfg.Timeout = p.address, 300*time.Millisecond
			res := o.run(t, cfg)
			if len(res) != 1 || res[0].Result != c.first {
				t.Fatalf("results %+v, want %s", res, c.first)
			}
			time.Sleep(50 * time.Millisecond) // the server reads on for a moment
			if got := texts(t, d); len(got) != c.left || flags(t, ours) != c.flags {
				t.Errorf("after the first run %q are left, flags %q; want %d, %q", got, flags(t, ours), c.left, c.flags)
			}
			res = o.run(t, config(d))
			if len(res) != 1 || res[0].Result != c.second {
				t.Errorf("second run: %+v, want %s", res, c.second)
			}
			if got := texts(t, d); !slices.Equal(got, []string{"deres"}) {
				t.Errorf("left %q", got)
			}
		})
	}
}

// TestHeldWhileInterrupted: a hold that comes after an erasure broke off keeps
// the message, and nobody else's expunge can take it.
func TestHeldWhileInterrupted(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	ours := d.Deliver(t, account, "", mail("Sag", "vores"), received())
	o := approve(t, config(d), holds("vores"))
	p := newProxy(t, d.Address)
	p.set(func(r *rules) { r.toServer = times(1, " UID EXPUNGE ", cut, false) })
	cfg := config(d)
	cfg.Address = p.address
	if res := o.run(t, cfg); len(res) != 1 || res[0].Result != erase.Unknown || flags(t, ours) != "T" {
		t.Fatalf("results %+v, flags %q", res, flags(t, ours))
	}
	must(t, o.deps.Store.AddHold(t.Context(), retention.Hold{
		ID: "H-1", Reason: "sag", Owner: "DPO", Created: time.Now(), Review: time.Now().AddDate(1, 0, 0), Source: "post",
	}))
	res := o.run(t, config(d))
	if len(res) != 1 || res[0].Result != erase.HeldBack {
		t.Errorf("results %+v, want held", res)
	}
	if got := texts(t, d); len(got) != 1 || flags(t, ours) != "" {
		t.Errorf("left %q, flags %q", got, flags(t, ours))
	}
}

// TestExpungeRefused: when the server says no, the mark is taken away again.
func TestExpungeRefused(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	ours := d.Deliver(t, account, "Delt", mail("Sag", "vores"), received())
	d.Configure(t, rights)
	o := approve(t, config(d), holds("vores"))
	must(t, os.WriteFile(filepath.Join(d.Folder(account, "Delt"), "dovecot-acl"), []byte("owner lrwst\nuser="+d.Master+" lrwst\n"), 0o644))
	res := o.run(t, config(d))
	if len(res) != 1 || res[0].Result != erase.Failed || !errors.Is(res[0].Err, erase.ErrUntouched) {
		t.Errorf("results %+v, want failed and untouched", res)
	}
	if f := flags(t, ours); f != "" {
		t.Errorf("flags %q", f)
	}
}

// TestServerKilledDuringErasure: a server that is killed around the expunge
// leaves it to be looked at; the next run finds out and finishes.
func TestServerKilledDuringErasure(t *testing.T) {
	for name, c := range map[string]struct {
		at    string
		first string
	}{
		"at the look before": {"EXAMINE", erase.Failed},
		"at the mark":        {" UID STORE ", erase.Unknown},
		"at the expunge":     {" UID EXPUNGE ", erase.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			d := testenv.Dovecot(t, testenv.DovecotOptions{})
			d.Deliver(t, account, "", mail("Sag", "vores"), received())
			theirs := d.Deliver(t, account, "", mail("Sag", "deres"), received())
			must(t, os.Rename(theirs, theirs+"T"))
			o := approve(t, config(d), holds("vores"))
			p := newProxy(t, d.Address)
			var once sync.Once
			p.set(func(r *rules) {
				r.toServer = func(b []byte) ([]byte, verdict) {
					if bytes.Contains(b, []byte(c.at)) {
						once.Do(func() { d.Kill(t) })
					}
					return b, goOn
				}
			})
			cfg := config(d)
			cfg.Address = p.address
			res := o.run(t, cfg)
			if len(res) != 1 || res[0].Result != c.first {
				t.Fatalf("results %+v, want %s", res, c.first)
			}
			d.Start(t)
			if c.first == erase.Unknown {
				if res = o.run(t, config(d)); len(res) != 1 || res[0].Result != erase.Erased {
					t.Errorf("second run: %+v, want erased", res)
				}
				if got := texts(t, d); !slices.Equal(got, []string{"deres"}) {
					t.Errorf("left %q", got)
				}
			} else if got := texts(t, d); len(got) != 2 {
				t.Errorf("left %q", got)
			}
			if f := flags(t, theirs); f != "T" {
				t.Errorf("somebody else's mark is %q", f)
			}
		})
	}
}
