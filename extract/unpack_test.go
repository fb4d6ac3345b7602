package extract

import (
	"bytes"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"golang.org/x/text/encoding/unicode/utf32"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

func xzOf(t testing.TB, data []byte, dictionary int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := xz.WriterConfig{DictCap: dictionary}.NewWriter(&b)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstdOf(t testing.TB, data []byte, window int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(window), zstd.WithSingleSegment(false))
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rarOf makes a RAR 4 archive of stored entries: name, content. A name that
// begins with "!" is marked as encrypted.
func rarOf(namesAndContents ...string) []byte {
	head := func(b string) string { return u16(int(crc32.ChecksumIEEE([]byte(b))&0xffff)) + b }
	out := rarMagic + "\x00" + head("\x73"+u16(0)+u16(13)+strings.Repeat("\x00", 6))
	for i := 0; i < len(namesAndContents); i += 2 {
		name, data, flags := namesAndContents[i], namesAndContents[i+1], 0x8000
		if name[0] == '!' {
			flags |= 4
		}
		out += head("\x74"+u16(flags)+u16(32+len(name))+u32(uint32(len(data)))+u32(uint32(len(data)))+"\x02"+
			u32(crc32.ChecksumIEEE([]byte(data)))+u32(0x4a000000)+"\x14\x30"+u16(len(name))+u32(0x20)+name) + data
	}
	return []byte(out + head("\x7b"+u16(0x4000)+u16(7)))
}

func TestPackedStreams(t *testing.T) {
	text := []byte("navn;cpr\nBo;150370-5008\nIb;010758-5001\n")
	for name, pack := range map[string]func([]byte) []byte{
		"xz":   func(b []byte) []byte { return xzOf(t, b, 1<<20) },
		"zstd": func(b []byte) []byte { return zstdOf(t, b, 1<<20) },
	} {
		t.Run(name, func(t *testing.T) {
			opts := workerOptions(t)
			if c := extractBytes(t, "liste.csv."+name, pack(text), opts); len(c.gaps) != 0 || !strings.Contains(c.text(), "cpr\x1f150370-5008") {
				t.Errorf("%q, %v", c.text(), c.gaps)
			}
			if c := extractBytes(t, "a.tar."+name, pack(tarOf(t, "a.txt", "150370-5008", "b.txt", "010758-5001")), opts); !c.has("1503705008") || !c.has("0107585001") || len(c.gaps) != 0 {
				t.Errorf("tar: %q, %v", c.text(), c.gaps)
			}
			// What came before the damage is read.
			prose := bytes.Repeat([]byte("150370-5008 er et nummer, og her er mere. "), 100_000)
			packed := pack(prose)
			c := extractBytes(t, "x", packed[:len(packed)-20], opts)
			if !c.has("1503705008") || len(c.gaps) != 1 || c.gaps[0].Reason != scanner.Corrupt {
				t.Errorf("cut: found %t, %v", c.has("1503705008"), c.gaps)
			}
			// A bomb ends at its ratio, or at the total, and soon.
			opts.Limits.Total = 64 << 20
			begun := time.Now()
			c = extractBytes(t, "x", pack(make([]byte, 400<<20)), opts)
			// One for the entry, one for what follows it in the archive.
			if len(c.gaps) != 2 || c.gaps[0].Reason != scanner.TooLarge || c.gaps[1].Reason != scanner.TooLarge || len(c.text()) > 1<<20 {
				t.Errorf("bomb: %v", c.gaps)
			}
			if took := time.Since(begun); took > 30*time.Second {
				t.Errorf("bomb: took %s", took)
			}
			// Without a worker it is told of, not read here.
			if c := extractBytes(t, "x", pack(text)); strings.Join(c.reasons(), "") != ": unsupported" || c.text() != "" {
				t.Errorf("without a worker: %q, %v", c.text(), c.gaps)
			}
		})
	}
}

// TestDictionaries: memory that a header asks for is refused, and told.
func TestDictionaries(t *testing.T) {
	opts := workerOptions(t)
	for name, data := range map[string][]byte{
		"xz": xzOf(t, []byte("150370-5008"), 1<<30), "zstd": []byte(zstdMagic + "\x00\x98" + "\x59\x00\x00" + "150370-5008"), // 512 MiB, and one block as it is
	} {
		if c := extractBytes(t, "x", data, opts); len(c.gaps) != 1 || c.gaps[0].Reason != scanner.TooLarge {
			t.Errorf("%s: %v", name, c.gaps)
		}
	}
	// A dictionary as large as is allowed fits into the worker's memory.
	if c := extractBytes(t, "x", xzOf(t, []byte("150370-5008"), 64<<20), opts); !c.has("1503705008") || len(c.gaps) != 0 {
		t.Errorf("64 MiB: %q, %v", c.text(), c.gaps)
	}
}

func TestRAR(t *testing.T) {
	opts := workerOptions(t)
	c := extractBytes(t, "a.rar", rarOf("Sager/a.txt", "150370-5008", "!laast.txt", "xxxxxxxxxxxxxxxx", "Privat/hemmeligt.txt", secret,
		"b.zip", string(archiveOf(t, "c.txt", "010758-5001"))), opts)
	if c.part(t, "Sager/a.txt") != "150370-5008" || c.part(t, "b.zip › c.txt") != "010758-5001" || strings.Contains(c.text(), "hemmeligt") {
		t.Errorf("places %q, text %q", c.places(), c.text())
	}
	if got := strings.Join(c.reasons(), "; "); got != "!laast.txt: encrypted; : denied" {
		t.Errorf("gaps %v", c.gaps)
	}
	whole := rarOf("a.txt", "150370-5008", "b.txt", strings.Repeat("x", 1000))
	if c := extractBytes(t, "a.rar", whole[:len(whole)-100], opts); !c.has("1503705008") || len(c.gaps) == 0 || c.gaps[0].Reason != scanner.Corrupt {
		t.Errorf("cut: %q, %v", c.text(), c.gaps)
	}
	opts.Limits.Parts = 3
	many := rarOf("a", "1", "b", "2", "c", "3", "d", "4", "e", "5")
	if c := extractBytes(t, "a.rar", many, opts); len(c.gaps) != 1 || c.gaps[0].Reason != scanner.TooLarge {
		t.Errorf("too many entries: %v", c.gaps)
	}
}

// moduleFiles are the files in a module that a pattern matches.
func moduleFiles(t *testing.T, module, pattern string) []string {
	t.Helper()
	out, err := exec.Command(testenv.Program(t, "go"), "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		testenv.Missing(t, "the files of %s: %v", module, err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), filepath.FromSlash(pattern)))
	if err != nil || len(files) == 0 {
		testenv.Missing(t, "the files of %s: %v", module, err)
	}
	return files
}

// TestSevenZip reads the archives that come with the library: each method, solid
// ones, encrypted ones, broken ones. What has entries gives entries or gaps.
func TestSevenZip(t *testing.T) {
	opts := workerOptions(t)
	want := map[string]scanner.Reason{
		"aes7z.7z": scanner.Encrypted, "t2.7z": scanner.Encrypted, "t3.7z": scanner.Encrypted, "t4.7z": scanner.Encrypted,
		"7zcracker.7z": scanner.Encrypted, "pr472.7z": scanner.Encrypted,
	}
	for _, file := range moduleFiles(t, "github.com/bodgit/sevenzip", "testdata/*.7z") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		base := filepath.Base(file)
		c := extractBytes(t, base, data, opts)
		if len(c.parts) == 0 && len(c.gaps) == 0 && !strings.HasPrefix(base, "empty") {
			t.Errorf("%s: neither text nor a gap", base)
		}
		reasons := strings.Join(c.reasons(), " ")
		if r := want[base]; r != "" && !strings.Contains(reasons, string(r)) {
			t.Errorf("%s: %q, want %s", base, reasons, r)
		}
		if want[base] == "" && strings.Contains(reasons, string(scanner.Encrypted)) {
			t.Errorf("%s: %v", base, c.gaps)
		}
		t.Logf("%s: %d parts, %d bytes of text, gaps %.200v", base, len(c.parts), len(c.text()), c.gaps)
	}
}

// TestPST reads the data files that come with the library.
func TestPST(t *testing.T) {
	for _, file := range moduleFiles(t, "github.com/mooijtech/go-pst/v6", "data/*.pst") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c := extractBytes(t, filepath.Base(file), data, workerOptions(t))
		bodies := 0
		for _, where := range c.places() {
			if strings.HasSuffix(where, " › brødtekst") || strings.HasSuffix(where, "brødtekst") {
				bodies++
			}
		}
		t.Logf("%s: %d parts, %d bodies, %d bytes of text, gaps %.600v", filepath.Base(file), len(c.parts), bodies, len(c.text()), c.gaps)
		// The library cannot list the folders of the 32-bit file, which is told.
		if bodies == 0 && len(c.gaps) == 0 || bodies < map[string]int{"enron.pst": 2000, "support.pst": 17}[filepath.Base(file)] {
			t.Errorf("%s: %d messages; gaps %v", file, bodies, c.gaps)
		}
	}
	c := extractBytes(t, "x.pst", append([]byte("!BDN\x00\x00\x00\x00SM\x17\x00"), make([]byte, 2000)...), workerOptions(t))
	if strings.Join(c.reasons(), "") != ": corrupt" {
		t.Errorf("broken: %v", c.gaps)
	}
}

func TestUTF32(t *testing.T) {
	for name, e := range map[string]utf32.Endianness{"little": utf32.LittleEndian, "big": utf32.BigEndian} {
		in, err := utf32.UTF32(e, utf32.UseBOM).NewEncoder().Bytes([]byte("navn;cpr\nBøg 😀;150370-5008\nIb;010758-5001\n"))
		if err != nil {
			t.Fatal(err)
		}
		if c := extractBytes(t, "x", in); visible(c.text()) != "navn|cpr|\nBøg 😀|cpr=150370-5008|\nIb|cpr=010758-5001|\n" || len(c.gaps) != 0 {
			t.Errorf("%s: %q, %v", name, c.text(), c.gaps)
		}
	}
}
