package erase_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sletdk/slet/internal/testenv"
)

// call is a system call in a trace, and how often it comes before the next step.
type call struct {
	what, pattern string
	each          bool // once for every item of a group
}

const (
	handle     = `\(\d+<[^>]*`
	buried     = handle + `\.slet-\w+>`
	logWritten = `write` + handle + `audit\.jsonl>, "[^\n]*`
	logSynced  = `(fsync|fdatasync)` + handle + `audit\.jsonl>`
	dbWritten  = `pwrite64` + handle + `slet\.db-wal>`
	dbSynced   = `(fsync|fdatasync)` + handle + `slet\.db-wal>`
)

// order is the order of the system calls of an erasure, given how what was
// written to files is brought to stable storage: the intents are there, in log
// and store, before anything happens to an item; the outcomes are written after
// they are gone.
func order(contentSynced, truncationSynced []call) []call {
	steps := []call{
		{"intent into the log", logWritten + `erase\.intent`, false},
		{"log synced", logSynced, false},
		{"intent into the store", dbWritten, false},
		{"store synced", dbSynced, false},
		{"renamed", `renameat2` + handle + `>, "sag\d\.txt", \d+<[^>]*>, "\.slet-`, true},
		{"folder synced", `fsync` + handle + `share>`, false},
		{"overwritten", `pwrite64` + buried, true},
	}
	steps = append(steps, contentSynced...)
	steps = append(steps, []call{
		{"out of the cache", `fadvise64` + buried + `, 0, 0, POSIX_FADV_DONTNEED`, true},
		{"read back", `pread64` + buried, true},
		{"truncated", `ftruncate` + buried, true},
	}...)
	steps = append(steps, truncationSynced...)
	return append(steps, []call{
		{"that it is destroyed into the store", dbWritten, false},
		{"store synced", dbSynced, false},
		{"unlinked", `unlinkat` + handle + `share>, "\.slet-`, true},
		{"folder synced", `fsync` + handle + `share>`, false},
		{"outcome into the log", logWritten + `erase\.outcome`, false},
		{"log synced", logSynced, false},
		{"outcome into the store", dbWritten, false},
		{"store synced", dbSynced, false},
	}...)
}

// TestOrder looks at the order of the system calls of the erasure of one item,
// and of a group, of which each step comes for all items before the next.
func TestOrder(t *testing.T) {
	alone := order(
		[]call{{"synced", `fdatasync` + buried, false}},
		[]call{{"synced", `fsync` + buried, false}})
	flushed := []call{
		{"written out", `sync_file_range` + buried + `, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE\|SYNC_FILE_RANGE_WRITE\|SYNC_FILE_RANGE_WAIT_AFTER\)\s+= 0`, true},
		{"file system synced", `syncfs` + buried + `\)\s+= 0`, false},
		{"drive flushed", `fsync` + buried + `\)\s+= 0`, false},
	}
	for _, test := range []struct {
		items int
		steps []call
	}{{1, alone}, {3, order(flushed, flushed)}} {
		t.Run(fmt.Sprintf("%d items", test.items), func(t *testing.T) {
			calls := traceOf(t, test.items)
			inOrder(t, calls, test.steps, test.items)
			// And nothing is done to an item before its intent.
			intent := strings.Index(calls, "erase.intent")
			for _, first := range []string{`renameat2` + handle, `(pwrite64|write|ftruncate)` + handle + `(sag\d\.txt|\.slet-\w+)>`, `unlinkat` + handle + `share>`} {
				if at := regexp.MustCompile(first).FindStringIndex(calls); at != nil && at[0] < intent {
					t.Errorf("%s comes before the intent", calls[at[0]:at[1]])
				}
			}
		})
	}
}

// traceOf is the trace of the erasure of so many items.
func traceOf(t *testing.T, items int) string {
	testenv.Program(t, "strace")
	o := newOffice(t)
	for i := range items {
		o.put(t, fmt.Sprintf("sag%d.txt", i), strings.Repeat("A", 5000))
	}
	plan := o.approved(t)
	o.close()
	trace := filepath.Join(o.state, "trace")
	cmd := o.traced(t, plan.ID, items, 0, "-y", "-s", "4000", "-o", trace,
		"-e", "trace=openat,renameat2,write,pwrite64,fsync,fdatasync,syncfs,sync_file_range,ftruncate,unlinkat,pread64,fadvise64")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(trace)
	must(t, err)
	return string(b)
}

// inOrder checks that the steps come in this order: what comes once for each
// item has come for the last of them before the next step begins for the first.
func inOrder(t *testing.T, calls string, steps []call, items int) {
	t.Helper()
	rest := calls
	for _, step := range steps {
		pattern, times := regexp.MustCompile(step.pattern), 1
		if step.each {
			times = items
		}
		for n := range times {
			at := pattern.FindStringIndex(rest)
			if at == nil {
				t.Fatalf("%q, %d of %d, does not come after the steps before it:\n%s", step.what, n+1, times, calls)
			}
			rest = rest[at[1]:]
		}
	}
}
