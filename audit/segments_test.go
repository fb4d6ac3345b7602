package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// rotated makes a log of so many lines with a new segment after every other one.
func rotated(t testing.TB, lines int) (path string, l *Log) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "audit.jsonl")
	l = openLog(t, path)
	t.Cleanup(func() { _ = l.Close() })
	l.RotateAt(300) // a line has some 260 bytes
	for n := range lines {
		appendTo(t, l, entry(n))
	}
	return path, l
}

func key(t testing.TB) *Key {
	t.Helper()
	k, err := LoadKey(t.TempDir())
	must(t, err)
	return k
}

func segmentsOf(t testing.TB, path string) []string {
	t.Helper()
	list, err := Segments(path)
	must(t, err)
	return list
}

// verifiedLog verifies a whole log; bad is the first bad line, 0 for none.
func verifiedLog(t testing.TB, path string, opts ...Option) (sum Summary, bad int) {
	t.Helper()
	sum, err := VerifyLog(path, opts...)
	var b *BadLine
	switch {
	case err == nil:
	case errors.As(err, &b):
		bad = b.Line
	default:
		t.Fatal(err)
	}
	return sum, bad
}

// TestRotation: chain and numbers run across segments, whoever reads.
func TestRotation(t *testing.T) {
	path, l := rotated(t, 9)
	files := segmentsOf(t, path)
	if len(files) != 5 || filepath.Base(files[0]) != "audit-000001.jsonl" || files[4] != path {
		t.Fatalf("segments %q", files)
	}
	sum, bad := verifiedLog(t, path)
	whole := joined(t, files)
	one, err := Verify(bytes.NewReader(whole))
	if bad != 0 || err != nil || sum != one || sum.Lines != 9 {
		t.Errorf("by segments %+v (bad %d), as one file %+v, %v", sum, bad, one, err)
	}
	if again, err := VerifyFiles(files); err != nil || again != sum {
		t.Errorf("the files one by one: %+v, %v", again, err)
	}
	n := 0
	for rec, err := range l.All() {
		if n++; err != nil || rec.Seq != int64(n) {
			t.Fatalf("record %d: %+v, %v", n, rec, err)
		}
	}
	for _, want := range []int{1, 2, 5, 9, 20} {
		recs, err := l.Tail(want)
		must(t, err)
		if len(recs) != min(want, 9) {
			t.Fatalf("Tail(%d) has %d", want, len(recs))
		}
		for i, rec := range recs {
			if rec.Seq != int64(9-i) {
				t.Errorf("Tail(%d)[%d] is line %d", want, i, rec.Seq)
			}
		}
	}
	// A new handle goes on, also when the file that grows is empty or missing.
	must(t, os.Rename(path, segmentPath(path, 5)))
	other := openLog(t, path)
	defer closeLog(t, other)
	if rec := appendTo(t, other, entry(9)); rec.Seq != 10 {
		t.Errorf("after a crash in a rotation the next line is %d", rec.Seq)
	}
	if rec := appendTo(t, l, entry(10)); rec.Seq != 11 {
		t.Errorf("the old handle writes line %d", rec.Seq)
	}
}

func joined(t testing.TB, files []string) []byte {
	t.Helper()
	var b []byte
	for _, f := range files {
		b = append(b, read(t, f)...)
	}
	return b
}

