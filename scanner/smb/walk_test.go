package smb

import (
	"testing"
	"time"

	"github.com/sletdk/slet/scanner"
)

// What a listing says decides, before anything is opened. No server of ours has
// tapes or clouds: the attributes are those of MS-FSCC 2.6.
func TestJudge(t *testing.T) {
	s := &Source{cfg: Config{Exclude: []string{"**/tmp", "**/*.iso"}}}
	for _, tc := range []struct {
		name  string
		attrs uint32
		want  verdict
	}{
		{"a.txt", 0x20, walkFile},
		{"a.txt", 0x20 | attrSparse | attrComprssed | attrEncrypted | attrHidden | attrSystem | attrReadOnly, walkFile},
		{"mappe", attrFolder, walkFolder},
		{"Privat", attrFolder, skipPrivate},
		{"Privat", 0x20, walkFile},
		{"Privat", attrFolder | attrReparse, skipPrivate},
		{"Privat", attrReparse, skipPrivate},
		{"tmp", attrFolder | attrOffline, skipExcluded},
		{"a.iso", 0x20, skipExcluded},
		{"a.txt", attrOffline, gapAway},
		{"a.txt", attrRecallOpn, gapAway},
		{"a.txt", attrRecall | attrReparse, gapAway},
		{"mappe", attrFolder | attrRecallOpn, gapAway},
		{"a.txt", attrReparse, skipLink},
		{"mappe", attrFolder | attrReparse, skipLink},
		{"PRQSRQ~J", attrFolder, gapSubstitute},
		{"PRQSRQ~J", 0x20, walkFile},
	} {
		if got := s.judge("x", stat{name: tc.name, attrs: tc.attrs}); got != tc.want {
			t.Errorf("%s %#x: %d, want %d", tc.name, tc.attrs, got, tc.want)
		}
	}
}

// A creation time is believed unless it is most likely made up.
func TestItemTimes(t *testing.T) {
	at := func(sec int64) time.Time { return time.Unix(sec, 0).UTC() }
	for _, tc := range []struct {
		created, written, changed, want time.Time
	}{
		{at(1), at(2), at(3), at(1)},
		{at(5), at(2), at(5), time.Time{}}, // copied there, its old date kept, on Windows: changed when created
		{at(2), at(2), at(2), time.Time{}},
		{at(5), at(2), at(6), at(5)},
		{time.Time{}, at(2), at(2), time.Time{}},
	} {
		it := item("deling", "a/b", stat{id: 1, created: tc.created, written: tc.written, changed: tc.changed})
		if !it.Created.Equal(tc.want) || !it.Modified.Equal(tc.written) || it.Kind != scanner.KindFile {
			t.Errorf("%v %v %v: created %v, modified %v", tc.created, tc.written, tc.changed, it.Created, it.Modified)
		}
	}
	// 1601, which servers send for "not known" and the library turns into 2185.
	if got := moment(time.Unix(0, zeroFiletime)); !got.IsZero() {
		t.Errorf("no time is %v", got)
	}
	if got := moment(at(7)); !got.Equal(at(7)) {
		t.Errorf("a time is %v", got)
	}
}
