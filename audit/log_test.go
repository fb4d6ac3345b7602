package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var day = time.Date(2026, 3, 14, 15, 9, 26, 535897932, time.UTC)

func entry(n int) Entry {
	return Entry{Time: day.Add(time.Duration(n) * time.Second), Type: TypeEraseIntent, Actor: "slet", Item: fmt.Sprintf("i%012x", n)}
}

// newLog makes a log with some lines and returns its path.
func newLog(t testing.TB, lines int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := openLog(t, path)
	for n := range lines {
		appendTo(t, l, entry(n))
	}
	closeLog(t, l)
	return path
}

func openLog(t testing.TB, path string) *Log {
	t.Helper()
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func closeLog(t testing.TB, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func appendTo(t testing.TB, l *Log, e Entry) Record {
	t.Helper()
	rec, err := l.Append(e)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// verified returns how many lines a log has, all of them good.
func verified(t testing.TB, path string) int {
	t.Helper()
	sum, err := Verify(bytes.NewReader(read(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	return sum.Lines
}

func records(t testing.TB, b []byte) []Record {
	t.Helper()
	var list []Record
	for rec, err := range Read(bytes.NewReader(b)) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, rec)
	}
	return list
}

func TestAppendRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "audit.jsonl")
	l := openLog(t, path)
	hostile := Entry{
		Time: day.In(time.FixedZone("", 3600)), Type: TypeReveal, Actor: "Åse \"<&>\"\n\x00\u2028", Plan: "p1", Item: "i1",
		Path: "a/\xff.txt", Detail: map[string]string{"hash\":\"0": `"hash":"0",`, "b": "", "a": "{}\n{}"},
	}
	var want []Record
	for n := range 3 {
		want = append(want, appendTo(t, l, entry(n)))
	}
	want = append(want, appendTo(t, l, hostile))
	closeLog(t, l)
	l = openLog(t, path)
	want = append(want, appendTo(t, l, Entry{Type: "x"}))
	closeLog(t, l)

	if d := cmp.Diff(want, records(t, read(t, path))); d != "" {
		t.Errorf("what Append returned and Read yields differ:\n%s", d)
	}
	if got := want[3].Time; !got.Equal(hostile.Time) {
		t.Errorf("time %v became %v", hostile.Time, got)
	}
	if time.Since(want[4].Time) > time.Minute {
		t.Errorf("a zero time became %v, want now", want[4].Time)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, want 0600", info.Mode())
	}
	if info, err = os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v, want 0700", info.Mode(), err)
	}
}

func TestAppendRefuses(t *testing.T) {
	l := openLog(t, filepath.Join(t.TempDir(), "a"))
	defer closeLog(t, l)
	if _, err := l.Append(Entry{}); err == nil {
		t.Error("an entry without a type was taken")
	}
	if _, err := l.Append(Entry{Type: "x", Path: strings.Repeat("x", MaxLine)}); !errors.Is(err, ErrTooLong) {
		t.Errorf("a line that is too long: %v, want ErrTooLong", err)
	}
	if rec := appendTo(t, l, entry(1)); rec.Seq != 1 {
		t.Errorf("the first line has number %d", rec.Seq)
	}
}

// TestTornTail cuts the last line at every byte: the log must open, keep every
// finished line, say what it cut, and go on.
func TestTornTail(t *testing.T) {
	whole := read(t, newLog(t, 3))
	lines := bytes.SplitAfter(whole, []byte("\n"))
	lastAt := len(whole) - len(lines[2])
	path := filepath.Join(t.TempDir(), "a")
	for cut := lastAt + 1; cut < len(whole); cut++ {
		write(t, path, whole[:cut])
		l := openLog(t, path)
		rec := appendTo(t, l, entry(9))
		closeLog(t, l)
		got := records(t, read(t, path))
		if len(got) != 4 || rec.Seq != 4 || got[2].Type != TypeLogRecovered {
			t.Fatalf("cut at %d: %d lines, the new one is %d, line 3 is %s", cut, len(got), rec.Seq, got[2].Type)
		}
		torn, err := strconv.Unquote(got[2].Detail["torn"])
		if err != nil || torn != string(whole[lastAt:cut]) || got[2].Detail["bytes"] != strconv.Itoa(cut-lastAt) {
			t.Fatalf("cut at %d: recovered %v", cut, got[2].Detail)
		}
	}
}

// TestTornWhileOpen: another process died in the middle of a line.
func TestTornWhileOpen(t *testing.T) {
	path := newLog(t, 2)
	l := openLog(t, path)
	defer closeLog(t, l)
	other := openLog(t, path)
	appendTo(t, other, entry(3))
	closeLog(t, other)
	write(t, path, append(read(t, path), `{"seq":4,"pre`...))
	if rec := appendTo(t, l, entry(5)); rec.Seq != 5 {
		t.Errorf("the line after the recovery has number %d, want 5", rec.Seq)
	}
	if got := records(t, read(t, path)); got[3].Type != TypeLogRecovered || len(got) != 5 {
		t.Errorf("line 4 is %v", got[3])
	}
}

// TestOpenRefuses: a log whose end does not verify must not grow.
func TestOpenRefuses(t *testing.T) {
	whole := read(t, newLog(t, 4))
	lines := bytes.SplitAfter(whole, []byte("\n"))
	join := func(n ...int) []byte {
		var b []byte
		for _, i := range n {
			b = append(b, lines[i-1]...)
		}
		return b
	}
	edit := func(line int) []byte {
		b := bytes.Clone(whole)
		at := len(join([]int{1, 2, 3}[:line-1]...))
		copy(b[at+len(lines[line-1])-10:], "XX")
		return b
	}
	for name, c := range map[string]struct {
		log  []byte
		line int
	}{
		"last edited":        {edit(4), 4},
		"last but one":       {edit(3), 3},
		"swapped":            {join(1, 2, 4, 3), 3},
		"removed before":     {join(1, 2, 4), 4},
		"last twice":         {join(1, 2, 3, 4, 4), 4},
		"rubbish":            {[]byte("hello\n"), 1},
		"blank line":         {append(bytes.Clone(whole), '\n'), 5},
		"starts in between":  {join(2), 2},
		"rubbish, then torn": {append(bytes.Clone(whole), "x\ny"...), 5},
	} {
		path := filepath.Join(t.TempDir(), "a")
		write(t, path, c.log)
		_, err := Open(path)
		var bad *BadLine
		if !errors.As(err, &bad) || bad.Line != c.line {
			t.Errorf("%s: %v, want a bad line %d", name, err, c.line)
		}
		if !bytes.Equal(read(t, path), c.log) {
			t.Errorf("%s: the log was touched", name)
		}
	}
}

// TestAppendRefusesWhatOthersBroke: the log is checked at every line.
func TestAppendRefusesWhatOthersBroke(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(t *testing.T, path string)
		want error
	}{
		"moved":   {func(t *testing.T, path string) { must(t, os.Rename(path, path+".1")) }, ErrReplaced},
		"rotated": {func(t *testing.T, path string) { must(t, os.Rename(path, path+".1")); write(t, path, nil) }, ErrReplaced},
		"cut":     {func(t *testing.T, path string) { must(t, os.Truncate(path, 10)) }, ErrReplaced},
		"added":   {func(t *testing.T, path string) { write(t, path, append(read(t, path), "x\n"...)) }, &BadLine{}},
	} {
		path := newLog(t, 3)
		l := openLog(t, path)
		c.harm(t, path)
		_, err := l.Append(entry(4))
		var bad *BadLine
		if _, line := c.want.(*BadLine); line && !errors.As(err, &bad) || !line && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %T %v", name, err, c.want, c.want)
		}
		closeLog(t, l)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefusesWhatOthersCanWrite(t *testing.T) {
	path := newLog(t, 1)
	must(t, os.Chmod(path, 0o620))
	if _, err := Open(path); !errors.Is(err, ErrInsecure) {
		t.Errorf("a log that the group can write: %v, want ErrInsecure", err)
	}
}

// TestWriters has several handles, in several goroutines, on one log.
func TestWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	const handles, each = 4, 25
	var wg sync.WaitGroup
	for h := range handles {
		l := openLog(t, path)
		defer closeLog(t, l)
		for g := range 2 {
			wg.Go(func() {
				for n := range each {
					if _, err := l.Append(Entry{Type: "x", Item: fmt.Sprint(h, g, n)}); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	got := map[string]bool{}
	for _, rec := range records(t, read(t, path)) {
		got[rec.Item] = true
	}
	if len(got) != handles*2*each {
		t.Errorf("%d different entries, want %d", len(got), handles*2*each)
	}
}

// TestMain runs the test binary as a writer that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("AUDIT_TEST_WRITE"); path != "" {
		os.Exit(writeForEver(path, os.Getenv("AUDIT_TEST_ONCE") != ""))
	}
	os.Exit(m.Run())
}

// writeForEver appends until it is killed, or once, and prints the number of
// every line that was acknowledged.
func writeForEver(path string, once bool) int {
	l, err := Open(path)
	if err == nil && os.Getenv("AUDIT_TEST_ROTATE") != "" {
		l.RotateAt(1)
	}
	for n := 0; err == nil; n++ {
		var rec Record
		if rec, err = l.Append(entry(n)); err == nil {
			fmt.Println(rec.Seq)
			if once {
				return 0
			}
		}
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// TestKill kills a writer again and again: no acknowledged line is lost.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	acknowledged := 0
	for round := range 10 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "AUDIT_TEST_WRITE="+path)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			acknowledged, err = strconv.Atoi(lines.Text())
			must(t, err)
			if n == round {
				must(t, cmd.Process.Kill())
			}
		}
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
			t.Fatalf("the writer was not killed: %v", err)
		}
		closeLog(t, openLog(t, path))
		if n := verified(t, path); n < acknowledged {
			t.Fatalf("%d lines, but %d were acknowledged", n, acknowledged)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	l := openLog(b, filepath.Join(b.TempDir(), "a"))
	defer closeLog(b, l)
	for b.Loop() {
		appendTo(b, l, entry(1))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