// TestRotatingWriters has several handles rotate one log under each other, and
// a reader verify it all the while.
func TestRotatingWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	const handles, each = 4, 30
	var wg sync.WaitGroup
	for h := range handles {
		l := openLog(t, path)
		defer closeLog(t, l)
		l.RotateAt(1000)
		wg.Go(func() {
			for n := range each {
				if _, err := l.Append(Entry{Type: "x", Item: fmt.Sprint(h, "-", n)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			if _, err := VerifyLog(path); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	sum, bad := verifiedLog(t, path)
	if bad != 0 || sum.Lines != handles*each || len(segmentsOf(t, path)) < 10 {
		t.Errorf("%d lines in %d segments, bad line %d", sum.Lines, len(segmentsOf(t, path)), bad)
	}
}

// copyLog copies a log into a folder of its own.
func copyLog(t testing.TB, files []string) (path string) {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		write(t, filepath.Join(dir, filepath.Base(f)), read(t, f))
	}
	return filepath.Join(dir, "audit.jsonl")
}

// TestEveryHarm does to a log of several segments all that can be done to one
// bit, one line or one file, and to its end. Without a checkpoint only a tail
// that was cut at a line's end goes unnoticed; with one nothing does.
func TestEveryHarm(t *testing.T) {
	src, _ := rotated(t, 7)
	files := segmentsOf(t, src)
	whole, _ := verifiedLog(t, src)
	cp := Checkpoint{Size: int64(whole.Lines), Root: whole.Root}
	path := copyLog(t, files)
	name := func(i int) string { return filepath.Join(filepath.Dir(path), filepath.Base(files[i])) }
	if _, bad := verifiedLog(t, path, Against(cp)); bad != 0 {
		t.Fatalf("the log is bad to begin with: line %d", bad)
	}
	contents := make([][]byte, len(files))
	for i, f := range files {
		contents[i] = read(t, f)
	}
	line := 1
	for i := range files {
		good := contents[i]
		for at := range good {
			for bit := range 8 {
				contents[i] = bytes.Clone(good)
				contents[i][at] ^= 1 << bit
				if bad := badOf(t, contents); bad != line {
					t.Fatalf("%s, bit %d of byte %d: line %d is named, want %d", files[i], bit, at, bad, line)
				}
			}
			contents[i] = good[:at]
			bad, against := badOf(t, contents), badOf(t, contents, Against(cp))
			first := at == 0 || good[at-1] == '\n'
			if against == 0 || bad == 0 && !(i == len(files)-1 && first) {
				t.Fatalf("%s cut at %d: bad line %d, with a checkpoint %d", files[i], at, bad, against)
			}
			if good[at] == '\n' {
				line++
			}
		}
		contents[i] = good
	}
	for i := range files {
		must(t, os.Rename(name(i), name(i)+".away"))
		if _, bad := verifiedLog(t, path, Against(cp)); bad == 0 {
			t.Errorf("%s is missing and nobody notices", files[i])
		}
		for j := range i {
			swap(t, name(i)+".away", name(j))
			must(t, os.Rename(name(i)+".away", name(i)))
			if _, bad := verifiedLog(t, path); bad == 0 {
				t.Errorf("segments %d and %d are swapped and nobody notices", i, j)
			}
			must(t, os.Rename(name(i), name(i)+".away"))
			swap(t, name(i)+".away", name(j))
		}
		must(t, os.Rename(name(i)+".away", name(i)))
	}
}

// badOf verifies the contents of a log's files.
func badOf(t testing.TB, contents [][]byte, opts ...Option) int {
	t.Helper()
	var files []io.Reader
	for _, c := range contents {
		files = append(files, bytes.NewReader(c))
	}
	_, err := verify(beginning{at: start()}, files, opts)
	var bad *BadLine
	if err != nil && !errors.As(err, &bad) {
		t.Fatal(err)
	}
	if bad == nil {
		return 0
	}
	return bad.Line
}

func swap(t testing.TB, a, b string) {
	t.Helper()
	x, y := read(t, a), read(t, b)
	write(t, a, y)
	write(t, b, x)
}

// TestSampledHarm is the same on a bigger log, at places chosen by chance.
func TestSampledHarm(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := openLog(t, path)
	defer closeLog(t, l)
	l.RotateAt(64 << 10)
	batch := make([]Entry, 500)
	for i := range batch {
		batch[i] = entry(i)
	}
	for range 8 {
		_, err := l.AppendBatch(batch)
		must(t, err)
	}
	files := segmentsOf(t, path)
	seed := uint64(time.Now().UnixNano())
	for range 60 {
		seed = seed*6364136223846793005 + 1442695040888963407
		f := files[int(seed>>40)%len(files)]
		good := read(t, f)
		at := int(seed>>20) % len(good)
		b := bytes.Clone(good)
		b[at] ^= 1 << (seed >> 60 & 7)
		write(t, f, b)
		if _, bad := verifiedLog(t, path); bad == 0 {
			t.Fatalf("seed %d: %s, byte %d", seed, f, at)
		}
		write(t, f, good)
	}
	if _, bad := verifiedLog(t, path); bad != 0 {
		t.Fatal("the log was not put back")
	}
}

// TestPrune takes old segments away; what is left verifies and says from where.
func TestPrune(t *testing.T) {
	path, l := rotated(t, 9)
	k := key(t)
	before, _ := verifiedLog(t, path)
	early, err := VerifyFiles(segmentsOf(t, path)[:1])
	must(t, err)
	if p, err := l.Prune(k, day, "Dorte", day.Add(time.Hour)); err != nil || p != nil {
		t.Fatalf("nothing is that old, but %+v, %v", p, err)
	}
	if _, err := l.Prune(k, day.Add(5*time.Second), " ", day); err == nil {
		t.Error("pruned by nobody")
	}
	p, err := l.Prune(k, day.Add(5*time.Second), "Dorte \"D\"", day.Add(time.Hour))
	must(t, err)
	if p == nil || p.Lines != 4 || p.By != "Dorte \"D\"" || !p.Verified {
		t.Fatalf("pruned %+v", p)
	}
	files := segmentsOf(t, path)
	if len(files) != 3 || filepath.Base(files[0]) != "audit-000003.jsonl" {
		t.Errorf("left are %q", files)
	}
	cp := Against(Checkpoint{Size: 9, Root: before.Root})
	sum, bad := verifiedLog(t, path, cp, SignedBy(k.Verifier()))
	if bad != 0 || sum.Lines != 10 || sum.Pruned == nil || sum.Pruned.Lines != 4 || sum.Unchecked != 0 {
		t.Errorf("after it: %+v, bad line %d", sum, bad)
	}
	old := Against(Checkpoint{Size: int64(early.Lines), Root: early.Root})
	if sum, bad := verifiedLog(t, path, old); bad != 0 || sum.Unchecked != 1 {
		t.Errorf("a checkpoint of what is gone: %+v, %d", sum, bad)
	}
	if _, bad := verifiedLog(t, path, SignedBy(key(t).Verifier())); bad == 0 {
		t.Error("another key's statement is taken")
	}
	// It is written down, the log goes on, numbers are not used again, and a
	// second statement builds on the first.
	if recs, err := l.Tail(1); err != nil || recs[0].Type != TypeLogPruned || recs[0].Actor != "Dorte \"D\"" {
		t.Errorf("the log says %+v, %v", recs, err)
	}
	p, err = l.Prune(k, day.Add(200*time.Hour), "Dorte", day.Add(300*time.Hour))
	must(t, err)
	if p.Lines != 10 && p.Lines != 8 {
		t.Errorf("the second time: %+v", p)
	}
	for n := range 4 {
		appendTo(t, l, entry(n))
	}
	fresh := openLog(t, path)
	defer closeLog(t, fresh)
	appendTo(t, fresh, entry(1))
	if sum, bad = verifiedLog(t, path, SignedBy(k.Verifier())); bad != 0 || sum.Pruned.Lines != p.Lines {
		t.Errorf("at the end: %+v, bad line %d", sum, bad)
	}
	for _, f := range segmentsOf(t, path) {
		if n, ok := segmentNumber(path, filepath.Base(f)); ok && n <= 2 {
			t.Errorf("%s is there again", f)
		}
	}
	all := Summary{}
	for rec, err := range ReadLog(path) {
		must(t, err)
		all.Lines = int(rec.Seq)
	}
	if all.Lines != sum.Lines {
		t.Errorf("read to line %d of %d", all.Lines, sum.Lines)
	}
}

// TestPruneCrash: the statement is there, the files are too: they do not count.
func TestPruneCrash(t *testing.T) {
	path, l := rotated(t, 9)
	k := key(t)
	first := segmentsOf(t, path)[0]
	kept := read(t, first)
	_, err := l.Prune(k, day.Add(5*time.Second), "Dorte", day)
	must(t, err)
	write(t, first, kept)
	if sum, bad := verifiedLog(t, path); bad != 0 || sum.Pruned.Lines != 4 {
		t.Errorf("%+v, bad line %d", sum, bad)
	}
	appendTo(t, l, entry(1))
	appendTo(t, openLog(t, path), entry(2))
	_, err = l.Prune(k, day.Add(7*time.Second), "Dorte", day)
	must(t, err)
	if _, err := os.Stat(first); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", first, err)
	}
}

// TestPrunedStatementEveryByte: a statement that was touched is not taken, and
// without one the missing lines are noticed.
func TestPrunedStatementEveryByte(t *testing.T) {
	path, l := rotated(t, 9)
	k := key(t)
	_, err := l.Prune(k, day.Add(5*time.Second), "Dorte", day)
	must(t, err)
	good := read(t, PruneFile(path))
	text := bytes.Index(good, []byte("\n\n"))
	for i := range good {
		b := bytes.Clone(good)
		b[i] ^= 1
		write(t, PruneFile(path), b)
		if _, err := VerifyLog(path, SignedBy(k.Verifier())); err == nil && i <= text {
			t.Errorf("byte %d (%q) was changed and nobody notices", i, good[i])
		}
	}
	must(t, os.Remove(PruneFile(path)))
	if _, bad := verifiedLog(t, path); bad != 1 {
		t.Errorf("without the statement the bad line is %d", bad)
	}
	if _, err := Open(path); err == nil {
		// The last two lines hold: opening does not look further back.
		t.Log("opened")
	}
}

// TestRotateKill kills a writer that rotates at every line, again and again.
func TestRotateKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	for round := range 8 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "AUDIT_TEST_WRITE="+path, "AUDIT_TEST_ROTATE=1")
		var out bytes.Buffer
		cmd.Stdout = &out
		must(t, cmd.Start())
		time.Sleep(time.Duration(20+7*round) * time.Millisecond)
		must(t, cmd.Process.Kill())
		_ = cmd.Wait()
		acknowledged := 0
		if lines := strings.Fields(out.String()); len(lines) > 0 {
			acknowledged, _ = strconv.Atoi(lines[len(lines)-1])
		}
		closeLog(t, openLog(t, path))
		if sum, bad := verifiedLog(t, path); bad != 0 || sum.Lines < acknowledged {
			t.Fatalf("round %d: %d lines, %d acknowledged, bad line %d", round, sum.Lines, acknowledged, bad)
		}
	}
}

func TestSegmentNames(t *testing.T) {
	for name, want := range map[string]int{
		"audit-000001.jsonl": 1, "audit-1234567.jsonl": 1234567, "audit-00001.jsonl": 0, "audit.jsonl": 0, "audit-000000.jsonl": 0,
		"audit-00000x.jsonl": 0, "audit-000001.jsonl.away": 0, "other-000001.jsonl": 0,
	} {
		if n, ok := segmentNumber("/x/audit.jsonl", name); ok != (want > 0) || ok && n != want {
			t.Errorf("%s is segment %d, %v", name, n, ok)
		}
	}
}
