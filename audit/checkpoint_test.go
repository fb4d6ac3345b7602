package audit

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// TestTree: the tree is the one of the reference, at every size.
func TestTree(t *testing.T) {
	var tr tree
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var list []tlog.Hash
		for _, i := range indexes {
			list = append(list, hashes[i])
		}
		return list, nil
	})
	for n := int64(0); n < 300; n++ {
		want, err := tlog.TreeHash(n, reader)
		must(t, err)
		if tr.root() != want || tr.size != n || len(tr.roots) != bits.OnesCount64(uint64(n)) || ones(n) != len(tr.roots) {
			t.Fatalf("at %d lines: %v, want %v; %d roots", n, tr.root(), want, len(tr.roots))
		}
		line := fmt.Appendf(nil, "line %d\n", n)
		more, err := tlog.StoredHashes(n, line, reader)
		must(t, err)
		hashes = append(hashes, more...)
		tr.add(line)
	}
}

// TestAgainst: a checkpoint kept elsewhere shows a rewritten log, also when the
// new one is good in itself and longer.
func TestAgainst(t *testing.T) {
	path, l := rotated(t, 6)
	k := key(t)
	var notes [][]byte
	for range 3 {
		sum, _ := verifiedLog(t, path)
		n, err := k.Checkpoint(sum)
		must(t, err)
		notes = append(notes, n)
		appendTo(t, l, entry(20))
	}
	forged, _ := rotated(t, 5)
	other := openLog(t, forged)
	defer closeLog(t, other)
	for range 9 {
		appendTo(t, other, entry(99))
	}
	for i, n := range notes {
		cp, err := ParseCheckpoint(n, k.Verifier())
		must(t, err)
		if !cp.Verified || cp.Size != int64(6+i) {
			t.Errorf("checkpoint %d is %+v", i, cp)
		}
		if _, bad := verifiedLog(t, path, Against(cp)); bad != 0 {
			t.Errorf("checkpoint %d does not fit its own log: line %d", i, bad)
		}
		if _, bad := verifiedLog(t, forged, Against(cp)); bad != 6+i {
			t.Errorf("checkpoint %d, another log: line %d, want %d", i, bad, 6+i)
		}
		if _, err := ParseCheckpoint(n, key(t).Verifier()); !errors.Is(err, ErrCheckpoint) {
			t.Errorf("another key's checkpoint: %v", err)
		}
		if free, err := ParseCheckpoint(n, ""); err != nil || free.Verified || free.Root != cp.Root {
			t.Errorf("without a key: %+v, %v", free, err)
		}
	}
	empty, err := Verify(strings.NewReader(""))
	must(t, err)
	if _, err := Verify(strings.NewReader(""), Against(Checkpoint{Root: empty.Root})); err != nil {
		t.Errorf("an empty log and its checkpoint: %v", err)
	}
	if _, err := Verify(strings.NewReader(""), Against(Checkpoint{})); err == nil {
		t.Error("an empty log has any root")
	}
}

// TestCheckpointEveryByte changes every byte of a signed checkpoint.
func TestCheckpointEveryByte(t *testing.T) {
	k := key(t)
	good, err := k.Checkpoint(Summary{Lines: 7, Root: [32]byte{1, 2, 3}})
	must(t, err)
	want, err := ParseCheckpoint(good, k.Verifier())
	must(t, err)
	text := bytes.Index(good, []byte("\n\n"))
	for i := range good {
		for bit := range 8 {
			b := bytes.Clone(good)
			b[i] ^= 1 << bit
			got, err := ParseCheckpoint(b, k.Verifier())
			if err == nil && (i <= text || got.text() != want.text()) {
				t.Fatalf("bit %d of byte %d: %q is taken", bit, i, b)
			}
		}
	}
}

// TestCheckpointIsANote: others' tools read what slet signs.
func TestCheckpointIsANote(t *testing.T) {
	k := key(t)
	b, err := k.Checkpoint(Summary{Lines: 3, Root: [32]byte{9}})
	must(t, err)
	v, err := note.NewVerifier(k.Verifier())
	must(t, err)
	n, err := note.Open(b, note.VerifierList(v))
	must(t, err)
	want := v.Name() + "\n3\n" + (tlog.Hash{9}).String() + "\n"
	if n.Text != want {
		t.Errorf("the note says %q, want %q", n.Text, want)
	}
}

