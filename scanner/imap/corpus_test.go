package imap

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sletdk/slet/agent"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/extract"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/files"
)

const workerArg = "tjen-som-arbejder"

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == workerArg {
		if err := extract.ServeWorker(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

type results struct {
	found map[string]int // what was found in the content, and how sure it is
	gaps  map[scanner.Reason]int
}

func (r *results) Match(m detectors.Match) {
	if m.Where != "navn" && m.Detector == "cpr" {
		r.found[m.Reveal()+" "+string(m.Confidence)]++
	}
}
func (r *results) Gap(g scanner.Gap) { r.gaps[g.Reason]++ }

// TestCorpusByMail mails the labelled corpus, a file a message, to three
// mailboxes: exactly that is found which is found on disk.
func TestCorpusByMail(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", "testdata", "corpus"))
	must(t, err)
	engine, err := detectors.New(detectors.Options{KeepRaw: true})
	must(t, err)
	x := extract.New(extract.Options{Worker: []string{os.Args[0], workerArg}})
	t.Cleanup(func() { must(t, x.Close()) })
	look := agent.Looker{Extractor: x, Detectors: engine}

	disk, err := files.New(files.Config{Name: "disk", Root: filepath.Join(root, "files")})
	must(t, err)
	defer disk.Close()
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	cfg := config(d)
	cfg.Accounts = []string{"anna@firma.dk", "karen@firma.dk", "ole@firma.dk"}
	want := map[string]*results{}
	n := 0
	must(t, agent.Walk(t.Context(), disk, agent.Visitor{Item: func(it scanner.Item) error {
		want[it.Path] = examine(t, &look, disk, it)
		content, err := os.ReadFile(filepath.Join(root, "files", it.Path))
		must(t, err)
		d.Deliver(t, cfg.Accounts[n%3], path.Dir(it.Path), attach(it.Path, content), received())
		n++
		return nil
	}}))
	private := 0
	for _, line := range manifest(t, root) {
		if line.Kind == "private" {
			content, err := os.ReadFile(filepath.Join(root, "files", line.Path))
			must(t, err)
			d.Deliver(t, cfg.Accounts[private%3], path.Dir(line.Path), attach(line.Path, content), received())
			private++
		}
	}
	if n < 20 || private == 0 {
		t.Fatalf("%d files and %d private ones: the corpus has lost some", n, private)
	}

	mails := source(t, cfg)
	skipped, seen, numbers := 0, map[string]bool{}, 0
	must(t, agent.Walk(t.Context(), mails, agent.Visitor{
		Skip: func(*scanner.Skip) error { skipped++; return nil },
		Gap:  func(g *scanner.Gap) error { t.Errorf("gap %v", g); return nil },
		Item: func(it scanner.Item) error {
			b, err := read(mails, it)
			must(t, err)
			_, name, _ := strings.Cut(string(b), "X-Corpus: ")
			name, _, _ = strings.Cut(name, "\r\n")
			raw, err := base64.StdEncoding.DecodeString(name)
			must(t, err)
			name = string(raw)
			if seen[name] || want[name] == nil {
				t.Errorf("%q is there twice, or should not be there", name)
				return nil
			}
			seen[name] = true
			got := examine(t, &look, mails, it)
			numbers += len(got.found)
			if !maps.Equal(got.found, want[name].found) || !maps.Equal(got.gaps, want[name].gaps) {
				t.Errorf("%s: by mail %v, gaps %v; on disk %v, gaps %v", name, got.found, got.gaps, want[name].found, want[name].gaps)
			}
			return nil
		},
	}))
	if len(seen) != n || skipped != private || numbers == 0 {
		t.Errorf("%d messages of %d, %d private folders of %d, %d numbers", len(seen), n, skipped, private, numbers)
	}
}

func examine(t *testing.T, look *agent.Looker, src scanner.Source, it scanner.Item) *results {
	t.Helper()
	r := &results{map[string]int{}, map[scanner.Reason]int{}}
	if _, fail := look.Item(t.Context(), src, it, r); fail != nil {
		t.Errorf("%s: %v", it.Path, fail)
	}
	return r
}

// attach makes a message with one attachment. It is named without what its
// name may tell.
func attach(name string, content []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: anna@firma.dk\r\nSubject: Fil\r\nX-Corpus: %s\r\nMIME-Version: 1.0\r\n", base64.StdEncoding.EncodeToString([]byte(name)))
	fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=skel\r\n\r\n--skel\r\nContent-Type: text/plain\r\n\r\nse fil\r\n--skel\r\n")
	fmt.Fprintf(&b, "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"fil%s\"\r\n\r\n", path.Ext(name))
	for line := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString(content)), 76) {
		b.Write(line)
		b.WriteString("\r\n")
	}
	b.WriteString("--skel--\r\n")
	return b.Bytes()
}

type line struct {
	Path, Kind string
}

func manifest(t *testing.T, root string) (lines []line) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "manifest.jsonl"))
	must(t, err)
	for raw := range bytes.Lines(data) {
		var l line
		must(t, json.Unmarshal(raw, &l))
		lines = append(lines, l)
	}
	return lines
}
