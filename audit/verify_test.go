package audit

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sletdk/slet/internal/testenv"
)

// badLine verifies and returns the bad line, 0 for a good log.
func badLine(t testing.TB, log []byte, opts ...Option) (int, string) {
	t.Helper()
	_, err := Verify(bytes.NewReader(log), opts...)
	var bad *BadLine
	switch {
	case err == nil:
		return 0, ""
	case errors.As(err, &bad):
		return bad.Line, bad.Why
	}
	t.Fatalf("not a bad line: %v", err)
	return 0, ""
}

// TestEveryBit flips every bit of a log, one at a time.
func TestEveryBit(t *testing.T) {
	log := read(t, newLog(t, 4))
	if n, why := badLine(t, log); n != 0 {
		t.Fatalf("the log is bad to begin with: line %d: %s", n, why)
	}
	line := 1
	for i := range log {
		for bit := range 8 {
			log[i] ^= 1 << bit
			if n, _ := badLine(t, log); n != line {
				t.Errorf("bit %d of byte %d, line %d: verify names line %d", bit, i, line, n)
			}
			log[i] ^= 1 << bit
		}
		if log[i] == '\n' {
			line++
		}
	}
}

// TestEveryLine removes, swaps and repeats every line.
func TestEveryLine(t *testing.T) {
	const count = 6
	log := read(t, newLog(t, count))
	lines := bytes.SplitAfter(log, []byte("\n"))[:count]
	try := func(what string, order []int, want int, why string) {
		t.Helper()
		var b []byte
		for _, i := range order {
			b = append(b, lines[i]...)
		}
		n, got := badLine(t, b)
		if n != want || !strings.HasPrefix(got, why) {
			t.Errorf("%s: line %d: %s; want line %d: %s", what, n, got, want, why)
		}
	}
	plain := []int{0, 1, 2, 3, 4, 5}
	for i := range count {
		without := append(append([]int(nil), plain[:i]...), plain[i+1:]...)
		if i < count-1 { // the last is the business of Expect
			try("removed", without, i+1, "removed")
		}
		twice := append(append([]int(nil), plain[:i+1]...), plain[i:]...)
		try("twice", twice, i+2, "inserted or moved")
		for j := i + 1; j < count; j++ {
			swapped := append([]int(nil), plain...)
			swapped[i], swapped[j] = j, i
			try("swapped", swapped, i+1, "removed")
		}
	}
}

// TestEveryCut: a cut in the middle of a line is noticed, one at the end of a
// line only by who knows a later head. That is what a chain can do.
func TestEveryCut(t *testing.T) {
	log := read(t, newLog(t, 4))
	head, err := Verify(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	expect := Expect(head.Lines, head.Hash)
	if n, why := badLine(t, log, expect); n != 0 {
		t.Fatalf("the head is not accepted: line %d: %s", n, why)
	}
	for cut := range log {
		whole := bytes.Count(log[:cut], []byte("\n"))
		atEnd := cut == 0 || log[cut-1] == '\n'
		n, why := badLine(t, log[:cut])
		switch {
		case atEnd && n != 0:
			t.Errorf("cut at %d, a line's end: line %d: %s", cut, n, why)
		case !atEnd && (n != whole+1 || !strings.HasPrefix(why, "unfinished")):
			t.Errorf("cut at %d: line %d: %s; want line %d unfinished", cut, n, why, whole+1)
		}
		if n, _ := badLine(t, log[:cut], expect); n != whole+1 {
			t.Errorf("cut at %d with a head: line %d, want %d", cut, n, whole+1)
		}
	}
}

// TestRewritten: a log made anew, in itself good, is noticed with a head only.
func TestRewritten(t *testing.T) {
	log := read(t, newLog(t, 4))
	second := records(t, log)[1]
	path := filepath.Join(t.TempDir(), "a")
	l := openLog(t, path)
	for n := range 4 {
		appendTo(t, l, entry(n+10))
	}
	closeLog(t, l)
	if n, why := badLine(t, read(t, path)); n != 0 {
		t.Errorf("line %d: %s", n, why)
	}
	if n, why := badLine(t, read(t, path), Expect(2, second.Hash)); n != 2 || !strings.HasPrefix(why, "rewritten") {
		t.Errorf("line %d: %s; want line 2 rewritten", n, why)
	}
	// A line that was re-hashed by hand does not fit the one after it.
	forged, _, err := encode(position{1, second.Prev}, entry(99))
	must(t, err)
	lines := bytes.SplitAfter(log, []byte("\n"))
	lines[1] = forged
	if n, why := badLine(t, bytes.Join(lines, nil)); n != 3 || !strings.HasPrefix(why, "replaced") {
		t.Errorf("line %d: %s; want line 3, which does not follow", n, why)
	}
}

func TestSummary(t *testing.T) {
	log := read(t, newLog(t, 3))
	list := records(t, log)
	sum, err := Verify(bytes.NewReader(log))
	want := Summary{Lines: 3, Hash: list[2].Hash, Root: sum.Root, First: day, Last: list[2].Time}
	if err != nil || sum != want {
		t.Errorf("%+v, %v, want %+v", sum, err, want)
	}
	if sum, err := Verify(strings.NewReader("")); err != nil || sum != (Summary{Hash: firstPrev, Root: sha256.Sum256(nil)}) {
		t.Errorf("an empty log: %+v, %v", sum, err)
	}
}

func TestVerifyReadError(t *testing.T) {
	broken := errors.New("the disk broke")
	log := read(t, newLog(t, 2))
	_, err := Verify(io.MultiReader(bytes.NewReader(log), iotest.ErrReader(broken)))
	var bad *BadLine
	if !errors.Is(err, broken) || errors.As(err, &bad) {
		t.Errorf("%v, want the reader's error and no bad line", err)
	}
}

// TestVerifyBounded gives a line without end: it must be refused, not read.
func TestVerifyBounded(t *testing.T) {
	endless := &counter{}
	_, err := Verify(endless)
	var bad *BadLine
	if !errors.As(err, &bad) || bad.Line != 1 || !strings.HasPrefix(bad.Why, "longer") {
		t.Errorf("%v, want line 1 longer than allowed", err)
	}
	if endless.read > MaxLine+1<<20 {
		t.Errorf("%d bytes were read", endless.read)
	}
}

type counter struct{ read int }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	c.read += len(p)
	return len(p), nil
}

