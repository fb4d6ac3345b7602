package erase

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// ErrNothingDue: no item may be erased now, so that there is nothing to plan.
var ErrNothingDue = errors.New("nothing is due for erasure")

// Deps is what planning and erasing need to know and where they write it down.
// Every field but Uptime, Rules, Notice and VerifyOnly is required.
type Deps struct {
	Store    *store.Store
	Log      *audit.Log
	Schedule *retention.Schedule
	Now      func() time.Time
	// Uptime is which run of the operating system this is, by a name that no
	// other has, and how long it has lasted, whatever the clock was set to
	// meanwhile. Without it only others' clocks and persons are witnesses.
	Uptime func() (boot string, up time.Duration)
	// MAC turns the SHA-256 of a content into the keyed MAC that the scan
	// stored of it.
	MAC func(sum [32]byte) string
	// Mask hides personal data in a path or an error text. Nothing reaches the
	// audit log, the store's error texts or a [Result] without it.
	Mask func(string) string
	// Rules are what a plan needs beside a yes.
	Rules Rules
	// Notice says how owners are waited for; the zero value waits for nobody.
	Notice Notice
	// Actor is who runs the command: the actor of every audit entry but the
	// approval, whose actor is the approver.
	Actor string
	// Host and Program say in the audit log where, and by which version, a plan
	// is carried out; "" is not said.
	Host, Program string
	// VerifyOnly says that slet may not erase in a source, whatever is due
	// there (recordings that belong to their recorder); nil says it of none.
	VerifyOnly func(source string) bool
}

// Propose freezes every item that is due now, and whose rule wants it erased,
// into a plan that waits for approval: [Select] and [Selection.Freeze]. Source
// "" is all sources. The error is [ErrNothingDue] when there is none.
func Propose(ctx context.Context, d Deps, source string) (store.Plan, error) {
	s, err := Select(ctx, d, source)
	if err != nil {
		return store.Plan{}, err
	}
	return s.Freeze(ctx)
}

// Simulate calls each with what would be due at asOf, whatever plans there are,
// and stores nothing. Nothing of it is kept: it may be the whole inventory. An
// error of each ends it.
func Simulate(ctx context.Context, d Deps, source string, asOf time.Time, each func(store.PlanItem) error) error {
	_, err := d.due(ctx, scope{source: source, all: true, each: each}, asOf)
	return err
}

// mayErase reports whether a decision allows an item to be erased.
func mayErase(dec retention.Decision) bool {
	return dec.Disposition == retention.Due && dec.Action == retention.ActionErase
}

// nextPlanID numbers the plans of a day: P-20261121-1, P-20261121-2, …
func nextPlanID(ctx context.Context, st *store.Store, now time.Time) (string, error) {
	prefix := "P-" + now.Format("20060102") + "-"
	ids, err := st.PlanIDs(ctx, prefix)
	if err != nil {
		return "", fmt.Errorf("reading the plans: %w", err)
	}
	last := 0
	for _, id := range ids {
		if n, err := strconv.Atoi(strings.TrimPrefix(id, prefix)); err == nil && n > last {
			last = n
		}
	}
	return prefix + strconv.Itoa(last+1), nil
}

// planHash binds an approval to the very items, schedule and event register: SHA-256 over one
// JSON line with the schedule and one for each item, in order of ref, with its
// digest. What changes while a plan is carried out (states, receipts) is not
// in it.
//
// The items come in that order, byte for byte; seen is called with each, unless
// it is nil.
func planHash(plan store.Plan, items iter.Seq2[store.PlanItem, error], seen func(store.PlanItem)) (string, error) {
	h := sha256.New()
	h.Write(line("slet plan 3", plan.ID, plan.ScheduleVersion, plan.ScheduleHash, plan.EventsHash)) // a hash.Hash never returns an error
	for it, err := range items {
		if err != nil {
			return "", err
		}
		h.Write(line(it.Ref, it.Digest))
		if seen != nil {
			seen(it)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// digest is what binds a plan to an item: beside what [store.Plan] names it
// covers where the item lies, so that an approved plan cannot be pointed at
// something else. It is keyed, and stays when the item's name is masked:
// without the key nobody can try names on it.
func (d Deps) digest(it store.PlanItem) string {
	fields := []string{"slet item 1", it.Ref, it.Item.Source, it.Item.ID, it.Item.Path, strconv.FormatInt(it.Item.Size, 10),
		it.Item.Version, it.ContentMAC, it.Rule, strconv.FormatInt(it.Due.Unix(), 10)}
	if !it.SilentSince.IsZero() {
		fields = append(fields, "silent", strconv.FormatInt(it.SilentSince.Unix(), 10))
	}
	return d.MAC(sha256.Sum256(line(fields...)))
}

// line is one line of what is hashed; no two lists of fields make the same.
func line(fields ...string) []byte {
	b, err := json.Marshal(fields)
	if err != nil {
		panic("erase: a list of strings does not marshal: " + err.Error()) // cannot happen
	}
	return append(b, '\n')
}