func TestNotesFile(t *testing.T) {
	k, path := key(t), filepath.Join(t.TempDir(), "notes")
	var want [][]byte
	for n := range 3 {
		b, err := k.Checkpoint(Summary{Lines: n})
		must(t, err)
		must(t, AppendNote(path, b))
		want = append(want, b)
	}
	got := SplitNotes(read(t, path))
	if !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("%q, want %q", got, want)
	}
	if len(SplitNotes(nil)) != 0 || len(SplitNotes([]byte("rubbish"))) != 1 {
		t.Error("what is no note is not kept apart")
	}
}

func TestKeyFile(t *testing.T) {
	dir := t.TempDir()
	k, err := LoadKey(dir)
	must(t, err)
	again, err := LoadKey(dir)
	must(t, err)
	if k.Verifier() != again.Verifier() || fmt.Sprintf("%v %#v", k, k) != k.Verifier()+" "+k.Verifier() {
		t.Errorf("%v, then %v", k, again)
	}
	path := filepath.Join(dir, KeyFile)
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	good := read(t, path)
	must(t, os.Chmod(path, 0o640))
	if _, err := LoadKey(dir); !errors.Is(err, ErrKey) {
		t.Errorf("a key that the group reads: %v", err)
	}
	must(t, os.Chmod(path, 0o600))
	for i := range good {
		b := bytes.Clone(good)
		b[i] ^= 1
		write(t, path, b)
		if _, err := LoadKey(dir); err == nil && !bytes.Equal(b, good) {
			t.Errorf("byte %d was changed", i)
		} else if err != nil && strings.Contains(err.Error(), string(bytes.SplitN(good, []byte("+"), 5)[4][:20])) {
			t.Errorf("the error tells the key: %v", err)
		}
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("the folder holds %v, %v", list, err)
	}
}

// TestSeal changes every bit of what is sealed.
func TestSeal(t *testing.T) {
	k := key(t)
	object := []byte("{\"a\": 1,\n \"b\": [2]}\n")
	sealed, err := k.SealJSON("x", object)
	must(t, err)
	page, err := k.SealPage("x", []byte("<p>æ</p>\n"))
	must(t, err)
	if got, err := OpenJSON("x", sealed, k.Verifier()); err != nil || !bytes.Equal(got, object) {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := OpenPage("x", page, k.Verifier()); err != nil || string(got) != "<p>æ</p>\n" {
		t.Errorf("%q, %v", got, err)
	}
	cases := map[string]struct {
		data []byte
		open func(string, []byte, string) ([]byte, error)
	}{"json": {sealed, OpenJSON}, "page": {page, OpenPage}}
	for what, c := range cases {
		for i := range c.data {
			for bit := range 8 {
				b := bytes.Clone(c.data)
				b[i] ^= 1 << bit
				if _, err := c.open("x", b, k.Verifier()); !errors.Is(err, ErrSeal) {
					t.Fatalf("%s: bit %d of byte %d: %v", what, bit, i, err)
				}
			}
			for _, b := range [][]byte{c.data[:i], slices.Delete(bytes.Clone(c.data), i, i+1), slices.Insert(bytes.Clone(c.data), i, ' ')} {
				if _, err := c.open("x", b, k.Verifier()); err == nil {
					t.Fatalf("%s: cut, deleted or inserted at %d", what, i)
				}
			}
		}
		if _, err := c.open("y", c.data, k.Verifier()); !errors.Is(err, ErrSeal) {
			t.Errorf("%s passes for another purpose: %v", what, err)
		}
		if _, err := c.open("x", c.data, key(t).Verifier()); !errors.Is(err, ErrSeal) {
			t.Errorf("%s passes under another key: %v", what, err)
		}
	}
	if _, err := k.SealJSON("x", []byte("[]")); err == nil {
		t.Error("what is no object is sealed")
	}
}

// FuzzCheckpoint: any bytes are a checkpoint that says what it says, or none.
func FuzzCheckpoint(f *testing.F) {
	k := key(f)
	b, err := k.Checkpoint(Summary{Lines: 3})
	must(f, err)
	f.Add(b)
	f.Add([]byte("x\n1\n\n— x AAAA\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseCheckpoint(b, "")
		if err == nil && (!bytes.HasPrefix(b, []byte(c.text())) || c.Verified) {
			t.Fatalf("%q became %+v", b, c)
		}
		if err == nil || !errors.Is(err, ErrCheckpoint) {
			_, err = parsePruned(b, "")
			_ = err
		}
		for _, n := range SplitNotes(b) {
			if len(n) == 0 {
				t.Fatal("an empty note")
			}
		}
		if _, err := ParseCheckpoint(b, k.Verifier()); err == nil && !bytes.Contains(b, []byte("slet-audit-")) {
			t.Fatal("verified")
		}
	})
}