// TestRecipes runs the recipes of the package comment: an outsider's tools
// must agree with Verify.
func TestRecipes(t *testing.T) {
	doc, err := os.ReadFile("audit.go")
	must(t, err)
	var program, shell []string
	for line := range strings.Lines(string(doc)) {
		code, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "//\t")
		switch {
		case ok && strings.HasPrefix(code, "sed"):
			shell = append(shell, code)
		case ok && (len(program) > 0 || strings.HasPrefix(code, "import hashlib")):
			program = append(program, code)
		}
	}
	path := newLog(t, 9)
	t.Run("sha256sum", func(t *testing.T) {
		testenv.Program(t, "sha256sum")
		testenv.Program(t, "sed")
		if len(shell) != 1 {
			t.Fatalf("%d shell lines in the package comment, want 1", len(shell))
		}
		out, err := exec.Command("/bin/sh", "-c", strings.ReplaceAll(shell[0], "audit.jsonl", path)).Output()
		if want := records(t, read(t, path))[6].Hash; err != nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("%s, %v, want %s", out, err, want)
		}
	})
	t.Run("python", func(t *testing.T) {
		python := testenv.Program(t, "python3")
		run := func() (string, error) {
			out, err := exec.Command(python, "-c", strings.Join(program, "\n"), path).CombinedOutput()
			return string(out), err
		}
		if out, err := run(); err != nil || !strings.HasPrefix(out, "9 lines") {
			t.Errorf("a good log: %s, %v", out, err)
		}
		b := read(t, path)
		b[len(b)/2] ^= 1
		write(t, path, b)
		if out, err := run(); err == nil || !strings.Contains(out, "line 5 is bad") {
			t.Errorf("an edited log: %s, %v", out, err)
		}
	})
}

func addSeeds(f *testing.F) {
	log := read(f, newLog(f, 3))
	f.Add(log)
	f.Add(log[:len(log)-1])
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"seq":1,"prev":"` + firstPrev + `","hash":"` + firstPrev + `",}` + "\n"))
}

// FuzzVerify: any bytes end in a verdict that adds up: so many good lines, and
// then the end or the next line bad.
func FuzzVerify(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, log []byte) {
		sum, err := Verify(bytes.NewReader(log))
		var bad *BadLine
		if err != nil && (!errors.As(err, &bad) || bad.Line != sum.Lines+1) {
			t.Fatalf("%v after %d good lines", err, sum.Lines)
		}
		if err == nil && bytes.Count(log, []byte("\n")) != sum.Lines {
			t.Fatalf("%d lines verified of %q", sum.Lines, log)
		}
	})
}

// FuzzRead opens any bytes as a log and appends: afterwards the log verifies,
// or it was refused and is as it was.
func FuzzRead(f *testing.F) {
	addSeeds(f)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, log []byte) {
		if _, err := Verify(bytes.NewReader(log)); err == nil {
			return // TestTornTail and others
		}
		path := filepath.Join(dir, "a")
		write(t, path, log)
		l, err := Open(path)
		if err != nil {
			if !bytes.Equal(read(t, path), log) {
				t.Fatalf("refused (%v), but changed", err)
			}
			return
		}
		defer closeLog(t, l)
		before := bytes.Count(log, []byte("\n"))
		rec := appendTo(t, l, entry(1))
		if after := bytes.Count(read(t, path), []byte("\n")); rec.Seq < int64(before) || after < before {
			t.Fatalf("%d lines before, %d after, the new one is %d", before, after, rec.Seq)
		}
	})
}
